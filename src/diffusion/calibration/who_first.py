"""Who adopts first: large and small trusts, teaching trusts, networks; observed by trust against simulated."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np

from diffusion.arrays import Bools, Floats, Ints, Longs
from diffusion.calibration.comparison import Intervals, intervals
from diffusion.calibration.curves import Curves
from diffusion.evidence.reading import NamedSeries
from diffusion.world.tables import World


class WhoFirst(NamedTuple):
    """One measure of who adopts first, at the last point of the series."""

    item: NamedSeries
    what: str
    observed: float
    simulated: Intervals
    known: int  # runs in which it can be told
    trusts: int

    @property
    def inside80(self) -> bool:
        return self.simulated.holds(self.observed, 80)


MEASURES: tuple[str, ...] = ("size gap", "teaching gap", "F over AHSNs")


def gap(adopted: Floats, larger: Bools) -> Floats:
    """Return float[S]: share of the trusts in ``larger`` less that of the others; ``adopted`` is 0 or 1, [S, n]."""
    if larger.all() or not larger.any():
        return np.full(len(adopted), np.nan)
    return np.asarray(adopted[:, larger].mean(axis=1) - adopted[:, ~larger].mean(axis=1))


def one_way_f(adopted: Floats, group: Ints) -> Floats:
    """Return float[S]: mean square between groups over that within; NaN where there is no variation within."""
    labels, codes = np.unique(group, return_inverse=True)
    n, k = len(group), len(labels)
    if k < 2 or n <= k:
        return np.full(len(adopted), np.nan)
    sizes = np.bincount(codes).astype(np.float64)
    member = (codes[:, None] == np.arange(k)).astype(np.float64)
    means = adopted @ member / sizes
    between = (sizes * (means - adopted.mean(axis=1, keepdims=True)) ** 2).sum(axis=1)
    within = ((adopted - means[:, codes]) ** 2).sum(axis=1)
    rest = np.where(within > 1e-12, within, np.nan)
    return np.asarray(between / (k - 1) / (rest / (n - k)))


class Watched(NamedTuple):
    """The trusts of a series' table that could adopt: where they stand, who had adopted, who is large, who teaches."""

    place: Longs  # int64[n], rows of the world's trusts
    adopted: Floats  # float64[n], 0 or 1, by the last point
    larger: Bools  # more staff than the median of these trusts
    teaching: Bools


def watched_trusts(item: NamedSeries, world: World) -> Watched:
    """Return the trusts of a series with a table."""
    trusts = world.trusts
    able = world.eligible[:, world.innovations.ids.index(item.series.innovation or item.id)]
    place = {code: n for n, code in enumerate(trusts.codes)}
    rows = [row for row in item.first_uses if able[place[row.code]]]
    index = np.array([place[row.code] for row in rows], dtype=np.int64)
    seen = np.array([float(row.first_month is not None) for row in rows])
    size = trusts.size[index]
    larger = size > np.median(size) if len(size) else np.zeros(0, dtype=bool)
    return Watched(index, seen, larger, trusts.teaching[index])


def who_first(evidence: Sequence[NamedSeries], curves: Curves) -> list[WhoFirst]:
    """Return size gap, teaching gap and clustering of every series with a table of trusts.

    Only trusts that are in the table and eligible count, on both sides. The larger half has more staff than the median
    of these trusts.
    """
    found = []
    trusts = curves.world.trusts
    for item in evidence:
        if not item.first_uses:
            continue
        index, adopted, larger, teaching = watched_trusts(item, curves.world)
        seen = adopted[None, :]
        last = max(item.month_of(point) for point in item.series.points)
        simulated = (curves.first_use[item.id][:, index] <= last).astype(np.float64)
        ahsn = trusts.ahsn[index]
        measures: tuple[Callable[[Floats], Floats], ...] = (
            partial(gap, larger=larger),
            partial(gap, larger=teaching),
            partial(one_way_f, group=ahsn),
        )
        for what, measure in zip(MEASURES, measures):
            values = measure(simulated)
            known = int(np.isfinite(values).sum())
            observed = float(measure(seen)[0]) if len(index) else math.nan
            found.append(WhoFirst(item, what, observed, intervals(values), known, len(index)))
    return found
