"""Ties in runs of neighbours: trusts close on the map stand together, so sums run over contiguous memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from diffusion.world.tables import World

#: gaps of at most so many places inside a run are filled with ties of weight 0
_GAP = 8
#: a layer is kept in runs if that costs at most so many weights per tie
_MOST_WEIGHTS_PER_TIE = 1.5
#: bits of the grid on which trusts are ordered
_BITS = 10


class Ties(NamedTuple):
    """Ties of a sparse layer, row by row; without runs every tie is a run of length 1."""

    in_runs: bool
    start: np.ndarray  # int64[N + 1]
    first: np.ndarray  # int64[E], first place of the run
    length: np.ndarray  # int64[E]
    offset: np.ndarray  # int64[E], where the weights of the run stand
    weight: np.ndarray  # int64[weights]


def map_order(world: World) -> np.ndarray:
    """Return int64[N], the place of each trust along a Hilbert curve over the map (their own order without a map)."""
    trusts = world.trusts
    n = world.n_trusts
    extent = max(float(np.ptp(trusts.latitude)), float(np.ptp(trusts.longitude))) if n else 0.0
    if not extent > 0.0:
        return np.arange(n, dtype=np.int64)
    x = ((trusts.longitude - trusts.longitude.min()) / extent * ((1 << _BITS) - 1)).astype(np.int64)
    y = ((trusts.latitude - trusts.latitude.min()) / extent * ((1 << _BITS) - 1)).astype(np.int64)
    order = np.argsort(_hilbert(x, y), kind="stable")
    place = np.empty(n, dtype=np.int64)
    place[order] = np.arange(n)
    return place


def _hilbert(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the distance of grid points along a Hilbert curve."""
    x, y = x.copy(), y.copy()
    distance = np.zeros_like(x)
    size = 1 << (_BITS - 1)
    while size > 0:
        right, up = (x & size) > 0, (y & size) > 0
        distance += size * size * ((3 * right) ^ up)
        turn = ~up & right
        x[turn], y[turn] = size - 1 - (x[turn] & (size - 1)), size - 1 - (y[turn] & (size - 1))
        swap = ~up
        x[swap], y[swap] = y[swap], x[swap].copy()
        size //= 2
    return distance


def arrange_ties(row: np.ndarray, place: np.ndarray, weight: np.ndarray, n: int) -> Ties:
    """Return the ties (rows ascending) in runs if that is cheap, else one by one.

    ``row``, ``place`` and ``weight`` are int64[ties]; ``n`` is the number of rows.
    """
    order = np.lexsort((place, row))
    row, place, weight = row[order], place[order], weight[order]
    ties = len(row)
    if ties == 0:
        return Ties(False, np.zeros(n + 1, dtype=np.int64), row, row, row, weight)
    begins = np.ones(ties, dtype=bool)
    begins[1:] = (np.diff(row) != 0) | (np.diff(place) > _GAP)
    heads = np.flatnonzero(begins)
    tails = np.append(heads[1:], ties) - 1
    length = place[tails] - place[heads] + 1
    if length.sum() > _MOST_WEIGHTS_PER_TIE * ties or len(heads) * 8 > ties:
        start = np.searchsorted(row, np.arange(n + 1))
        return Ties(False, start, place, np.ones(ties, dtype=np.int64), np.arange(ties), weight)
    offset = np.cumsum(length) - length
    filled = np.zeros(int(length.sum()), dtype=np.int64)
    run_of = np.cumsum(begins) - 1
    filled[offset[run_of] + place - place[heads[run_of]]] = weight
    return Ties(True, np.searchsorted(row[heads], np.arange(n + 1)), place[heads], length, offset, filled)
