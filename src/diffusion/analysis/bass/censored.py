"""The Bass model fitted by maximum likelihood to times of adoption, right-censored or not.

An organisation adopts at all with probability c, the market share, and then at a time with distribution F (Bass 1969;
the likelihood of Schmittlein & Mahajan 1982, with entry and censoring of its own for every organisation):

- adopts in period t: c [F(t) - F(t-1)];  not by the end u of its observation: 1 - c F(u);
- enters after period e: both over 1 - c F(e);  used it already at e: c F(e).

Where the population is unknown (counts of sales, say), the likelihood is conditional on adoption by the last period:
[F(t) - F(t-1)] / F(T), and m = adopters / F(T). Intervals come from the observed Fisher information on the scales
log p, log q, logit c, so that they respect the bounds; :func:`profile_interval` gives those of the profile likelihood.

Times count as independent draws from F. Adopters who really drive one another vary more than that: see
:mod:`diffusion.analysis.bass.hazard`, whose likelihood conditions on what had happened before.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import overload

import numpy as np
from numpy.typing import ArrayLike

from diffusion.analysis.bass.complex_step import Numbers
from diffusion.analysis.bass.least_squares import BassFit, bass_share
from diffusion.analysis.bass.likelihood import maximise
from diffusion.analysis.observed.times import Adoption
from diffusion.analysis.results.intervals import CHI2_95, Z95
from diffusion.arrays import Floats, Longs

#: beyond this logit the market is the whole population, beyond this log a rate is 0
_LOGIT_ONE, _LOG_ZERO = 9.0, -16.0


@dataclass(frozen=True, eq=False)
class Times:
    """Cells of equal organisations; arrays of the same length, times in periods since the origin.

    ``start`` is the time from which on they were observed, ``end`` that of adoption or of the end of observation,
    ``kind`` 1 for an adoption in (end-1, end], 0 for none by ``end``, -1 for already an adopter at ``end``;
    ``number`` how many. ``conditional``: the population is unknown, only adopters by ``horizon`` are seen.
    """

    start: Floats
    end: Floats
    kind: Longs
    number: Floats
    horizon: float
    conditional: bool = False

    @property
    def adopters(self) -> float:
        return float(self.number[self.kind != 0].sum())

    @property
    def population(self) -> float:
        return float(self.number.sum())


def times_of(adoption: Adoption, origin: int | None = None) -> Times:
    """Return the cells of an adoption table; time 0 is the end of period ``origin``.

    Default origin: the period before the first adoption seen. Organisations whose observation ends by the origin say
    nothing and are left out.

    Raises
    ------
    ValueError
        If an adoption was seen in or before the origin.
    """
    times = adoption.time[adoption.adopted]
    if not len(times):
        raise ValueError("nobody has adopted")
    origin = int(times.min()) - 1 if origin is None else origin
    if times.min() <= origin:
        raise ValueError(f"adoptions were seen by period {origin}, the origin of the curve")
    start = np.maximum(adoption.entry - 1 - origin, 0)
    end = adoption.until - origin
    kind = np.where(adoption.already, -1, adoption.event.astype(np.int64))
    end = np.where(adoption.already, adoption.first - origin, end)
    keep = end > 0
    cells = np.stack([np.where(kind < 0, 0, start), end, kind], axis=1)[keep]
    unique, number = np.unique(cells, axis=0, return_counts=True)
    return Times(
        unique[:, 0].astype(float),
        unique[:, 1].astype(float),
        unique[:, 2],
        number.astype(float),
        float(adoption.last - origin),
    )


def times_of_counts(new: ArrayLike, population: float | None = None) -> Times:
    """Return the cells of counts of new adopters in periods 1 to T, out of a ``population`` if that is known."""
    counts = np.asarray(new, dtype=np.float64)
    horizon = float(len(counts))
    t = np.arange(1, len(counts) + 1, dtype=np.float64)
    if population is None:
        return Times(np.zeros_like(t), t, np.ones(len(t), np.int64), counts, horizon, conditional=True)
    if population < counts.sum():
        raise ValueError(f"{counts.sum():g} adopters in a population of {population:g}")
    return Times(
        np.zeros(len(t) + 1),
        np.append(t, horizon),
        np.append(np.ones(len(t), np.int64), 0),
        np.append(counts, population - counts.sum()),
        horizon,
    )


@overload
def bass_log_likelihood(times: Times, p: float, q: float, share: float) -> float: ...
@overload
def bass_log_likelihood(times: Times, p: complex, q: complex, share: complex) -> complex: ...
def bass_log_likelihood(times: Times, p: complex, q: complex, share: complex) -> complex:
    """Return the log-likelihood of (p, q, c); accepts complex parameters, stable for long times."""
    ratio = q / p
    rate = p + q

    def log_stay(t: Floats) -> Numbers:
        """log[1 - c F(t)]."""
        stay = (1 + ratio) * np.exp(-rate * t) / (1 + ratio * np.exp(-rate * t))
        return np.asarray(np.log(1 - share + share * stay))

    kind = times.kind
    seen, none, before = kind == 1, kind == 0, kind == -1
    e = times.end[seen]
    increment = (
        np.log(1 + ratio)
        - rate * (e - 1)
        + np.log(-np.expm1(-rate))
        - np.log(1 + ratio * np.exp(-rate * (e - 1)))
        - np.log(1 + ratio * np.exp(-rate * e))
    )
    total: complex
    if times.conditional:
        decay = np.exp(-rate * times.horizon)
        whole = np.log((1 - decay) / (1 + ratio * decay))
        total = np.sum(times.number[seen] * (increment - whole))
        return total
    total = np.sum(times.number[seen] * (np.log(share) + increment - log_stay(times.start[seen])))
    total = total + np.sum(times.number[none] * (log_stay(times.end[none]) - log_stay(times.start[none])))
    if np.any(before):
        decay = np.exp(-rate * times.end[before])
        total = total + np.sum(times.number[before] * np.log(share * (1 - decay) / (1 + ratio * decay)))
    return total


def fit_bass_ml(times: Times, share: float | None = None) -> BassFit:
    """Fit (p, q, c) by maximum likelihood; ``share`` fixes c (1: everyone adopts in the end).

    Parameters
    ----------
    times: from :func:`times_of` or :func:`times_of_counts`

    Returns
    -------
    The fit, with Wald intervals on the scales log p, log q, logit c; ``covariance`` is on those scales. ``market`` is
    c times the population, or adopters / F(T) where the population is unknown. Where the likelihood rises to c = 1 or
    to q = 0, that value is taken as given for the others' intervals, and ``notes`` says so.

    Raises
    ------
    ValueError
        With fewer than 3 periods with adoptions, or where there is no maximum.
    """
    seen = times.kind == 1
    if len(np.unique(times.end[seen & (times.number > 0)])) < 3:
        raise ValueError("at least 3 periods with adoptions are needed")
    free_share = share is None and not times.conditional
    fixed_share = 1.0 if share is None else share
    middle = float(np.average(times.end[seen], weights=times.number[seen]))
    reached = times.adopters / times.population

    def value(v: Numbers) -> complex:
        c = 1 / (1 + np.exp(-v[2])) if free_share else fixed_share
        height: complex = bass_log_likelihood(times, np.exp(v[0]), np.exp(v[1]), c)
        return height

    starts = []
    for slow in (0.02, 0.2):
        for c in (min(0.98, 1.05 * reached), min(0.98, (1 + reached) / 2)) if free_share else (1.0,):
            start = [math.log(slow / middle), math.log(1.5 / middle)]
            starts.append(np.array([*start, math.log(c / (1 - c))] if free_share else start))
    best, height, information = maximise(value, starts)
    notes: list[str] = []
    if free_share and best[2] > _LOGIT_ONE:
        whole = fit_bass_ml(times, 1.0)
        note = "the likelihood rises to a market share of 1, which is taken as given"
        return replace(whole, notes=(note, *whole.notes))
    p, q = float(np.exp(best[0])), float(np.exp(best[1]))
    names: tuple[str, ...] = ("p", "q", "c") if free_share else ("p", "q")
    if best[1] < _LOG_ZERO:
        q = 0.0
        notes.append(
            "the likelihood falls with q from 0 on: no sign of contagion in the curve, q = 0 is taken as given"
        )
        keep = [0, 2] if free_share else [0]
        information, best = information[np.ix_(keep, keep)], best[keep]
        names = tuple(name for name in names if name != "q")
    covariance: Floats = np.asarray(np.linalg.pinv(information), dtype=np.float64)
    if np.any(np.diag(covariance) <= 0) or np.any(np.linalg.eigvalsh(information) <= 0):
        notes.append("the likelihood is nearly flat: intervals do not hold")
        covariance = np.full(covariance.shape, np.nan)
    low, high = {}, {}
    for name, estimate, variance in zip(names, best, np.diag(covariance)):
        reach = Z95 * math.sqrt(variance) if variance >= 0 else math.nan
        ends = (estimate - reach, estimate + reach)
        scale = (lambda x: 1 / (1 + math.exp(-x))) if name == "c" else math.exp
        low[name], high[name] = (scale(min(x, 500.0)) if math.isfinite(x) else math.nan for x in ends)
    if times.conditional:
        decay = math.exp(-(p + q) * times.horizon)
        c = math.nan
        market = times.adopters / ((1 - decay) / (1 + q / p * decay))
    else:
        c = float(1 / (1 + math.exp(-best[-1]))) if free_share else fixed_share
        market = c * times.population
    return BassFit(
        "maximum likelihood",
        p,
        q,
        market,
        names,
        covariance,
        low,
        high,
        log_likelihood=height,
        observations=int(times.population),
        market_share=c,
        notes=tuple(notes),
    )


def expected_adopters(adoption: Adoption, fit: BassFit, origin: int) -> Floats:
    """Return float64[T], the adopters that a fit with a known population expects to be seen by each period.

    Every organisation counts from its own entry, given that it had not adopted before, to its own exit.
    """
    t = np.arange(adoption.first, adoption.last + 1) - origin

    def reached(u: Floats) -> Floats:
        return np.asarray(fit.market_share * bass_share(np.maximum(u, 0.0), fit.p, fit.q))

    entry, exit_ = (adoption.entry - 1 - origin)[:, None], (adoption.exit - origin)[:, None]
    before = reached(entry.astype(float))
    seen = np.maximum(np.minimum(t[None, :], exit_), entry).astype(float)
    share = np.where(adoption.already[:, None], 1.0, (reached(seen) - before) / (1 - before))
    return np.asarray(share.sum(axis=0))


def profile_interval(times: Times, name: str, fit: BassFit, share: float | None = None) -> tuple[float, float]:
    """Return the 95 % interval of the profile likelihood for p, q or c: all values that 2 (l_max - l) <= 3.84 allows.

    Better than Wald's where data end early: it may run up to c = 1, or down to q = 0. ``share`` as in the fit.
    """
    from scipy.optimize import brentq

    free = [n for n in ("p", "q", "c") if n != "c" or (share is None and not times.conditional)]
    if name not in free:
        raise ValueError(f"{name!r} was not estimated")
    fixed_share = 1.0 if share is None else share
    others = [n for n in free if n != name]
    centre = {"p": fit.p, "q": max(fit.q, 1e-7), "c": min(max(fit.market_share, 1e-6), 1 - 1e-7)}
    links: dict[str, tuple[Callable[[complex], complex], Callable[[float], float]]] = {
        "p": (np.exp, math.log),
        "q": (np.exp, math.log),
        "c": (lambda x: 1 / (1 + np.exp(-x)), lambda c: math.log(c / (1 - c))),
    }
    warm = np.array([links[n][1](centre[n]) for n in others])

    def drop(x: float) -> float:
        given = {n: links[n][0] for n in others}

        def value(v: Numbers) -> complex:
            all_values = {n: given[n](v[i]) for i, n in enumerate(others)} | {name: links[name][0](x)}
            return bass_log_likelihood(times, all_values["p"], all_values["q"], all_values.get("c", fixed_share))

        _, height, _ = maximise(value, [warm])
        return 2 * (fit.log_likelihood - height) - CHI2_95

    here = links[name][1](centre[name])
    bound = {"p": 12.0, "q": 20.0, "c": 30.0}[name]
    ends = []
    for sign in (-1.0, 1.0):
        reach, step = 0.0, 0.25
        while reach < bound and drop(here + sign * min(reach + step, bound)) < 0:
            reach, step = min(reach + step, bound), step * 1.6
        if reach >= bound:
            ends.append({"c": (0.0, 1.0), "q": (0.0, math.inf), "p": (0.0, math.inf)}[name][0 if sign < 0 else 1])
            continue
        x = brentq(drop, here + sign * reach, here + sign * min(reach + step, bound), xtol=1e-6)
        ends.append(float(np.real(links[name][0](x))))
    return ends[0], ends[1]
