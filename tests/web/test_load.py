"""Twenty sessions at once, and a server that is killed again and again."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from pathlib import Path
from statistics import quantiles

import psutil
import pytest

from diffusion.web.jobs.store import Jobs
from support.app_server import App, asked_on_disk, launch, over, started, until
from support.app_world import WORLD

pytestmark = pytest.mark.integration

SESSIONS = 20
#: seconds within which a page answers while runs go on, for 95 of 100
ANSWER_SECONDS = 0.3
STOP_SECONDS = 1.0
FILES = {
    "small.yaml": f"title: Small\n{WORLD}",
    "pushed.yaml": f"title: Pushed\n{WORLD}levers: {{accelerator: {{strength: 0.7}}}}\n",
}
Command = Callable[..., tuple[int, str, str]]


def put_in_queue(root: Path, number: int, **given: object) -> str:
    asked = {"scenarios": list(FILES), "replicates": 20, "seed": 1 + number, **given}
    return asked_on_disk(root, f"Question {number}", asked, FILES, f"out-{number}").id


def visit(app: App, ids: list[str], end: float, seconds: list[float], faults: list[str], seed: int) -> None:
    """Look at pages as somebody does who waits for results, and stop a job now and then."""
    try:
        visitor, dice = app.visitor(), random.Random(seed)
        while time.monotonic() < end:
            id = dice.choice(ids)
            for path in ("/", f"/jobs/{id}", f"/jobs/{id}/live", f"/jobs/{id}/live", "/static/app.css"):
                answer = visitor.get(path)
                seconds.append(answer.seconds)
                if answer.status != 200:
                    faults.append(f"{path}: {answer.status}")
                time.sleep(dice.uniform(0.05, 0.4))
            if dice.random() < 0.05 and (status := visitor.post(f"/jobs/{id}/stop").status) != 303:
                faults.append(f"stop: {status}")
    except Exception as error:
        faults.append(repr(error))


def loaded(tmp_path: Path, for_seconds: float, jobs: int) -> None:
    root = tmp_path / "results"
    ids = [put_in_queue(root, number, replicates=40) for number in range(jobs)]
    with started(root) as app:
        until(lambda: app.jobs.progress(ids[0]).state != "waiting", 30)
        seconds: list[float] = []
        faults: list[str] = []
        end = time.monotonic() + for_seconds
        threads = [
            threading.Thread(target=visit, args=(app, ids, end, seconds, faults, seed)) for seed in range(SESSIONS)
        ]
        for thread in threads:
            thread.start()
        memory: list[list[int]] = []
        while time.monotonic() < end:
            time.sleep(min(2.0, for_seconds / 8))
            memory.append([process.memory_info().rss for process in app.family()])
        for thread in threads:
            thread.join(30)
        states = [app.jobs.progress(id).state for id in ids]
    slow = quantiles(seconds, n=20)[-1]
    early, late = memory[len(memory) // 4][0], memory[-1][0]
    totals = [sum(each) / 1e6 for each in memory]
    print(
        f"{SESSIONS} sessions, {for_seconds:.0f} s: {len(seconds)} pages, 95 of 100 within {slow * 1000:.0f} ms, all "
        f"within {max(seconds) * 1000:.0f} ms; server {early / 1e6:.0f} to {late / 1e6:.0f} MB, with helpers "
        f"{totals[len(totals) // 4]:.0f} to {totals[-1]:.0f} MB (most {max(totals):.0f}); jobs "
        f"{ {state: states.count(state) for state in sorted(set(states))} }"
    )
    assert not faults, faults[:5]
    assert slow < ANSWER_SECONDS
    assert late - early < 15e6
    assert "failed" not in states
    if for_seconds > 60:
        assert totals[-1] < 1.25 * max(totals[len(totals) // 4], totals[len(totals) // 2]) + 50


def test_twenty_sessions_for_some_seconds(tmp_path: Path) -> None:
    loaded(tmp_path, 6.0, 6)


@pytest.mark.release
def test_twenty_sessions_for_two_minutes(tmp_path: Path) -> None:
    loaded(tmp_path, 120.0, 150)


def test_a_running_job_stops_within_a_second(tmp_path: Path) -> None:
    root = tmp_path / "results"
    ids = [put_in_queue(root, number, replicates=1500) for number in range(3)]
    with started(root) as app:
        until(lambda: "after" in app.get(f"/jobs/{ids[0]}/live").text, 60)
        for id in ids:
            began = time.monotonic()
            assert app.post(f"/jobs/{id}/stop").status == 303
            until(lambda id=id: app.jobs.progress(id).over, 5, 0.01)
            print(f"stopped after {time.monotonic() - began:.2f} s")
            assert time.monotonic() - began < STOP_SECONDS + 0.1
            assert app.jobs.progress(id).state == "stopped"
        assert [path.name for path in root.iterdir()] == [".app"]


def killed(tmp_path: Path, command_line: Command, times: int, seed: int, jobs: int) -> None:
    """Kill the server, or its helper, again and again while jobs run; hold what comes out against the command."""
    root, dice = tmp_path / "results", random.Random(seed)
    ids = [put_in_queue(root, number, replicates=40) for number in range(jobs)]
    family: list[psutil.Process] = []
    for kill in range(times):
        app = launch(root)
        until(lambda app=app: len(family_of(app)) > 1, 20)
        time.sleep(dice.uniform(0.0, 3.0))
        family = family_of(app)
        if kill % 3 == 2:
            family[1].kill()  # a helper: the server goes on
            time.sleep(dice.uniform(0.0, 0.5))
            family += family_of(app)
        app.kill()
        _, alive = psutil.wait_procs(family, timeout=5)
        assert not alive, f"still there after the server was killed: {alive}"
        known = Jobs(root / ".app" / "jobs").all()
        assert {job.id for job, _ in known} == set(ids)
        assert not [job for job, progress in known if progress.state == "failed"]
    with started(root):
        for id in ids:
            assert over(root, id, 300).state == "done"
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    for number in range(jobs):
        given = (
            "--replicates",
            "40",
            "--seed",
            str(1 + number),
            "--parameters",
            "defaults",
            "--out",
            f"typed-{number}",
        )
        code, _, complaint = command_line("compare", *map(str, (tmp_path / name for name in FILES)), *given)
        assert code == 0, complaint
        for path in sorted(Path(f"typed-{number}", "tables").iterdir()):
            assert path.read_bytes() == (root / f"out-{number}" / "tables" / path.name).read_bytes(), path.name
    wanted = {".app", *(f"out-{number}" for number in range(jobs))}
    left = [path.name for path in root.iterdir() if path.name not in wanted]
    print(f"killed {times} times; left behind: {left}")
    assert not left


def family_of(app: App) -> list[psutil.Process]:
    try:
        return app.family()
    except psutil.Error:
        return []


def test_a_server_that_is_killed_loses_nothing(tmp_path: Path, command_line: Command) -> None:
    killed(tmp_path, command_line, 2, 1, 1)


@pytest.mark.release
def test_a_server_that_is_killed_ten_times_loses_nothing(tmp_path: Path, command_line: Command) -> None:
    killed(tmp_path, command_line, 10, 2, 3)
