"""A study as arrays: outcomes by scenario, draw of the parameters and replicate, and the factors of each draw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from diffusion.arrays import Floats


@dataclass(frozen=True)
class Study:
    """Outcomes [S, D, R] by name and factors [D] by name, of S scenarios, D draws, R replicates.

    All scenarios share draws and replicates: entry (s, d, r) of two scenarios made the same chance draws with the same
    values of all factors, so that differences are paired.
    """

    scenarios: tuple[str, ...]
    factors: Mapping[str, Floats]
    outcomes: Mapping[str, Floats]

    @property
    def draws(self) -> int:
        return int(next(iter(self.outcomes.values())).shape[1])

    @property
    def replicates(self) -> int:
        return int(next(iter(self.outcomes.values())).shape[2])

    def by_draw(self, outcome: str) -> Floats:
        """Return the mean over replicates, [S, D]."""
        return np.asarray(self.outcomes[outcome].mean(axis=2))

    def difference(self, outcome: str, scenario: str, reference: str) -> Floats:
        """Return the paired difference by draw, mean over replicates, [D]."""
        values = self.by_draw(outcome)
        return np.asarray(values[self.scenarios.index(scenario)] - values[self.scenarios.index(reference)])

    def varied(self) -> dict[str, Floats]:
        """Return the factors that differ between draws."""
        return {name: values for name, values in self.factors.items() if np.ptp(values) > 0}


def complete(scenarios: Sequence[str], factors: Mapping[str, ArrayLike], outcomes: Mapping[str, ArrayLike]) -> Study:
    """Return the study of the draws in which every run of every scenario has every outcome.

    ``outcomes`` are [S, D, R] with NaN where a run failed or is not there yet, ``factors`` [D].

    Raises
    ------
    ValueError
        If no draw is complete.
    """
    cubes = {name: np.asarray(values, dtype=np.float64) for name, values in outcomes.items()}
    whole = np.all([np.isfinite(cube).all(axis=(0, 2)) for cube in cubes.values()], axis=0)
    if not whole.any():
        raise ValueError("no draw of the study is complete: every scenario and replicate is needed")
    return Study(
        tuple(scenarios),
        {name: np.asarray(values, dtype=np.float64)[whole] for name, values in factors.items()},
        {name: cube[:, whole] for name, cube in cubes.items()},
    )
