"""Which lever does what: run subsets of a scenario's levers, attribute the whole effect, write and print it."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from diffusion.analysis.results.attribution import (
    EXACT_PLAYERS,
    Attribution,
    all_subsets,
    antithetic_orders,
    attribute,
    edge_subsets,
    subsets_of_orders,
)
from diffusion.analysis.results.intervals import estimate_mean
from diffusion.analysis.results.outcomes import MAIN_OUTCOME, OUTCOME_BY_NAME, Outcome, outcome_values
from diffusion.arrays import Floats, Longs
from diffusion.errors import InputError, did_you_mean
from diffusion.experiments.searches.subsets import Subset, SubsetRuns
from diffusion.storage.folder import MANIFEST_NAME, check_replaceable, result_folder
from diffusion.storage.manifest import build_manifest, source_state
from diffusion.storage.table_files import checksums, write_table

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import Console

    from diffusion.progress import Report

#: Orders sampled beyond EXACT_PLAYERS levers, reverses included: 8 independent pairs, enough for their spread to tell
#: their error, and all 19 levers (about 300 subsets) in under ten minutes on two free cores at 30 replicates.
DEFAULT_ORDERS = 16


@dataclass(frozen=True)
class Ablation:
    """What :func:`ablate` found; all values are in the printed unit of ``outcome``.

    ``values`` holds float64[R] by subset of levers, ``attribution`` what follows from them. ``always`` are levers in
    force in every subset, ``runs`` how many subsets were run in ``seconds``.
    """

    scenario: Any
    world: Any
    outcome: Outcome
    attribution: Attribution
    values: dict[Subset, Floats]
    always: tuple[str, ...]
    seed: int
    replicates: Longs
    runs: int
    seconds: float

    @property
    def months(self) -> int:
        return int(self.scenario.months)

    def frame(self) -> pd.DataFrame:
        """Return a row per lever: alone, last, Shapley part with intervals and standard errors, share of the whole."""
        import pandas as pd

        return pd.DataFrame(lever_columns(self))


def check_outcome(name: str) -> Outcome:
    """Return the outcome of this name; raises InputError with the nearest one."""
    if name not in OUTCOME_BY_NAME:
        raise InputError(
            f"unknown outcome '{name}'",
            key="--outcome",
            expected=f"one of {', '.join(OUTCOME_BY_NAME)}",
            suggestion=did_you_mean(name, OUTCOME_BY_NAME) or "'diffusion describe outputs' lists them",
        )
    return OUTCOME_BY_NAME[name]


def check_players(scenario: Any, keep: Collection[str]) -> tuple[str, ...]:
    """Return the levers to attribute to: all but ``keep``; raises InputError where there is nothing to attribute."""
    for name in keep:
        if name not in scenario.levers:
            raise InputError(
                f"'{scenario.name}' has no lever '{name}'",
                key="--keep",
                expected=f"one of {', '.join(scenario.levers) or 'none'}",
                suggestion=did_you_mean(name, scenario.levers) or "'diffusion scenarios show NAME' lists its levers",
            )
    players = tuple(name for name in scenario.levers if name not in set(keep))
    if not players:
        raise InputError(
            f"'{scenario.name}' has no lever to take away",
            key="scenario",
            expected="a scenario with levers",
            suggestion=f"stack one: {scenario.name}+local-first",
        )
    return players


def check_orders(permutations: int | None) -> None:
    """Raise InputError unless the number of orders is even and at least 4: their spread must be seen."""
    if permutations is not None and (permutations < 4 or permutations % 2):
        raise InputError(
            f"{permutations} permutations cannot be paired with their reverses",
            key="--permutations",
            expected="an even number of at least 4",
            suggestion=f"try {max(4, permutations + permutations % 2)}",
        )


def ablate(
    scenario: Any,
    replicates: int = 100,
    seed: int = 1,
    outcome: str = MAIN_OUTCOME,
    jobs: int | None = None,
    permutations: int | None = None,
    keep: Collection[str] = (),
    progress: Report | None = None,
) -> Ablation:
    """Attribute the effect of a scenario's levers on an outcome to each of them, by Shapley values on common draws.

    Parameters
    ----------
    outcome: name of an outcome, see ``diffusion describe outputs``
    permutations: orders to sample, reverses included; default: all subsets up to 8 levers, 16 orders beyond
    keep: levers in force in every subset, to which nothing is attributed
    progress: called with (what, done, total), counting replicates
    """
    measured = check_outcome(outcome)
    players = check_players(scenario, keep)
    check_orders(permutations)
    began = time.perf_counter()
    if permutations is None and len(players) > EXACT_PLAYERS:
        permutations = DEFAULT_ORDERS
    orders = None if permutations is None else antithetic_orders(len(players), permutations // 2, seed)
    inner = all_subsets(players) if orders is None else subsets_of_orders(players, orders)
    subsets = list(dict.fromkeys([*edge_subsets(players), *inner]))

    def measure(results: Any) -> Floats:
        values = outcome_values(results)
        if outcome not in values:
            raise InputError(
                f"the world of '{scenario.name}' cannot tell the outcome '{outcome}'",
                key="--outcome",
                expected=f"one of {', '.join(values)}",
                suggestion=f"for example {MAIN_OUTCOME}",
            )
        return np.asarray(values[outcome] * measured.factor)

    runs = SubsetRuns(scenario, measure, always=keep, replicates=replicates, seed=seed, jobs=jobs)
    total = len(subsets) * replicates
    runs.run(subsets, None if progress is None else lambda done: progress("Running", done, total))
    try:
        attribution = attribute(players, runs.values, orders)
    except ValueError as error:
        raise InputError(
            f"{outcome}: {error}",
            key="--outcome",
            expected="an outcome defined also without levers",
            suggestion=f"for example {MAIN_OUTCOME}",
        ) from None
    return Ablation(
        scenario,
        runs.world,
        measured,
        attribution,
        runs.values,
        tuple(keep),
        seed,
        np.arange(replicates),
        len(runs.values),
        time.perf_counter() - began,
    )


# --- Tables -----------------------------------------------------------------------------------------------------------


def lever_columns(found: Ablation) -> dict[str, Any]:
    """One row per lever, in the printed unit of the outcome."""
    a = found.attribution
    alone, last, part = estimate_mean(a.alone.T), estimate_mean(a.last.T), a.part
    columns: dict[str, Any] = {"lever": list(a.players)}
    for name, estimate in (("alone", alone), ("last", last), ("shapley", part)):
        columns[name] = estimate.mean
        for bound in ("standard_error", "low80", "high80", "low95", "high95"):
            columns[f"{name}_{bound}"] = getattr(estimate, bound)
    columns["shapley_error_of_orders"] = a.order_error
    columns["shapley_error_of_replicates"] = a.replicate_error
    return columns | {"share_of_whole": a.shares}


def whole_columns(found: Ablation) -> dict[str, Any]:
    """One row each for none, all, the whole effect, the sum of the effects alone, and the interaction left over."""
    a = found.attribution
    rows = {
        "none": a.none,
        "all": a.every,
        "whole_effect": a.whole,
        "sum_of_alone": a.alone.sum(axis=0),
        "interaction_left_over": a.left_over,
    }
    estimate = estimate_mean(np.stack(list(rows.values()), axis=1))
    bounds = ("mean", "standard_error", "low80", "high80", "low95", "high95")
    return {"quantity": list(rows)} | {name: getattr(estimate, name) for name in bounds}


def replicate_columns(found: Ablation) -> dict[str, Any]:
    """One row per lever and replicate; over levers the Shapley parts of a replicate sum to its whole effect."""
    a = found.attribution
    n, kept = a.parts.shape
    return {
        "lever": (np.repeat(np.arange(n, dtype=np.int32), kept), a.players),
        "replicate": np.tile(found.replicates[a.kept], n),
        "alone": a.alone.reshape(-1),
        "last": a.last.reshape(-1),
        "shapley": a.parts.reshape(-1),
        "whole": np.tile(a.whole, n),
    }


def subset_columns(found: Ablation) -> dict[str, Any]:
    """One row per subset that was run and replicate; levers joined by +, empty for none."""
    names = ["+".join(sorted(subset)) for subset in found.values]
    r = len(found.replicates)
    return {
        "levers": (np.repeat(np.arange(len(names), dtype=np.int32), r), names),
        "replicate": np.tile(found.replicates, len(names)),
        "value": np.concatenate(list(found.values.values())),
    }


def order_columns(found: Ablation) -> dict[str, Any]:
    """One row per sampled order and place in it; orders 2k and 2k+1 are reverses of each other."""
    orders = found.attribution.orders
    assert orders is not None
    rows, n = orders.shape
    return {
        "order": np.repeat(np.arange(rows), n),
        "place": np.tile(np.arange(1, n + 1), rows),
        "lever": (orders.reshape(-1).astype(np.int32), found.attribution.players),
    }


# --- From a scenario to a finished folder -----------------------------------------------------------------------------


def run_and_deliver_ablation(
    scenario: Any,
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
) -> Ablation:
    """Run :func:`ablate` with bars, print the table and write tables, figure and manifest to ``out``, all or nothing.

    Raises
    ------
    InputError
        If ``out`` must not be replaced; nothing has been computed by then.
    """
    from rich.console import Console

    from diffusion.report.terminal.ablation_table import print_ablation
    from diffusion.report.terminal.progress_bars import compile_kernels, progress_bars

    console = console or Console()
    began = time.perf_counter()
    if out is not None:
        check_replaceable(out, force)
    with progress_bars(console) as report:
        compile_kernels(report)
        found = ablate(scenario, replicates, seed, outcome, jobs, permutations, keep, report)
        if out is not None:
            deliver_ablation(found, out, force=force, command=command, began=began)
    print_ablation(console, found)
    if out is not None:
        console.print(f"\nTables and figure: {out}", soft_wrap=True)
    return found


def deliver_ablation(
    found: Ablation, out: Path, *, force: bool = False, command: Sequence[str] = (), began: float | None = None
) -> None:
    """Write the tables, the figure and the manifest."""
    from diffusion.report.figures.attribution import attribution_figure
    from diffusion.report.figures.style import save

    began = time.perf_counter() if began is None else began
    with result_folder(out, force) as draft:
        tables = {
            "levers": lever_columns,
            "whole": whole_columns,
            "replicates": replicate_columns,
            "subsets": subset_columns,
        }
        if not found.attribution.exact:
            tables["orders"] = order_columns
        for name, make in tables.items():
            write_table(make(found), draft / "tables", name)
        pictures = draft / "figures"
        pictures.mkdir()
        save(attribution_figure(found), pictures, "attribution")
        manifest = build_manifest(
            [found],
            command=command,
            duration_seconds=time.perf_counter() - began,
            finished=datetime.now(UTC).isoformat(timespec="seconds"),
            files=checksums(draft),
            source=source_state(),
        )
        manifest["ablation"] = description(found)
        text = json.dumps(manifest, indent=2, ensure_ascii=False, default=str)
        (draft / MANIFEST_NAME).write_text(text + "\n", encoding="utf-8")


def description(found: Ablation) -> dict[str, Any]:
    """Return what was done and found as plain data, for the manifest."""
    a = found.attribution
    levers = lever_columns(found)
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
