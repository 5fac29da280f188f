"""Runs of one scenario at many strengths, each done once: what it costs and what it brings, by replicate."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from diffusion.arrays import Floats
from diffusion.experiments.searches.programme_cost import programme_cost
from diffusion.experiments.searches.subsets import with_changed_levers, with_levers

if TYPE_CHECKING:
    from diffusion.experiments.running.results import Results
    from diffusion.scenario.schema import Scenario
    from diffusion.world.tables import World


class Trial(NamedTuple):
    """Programme cost above the first scenario, present value in GBP, and adopter share at the end in %, [R] each."""

    cost: Floats
    share: Floats


def trial_of(first: Results, other: Results) -> Trial:
    """Return what is kept of a run."""
    costs = programme_cost(first, other)
    return Trial(sum(costs.values(), np.zeros(len(other.replicates))), 100 * other.adopter_share()[:, -1])


def scaled(scenario: Scenario, levers: Sequence[str], factor: float) -> Scenario:
    """Return the scenario with the strengths of ``levers`` multiplied by ``factor``."""
    changed = {
        name: lever.model_copy(update={"strength": round(lever.strength * factor, 6)}) if name in levers else lever
        for name, lever in scenario.levers.items()
    }
    return with_changed_levers(scenario, changed)


class Trials:
    """A scenario whose ``levers`` are scaled by a factor of 0 to ``largest``; a factor that was run is remembered.

    ``before`` are the results of the first scenario, above which cost is counted; ``simulate`` runs a scenario on the
    same draws.
    """

    def __init__(
        self,
        scenario: Scenario,
        levers: Sequence[str],
        largest: float,
        before: Results,
        simulate: Callable[[Scenario, World], Results],
    ) -> None:
        self.scenario, self.levers, self.largest = scenario, tuple(levers), largest
        self.reference = trial_of(before, before)
        self.done: dict[float, Trial] = {}
        self._world, self._simulate, self._before = scenario.build_world(), simulate, before
        rest = with_levers(scenario, set(scenario.levers) - set(levers))
        #: without the scaled levers it often is the first scenario, whose cost above itself needs no run
        self.free_at_zero = rest.content_hash == before.scenario.content_hash
        if self.free_at_zero:
            self.done[0.0] = self.reference

    def at(self, factor: float) -> Trial:
        """Return what the scenario costs and brings at ``factor``."""
        if factor not in self.done:
            results = self._simulate(scaled(self.scenario, self.levers, factor), self._world)
            self.done[factor] = trial_of(self._before, results)
        return self.done[factor]

    def cost(self, factor: float) -> float:
        """Return the mean programme cost at ``factor``, present value in GBP."""
        return float(self.at(factor).cost.mean())

    def strengths(self, factor: float) -> dict[str, float]:
        """Return the strengths of the levers at ``factor``."""
        levers = scaled(self.scenario, self.levers, factor).levers
        return {name: levers[name].strength for name in self.levers}
