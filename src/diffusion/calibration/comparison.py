"""Points of the evidence against what is simulated: intervals, inside or outside, how far in logits, how many."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from diffusion.arrays import Floats
from diffusion.calibration.curves import Curves
from diffusion.calibration.predicted import Place, places
from diffusion.evidence.reading import NamedSeries

#: Levels of the intervals that are shown, from narrow to wide.
LEVELS: tuple[float, ...] = (0.5, 0.8, 0.95)
#: two values are the same within this
_ROUNDING = 1e-12
#: the slope of the logit at one half: what a difference of shares is worth on that scale
_LOGITS_PER_SHARE = 4.0


class Intervals(NamedTuple):
    """Mean over the runs, and the middle 50, 80 and 95 % of them."""

    mean: float
    low50: float
    high50: float
    low80: float
    high80: float
    low95: float
    high95: float

    def holds(self, value: float, level: int, at_least: bool = False) -> bool:
        """Whether a value lies inside; one that is known only from below may be passed by any part of the interval."""
        low, high = (self.low80, self.high80) if level == 80 else (self.low95, self.high95)
        return (at_least or value >= low - _ROUNDING) and value <= high + _ROUNDING

    @property
    def width80(self) -> float:
        return self.high80 - self.low80


def intervals(values: Floats) -> Intervals:
    """Return mean and intervals of what is simulated; values that are not numbers are left out."""
    known = values[~np.isnan(values)]
    if len(known) == 0:
        return Intervals(*[math.nan] * 7)
    bounds = [bound for level in LEVELS for bound in (0.5 - level / 2, 0.5 + level / 2)]
    if np.isfinite(known).all():
        found = np.quantile(known, bounds)
    else:  # "not by the end" is infinite: the nearest run stands for the quantile
        found = np.quantile(known, bounds, method="nearest")
    return Intervals(float(known.mean()), *map(float, found))


class Compared(NamedTuple):
    """One point and what is simulated for it."""

    place: Place
    observed: float
    error: float  # standard error of the observation
    simulated: Intervals
    #: logit of what was observed less that of the simulated mean; NaN for an effect
    logits: float
    #: whether it counts: not a share above 1, and not the opening, which is set by hand
    comparable: bool
    #: share of the draws of parameters that come near it; NaN without draws
    reached: float = math.nan

    @property
    def inside80(self) -> bool:
        return self.simulated.holds(self.observed, 80, self.place.point.at_least)

    @property
    def inside95(self) -> bool:
        return self.simulated.holds(self.observed, 95, self.place.point.at_least)

    @property
    def within_error(self) -> bool:
        """Whether the 95 % interval of the observation itself reaches into the 80 % interval of the runs."""
        reach = 1.96 * self.error
        return self.observed + reach >= self.simulated.low80 and self.observed - reach <= self.simulated.high80

    @property
    def rank(self) -> tuple[int, float]:
        """Sorting by it puts misses first, the farthest first."""
        if not self.comparable:
            return (3, 0.0)
        away = self.logits
        if math.isnan(away):
            away = _LOGITS_PER_SHARE * (self.observed - self.simulated.mean)
        return (2 if self.inside80 else 1 if self.inside95 else 0, -abs(away))


def observed_error(place: Place) -> float:
    """Return the standard error of an observation: the stated one, or the binomial one of a count."""
    if place.point.standard_error is not None:
        return place.point.standard_error
    share = min(1.0, max(0.0, place.observed))
    return math.sqrt(share * (1.0 - share) / place.item.series.at_risk)


def observed_number(place: Place) -> float:
    """Return of how many an observation is, as far as its error tells."""
    error = place.point.standard_error
    if error is None:
        return float(place.item.series.at_risk)
    share = min(0.99, max(0.01, place.observed))
    return max(2.0, share * (1.0 - share) / error**2)


def share_of_draws_near(values: Floats, draws: int, place: Place) -> float:
    """Return the share of draws whose mean lies within two standard deviations of what was observed.

    ``values`` are float64[draws * replicates], one draw after the other. The deviation holds the error of the
    observation, a count being taken as half a unit from either end, and chance within the draw. NaN without draws.
    """
    if draws == 0:
        return math.nan
    by_draw = values.reshape(draws, -1)
    error = place.point.standard_error
    if error is None:
        number = place.item.series.at_risk
        share = (min(1.0, place.observed) * number + 0.5) / (number + 1.0)
        error = math.sqrt(share * (1.0 - share) / number)
    chance = by_draw.var(axis=1, ddof=1) if by_draw.shape[1] > 1 else 0.0
    away = by_draw.mean(axis=1) - place.observed
    near = np.abs(away) <= 2.0 * np.sqrt(error**2 + chance)
    return float((near | (place.point.at_least & (away >= 0.0))).mean())


def distance_in_logits(observed: float, simulated: float, number: float) -> float:
    """Return logit(observed) - logit(simulated); none and all of ``number`` count as half a one from the end."""
    edge = 0.5 / number

    def logit(share: float) -> float:
        inside = min(1.0 - edge, max(edge, share))
        return math.log(inside / (1.0 - inside))

    return logit(observed) - logit(simulated)


def compare_points(evidence: Sequence[NamedSeries], curves: Curves) -> list[Compared]:
    """Return every point with what is simulated for it, misses first."""
    found = []
    for place in places(evidence):
        simulated = intervals(curves.at(place))
        effect, comparable = place.point.effect is not None, place.observed <= 1.0 and place.month > 0
        logits = math.nan
        if comparable and not effect:
            logits = distance_in_logits(place.observed, simulated.mean, observed_number(place))
        reached = share_of_draws_near(curves.at(place), curves.draws, place)
        found.append(Compared(place, place.observed, observed_error(place), simulated, logits, comparable, reached))
    return sorted(found, key=lambda item: item.rank)


class Tally(NamedTuple):
    """How many points lie inside, and of how many series all points do."""

    points: int
    inside80: int
    inside95: int
    series: int
    series80: int
    series95: int
    median_width80: float


def tally(found: Sequence[Compared], fitted: bool) -> Tally:
    """Count the points that are fitted to, or those only shown; what is not comparable is left out."""
    chosen = [item for item in found if item.comparable and item.place.fitted == fitted]
    by_series: dict[str, list[Compared]] = {}
    for item in chosen:
        by_series.setdefault(item.place.item.id, []).append(item)
    groups = by_series.values()
    return Tally(
        len(chosen),
        sum(item.inside80 for item in chosen),
        sum(item.inside95 for item in chosen),
        len(groups),
        sum(all(item.inside80 for item in group) for group in groups),
        sum(all(item.inside95 for item in group) for group in groups),
        float(np.median([item.simulated.width80 for item in chosen])) if chosen else math.nan,
    )


def series_in_order(found: Sequence[Compared]) -> list[NamedSeries]:
    """Return the series in the order of their worst points."""
    return list({item.place.item.id: item.place.item for item in found}.values())
