"""A process beside the server: asked in lines of JSON, answering in lines of JSON; begun again when it has died."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from typing import NamedTuple

from diffusion.errors import InputError
from diffusion.processes import end_tree
from diffusion.safe_path import VARIABLE
from diffusion.scenario.problems import InputErrors
from diffusion.storage.scenario_entry import Json

#: called with what a task tells while it goes on, on a thread of the helper
Told = Callable[[Json], object]
#: seconds between asking a task to stop and ending its process
PATIENCE_SECONDS = 0.8


class HelperEnded(Exception):
    """The process ended before it had answered; ``on_purpose`` where it was ended for another task's sake."""

    def __init__(self, text: str, on_purpose: bool = False) -> None:
        super().__init__(text)
        self.on_purpose = on_purpose


class Cancelled(Exception):
    """The task was stopped because somebody asked for that."""


class _Asked(NamedTuple):
    answer: Future[Json]
    told: Told | None
    process: subprocess.Popen[bytes]


class Helper:
    """One process of :mod:`diffusion.web.helpers.process`; started when it is first asked."""

    def __init__(self, python: Sequence[str] = (), threads: int = 4) -> None:
        self._command = [sys.executable, "-P", "-m", "diffusion.web.helpers.process", str(threads), *python]
        self._lock = threading.RLock()
        self._process: subprocess.Popen[bytes] | None = None
        self._waiting: dict[int, _Asked] = {}
        self._stopping: set[int] = set()
        self._ended: set[int] = set()  # processes that were ended on purpose
        self._last = 0
        self._closed = False

    @property
    def process_id(self) -> int | None:
        return None if self._process is None else self._process.pid

    def ask(self, task: str, given: Json, told: Told | None = None) -> tuple[int, Future[Json]]:
        """Begin a task; return its number, and what it will answer.

        The answer raises InputError for what the user can mend, :class:`Cancelled` where it was stopped,
        :class:`HelperEnded` where the process died, and RuntimeError for whatever else went wrong.
        """
        with self._lock:
            if self._closed:
                raise HelperEnded("the server is ending")
            try:
                process = self._started()
            except OSError as error:
                raise HelperEnded(f"no process could be started: {error.strerror or error}") from None
            self._last += 1
            number, answer = self._last, Future[Json]()
            answer.set_running_or_notify_cancel()  # whoever waits for it may leave; it is answered all the same
            self._waiting[number] = _Asked(answer, told, process)
            self._send(process, {"number": number, "task": task, "given": given})
        return number, answer

    async def answer(self, task: str, given: Json) -> Json:
        """Do a task and return its answer; once more where the process died meanwhile."""
        try:
            return await asyncio.wrap_future(self.ask(task, given)[1])
        except HelperEnded:
            return await asyncio.wrap_future(self.ask(task, given)[1])

    def stop(self, number: int) -> None:
        """Stop a task within a second: it is asked to, and where it does not its process is ended."""
        with self._lock:
            if (asked := self._waiting.get(number)) is None:
                return
            self._stopping.add(number)
            self._send(asked.process, {"stop": number})
            timer = threading.Timer(PATIENCE_SECONDS, self._end_if_waiting, (number,))
            timer.daemon = True
            timer.start()

    def close(self) -> None:
        """End the process; what it was asked is answered with :class:`HelperEnded`."""
        with self._lock:
            self._closed = True
            process, self._process = self._process, None
        if process is not None:
            with suppress(OSError):
                assert process.stdin is not None
                process.stdin.close()
            try:
                process.wait(2)
            except subprocess.TimeoutExpired:
                end_tree(process.pid)
                process.wait()

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self._process = subprocess.Popen(
                self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=None, env=_environment()
            )
            threading.Thread(target=self._read, args=(self._process,), daemon=True).start()
        return self._process

    @staticmethod
    def _send(process: subprocess.Popen[bytes], line: Json) -> None:
        assert process.stdin is not None
        with suppress(OSError):  # it has died: the thread that reads from it says so
            process.stdin.write(json.dumps(line).encode() + b"\n")
            process.stdin.flush()

    def _read(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            try:
                self._heard(json.loads(line))
            except Exception:  # half a line of one that died, or whoever was told failed: the others go on
                logging.getLogger(__name__).exception("an answer of a helper could not be used")
        with self._lock:  # before it is waited for: meanwhile nobody could tell that it is over
            if self._process is process:
                self._process = None
        process.wait()
        with self._lock:
            # another may have been started, and asked, since this one died: only what this one was asked is lost
            lost = {number: asked for number, asked in self._waiting.items() if asked.process is process}
            for number in lost:
                del self._waiting[number]
            stopped = self._stopping & lost.keys()
            self._stopping -= stopped
            on_purpose = process.pid in self._ended
            self._ended.discard(process.pid)
        for number, asked in lost.items():
            asked.answer.set_exception(
                Cancelled() if number in stopped else HelperEnded("the process that ran it ended", on_purpose)
            )

    def _heard(self, line: Json) -> None:
        number = int(line["number"])
        with self._lock:
            if (asked := self._waiting.get(number)) is None:
                return
            if "told" not in line:
                del self._waiting[number]
                self._stopping.discard(number)
        answer = asked.answer
        if "told" in line:
            if asked.told is not None:
                asked.told(line["told"])
        elif "done" in line:
            answer.set_result(line["done"])
        elif line.get("stopped"):
            answer.set_exception(Cancelled())
        elif "problems" in line:
            answer.set_exception(_problems(line["problems"]))
        else:
            answer.set_exception(RuntimeError(line.get("fault", "it failed")))

    def _end_if_waiting(self, number: int) -> None:
        with self._lock:
            if (asked := self._waiting.get(number)) is not None:
                self._ended.add(asked.process.pid)
                end_tree(asked.process.pid)  # also what it started


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONUNBUFFERED": "1", VARIABLE: os.environ.get(VARIABLE) or "1"}


def _problems(told: list[Json]) -> InputError:
    problems = [InputError(each.pop("message"), **each) for each in told]
    return problems[0] if len(problems) == 1 else InputErrors(problems)
