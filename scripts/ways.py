"""Six ways through the house, file by file, as they run: the table in docs/architecture.md is made from this list.

``python scripts/ways.py`` prints it. A way climbs back where it goes up into a room that it has left before: it goes
down to where the work is done and up to whoever asked, and should not wander. A test walks all six.
"""

from __future__ import annotations

import sys
from pathlib import Path

import check_floors

#: title -> files in the order in which what is followed passes them, below src/diffusion or beside it
WAYS: dict[str, tuple[str, ...]] = {
    "A tariff's payment, from YAML to a figure": (
        "scenarios/levers/best-practice-tariff.yaml",
        "scenario/stack.py",
        "scenario/schema.py",
        "levers/best_practice_tariff.py",
        "engine/terms.py",
        "month/derived.py",
        "mechanisms/finance.py",
        "month/recorder.py",
        "experiments/running/results.py",
        "analysis/results/payers.py",
        "analysis/economics/appraisal.py",
        "report/page/result_pictures.py",
        "report/figures/costs.py",
    ),
    "A scenario, from the command line to results": (
        "cli/compare.py",
        "cli/shared/prepare.py",
        "scenario/load.py",
        "scenario/schema.py",
        "deliver/comparison.py",
        "experiments/running/runner.py",
        "month/simulation.py",
        "world/building/build.py",
        "month/compiled.py",
        "month/opening_state.py",
        "month/phases.py",
        "month/recorder.py",
        "experiments/running/results.py",
    ),
    "An outcome, from the recorder to the page": (
        "month/recorder.py",
        "experiments/running/results.py",
        "month/measures.py",
        "analysis/results/adoption.py",
        "analysis/results/outcomes.py",
        "analysis/results/compare.py",
        "storage/columns.py",
        "report/page/cells.py",
        "report/pages/result_page.py",
        "report/page/templates/page.html.j2",
        "deliver/comparison.py",
        "deliver/outbox.py",
    ),
    "A study's factor, to a Parquet row": (
        "experiments/study/load.py",
        "experiments/study/bound_factors.py",
        "experiments/study/sampling.py",
        "experiments/study/design.py",
        "experiments/study/design_files.py",
        "scenario/tree.py",
        "scenario/schema.py",
        "experiments/sweep/chunks.py",
        "experiments/sweep/rows.py",
        "storage/table_files.py",
        "experiments/sweep/chunk_files.py",
    ),
    "An override of a Trust, to the kernel": (
        "agents/trust.py",
        "scenario/plugins.py",
        "agents/agent_simulation.py",
        "month/phases.py",
        "month/agent_steps.py",
        "agents/override_checks.py",
        "engine/kernels/frame.py",
        "mechanisms/awareness.py",
    ),
    "A column of `trusts.csv`, to exposure": (
        "data/worlds/england-2017/trusts.csv",
        "reading/rows.py",
        "world/trusts.py",
        "world/building/layers.py",
        "world/building/build.py",
        "month/compiled.py",
        "mechanisms/network/net.py",
        "month/workspace.py",
        "engine/kernels/frame.py",
        "mechanisms/exposure.py",
    ),
}


def place(file: str) -> Path:
    """Return where a file of a way is."""
    root = check_floors.SOURCE.parents[1]
    return root / file if file.startswith("scenarios/") else check_floors.SOURCE / file


def climbs_back(way: tuple[str, ...]) -> int:
    """Return how often a way goes up into a room that it has left before."""
    rooms = [file.split("/")[0] for file in way if file.split("/")[0] in check_floors.LEVEL]
    number = 0
    for i in range(1, len(rooms)):
        up = check_floors.LEVEL[rooms[i]] > check_floors.LEVEL[rooms[i - 1]]
        number += up and rooms[i] in rooms[: i - 1]
    return number


def table() -> str:
    """Return the ways as a Markdown table."""
    lines = ["| way | files, in order | climbs back |", "|---|---|---|"]
    for title, way in WAYS.items():
        lines.append(f"| {title} | {' > '.join(f'`{file}`' for file in way)} | {climbs_back(way)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    print(table())
    sys.exit(0)
