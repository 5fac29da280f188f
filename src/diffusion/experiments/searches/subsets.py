"""Running a scenario with some of its levers: every subset once, all on common draws."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from diffusion.arrays import Floats
from diffusion.experiments.running.results import Results
from diffusion.experiments.running.runner import Progress, compare

if TYPE_CHECKING:
    from diffusion.levers.base import Lever
    from diffusion.scenario.schema import Scenario
    from diffusion.world.tables import World

Subset = frozenset[str]
#: One number per replicate from the results of one subset, float64[R].
Measure = Callable[[Results], Floats]

#: Subsets run together: enough blocks to keep all threads busy to the end, few enough results in memory.
SUBSETS_AT_ONCE = 6


def with_levers(scenario: Scenario, names: Iterable[str]) -> Scenario:
    """Return the scenario with only these of its levers; the others are gone, not set to strength 0.

    Dates do not move: the levers of a scenario are dated when it is made.
    """
    kept = set(names)
    return with_changed_levers(scenario, {key: lever for key, lever in scenario.levers.items() if key in kept})


def with_changed_levers(scenario: Scenario, levers: dict[str, Lever]) -> Scenario:
    """Return the scenario with ``levers`` in place of its own; all else, also its folder, stays."""
    changed = scenario.model_copy(update={"levers": levers})
    changed._tree, changed._before = None, scenario.written_before  # the files no longer say what this scenario is
    return changed


class SubsetRuns:
    """Values of one outcome by subset of levers; a subset that was run is remembered.

    Parameters
    ----------
    scenario: the scenario with all its levers
    measure: Results -> float64[R]
    always: levers that are in force in every subset
    replicates, seed, jobs: as in ``runner.run``
    """

    def __init__(
        self,
        scenario: Scenario,
        measure: Measure,
        *,
        always: Iterable[str] = (),
        replicates: int = 100,
        seed: int = 1,
        jobs: int | None = None,
    ) -> None:
        self.scenario = scenario
        self.world: World = scenario.build_world()
        self.values: dict[Subset, Floats] = {}
        self._measure = measure
        self._always = frozenset(always)
        self._replicates, self._seed, self._jobs = replicates, seed, jobs

    def scenario_of(self, subset: Subset) -> Scenario:
        """Return the scenario in which the levers of ``subset`` (and those always there) are in force."""
        return with_levers(self.scenario, subset | self._always)

    def run(self, subsets: Sequence[Subset], progress: Progress | None = None) -> dict[Subset, Floats]:
        """Run those of ``subsets`` that have not been run, and return all values; progress counts replicates."""
        missing = [subset for subset in dict.fromkeys(subsets) if subset not in self.values]
        for first in range(0, len(missing), SUBSETS_AT_ONCE):
            batch = missing[first : first + SUBSETS_AT_ONCE]
            before = first * self._replicates

            def report(done: int, before: int = before) -> None:
                if progress is not None:
                    progress(before + done)

            results = compare(
                [self.scenario_of(subset) for subset in batch],
                self._replicates,
                self._seed,
                self._jobs,
                progress=report,
                worlds=[self.world] * len(batch),
            )
            for subset, result in zip(batch, results):
                self.values[subset] = np.array(self._measure(result), dtype=np.float64)
        return self.values
