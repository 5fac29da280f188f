"""Who runs the blocks of a comparison: threads of this process and, where that takes long, helper processes.

What levers do is Python, of which one thread of a process runs at a time; kernels run beside each other. A helper is a
Python of its own that imports this package and never the script that is run. It is given the comparison once, then a
task at a time, and gives the record of each back. It ends with this process, however that ends.
"""

from __future__ import annotations

import pickle
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import Event
from typing import NamedTuple

from diffusion.arrays import Longs
from diffusion.month.recorder import Record
from diffusion.paths import PACKAGE
from diffusion.processes import available_bytes, deaf_children

#: Helpers are started when about so many seconds are still to come: until one is ready some two have gone.
PAYS_SECONDS = 10.0
#: The pace of threads is measured over so many seconds first, from the first block that is done.
_MEASURED_SECONDS = 1.0
#: Ctrl-C interrupts no longer wait on Windows.
_WAIT_SECONDS = 0.25
#: What a helper takes on England, and the share of the memory there is that all of them may take.
_HELPER_BYTES, _SHARE = 300_000_000, 0.5
#: A helper answers with a record, or with this where it cannot.
REFUSED = "refused"
#: What a helper runs, in a Python that looks for modules in no current folder.
CODE = "from diffusion.experiments.running.helper import serve; serve()"


class Task(NamedTuple):
    """A block of replicates of some scenarios: places of the scenarios, place of the first replicate, all numbers."""

    scenarios: tuple[int, ...]
    first: int
    replicates: Longs

    @property
    def runs(self) -> int:
        return len(self.scenarios) * len(self.replicates)


#: place of a scenario, and the record of a task's replicates in it
Made = tuple[int, Record]


class Helper:
    """A helper process, seen from this one."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-c", CODE], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    def ready(self, job: bytes, modules: tuple[str, ...]) -> bool:
        """Hand over the comparison; whether the helper has read it, and is ready to run parts of it."""
        return self._answer((str(PACKAGE), modules, job)) is True

    def run(self, task: Task) -> list[Made] | None:
        """Return the records of a task; None where the helper cannot run it, or is no more."""
        answer = self._answer(task)
        return answer if isinstance(answer, list) else None

    def _answer(self, order: object) -> object:
        given, answers = self._process.stdin, self._process.stdout
        assert given is not None
        assert answers is not None
        try:
            pickle.dump(order, given, pickle.HIGHEST_PROTOCOL)
            given.flush()
            return pickle.load(answers)
        except (OSError, EOFError, ValueError, pickle.UnpicklingError):
            return None

    def end(self) -> None:
        """End the process, whatever it does."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            with suppress(OSError, ValueError):
                if pipe is not None:
                    pipe.close()


class Team:
    """Threads and helpers that do tasks until none is left.

    Parameters
    ----------
    tasks: what there is to do, the first first
    here: does a task in this process; yields numbers of runs as they are done
    came: takes the records of a task that a helper did
    progress: called with the number of runs done so far
    """

    def __init__(
        self,
        tasks: Sequence[Task],
        here: Callable[[Task], Iterator[int]],
        came: Callable[[Task, list[Made]], None],
        progress: Callable[[int], None] | None = None,
    ) -> None:
        self._waiting = deque(tasks)
        self._total = sum(task.runs for task in tasks)
        self._here, self._came, self._progress = here, came, progress
        self._stop = Event()
        #: numbers of runs done, and what went wrong
        self._told: SimpleQueue[int | BaseException] = SimpleQueue()
        self._helpers: list[Helper] = []
        self._ready: deque[Helper] = deque()

    def run(self, workers: int, job: object = None) -> None:
        """Do all tasks on so many threads; where that takes long all but one of them let helpers do theirs.

        ``job`` is what helpers need, with a method ``run`` that takes a task and yields what it made; without one no
        helper is started. Raises what a task raises.
        """
        done = 0
        if workers == 1:
            for task in self._waiting:
                for number in self._here(task):
                    done = self._tell(done + number)
            return
        since, before = None, 0
        with ThreadPoolExecutor(2 * workers) as pool:
            try:
                for _ in range(workers):
                    pool.submit(self._work)
                while done < self._total:
                    number = self._next()
                    done = self._tell(done + number)
                    if since is None:
                        since, before = time.monotonic(), done
                    gone = time.monotonic() - since
                    measured = gone >= _MEASURED_SECONDS and done > before
                    if job is not None and measured and gone / (done - before) * (self._total - done) > PAYS_SECONDS:
                        self._call_helpers(workers - 1, job, pool)
                        job = None
            finally:
                self._stop.set()
                for helper in self._helpers:
                    helper.end()

    def _tell(self, done: int) -> int:
        if self._progress is not None:
            self._progress(done)
        return done

    def _next(self) -> int:
        """Wait for a task to be done; raises what went wrong with it."""
        while True:
            with suppress(Empty):
                told = self._told.get(timeout=_WAIT_SECONDS)
                if isinstance(told, BaseException):
                    raise told
                return told

    def _call_helpers(self, number: int, job: object, pool: ThreadPoolExecutor) -> None:
        """Start helpers, as many as there is memory for; each takes over from a thread as soon as it is ready."""
        from diffusion.scenario.plugins import python_modules

        try:
            packed = pickle.dumps(job, pickle.HIGHEST_PROTOCOL)
        except Exception:  # a lever that cannot be handed over: threads go on
            return
        with suppress(OSError), deaf_children():  # where no process may be started, threads go on
            for _ in range(min(number, int(_SHARE * available_bytes() / _HELPER_BYTES))):
                self._helpers.append(Helper())
        for helper in self._helpers:
            pool.submit(self._welcome, helper, packed, python_modules())

    def _welcome(self, helper: Helper, packed: bytes, modules: tuple[str, ...]) -> None:
        if helper.ready(packed, modules):
            self._ready.append(helper)
        else:
            helper.end()

    def _next_task(self) -> Task | None:
        try:
            return None if self._stop.is_set() else self._waiting.popleft()
        except IndexError:
            return None

    def _work(self) -> None:
        """Do tasks on a thread, or let a helper do them; what a helper does not do is done here."""
        try:
            helper: Helper | None = None
            while (task := self._next_task()) is not None:
                if helper is None and self._ready:
                    helper = self._ready.popleft()
                made = helper.run(task) if helper is not None else None
                if made is not None:
                    self._came(task, made)
                    self._told.put(task.runs)
                    continue
                helper = None
                for number in () if self._stop.is_set() else self._here(task):
                    self._told.put(number)
                    if self._stop.is_set():
                        return
        except BaseException as error:
            self._told.put(error)
