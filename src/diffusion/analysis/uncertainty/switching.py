"""Switching values: how far one assumption must move, the others left uncertain, before the answer changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from diffusion.analysis.uncertainty.smooth import DEGREES_OF_FREEDOM, Curve, curve
from diffusion.arrays import Floats


@dataclass(frozen=True)
class Switch:
    """Where the mean difference of two options, as a function of one parameter, changes sign.

    ``at`` is the value nearest ``start``, NaN where the difference keeps its sign over the range drawn; ``low`` and
    ``high`` bound the values around it at which the interval of the mean difference includes 0, cut off at the ends
    of the range. ``sign`` is that of the difference at ``start``, 0 where its interval includes 0 there already.
    """

    start: float
    sign: int
    at: float
    low: float
    high: float
    curve: Curve

    @property
    def switches(self) -> bool:
        return bool(np.isfinite(self.at))


def switching_value(parameter: ArrayLike, difference: ArrayLike, start: float, level: float = 0.95) -> Switch:
    """Return where the mean of ``difference`` [D] given the ``parameter`` [D] crosses 0, nearest to ``start``.

    The mean is a cubic B-spline by least squares (:mod:`.smooth`); for a factor of few levels it is
    the mean at each level, and the switch is half way between two. Sign changes whose two sides are not both clear of
    0 at ``level`` somewhere in the range are no switch: noise is not an answer.
    """
    found = curve(parameter, difference, level=level)
    nearest = int(np.abs(found.at - start).argmin())
    clear = np.where(found.low > 0, 1, np.where(found.high < 0, -1, 0))
    nothing = Switch(start, int(clear[nearest]), np.nan, np.nan, np.nan, found)
    if not ((clear > 0).any() and (clear < 0).any()):
        return nothing
    crossings = np.flatnonzero(np.diff(np.sign(found.mean)) != 0)
    roots = np.array([_root(found.at[i : i + 2], found.mean[i : i + 2]) for i in crossings])
    pick = int(np.abs(roots - start).argmin())
    unclear = clear == 0
    low, high = crossings[pick], crossings[pick] + 1
    while low > 0 and unclear[low]:
        low -= 1
    while high < len(unclear) - 1 and unclear[high]:
        high += 1
    return Switch(start, int(clear[nearest]), float(roots[pick]), float(found.at[low]), float(found.at[high]), found)


def _root(at: Floats, mean: Floats) -> float:
    """Return where the line through two points is 0."""
    return float(at[0] - mean[0] * (at[1] - at[0]) / (mean[1] - mean[0]))


def switching_values(
    factors: Mapping[str, ArrayLike], difference: ArrayLike, starts: Mapping[str, float] | None = None
) -> dict[str, Switch]:
    """Return factor -> :func:`switching_value`; without a start, from the median of the draws. Switches come first.

    The more factors are tried, the wider the intervals, so that among many none switches by chance: Bonferroni over the
    factors and over as many points of each curve as it has coefficients, between which it cannot bend freely.
    """
    level = 1 - 0.05 / (max(len(factors), 1) * (DEGREES_OF_FREEDOM + 2))
    found = {
        name: switching_value(values, difference, float((starts or {}).get(name, np.median(np.asarray(values)))), level)
        for name, values in factors.items()
    }
    return dict(sorted(found.items(), key=lambda item: (not item[1].switches, _distance(item[1]))))


def _distance(switch: Switch) -> float:
    """Return how far the switch lies from the start, in parts of the range drawn; infinite without a switch."""
    if not switch.switches:
        return float("inf")
    return abs(switch.at - switch.start) / max(float(np.ptp(switch.curve.at)), 1e-300)
