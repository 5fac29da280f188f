"""Which of many differences are beyond chance, all of them at once: the largest t statistic under re-randomisation.

One difference in twenty would exceed its own 95 % interval by chance alone; a comparison of two results looks at
hundreds. So all differences share one bar: the 95 % point of the largest |t| among them where nothing differs. It is
found by re-randomising whole replicates, which keeps how outcomes hang together (Westfall and Young 1993,
*Resampling-Based Multiple Testing*, single-step max T):

- paired replicates (:func:`paired_family`): the signs of all differences of a replicate are turned together. Where
  nothing differs but chance, a replicate's two results may be exchanged, so this is exact;
- unpaired ones (:func:`independent_family`): replicates are dealt anew to the two sides, t is Welch's.

No draw of it depends on what is compared, in which order, or on the number of threads.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from diffusion.analysis.results.intervals import ROUNDING
from diffusion.arrays import Bools, Floats

#: Least replicates in which an outcome must be defined to be claimed of. Of fewer, all differences may come out alike:
#: |t| is then infinite, 2 in 2^n re-randomised families have it too, and the bar of all would rise with it.
LEAST_DEFINED = 10
#: How many times replicates are re-randomised; the level of the statement about all differences together.
TIMES, LEVEL = 9_999, 0.95
_KEY = 20_170_401
#: Re-randomisations worked on together: what bounds memory.
_AT_ONCE = 250
#: Sums in another order differ by this much, relatively: no more is needed to be as large.
_TIE = 1e-9


@dataclass(frozen=True)
class Family:
    """Differences of means, [Q] each, with intervals that hold all of them at once in 95 of 100.

    ``p`` is adjusted for the family: the share of re-randomised families whose largest |t| is as large. ``critical`` is
    the bar that all |t| share. Outcomes that are defined in fewer than ``LEAST_DEFINED`` replicates are not in the
    family: nothing is claimed of them, and they have no interval (NaN).
    """

    mean: Floats
    error: Floats
    low: Floats
    high: Floats
    p: Floats
    beyond: Bools
    critical: float


def paired_family(differences: Floats, times: int = TIMES) -> Family:
    """Return the family of ``differences`` [R, Q], NaN where undefined in a replicate.

    mean_q = sum_r d_rq / n_q, t_q = mean_q / sqrt(s_q^2 / n_q); re-randomised with signs e_r = +-1 in place of d_rq:
    e_r d_rq for all q.
    """
    values = np.where(np.abs(differences) < ROUNDING, 0.0, np.asarray(differences, dtype=np.float64))
    defined = np.isfinite(values)
    count = defined.sum(axis=0).astype(np.float64)
    values = np.where(defined, values, 0.0)
    squares = (values**2).sum(axis=0)

    def statistic(sums: Floats) -> tuple[Floats, Floats, Floats]:
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = sums / count
            spread = np.maximum(squares - count * mean**2, 0.0)
            spread = np.where(spread <= _TIE**1.5 * squares, 0.0, spread)
            error = np.sqrt(spread / (count - 1) / count)
            return mean, error, np.abs(mean) / error

    def again() -> Iterator[Floats]:
        for signs in _signs(times, len(values)):
            yield statistic(signs @ values)[2]

    return _family(*statistic(values.sum(axis=0)), count, again(), times)


def independent_family(one: Floats, other: Floats, times: int = TIMES) -> Family:
    """Return the family of the means of ``other`` [S, Q] minus those of ``one`` [R, Q]; NaN where undefined.

    t_q = difference / sqrt(s_q^2 / n_q + u_q^2 / m_q), Welch's; re-randomised by dealing all R + S replicates anew.
    """
    values = np.concatenate([np.asarray(one, dtype=np.float64), np.asarray(other, dtype=np.float64)])
    defined = np.isfinite(values)
    # distances from the middle: sums of squares of large numbers lose their digits
    with np.errstate(invalid="ignore"):
        middle = np.where(defined, values, 0.0).sum(axis=0) / np.maximum(defined.sum(axis=0), 1)
    values = np.where(defined, values - middle, 0.0)
    values[np.abs(values) < ROUNDING] = 0.0
    squares, there = values**2, defined.astype(np.float64)
    sums, sums_of_squares, counts = values.sum(axis=0), squares.sum(axis=0), there.sum(axis=0)

    def statistic(chosen: Floats) -> tuple[Floats, Floats, Floats, Floats]:
        n, total, square = chosen @ there, chosen @ values, chosen @ squares
        m = counts - n
        with np.errstate(invalid="ignore", divide="ignore"):
            mean, rest = total / n, (sums - total) / m
            error = np.sqrt(
                _variance(square, n, mean) / n + _variance(sums_of_squares - square, m, rest) / m,
            )
            return rest - mean, error, np.abs(rest - mean) / error, np.minimum(n, m)

    def again() -> Iterator[Floats]:
        for chosen in _deals(times, len(values), len(one)):
            yield statistic(chosen)[2]

    first = np.zeros(len(values))
    first[: len(one)] = 1.0
    mean, error, t, count = statistic(first)
    return _family(mean, error, t, count, again(), times)


def _variance(square: Floats, n: Floats, mean: Floats) -> Floats:
    spread = np.maximum(square - n * mean**2, 0.0)
    return np.asarray(np.where(spread <= _TIE**1.5 * square, 0.0, spread) / (n - 1))


def _family(mean: Floats, error: Floats, t: Floats, count: Floats, again: Iterator[Floats], times: int) -> Family:
    """Return the family, given |t| as it is and re-randomised, [block, Q] each; what never varies has no |t|."""
    defined = count >= LEAST_DEFINED
    known = defined & ~((mean == 0) & (error == 0))
    if not known.any():
        nothing = np.where(defined, 0.0, np.nan)
        return Family(mean, error, nothing, nothing, np.where(defined, 1.0, np.nan), known, 0.0)
    largest = np.concatenate([np.nan_to_num(block[:, known], nan=0.0, posinf=np.inf).max(axis=1) for block in again])
    largest.sort()
    least = len(largest) - np.searchsorted(largest, np.nan_to_num(t, nan=0.0, posinf=np.inf) * (1 - _TIE))
    p = (1 + least) / (1 + times)
    critical = float(largest[-round((1 - LEVEL) * (times + 1))])
    with np.errstate(invalid="ignore"):
        reach = np.where(error == 0, 0.0 if np.isfinite(critical) else np.inf, critical * error)
        beyond = known & (p <= 1 - LEVEL + 1e-12)
    return Family(
        mean,
        error,
        np.where(defined, mean - reach, np.nan),
        np.where(defined, mean + reach, np.nan),
        np.where(known, p, np.where(defined, 1.0, np.nan)),
        beyond,
        critical,
    )


def _signs(times: int, n: int) -> Iterator[Floats]:
    """Yield +1 and -1 [block, n], ``times`` rows in all; raw bits, which no version of NumPy draws otherwise."""
    bits = np.random.PCG64(_KEY)
    words = -(-n // 64)
    for first in range(0, times, _AT_ONCE):
        rows = min(_AT_ONCE, times - first)
        raw = np.asarray(bits.random_raw(rows * words), dtype="<u8").reshape(rows, words)
        yield 1.0 - 2.0 * np.unpackbits(raw.view(np.uint8), axis=1, bitorder="little")[:, :n].astype(np.float64)


def _deals(times: int, n: int, chosen: int) -> Iterator[Floats]:
    """Yield 1 for ``chosen`` of n replicates and 0 for the others, [block, n], ``times`` rows in all."""
    bits = np.random.PCG64(_KEY)
    for first in range(0, times, _AT_ONCE):
        rows = min(_AT_ONCE, times - first)
        raw = np.asarray(bits.random_raw(rows * n), dtype=np.uint64).reshape(rows, n)
        dealt = np.zeros((rows, n))
        np.put_along_axis(dealt, np.argsort(raw, axis=1, kind="stable")[:, :chosen], 1.0, axis=1)
        yield dealt
