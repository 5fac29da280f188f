"""How many replicates a stated precision needs, and how many to add next until it is reached."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from diffusion.analysis.results.intervals import replicates_needed, student_t

#: A spread from so few runs is too rough to plan with.
FIRST_LOOK = 30
#: The number of runs at most grows by this factor between two looks, so that an early, wide spread is not believed.
MOST_GROWTH = 4


@dataclass(frozen=True)
class Plan:
    """What one look at the differences says: the widest half width, whether it is narrow enough, and what to run.

    ``total`` is the number of replicates to have at the next look; it is ``replicates`` once ``reached``, or once the
    limit is.
    """

    replicates: int
    half_width: float
    wanted: float
    total: int

    @property
    def reached(self) -> bool:
        return self.half_width <= self.wanted


def half_width(difference: ArrayLike, level: float = 0.95) -> float:
    """Return t(R-1) s / sqrt(R) of paired differences [R]; infinite with fewer than two."""
    values = np.asarray(difference, dtype=np.float64)
    if len(values) < 2:
        return float("inf")
    return float(student_t(level, len(values) - 1) * values.std(ddof=1) / np.sqrt(len(values)))


def plan(differences: Sequence[ArrayLike], wanted: float, most: int) -> Plan:
    """Return what to run next so that every difference has a 95 % interval of half width ``wanted``.

    Looking again and again makes the last interval a little too sure of itself; a fixed width keeps that small (Chow
    and Robbins 1965, Ann Math Stat 36:457-462: such a rule keeps its coverage as the width goes to 0), and no look is
    taken before 30 runs.
    """
    replicates = min(len(np.asarray(row)) for row in differences)
    widest = max(half_width(row) for row in differences)
    if replicates >= FIRST_LOOK and widest <= wanted:
        return Plan(replicates, widest, wanted, replicates)
    if replicates < FIRST_LOOK:
        total = FIRST_LOOK
    else:
        need = max(replicates_needed(float(np.asarray(row, np.float64).std(ddof=1)), wanted) for row in differences)
        # a twentieth more than the estimate asks for spares a last look that just fails
        total = min(max(int(np.ceil(1.05 * need)), replicates + 1), MOST_GROWTH * replicates)
    return Plan(replicates, widest, wanted, max(min(total, most), replicates))
