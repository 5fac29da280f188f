"""Swapping the ends of ties, compiled: the same swaps, and so the same bits, as written in ``rewiring.rewire``."""

from __future__ import annotations

import numpy as np

from diffusion.arrays import Floats, Keys, Longs
from diffusion.engine.kernels.jit import inline, kernel


@inline
def _mix(value: np.uint64) -> np.uint64:
    """The step of SplitMix64 by which ``world/keys.py`` hashes."""
    value = value + np.uint64(0x9E3779B97F4A7C15)
    value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return value ^ (value >> np.uint64(31))


@inline
def _key(x: int, y: int, n: int, directed: bool) -> int:
    """One number for a tie; of undirected ones whichever end comes first."""
    if not directed and x > y:
        return y * n + x
    return x * n + y


@inline
def _place(table: Longs, key: int) -> int:
    """Where ``key`` stands in a table of open addresses (-1: free), or would stand."""
    mask = table.shape[0] - 1
    at: int = np.int64((np.uint64(key) * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(32)) & mask
    while table[at] >= 0 and table[at] != key:
        at = (at + 1) & mask
    return at


@inline
def _swapped(s: Longs, t: Longs, one: int, two: int, n: int, directed: bool, now: Longs) -> tuple[int, int]:
    """The keys of two ties with their targets swapped; -1 for both where one is a self tie or is there already."""
    first, second = _key(s[one], t[two], n, directed), _key(s[two], t[one], n, directed)
    loop = s[one] == t[two] or s[two] == t[one]
    if loop or now[_place(now, first)] >= 0 or now[_place(now, second)] >= 0:
        first, second = -1, -1
    return first, second


@kernel
def swap_ends(
    s: Longs,
    t: Longs,
    n: int,
    directed: bool,
    states: Keys,
    flips: Keys,
    mixed: Keys,
    hashes: Keys,
    order: Longs,
    starts: Longs,
    bits: int,
    now: Longs,
    offered: Longs,
    times: Longs,
) -> None:
    """Offer every tie a swap in each round; ``s`` and ``t`` int64[M] are changed.

    ``states`` and ``flips`` uint64[rounds] are the hashes of each round, to which that of a tie's number is added;
    ``mixed`` uint64[M] are the mixed numbers of ties. The others are work space: ``hashes`` and ``order`` [M],
    ``starts`` [2^bits + 1], ``now``, ``offered`` and ``times`` of one power of two, at least twice M.
    """
    m = s.shape[0]
    shift = np.uint64(64 - bits)
    half = m // 2
    for turn in range(states.shape[0]):
        # the order of hashes: by their first bits, then within each of those few
        starts[:] = 0
        for e in range(m):
            hashes[e] = _mix(states[turn] ^ mixed[e])
            starts[np.int64(hashes[e] >> shift) + 1] += 1
        for b in range(starts.shape[0] - 1):
            starts[b + 1] += starts[b]
        for e in range(m):
            bucket = np.int64(hashes[e] >> shift)
            order[starts[bucket]] = e
            starts[bucket] += 1
        for i in range(1, m):
            e, at = order[i], i
            while at > 0 and hashes[order[at - 1]] > hashes[e]:
                order[at] = order[at - 1]
                at -= 1
            order[at] = e
        if not directed:  # either end may be the one that is swapped
            for i in range(half):
                e = order[half + i]
                if _mix(flips[turn] ^ mixed[e]) < np.uint64(1) << np.uint64(63):
                    s[e], t[e] = t[e], s[e]
        now[:] = -1
        offered[:] = -1
        for e in range(m):
            key = _key(s[e], t[e], n, directed)
            now[_place(now, key)] = key
        for i in range(half):
            first, second = _swapped(s, t, order[i], order[half + i], n, directed, now)
            if first < 0:
                continue
            for key in (first, second):
                at = _place(offered, key)
                if offered[at] < 0:
                    offered[at] = key
                    times[at] = 0
                times[at] += 1
        for i in range(half):
            one, two = order[i], order[half + i]
            first, second = _swapped(s, t, one, two, n, directed, now)
            if first < 0:
                continue
            if times[_place(offered, first)] == 1 and times[_place(offered, second)] == 1:
                t[one], t[two] = t[two], t[one]


@kernel
def sort_ties(
    s: Longs, t: Longs, w: Floats, n: int, starts: Longs, half_way: Longs, s_out: Longs, t_out: Longs, w_out: Floats
) -> None:
    """Write ties sorted by source, then target, by counting; ``starts`` [n + 1] and ``half_way`` [M] are work space."""
    m = s.shape[0]
    starts[:] = 0
    for e in range(m):
        starts[t[e] + 1] += 1
    for i in range(n):
        starts[i + 1] += starts[i]
    for e in range(m):
        half_way[starts[t[e]]] = e
        starts[t[e]] += 1
    starts[:] = 0
    for e in range(m):
        starts[s[e] + 1] += 1
    for i in range(n):
        starts[i + 1] += starts[i]
    for place in range(m):
        e = half_way[place]
        at = starts[s[e]]
        starts[s[e]] += 1
        s_out[at], t_out[at], w_out[at] = s[e], t[e], w[e]
