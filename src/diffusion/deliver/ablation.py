"""From a scenario to a finished attribution of its levers: run, print, write; and back from the folder to a page."""

from __future__ import annotations

import math
import os
from collections.abc import Collection, Hashable, Mapping, Sequence
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from diffusion.analysis.results.intervals import Estimate
from diffusion.analysis.results.outcomes import MAIN_OUTCOME, OUTCOME_BY_NAME
from diffusion.deliver.kernels import compile_kernels
from diffusion.deliver.outbox import Manifest, Outbox, write_figures
from diffusion.errors import InputError
from diffusion.experiments.searches.ablation import Ablation, ablate
from diffusion.report.figures.attribution import attribution_figure
from diffusion.report.files.ablation_tables import table_makers
from diffusion.report.page.ablation_section import AblationFacts, LeverEffects
from diffusion.storage.finished import open_finished
from diffusion.storage.folder import MANIFEST_NAME, TABLES
from diffusion.storage.manifest import build_manifest
from diffusion.storage.same_scenarios import check_ablation, differences, known, with_levers
from diffusion.storage.table_files import needed_table, write_table

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import Console

    from diffusion.progress import Report
    from diffusion.scenario.schema import Scenario


def run_and_deliver_ablation(
    scenario: Scenario,
    *,
    replicates: int,
    seed: int,
    out: Path | None,
    outcome: str = MAIN_OUTCOME,
    permutations: int | None = None,
    keep: Collection[str] = (),
    jobs: int | None = None,
    force: bool = False,
    console: Console | None = None,
    command: Sequence[str] = (),
    report: Report | None = None,
    more: Mapping[str, object] | None = None,
) -> Ablation:
    """Run :func:`ablate` with bars, print the table and write tables, figure and manifest to ``out``, all or nothing.

    ``report`` is told how far it is in the place of bars on the console; ``more`` are further
    entries of the manifest.

    Raises
    ------
    InputError
        If ``out`` must not be replaced; nothing has been computed by then.
    """
    from diffusion.report.terminal.ablation_table import print_ablation

    box = Outbox(out, force=force, command=command, console=console)
    with box.bars() if report is None else nullcontext(report) as report:
        compile_kernels(report)
        found = ablate(scenario, replicates, seed, outcome, jobs, permutations, keep, report)
        if box.out is not None:
            deliver_ablation(found, box, more)
    print_ablation(box.console, found)
    box.tell("Tables and figure")
    return found


def deliver_ablation(found: Ablation, box: Outbox, more: Mapping[str, object] | None = None) -> None:
    """Write the tables, the figure and the manifest."""
    with box.draft(partial(build_manifest, [found]), {**(more or {}), "ablation": description(found)}) as draft:
        for name, make in table_makers(found).items():
            write_table(make(found), draft.tables, name)
        write_figures({"attribution": partial(attribution_figure, found)}, draft.figures)


def description(found: Ablation) -> dict[str, object]:
    """Return what was done and found as plain data, for the manifest."""
    a = found.attribution
    levers = found.levers()
    shares = levers["share_of_whole"]
    return {
        "outcome": found.outcome.name,
        "unit": found.outcome.difference_unit,
        "method": "exact" if a.exact else "sampled orders in antithetic pairs",
        "orders": None if a.orders is None else len(a.orders),
        "subsets_run": found.runs,
        "subsets_in_all": 2 ** len(a.players),
        "seconds": round(found.seconds, 2),
        "levers": list(a.players),
        "kept_in_all": list(found.always),
        "replicates_used": len(a.kept),
        "whole_effect": float(a.whole.mean()),
        "interaction_left_over": float(a.left_over.mean()),
        "shapley": dict(zip(a.players, map(float, levers["shapley"]))),
        "share_of_whole": {n: None if math.isnan(s) else float(s) for n, s in zip(a.players, shares)},
    }


def read_ablation(folder: Path, result: Manifest, accept_altered: bool = False) -> tuple[AblationFacts, list[str]]:
    """Return what the page of the result with this manifest shows of an ablation, and what in it was altered.

    Raises
    ------
    InputError
        No finished ablation, one that was altered, or one of a scenario that the result does not have.
    """
    none = InputError(
        "there is no finished ablation in this folder",
        file=folder,
        key="--ablation",
        expected="a folder that 'diffusion ablate' wrote",
        suggestion="for example: diffusion ablate local-first",
    )
    if not os.path.lexists(folder / MANIFEST_NAME):
        raise none
    try:
        finished = open_finished(folder, accept_altered)
    except InputError as error:
        raise error.at(key="--ablation") from None
    manifest = finished.manifest
    if "ablation" not in manifest:
        raise none
    try:
        own, scenarios = known(manifest["scenarios"][0]), [known(entry) for entry in result["scenarios"]]
        check_ablation(own, scenarios, folder)
        levers, whole = (needed_table(folder / TABLES, name) for name in ("levers", "whole"))
        facts = _facts(manifest, levers, whole)
    except (KeyError, ValueError, TypeError, AttributeError, IndexError) as error:
        raise InputError(
            f"the tables and the manifest do not fit together: {error}",
            file=folder,
            key="--ablation",
            expected="the folder as 'diffusion ablate' wrote it",
            suggestion="restore it from a copy, or run its command again",
        ) from None
    same_base = not differences(with_levers(own, facts.always), scenarios[0])
    return facts._replace(other_base="" if same_base else scenarios[0].name), list(finished.altered)


def _facts(manifest: Manifest, levers: pd.DataFrame, whole: pd.DataFrame) -> AblationFacts:
    about = manifest["ablation"]
    runs = int(about["replicates_used"])
    doubt = manifest["scenarios"][0]["resolved"].get("doubt") or {}
    over_draws = doubt.get("source", "defaults") != "defaults"
    estimate = partial(_estimate, replicates=runs, over_draws=over_draws)
    rows = levers.to_dict("records")
    of_all = {str(row["quantity"]): estimate(row, "", "mean") for row in whole.to_dict("records")}
    return AblationFacts(
        manifest["scenarios"][0]["name"],
        OUTCOME_BY_NAME[about["outcome"]],
        runs,
        about["method"],
        tuple(about["kept_in_all"]),
        [
            LeverEffects(
                str(row["lever"]),
                estimate(row, "alone_", "alone"),
                estimate(row, "last_", "last"),
                estimate(row, "shapley_", "shapley"),
                float(row["share_of_whole"]),
            )
            for row in rows
        ],
        of_all["whole_effect"],
        of_all["interaction_left_over"],
    )


_BOUNDS = ("standard_error", "low80", "high80", "low95", "high95")


def _estimate(
    row: Mapping[Hashable, float], stem: str, mean: str, replicates: int, over_draws: bool = False
) -> Estimate:
    """Return an estimate from a row of a table."""
    error, low80, high80, low95, high95 = (np.asarray(row[f"{stem}{bound}"], dtype=np.float64) for bound in _BOUNDS)
    return Estimate(
        np.asarray(row[mean], dtype=np.float64), error, low80, high80, low95, high95, replicates, over_draws
    )
