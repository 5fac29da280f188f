"""A helper process of the server: ``python -m diffusion.web.helpers.process THREADS [MODULE ...]``.

A line in is ``{"number", "task", "given"}`` or ``{"stop": number}``. Lines out are ``{"number", "told": {...}}`` while
a task goes on, and at last one with ``done``, ``problems`` (what the user can mend), ``stopped`` or ``fault``. It ends
when its standard input does, whatever the server died of. ``MODULE`` are Python modules that the user trusts.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from importlib import import_module

from diffusion.errors import InputError
from diffusion.processes import seldom_collect
from diffusion.reading.files import inputs_of_one_task
from diffusion.safe_path import pass_over_settings, safe_children
from diffusion.scenario.problems import problems_of
from diffusion.storage.scenario_entry import Json

#: what may be asked: name -> module and function, which takes what is given and a :class:`Talk`
TASKS = {
    "compare": "diffusion.web.jobs.comparing:compare",
    "warm": "diffusion.web.jobs.comparing:warm",
    "study_list": "diffusion.web.studies.running:listed",
    "study_run": "diffusion.web.studies.running:run",
    "see_ready": "diffusion.web.see.drawing:ready",
    "see_answer": "diffusion.web.see.drawing:answer",
    "see_page": "diffusion.web.see.drawing:page",
    "see_region": "diffusion.web.see.drawing:region",
    "see_innovation": "diffusion.web.see.drawing:innovation",
    "see_figure": "diffusion.web.see.drawing:figure",
    "again": "diffusion.web.keep.running:again",
    "ablate": "diffusion.web.keep.running:take_apart",
    "why_runs": "diffusion.web.keep.running:why_runs",
    "make_files": "diffusion.web.keep.running:make",
    "difference": "diffusion.web.keep.running:difference",
}


class Stopped(Exception):
    """Somebody asked for the task to be stopped."""


class Talk:
    """How a task tells how far it is, and learns that it is to stop."""

    def __init__(self, number: int, send: Callable[[Json], None]) -> None:
        self._number, self._send = number, send
        self._stop = threading.Event()

    def tell(self, **what: object) -> None:
        """Tell something; raises :class:`Stopped` where the task is to stop."""
        self.check()
        self._send({"number": self._number, "told": what})

    def check(self) -> None:
        """Raise :class:`Stopped` where the task is to stop."""
        if self._stop.is_set():
            raise Stopped

    def stop(self) -> None:
        self._stop.set()


Task = Callable[[Json, Talk], Json]


def task_of(name: str) -> Task:
    """Return the function of a task."""
    module, _, function = TASKS[name].partition(":")
    return getattr(import_module(module), function)  # type: ignore[no-any-return]


def serve(threads: int, python: list[str]) -> None:
    """Answer what comes in until the standard input ends."""
    out = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)  # what anything prints goes where complaints go, not among the answers
    sys.stdout = sys.stderr
    writing = threading.Lock()

    def send(line: Json) -> None:
        with writing, suppress(OSError):
            out.write(json.dumps(line).encode() + b"\n")

    if python:
        from diffusion.scenario.plugins import use_python_modules

        use_python_modules(python)
    talks: dict[int, Talk] = {}
    with ThreadPoolExecutor(threads) as pool:
        for line in sys.stdin.buffer:
            asked = json.loads(line)
            if "stop" in asked:
                if (talk := talks.get(int(asked["stop"]))) is not None:
                    talk.stop()
                continue
            number = int(asked["number"])
            talks[number] = Talk(number, send)
            pool.submit(_do, asked, talks, send)
        os._exit(0)  # nobody is there to take an answer


def _do(asked: Json, talks: dict[int, Talk], send: Callable[[Json], None]) -> None:
    number = int(asked["number"])
    talk = talks[number]
    try:
        talk.check()
        with inputs_of_one_task():
            send({"number": number, "done": task_of(asked["task"])(asked["given"], talk)})
    except Stopped:
        send({"number": number, "stopped": True})
    except InputError as error:
        send({"number": number, "problems": [_said(problem) for problem in problems_of(error)]})
    except BaseException as error:
        traceback.print_exc()
        send({"number": number, "fault": f"{type(error).__name__}: {error}"})
    finally:
        talks.pop(number, None)


def _said(problem: InputError) -> Json:
    return {
        "message": problem.message,
        "file": problem.file,
        "line": problem.line,
        "key": problem.key,
        "expected": problem.expected,
        "suggestion": problem.suggestion,
    }


if __name__ == "__main__":
    seldom_collect()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the server, which ends this one
    with suppress(OSError, AttributeError):
        os.nice(10)  # the server, and whatever else the user does, goes first
    with safe_children():
        pass_over_settings()
        serve(int(sys.argv[1]), sys.argv[2:])
