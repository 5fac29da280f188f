"""How long until a share of the trusts that have a use for an innovation are adopters.

``T_p`` is the number of months from an innovation's becoming live to the end of the first month in which
``adopters >= p * trusts with a use for it``; 1 is the end of its first month, 0 that it was so when it became live
(sites from the start). A run that does not get there within its months says only that it takes longer: such a run
counts as infinite, so that medians and intervals over all runs are what they are, or "more than so many months".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, cast

import numpy as np

from diffusion.analysis.results.adoption import adopters
from diffusion.analysis.results.groups import portfolio
from diffusion.analysis.results.intervals import Estimate, estimate_mean
from diffusion.analysis.results.tables import ResultTables
from diffusion.arrays import Floats, Longs

#: shares of the trusts with a use for an innovation, in per cent
SHARES: tuple[int, ...] = (10, 25, 50)
#: innovations whose counts by month are copied at a time: a world may have thousands
_AT_ONCE = 64
#: quantiles of all runs: the middle 80 % and the median
QUANTILES: tuple[float, ...] = (0.1, 0.5, 0.9)


@dataclass(frozen=True)
class Times:
    """Months to each share by replicate and innovation of the portfolio that becomes live in the run.

    ``live_month`` int64[K] is its first month, counted from 0; ``watched`` int64[K] are the months from then to the end
    of the run. ``months`` is float64[R, K, share]: infinite where it takes longer than was watched, NaN where no trust
    of that replicate has a use for it.
    """

    ids: tuple[str, ...]
    names: tuple[str, ...]
    live_month: Longs
    watched: Longs
    months: Floats

    def of(self, innovation: str) -> Floats:
        """Return the months of one innovation, [R, share]."""
        return self.months[:, self.ids.index(innovation)]


class Reaching(NamedTuple):
    """One innovation, one share, one option: over the ``runs`` in which any trust has a use for it.

    ``low80``, ``median`` and ``high80`` are over all of them, infinite where they lie beyond the end of the run;
    ``of_reached`` are the same three over the runs that get there, NaN where none does.
    """

    runs: int
    reached: int
    low80: float
    median: float
    high80: float
    of_reached: tuple[float, float, float]

    @property
    def never_share(self) -> float:
        """Share of the runs that do not get there within the run; NaN without any run."""
        return (self.runs - self.reached) / self.runs if self.runs else np.nan


class Change(NamedTuple):
    """Paired change of the months from the first option, over the runs in which both get there.

    ``only_here`` and ``only_first`` are the runs in which one of the two does.
    """

    estimate: Estimate
    both: int
    only_here: int
    only_first: int


def months_to_shares(adopting: Longs, with_use: Longs, live_month: Longs) -> Floats:
    """Return the months to each share, float64[R, K, share].

    Parameters
    ----------
    adopting: adopters at the end of every month, int[R, T+1, K]; entry 0 is the opening state
    with_use: trusts with a use for it, int[R, K]
    live_month: first month on the market, counted from 0, int[K]
    """
    since = np.arange(adopting.shape[1])[:, None] - live_month  # months since it became live, [T+1, K]
    out = np.empty((adopting.shape[0], adopting.shape[2], len(SHARES)))
    for place, share in enumerate(SHARES):
        there = (100 * adopting.astype(np.int64) >= share * with_use.astype(np.int64)[:, None, :]) & (since >= 0)
        first = there.argmax(axis=1)  # [R, K]; 0 where it is never so
        months = first - live_month
        out[:, :, place] = np.where(there.any(axis=1), months, np.inf)
    out[np.asarray(with_use) == 0] = np.nan
    return out


def times_to_share(table: ResultTables) -> Times | None:
    """Return the times of one scenario; None where a result does not tell who has a use for what."""
    missing = object()
    kept = getattr(table, "times_to_share", missing)
    if kept is not missing:
        return cast("Times | None", kept)
    with_use, live = getattr(table, "with_use", None), getattr(table.world.innovations, "live_month", None)
    if with_use is None or live is None:
        return None
    chosen = np.flatnonzero(portfolio(table) & (np.asarray(live) < table.months))
    innovations = table.world.innovations
    first = np.asarray(live, dtype=np.int64)[chosen]
    with_use = np.asarray(with_use)
    months = np.empty((len(with_use), len(chosen), len(SHARES)))
    for part in range(0, len(chosen), _AT_ONCE):
        here = slice(part, part + _AT_ONCE)
        columns = chosen[here]
        counts = np.asarray(adopters(table.stage_by_innovation[..., columns]))
        months[:, here] = months_to_shares(counts, with_use[:, columns], first[here])
    return Times(
        tuple(innovations.ids[k] for k in chosen),
        tuple(innovations.names[k] for k in chosen),
        first,
        table.months - first,
        months,
    )


def reaching(months: Floats) -> Reaching:
    """Return what the months [R] of one innovation and share come to."""
    known = np.sort(months[~np.isnan(months)])
    reached = known[np.isfinite(known)]
    low, median, high = quantiles(known)
    return Reaching(len(known), len(reached), low, median, high, quantiles(reached))


def quantiles(ordered: Floats) -> tuple[float, float, float]:
    """Return the tenth, the median and the ninetieth hundredth of sorted values, infinite ones among them.

    Between two neighbours the quantile lies on the line from one to the other; if one is infinite, so is it. NaN
    without values.
    """
    if not len(ordered):
        return (np.nan, np.nan, np.nan)
    found = []
    for share in QUANTILES:
        place = share * (len(ordered) - 1)
        below, above = ordered[int(np.floor(place))], ordered[int(np.ceil(place))]
        part = place - np.floor(place)
        found.append(float(below) if part == 0 or below == above else float(below + part * (above - below)))
    return (found[0], found[1], found[2])


def change_of(here: Times, first: Times, innovation: str, place: int, over_draws: bool) -> Change:
    """Return the paired change of the months of one innovation to the share at ``place`` of SHARES."""
    one, other = here.of(innovation)[:, place], first.of(innovation)[:, place]
    ours, theirs = np.isfinite(one), np.isfinite(other)
    both = ours & theirs
    return Change(
        estimate_mean(one[both] - other[both], over_draws),
        int(both.sum()),
        int((ours & ~theirs).sum()),
        int((theirs & ~ours).sum()),
    )


def times_of_all(tables: Sequence[ResultTables]) -> list[Times] | None:
    """Return the times of every scenario, of the same innovations; None where one of them does not tell them."""
    found = [each for each in map(times_to_share, tables) if each is not None]
    alike = len(found) == len(tables) and all(each.ids == found[0].ids for each in found)
    return found if alike and found[0].ids else None


def innovations_reaching(times: Times, place: int) -> Floats:
    """Return how many innovations reach the share at ``place`` of SHARES within the run, float64[R]."""
    return np.asarray(np.isfinite(times.months[:, :, place]).sum(axis=1), dtype=np.float64)
