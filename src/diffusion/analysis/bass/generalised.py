"""The generalised Bass model: effort, price or policy that speeds adoption up or slows it down.

``f/(1-F) = [p + qF] x(t)`` with x(t) = 1 + sum_j beta_j z_j(t) (Bass, Krishnan & Jain 1994): F is the Bass curve
at the distorted time X(t), the sum of x up to t. With z = 0 it is the Bass model. For prices, z is the relative change
of price in the period; for a programme, 1 in the periods in which it runs.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import overload

import numpy as np
from numpy.typing import ArrayLike

from diffusion.analysis.bass.complex_step import Numbers
from diffusion.analysis.bass.least_squares import MOST_TIMES_SEEN, bass_share, fit_bass_nls
from diffusion.analysis.bass.likelihood import maximise
from diffusion.analysis.results.intervals import Z95
from diffusion.arrays import Floats


@overload
def generalised_bass_share(p: float, q: float, beta: ArrayLike, z: ArrayLike, before: float = 0.0) -> Floats: ...
@overload
def generalised_bass_share(p: complex, q: complex, beta: ArrayLike, z: ArrayLike, before: complex = 0.0) -> Numbers: ...
def generalised_bass_share(p: complex, q: complex, beta: ArrayLike, z: ArrayLike, before: complex = 0.0) -> Numbers:
    """Return F at the end of periods 1 to T; ``z`` [J, T] by period, ``beta`` [J], ``before`` F(0)."""
    effort = 1 + np.asarray(beta) @ np.atleast_2d(np.asarray(z, dtype=np.float64))
    return bass_share(np.cumsum(effort), p, q, before)


@dataclass(frozen=True)
class GeneralisedBassFit:
    """Estimates with Wald intervals from the observed information (p, q, c on log and logit scales).

    Intervals are NaN where the likelihood is too flat to give them, and ``notes`` says so; ``market`` is infinite where
    the counts leave it open.
    """

    p: float
    q: float
    beta: Floats
    market: float
    low95: dict[str, float]
    high95: dict[str, float]
    log_likelihood: float
    notes: tuple[str, ...] = ()


def fit_generalised_bass(
    new: ArrayLike,
    z: ArrayLike,
    population: float | None = None,
    share: float | None = None,
    *,
    already: float = 0.0,
) -> GeneralisedBassFit:
    """Fit (p, q, beta) and the market by maximum likelihood to counts of periods 1 to T, right-censored at T.

    Parameters
    ----------
    new: adopters by period [T]; z: drivers by period [J, T]
    population: of which a share c adopts in the end; None: unknown, the likelihood is conditional on adoption by T
    share: fixes c
    already: adopters before period 1; F(0) is their share of the market

    Raises
    ------
    ValueError
        For shapes that do not fit, drivers that do not vary (they cannot be told from p and q), or no maximum.
    """
    counts = np.asarray(new, dtype=np.float64)
    drivers = np.atleast_2d(np.asarray(z, dtype=np.float64))
    if drivers.shape[1] != len(counts):
        raise ValueError(f"drivers of {drivers.shape[1]} periods, counts of {len(counts)}")
    if np.any(np.ptp(drivers, axis=1) == 0):
        raise ValueError("a driver that never changes cannot be told from p and q")
    seen = float(counts.sum()) + already
    if population is not None and population < seen:
        raise ValueError(f"{seen:g} adopters in a population of {population:g}")
    if already and population is None:
        raise ValueError("with adopters before period 1 the population is needed")
    j = len(drivers)
    free_share = population is not None and share is None

    def value(v: Numbers) -> complex:
        c = 1 / (1 + np.exp(-v[2 + j])) if free_share else (1.0 if share is None else share)
        before = already / (c * population) if population is not None and already else 0.0
        reached = generalised_bass_share(np.exp(v[0]), np.exp(v[1]), v[2 : 2 + j], drivers, before)
        total: complex
        increments = np.diff(np.concatenate([np.full(1, before, reached.dtype), reached]))
        if np.any(np.real(increments) <= 0):  # effort below 0: no such process
            total = -math.inf + 0 * v[0]
        elif population is None:
            total = np.sum(counts * np.log(increments / reached[-1]))
        else:
            rest = population - seen
            total = np.sum(counts * np.log(c * increments)) + rest * np.log(1 - c * reached[-1])
        return total

    try:
        plain = fit_bass_nls(counts, before=already)
        p0, q0, market0 = max(plain.p, 1e-4 / len(counts)), max(plain.q, 1e-6), plain.market
    except ValueError:  # no curve without drivers: begin with a slow one
        p0, q0, market0 = 0.1 / len(counts), 1.5 / len(counts), 1.5 * seen
    start = [math.log(p0), math.log(q0), *np.zeros(j)]
    starts = []
    for factor in (1.0, 0.6):
        c = min(0.97, max(0.05, 1.02 * seen / population, market0 / population)) if population is not None else 0.0
        vector = np.array([start[0] + math.log(factor), *start[1:]])
        starts.append(np.append(vector, math.log(c / (1 - c))) if free_share else vector)
    best, height, information = maximise(value, starts)
    variance, notes = np.diag(np.linalg.pinv(information)), []
    if np.any(variance <= 0) or np.any(np.linalg.eigvalsh(information) <= 0):
        notes.append("the likelihood is nearly flat: its curvature gives no intervals")
        variance = np.full(len(variance), np.nan)
    error = np.sqrt(variance)
    names = ["p", "q", *(f"beta_{i + 1}" for i in range(j)), *(["c"] if free_share else [])]
    low, high = {}, {}
    for name, centre, reach in zip(names, best, Z95 * error):
        ends = np.array([centre - reach, centre + reach])
        ends = np.clip(ends, -300.0, 300.0)
        ends = np.exp(ends) if name in ("p", "q") else 1 / (1 + np.exp(-ends)) if name == "c" else ends
        low[name], high[name] = float(ends[0]), float(ends[1])
    p, q, beta = float(np.exp(best[0])), float(np.exp(best[1])), best[2 : 2 + j]
    if population is None:
        market = float(counts.sum() / generalised_bass_share(p, q, beta, drivers)[-1])
        if market > MOST_TIMES_SEEN * seen:
            market = math.inf
            notes.append("the counts do not slow down as a curve with an end would, which leaves the market open")
    else:
        market = population * (float(1 / (1 + np.exp(-best[-1]))) if free_share else (1.0 if share is None else share))
    return GeneralisedBassFit(p, q, beta, market, low, high, height, tuple(notes))
