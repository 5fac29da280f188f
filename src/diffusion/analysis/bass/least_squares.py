"""The Bass model: its curve, and fits by least squares to counts of new adopters.

``F(t) = (1 - e^{-(p+q)t}) / (1 + (q/p) e^{-(p+q)t})`` solves ``f/(1-F) = p + qF``, F(0) = 0 (Bass 1969): p is the rate
of adoption without others' example, q what full adoption by others adds, per period. m is the market: adopters in the
end. Right-censored times and a known population are for :mod:`diffusion.analysis.bass.censored`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import overload

import numpy as np
from numpy.typing import ArrayLike

from diffusion.analysis.bass.complex_step import Numbers, complex_jacobian
from diffusion.analysis.results.intervals import student_t
from diffusion.arrays import Floats


@overload
def bass_share(t: ArrayLike, p: float, q: float) -> Floats: ...
@overload
def bass_share(t: ArrayLike, p: complex, q: complex) -> Numbers: ...
def bass_share(t: ArrayLike, p: complex, q: complex) -> Numbers:
    """Return F(t), the share of the market that has adopted by ``t`` periods; p > 0, q >= 0 per period."""
    decay = np.exp(-(p + q) * np.asarray(t))
    return np.asarray((1 - decay) / (1 + q / p * decay))


@overload
def bass_density(t: ArrayLike, p: float, q: float) -> Floats: ...
@overload
def bass_density(t: ArrayLike, p: complex, q: complex) -> Numbers: ...
def bass_density(t: ArrayLike, p: complex, q: complex) -> Numbers:
    """Return f(t), the share of the market that adopts per period at time ``t``."""
    decay = np.exp(-(p + q) * np.asarray(t))
    return np.asarray((p + q) ** 2 / p * decay / (1 + q / p * decay) ** 2)


def bass_peak(p: float, q: float) -> float:
    """Return the time of fastest adoption, ln(q/p) / (p+q); 0 where q <= p: adoption only slows down."""
    return max(0.0, math.log(q / p) / (p + q)) if q > 0 else 0.0


def bass_time_to(share: ArrayLike, p: float, q: float) -> Floats:
    """Return the time at which F reaches ``share`` (0 <= share < 1), in periods."""
    s = np.asarray(share, dtype=np.float64)
    return np.asarray(np.log((1 + q / p * s) / (1 - s)) / (p + q))


@dataclass(frozen=True)
class BassFit:
    """Estimates of a Bass curve.

    ``names`` says which parameters were estimated, in the order of ``covariance``; ``low95`` and ``high95`` hold their
    intervals by name. ``market`` is m in adopters. ``sse`` is the sum of squared residuals (of the counts, or of the
    cumulative counts), ``log_likelihood`` that of likelihood fits. ``notes`` say what a reader must know.
    """

    method: str
    p: float
    q: float
    market: float
    names: tuple[str, ...]
    covariance: Floats
    low95: dict[str, float]
    high95: dict[str, float]
    sse: float = math.nan
    log_likelihood: float = math.nan
    observations: int = 0
    market_share: float = math.nan
    notes: tuple[str, ...] = ()

    def adopters(self, t: ArrayLike) -> Floats:
        """Return the fitted number of adopters by ``t`` periods after the origin."""
        return np.asarray(self.market * bass_share(t, self.p, self.q))


def fit_bass_ols(new: ArrayLike) -> BassFit:
    """Fit by ordinary least squares as Bass (1969): new_t = a + b Y_{t-1} + c Y_{t-1}^2.

    ``new`` are adopters of periods 1 to T, Y their sum before. m is the positive root of a + b m + c m^2 = 0,
    p = a/m, q = -c m. Intervals by the delta method. Biased, since a period's sum stands in for a rate, and it fails
    where the roots are complex; kept as the classic and as a start for the others.

    Raises
    ------
    ValueError
        With fewer than 4 periods, or where the coefficients give no market (c >= 0 or complex roots).
    """
    counts = _counts(new, 4)
    before = np.concatenate([[0.0], np.cumsum(counts)[:-1]])
    x = np.stack([np.ones_like(before), before, before**2], axis=1)
    scale = np.array([1.0, max(before[-1], 1.0), max(before[-1], 1.0) ** 2])
    coefficients, *_ = np.linalg.lstsq(x / scale, counts, rcond=None)
    a, b, c = coefficients / scale
    root = b * b - 4 * a * c
    if not (a > 0 and c < 0 and root > 0):
        raise ValueError("the regression of Bass (1969) gives no market for these counts")
    residuals = counts - x @ np.array([a, b, c])
    sse = float(residuals @ residuals)
    free = len(counts) - 3
    inverse = np.linalg.pinv((x / scale).T @ (x / scale)) / np.outer(scale, scale)

    def values(v: Numbers) -> Numbers:
        m = (-v[1] - np.sqrt(v[1] ** 2 - 4 * v[0] * v[2])) / (2 * v[2])
        return np.asarray([m, v[0] / m, -v[2] * m])

    estimate = values(np.array([a, b, c])).real
    slope = complex_jacobian(values, np.array([a, b, c]))
    covariance = slope @ inverse @ slope.T * (sse / free)
    return _least_squares_fit("ols", estimate, ("m", "p", "q"), covariance, sse, len(counts))


#: What each least-squares fit compares with the data.
NLS_TARGETS: dict[str, str] = {
    "density": "new adopters of period t with m f(t)",
    "increments": "new adopters of period t with m [F(t) - F(t-1)] (Srinivasan & Mason 1986)",
    "cumulative": "adopters by t with m F(t)",
}


def fit_bass_nls(new: ArrayLike, target: str = "increments", market: float | None = None) -> BassFit:
    """Fit by nonlinear least squares to new adopters of periods 1 to T; ``market`` fixes m.

    ``target`` is one of NLS_TARGETS. ``increments`` is the estimator of Srinivasan & Mason (1986); ``density`` takes
    the density at the end of a period for its sum, as many textbooks do; residuals of ``cumulative`` depend on each
    other, so that its intervals are too narrow. Intervals: Wald, t with T - 3 (2) degrees of freedom.

    Raises
    ------
    ValueError
        With fewer periods than parameters plus one, counts that sum to 0, or where no curve can be found.
    """
    from scipy.optimize import least_squares

    if target not in NLS_TARGETS:
        raise ValueError(f"unknown target {target!r}: one of {', '.join(NLS_TARGETS)}")
    counts = _counts(new, 4 if market is None else 3)
    t = np.arange(1, len(counts) + 1, dtype=np.float64)
    data = np.cumsum(counts) if target == "cumulative" else counts

    def curve(v: Numbers) -> Numbers:
        """Values for (m, p, q), or (p, q) where the market is fixed."""
        m, p, q = (market, *v) if market is not None else v
        if target == "density":
            return np.asarray(m * bass_density(t, p, q))
        if target == "cumulative":
            return np.asarray(m * bass_share(t, p, q))
        return np.asarray(m * (bass_share(t, p, q) - bass_share(t - 1, p, q)))

    def residuals(logs: Numbers) -> Numbers:
        found: Numbers = np.subtract(curve(np.exp(logs)), data)
        return found

    def slope(logs: Floats) -> Floats:
        return complex_jacobian(residuals, logs)

    best = None
    for start in _starts(counts, market):
        try:
            found = least_squares(
                residuals, np.log(start), jac=slope, method="lm", ftol=1e-15, xtol=1e-15, gtol=1e-15, max_nfev=2000
            )
        except (ValueError, FloatingPointError):  # the search ran off to infinity
            continue
        if np.all(np.isfinite(found.x)) and (best is None or found.cost < best.cost):
            best = found
    if best is None or not np.isfinite(best.cost):
        raise ValueError("no Bass curve can be fitted to these counts")
    logs = best.x
    for _ in range(30):  # Gauss-Newton steps: the sum of squares is flat to rounding before the estimates are
        jacobian = slope(logs)
        logs = logs - np.linalg.lstsq(jacobian, residuals(logs).real, rcond=None)[0]
    if not residuals(logs) @ residuals(logs) <= 2 * best.cost * (1 + 1e-9):
        logs = best.x
    estimate = np.exp(logs)
    sse = float(residuals(logs) @ residuals(logs))
    jacobian = complex_jacobian(curve, estimate)
    names = ("m", "p", "q") if market is None else ("p", "q")
    covariance = np.asarray(np.linalg.pinv(jacobian.T @ jacobian) * (sse / (len(counts) - len(names))), np.float64)
    full = estimate if market is None else np.array([market, *estimate])
    return _least_squares_fit(f"nls {target}", full, names, covariance, sse, len(counts))


def _counts(new: ArrayLike, least: int) -> Floats:
    counts = np.asarray(new, dtype=np.float64)
    if counts.ndim != 1 or len(counts) < least:
        raise ValueError(f"at least {least} periods are needed")
    if not np.all(np.isfinite(counts)) or np.any(counts < 0) or counts.sum() <= 0:
        raise ValueError("counts of new adopters are 0 or more, and not all 0")
    return counts


def _starts(counts: Floats, market: float | None) -> list[Floats]:
    """Starting values (m, p, q): the fit of 1969 where it exists, and a spread of slow and fast curves."""
    total, n = float(counts.sum()), len(counts)
    starts = []
    try:
        ols = fit_bass_ols(counts)
        starts.append(np.array([ols.market, ols.p, max(ols.q, 1e-6)]))
    except ValueError:
        pass
    for factor in (1.1, 2.0, 5.0):
        for speed in (2.0, 5.0, 12.0):
            starts.append(np.array([factor * total, 0.3 / n / speed, speed / n]))
    return starts if market is None else [start[1:] for start in starts]


def _least_squares_fit(
    method: str, estimate: Floats, names: tuple[str, ...], covariance: Floats, sse: float, n: int
) -> BassFit:
    m, p, q = (float(value) for value in estimate)
    reach = student_t(0.95, n - len(names)) * np.sqrt(np.maximum(np.diag(covariance), 0))
    values = {"m": m, "p": p, "q": q}
    low = {name: values[name] - float(r) for name, r in zip(names, reach)}
    high = {name: values[name] + float(r) for name, r in zip(names, reach)}
    return BassFit(method, p, q, m, names, covariance, low, high, sse=sse, observations=n)
