"""The queue: jobs go to the helper in the order in which they were asked, and on after the server was ended."""

from __future__ import annotations

import threading
import time
from collections import deque
from concurrent.futures import Future
from dataclasses import replace

from diffusion.errors import InputError
from diffusion.scenario.problems import problems_of
from diffusion.storage.scenario_entry import Json
from diffusion.web.base.plain_paths import without_paths
from diffusion.web.helpers.helper import Cancelled, Helper, HelperEnded
from diffusion.web.jobs.store import MOST_TRIES, Job, Jobs, Progress

#: jobs that the helper has at once: it takes turns between them, so that each has its first numbers soon
AT_ONCE = 4


class Queue:
    """Hands jobs to a helper; safe to use from several threads."""

    def __init__(self, jobs: Jobs, runner: Helper, given: Json) -> None:
        """``given`` goes to every task beside what its job says, such as the folder of results."""
        self._jobs, self._runner, self._given = jobs, runner, given
        self._lock = threading.RLock()
        self._waiting: deque[str] = deque()
        self._running: dict[str, int] = {}
        self._closed = False

    def take_up(self) -> list[str]:
        """Put into the queue what was not over when an earlier server ended; return those jobs.

        They have all their tries again: it was the user who started the server anew.
        """
        found = [job.id for job, progress in reversed(self._jobs.all()) if not progress.over]
        for id in found:
            self._jobs.note(id, replace(self._jobs.progress(id), state="waiting", tries=0))
            self.add(id)
        return found

    def add(self, id: str) -> None:
        with self._lock:
            self._waiting.append(id)
        self._next()

    def before(self, id: str) -> int:
        """Return how many jobs wait before this one."""
        with self._lock:
            return self._waiting.index(id) if id in self._waiting else 0

    def stop(self, id: str) -> None:
        """Stop a job, whether it waits or runs; one that is over stays as it is."""
        with self._lock:
            if id in self._waiting:
                self._waiting.remove(id)
                self._jobs.note(id, replace(self._jobs.progress(id), state="stopped", since=time.time()))
            elif (number := self._running.get(id)) is not None:
                self._runner.stop(number)

    def close(self) -> None:
        """Begin nothing more: what runs is taken up by the next server."""
        with self._lock:
            self._closed = True

    def _next(self) -> None:
        with self._lock:
            while self._waiting and len(self._running) < AT_ONCE and not self._closed:
                try:
                    job = self._jobs.get(self._waiting.popleft())
                except KeyError:  # its folder was removed by hand
                    continue
                self._begin(job)

    def _begin(self, job: Job) -> None:
        before = self._jobs.progress(job.id)
        self._jobs.note(job.id, Progress("running", before.told, (), before.tries, time.time()))
        given = {**self._given, **job.given, "files": str(self._jobs.files(job.id)), "out": job.out, "job": job.id}
        try:
            number, answer = self._runner.ask(job.task, given, lambda told: self._jobs.hear(job.id, told))
        except HelperEnded as error:
            if not self._closed:
                problems = (without_paths(str(error)),)
                self._jobs.note(job.id, replace(self._jobs.progress(job.id), state="failed", problems=problems))
            return
        self._running[job.id] = number
        answer.add_done_callback(lambda answer: self._over(job, answer))

    def _over(self, job: Job, answer: Future[Json]) -> None:
        with self._lock:
            self._running.pop(job.id, None)
            progress = replace(self._jobs.progress(job.id), since=time.time())
            try:
                progress = replace(progress, state="done", told={**progress.told, **answer.result()})
            except Cancelled:
                progress = replace(progress, state="stopped")
            except InputError as error:
                told = tuple(without_paths(str(problem)) for problem in problems_of(error))
                progress = replace(progress, state="failed", problems=told)
            except HelperEnded as error:
                if self._closed:
                    return  # the server ends: the job stays as it is, for the next one
                # one that was ended to stop another job says nothing against this one
                progress = replace(progress, tries=progress.tries + (not error.on_purpose))
                if progress.tries < MOST_TRIES:
                    self._jobs.note(job.id, replace(progress, state="waiting"))
                    self._waiting.appendleft(job.id)
                else:
                    text = f"{error}, {progress.tries} times: perhaps there is too little memory; ask for fewer runs"
                    progress = replace(progress, state="failed", problems=(text,))
            except Exception as error:
                progress = replace(progress, state="failed", problems=(without_paths(str(error)),))
            if job.id not in self._waiting:
                self._jobs.note(job.id, progress)
        self._next()
