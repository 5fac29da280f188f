"""Exact numbers the production engine must reproduce, from closed forms and exact recursions.

Plain NumPy, with SciPy for a fit and log-factorials; nothing here imports ``diffusion``. Rates are per month unless a
name says per year; F is the share of organisations that have adopted.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import least_squares
from scipy.special import gammaln

# --- A finite complete graph, stepped synchronously by the month ------------------------------------------------------


def _binomial_rows(trials: np.ndarray, success: np.ndarray, width: int) -> np.ndarray:
    """Row r holds P(j successes in ``trials[r]``), j = 0..width-1, each with probability ``success[r]``."""
    count = np.arange(width)
    trials = trials[:, None]
    inside = count <= trials
    count = np.where(inside, count, 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        log_success, log_failure = np.log(success)[:, None], np.log1p(-success)[:, None]
        log_p = (
            gammaln(trials + 1)
            - gammaln(count + 1)
            - gammaln(trials - count + 1)
            + np.where(count > 0, count * log_success, 0.0)
            + np.where(trials - count > 0, (trials - count) * log_failure, 0.0)
        )
    return np.where(inside, np.exp(log_p), 0.0)


def complete_graph_distribution(
    n: int, p_per_month: float, q_per_month: float, months: int, seeds: int = 0
) -> np.ndarray:
    """Return P(k adopters at the end of month t), float64[months+1, n+1]; all n look to each other.

    With k adopters each of the n-k others adopts with probability 1-exp(-(p + q*k/(n-1))), self excluded.
    """
    adopters = np.arange(n + 1)
    rate = p_per_month + q_per_month * adopters / (n - 1)
    steps = _binomial_rows(n - adopters, -np.expm1(-rate), n + 1)
    transition = np.zeros((n + 1, n + 1))
    for k in range(n + 1):
        transition[k, k:] = steps[k, : n + 1 - k]
    distribution = np.zeros((months + 1, n + 1))
    distribution[0, seeds] = 1.0
    for month in range(months):
        distribution[month + 1] = distribution[month] @ transition
    return distribution


def complete_graph(
    n: int, p_per_month: float, q_per_month: float, months: int, seeds: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Return the exact mean and SD of F at months 0..months on the complete graph, float64[months+1] each.

    p alone is external adoption, q alone with ``seeds`` > 0 is SI, both together are Bass.
    """
    share = np.arange(n + 1) / n
    distribution = complete_graph_distribution(n, p_per_month, q_per_month, months, seeds)
    mean = distribution @ share
    variance = ((share - mean[:, None]) ** 2 * distribution).sum(axis=1)
    return mean, np.sqrt(variance)


# --- Limits of the monthly engine -------------------------------------------------------------------------------------


def infinite_complete_graph(p_per_month: float, q_per_month: float, months: int, f0: float = 0.0) -> np.ndarray:
    """Return F at months 0..months for infinitely many organisations: 1-F' = (1-F)*exp(-(p + q*F))."""
    share = np.empty(months + 1)
    share[0] = f0
    for month in range(months):
        left = (1.0 - share[month]) * np.exp(-(p_per_month + q_per_month * share[month]))
        share[month + 1] = 1.0 - left
    return share


def one_sided_ring(p_per_month: float, q_per_month: float, months: int) -> np.ndarray:
    """Return F at months 0..months on a long ring where each looks to one neighbour: S' = S*[b + (a-b)*a^t].

    a = exp(-p), b = exp(-(p+q)); a^t is the chance that the neighbour of a non-adopter has not adopted by month t.
    """
    alone, with_neighbour = np.exp(-p_per_month), np.exp(-(p_per_month + q_per_month))
    factors = with_neighbour + (alone - with_neighbour) * alone ** np.arange(months)
    return 1.0 - np.concatenate(([1.0], np.cumprod(factors)))


def external_only(p_per_month: float, months: int) -> np.ndarray:
    """Return F at months 0..months without contagion, F = 1-exp(-p*t): exact for any number of organisations."""
    return -np.expm1(-p_per_month * np.arange(months + 1))


def threshold_cascade(thresholds: np.ndarray, looks_to: np.ndarray, seeds: np.ndarray, steps: int) -> np.ndarray:
    """Return the adopters after 0..steps synchronous steps of the deterministic threshold rule, int[steps+1].

    thresholds: int[N], adopters needed among those looked to; looks_to: bool[N,N]; seeds: bool[N].
    """
    adopted = seeds.copy()
    counts = [int(adopted.sum())]
    for _ in range(steps):
        adopted = adopted | (looks_to @ adopted.astype(np.int64) >= thresholds)
        counts.append(int(adopted.sum()))
    return np.array(counts)


# --- Continuous curves: for analysis code, never for the monthly engine -----------------------------------------------


def bass_curve(p: float, q: float, time: np.ndarray) -> np.ndarray:
    """Return the continuous Bass F(t) = (1-e)/(1+(q/p)e), e = exp(-(p+q)t); p, q and time in one unit of time."""
    decay = np.exp(-(p + q) * np.asarray(time, dtype=np.float64))
    return (1.0 - decay) / (1.0 + q / p * decay)


def bass_peak_and_median(p: float, q: float) -> tuple[float, float]:
    """Return the time of the greatest adoption rate, ln(q/p)/(p+q), and the time at which F = 1/2."""
    return float(np.log(q / p) / (p + q)), float(np.log(2.0 + q / p) / (p + q))


def logistic_curve(q: float, f0: float, time: np.ndarray) -> np.ndarray:
    """Return the continuous SI curve from a share ``f0``."""
    odds = f0 / (1.0 - f0) * np.exp(q * np.asarray(time, dtype=np.float64))
    return odds / (1.0 + odds)


def bass_density(p: float, q: float, time: np.ndarray) -> np.ndarray:
    """Return the derivative of ``bass_curve``."""
    decay = np.exp(-(p + q) * np.asarray(time, dtype=np.float64))
    return (p + q) ** 2 / p * decay / (1.0 + q / p * decay) ** 2


def bass_misfit(sales: np.ndarray, m: float, p: float, q: float) -> float:
    """Return the sum of squares of sales in years 1..n less m times the Bass density."""
    return float(((m * bass_density(p, q, np.arange(1, len(sales) + 1)) - sales) ** 2).sum())


def bass_density_fit(sales: np.ndarray) -> tuple[float, float, float]:
    """Return the (m, p, q) of least ``bass_misfit``."""
    time, total, scale = np.arange(1, len(sales) + 1), float(np.sum(sales)), float(np.mean(sales))

    def residuals(theta: np.ndarray) -> np.ndarray:
        return (theta[0] * total * bass_density(theta[1], theta[2], time) - sales) / scale

    fit = least_squares(residuals, [1.0, 0.01, 0.5], x_scale=[1.0, 0.01, 0.5], xtol=1e-15, ftol=1e-15, gtol=1e-15)
    return float(fit.x[0] * total), float(fit.x[1]), float(fit.x[2])


# --- Beliefs, learning, discounting -----------------------------------------------------------------------------------


def posterior_variance(observations: np.ndarray, prior_variance: float, observation_variance: float) -> np.ndarray:
    """Return the variance of a normal belief after n observations: 1/(1/s0^2 + n/s^2)."""
    return 1.0 / (1.0 / prior_variance + np.asarray(observations) / observation_variance)


def learning_effort(adopters_elsewhere: np.ndarray, progress_ratio: float) -> np.ndarray:
    """Return the effort of a rollout relative to the first: (1+n)^(log2 of the progress ratio)."""
    return (1.0 + np.asarray(adopters_elsewhere)) ** np.log2(progress_ratio)


def discount_factor(rate_per_year: float, years: np.ndarray) -> np.ndarray:
    """Return (1+rate)^-years."""
    return (1.0 + rate_per_year) ** -np.asarray(years, dtype=np.float64)


# --- The toy network of eight: exposure, hazard, autocorrelation, adopter classes -------------------------------------

TOY_TIES = {1: (2, 3), 2: (1, 3, 4), 3: (1,), 4: (2, 5), 5: (4, 6, 7), 6: (5, 7), 7: (1, 6), 8: ()}
TOY_ADOPTION_TIMES = np.array([1, 2, 2, 3, 4, 4, 5, np.inf])


def adjacency(ties: dict[int, tuple[int, ...]]) -> np.ndarray:
    """Return bool[N,N], row i marks those i looks to; nodes are numbered from 1."""
    matrix = np.zeros((len(ties), len(ties)), dtype=bool)
    for node, others in ties.items():
        matrix[node - 1, [other - 1 for other in others]] = True
    return matrix


def exposure_at_adoption(looks_to: np.ndarray, adoption_times: np.ndarray, lag: int = 0) -> np.ndarray:
    """Return the share of those looked to that had adopted at the own time of adoption less ``lag``.

    NaN for a node that looks to nobody, never adopts, or adopts before the lagged time exists.
    """
    when = adoption_times - lag
    known = (when >= 1) & np.isfinite(adoption_times) & looks_to.any(axis=1)
    had = adoption_times[None, :] <= when[:, None]
    share = (looks_to & had).sum(axis=1) / np.maximum(looks_to.sum(axis=1), 1)
    return np.where(known, share, np.nan)


def hazard(adoption_times: np.ndarray, periods: int) -> np.ndarray:
    """Return adoptions in t over those at risk at its start, t = 1..periods, with 0 for the first."""
    time = np.arange(2, periods + 1)[:, None]
    later = (adoption_times == time).sum(axis=1) / (adoption_times >= time).sum(axis=1)
    return np.concatenate(([0.0], later))


def morans_i(values: np.ndarray, looks_to: np.ndarray) -> float:
    """Return Moran's I of ``values`` under row-normalised ties."""
    weights = looks_to / np.maximum(looks_to.sum(axis=1, keepdims=True), 1)
    centred = values - values.mean()
    return float(len(values) / weights.sum() * (centred @ weights @ centred) / (centred @ centred))


def adopter_classes(adoption_times: np.ndarray) -> list[str]:
    """Return early adopter, early majority, late majority, laggard by mean and SD of the times, or "none"."""
    times = adoption_times[np.isfinite(adoption_times)]
    mean, sd = times.mean(), times.std(ddof=1)
    edges = [(mean - sd, "EA"), (mean, "EM"), (np.nextafter(mean + sd, np.inf), "LM"), (np.inf, "L")]
    return [next((name for edge, name in edges if time < edge), "none") for time in adoption_times]
