"""What a budget buys: scenarios scaled to it, what they came to in the final runs, and the same at other budgets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from diffusion.analysis.results.intervals import Estimate, estimate_mean
from diffusion.experiments.searches.budget import MOST_RUNS, Fit, fit_to_budget
from diffusion.experiments.searches.budget_curve import SHARES, Point, other_budgets, share_change
from diffusion.experiments.searches.programme_cost import payers, programme_cost

if TYPE_CHECKING:
    from diffusion.experiments.running.results import Results
    from diffusion.progress import Report
    from diffusion.scenario.schema import Scenario


@dataclass(frozen=True)
class Budget:
    """What was asked: GBP per year, and by scenario name the levers to scale (default: all that it adds)."""

    gbp_per_year: float
    levers: Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Fitted:
    """A scenario scaled to the budget, and its points at other budgets."""

    fit: Fit
    others: Sequence[Point]


@dataclass(frozen=True)
class Spending:
    """What one scenario came to in the final runs, GBP per year by purpose and in all, and how the search went.

    A year's amount stands for a present value: ``fit.period.present_value`` of it. ``scenario`` is its place in the
    comparison, ``payers`` says who pays for each purpose, ``curve`` has the points at all budgets, upwards.
    """

    scenario: int
    fit: Fit
    by_purpose: Mapping[str, Estimate]
    total: Estimate
    payers: Mapping[str, str]
    curve: Sequence[Point]

    @property
    def unspent(self) -> float:
        """GBP per year that the largest plausible strength, or the side below a step, leaves; 0 if met or over."""
        left = self.fit.budget_gbp_per_year - float(self.total.mean)
        return max(0.0, left) if self.fit.status in ("unspent", "jump") else 0.0


def fit_scenarios(
    scenarios: Sequence[Scenario],
    budget: Budget,
    replicates: int,
    seed: int,
    jobs: int | None,
    report: Report,
) -> tuple[list[Scenario], list[Fitted]]:
    """Return the scenarios, all but the first scaled to the budget, and how each was."""
    first, *others = scenarios
    most = 1 + (MOST_RUNS + len(SHARES) - 1) * len(others)
    search = fit_to_budget(
        first,
        others,
        budget.gbp_per_year,
        replicates=replicates,
        seed=seed,
        jobs=jobs,
        chosen=budget.levers,
        progress=lambda done: report("Scaling to the budget", min(done, most - 1), most),
    )
    found = [Fitted(fit, points) for fit, points in zip(search.fits, other_budgets(search))]
    report("Scaling to the budget", most, most)
    return [first, *(fit.scenario for fit in search.fits)], found


def spending(results: Sequence[Results], fitted: Sequence[Fitted]) -> list[Spending]:
    """Return what each scenario but the first came to; ``results`` are the final runs, in the same order."""
    found = []
    shares = [100 * result.adopter_share()[:, -1] for result in results]
    paid_by = payers(results[0])
    for number, (result, each) in enumerate(zip(results[1:], fitted), start=1):
        fit = each.fit
        costs = {
            purpose: values / fit.period.discounted_years
            for purpose, values in programme_cost(results[0], result).items()
        }
        by_purpose = {purpose: estimate_mean(values, result.scenario.drawn) for purpose, values in costs.items()}
        total = estimate_mean(sum(costs.values(), np.zeros(len(result.replicates))), result.scenario.drawn)
        change = share_change(shares[number], shares[0], result.scenario.drawn)
        at_budget = Point(fit.budget_gbp_per_year, fit.status, fit.strengths, total, change)
        curve = sorted([*each.others, at_budget], key=lambda point: point.budget_gbp_per_year)
        found.append(
            Spending(number, fit, by_purpose, total, {name: paid_by[name] for name in by_purpose}, tuple(curve))
        )
    return found
