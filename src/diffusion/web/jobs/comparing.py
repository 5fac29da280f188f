"""What a helper does with a comparison: the runs of ``diffusion compare``, in parts, told of while they go on."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator, Sequence
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING

from diffusion.analysis.results.asked import Target, parse_target
from diffusion.analysis.results.outcomes import outcome_values
from diffusion.deliver.comparison import run_and_deliver
from diffusion.deliver.for_readers import Wanted
from diffusion.deliver.kernels import compile_kernels
from diffusion.experiments.again.asking import check_comparable, with_parameters
from diffusion.experiments.running.results import join, with_all_payments
from diffusion.progress import Report, silent
from diffusion.report.terminal.safe_console import SafeConsole
from diffusion.scenario.load import load_scenario
from diffusion.storage.folder import MANIFEST_NAME
from diffusion.storage.scenario_entry import Json
from diffusion.web.jobs.numbers import so_far
from diffusion.web.jobs.parts import (
    LONG_FROM,
    LONG_SECONDS,
    Asked,
    Kept,
    asked_of,
    parts_of,
    run_part,
    run_together,
    stretches_of,
)
from diffusion.web.jobs.store import JOB, TITLE
from diffusion.web.jobs.turns import Turns
from diffusion.world.regions import Region, find_region

if TYPE_CHECKING:
    from diffusion.arrays import Floats
    from diffusion.experiments.running.results import Results
    from diffusion.scenario.schema import Scenario
    from diffusion.web.helpers.process import Talk

_KEPT, _TURNS, _LONG = Kept(), Turns(), Turns()
#: seconds between two times that a job tells its numbers
_TELL_SECONDS = 0.25


def written_once(write: Callable[[Json, Talk], object]) -> Callable[[Json, Talk], Json]:
    """Return the task that writes the folder ``out`` of a job, unless it is there: the server may have ended before it
    could say so. It returns the folder's name."""

    @wraps(write)
    def task(given: Json, talk: Talk) -> Json:
        if not is_of_job(Path(given["root"], given["out"]), given["job"]):
            write(given, talk)
        return {"result": given["out"]}

    return task


@written_once
def compare(given: Json, talk: Talk) -> None:
    """Run a comparison and write its folder, as ``diffusion compare`` does.

    ``given`` has ``scenarios`` (names, or files among those of the job), ``settings``, ``parameters``, ``replicates``,
    ``seed``, ``regions``, ``why``, ``command`` (as it is typed), ``root`` and ``out``.
    """
    scenarios = scenarios_of(given, talk)
    target = _target(given, scenarios[0])
    regions = _regions(given, scenarios[0])
    wanted = Wanted(**dict.fromkeys(given.get("wanted") or (), True))
    run_and_deliver(
        scenarios,
        replicates=given["replicates"],
        seed=given["seed"],
        out=Path(given["root"], given["out"]),
        console=nowhere(),
        command=given["command"],
        target=target,
        why=bool(given.get("why")),
        wanted=wanted,
        regions=regions,
        more=entries_of(given),
        runs=in_parts(talk),
        report=telling(talk),
    )


def entries_of(given: Json) -> dict[str, object]:
    """Return what the manifest of a job's result has of the job."""
    return {JOB: given["job"]} | ({TITLE: given[TITLE]} if given.get(TITLE) else {})


def is_of_job(folder: Path, job: str) -> bool:
    """Whether a folder holds the finished result of this job."""
    try:
        manifest = json.loads((folder / MANIFEST_NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(manifest, dict) and manifest.get(JOB) == job


def warm(given: Json, talk: Talk) -> Json:
    """Run the first replicates of the first scenario, so that they are there when they are asked for."""
    scenarios = scenarios_of(given, talk)
    compile_kernels(silent)
    asked = asked_of(scenarios[:1], given["seed"], False)[0]
    for begin, end in parts_of(given["replicates"]):
        _part(asked, begin, end, talk, 1e6 + begin)
    return {}


def scenarios_of(given: Json, talk: Talk) -> list[Scenario]:
    """Return the scenarios of a job, with the source of their parameters, checked against each other."""
    folder = Path(given["files"])
    names = [str(folder / name) if (folder / name).is_file() else name for name in given["scenarios"]]
    loaded = [load_scenario(name, given.get("settings") or ()) for name in names]
    loaded = with_parameters(loaded, given.get("parameters"), lambda text: talk.tell(note=text))
    if len(loaded) > 1:
        check_comparable(given["scenarios"], loaded)
    return loaded


def in_parts(talk: Talk) -> Callable[..., list[Results]]:
    """Return what runs scenarios in parts, and tells numbers after each."""

    def run(
        scenarios: Sequence[Scenario],
        replicates: int,
        seed: int,
        jobs: int | None,
        events: bool,
        report: Report,
        by_trust: bool = False,
    ) -> list[Results]:
        compile_kernels(report)
        every = asked_of(scenarios, seed, by_trust)
        parts: list[list[Results]] = []
        values: list[list[dict[str, Floats]]] = [[] for _ in every]
        began, told, total = time.monotonic(), 0.0, len(every) * replicates
        for end, made in _made(every, replicates, talk, report):
            parts.append(made)
            for place, part in enumerate(made):
                values[place].append(outcome_values(part))
            report("Running", len(every) * end, total)
            if time.monotonic() - told > _TELL_SECONDS or end == replicates:
                told = time.monotonic()
                left = (told - began) / end * (replicates - end)
                talk.tell(numbers={**so_far(parts[0], values, scenarios[0].drawn), "of": replicates}, seconds_left=left)
        return [join(each) for each in zip(*parts)]

    return run


def _made(every: Sequence[Asked], replicates: int, talk: Talk, report: Report) -> Iterator[tuple[int, list[Results]]]:
    """Yield (one beyond the last, results by scenario) of replicates, in parts; what takes long in stretches.

    Parts are quick, and kept; jobs take turns between them. Stretches run on processes of their own, which share the
    months that scenarios have in common, one job's at a time.
    """
    began, total = time.monotonic(), len(every) * replicates
    for begin, end in parts_of(replicates):
        left = (time.monotonic() - began) / max(1, begin) * (replicates - begin)
        if begin >= LONG_FROM and left > LONG_SECONDS and not any(asked.scenario.agents for asked in every):
            for first, last in stretches_of(begin, replicates, left):

                def check(done: int, before: int = len(every) * first) -> None:
                    report("Running", before + done, total)

                with _LONG.turn(first, talk.check):
                    yield last, run_together(every, first, last, check)
            return
        made = []
        for place, asked in enumerate(every):
            made.append(_part(asked, begin, end, talk, begin))
            report("Running", len(every) * begin + (place + 1) * (end - begin), total)
        yield end, with_all_payments(made)


def _part(asked: Asked, begin: int, end: int, talk: Talk, had: float) -> Results:
    talk.check()

    def run() -> Results:
        with _TURNS.turn(had, talk.check):
            if (kept := _KEPT.get(asked, begin, end)) is not None:  # somebody ran it while this one waited
                return kept
            return run_part(asked, begin, end, lambda done: talk.check())

    return _KEPT.part(asked, begin, end, run)


def telling(talk: Talk) -> Report:
    """Return what is told how far it is; a task that is to stop stops here."""
    last: dict[str, float] = {}

    def report(what: str, done: int, total: int) -> None:
        talk.check()
        if done == total or time.monotonic() - last.get(what, 0.0) > _TELL_SECONDS:
            last[what] = time.monotonic()
            talk.tell(what=what, done=done, total=total)

    return report


def nowhere() -> SafeConsole:
    """Return a console that prints nothing: pages show what a terminal would."""
    return SafeConsole(file=open(os.devnull, "w", encoding="utf-8", newline="\n"))


def _target(given: Json, first: Scenario) -> Target:
    return parse_target(given["target"], first.build_world()) if given.get("target") else Target()


def _regions(given: Json, first: Scenario) -> list[Region]:
    world = first.build_world()
    return [find_region(text, world) for text in given.get("regions") or ()]
