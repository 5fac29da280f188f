"""Jobs on disk: what was asked and how far it is, so that nothing is lost when the server ends, however it does."""

from __future__ import annotations

import json
import logging
import re
import secrets
import threading
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Literal

from diffusion.drafts import remove
from diffusion.outlets import json_text
from diffusion.storage.scenario_entry import Json
from diffusion.web.base.whole_files import each_in, write_whole

State = Literal["waiting", "running", "done", "failed", "stopped"]
#: a job's name: nothing else is ever looked for on disk
_ID = re.compile(r"[0-9a-f]{16}\Z")
_ASKED, _STATE, FILES = "asked.json", "state.json", "files"
#: the entry of a manifest that says which job made the result
JOB = "job"
#: the entry of a manifest with the title that whoever asked gave the question
TITLE = "question_title"
#: what a job is given of its question: all of it as data, its options beside it as files
ASKED = "asked"
#: how often a job is begun whose process dies; then it is given up
MOST_TRIES = 3
#: jobs that are over stay listed so long
KEPT_SECONDS = 30 * 86_400


def is_id(text: str) -> bool:
    """Whether a text can be the name of a job or a question."""
    return bool(_ID.match(text))


@dataclass(frozen=True)
class Job:
    """What was asked. ``task`` is what a helper does with ``given``; ``title`` says it to readers.

    ``out`` is the folder of results inside the root, "" where there is none; ``question`` is where it was asked.
    """

    id: str
    task: str
    title: str
    given: Json
    out: str = ""
    question: str = ""
    asked: float = 0.0
    #: the page of what came out, where that is no result
    leads_to: str = ""


@dataclass(frozen=True)
class Progress:
    """How far a job is. ``told`` is the last that it told; ``problems`` are what is wrong, as lines for readers."""

    state: State = "waiting"
    told: Json = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    tries: int = 0
    since: float = 0.0

    @property
    def over(self) -> bool:
        return self.state in ("done", "failed", "stopped")


class Jobs:
    """The jobs in a folder, each in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._asked: dict[str, Job] = {}  # read once: what was asked never changes
        self._live: dict[str, Progress] = {}
        self._lock = threading.RLock()

    def new(
        self,
        task: str,
        title: str,
        given: Json,
        files: Mapping[str, str],
        out: str = "",
        question: str = "",
        leads_to: str = "",
    ) -> Job:
        """Write a job down, with the texts of its ``files``; what it needs lies in its own folder from then on."""
        job = Job(secrets.token_hex(8), task, title, given, out, question, time.time(), leads_to)
        place = self.place(job.id)
        try:
            (place / FILES).mkdir(parents=True)
            for name, text in files.items():
                write_whole(place / FILES / name, text)
            write_whole(place / _ASKED, json_text(asdict(job)))  # last: a job without it was never asked
        except OSError:
            remove(place)
            raise
        self._asked[job.id] = job
        self.note(job.id, Progress(since=job.asked))
        return job

    def place(self, id: str) -> Path:
        if not is_id(id):
            raise KeyError(id)
        return self._folder / id

    def files(self, id: str) -> Path:
        """Return the folder of a job's files."""
        return self.place(id) / FILES

    def get(self, id: str) -> Job:
        """Return a job; KeyError where there is none."""
        if (known := self._asked.get(id)) is not None:
            return known
        try:
            job = Job(**json.loads((self.place(id) / _ASKED).read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            raise KeyError(id) from None
        return self._asked.setdefault(id, job)

    def progress(self, id: str) -> Progress:
        """Return how far a job is."""
        if (live := self._live.get(id)) is not None:
            return live
        try:
            data = json.loads((self.place(id) / _STATE).read_text(encoding="utf-8"))
            progress = Progress(**{**data, "problems": tuple(data["problems"])})
        except (OSError, ValueError, TypeError, KeyError):
            return Progress()
        if progress.over:  # nothing changes any more
            with self._lock:
                progress = self._live.setdefault(id, progress)
        return progress

    def note(self, id: str, progress: Progress) -> None:
        """Write down how far a job is, when its state changes.

        A state that cannot be written, on a full disk say, counts until the server ends; the next one runs the job.
        """
        with self._lock:
            self._live[id] = progress
            try:
                write_whole(self.place(id) / _STATE, json_text(asdict(progress)))
            except OSError as error:
                logging.getLogger(__name__).error("the state of a job could not be written: %s", error.strerror)

    def hear(self, id: str, told: Json) -> None:
        """Keep what a job tells, in memory alone: it tells often, and tells it again when it is begun again."""
        with self._lock:
            before = self.progress(id)
            if not before.over:
                self._live[id] = replace(before, told={**before.told, **told})

    def all(self) -> list[tuple[Job, Progress]]:
        """Return all jobs, the newest first; those that were over long ago are removed."""
        found = []
        for job in each_in(self._folder, self.get):
            progress = self.progress(job.id)
            if progress.over and time.time() - progress.since > KEPT_SECONDS:
                remove(self.place(job.id))
                self._asked.pop(job.id, None)
                self._live.pop(job.id, None)
            else:
                found.append((job, progress))
        return sorted(found, key=lambda each: -each[0].asked)
