"""Does adoption depend on the structure of the network? A statistic compared with that on rewired networks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from diffusion.analysis.networks.exposures import exposure
from diffusion.analysis.observed.ties import Ties, ties_from_edges
from diffusion.analysis.observed.times import Adoption
from diffusion.analysis.results.intervals import MIDDLE_95
from diffusion.arrays import Floats, Longs
from diffusion.world.keys import keyed_hash, keyed_uniform, stable_keys


def rewire(ties: Ties, seed: int, draw: int, rounds: int = 20) -> Ties:
    """Return the ties with ends swapped at random so that everyone keeps the number looked to and looked by.

    Pairs of ties a-b and c-d become a-d and c-b where that makes no self tie and no double (Maslov & Sneppen 2002).
    In each of ``rounds`` all ties are paired at random, so a tie is offered ``rounds`` swaps. Undirected ties stay
    undirected. Weights travel with the ``source`` end. Draws are keyed by ``seed`` and ``draw``.
    """
    s, t, w = ties.source, ties.target, ties.weight
    if not ties.directed:
        half = s < t
        s, t, w = s[half], t[half], w[half]
    s, t = s.copy(), t.copy()
    n, m = ties.n, len(s)
    numbers = np.arange(m, dtype=np.uint64)
    for turn in range(rounds):
        order = np.argsort(keyed_hash("analysis/rewire", seed, draw, turn, numbers), kind="stable")
        one, two = order[: m // 2], order[m // 2 : 2 * (m // 2)]
        if not ties.directed:  # either end may be the one that is swapped
            flip = two[keyed_uniform("analysis/rewire-flip", seed, draw, turn, two.astype(np.uint64)) < 0.5]
            s[flip], t[flip] = t[flip], s[flip]
        a, b, c, d = s[one], t[one], s[two], t[two]

        def key(x: Longs, y: Longs) -> Longs:
            return np.minimum(x, y) * n + np.maximum(x, y) if not ties.directed else x * n + y

        now = np.sort(key(s, t))
        first, second = key(a, d), key(c, b)
        ok = (a != d) & (c != b)
        for new in (first, second):
            place = np.minimum(np.searchsorted(now, new), m - 1)
            ok &= now[place] != new
        offered = np.concatenate([first[ok], second[ok]])
        _, which, number = np.unique(offered, return_inverse=True, return_counts=True)
        alone = number[which] == 1
        half_way = len(offered) // 2
        accepted = np.flatnonzero(ok)[alone[:half_way] & alone[half_way:]]
        t[one[accepted]], t[two[accepted]] = d[accepted], b[accepted]
    return ties_from_edges(ties.name, n, s, t, w, directed=ties.directed)


def mean_exposure_at_adoption(adoption: Adoption, ties: Ties) -> float:
    """Return the mean share of those looked to who had adopted a period before, over the adoptions seen.

    This is netdiffuseR's usual statistic. On mutual ties it says little once nearly all have adopted: every tie then
    counts for one of its two ends, whoever was first.
    """
    return _mean_over_adoptions(adoption, exposure(adoption, ties, 1, none_before=bool(adoption.already.any())))


def excess_exposure(adoption: Adoption, ties: Ties) -> float:
    """Return how much more exposed adopters were than all who were at risk in the same period, mean over adoptions.

    It is the score of exposure in a proportional-hazards model (Cox 1972), over the number of adoptions: 0 is expected
    where adoption does not depend on who has adopted.
    """
    seen = exposure(adoption, ties, 1, none_before=bool(adoption.already.any()))
    known = adoption.at_risk() & np.isfinite(seen)
    number = known.sum(axis=0)
    mean = np.divide(np.where(known, seen, 0).sum(axis=0), number, out=np.full(len(number), np.nan), where=number > 0)
    return _mean_over_adoptions(adoption, seen - mean)


def _mean_over_adoptions(adoption: Adoption, by_period: Floats) -> float:
    rows = np.flatnonzero(adoption.event)
    values = by_period[rows, adoption.own_column[rows]]
    values = values[np.isfinite(values)]
    return float(values.mean()) if len(values) else float("nan")


def permute(adoption: Adoption, seed: int, draw: int) -> Adoption:
    """Return the table with the histories (times and spans) dealt out anew to the organisations, keyed."""
    order = np.argsort(keyed_uniform("analysis/permute", seed, draw, stable_keys(adoption.codes)), kind="stable")
    return replace(
        adoption,
        time=adoption.time[order],
        entry=adoption.entry[order],
        exit=adoption.exit[order],
        already=adoption.already[order],
    )


class StructureTest(NamedTuple):
    """A statistic of adoption on the network, observed and under a null hypothesis.

    ``p_value`` is two-sided, 2 min[Pr(t <= tau), Pr(t >= tau)] as in netdiffuseR's ``struct_test``, with the observed
    value counted among the draws, so that it is never 0.
    """

    statistic: str
    null: str
    observed: float
    mean: float
    low95: float
    high95: float
    p_value: float
    draws: int


def structure_test(
    adoption: Adoption,
    ties: Ties,
    seed: int = 1,
    draws: int = 499,
    null: str = "rewired",
    statistic: Callable[[Adoption, Ties], float] = excess_exposure,
) -> StructureTest:
    """Compare a statistic with its values under a null hypothesis.

    ``null`` is "rewired": ties are swapped and times stay (Vega Yon & Valente), which tells whether this network
    matters beyond its degrees; or "permuted": the network stays and histories are dealt out anew, an exact test that
    times have nothing to do with places in it.
    """
    observed = statistic(adoption, ties)
    if null == "rewired":
        values = np.array([statistic(adoption, rewire(ties, seed, d)) for d in range(draws)])
    elif null == "permuted":
        values = np.array([statistic(permute(adoption, seed, d), ties) for d in range(draws)])
    else:
        raise ValueError(f"unknown null {null!r}: rewired or permuted")
    tolerance = 1e-12
    known = values[np.isfinite(values)]  # a draw without the statistic is none
    below = (1 + (known <= observed + tolerance).sum()) / (1 + len(known))
    above = (1 + (known >= observed - tolerance).sum()) / (1 + len(known))
    low, high = np.quantile(known, MIDDLE_95) if len(known) else (np.nan, np.nan)
    return StructureTest(
        statistic.__name__.replace("_", " "),
        null,
        observed,
        float(known.mean()) if len(known) else float("nan"),
        float(low),
        float(high),
        float(min(1.0, 2 * min(below, above))) if np.isfinite(observed) and len(known) else float("nan"),
        len(known),
    )
