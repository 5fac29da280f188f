"""The classic workload run by several tools in turn: their CPU time and whether they simulate the same thing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from classic import MONTHS
from turns import Turns, take_turns

#: A tool: (organisations, replicates, seed) -> CPU seconds, mean adopters float64[MONTHS+1].
Simulate = Callable[[int, int, int], tuple[float, np.ndarray]]


@dataclass
class Entrant:
    """One tool in a contest at one size; ``replicates`` a turn make its turns about as long as those of the others."""

    simulate: Simulate
    n: int
    replicates: int
    curves: list[np.ndarray] = field(default_factory=list)

    def turn(self) -> float:
        """Run once with fresh seeds and return CPU ns per organisation and month."""
        cpu_s, curve = self.simulate(self.n, self.replicates, len(self.curves) + 1)
        self.curves.append(curve)
        return cpu_s / (self.n * self.replicates * MONTHS) * 1e9

    @property
    def mean_curve(self) -> np.ndarray:
        """Mean adopters over all turns."""
        return np.mean(self.curves, axis=0)

    @property
    def runs(self) -> int:
        """Replicates over all turns."""
        return self.replicates * len(self.curves)


@dataclass(frozen=True)
class Agreement:
    """The greatest gap of two mean adoption curves, as a share of organisations, and five standard errors of it."""

    first: str
    second: str
    gap_share: float
    tolerated_share: float


def contest(entrants: dict[str, Entrant], rounds: int) -> tuple[Turns, list[Agreement]]:
    """Let every entrant run once untimed, then in turns; return the times and how neighbours in the list agree."""
    for entrant in entrants.values():
        entrant.simulate(entrant.n, 1, 0)
    turns = take_turns({name: entrant.turn for name, entrant in entrants.items()}, rounds)
    return turns, [agreement(entrants, first, second) for first, second in pairwise(entrants)]


def agreement(entrants: dict[str, Entrant], first: str, second: str) -> Agreement:
    """Compare the mean curves of two entrants with independent seeds.

    The SD of the adopting share of one run peaks near 1.7/sqrt(n) on this workload (measured with the C kernel: 1.71,
    1.74 and 1.68 at 230, 1,000 and 7,000 organisations), above the .5/sqrt(n) of independent organisations because of
    contagion.
    """
    one, other = entrants[first], entrants[second]
    gap = float(np.abs(one.mean_curve - other.mean_curve).max() / one.n)
    standard_error = 1.75 / np.sqrt(one.n) * np.sqrt(1.0 / one.runs + 1.0 / other.runs)
    return Agreement(first, second, gap, float(5.0 * standard_error))
