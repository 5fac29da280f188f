"""Few numbers that tell the shape of a curve: early over late, the level at the end, times to a share."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from diffusion.arrays import Floats
from diffusion.calibration.comparison import Intervals, intervals
from diffusion.calibration.curves import Curves, Track
from diffusion.calibration.predicted import Place

#: shares whose times are told
SHARES: tuple[float, ...] = (0.1, 0.5, 0.8)


class Summary(NamedTuple):
    """One summary of a track: what was observed, as a value or between two bounds, and what is simulated."""

    track: Track
    what: str  # early over late, level, time to half
    unit: str  # ratio, share, months
    low: float  # observed: the value, or no less than this
    high: float  # observed: the value, or no more than this
    simulated: Intervals
    median: float
    known: int  # runs in which it can be told

    @property
    def inside80(self) -> bool:
        """Whether what was observed fits the middle 80 % of the runs."""
        return self.low <= self.simulated.high80 + 1e-12 and self.high >= self.simulated.low80 - 1e-12


def time_to(curve: Floats, share: float) -> Floats:
    """Return float64[S]: months until each row of ``curve`` reaches ``share``, infinite where it never does."""
    reached = curve >= share
    first = np.argmax(reached, axis=1)
    never = ~reached.any(axis=1)
    rows = np.arange(len(curve))
    before = np.maximum(0, first - 1)
    low, high = curve[rows, before], curve[rows, first]
    rise = np.where(high > low, high - low, 1.0)
    part = np.where(first > 0, (share - low) / rise, 0.0)
    return np.where(never, np.inf, np.where(first > 0, before + part, 0.0))


def observed_time(points: Sequence[Place], share: float) -> tuple[float, float]:
    """Return the bounds of the month in which ``share`` was reached: the same twice where points tell it.

    Between two points the course is taken as straight; before the first and after the last nothing is known.
    """
    before: Place | None = None
    for place in points:
        if place.observed >= share:
            if before is None:
                return -math.inf, float(place.month)
            rise = place.observed - before.observed
            month = before.month + (share - before.observed) / rise * (place.month - before.month)
            return month, month
        before = place
    return (float(before.month), math.inf) if before is not None else (-math.inf, math.inf)


def summaries(curves: Curves) -> list[Summary]:
    """Return the summaries of every track of shares."""
    found = []
    for track, values in zip(curves.tracks, curves.values):
        points = [place for place in track.places if place.observed <= 1.0]
        if track.effect or not points or track.item.series.of == "kind":
            continue
        first, last = points[0], points[-1]
        if first is not last and last.observed > 0:
            early, late = values[:, first.month], values[:, last.month]
            ratio = np.where(late > 0, early / np.where(late > 0, late, 1.0), np.nan)
            seen = first.observed / last.observed
            found.append(_summary(track, "early over late", "ratio", seen, seen, ratio))
        reach = math.inf if last.point.at_least else last.observed
        found.append(_summary(track, "level at the last point", "share", last.observed, reach, values[:, last.month]))
        if values[:, 0].mean() < 0.5:
            low, high = observed_time(points, 0.5)
            found.append(_summary(track, "time to 50 %", "months", low, high, time_to(values, 0.5)))
    return found


def _summary(track: Track, what: str, unit: str, low: float, high: float, values: Floats) -> Summary:
    known = values[~np.isnan(values)]
    median = float(np.quantile(known, 0.5, method="nearest")) if len(known) else math.nan
    return Summary(track, what, unit, low, high, intervals(values), median, len(known))


class Speed(NamedTuple):
    """How fast a track is: median and middle 80 % of the months to each share, and the observed time to half."""

    track: Track
    months: tuple[tuple[float, float, float], ...]  # by share: median, low, high
    observed50: tuple[float, float]


def speeds(curves: Curves) -> list[Speed]:
    """Return how fast each series' own quantity comes to 10, 50 and 80 %; not for pilots that scale."""
    found = []
    for track, values in zip(curves.tracks, curves.values):
        series = track.item.series
        if track.effect or track.quantity != series.quantity or series.of != "innovation":
            continue
        months = []
        for share in SHARES:
            times = time_to(values, share)
            low, median, high = np.quantile(times, (0.1, 0.5, 0.9), method="nearest")
            months.append((float(median), float(low), float(high)))
        points = [place for place in track.places if place.observed <= 1.0]
        already = series.opening_share >= 0.5
        found.append(Speed(track, tuple(months), (0.0, 0.0) if already else observed_time(points, 0.5)))
    return found


class PortfolioReach(NamedTuple):
    """How far the innovations of the portfolio come, of the trusts with a use for each."""

    share: float
    passed: Intervals  # share of the innovations that ever pass it, over the runs


def portfolio_reach(curves: Curves) -> list[PortfolioReach]:
    """Return the share of the portfolio's innovations that ever reach 10, 50 and 80 % of the trusts with a use."""
    most = curves.reached[:, :, -1]
    return [PortfolioReach(share, intervals((most >= share).mean(axis=1).astype(np.float64))) for share in SHARES]
