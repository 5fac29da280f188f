"""The Bass model: its curve, and fits by least squares to counts of new adopters.

``F(t) = (1 - e^{-(p+q)t}) / (1 + (q/p) e^{-(p+q)t})`` solves ``f/(1-F) = p + qF``, F(0) = 0 (Bass 1969): p is the rate
of adoption without others' example, q what full adoption by others adds, per period. m is the market: adopters in the
end. Where a share F0 of the market had adopted when observation began, the curve is the solution with F(0) = F0.
Right-censored times and a known population are for :mod:`diffusion.analysis.bass.censored`.
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

#: A market of more than so many times the adopters seen lies beyond what a curve's beginning can tell.
MOST_TIMES_SEEN = 50.0


@overload
def bass_stay(t: ArrayLike, p: float, q: float, before: float = 0.0) -> Floats: ...
@overload
def bass_stay(t: ArrayLike, p: complex, q: complex, before: complex = 0.0) -> Numbers: ...
def bass_stay(t: ArrayLike, p: complex, q: complex, before: complex = 0.0) -> Numbers:
    """Return 1 - F(t), the share of the market that has not adopted; ``before`` is F(0)."""
    decay = np.exp(-(p + q) * np.asarray(t))
    return np.asarray((1 - before) * (p + q) * decay / (p + q * before + q * (1 - before) * decay))


@overload
def bass_share(t: ArrayLike, p: float, q: float, before: float = 0.0) -> Floats: ...
@overload
def bass_share(t: ArrayLike, p: complex, q: complex, before: complex = 0.0) -> Numbers: ...
def bass_share(t: ArrayLike, p: complex, q: complex, before: complex = 0.0) -> Numbers:
    """Return F(t), the share of the market that has adopted by ``t`` periods; p > 0, q >= 0 per period.

    ``before`` is F(0), the share that had adopted when time began; with one above 0, p may be 0.
    """
    decay = np.exp(-(p + q) * np.asarray(t))
    return np.asarray((p * (1 - decay) + before * (q + p * decay)) / (p + q * before + q * (1 - before) * decay))


@overload
def bass_density(t: ArrayLike, p: float, q: float, before: float = 0.0) -> Floats: ...
@overload
def bass_density(t: ArrayLike, p: complex, q: complex, before: complex = 0.0) -> Numbers: ...
def bass_density(t: ArrayLike, p: complex, q: complex, before: complex = 0.0) -> Numbers:
    """Return f(t), the share of the market that adopts per period at time ``t``."""
    stay = bass_stay(t, p, q, before)
    return np.asarray((p + q * (1 - stay)) * stay)


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
    cumulative counts), ``log_likelihood`` that of likelihood fits. ``before`` is F(0), the share of the market that had
    adopted at the origin. ``market`` is infinite where the data cannot tell it. ``notes`` say what a reader must know.
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
    before: float = 0.0
    notes: tuple[str, ...] = ()

    def adopters(self, t: ArrayLike) -> Floats:
        """Return the fitted number of adopters by ``t`` periods after the origin."""
        return np.asarray(self.market * bass_share(t, self.p, self.q, self.before))


def fit_bass_ols(new: ArrayLike, before: float = 0.0) -> BassFit:
    """Fit by ordinary least squares as Bass (1969): new_t = a + b Y_{t-1} + c Y_{t-1}^2.

    ``new`` are adopters of periods 1 to T, Y all adopters before: ``before`` of them when period 1 began. m is the
    positive root of a + b m + c m^2 = 0, p = a/m, q = -c m. Intervals by the delta method. Biased, since a period's sum
    stands in for a rate, and it fails where the roots are complex; kept as the classic and as a start for the others.

    Raises
    ------
    ValueError
        With fewer than 4 periods, or where the coefficients give no market (c >= 0 or complex roots, or one far beyond
        the adopters seen).
    """
    counts = _counts(new, 4)
    so_far = before + np.concatenate([[0.0], np.cumsum(counts)[:-1]])
    x = np.stack([np.ones_like(so_far), so_far, so_far**2], axis=1)
    scale = np.array([1.0, max(so_far[-1], 1.0), max(so_far[-1], 1.0) ** 2])
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
    _refuse_endless(float(estimate[0]), before + counts.sum())
    slope = complex_jacobian(values, np.array([a, b, c]))
    covariance = slope @ inverse @ slope.T * (sse / free if free else math.nan)
    return _least_squares_fit("ols", estimate, ("m", "p", "q"), covariance, sse, len(counts), before)


#: What each least-squares fit compares with the data.
NLS_TARGETS: dict[str, str] = {
    "density": "new adopters of period t with m f(t)",
    "increments": "new adopters of period t with m [F(t) - F(t-1)] (Srinivasan & Mason 1986)",
    "cumulative": "adopters by t with m F(t)",
}


def fit_bass_nls(
    new: ArrayLike,
    target: str = "increments",
    market: float | None = None,
    *,
    before: float = 0.0,
    ends: ArrayLike | None = None,
) -> BassFit:
    """Fit by nonlinear least squares to new adopters of periods 1 to T; ``market`` fixes m.

    ``target`` is one of NLS_TARGETS. ``increments`` is the estimator of Srinivasan & Mason (1986); ``density`` takes
    the density at the end of a period for its sum, as many textbooks do; residuals of ``cumulative`` depend on each
    other, so that its intervals are too narrow. Intervals: Wald, t with T - 3 (2) degrees of freedom.

    ``before`` had adopted when period 1 began: F(0) is their share of m. ``ends`` are the times at which the intervals
    of ``new`` end where those are not periods 1 to T (not for ``density``).

    Raises
    ------
    ValueError
        With fewer periods than parameters plus one, counts that sum to 0, where no curve can be found, or where the
        best one has a market far beyond the adopters seen: the counts then do not slow down yet.
    """
    from scipy.optimize import least_squares

    if target not in NLS_TARGETS:
        raise ValueError(f"unknown target {target!r}: one of {', '.join(NLS_TARGETS)}")
    counts = _counts(new, 4 if market is None else 3)
    t = np.arange(1, len(counts) + 1, dtype=np.float64) if ends is None else np.asarray(ends, dtype=np.float64)
    starts_at = np.concatenate([[0.0], t[:-1]])
    if target == "density" and np.any(t - starts_at != 1):
        raise ValueError("the density is compared with counts of single periods, and these intervals are longer")
    data = before + np.cumsum(counts) if target == "cumulative" else counts
    total = before + float(counts.sum())
    if market is not None and market < total:
        raise ValueError(f"{total:g} adopters in a market of {market:g}")

    def curve(v: Numbers) -> Numbers:
        """Values for (m, p, q), or (p, q) where the market is fixed."""
        m, p, q = (market, *v) if market is not None else v
        share = before / m
        if target == "density":
            return np.asarray(m * bass_density(t, p, q, share))
        if target == "cumulative":
            return np.asarray(m * bass_share(t, p, q, share))
        return np.asarray(m * (bass_stay(starts_at, p, q, share) - bass_stay(t, p, q, share)))

    def unlogged(logs: Numbers) -> Numbers:
        """(m, p, q) of the logarithms that are searched; the market is more than those before."""
        values = np.exp(logs)
        return np.concatenate([values[:1] + before, values[1:]]) if market is None else values

    def residuals(logs: Numbers) -> Numbers:
        # a step of the search may run off to where the curve is no number: it is then no better, and not taken
        with np.errstate(all="ignore"):
            found: Numbers = np.subtract(curve(unlogged(logs)), data)
        return found

    def slope(logs: Floats) -> Floats:
        return complex_jacobian(residuals, logs)

    best = None
    for start in _starts(counts, market, before, float(t[-1])):
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
        jacobian, left = slope(logs), residuals(logs).real
        if not (np.all(np.isfinite(jacobian)) and np.all(np.isfinite(left))):
            break
        logs = logs - np.linalg.lstsq(jacobian, left, rcond=None)[0]
    left = residuals(logs).real
    if not (np.all(np.isfinite(left)) and left @ left <= 2 * best.cost * (1 + 1e-9)):
        logs = best.x
    with np.errstate(all="ignore"):
        estimate = np.asarray(unlogged(logs), dtype=np.float64)
        jacobian = complex_jacobian(curve, estimate)
    if market is None:
        _refuse_endless(float(estimate[0]), total)
    if not (np.all(np.isfinite(jacobian)) and np.all(np.isfinite(estimate))):
        raise ValueError("no Bass curve can be fitted to these counts")
    sse = float(residuals(logs) @ residuals(logs))
    names = ("m", "p", "q") if market is None else ("p", "q")
    covariance = np.asarray(np.linalg.pinv(jacobian.T @ jacobian) * (sse / (len(counts) - len(names))), np.float64)
    full: Floats = estimate if market is None else np.array([market, *estimate])
    return _least_squares_fit(f"nls {target}", full, names, covariance, sse, len(counts), before)


def _refuse_endless(market: float, seen: float) -> None:
    if not market <= MOST_TIMES_SEEN * seen:
        raise ValueError("the counts do not slow down as a curve with an end would, which leaves the market open")


def _counts(new: ArrayLike, least: int) -> Floats:
    counts = np.asarray(new, dtype=np.float64)
    if counts.ndim != 1 or len(counts) < least:
        raise ValueError(f"at least {least} periods are needed")
    if not np.all(np.isfinite(counts)) or np.any(counts < 0) or counts.sum() <= 0:
        raise ValueError("counts of new adopters are 0 or more, and not all 0")
    return counts


def _starts(counts: Floats, market: float | None, before: float, n: float) -> list[Floats]:
    """Starting values (m less those before, p, q): the fit of 1969 where it exists, and slow and fast curves."""
    total = float(counts.sum())
    starts = []
    try:
        ols = fit_bass_ols(counts, before)
        starts.append(np.array([max(ols.market - before, 0.1 * total), ols.p, max(ols.q, 1e-6)]))
    except ValueError:
        pass
    for factor in (1.1, 2.0, 5.0):
        for speed in (2.0, 5.0, 12.0):
            starts.append(np.array([factor * total, 0.3 / n / speed, speed / n]))
    return starts if market is None else [start[1:] for start in starts]


def _least_squares_fit(
    method: str, estimate: Floats, names: tuple[str, ...], covariance: Floats, sse: float, n: int, before: float
) -> BassFit:
    m, p, q = (float(value) for value in estimate)
    reach = student_t(0.95, n - len(names)) * np.sqrt(np.maximum(np.diag(covariance), 0))
    values = {"m": m, "p": p, "q": q}
    # Wald's reach knows no bounds: a rate is not below 0, a market not below those who had adopted
    low = {name: max(values[name] - float(r), 0.0) for name, r in zip(names, reach)}
    high = {name: values[name] + float(r) for name, r in zip(names, reach)}
    return BassFit(method, p, q, m, names, covariance, low, high, sse=sse, observations=n, before=before / m)
