"""The model's own hazard fitted to observed or simulated adoption: ``rate_it = (p + sum_l q_l E_ilt) exp(beta z_i)``.

The probability to adopt in a period is 1 - exp(-rate) (MODEL: one form for every transition). Exposure is that of the
period before, so every period's adoptions are independent given the past, and the likelihood is exact also where
adopters really drive one another; with one complete layer it is the Bass model of a finite population. p and the q are
per period, beta is the log hazard ratio of a covariate.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from diffusion.analysis.bass.complex_step import Numbers
from diffusion.analysis.bass.likelihood import maximise
from diffusion.analysis.observed.person_period import PersonPeriod
from diffusion.analysis.results.intervals import CHI2_95, Z95
from diffusion.arrays import Floats

#: A rate below this (log) is 0 for all purposes.
_LOG_ZERO = -14.0
#: 2 (l_max - l) at the one-sided 95 % bound of a parameter whose maximum lies at 0.
_ONE_SIDED = 2.705543454095404


@dataclass(frozen=True)
class BassHazard:
    """Estimates: ``names`` (p, then q of every layer, then covariates), values, 95 % intervals.

    Intervals are Wald, on the log scale for p and q; the low end of a q is 0 where the likelihood-ratio test at 5 %
    does not tell it from 0. Where the likelihood falls from q = 0 on, the estimate is 0 with low 0 and, as high, the
    one-sided 95 % bound of the profile likelihood; the others then take q = 0 as given.
    """

    names: tuple[str, ...]
    value: Floats
    low95: Floats
    high95: Floats
    log_likelihood: float
    rows: int
    events: int
    dropped: int
    notes: tuple[str, ...] = ()


def fit_bass_hazard(
    table: PersonPeriod, layers: Sequence[str] | None = None, covariates: Sequence[str] = ()
) -> BassHazard:
    """Fit p, q by layer and beta by maximum likelihood; rows with a missing value are left out.

    Centre covariates first, so that p and q are those of an average organisation.

    Raises
    ------
    ValueError
        For unknown names, too few adoptions, or where there is no maximum.
    """
    chosen = tuple(table.exposure) if layers is None else tuple(layers)
    for name in (*chosen, *covariates):
        if name not in table.exposure and name not in table.covariates:
            raise ValueError(f"'{name}' is neither an exposure nor a covariate of the table")
    shares = np.array([table.exposure[name] for name in chosen]).reshape(len(chosen), len(table))
    others = np.array([table.covariates[name] for name in covariates]).reshape(len(covariates), len(table))
    whole = np.isfinite(shares).all(axis=0) & np.isfinite(others).all(axis=0)
    shares, others, event = shares[:, whole], others[:, whole], table.event[whole]
    if event.sum() < 3 + len(chosen) + len(covariates):
        raise ValueError(f"{int(event.sum())} adoptions are too few for {1 + len(chosen) + len(covariates)} parameters")
    # equal rows count together: exposures take few values
    rows, number = np.unique(np.vstack([shares, others, event]).T, axis=0, return_counts=True)
    shares, others = rows[:, : len(chosen)].T, rows[:, len(chosen) : -1].T
    event = rows[:, -1] == 1
    base = float(number[event].sum() / number.sum())

    def fit(free: list[int], given: dict[int, float], start: Floats | None = None) -> tuple[Floats, float, Floats]:
        """Maximise over p, the q in ``free`` and beta; ``given`` fixes other q. Parameters: logs, then beta."""
        k = len(free)
        fixed = sum((q * shares[layer] for layer, q in given.items()), np.zeros(shares.shape[1]))

        def value(v: Numbers) -> complex:
            rate = np.exp(v[0]) + fixed
            if k:
                rate = rate + np.exp(v[1 : 1 + k]) @ shares[free]
            if len(others):
                rate = rate * np.exp(v[1 + k :] @ others)
            terms = np.where(event, np.log(-np.expm1(-np.where(event, rate, 1.0))), -rate)
            total: complex = np.sum(np.multiply(number, terms))
            return total

        if start is not None:
            return maximise(value, [start])
        zeros = np.zeros(len(others))
        starts = [
            np.concatenate([[math.log(base * part)], np.full(k, math.log(base * (1 - part) / max(k, 1) * 2)), zeros])
            for part in (0.3, 0.8)
        ]
        return maximise(value, starts)

    free = list(range(len(chosen)))
    best, height, information = fit(free, {})
    while free and best[1 : 1 + len(free)].min() < _LOG_ZERO:
        free.pop(int(best[1 : 1 + len(free)].argmin()))
        best, height, information = fit(free, {})
    covariance = np.linalg.pinv(information)
    error = np.sqrt(np.where(np.diag(covariance) > 0, np.diag(covariance), np.nan))
    notes = []
    if not np.all(np.isfinite(error)) or np.any(np.linalg.eigvalsh(information) <= 0):
        notes.append("the likelihood is nearly flat: intervals do not hold")
    value, low, high = (np.zeros(1 + len(chosen) + len(covariates)) for _ in range(3))
    logs = 1 + len(free)
    places = [0, *(1 + layer for layer in free), *range(1 + len(chosen), len(value))]
    for i, place in enumerate(places):
        scale = np.exp if i < logs else float
        ends = (best[i], best[i] - Z95 * error[i], best[i] + Z95 * error[i])
        value[place], low[place], high[place] = (scale(min(x, 300.0)) for x in ends)
    for layer in range(len(chosen)):
        if layer in free:  # on the log scale no Wald interval holds 0: the likelihood ratio tells
            without = fit([other for other in free if other != layer], {})[1]
            if 2 * (height - without) < CHI2_95:
                low[1 + layer] = 0.0
        else:

            def profile(q: float, layer: int = layer) -> float:
                return fit(free, {layer: q}, best)[1]

            high[1 + layer] = _upper_bound(profile, height, base)
            notes.append(f"the likelihood falls with q of {chosen[layer]} from 0 on: a one-sided bound is given")
    names = ("p", *(f"q_{name}" for name in chosen), *covariates)
    dropped = int((~whole).sum())
    return BassHazard(
        names, value, low, high, height, int(whole.sum()), int(number[event].sum()), dropped, tuple(notes)
    )


def _upper_bound(log_likelihood: Callable[[float], float], height: float, scale: float) -> float:
    """Return the q at which twice the fall of the profile likelihood reaches the one-sided 95 % point."""
    from scipy.optimize import brentq

    def fall(q: float) -> float:
        return 2 * (height - float(log_likelihood(q))) - _ONE_SIDED

    q = scale
    for _ in range(40):
        if fall(q) > 0:
            return float(brentq(fall, 0.0, q, xtol=1e-8 * scale))
        q *= 2
    return math.inf
