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


@dataclass(frozen=True)
class ChanceShare:
    """How much of the variance of one future is chance; the rest is what is not known of the parameters.

    ``share`` with its 80 % interval, from ``pairs`` of runs that have a draw in common; ``deviation`` is the standard
    deviation of one future, in the unit of the values.
    """

    share: float
    low80: float
    high80: float
    deviation: float
    pairs: int


def chance_share(values: ArrayLike, first: ArrayLike, second: ArrayLike) -> ChanceShare:
    """Return the share of chance in the variance of ``values`` [R], each of its own draw.

    Var(chance) = mean (a - b)^2 / 2 over pairs of runs [P] that have the draw in common and chance of their own
    (``first``, ``second``); its interval is that of chi-squared with P degrees of freedom. Cut at 1.
    """
    from scipy.special import chdtri

    total = np.asarray(values, dtype=np.float64)
    one, other = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    both = np.isfinite(one) & np.isfinite(other)
    total, gaps = total[np.isfinite(total)], (one - other)[both]
    variance = float(total.var(ddof=1)) if len(total) > 1 else float("nan")
    if not variance > 0 or not len(gaps):
        return ChanceShare(float("nan"), float("nan"), float("nan"), float(np.sqrt(max(variance, 0.0))), len(gaps))
    squares = float((gaps**2).sum()) / 2.0
    low, high = (min(1.0, squares / float(chdtri(len(gaps), tail)) / variance) for tail in (0.1, 0.9))
    return ChanceShare(min(1.0, squares / len(gaps) / variance), low, high, float(np.sqrt(variance)), len(gaps))


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
