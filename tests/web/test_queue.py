"""The queue and its files: jobs that wait, stop, fail, die, and servers that end at any moment."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path

import pytest

from diffusion.web.ask import asking
from diffusion.web.ask.question import Question
from diffusion.web.helpers.helper import Helper
from diffusion.web.jobs.queue import AT_ONCE, Queue
from diffusion.web.jobs.store import KEPT_SECONDS, MOST_TRIES, Job, Jobs, Progress
from diffusion.web.jobs.turns import Turns
from support.app_server import until

pytestmark = pytest.mark.integration
TASKS = str(Path(__file__).with_name("tasks_to_try.py"))


@pytest.fixture
def jobs(tmp_path: Path) -> Jobs:
    return Jobs(tmp_path / "jobs")


@pytest.fixture
def queue(jobs: Jobs) -> Iterator[tuple[Queue, Helper]]:
    helper = Helper([TASKS], AT_ONCE + 2)
    made = Queue(jobs, helper, {"root": "."})
    yield made, helper
    made.close()
    helper.close()


def put(jobs: Jobs, queue: Queue, task: str, **given: object) -> Job:
    job = jobs.new(task, task, given, {})
    queue.add(job.id)
    return job


def state(jobs: Jobs, job: Job, *wanted: str, seconds: float = 20) -> Progress:
    def look() -> Progress | None:
        progress = jobs.progress(job.id)
        return progress if progress.state in wanted else None

    found: Progress = until(look, seconds, 0.01)
    return found


def test_jobs_run_wait_and_stop(jobs: Jobs, queue: tuple[Queue, Helper]) -> None:
    line, _ = queue
    running = [put(jobs, line, "work", seconds=60) for _ in range(AT_ONCE)]
    waiting = [put(jobs, line, "answer", n=number) for number in range(3)]
    for job in running:
        state(jobs, job, "running")
    assert [line.before(job.id) for job in waiting] == [0, 1, 2]
    line.stop(waiting[0].id)
    assert jobs.progress(waiting[0].id).state == "stopped"
    began = time.monotonic()
    for job in running:
        line.stop(job.id)
    for job in running:
        state(jobs, job, "stopped")
    assert time.monotonic() - began < 1.0
    assert [state(jobs, job, "done", "stopped").state for job in waiting] == ["stopped", "done", "done"]
    line.stop(waiting[1].id)
    assert jobs.progress(waiting[1].id).state == "done"


def test_a_dying_task_is_tried_some_times_and_takes_nobody_along(jobs: Jobs, queue: tuple[Queue, Helper]) -> None:
    line, _ = queue
    dying = put(jobs, line, "die")
    told = state(jobs, dying, "failed")
    assert told.tries == MOST_TRIES
    assert "too little memory" in told.problems[0]
    assert state(jobs, put(jobs, line, "answer"), "done")


def test_a_job_is_not_blamed_for_what_was_done_to_others(jobs: Jobs, queue: tuple[Queue, Helper]) -> None:
    """A task that does not stop takes its process along; whoever shared that goes on, however often it happens."""
    line, _ = queue
    patient = put(jobs, line, "work", seconds=2.0)
    for _ in range(MOST_TRIES):
        deaf = put(jobs, line, "work", seconds=60, deaf=True)
        state(jobs, deaf, "running")
        time.sleep(0.3)
        line.stop(deaf.id)
        state(jobs, deaf, "stopped")
    assert state(jobs, patient, "done", "failed").state == "done"
    assert jobs.progress(patient.id).tries == 0


def test_a_server_that_ends_often_uses_up_no_tries(jobs: Jobs) -> None:
    job = jobs.new("work", "w", {"seconds": 60}, {})
    for _ in range(MOST_TRIES + 1):
        helper = Helper([TASKS])
        line = Queue(jobs, helper, {})
        assert line.take_up() == [job.id]
        line.close()
        helper.close()
        assert jobs.progress(job.id).state == "running"
    assert jobs.progress(job.id).tries == 0


class FakeRunner:
    """Takes tasks and answers when it is told to."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict, Future]] = []

    def ask(self, task: str, given: dict, told: Callable) -> tuple[int, Future]:
        answer: Future = Future()
        self.asked.append((task, given, answer))
        return len(self.asked), answer

    def stop(self, number: int) -> None:
        """Leave it."""


def test_a_full_disk_stops_nobody_else(jobs: Jobs, monkeypatch: pytest.MonkeyPatch) -> None:
    """What cannot be written counts until the server ends, and the queue goes on."""
    runner = FakeRunner()
    line = Queue(jobs, runner, {})  # type: ignore[arg-type]
    made = [jobs.new("answer", "a", {}, {}) for _ in range(AT_ONCE + 1)]
    for job in made:
        line.add(job.id)

    def full(path: Path, text: str) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("diffusion.web.jobs.store.write_whole", full)
    with pytest.raises(OSError, match="No space"):
        jobs.new("answer", "b", {}, {})
    assert len(jobs.all()) == len(made)  # nothing of it is left
    runner.asked[0][2].set_result({"result": "x"})
    assert jobs.progress(made[0].id).state == "done"
    assert len(runner.asked) == AT_ONCE + 1
    assert Jobs(jobs._folder).progress(made[0].id).state == "running"  # the next server runs it again


def test_two_questions_of_one_title_have_two_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also when they are asked in the same moment: names are taken one at a time."""
    jobs, runner = Jobs(tmp_path / ".app" / "jobs"), FakeRunner()
    line = Queue(jobs, runner, {})  # type: ignore[arg-type]
    slow = asking.free_name

    def free_name(*given: object) -> str:
        found = slow(*given)  # type: ignore[arg-type]
        time.sleep(0.02)
        return found

    monkeypatch.setattr(asking, "free_name", free_name)
    threads = [
        threading.Thread(target=asking.submit, args=(Question("", "baseline"), jobs, line, tmp_path, "Same title"))
        for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({job.out for job, _ in jobs.all()}) == 6


def test_what_is_damaged_or_gone_is_passed_over(jobs: Jobs, queue: tuple[Queue, Helper]) -> None:
    made = [jobs.new("answer", "a", {}, {}) for _ in range(3)]
    (jobs.place(made[0].id) / "asked.json").write_text('{"id": "half', encoding="utf-8")
    (jobs.place(made[1].id) / "state.json").write_text("", encoding="utf-8")
    (jobs.place(made[2].id).parent / "0123").mkdir()
    fresh = Jobs(jobs._folder)
    assert {job.id for job, _ in fresh.all()} == {made[1].id, made[2].id}
    again = Queue(fresh, queue[1], {})
    again.add("0" * 16)  # nobody has it
    assert set(again.take_up()) == {made[1].id, made[2].id}
    for job in made[1:]:
        state(fresh, job, "done")


def test_a_clock_that_is_set_back_loses_nothing(jobs: Jobs, monkeypatch: pytest.MonkeyPatch) -> None:
    job = jobs.new("answer", "a", {}, {})
    jobs.note(job.id, Progress("done", since=time.time()))
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now - 10 * KEPT_SECONDS)
    assert [found.id for found, _ in jobs.all()] == [job.id]
    monkeypatch.setattr(time, "time", lambda: now + KEPT_SECONDS + 1)
    assert jobs.all() == []
    assert not jobs.place(job.id).exists()


def test_states_on_disk_are_always_whole(jobs: Jobs) -> None:
    """Whoever reads while others write sees one state or the other."""
    job = jobs.new("answer", "a", {}, {})
    path, faults, over = jobs.place(job.id) / "state.json", [], threading.Event()

    def read() -> None:
        while not over.is_set():
            try:
                json.loads(path.read_text(encoding="utf-8"))
            except (OSError, ValueError) as error:
                faults.append(error)

    def write(number: int) -> None:
        try:
            for at in range(100):
                jobs.note(job.id, Progress("running", {"at": "x" * (100 * at + number)}))
        except OSError as error:
            faults.append(error)

    readers = [threading.Thread(target=read) for _ in range(2)]
    writers = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in (*readers, *writers):
        thread.start()
    for thread in writers:
        thread.join()
    over.set()
    assert not faults


def test_turns_go_to_whoever_had_least_and_a_wait_can_be_left() -> None:
    turns, order, began = Turns(), [], threading.Event()

    class Left(Exception):
        pass

    def take(name: str, had: float, leave: threading.Event | None = None) -> None:
        def check() -> None:
            if leave is not None and leave.is_set():
                raise Left

        try:
            with turns.turn(had, check):
                order.append(name)
                began.set()
                time.sleep(0.3)
        except Left:
            order.append(f"{name} left")

    leave = threading.Event()
    threads = [threading.Thread(target=take, args=("first", 5.0))]
    threads[0].start()
    began.wait(5)
    for name, had, event in (("late", 9.0, None), ("least", 0.0, leave), ("early", 2.0, None)):
        threads.append(threading.Thread(target=take, args=(name, had, event)))
        threads[-1].start()
    time.sleep(0.05)
    leave.set()
    for thread in threads:
        thread.join(5)
    assert order == ["first", "least left", "early", "late"]
