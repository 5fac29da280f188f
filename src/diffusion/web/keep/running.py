"""What helpers do for the library: run a result again, say what that costs, make files, hold two side by side."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from diffusion.deliver.ablation import run_and_deliver_ablation
from diffusion.deliver.difference import difference_of_folders
from diffusion.deliver.for_readers import Wanted
from diffusion.deliver.rebuild import rebuild
from diffusion.deliver.rerun import read_before, run_again
from diffusion.experiments.searches.ablation import planned_subsets
from diffusion.experiments.searches.why import expected_runs
from diffusion.report.terminal.difference_table import (
    difference_blocks,
    moved_lines,
    moved_outcomes,
    notes,
    shown_outcomes,
    verdict,
)
from diffusion.report.words.labels import scenario_labels
from diffusion.storage.scenario_entry import Json
from diffusion.web.jobs.comparing import entries_of, in_parts, nowhere, telling, written_once
from diffusion.world.regions import find_region

if TYPE_CHECKING:
    from diffusion.web.helpers.process import Talk


@written_once
def again(given: Json, talk: Talk) -> None:
    """Run the result ``source`` again into ``out``; with ``why`` or a ``region`` more is said of it than before."""
    before = read_before(Path(given["root"], given["source"]), accept_altered=True)
    request = replace(before.request, why=True) if given["why"] else before.request
    regions = list(before.regions)
    if given["region"]:
        region = find_region(given["region"], request.scenarios[0].build_world())
        regions += [] if region.name in [one.name for one in regions] else [region]
    files = before.result.manifest["files"]
    run_again(
        before,
        request,
        out=Path(given["root"], given["out"]),
        changed=bool(given["why"] or given["region"]),
        command=given["again"],
        console=nowhere(),
        wanted=Wanted(one_page="summary.html" in files, slides="slides.pptx" in files),
        regions=regions,
        runs=in_parts(talk),
        report=telling(talk),
        further=entries_of(given),
    )


def why_runs(given: Json, talk: Talk) -> Json:
    """Return about how many runs it takes to say what differences are made of, and what each lever gives."""
    before = read_before(Path(given["root"], given["name"]), accept_altered=True)
    scenarios = before.request.scenarios
    labels = scenario_labels(before.result.tables)
    return {
        "runs": expected_runs(scenarios) if len(scenarios) > 1 else 0,
        "replicates": before.request.replicates,
        "levers": [
            {"place": place, "label": label, "subsets": planned_subsets(scenario, (), None)}
            for place, (label, scenario) in enumerate(zip(labels, scenarios))
            if len(scenario.levers) > 1
        ],
    }


@written_once
def take_apart(given: Json, talk: Talk) -> None:
    """Run the scenario at ``place`` of a result with none, each, all but one and all of its levers."""
    before = read_before(Path(given["root"], given["source"]), accept_altered=True)
    run_and_deliver_ablation(
        before.request.scenarios[int(given["place"])],
        replicates=before.request.replicates,
        seed=before.request.seed,
        out=Path(given["root"], given["out"]),
        console=nowhere(),
        command=given["again"],
        report=telling(talk),
        more=entries_of(given),
    )


def make(given: Json, talk: Talk) -> Json:
    """Make files of a result from what is stored; return their names."""
    folder = Path(given["root"], given["name"])
    written = rebuild(folder, wanted=Wanted(**dict.fromkeys(given["wanted"], True)), accept_altered=True)
    return {"written": [path.relative_to(folder).as_posix() for path in written]}


def difference(given: Json, talk: Talk) -> Json:
    """Return in what the results ``a`` and ``b`` differ, as lines and tables."""
    found = difference_of_folders(Path(given["root"], given["a"]), Path(given["root"], given["b"]), accept_altered=True)
    blocks = [] if found.held.same_runs else difference_blocks(found)
    moved = moved_outcomes(found)
    return {
        "alike": [outcome.label for outcome in shown_outcomes(found) if outcome not in moved],
        "moved": list(moved_lines(found)),
        "same": bool(found.held.same_runs),
        "tables": [
            {
                "heading": heading,
                "rows": [[cell.plain.strip() for cell in row] for row in rows],
                "beyond": [str(row[3].style) == "bold" for row in rows],
            }
            for heading, rows in blocks
        ],
        "verdict": [] if found.held.same_runs else verdict(found),
        "notes": [] if found.held.same_runs else notes(found),
    }
