"""Does adoption depend on the structure of the network? A statistic compared with that on rewired networks."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from diffusion.analysis.networks.exposures import dealt_out, exposure
from diffusion.analysis.networks.rewiring_kernel import sort_ties, swap_ends
from diffusion.analysis.observed.ties import Ties
from diffusion.analysis.observed.times import Adoption
from diffusion.analysis.results.intervals import MIDDLE_95
from diffusion.arrays import Floats
from diffusion.world.keys import keyed_hash, keyed_uniform, mixed, stable_keys

#: draws at once
MOST_THREADS = 4


def _threads() -> int:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(MOST_THREADS, cores))


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
    n, m, numbers = ties.n, len(s), np.arange(rounds, dtype=np.uint64)
    s, t = s.astype(np.int64, copy=True), t.astype(np.int64, copy=True)
    bits = max(1, m.bit_length())
    places = 1 << (2 * m).bit_length()
    swap_ends(
        s,
        t,
        n,
        ties.directed,
        keyed_hash("analysis/rewire", seed, draw, numbers),
        keyed_hash("analysis/rewire-flip", seed, draw, numbers),
        mixed(np.arange(m, dtype=np.uint64)),
        np.empty(m, np.uint64),
        np.empty(m, np.int64),
        np.empty((1 << bits) + 1, np.int64),
        bits,
        *(np.empty(places, np.int64) for _ in range(3)),
    )
    if not ties.directed:
        s, t, w = np.concatenate([s, t]), np.concatenate([t, s]), np.concatenate([w, w])
    source, target, weight = np.empty_like(s), np.empty_like(t), np.empty_like(w)
    sort_ties(s, t, w, n, np.empty(n + 1, np.int64), np.empty(len(s), np.int64), source, target, weight)
    return Ties(ties.name, n, source, target, weight, ties.directed)


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


def permute(adoption: Adoption, seed: int, draw: int, strata: Sequence[str] | None = None) -> Adoption:
    """Return the table with the histories (times and spans) dealt out anew to the organisations, keyed.

    With ``strata``, a label for each organisation, they stay within their stratum.
    """
    order = dealt_out(keyed_uniform("analysis/permute", seed, draw, stable_keys(adoption.codes)), strata)
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
    strata: Sequence[str] | None = None,
) -> StructureTest:
    """Compare a statistic with its values under a null hypothesis.

    ``null`` is "rewired": ties are swapped and times stay (Vega Yon & Valente), which tells whether this network
    matters beyond its degrees; or "permuted": the network stays and histories are dealt out anew, an exact test that
    times have nothing to do with places in it. With ``strata``, a label for each organisation, histories are dealt out
    within each: an exact test that, given the strata, times have nothing to do with places.
    """
    if null not in ("rewired", "permuted"):
        raise ValueError(f"unknown null {null!r}: rewired or permuted")

    def drawn(d: int) -> float:
        if null == "rewired":
            return statistic(adoption, rewire(ties, seed, d))
        return statistic(permute(adoption, seed, d, strata), ties)

    observed = statistic(adoption, ties)
    # draws are keyed, so it does not matter which thread has which
    with ThreadPoolExecutor(_threads()) as pool:
        values = np.array(list(pool.map(drawn, range(draws))))
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
