"""Ranks of values, ties at their mean rank."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from diffusion.arrays import Floats


def ranks(values: ArrayLike) -> Floats:
    """Return the rank of each value from 1 on."""
    from scipy.stats import rankdata

    return np.asarray(rankdata(np.asarray(values)), dtype=np.float64)


def ridit(values: ArrayLike) -> Floats:
    """Return the relative rank of each value in (0, 1): (rank - 1/2) / n."""
    array = np.asarray(values, dtype=np.float64)
    ordered = np.sort(array)
    low, high = np.searchsorted(ordered, array, "left"), np.searchsorted(ordered, array, "right")
    return np.asarray((low + high) / (2 * len(array)))
