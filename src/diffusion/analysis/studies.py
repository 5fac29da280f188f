"""A study as arrays: outcomes by scenario, draw of the parameters and replicate, and the factors of each draw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


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


def study_from_columns(
    columns: Mapping[str, Sequence[Any] | NDArray[Any]], factors: Sequence[str], outcomes: Sequence[str]
) -> Study:
    """Return the study of a table with the columns draw, scenario, replicate, factors and outcomes.

    Scenarios keep the order in which they first appear. Draws in which a run is missing or an outcome is not a number
    are left out, in all scenarios.

    Raises
    ------
    ValueError
        If a column is missing, a run comes twice, a factor differs within a draw, or no draw is complete.
    """
    missing = [name for name in ("draw", "scenario", "replicate", *factors, *outcomes) if name not in columns]
    if missing:
        raise ValueError(f"the table of the study has no column '{missing[0]}'")
    names = np.asarray(columns["scenario"]).astype(str)
    scenarios = tuple(dict.fromkeys(names.tolist()))
    draws, draw = np.unique(np.asarray(columns["draw"]), return_inverse=True)
    numbers, replicate = np.unique(np.asarray(columns["replicate"]), return_inverse=True)
    scenario = np.array([scenarios.index(name) for name in names], dtype=np.int64)
    shape = len(scenarios), len(draws), len(numbers)
    count = np.zeros(shape, dtype=np.int64)
    np.add.at(count, (scenario, draw, replicate), 1)
    if count.max() > 1:
        raise ValueError("a run comes twice in the table of the study: draw, scenario and replicate must be a key")
    filled: dict[str, Floats] = {}
    whole = count.astype(bool).all(axis=(0, 2))
    for name in outcomes:
        cube = np.full(shape, np.nan)
        cube[scenario, draw, replicate] = np.asarray(columns[name], dtype=np.float64)
        whole &= np.isfinite(cube).all(axis=(0, 2))
        filled[name] = cube
    if not whole.any():
        raise ValueError("no draw of the study has every scenario and replicate")
    by_draw: dict[str, Floats] = {}
    for name in factors:
        values = np.asarray(columns[name], dtype=np.float64)
        low, high = np.full(len(draws), np.inf), np.full(len(draws), -np.inf)
        np.minimum.at(low, draw, values)
        np.maximum.at(high, draw, values)
        if not np.array_equal(low, high):
            raise ValueError(f"the factor '{name}' differs within a draw")
        by_draw[name] = low[whole]
    return Study(scenarios, by_draw, {name: cube[:, whole] for name, cube in filled.items()})
