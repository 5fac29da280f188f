"""Processes beside the server: what becomes of tasks when they are stopped, fail, or their process dies."""

from __future__ import annotations

import asyncio
import signal
import sys
import time
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path

import psutil
import pytest

from diffusion.errors import InputError
from diffusion.web.helpers.helper import Cancelled, Helper, HelperEnded

pytestmark = pytest.mark.integration
TASKS = str(Path(__file__).with_name("tasks_to_try.py"))


@pytest.fixture
def helper() -> Iterator[Helper]:
    made = Helper([TASKS], 6)
    yield made
    made.close()


def test_answers_problems_and_faults_come_back(helper: Helper) -> None:
    told: list[object] = []
    _, found = helper.ask("answer", {"a": [1, None, "é"]}, told.append)
    assert found.result(20)["a"] == [1, None, "é"]
    assert told == [{"seen": {"a": [1, None, "é"]}}]
    with pytest.raises(InputError, match="this is wrong") as problem:
        helper.ask("wrong", {})[1].result(20)
    assert (problem.value.key, problem.value.suggestion) == ("months", "write 12")
    with pytest.raises(RuntimeError, match="TypeError"):
        helper.ask("fault", {})[1].result(20)
    assert helper.ask("noise", {})[1].result(20) == {}
    with pytest.raises(RuntimeError, match="KeyError"):
        helper.ask("no such task", {})[1].result(20)


@pytest.mark.parametrize("deaf", [False, True])
def test_a_task_stops_within_a_second_and_others_are_told(helper: Helper, deaf: bool) -> None:
    helper.ask("answer", {})[1].result(20)
    number, stopped = helper.ask("work", {"seconds": 60, "deaf": deaf})
    _, other = helper.ask("work", {"seconds": 60 if deaf else 0.3})
    time.sleep(0.1)
    began = time.monotonic()
    helper.stop(number)
    with pytest.raises(Cancelled):
        stopped.result(5)
    assert time.monotonic() - began < 1.0
    if deaf:  # its process had to be ended, for which the other task is not to blame
        with pytest.raises(HelperEnded) as ended:
            other.result(5)
        assert ended.value.on_purpose
    else:
        assert other.result(5) == {"worked": 0.3}


def test_what_is_asked_after_a_death_is_answered(helper: Helper) -> None:
    """Also before the death was noticed: the tasks of the new process are not those that the old one lost."""
    _, lost = helper.ask("work", {"seconds": 60})
    process = helper._process
    assert process is not None
    with helper._lock:  # whoever reads from it must wait before it can say that it died
        process.kill()
        process.wait()
        time.sleep(0.1)
        _, found = helper.ask("answer", {"n": 1})
    with pytest.raises(HelperEnded) as ended:
        lost.result(5)
    assert not ended.value.on_purpose
    assert found.result(20)["n"] == 1


def test_a_page_gets_its_answer_although_a_process_dies(helper: Helper) -> None:
    async def ask() -> object:
        killed = asyncio.get_running_loop().call_later(0.5, lambda: psutil.Process(helper.process_id).kill())
        try:
            return await helper.answer("work", {"seconds": 0.8})
        finally:
            killed.cancel()

    assert asyncio.run(ask()) == {"worked": 0.8}


def test_whoever_leaves_or_fails_does_not_end_the_conversation(helper: Helper) -> None:
    """A page that is closed cancels what it waited for; a listener may raise."""
    _, left = helper.ask("work", {"seconds": 0.2})
    assert not left.cancel()

    def listen(told: object) -> None:
        raise ValueError("of the listener")

    _, heard = helper.ask("answer", {}, listen)
    assert heard.result(20)
    assert left.result(20)
    assert helper.ask("answer", {})[1].result(20)


def test_a_process_that_cannot_be_started_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    helper = Helper()
    helper._command[0] = "/no/such/program"
    with pytest.raises(HelperEnded, match="no process could be started"):
        helper.ask("answer", {})


def test_inputs_of_one_task_are_not_those_of_another(helper: Helper) -> None:
    """A process that lives for days does not remember every file that it ever read."""
    for number in range(3):
        assert helper.ask("inputs", {"path": f"/a{number}"})[1].result(20) == {"before": 0}


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_an_interrupt_is_for_the_server(helper: Helper) -> None:
    """Ctrl-C in a terminal reaches all of its processes; the helper ends when the server lets it go."""
    helper.ask("answer", {})[1].result(20)
    assert helper.process_id is not None
    process = psutil.Process(helper.process_id)
    process.send_signal(signal.SIGINT)
    assert helper.ask("answer", {"n": 2})[1].result(5)["pid"] == process.pid
    helper.close()
    assert not process.is_running()


def test_a_closed_helper_begins_nothing(helper: Helper) -> None:
    _, lost = helper.ask("work", {"seconds": 60, "deaf": True})
    began = time.monotonic()
    helper.close()
    assert time.monotonic() - began < 3.5
    with pytest.raises(HelperEnded):
        lost.result(5)
    with pytest.raises(HelperEnded):
        helper.ask("answer", {})
    assert isinstance(lost, Future)
