"""Choosing a few of many by score, and keyed races: draws without replacement in proportion to weights."""

from __future__ import annotations

from typing import Any

import numpy as np


def race(uniforms: np.ndarray, weight: Any = 1.0) -> np.ndarray:
    """Return ``-log(u) / weight``, the finishing times of an exponential race, shaped as ``uniforms``.

    Those with the smallest times are a draw without replacement, each in proportion to its weight.
    """
    times = -np.log(np.maximum(uniforms, 1e-300))
    times /= weight
    return times


#: up to so many are found one after the other, which takes less time than sorting
_FEW = 4


def _few_smallest(scores: np.ndarray, number: int, keys: np.ndarray | None) -> np.ndarray:
    """Return :func:`smallest` of scores[R, K]."""
    by_key = None if keys is None else np.argsort(keys, kind="stable")
    left = np.array(scores if by_key is None else scores[:, by_key], dtype=np.float64)
    chosen, rows = np.zeros(scores.shape, dtype=bool), np.arange(len(scores))
    for _ in range(min(number, scores.shape[1])):
        first = left.argmin(axis=1)  # of equal ones the first
        found = np.isfinite(left[rows, first])
        if not found.any():
            break
        place = first if by_key is None else by_key[first]
        chosen[rows[found], place[found]] = True
        left[rows, first] = np.inf
    return chosen


def smallest(scores: np.ndarray, number: int, axis: int = 1, keys: np.ndarray | None = None) -> np.ndarray:
    """Return bool like ``scores``: the ``number`` smallest finite ones along ``axis``.

    Of equal ones the first are taken; with ``keys``, one for each place along ``axis``, those of the lowest key.
    """
    if number <= _FEW and axis == 1 and scores.ndim == 2:
        return _few_smallest(scores, number, keys)
    if keys is None:
        order = np.argsort(scores, axis=axis, kind="stable")
    else:
        by_key = np.argsort(keys, kind="stable")
        order = by_key[np.argsort(np.take(scores, by_key, axis=axis), axis=axis, kind="stable")]
    first = np.take(order, np.arange(min(number, scores.shape[axis])), axis=axis)
    chosen = np.zeros(scores.shape, dtype=bool)
    np.put_along_axis(chosen, first, True, axis=axis)
    return chosen & np.isfinite(scores)


def largest(scores: np.ndarray, number: int, axis: int = 1) -> np.ndarray:
    """Return bool like ``scores``: the ``number`` largest finite ones along ``axis``; of equal ones the first."""
    return smallest(-scores, number, axis)
