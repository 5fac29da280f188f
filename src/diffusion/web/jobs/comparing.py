"""What a helper does with a comparison: the runs of ``diffusion compare``, in parts, told of while they go on."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from diffusion.analysis.results.asked import Target, parse_target
from diffusion.analysis.results.outcomes import outcome_values
from diffusion.deliver.comparison import run_and_deliver
from diffusion.deliver.for_readers import Wanted
from diffusion.deliver.kernels import compile_kernels
from diffusion.experiments.again.asking import check_comparable, with_parameters
from diffusion.experiments.running.results import join
from diffusion.progress import Report, silent
from diffusion.report.terminal.safe_console import SafeConsole
from diffusion.scenario.load import load_scenario
from diffusion.storage.folder import MANIFEST_NAME
from diffusion.storage.scenario_entry import Json
from diffusion.web.jobs.numbers import so_far
from diffusion.web.jobs.parts import Asked, Kept, asked_of, parts_of, run_part
from diffusion.web.jobs.turns import Turns
from diffusion.world.regions import Region, find_region

if TYPE_CHECKING:
    from diffusion.arrays import Floats
    from diffusion.experiments.running.results import Results
    from diffusion.scenario.schema import Scenario
    from diffusion.web.helpers.process import Talk

_KEPT, _TURNS = Kept(), Turns()
#: the entry of a manifest that says which job made the result
JOB = "job"
#: seconds between two times that a job tells its numbers
_TELL_SECONDS = 0.25


def compare(given: Json, talk: Talk) -> Json:
    """Run a comparison and write its folder, as ``diffusion compare`` does; return the name of the folder.

    ``given`` has ``scenarios`` (names, or files among those of the job), ``settings``, ``parameters``, ``replicates``,
    ``seed``, ``regions``, ``why``, ``command`` (as it is typed), ``root`` and ``out``.
    """
    scenarios = scenarios_of(given, talk)
    target = _target(given, scenarios[0])
    regions = _regions(given, scenarios[0])
    wanted = Wanted(**dict.fromkeys(given.get("wanted") or (), True))
    out = Path(given["root"], given["out"])
    if is_of_job(out, given["job"]):  # it was written, and the server ended before it could say so
        return {"result": given["out"]}
    run_and_deliver(
        scenarios,
        replicates=given["replicates"],
        seed=given["seed"],
        out=out,
        console=_nowhere(),
        command=given["command"],
        target=target,
        why=bool(given.get("why")),
        wanted=wanted,
        regions=regions,
        more={JOB: given["job"]},
        runs=_in_parts(talk),
        report=_telling(talk),
    )
    return {"result": given["out"]}


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


def _in_parts(talk: Talk) -> Callable[..., list[Results]]:
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
        began = time.monotonic()
        every = asked_of(scenarios, seed, by_trust)
        parts: list[list[Results]] = [[] for _ in every]
        values: list[list[dict[str, Floats]]] = [[] for _ in every]
        total, told = len(every) * replicates, 0.0
        for begin, end in parts_of(replicates):
            for place, asked in enumerate(every):
                part = _part(asked, begin, end, talk, begin)
                parts[place].append(part)
                values[place].append(outcome_values(part))
                report("Running", len(every) * begin + (place + 1) * (end - begin), total)
            if time.monotonic() - told > _TELL_SECONDS or end == replicates:
                told = time.monotonic()
                left = (told - began) / end * (replicates - end)
                numbers = so_far([each[0] for each in parts], values, scenarios[0].drawn)
                talk.tell(numbers={**numbers, "of": replicates}, seconds_left=left)
        return [join(each) for each in parts]

    return run


def _part(asked: Asked, begin: int, end: int, talk: Talk, had: float) -> Results:
    talk.check()

    def run() -> Results:
        with _TURNS.turn(had, talk.check):
            if (kept := _KEPT.get(asked, begin, end)) is not None:  # somebody ran it while this one waited
                return kept
            return run_part(asked, begin, end, lambda done: talk.check())

    return _KEPT.part(asked, begin, end, run)


def _telling(talk: Talk) -> Report:
    """Return what is told how far it is; a task that is to stop stops here."""
    last: dict[str, float] = {}

    def report(what: str, done: int, total: int) -> None:
        talk.check()
        if done == total or time.monotonic() - last.get(what, 0.0) > _TELL_SECONDS:
            last[what] = time.monotonic()
            talk.tell(what=what, done=done, total=total)

    return report


def _nowhere() -> SafeConsole:
    """Return a console that prints nothing: pages show what a terminal would."""
    return SafeConsole(file=open(os.devnull, "w", encoding="utf-8", newline="\n"))


def _target(given: Json, first: Scenario) -> Target:
    return parse_target(given["target"], first.build_world()) if given.get("target") else Target()


def _regions(given: Json, first: Scenario) -> list[Region]:
    world = first.build_world()
    return [find_region(text, world) for text in given.get("regions") or ()]
