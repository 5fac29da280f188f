"""Profile likelihoods of the Bass curve: intervals that hold where data end early, and tests of the curve's shape."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from diffusion.analysis.bass.cells import Times
from diffusion.analysis.bass.censored import BOUNDS, market_name, maximum, scaled, starts_of, unscaled
from diffusion.analysis.bass.least_squares import MOST_TIMES_SEEN, BassFit
from diffusion.analysis.results.intervals import CHI2_95


def _given(times: Times, share: float | None) -> dict[str, float]:
    return {"c": share} if share is not None and not times.conditional else {}


def _values(times: Times, fit: BassFit) -> dict[str, float]:
    key = market_name(times)
    most = MOST_TIMES_SEEN * times.adopters
    return {
        "p": fit.p,
        "q": fit.q,
        key: fit.market_share if key == "c" else min(fit.market, most),
        "before": fit.before,
    }


def profile_interval(
    times: Times, name: str, fit: BassFit, share: float | None = None, chi2: float = CHI2_95
) -> tuple[float, float]:
    """Return the 95 % interval of the profile likelihood for p, q, c or m: all values with 2 (l_max - l) <= 3.84.

    Better than Wald's where data end early: it may run up to c = 1 or a market without end, or down to q = 0.
    ``share`` as in the fit; ``chi2`` is the bound, 1.64 for an 80 % interval.

    Raises
    ------
    ValueError
        If the parameter was not estimated.
    """
    from scipy.optimize import brentq

    key = market_name(times)
    if name not in ("p", "q", key) or name in _given(times, share):
        raise ValueError(f"{name!r} was not estimated")
    low, high = BOUNDS[name]
    here = scaled(times, name, _values(times, fit)[name])
    centre = _values(times, fit)
    warm = [dict(centre)]

    known: dict[float, float] = {}

    def drop(x: float) -> float:
        if x not in known:
            given = {**_given(times, share), name: float(np.real(unscaled(times, name, x)))}
            found = maximum(times, given, [warm[-1], centre])
            warm.append(found.values)
            known[x] = 2 * (fit.log_likelihood - found.height) - chi2
        return known[x]

    first = {"p": 0.0, "q": 0.0, "c": 0.0, "m": times.adopters}[name]
    last = 1.0 if name == "c" else math.inf
    ends = []
    for sign, bound, end in ((-1.0, here - low, first), (1.0, high - here, last)):
        del warm[1:]
        known[here] = -chi2
        reach, step = 0.0, 0.25
        while reach < bound and drop(here + sign * min(reach + step, bound)) < 0:
            reach, step = min(reach + step, bound), step * 1.6
        if reach >= bound:
            ends.append(end)
            continue
        x = brentq(drop, here + sign * reach, here + sign * min(reach + step, bound), xtol=1e-6)
        ends.append(float(np.real(unscaled(times, name, x))))
    if name == "m" and ends[1] > MOST_TIMES_SEEN * times.adopters:
        ends[1] = math.inf
    return ends[0], ends[1]


class Shape(NamedTuple):
    """Likelihood-ratio tests of a curve's shape.

    ``constant_p_value``: of q = 0, a constant rate of adoption among those of the market who have not adopted; that of
    chi-squared, as for the intervals (since q cannot be below 0, half of it would do: Self & Liang 1987).
    ``rises``: the fitted number of new adopters rises when observation begins. ``steady_p_value``: of its neither
    rising nor falling then, p = q (1 - 2 F(0)); NaN where no curve of the model does that.
    """

    constant_p_value: float
    rises: bool
    steady_p_value: float


def shape_tests(times: Times, fit: BassFit, share: float | None = None) -> Shape:
    """Test the shape of the curve that was fitted; ``share`` as in the fit."""
    from scipy.stats import chi2

    given, starts = _given(times, share), [_values(times, fit), *starts_of(times, share)]
    constant = maximum(times, {**given, "q": 0.0}, starts)
    fall = max(0.0, 2 * (fit.log_likelihood - constant.height))
    steady_p = math.nan
    if fit.before < 0.5:
        steady = maximum(times, given, starts, steady=True)
        steady_p = float(chi2.sf(max(0.0, 2 * (fit.log_likelihood - steady.height)), 1))
    return Shape(1.0 if fit.q == 0 else float(chi2.sf(fall, 1)), fit.q * (1 - 2 * fit.before) > fit.p, steady_p)
