"""What a budget buys: scenarios scaled to it, and what they came to in the final runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from diffusion.analysis.results.intervals import Estimate, estimate_mean
from diffusion.experiments.searches.budget import MOST_RUNS, Fit, fit_to_budget, programme_cost

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
class Spending:
    """What one scenario came to in the final runs, GBP per year by purpose and in all, and how the search went.

    ``scenario`` is its place in the comparison.
    """

    scenario: int
    fit: Fit
    by_purpose: Mapping[str, Estimate]
    total: Estimate

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
) -> tuple[list[Scenario], list[Fit]]:
    """Return the scenarios, all but the first scaled to the budget, and how each was."""
    first, *others = scenarios
    most = 1 + MOST_RUNS * len(others)
    fits = fit_to_budget(
        first,
        others,
        budget.gbp_per_year,
        replicates=replicates,
        seed=seed,
        jobs=jobs,
        chosen=budget.levers,
        progress=lambda done: report("Scaling to the budget", done, most),
    )
    report("Scaling to the budget", most, most)
    return [first, *(fit.scenario for fit in fits)], fits


def spending(results: Sequence[Results], fits: Sequence[Fit]) -> list[Spending]:
    """Return what each scenario but the first came to; ``results`` are the final runs, in the same order."""
    found = []
    for number, (result, fit) in enumerate(zip(results[1:], fits), start=1):
        costs = programme_cost(results[0], result, fit.period)
        by_purpose = {purpose: estimate_mean(values, result.scenario.drawn) for purpose, values in costs.items()}
        total = estimate_mean(sum(costs.values(), np.zeros(len(result.replicates))), result.scenario.drawn)
        found.append(Spending(number, fit, by_purpose, total))
    return found
