"""Full grids: shares of the variance over the points of the grid, and which of two options is better where."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from diffusion.analysis.results.intervals import student_t
from diffusion.analysis.uncertainty.indices import NO_MORE_THAN_CHANCE, Index, Sobol, pair_product
from diffusion.arrays import Floats, Longs


def as_grid(codes: ArrayLike, values: ArrayLike) -> Floats:
    """Return ``values`` [draws, replicates] as an array [levels of factor 1, levels of factor 2, ..., replicates].

    Parameters
    ----------
    codes: level of every factor in every draw, from 0 [draws, factors]

    Raises
    ------
    ValueError
        If the draws are not a full grid, each point once.
    """
    places, y = np.asarray(codes, dtype=np.int64), np.asarray(values, dtype=np.float64)
    shape = tuple(places.max(axis=0) + 1) if places.size else ()
    if np.prod(shape, dtype=np.int64) != len(y) or len({tuple(row) for row in places}) != len(y):
        raise ValueError("the draws are not a full grid")
    grid = np.empty((*shape, y.shape[1]))
    grid[tuple(places.T)] = y
    return grid


def grid_shares(codes: ArrayLike, values: ArrayLike, names: Sequence[str]) -> Sobol:
    """Return first-order and total shares of the variance of the expected outcome over the points of a full grid.

    First: variance of the means over all other factors. Total: what is left when the outcome is averaged over the
    factor. Exact but for chance, which the intervals hold (jackknife over replicates; NaN with fewer than three).

    Raises
    ------
    ValueError
        If a value is missing, the draws are not a full grid, or the outcome varies no more than chance explains.
    """
    grid = as_grid(codes, values)
    if not np.isfinite(grid).all():
        raise ValueError("some runs are missing or have no value, and the shares need every one")
    n = len(names)
    replicates = grid.shape[-1]

    def measures(sample: Floats) -> Floats:
        centred = sample - sample.mean(axis=tuple(range(n)))
        variance = pair_product(centred).mean()
        found = []
        for i in range(n):
            others = tuple(axis for axis in range(n) if axis != i)
            found.append(pair_product(centred.mean(axis=others)).mean() / variance)
        for i in range(n):
            found.append(1.0 - pair_product(centred.mean(axis=i)).mean() / variance)
        return np.array([*found, variance])

    if np.ptp(grid, axis=tuple(range(n))).max() == 0:
        raise ValueError("the outcome is the same in every draw")
    found = measures(grid)
    reach = np.full_like(found, np.nan)
    if replicates >= 3:
        left_out = np.array([measures(np.delete(grid, r, axis=-1)) for r in range(replicates)])
        error = np.sqrt((replicates - 1) * left_out.var(axis=0))
        reach = student_t(0.95, replicates - 1) * error
    if found[-1] - np.nan_to_num(reach[-1]) <= 0:
        raise ValueError(NO_MORE_THAN_CHANCE)
    first, total = (
        Index(found[part], found[part] - reach[part], found[part] + reach[part])
        for part in (slice(0, n), slice(n, 2 * n))
    )
    return Sobol(tuple(names), first, total, None, float(found[-1]), len(grid.reshape(-1, replicates)), grid.size)


def level_codes(columns: Sequence[Sequence[object]]) -> tuple[Longs, list[list[object]]]:
    """Return (level of every factor in every draw [draws, factors], levels of each factor in order of appearance).

    Numbers are put in ascending order.
    """
    codes, levels = [], []
    for column in columns:
        found = list(dict.fromkeys(column))
        if all(isinstance(value, int | float) for value in found):
            found.sort()
        position = {value: index for index, value in enumerate(found)}
        codes.append([position[value] for value in column])
        levels.append(found)
    return np.array(codes, dtype=np.int64).T.reshape(-1, len(codes)), levels
