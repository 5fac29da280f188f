"""A process beside the server: asked in lines of JSON, answering in lines of JSON; begun again when it has died."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress

from diffusion.errors import InputError
from diffusion.safe_path import safe_children
from diffusion.scenario.problems import InputErrors
from diffusion.storage.scenario_entry import Json

#: called with what a task tells while it goes on, on a thread of the helper
Told = Callable[[Json], object]
#: seconds between asking a task to stop and ending its process
PATIENCE_SECONDS = 0.8


class HelperEnded(Exception):
    """The process ended before it had answered."""


class Cancelled(Exception):
    """The task was stopped because somebody asked for that."""


class Helper:
    """One process of :mod:`diffusion.web.helpers.process`; started when it is first asked."""

    def __init__(self, python: Sequence[str] = (), threads: int = 4) -> None:
        self._command = [sys.executable, "-m", "diffusion.web.helpers.process", str(threads), *python]
        self._lock = threading.RLock()
        self._process: subprocess.Popen[bytes] | None = None
        self._waiting: dict[int, tuple[Future[Json], Told | None]] = {}
        self._stopping: set[int] = set()
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
            process = self._started()
            self._last += 1
            number, answer = self._last, Future[Json]()
            self._waiting[number] = (answer, told)
            self._send(process, {"number": number, "task": task, "given": given})
        return number, answer

    async def answer(self, task: str, given: Json) -> Json:
        """Do a task and return its answer."""
        return await asyncio.wrap_future(self.ask(task, given)[1])

    def stop(self, number: int) -> None:
        """Stop a task within a second: it is asked to, and where it does not its process is ended."""
        with self._lock:
            if number not in self._waiting or self._process is None:
                return
            self._stopping.add(number)
            self._send(self._process, {"stop": number})
            timer = threading.Timer(PATIENCE_SECONDS, self._end_if_waiting, (number, self._process))
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
                process.kill()
                process.wait()

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            with safe_children():
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
            with suppress(ValueError):
                self._heard(json.loads(line))
        process.wait()
        with self._lock:
            if self._process is process:
                self._process = None
            lost, self._waiting = self._waiting, {}
            stopped, self._stopping = self._stopping, set()
        for number, (answer, _) in lost.items():
            answer.set_exception(Cancelled() if number in stopped else HelperEnded("the process that ran it ended"))

    def _heard(self, line: Json) -> None:
        number = int(line["number"])
        with self._lock:
            answer, told = self._waiting.get(number, (None, None))
            if answer is None:
                return
            if "told" not in line:
                del self._waiting[number]
                self._stopping.discard(number)
        if "told" in line:
            if told is not None:
                told(line["told"])
        elif "done" in line:
            answer.set_result(line["done"])
        elif line.get("stopped"):
            answer.set_exception(Cancelled())
        elif "problems" in line:
            answer.set_exception(_problems(line["problems"]))
        else:
            answer.set_exception(RuntimeError(line.get("fault", "it failed")))

    def _end_if_waiting(self, number: int, process: subprocess.Popen[bytes]) -> None:
        with self._lock:
            if number in self._waiting and self._process is process:
                process.kill()


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONUNBUFFERED": "1"}


def _problems(told: list[Json]) -> InputError:
    problems = [InputError(each.pop("message"), **each) for each in told]
    return problems[0] if len(problems) == 1 else InputErrors(problems)
