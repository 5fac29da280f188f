"""Maximum likelihood with exact derivatives: for likelihoods written as plain functions of a few parameters."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from diffusion.analysis.bass.complex_step import LogLikelihood, Numbers, complex_jacobian
from diffusion.arrays import Bools, Floats

#: Lowest and highest value of a parameter.
Bounds = tuple[float, float]


def maximise(log_likelihood: LogLikelihood, starts: list[Floats]) -> tuple[Floats, float, Floats]:
    """Return (estimates, log-likelihood, observed information) by BFGS from every start, then Newton steps.

    Derivatives are by the complex step, second ones by differences of it.

    Raises
    ------
    ValueError
        If no start leads to a finite maximum.
    """
    from scipy.optimize import minimize

    def height_at(v: Floats) -> float:
        # outside its domain a likelihood is no number: that step is then refused, here and below
        with np.errstate(all="ignore"):
            return float(np.real(log_likelihood(v)))

    def gradient(v: Floats) -> Floats:
        with np.errstate(all="ignore"):
            return np.asarray(complex_jacobian(lambda w: np.asarray([log_likelihood(w)]), v)[0])

    def objective(v: Floats) -> tuple[float, Floats]:
        value, slope = height_at(v), gradient(v)
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
        value = height_at(best + step) if np.all(np.abs(step) < 1) else -math.inf
        if not value >= height - 1e-12 * abs(height):
            break
        best, height = best + step, max(value, height)
    return best, height, _information(gradient, best)


def _information(gradient: Callable[[Floats], Floats], at: Floats) -> Floats:
    """Minus the second derivatives, by central differences of exact gradients."""
    rows = []
    for j in range(len(at)):
        h = 1e-5
        up, down = at.copy(), at.copy()
        up[j] += h
        down[j] -= h
        rows.append(-(gradient(up) - gradient(down)) / (2 * h))
    matrix = np.array(rows)
    return (matrix + matrix.T) / 2


def climb(
    log_likelihoods: Callable[[Numbers], Numbers], start: Floats, bounds: Sequence[Bounds], most_steps: int = 200
) -> tuple[Floats, float, Floats]:
    """Return (estimates, log-likelihood, observed information) by damped Newton steps within ``bounds``.

    ``log_likelihoods`` takes many sets of parameters at once, [R, J], so that height, slope and curvature cost one
    call. Where the likelihood rises to an end of the range, which for a logarithm stands for 0, the estimate stays
    there.

    Raises
    ------
    ValueError
        If the likelihood is no number at the start.
    """
    low, high = np.array(bounds, dtype=np.float64).T
    k, h, tiny = len(start), 1e-5, 1e-30

    def look(v: Floats) -> tuple[float, Floats, Floats]:
        moves = h * np.eye(k)
        places = np.concatenate([v[None, :], v + moves, v - moves])
        rows = places[:, None, :] + 1j * tiny * np.eye(k)[None, :, :]
        # outside its domain a likelihood is no number: that step is then refused
        with np.errstate(all="ignore"):
            found = np.asarray(log_likelihoods(rows.reshape(-1, k))).reshape(len(places), k)
        slopes = found.imag / tiny
        information = -(slopes[1 : 1 + k] - slopes[1 + k :]) / (2 * h)
        return float(found[0, 0].real), slopes[0], (information + information.T) / 2

    here = np.clip(np.asarray(start, dtype=np.float64), low, high)
    height, slope, information = look(here)
    if not (np.isfinite(height) and np.all(np.isfinite(slope))):
        raise ValueError("the likelihood has no finite maximum for these data")
    damping, small = 1e-3, 0
    for _ in range(most_steps):
        free = ~(((here <= low) & (slope < 0)) | ((here >= high) & (slope > 0)))
        if not free.any() or np.abs(slope[free]).max() < 1e-9:
            break
        part = information[np.ix_(free, free)]
        # Newton's matrix, lifted until it curves down everywhere
        lift = max(0.0, -float(np.linalg.eigvalsh(part)[0])) + 1e-12
        matrix = part + (lift if lift > 1e-9 else 0.0) * np.eye(len(part))
        matrix = matrix + damping * np.diag(np.maximum(np.abs(np.diag(part)), 1e-6))
        step = np.zeros(k)
        step[free] = np.clip(np.linalg.solve(matrix, slope[free]), -2.0, 2.0)
        moved = np.clip(here + step, low, high)
        value, new_slope, new_information = look(moved)
        good = np.isfinite(value) and np.all(np.isfinite(new_slope)) and np.all(np.isfinite(new_information))
        if good and value >= height - 1e-13 * abs(height):
            gain = value - height
            here, height, slope, information = moved, max(value, height), new_slope, new_information
            damping = damping / 10 if damping > 1e-12 else 0.0
            small = small + 1 if gain <= 1e-12 * abs(height) else 0
            if small > 3:
                break
        else:
            damping = max(4 * damping, 1e-6)
            if damping > 1e12:
                break
    return here, height, information


def at_bound(v: Floats, bounds: Sequence[Bounds]) -> Bools:
    """Return bool[J]: which parameters stand at an end of their range."""
    low, high = np.array(bounds, dtype=np.float64).reshape(-1, 2).T
    return np.asarray((v <= low + 1e-6) | (v >= high - 1e-6))
