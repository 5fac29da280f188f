"""Maximum likelihood with exact derivatives: for likelihoods written as plain functions of a few parameters."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from diffusion.analysis.bass.complex_step import LogLikelihood, complex_jacobian
from diffusion.arrays import Floats


def maximise(log_likelihood: LogLikelihood, starts: list[Floats]) -> tuple[Floats, float, Floats]:
    """Return (estimates, log-likelihood, observed information) by BFGS from every start, then Newton steps.

    Derivatives are by the complex step, second ones by differences of it.

    Raises
    ------
    ValueError
        If no start leads to a finite maximum.
    """
    from scipy.optimize import minimize

    def gradient(v: Floats) -> Floats:
        return np.asarray(complex_jacobian(lambda w: np.asarray([log_likelihood(w)]), v)[0])

    def objective(v: Floats) -> tuple[float, Floats]:
        with np.errstate(all="ignore"):
            value = float(np.real(log_likelihood(v)))
            slope = gradient(v)
        if not (np.isfinite(value) and np.all(np.isfinite(slope))):
            return 1e300, np.zeros_like(v)
        return -value, -slope

    best, height = None, -math.inf
    for start in starts:
        found = minimize(objective, start, jac=True, method="BFGS", options={"gtol": 1e-8, "maxiter": 500})
        if found.fun < 1e299 and -found.fun > height:
            best, height = np.asarray(found.x), -float(found.fun)
    if best is None:
        raise ValueError("the likelihood has no finite maximum for these data")
    for _ in range(4):
        information = _information(gradient, best)
        try:
            step = np.linalg.solve(information, gradient(best))
        except np.linalg.LinAlgError:
            break
        value = float(np.real(log_likelihood(best + step))) if np.all(np.abs(step) < 1) else -math.inf
        if not value >= height - 1e-12 * abs(height):
            break
        best, height = best + step, max(value, height)
    return best, height, _information(gradient, best)


def _information(gradient: Callable[[Floats], Floats], at: Floats) -> Floats:
    """Minus the second derivatives, by central differences of exact gradients."""
    rows = []
    with np.errstate(all="ignore"):
        for j in range(len(at)):
            h = 1e-5
            up, down = at.copy(), at.copy()
            up[j] += h
            down[j] -= h
            rows.append(-(gradient(up) - gradient(down)) / (2 * h))
    matrix = np.array(rows)
    return (matrix + matrix.T) / 2
