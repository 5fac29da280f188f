"""Paired differences between scenarios that were run on common draws."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import cast

import numpy as np
from numpy.typing import ArrayLike

from diffusion.analysis.outcomes.own import OwnTables, own_outcomes, own_values
from diffusion.analysis.results.asked import Asked
from diffusion.analysis.results.intervals import (
    ROUNDING,
    Band,
    Estimate,
    band,
    estimate_mean,
    least_runs,
    replicates_needed,
)
from diffusion.analysis.results.joining import joined
from diffusion.analysis.results.outcomes import OUTCOMES, Outcome, outcome_values
from diffusion.analysis.results.precision import ChanceShare, chance_share
from diffusion.analysis.results.tables import ResultTables, drawn
from diffusion.arrays import Floats
from diffusion.showing import Shown, brief, counted
from diffusion.world.facts import Words


@dataclass(frozen=True)
class PairedDifference:
    """Scenario minus reference, replicate by replicate, for one outcome.

    ``correlation`` is that of the two outcomes over replicates; ``variance_ratio`` is the variance that the
    difference would have with independent draws over the variance it has; ``more_replicates`` is how many runs
    are still missing for a 95 % interval of half width ``precision`` (None where no precision is stated).
    ``why_same`` says why the two are the same in every run, where they are and it was asked. ``above_share`` and
    ``below_share`` are the shares of runs in which the scenario has more, and less, than the reference. ``runs`` is how
    many there are, of which ``estimate.replicates`` have the outcome in both.
    """

    outcome: Outcome
    scenario: int
    reference: int
    estimate: Estimate
    spread: Band
    correlation: float
    variance_ratio: float
    precision: float | None
    more_replicates: int | None
    why_same: str | None = None
    above_share: float = float("nan")
    below_share: float = float("nan")
    runs: int = 0

    @property
    def worse_share(self) -> float:
        """Share of runs in which the scenario is worse than the reference; NaN where neither direction is."""
        if self.outcome.better == 0:
            return float("nan")
        return self.below_share if self.outcome.better > 0 else self.above_share


def pair_up(values: ArrayLike, reference: ArrayLike) -> tuple[Floats, Floats]:
    """Return both arrays [R] restricted to the replicates in which both are defined.

    Raises
    ------
    ValueError
        If they differ in shape: unpaired runs have no paired difference.
    """
    one, other = np.asarray(values, dtype=np.float64), np.asarray(reference, dtype=np.float64)
    if one.shape != other.shape:
        raise ValueError(f"runs do not pair up: shapes {one.shape} and {other.shape}")
    both = np.isfinite(one) & np.isfinite(other)
    return one[both], other[both]


def correlation(one: Floats, other: Floats) -> float:
    """Return Pearson's correlation, NaN where one of the two does not vary."""
    if len(one) < 2 or np.ptp(one) == 0 or np.ptp(other) == 0:
        return float("nan")
    return float(np.corrcoef(one, other)[0, 1])


def variance_ratio(one: Floats, other: Floats) -> float:
    """Return (Var a + Var b) / Var(a - b): how many times common draws shrink the variance of the difference."""
    if len(one) < 2:
        return float("nan")
    independent, paired = one.var(ddof=1) + other.var(ddof=1), (one - other).var(ddof=1)
    if paired == 0:
        return float("inf") if independent > 0 else float("nan")
    return float(independent / paired)


def paired_difference(
    outcome: Outcome,
    values: Sequence[ArrayLike],
    scenario: int,
    reference: int = 0,
    precision: float | None = None,
    over_draws: bool = False,
) -> PairedDifference:
    """Compare ``values[scenario]`` with ``values[reference]`` (arrays [R] of one outcome).

    ``over_draws`` says that each replicate has a draw of the parameters of its own.
    """
    one, other = pair_up(values[scenario], values[reference])
    difference = one - other
    wanted = outcome.precision if precision is None else precision
    more = None
    if wanted is not None and len(difference) > 1:
        more = max(0, replicates_needed(float(difference.std(ddof=1)), wanted) - len(difference))
    return PairedDifference(
        outcome,
        scenario,
        reference,
        estimate_mean(difference, over_draws),
        band(difference),
        correlation(one, other),
        variance_ratio(one, other),
        wanted,
        more,
        above_share=float((difference > ROUNDING).mean()) if len(difference) else float("nan"),
        below_share=float((difference < -ROUNDING).mean()) if len(difference) else float("nan"),
        runs=len(np.asarray(values[scenario])),
    )


def best_share(values: Sequence[ArrayLike], higher_is_better: bool = True) -> Floats:
    """Return, by scenario, the share of replicates in which it has the best outcome; ties are shared equally."""
    table = np.stack([np.asarray(row, dtype=np.float64) for row in values])
    if not higher_is_better:
        table = -table
    table = table[:, np.isfinite(table).all(axis=0)]
    if table.shape[1] == 0:
        return np.full(len(table), np.nan)
    best = table == table.max(axis=0)
    return np.asarray((best / best.sum(axis=0)).mean(axis=1))


@dataclass(frozen=True)
class Comparison(Shown):
    """All outcomes of all scenarios with paired differences; scenario 0 is the reference of the tables.

    ``values[name]`` holds one array [R] per scenario, ``differences[name]`` the difference of every scenario
    from every earlier one, ``best[name]`` the share of runs in which each scenario is best (if that has meaning).
    ``over_draws`` says that each replicate has a draw of the parameters of its own. ``twins[name]`` holds by scenario
    the outcome of further runs [P] that have the draws of the first P replicates and other chance.
    ``asked`` is of what the adopter share was asked, and at which dates; ``words`` are those of the first world.
    """

    outcomes: tuple[Outcome, ...]
    values: Mapping[str, list[Floats]]
    differences: Mapping[str, list[PairedDifference]]
    best: Mapping[str, Floats]
    replicates: int
    n_scenarios: int
    over_draws: bool = False
    twins: Mapping[str, list[Floats]] = field(default_factory=dict)
    asked: Asked | None = None
    words: Words = field(default_factory=Words)

    def __repr__(self) -> str:
        what = f"{counted(len(self.outcomes), 'outcome')} of {counted(self.n_scenarios, 'scenario')}"
        return brief(self, what, counted(self.replicates, "future" if self.over_draws else "replicate"))

    def difference(self, name: str, scenario: int, reference: int = 0) -> PairedDifference:
        """Return the difference of ``scenario`` from ``reference``; the reference is the earlier one."""
        for difference in self.differences[name]:
            if (difference.scenario, difference.reference) == (scenario, reference):
                return difference
        raise KeyError((name, scenario, reference))

    def level(self, name: str, scenario: int) -> tuple[Estimate, Band]:
        """Return mean with intervals, and spread over runs, of one outcome in one scenario."""
        values = self.values[name][scenario]
        values = values[np.isfinite(values)]
        return estimate_mean(values, self.over_draws), band(values)

    def chance_share(self, name: str, scenario: int, reference: int | None = None) -> ChanceShare | None:
        """Return how much of the variance of an outcome, or of its difference, is chance; None without twins."""
        if name not in self.twins:
            return None
        own, twin = self.values[name][scenario], self.twins[name][scenario]
        if reference is not None:
            own, twin = own - self.values[name][reference], twin - self.twins[name][reference]
        return chance_share(own, own[: len(twin)], twin)

    @property
    def least_runs(self) -> int:
        """How many runs a claim needs."""
        return least_runs(self.over_draws)

    @property
    def enough(self) -> bool:
        """Whether there are as many runs as a claim needs."""
        return self.replicates >= self.least_runs


def compare_outcomes(tables: Sequence[ResultTables], precision: float | None = None) -> Comparison:
    """Compute every outcome of every scenario and all paired differences.

    ``precision`` is the wanted half width of the 95 % interval of the main outcome, the adopter share, in
    percentage points; the other outcomes keep their own.

    Raises
    ------
    InputError
        If the scenarios were not run on the same seed and replicates, or not on the same trusts, innovations or months.
    """
    tables = joined(tables)
    values = [outcome_values(table) | own_of(table) for table in tables]
    return compare_named(values, tables, precision, [own.outcome for own in own_outcomes().values()])


def own_of(tables: ResultTables) -> dict[str, Floats]:
    """Return the values [R] of own outcomes by name; none of results that do not hand out the arrays of runs."""
    return own_values(cast("OwnTables", tables)) if hasattr(tables, "run_arrays") else {}


def compare_named(
    by_scenario: Sequence[Mapping[str, Floats]],
    tables: Sequence[ResultTables],
    precision: float | None = None,
    own: Sequence[Outcome] = (),
) -> Comparison:
    """Compare outcome values [R] by name of joined ``tables``, with the names of their world in labels.

    ``own`` are outcomes of one's own, which come last, as they are.
    """
    words = tables[0].world.facts.words
    outcomes = [*(replace(outcome, label=words.say(outcome.label)) for outcome in OUTCOMES), *own]
    found = compare_values(by_scenario, len(tables[0].replicates), outcomes, precision, drawn(tables[0]))
    return replace(found, words=words)


def unchanged(difference: PairedDifference) -> bool:
    """Whether the outcome is the same in every run."""
    estimate = difference.estimate
    return estimate.replicates > 1 and float(estimate.mean) == 0 and float(estimate.standard_error) == 0


def asked_comparison(comparison: Comparison) -> Comparison:
    """Return the comparison of what was asked: an outcome by date, in the order of the dates."""
    asked = comparison.asked
    assert asked is not None
    outcomes = [asked.outcome(date) for date in asked.dates]
    values = [{outcome.name: share[:, d] for d, outcome in enumerate(outcomes)} for share in asked.shares]
    return compare_values(values, comparison.replicates, outcomes, over_draws=comparison.over_draws)


def with_twins(comparison: Comparison, twins: Sequence[Mapping[str, Floats]]) -> Comparison:
    """Return a comparison that can tell chance from parameters; ``twins`` are outcome values [P] by scenario."""
    names = [outcome.name for outcome in comparison.outcomes if all(outcome.name in row for row in twins)]
    return replace(comparison, twins={name: [row[name] for row in twins] for name in names} if twins else {})


def with_reasons(comparison: Comparison, reasons: Mapping[str, str]) -> Comparison:
    """Return a comparison that says why scenarios are as the first in every run; ``reasons`` by number, as text."""
    if not reasons:
        return comparison
    differences = {
        name: [
            replace(each, why_same=reasons.get(str(each.scenario))) if each.reference == 0 and unchanged(each) else each
            for each in rows
        ]
        for name, rows in comparison.differences.items()
    }
    return replace(comparison, differences=differences)


def compare_values(
    by_scenario: Sequence[Mapping[str, Floats]],
    replicates: int,
    outcomes: Sequence[Outcome],
    precision: float | None = None,
    over_draws: bool = False,
) -> Comparison:
    """Compare scenarios by outcome values [R] by name; outcomes that a scenario lacks are left out.

    ``precision`` is the wanted half width for the first of ``outcomes``; the others keep their own. ``over_draws`` says
    that each replicate has a draw of the parameters of its own.
    """
    shared = tuple(outcome for outcome in outcomes if all(outcome.name in values for values in by_scenario))
    values = {outcome.name: [row[outcome.name] for row in by_scenario] for outcome in shared}
    differences = {
        outcome.name: [
            paired_difference(
                outcome,
                values[outcome.name],
                scenario,
                reference,
                precision if outcome is outcomes[0] else None,
                over_draws,
            )
            for scenario in range(1, len(by_scenario))
            for reference in range(scenario)
        ]
        for outcome in shared
    }
    best = {
        outcome.name: best_share(values[outcome.name], outcome.better > 0) for outcome in shared if outcome.better != 0
    }
    return Comparison(shared, values, differences, best, replicates, len(by_scenario), over_draws)
