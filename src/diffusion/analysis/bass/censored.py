"""The Bass model fitted by maximum likelihood to times of adoption, right-censored or not.

An organisation adopts at all with probability c, the market share, and then at a time with distribution F (Bass 1969;
the likelihood of Schmittlein & Mahajan 1982, with entry and censoring of its own for every organisation):

- adopts in the interval (a, b]: c [F(b) - F(a)];  not by the end u of its observation: 1 - c F(u);
- enters after period e: both over 1 - c F(e).

Where some had adopted before time 0 and nobody knows since when, F starts from F(0) above 0, which is estimated beside
the others: each of those adopters adds c F(0). Where the population is unknown (counts of sales, say), counts are
Poisson with means m [F(b) - F(a)], which is the likelihood conditional on adoption by the last period, with m estimated
beside p and q.

Intervals come from the observed Fisher information on the scales log p, log q, logit c, logit F(0) and log m, so that
they respect the bounds; :mod:`diffusion.analysis.bass.profile` gives those of the profile likelihood.

Times count as independent draws from F. Adopters who really drive one another vary more than that: see
:mod:`diffusion.analysis.bass.hazard`, whose likelihood conditions on what had happened before.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple, overload

import numpy as np

from diffusion.analysis.bass.cells import Times, times_of, times_of_counts
from diffusion.analysis.bass.complex_step import Numbers
from diffusion.analysis.bass.least_squares import MOST_TIMES_SEEN, BassFit, bass_share
from diffusion.analysis.bass.likelihood import Bounds, at_bound, climb
from diffusion.analysis.observed.times import Adoption
from diffusion.analysis.results.intervals import Z95
from diffusion.arrays import Floats

__all__ = ["Times", "bass_log_likelihood", "expected_adopters", "fit_bass_ml", "times_of", "times_of_counts"]

#: Ranges of log p, log q, logit of the market share and log of an unknown market over the adopters seen: beyond them a
#: rate is 0, the market is the whole population, or has no end.
BOUNDS: dict[str, Bounds] = {
    "p": (-30.0, 4.0),
    "q": (-20.0, 4.0),
    "c": (-14.0, 14.0),
    "m": (-1.0, 14.0),
    "before": (-14.0, 14.0),
}
#: A maximum that lies no higher than this above that with a parameter at its end is taken to be there.
NO_HIGHER = 1e-7


@overload
def bass_log_likelihood(times: Times, p: float, q: float, market: float, before: float = 0.0) -> float: ...
@overload
def bass_log_likelihood(
    times: Times, p: Numbers, q: Numbers, market: Numbers, before: float | Numbers = 0.0
) -> Numbers: ...
def bass_log_likelihood(
    times: Times, p: float | Numbers, q: float | Numbers, market: float | Numbers, before: float | Numbers = 0.0
) -> float | Numbers:
    """Return the log-likelihood; accepts arrays of parameters, complex ones too; stable for long times.

    ``market`` is the share c of the population, or the number m of adopters where the population is unknown;
    ``before`` is F(0).
    """
    p, q, m, before = (np.asarray(x)[..., None] for x in (p, q, market, before))
    rate = p + q

    def bottom(decay: Numbers) -> Numbers:
        found: Numbers = p + q * before + q * (1 - before) * decay
        return found

    def log_stay(t: Floats) -> Numbers:
        """log[1 - c F(t)]."""
        decay = np.exp(-rate * t)
        found: Numbers = np.log(1 - m + m * (1 - before) * rate * decay / bottom(decay))
        return found

    seen, none = times.kind == 1, times.kind == 0
    a, b = times.begin[seen], times.end[seen]
    increment = (
        np.log((1 - before) * rate * (p + q * before))
        - rate * a
        + np.log(-np.expm1(-rate * (b - a)))
        - np.log(bottom(np.exp(-rate * a)))
        - np.log(bottom(np.exp(-rate * b)))
    )
    number = times.number[seen]
    total: Numbers
    if times.conditional:
        n = float(number.sum())
        decay = np.exp(-rate * times.horizon)
        whole = 1 - (1 - before) * rate * decay / bottom(decay)
        # less n log n - n, so that without earlier adopters it is that of adoption by the last period
        total = np.sum(number * (np.log(m) + increment), axis=-1) - (m * whole)[..., 0] - (n * math.log(n) - n)
    else:
        total = np.sum(number * (np.log(m) + increment), axis=-1)
        total = total + np.sum(times.number[none] * log_stay(times.end[none]), axis=-1)
        late = times.start > 0
        total = total - np.sum(times.number[late] * log_stay(times.start[late]), axis=-1)
    if times.already:
        total = total + times.already * np.log(m * before)[..., 0]
    return total


class Maximum(NamedTuple):
    """A maximum of the likelihood with some parameters given: values by name, height, and what was searched."""

    values: dict[str, float]
    height: float
    names: tuple[str, ...]
    logs: Floats
    information: Floats


def market_name(times: Times) -> str:
    """Return c, or m where the population is unknown."""
    return "m" if times.conditional else "c"


def unscaled(times: Times, name: str, x: float | Numbers) -> Numbers:
    """Return parameters from the scale on which they are searched."""
    if name in ("c", "before"):
        return np.asarray(1 / (1 + np.exp(-np.asarray(x))))
    return np.asarray(np.exp(np.asarray(x)) * (times.adopters if name == "m" else 1.0))


def scaled(times: Times, name: str, value: float) -> float:
    """The inverse, within the range that is searched."""
    low, high = BOUNDS[name]
    if name in ("c", "before"):
        return high if value >= 1 else low if value <= 0 else min(max(math.log(value / (1 - value)), low), high)
    value = value / times.adopters if name == "m" else value
    return low if value <= 0 else high if math.isinf(value) else min(max(math.log(value), low), high)


def _inside(times: Times, name: str, value: float) -> float:
    """Return where a search may begin: at the end of a range the slope is 0, and no search would leave it."""
    x = scaled(times, name, value)
    if name in ("p", "q"):
        return max(x, math.log(1e-3 / times.horizon))
    return min(max(x, -5.0), 5.0) if name in ("c", "before") else min(x, 5.0)


def maximum(
    times: Times, given: Mapping[str, float], starts: list[dict[str, float]], *, steady: bool = False
) -> Maximum:
    """Maximise over the parameters that are not ``given``, from every start.

    ``steady``: p is not searched but q (1 - 2 F(0)), so that new adopters neither rise nor fall at time 0.
    """
    key = market_name(times)
    given = dict(given) if times.already else {**given, "before": 0.0}
    names = tuple(n for n in ("p", "q", key, "before") if n not in given and not (steady and n == "p"))
    bounds = [BOUNDS[name] for name in names]

    def all_values(v: Numbers) -> dict[str, Numbers]:
        values: dict[str, Numbers] = {name: np.asarray(x, dtype=np.float64) for name, x in given.items()}
        values |= {name: unscaled(times, name, v[..., i]) for i, name in enumerate(names)}
        if steady:
            values["p"] = values["q"] * (1 - 2 * values["before"])
        return values

    def heights(v: Numbers) -> Numbers:
        values = all_values(v)
        return bass_log_likelihood(times, values["p"], values["q"], values[key], values["before"])

    best: tuple[Floats, float, Floats] | None = None
    for start in starts if names else []:
        try:
            found = climb(heights, np.array([_inside(times, name, start[name]) for name in names]), bounds)
        except ValueError:  # this start lies where there is no likelihood
            continue
        if best is None or found[1] > best[1]:
            best = found
    if not names:
        with np.errstate(all="ignore"):
            best = (np.zeros(0), float(np.real(heights(np.zeros((1, 0)))[0])), np.zeros((0, 0)))
    if best is None or not math.isfinite(best[1]):
        raise ValueError("the likelihood has no finite maximum for these data")
    logs, height, information = best
    values = {name: float(np.real(x)) for name, x in all_values(logs).items()}
    return Maximum(values, height, names, logs, information)


def starts_of(times: Times, share: float | None = None) -> list[dict[str, float]]:
    """Return slow and fast curves, with markets little and much above the adopters seen."""
    seen = times.kind == 1
    middle = max(float(np.average((times.begin + times.end)[seen] / 2, weights=times.number[seen])), 0.5)
    reached = times.adopters / times.population
    found = []
    for slow in (0.02, 0.2):
        markets = (min(0.98, 1.05 * reached), min(0.98, (1 + reached) / 2)) if share is None else (share,)
        if times.conditional:
            markets = (1.05 * times.adopters, 3 * times.adopters)
        key, total = market_name(times), 1.0 if times.conditional else times.population
        found += [
            {"p": slow / middle, "q": 1.5 / middle, key: m, "before": min(times.already / (m * total), 0.98)}
            for m in markets
        ]
    return found


def fit_bass_ml(times: Times, share: float | None = None) -> BassFit:
    """Fit (p, q, c) by maximum likelihood; ``share`` fixes c (1: everyone adopts in the end).

    Parameters
    ----------
    times: from :func:`times_of` or :func:`times_of_counts`

    Returns
    -------
    The fit, with Wald intervals on the scales of the search; ``covariance`` is on those scales. ``market`` is c times
    the population, or m where the population is unknown: infinite if the likelihood does not tell an end. Where the
    likelihood rises to c = 1, q = 0 or (with earlier adopters) p = 0, that value is taken as given for the others'
    intervals, and ``notes`` says so.

    Raises
    ------
    ValueError
        With fewer than 3 intervals with adoptions, or where there is no maximum.
    """
    seen = times.kind == 1
    if len(np.unique(times.end[seen & (times.number > 0)])) < 3:
        raise ValueError("at least 3 periods with adoptions are needed")
    key = market_name(times)
    given = {"c": share} if share is not None and not times.conditional else {}
    starts = starts_of(times, share)
    best = maximum(times, given, starts)
    notes: list[str] = []
    ends = [
        ("q", 0.0, "the likelihood falls with q from 0 on: no sign of contagion in the curve, q = 0 is taken as given")
    ]
    if not times.conditional and "c" not in given:
        ends.insert(0, ("c", 1.0, "the likelihood rises to a market share of 1, which is taken as given"))
    if times.already:
        ends.append(("p", 0.0, "the likelihood falls with p from 0 on, which is taken as given"))
    for name, end, note in ends:
        if name == "p" and given.get("q") == 0.0:
            continue
        there = maximum(times, {**given, name: end}, [best.values])
        if there.height >= best.height - NO_HIGHER:
            given[name], best = end, there
            notes.append(note)
    endless = times.conditional and not best.values["m"] <= MOST_TIMES_SEEN * times.adopters
    if endless:
        notes.append("the counts do not slow down as a curve with an end would, which leaves the market open")
    free = ~at_bound(best.logs, [BOUNDS[name] for name in best.names])
    names = tuple(name for name, kept in zip(best.names, free) if kept)
    information = best.information[np.ix_(free, free)]
    covariance: Floats = np.asarray(np.linalg.pinv(information), dtype=np.float64)
    if np.any(np.diag(covariance) <= 0) or np.any(np.linalg.eigvalsh(information) <= 0):
        notes.append("the likelihood is nearly flat: its curvature gives no intervals")
        covariance = np.full(covariance.shape, np.nan)
    low, high = {}, {}
    for name, estimate, variance in zip(names, best.logs[free], np.diag(covariance)):
        reach = Z95 * math.sqrt(variance) if variance >= 0 else math.nan
        low[name], high[name] = (
            float(np.real(unscaled(times, name, min(x, 300.0)))) if math.isfinite(x) else math.nan
            for x in (estimate - reach, estimate + reach)
        )
    market = best.values[key] if times.conditional else best.values["c"] * times.population
    if endless:
        market, high["m"] = math.inf, math.inf
    return BassFit(
        "maximum likelihood",
        best.values["p"],
        best.values["q"],
        market,
        names,
        covariance,
        low,
        high,
        log_likelihood=best.height,
        observations=int(times.population),
        market_share=math.nan if times.conditional else best.values["c"],
        before=best.values["before"],
        notes=tuple(notes),
    )


def expected_adopters(adoption: Adoption, fit: BassFit, origin: int) -> Floats:
    """Return float64[T], the adopters that a fit with a known population expects to be seen by each period.

    Every organisation counts from its own entry, given that it had not adopted before, to its own exit.
    """
    t = np.arange(adoption.first, adoption.last + 1) - origin

    def reached(u: Floats) -> Floats:
        return np.asarray(fit.market_share * bass_share(np.maximum(u, 0.0), fit.p, fit.q, fit.before))

    entry, exit_ = (adoption.entry - 1 - origin)[:, None], (adoption.exit - origin)[:, None]
    before = reached(entry.astype(float))
    seen = np.maximum(np.minimum(t[None, :], exit_), entry).astype(float)
    gone = before >= 1  # nobody is left to adopt
    share = np.where(adoption.already[:, None] | gone, 1.0, (reached(seen) - before) / np.where(gone, 1.0, 1 - before))
    return np.asarray(share.sum(axis=0))
