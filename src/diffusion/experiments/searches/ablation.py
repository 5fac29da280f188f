"""Which lever does what: run subsets of a scenario's levers and attribute the whole effect to each of them."""

from __future__ import annotations

import time
from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

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
from diffusion.experiments.running.results import Results
from diffusion.experiments.searches.subsets import Subset, SubsetRuns
from diffusion.progress import ProgressLine
from diffusion.scenario.felt.content import outlook_of
from diffusion.showing import Shown, brief, counted, listed, made, short

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from diffusion.progress import Report
    from diffusion.scenario.schema import Scenario
    from diffusion.storage.table_files import Columns
    from diffusion.world.tables import World

#: Orders sampled beyond EXACT_PLAYERS levers, reverses included: 8 independent pairs, enough for their spread to tell
#: their error, and all 19 levers (about 300 subsets) in under ten minutes on two free cores at 30 replicates.
DEFAULT_ORDERS = 16


@dataclass(frozen=True, repr=False)
class Ablation(Shown):
    """What :func:`ablate` found; all values are in the printed unit of ``outcome``.

    ``values`` holds float64[R] by subset of levers, ``attribution`` what follows from them. ``always`` are levers in
    force in every subset, ``runs`` how many subsets were run in ``seconds``.
    """

    scenario: Scenario
    world: World
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
        return self.scenario.months

    def levers(self) -> Columns:
        """Return a row per lever: alone, last, Shapley part with intervals and standard errors, share of the whole."""
        a = self.attribution
        columns: Columns = {"lever": list(a.players)}
        for name, estimate in (
            ("alone", estimate_mean(a.alone.T, a.over_draws)),
            ("last", estimate_mean(a.last.T, a.over_draws)),
            ("shapley", a.part),
        ):
            columns[name] = estimate.mean
            for bound in ("standard_error", "low80", "high80", "low95", "high95"):
                columns[f"{name}_{bound}"] = getattr(estimate, bound)
        columns["shapley_error_of_orders"] = a.order_error
        columns["shapley_error_of_replicates"] = a.replicate_error
        return columns | {"share_of_whole": a.shares}

    def without_effect(self) -> dict[str, str]:
        """Return the levers that changed the outcome in no run of any subset, with why as far as it is known."""
        look, a = outlook_of(self.scenario, self.world), self.attribution
        found = {}
        for i, name in enumerate(a.players):
            if a.alone[i].any() or a.last[i].any() or np.any(np.asarray(a.part.mean)[i]):
                continue
            why = self.scenario.levers[name].why_idle(look)
            found[name] = f"it {why}" if why else "no reason for it was found before the run"
        return found

    def __repr__(self) -> str:
        of = f"{short(self.scenario.name, 80)}, {self.outcome.name}"
        runs = f"{counted(len(self.replicates), 'replicate')} of {counted(self.runs, 'subset')}, seed {self.seed}"
        return brief(self, of, runs, listed(self.attribution.players))

    def plot(self) -> Figure:
        """Return the parts of the levers with 80 and 95 % intervals as a Matplotlib figure of no window."""
        return cast("Figure", made("plot", self))

    def frame(self) -> pd.DataFrame:
        """Return :meth:`levers` as a frame."""
        import pandas as pd

        return pd.DataFrame(self.levers())


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


def check_players(scenario: Scenario, keep: Collection[str]) -> tuple[str, ...]:
    """Return the levers to attribute to: all but ``keep``; raises InputError where there is nothing to attribute."""
    keep = (keep,) if isinstance(keep, str) else keep
    for name in keep:
        if name not in scenario.levers:
            raise InputError(
                f"'{scenario.name}' has no lever '{name}'",
                key="--keep",
                expected=f"one of {', '.join(scenario.levers) or 'none'}",
                suggestion=did_you_mean(name, scenario.levers) or "'diffusion scenarios show NAME' lists its levers",
            )
    players = tuple(name for name in scenario.levers if name not in set(keep))
    if not players and scenario.levers:
        raise InputError(
            f"all levers of '{scenario.name}' are kept: {', '.join(scenario.levers)}",
            key="--keep",
            expected="a lever that may be taken away",
            suggestion=f"leave out --keep {next(iter(scenario.levers))}",
        )
    if not players:
        raise InputError(
            f"'{scenario.name}' has no lever to take away",
            key="scenario",
            expected="a scenario with levers",
            suggestion="stack one on it: +local-first",
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


def planned_subsets(scenario: Scenario, keep: Collection[str], permutations: int | None) -> int:
    """Return how many subsets of levers an ablation runs at most, without making them."""
    players = len(check_players(scenario, keep))
    every: int = 2**players
    if permutations is None and players <= EXACT_PLAYERS:
        return every
    orders = DEFAULT_ORDERS if permutations is None else permutations
    return min(every, orders * max(1, players - 1) + 2 * players + 2)


def ablate(
    scenario: Scenario,
    replicates: int = 100,
    seed: int = 1,
    outcome: str = MAIN_OUTCOME,
    jobs: int | None = None,
    permutations: int | None = None,
    keep: Collection[str] = (),
    progress: Report | bool | None = None,
) -> Ablation:
    """Attribute the effect of a scenario's levers on an outcome to each of them, by Shapley values on common draws.

    Parameters
    ----------
    outcome: name of an outcome, see ``diffusion describe outputs``
    permutations: orders to sample, reverses included; default: all subsets up to 8 levers, 16 orders beyond
    keep: levers in force in every subset, to which nothing is attributed
    progress: called with (what, done, total), counting replicates; True writes a line to standard error
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

    def measure(results: Results) -> Floats:
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
    told: Report | None = (ProgressLine() if progress else None) if isinstance(progress, bool) else progress
    runs.run(subsets, None if told is None else lambda done: told("Running", done, total))
    try:
        attribution = attribute(players, runs.values, orders, scenario.drawn)
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
