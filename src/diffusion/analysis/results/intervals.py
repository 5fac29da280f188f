"""Intervals for means, shares and counts, spread over replicates, and the replicates that a precision needs."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, SupportsIndex

import numpy as np
from numpy.typing import ArrayLike

from diffusion.arrays import Bools, Floats, Longs

#: With fewer runs no difference is claimed: an interval from so few says too little about its own width.
MINIMUM_REPLICATES_FOR_CLAIM = 10
#: With parameters drawn it takes more: 95 % intervals are quantiles then, with a run beyond them on each side.
MINIMUM_DRAWS_FOR_CLAIM = 40
#: Quantiles over replicates: the middle 80 % and 95 % of runs, and the median.
BAND_QUANTILES: tuple[float, ...] = (0.025, 0.10, 0.50, 0.90, 0.975)
#: Less than this is rounding of sums: no outcome is told to so many digits.
ROUNDING = 1e-6
#: How quantiles of draws are taken: Weibull's place r/(R+1) holds a further draw as often as it says, also of few.
OF_DRAWS: Literal["weibull"] = "weibull"
#: Quantiles that hold the middle 95 %.
MIDDLE_95: tuple[float, float] = (0.025, 0.975)
#: Two-sided 95 % point of the normal distribution, and that of chi-squared with 1 degree of freedom.
Z95 = 1.959963984540054
CHI2_95 = Z95**2


def student_t(level: float, degrees_of_freedom: float) -> float:
    """Return the two-sided critical value of Student's t at ``level``, NaN without degrees of freedom."""
    if degrees_of_freedom < 1:
        return math.nan
    from scipy.special import stdtrit

    return float(stdtrit(degrees_of_freedom, 0.5 + level / 2))


def least_runs(over_draws: bool) -> int:
    """Return how many runs a claim needs; ``over_draws``: each has a draw of the parameters of its own."""
    return MINIMUM_DRAWS_FOR_CLAIM if over_draws else MINIMUM_REPLICATES_FOR_CLAIM


@dataclass(frozen=True)
class Estimate:
    """Mean over ``replicates`` runs with its standard error and 80 % and 95 % intervals, entry by entry.

    The intervals are t intervals of the mean: chance alone. ``over_draws`` they hold the middle 80 and 95 % of runs
    that each have their own draw of the parameters: parameters and the chance of one future.
    """

    mean: Floats
    standard_error: Floats
    low80: Floats
    high80: Floats
    low95: Floats
    high95: Floats
    replicates: int
    over_draws: bool = False

    @property
    def least_runs(self) -> int:
        """How many runs a claim needs."""
        return least_runs(self.over_draws)

    @property
    def enough(self) -> bool:
        """Whether there are as many runs as a claim needs."""
        return self.replicates >= self.least_runs

    @property
    def clear(self) -> Bools:
        """Where a difference from 0 may be claimed: enough runs, and the 95 % interval excludes 0."""
        excludes_zero = (self.low95 > 0) | (self.high95 < 0)
        return excludes_zero & self.enough

    @property
    def direction(self) -> Longs:
        """1 where a rise may be claimed, -1 where a fall may be, 0 elsewhere."""
        return np.where(self.clear, np.sign(self.mean), 0).astype(np.int64)

    @property
    def half_width95(self) -> Floats:
        return (self.high95 - self.low95) / 2

    @property
    def half_width_of_mean95(self) -> Floats:
        """How far the mean may be off by the number of runs alone: half of its 95 % t interval."""
        return np.asarray(student_t(0.95, self.replicates - 1) * self.standard_error)

    def __getitem__(self, index: SupportsIndex | slice | Longs | Bools | tuple[SupportsIndex | slice, ...]) -> Estimate:
        return self._with(lambda field: np.asarray(field[index]))

    def scaled(self, factor: float) -> Estimate:
        """Return the estimate in another unit; ``factor`` is positive."""
        return self._with(lambda field: field * factor)

    def _with(self, change: Callable[[Floats], Floats]) -> Estimate:
        return Estimate(
            change(self.mean),
            change(self.standard_error),
            change(self.low80),
            change(self.high80),
            change(self.low95),
            change(self.high95),
            self.replicates,
            self.over_draws,
        )


def estimate_mean(values: ArrayLike, over_draws: bool = False) -> Estimate:
    """Return the mean of ``values`` [R, ...] over its first axis: mean ± t(R-1) s / sqrt(R).

    With ``over_draws`` the intervals are quantiles of the values (10, 90 and 2.5, 97.5 %), of which each has a draw of
    the parameters of its own; what differs by rounding of sums alone is 0. With one replicate the standard error and
    the intervals are NaN.
    """
    array = np.asarray(values, dtype=np.float64)
    if over_draws:  # pounds are sums of a thousand numbers: their last digits are no difference
        array = np.where(np.abs(array) < ROUNDING, 0.0, array)
    replicates = array.shape[0]
    mean = np.asarray(array.mean(axis=0)) if replicates else np.full(array.shape[1:], np.nan)
    if replicates > 1:
        error = np.asarray(array.std(axis=0, ddof=1)) / math.sqrt(replicates)
    else:
        error = np.full(array.shape[1:], np.nan)
    if over_draws and replicates > 1:
        low95, low80, _, high80, high95 = np.quantile(array, BAND_QUANTILES, axis=0, method=OF_DRAWS)
        return Estimate(mean, error, low80, high80, low95, high95, replicates, True)
    reach80, reach95 = (student_t(level, replicates - 1) * error for level in (0.80, 0.95))
    return Estimate(mean, error, mean - reach80, mean + reach80, mean - reach95, mean + reach95, replicates, over_draws)


def replicates_needed(standard_deviation: float, half_width: float, level: float = 0.95) -> int:
    """Return the smallest R of at least 2 with t(R-1) s / sqrt(R) <= ``half_width``.

    Raises
    ------
    ValueError
        If ``half_width`` is not positive.
    """
    if not half_width > 0:
        raise ValueError("the half width of an interval must be above 0")
    ratio = standard_deviation / half_width
    if not math.isfinite(ratio):
        raise ValueError("the standard deviation is not a finite number")
    from scipy.special import ndtri

    needed = max(2, math.ceil((float(ndtri(0.5 + level / 2)) * ratio) ** 2))
    while student_t(level, needed - 1) * ratio > math.sqrt(needed):
        needed += 1
    return needed


@dataclass(frozen=True)
class Band:
    """Spread over runs, entry by entry: the middle 95 % and 80 % of replicates, their median and mean."""

    low95: Floats
    low80: Floats
    median: Floats
    high80: Floats
    high95: Floats
    mean: Floats


def band(values: ArrayLike) -> Band:
    """Return quantiles and mean of ``values`` [R, ...] over replicates, NaN without any; no interval for the mean."""
    array = np.asarray(values, dtype=np.float64)
    if not len(array):
        nothing = np.full(array.shape[1:], np.nan)
        return Band(nothing, nothing, nothing, nothing, nothing, nothing)
    low95, low80, median, high80, high95 = np.quantile(array, BAND_QUANTILES, axis=0)
    return Band(low95, low80, median, high80, high95, np.asarray(array.mean(axis=0)))


def wilson(successes: ArrayLike, trials: ArrayLike) -> tuple[Floats, Floats]:
    """Return the 95 % interval of Wilson (1927) for shares of independent trials; NaN without trials.

    Trials that tie may count in parts.
    """
    k, n = np.asarray(successes, dtype=np.float64), np.asarray(trials, dtype=np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        centre = (k + Z95**2 / 2) / (n + Z95**2)
        reach = Z95 * np.sqrt(k * (n - k) / n + Z95**2 / 4) / (n + Z95**2)
    low = np.where(n > 0, np.maximum(centre - reach, 0.0), np.nan)
    return low, np.where(n > 0, np.minimum(centre + reach, 1), np.nan)


def poisson_interval(counts: ArrayLike) -> tuple[Floats, Floats]:
    """Return the exact 95 % interval of a Poisson mean (Garwood 1936)."""
    from scipy.special import gammaincinv

    k = np.asarray(counts, dtype=np.float64)
    low = np.where(k > 0, gammaincinv(np.maximum(k, 1e-300), MIDDLE_95[0]), 0.0)
    return low, np.asarray(gammaincinv(k + 1, MIDDLE_95[1]))
