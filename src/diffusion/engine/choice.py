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


def smallest(scores: np.ndarray, number: int, axis: int = 1, keys: np.ndarray | None = None) -> np.ndarray:
    """Return bool like ``scores``: the ``number`` smallest finite ones along ``axis``.

    Of equal ones the first are taken; with ``keys``, one for each place along ``axis``, those of the lowest key.
    """
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
