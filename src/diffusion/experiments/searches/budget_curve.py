"""What each option brings at several budgets, from a quarter of the one asked for to one and a half times it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from diffusion.analysis.results.compare import paired_difference
from diffusion.analysis.results.intervals import Estimate, estimate_mean
from diffusion.analysis.results.outcomes import MAIN_OUTCOME, OUTCOME_BY_NAME
from diffusion.arrays import Floats
from diffusion.experiments.searches.budget import Search, Status, search_of

#: Budgets of the curve as shares of the one that was asked for, which is among them.
SHARES: tuple[float, ...] = (0.25, 0.5, 0.75, 1.0, 1.5)


@dataclass(frozen=True)
class Point:
    """An option at one budget: what it came to, GBP a year, and the adopter share's change in percentage points.

    ``status`` as in :func:`solve`: where money is left, the point stands at what was spent, not at the budget.
    """

    budget_gbp_per_year: float
    status: Status
    strengths: Mapping[str, float]
    cost: Estimate
    change: Estimate


def share_change(share: Floats, reference: Floats, over_draws: bool) -> Estimate:
    """Return the paired change of the adopter share at the end, [R] in % each, in percentage points."""
    outcome = OUTCOME_BY_NAME[MAIN_OUTCOME]
    return paired_difference(outcome, [reference, share], 1, over_draws=over_draws).estimate


def other_budgets(search: Search) -> list[list[Point]]:
    """Return the points of every option at the other budgets, from the runs of the search and a few more."""
    found = []
    for fit, trials in zip(search.fits, search.trials):
        points = []
        for share in SHARES:
            if share == 1.0:  # that of the budget itself comes from the final runs
                continue
            budget = share * fit.budget_gbp_per_year
            factor, _, status = search_of(trials, budget, fit.period, known=True)
            trial = trials.at(factor)
            points.append(
                Point(
                    budget,
                    status,
                    trials.strengths(factor),
                    estimate_mean(trial.cost / fit.period.discounted_years, fit.scenario.drawn),
                    share_change(trial.share, trials.reference.share, fit.scenario.drawn),
                )
            )
        found.append(points)
    return found
