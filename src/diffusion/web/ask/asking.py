"""From a question to a job, and to the command that does the same."""

from __future__ import annotations

import shlex
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

from diffusion.outlets import file_name
from diffusion.storage.scenario_entry import Json
from diffusion.web.ask.question import Question
from diffusion.web.ask.store import Questions, data_of, question_in
from diffusion.web.jobs.queue import Queue
from diffusion.web.jobs.store import ASKED, TITLE, Job, Jobs

#: held from looking for a free name until it is taken
_NAMING = threading.Lock()


def command_of(
    question: Question, out: str = "", named: Mapping[str, Path] | None = None, python: Sequence[str] = ()
) -> list[str]:
    """Return the command that asks the same, to be typed beside the question's files.

    ``named`` are the scenario files and ``python`` the modules that were named at the start of the server; of a path
    only its last part is told.
    """
    files = {option.name: option.file for option in question.options}
    files |= {name: path.name for name, path in (named or {}).items() if name == question.yardstick}
    names = [question.yardstick, *(option.name for option in question.options if option.name != question.yardstick)]
    command = ["diffusion", "compare" if len(names) > 1 else "run"]
    command += [files.get(name, name) for name in names]
    command += ["--replicates", str(question.replicates), "--seed", str(question.seed)]
    command += ["--parameters", question.parameters]
    for text in settings_of(question):
        command += ["--set", text]
    if question.target:
        command += ["--for", question.target]
    for region in question.regions:
        command += ["--region", region]
    for module in python:
        command += ["--python", Path(module).name if module.endswith(".py") else module]
    command += [f"--{name.replace('_', '-')}" for name in question.wanted]
    return [*command, "--out", out] if out else command


def typed(command: list[str]) -> str:
    """Return a command as it is typed."""
    return shlex.join(command)


def settings_of(question: Question) -> list[str]:
    """Return what is set in all scenarios of a question, as ``--set`` takes it."""
    return [] if question.months is None else [f"months={question.months}"]


def given_of(question: Question, out: str, named: Mapping[str, Path] | None = None, python: Sequence[str] = ()) -> Json:
    """Return what the task of the helper takes."""
    own = {option.name: option.file for option in question.options}
    first = own.get(question.yardstick) or str((named or {}).get(question.yardstick, question.yardstick))
    return {
        "scenarios": [first, *(file for file in own.values() if file != first)],
        "settings": settings_of(question),
        "parameters": question.parameters,
        "replicates": question.replicates,
        "seed": question.seed,
        "target": question.target,
        "regions": list(question.regions),
        "wanted": list(question.wanted),
        "command": command_of(question, out, named, python),
    }


def submit(
    question: Question,
    jobs: Jobs,
    queue: Queue,
    root: Path,
    title: str,
    named: Mapping[str, Path] | None = None,
    python: Sequence[str] = (),
    **more: object,
) -> Job:
    """Put a question, which was checked, into the queue; ``more`` is given to the task beside it."""
    files = {option.file: option.text for option in question.options}
    with _NAMING:
        out = free_name(root, _short(file_name(title.casefold())) or "question", jobs)
        given = {**given_of(question, out, named, python), ASKED: data_of(question), TITLE: question.title, **more}
        job = jobs.new("compare", title, given, files, out=out, question=question.id)
    queue.add(job.id)
    return job


def as_asked(job: Job, jobs: Jobs, questions: Questions) -> Question | None:
    """Return the question of a job as it was when it was asked: the one that is kept where it still says that.

    None where the job has none.
    """
    try:
        asked = question_in(jobs.files(job.id), job.given[ASKED])
    except (OSError, ValueError, TypeError, KeyError):
        return None
    return questions.alike(asked) or questions.new(asked)


def _short(name: str, letters: int = 48) -> str:
    """Return a name of whole words of at most so many letters."""
    return (name if len(name) <= letters else name[: letters + 1].rpartition("-")[0] or name[:letters]).strip("-")


def free_name(root: Path, name: str, jobs: Jobs) -> str:
    """Return ``name``, or one like it that no folder of results has and no job is about to have."""
    taken = {path.name.casefold() for path in root.iterdir()}
    taken |= {job.out.casefold() for job, progress in jobs.all() if not progress.over}
    free, number = name, 1
    while free.casefold() in taken:
        number += 1
        free = f"{name}-{number}"
    return free
