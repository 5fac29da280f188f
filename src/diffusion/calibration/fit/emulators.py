"""What the model would say, from a formula: per target a quadratic ridge and a Gaussian process on what it leaves.

Inputs that matter are chosen by a lasso over all of them; the strongest of these, and the traits of the target's own
innovation, enter squared and in pairs and are those of the process. The rest is a nugget: the variance of what held-out
draws say beyond their own chance (Vernon, Goldstein and Bower 2010, doi 10.1214/10-BA524, section 3).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from diffusion.arrays import Bools, Floats, Longs
from diffusion.calibration.fit.inputs import Inputs
from diffusion.calibration.fit.targets import Said, Target

#: shared inputs that enter squared and in pairs
_STRONGEST = 12
#: shared inputs that enter at all
_MOST = 45
#: draws that the process is fitted to, and that its scales are found with
_PROCESS, _SCALES = 900, 350
#: every so many-th draw is held out for diagnostics
HELD_OUT = 5
#: mean of the logarithm of a sample variance over that of its expectation, for nine degrees of freedom
_LOG_BIAS = {1: -1.2704, 2: -0.5772, 3: -0.3691, 4: -0.2704, 5: -0.2131, 7: -0.1496, 9: -0.1152}


class Diagnostics(NamedTuple):
    """How an emulator does for draws that it was not fitted to."""

    r2: float
    beyond3: float  # share of standardised errors beyond 3
    error: float  # root mean square, on the scale of the target
    draws: int


@dataclass(frozen=True)
class Emulator:
    """Mean and chance variance of one target as functions of the scaled inputs (see :meth:`Inputs.scaled`)."""

    linear: Longs  # columns that enter
    strong: Longs  # of those, which enter squared and in pairs, and the process
    intercept: float
    slopes: Floats  # [linear]
    pairs: Floats  # [strong, strong], symmetric
    scales: Floats  # [strong], of the process
    centres: Floats  # [n, strong], divided by the scales
    weights: Floats  # [n]
    variance: float  # of the nugget
    chance: Floats  # of log chance variance: [1, mean, mean^2]

    def mean(self, x: Floats) -> Floats:
        """Return float64[C] at scaled inputs ``x`` [C, inputs]."""
        near = x[:, self.strong]
        value = self.intercept + x[:, self.linear] @ self.slopes + np.einsum("ci,ij,cj->c", near, self.pairs, near)
        if len(self.weights):
            here = near / self.scales
            square = (here**2).sum(axis=1)[:, None] + (self.centres**2).sum(axis=1) - 2.0 * here @ self.centres.T
            value = value + np.exp(-0.5 * np.maximum(square, 0.0)) @ self.weights
        return np.asarray(value)

    def chance_variance(self, mean: Floats) -> Floats:
        """Return the variance of one replicate about its draw's mean."""
        return np.asarray(np.exp(self.chance[0] + self.chance[1] * mean + self.chance[2] * mean**2))


def fit_emulators(
    inputs: Inputs, found: Sequence[Target], x: Floats, says: Sequence[Said]
) -> tuple[list[Emulator], list[Diagnostics]]:
    """Fit an emulator to each target from draws at ``x`` [D, inputs]; diagnostics are of draws held out first."""
    from threadpoolctl import threadpool_limits

    held = np.arange(len(x)) % HELD_OUT == 0
    emulators, diagnostics = [], []
    with threadpool_limits(1):  # the same sums whatever the machine has
        for target, what in zip(found, says):
            own = own_columns(inputs, target)
            tried = _fit(inputs, own, x[~held], _part(what, ~held))
            known = _diagnose(tried, x[held], _part(what, held))
            last = _fit(inputs, own, x, what)
            emulators.append(_with_variance(last, known, _part(what, held)))
            diagnostics.append(known)
    return emulators, diagnostics


def own_columns(inputs: Inputs, target: Target) -> Longs:
    """Return the inputs that are traits of the target's own innovation."""
    return np.array(
        [inputs.n_shared + n for n, trait in enumerate(inputs.traits) if trait.series == target.series], dtype=np.int64
    )


def _part(what: Said, rows: Bools) -> Said:
    return Said(what.mean[rows], what.chance[rows], what.each[rows])


def _fit(inputs: Inputs, own: Longs, x: Floats, what: Said) -> Emulator:
    from sklearn.linear_model import LassoCV, RidgeCV

    columns = np.concatenate([np.arange(inputs.n_shared), own])
    centred = x[:, columns] - x[:, columns].mean(axis=0)
    most = float(np.abs(centred.T @ (what.mean - what.mean.mean())).max()) / len(x)
    grid = most * np.logspace(0, -2.5, 30)
    lasso = LassoCV(alphas=grid, cv=4, max_iter=4000).fit(x[:, columns], what.mean)
    strength = np.abs(lasso.coef_[: inputs.n_shared]) * x[:, : inputs.n_shared].std(axis=0)
    order = np.argsort(-strength, kind="stable")
    shared = order[: min(_MOST, max(1, int((strength > 0).sum())))]
    linear = np.concatenate([np.sort(shared), own]).astype(np.int64)
    strong = np.concatenate([np.sort(shared[:_STRONGEST]), own]).astype(np.int64)
    features, upper = _features(x, linear, strong)
    scale = features.std(axis=0) + 1e-9
    ridge = RidgeCV(alphas=np.logspace(-2, 4, 25)).fit(features / scale, what.mean)
    slopes = ridge.coef_ / scale
    n = len(linear)
    pairs = np.zeros((len(strong), len(strong)))
    pairs[upper] = slopes[n:]
    pairs = 0.5 * (pairs + pairs.T)
    rest = what.mean - ridge.predict(features / scale)
    scales, centres, weights = _process(x[:, strong], rest)
    fitted = Emulator(
        linear, strong, float(ridge.intercept_), slopes[:n], pairs, scales, centres, weights, 0.0, np.zeros(3)
    )
    return _with_chance(fitted, x, what)


def _features(x: Floats, linear: Longs, strong: Longs) -> tuple[Floats, tuple[Longs, Longs]]:
    """Return (features [D, f], where the products stand in a square matrix)."""
    first, second = np.triu_indices(len(strong))
    near = x[:, strong]
    return np.concatenate([x[:, linear], near[:, first] * near[:, second]], axis=1), (first, second)


def _process(x: Floats, rest: Floats) -> tuple[Floats, Floats, Floats]:
    """Return (scales, centres over scales, weights) of a Gaussian process with mean 0 for what the ridge leaves."""
    from sklearn.gaussian_process import GaussianProcessRegressor
    from sklearn.gaussian_process.kernels import RBF, ConstantKernel, WhiteKernel

    spread = float(rest.std()) or 1.0
    n = x.shape[1]
    kernel = ConstantKernel(0.5, (1e-3, 1e2)) * RBF(np.full(n, 3.0), (0.3, 30.0)) + WhiteKernel(0.5, (1e-3, 1e1))
    some = np.linspace(0, len(x) - 1, min(_SCALES, len(x))).astype(np.int64)
    found = GaussianProcessRegressor(kernel, normalize_y=False, random_state=0).fit(x[some], rest[some] / spread)
    signal, scales = found.kernel_.k1.k1.constant_value, np.asarray(found.kernel_.k1.k2.length_scale)
    noise = found.kernel_.k2.noise_level
    many = np.linspace(0, len(x) - 1, min(_PROCESS, len(x))).astype(np.int64)
    centres = x[many] / scales
    square = ((centres[:, None, :] - centres[None, :, :]) ** 2).sum(axis=2)
    matrix = signal * np.exp(-0.5 * square)
    weights = signal * np.linalg.solve(matrix + noise * np.eye(len(many)), rest[many])
    return scales, centres, weights


def _with_chance(emulator: Emulator, x: Floats, what: Said) -> Emulator:
    """Return the emulator with a quadratic in the mean for the logarithm of the chance variance."""
    from dataclasses import replace

    mean = emulator.mean(x)
    bias = _LOG_BIAS.get(what.each.shape[1] - 1, -1.0 / max(1, what.each.shape[1] - 1))
    log = np.log(np.maximum(what.chance, 1e-8)) - bias
    basis = np.stack([np.ones_like(mean), mean, mean**2], axis=1)
    chance = np.linalg.lstsq(basis, log, rcond=None)[0]
    return replace(emulator, chance=chance)


def _with_variance(emulator: Emulator, known: Diagnostics, held: Said) -> Emulator:
    from dataclasses import replace

    own = float(held.chance.mean()) / held.each.shape[1]
    return replace(emulator, variance=max(1e-6, known.error**2 - own))


def _diagnose(emulator: Emulator, x: Floats, what: Said) -> Diagnostics:
    error = what.mean - emulator.mean(x)
    total = float(((what.mean - what.mean.mean()) ** 2).mean())
    mean_square = float((error**2).mean())
    own = what.chance / what.each.shape[1]
    nugget = max(0.0, mean_square - float(own.mean()))
    beyond = np.abs(error) > 3.0 * np.sqrt(own + nugget)
    r2 = 1.0 - mean_square / total if total > 0 else float("nan")
    return Diagnostics(r2, float(beyond.mean()), float(np.sqrt(mean_square)), len(x))


def chance_correlation(says: Sequence[Said]) -> Floats:
    """Return the correlation of chance between targets of one series, pooled over draws, float64[p, p]."""
    rest = np.stack([(what.each - what.each.mean(axis=1, keepdims=True)).reshape(-1) for what in says])
    if len(rest) == 1:
        return np.ones((1, 1))
    found = np.corrcoef(rest)
    return np.where(np.isfinite(found), found, 0.0)
