"""Weights of ties as whole numbers: in exact proportion wherever the weights are fractions, else finely rounded.

Exposure is a share of a trust's ties, so only the proportions among the ties of one trust count. They are whole numbers
over a common denominator, which may be another for every trust: sums are then exact in any order, and one tie of four
like ones is exactly a quarter.
"""

from __future__ import annotations

import math

import numpy as np

from diffusion.arrays import Bools, Floats, Longs

#: largest denominator that is looked for
MOST_DENOMINATOR = 1 << 20
#: denominators beyond it that are tried all the same: weights of up to nine decimals
_DECIMALS = (10**7, 10**8, 10**9)
#: Most that the whole weights of one trust add up to. Sums of use (below 2^29) over them stay within 64 bits.
MOST_TOTAL = 1 << 32
_MOST_WEIGHT = (1 << 31) - 1
#: other weights are rounded to steps of 2^-30 to 2^-29 of the trust's sum
_BITS = 30
#: How far, relatively, a ratio of two doubles may be from the fraction that it stands for: six roundings of each, as of
#: 3 * 0.1 and of rows that are divided by their sum, and those of the division.
_NEAR = 14 * 2.0**-53
#: Most that numerator times denominator of such a ratio may be: below, no second fraction is as near.
_MOST_PRODUCT = 2.0**48


def whole_weights(weights: Floats, indptr: Longs, credibility: Longs) -> tuple[Longs, Bools]:
    """Return whole numbers in proportion to ``weights * credibility`` within every row, and whether each row is exact.

    ``weights`` float64[E] > 0 and ``credibility`` int64[E] > 0 by tie, row by row as ``indptr`` int64[N + 1] says.
    Returns int64[E] and bool[N]. A row is exact if its weights are whole numbers or fractions (see :func:`fractions`)
    whose common denominator leaves room for its sum (2^32), or if their ratios are fractions to a few units in the last
    place of doubles (2^-49): 0.1 and 0.30000000000000004 are 1 and 3. Other rows are rounded, no tie to 0.
    """
    n = len(indptr) - 1
    out, exact = np.zeros(len(weights), np.int64), np.ones(n, np.bool_)
    if not len(weights):
        return out, exact
    row = np.repeat(np.arange(n), np.diff(indptr))
    own = credibility // np.gcd.reduce(credibility)
    distinct, which = np.unique(weights, return_inverse=True)
    above, below = fractions(distinct)
    whole = _over_one(above, below)
    if whole is not None:
        out = whole[which] * own
        exact = _fits(out, row, n)
        if exact.all():
            return out, exact
    exact &= (whole is not None) | (np.diff(indptr) == 0)
    for i in np.flatnonzero(~exact):
        ties = slice(indptr[i], indptr[i + 1])
        mine, place = np.unique(which[ties], return_inverse=True)
        numbers = _over_one(above[mine], below[mine])
        if numbers is not None:
            _put(numbers[place] * own[ties], ties, int(i), out, exact)
    _by_ratios(weights, row, own, out, exact)
    left = ~exact[row]
    value = weights[left] * own[left]
    total = np.bincount(row[left], weights=value, minlength=n)[row[left]]
    out[left] = np.maximum(1, np.rint(np.ldexp(value, _BITS - np.frexp(total)[1])))
    return out, exact


def fractions(values: Floats) -> tuple[Longs, Longs]:
    """Return numerators and denominators int64[n] with ``numerator / denominator == value`` to the bit, values > 0.

    Denominators are at most 2^20, or 10^7 to 10^9; where there is none (or a whole number is above 2^53) it is 0.
    """
    numerator, denominator = _convergents(values, 0.0, MOST_DENOMINATOR, np.inf)
    for tried in _DECIMALS:
        scaled = np.rint(np.minimum(values, 2.0**53) * tried)
        found = (denominator == 0) & (scaled > 0) & (scaled <= 2.0**53) & (scaled / tried == values)
        numerator[found], denominator[found] = scaled[found], tried
    return np.where(denominator > 0, numerator, 0).astype(np.int64), denominator.astype(np.int64)


def _by_ratios(weights: Floats, row: Longs, own: Longs, out: Longs, exact: Bools) -> None:
    """Fill in rows of ``out`` and ``exact`` whose weights are in proportions of whole numbers, whatever they are."""
    ties = np.flatnonzero(~exact[row])
    least = np.full(len(exact), np.inf)
    np.minimum.at(least, row[ties], weights[ties])
    with np.errstate(over="ignore"):  # of the least doubles
        ratio = weights[ties] / least[row[ties]]
    above, below = _convergents(ratio, _NEAR, _MOST_WEIGHT, _MOST_PRODUCT)
    begin = np.flatnonzero(np.diff(row[ties], prepend=-1))
    for first, last in zip(begin.tolist(), [*begin[1:].tolist(), len(ties)]):
        if below[first:last].all():
            whole = _over_one(above[first:last].astype(np.int64), below[first:last].astype(np.int64))
            if whole is not None:
                here = ties[first:last]
                _put(whole * own[here], here, int(row[here[0]]), out, exact)


def _put(found: Longs, ties: slice | Longs, row: int, out: Longs, exact: Bools) -> None:
    """Put the whole weights of a row, one tie or more, to the others if they leave room for its sum."""
    found //= np.gcd.reduce(found)
    if _fits(found, np.zeros(len(found), np.int64), 1)[0]:
        out[ties], exact[row] = found, True


def _convergents(values: Floats, near: float, most: int, product: float) -> tuple[Floats, Floats]:
    """Return numerator and denominator float64[n] of each value's first convergent ``h / k`` that will do, 0 if none.

    It is within ``near * value`` of the value, k at most ``most``, h at most 2^53, h k at most ``product``. Found by
    continued fractions: a fraction so close to a number is one of its convergents.
    """
    numerator, denominator = np.zeros(len(values)), np.zeros(len(values))
    open_, rest = np.flatnonzero(values <= 2.0**53), values[values <= 2.0**53]
    h, h_before = np.ones(len(open_)), np.zeros(len(open_))
    k, k_before = np.zeros(len(open_)), np.ones(len(open_))
    with np.errstate(over="ignore", invalid="ignore"):  # of what is far below any fraction that is looked for
        while len(open_):
            part = np.floor(rest)
            h, h_before = part * h + h_before, h
            k, k_before = part * k + k_before, k
            found = (np.abs(h / k - values[open_]) <= near * values[open_]) & (h <= 2.0**53) & (h * k <= product)
            numerator[open_[found]], denominator[open_[found]] = h[found], k[found]
            rest = rest - part
            on = ~found & (rest > 0.0) & (k <= most)
            open_, h, h_before, k, k_before = open_[on], h[on], h_before[on], k[on], k_before[on]
            rest = 1.0 / rest[on]
    denominator[denominator > most] = 0
    return numerator, denominator


def _over_one(numerator: Longs, denominator: Longs) -> Longs | None:
    """Return fractions as whole numbers over one denominator, without a common factor; None if that cannot be kept."""
    if not denominator.all():
        return None
    common = 1
    for part in set(denominator.tolist()):
        common = math.lcm(common, part)
        if common > MOST_TOTAL:
            return None
    numbers = [n * (common // d) for n, d in zip(numerator.tolist(), denominator.tolist())]
    factor = math.gcd(*numbers)
    if not numbers or max(numbers) // factor > _MOST_WEIGHT:
        return None
    return np.array([number // factor for number in numbers], dtype=np.int64)


def _fits(whole: Longs, row: Longs, n: int) -> Bools:
    total = np.bincount(row, weights=whole, minlength=n)
    most = np.zeros(n, np.int64)
    np.maximum.at(most, row, whole)
    return np.asarray((total <= MOST_TOTAL) & (most <= _MOST_WEIGHT))
