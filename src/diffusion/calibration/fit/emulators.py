"""What the model would say, from a formula: per target a quadratic ridge and a Gaussian process on what it leaves.

Inputs that matter are chosen by a lasso over all of them; the strongest of these, and the traits of the target's own
innovation, enter squared and in pairs and are those of the process. The rest is a nugget: the variance of what held-out
draws say beyond their own chance (Vernon, Goldstein and Bower 2010, doi 10.1214/10-BA524, section 3).
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import NamedTuple, TypeAlias

import numpy as np

from diffusion.arrays import Bools, Floats, Longs
from diffusion.calibration.fit.targets import Said, Target
from diffusion.calibration.inputs import Inputs
from diffusion.experiments.running.runner import available_cpus

#: minus a log marginal likelihood and its gradient, as scikit-learn hands it to an optimiser
Objective: TypeAlias = Callable[[Floats], tuple[float, Floats]]

#: shared inputs that enter squared and in pairs: at most so many, and one for so many draws
_STRONGEST, _DRAWS_EACH = 16, 70
#: shared inputs that enter at all
_MOST = 45
#: draws that the process is fitted to, and that its scales are found with
_PROCESS, _SCALES = 900, 300
#: the process stays only where it takes so much off the mean square of what is held out
_WORTH = 0.03
#: every so many-th draw is held out for diagnostics
HELD_OUT = 5
#: mean of the logarithm of a sample variance over that of its expectation, for nine degrees of freedom
_LOG_BIAS = {1: -1.2704, 2: -0.5772, 3: -0.3691, 4: -0.2704, 5: -0.2131, 7: -0.1496, 9: -0.1152}


class Diagnostics(NamedTuple):
    """How an emulator does for draws that it was not fitted to."""

    r2: float  # of the mean of many replicates: what chance in the held-out means explains is taken off both sides
    r2_raw: float  # of the held-out means as they are
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
        return np.asarray(value + self.process(x) if len(self.weights) else value)

    def process(self, x: Floats) -> Floats:
        """Return what the Gaussian process adds, float64[C]."""
        here = x[:, self.strong] / self.scales
        square = (here**2).sum(axis=1)[:, None] + (self.centres**2).sum(axis=1) - 2.0 * here @ self.centres.T
        return np.asarray(np.exp(-0.5 * np.maximum(square, 0.0)) @ self.weights)

    def chance_variance(self, mean: Floats) -> Floats:
        """Return the variance of one replicate about its draw's mean."""
        return np.asarray(np.exp(self.chance[0] + self.chance[1] * mean + self.chance[2] * mean**2))


def fit_emulators(
    inputs: Inputs, found: Sequence[Target], x: Floats, says: Sequence[Said]
) -> tuple[list[Emulator], list[Diagnostics]]:
    """Fit an emulator to each target from draws at ``x`` [D, inputs]; diagnostics are of draws held out first."""
    from threadpoolctl import threadpool_limits

    held = np.arange(len(x)) % HELD_OUT == 0

    def one(job: tuple[Target, Said]) -> tuple[Emulator, Diagnostics]:
        target, what = job
        seen, unseen = _part(what, ~held), _part(what, held)
        columns = _columns(inputs, own_columns(inputs, target), x[~held], seen)
        ridge = _ridge(columns, x[~held], seen)
        process = _scales(ridge, x[~held], seen)
        whole = _with_process(ridge, process, x[~held], seen)
        known, plain = _diagnose(whole, x[held], unseen), _diagnose(ridge, x[held], unseen)
        last = _ridge(columns, x, what)
        if known.error**2 < (1.0 - _WORTH) * plain.error**2:
            last = _with_process(last, process, x, what)
        else:
            known = plain
        own = float(unseen.chance.mean()) / unseen.each.shape[1]
        return replace(_with_chance(last, x, what), variance=max(1e-6, known.error**2 - own)), known

    with warnings.catch_warnings():  # a scale at its bound is an input without curvature
        warnings.simplefilter("ignore")
        # the same sums whatever the machine has
        with threadpool_limits(1), ThreadPoolExecutor(available_cpus()) as pool:
            done = list(pool.map(one, zip(found, says)))
    return [emulator for emulator, _ in done], [known for _, known in done]


def own_columns(inputs: Inputs, target: Target) -> Longs:
    """Return the inputs that are traits of the target's own innovation."""
    return np.array(
        [inputs.n_shared + n for n, trait in enumerate(inputs.traits) if trait.series == target.series], dtype=np.int64
    )


def _part(what: Said, rows: Bools) -> Said:
    return Said(what.mean[rows], what.chance[rows], what.each[rows])


class _Columns(NamedTuple):
    """Inputs that enter, and those of them that enter squared and in pairs."""

    linear: Longs
    strong: Longs


def _columns(inputs: Inputs, own: Longs, x: Floats, what: Said) -> _Columns:
    """Choose the shared inputs of an emulator by a lasso; the innovation's own traits enter in any case."""
    from sklearn.linear_model import LassoCV

    tried = x[:, np.concatenate([np.arange(inputs.n_shared), own])]
    most = float(np.abs((tried - tried.mean(axis=0)).T @ (what.mean - what.mean.mean())).max()) / len(x)
    found = LassoCV(alphas=most * np.logspace(0, -2.5, 30), cv=4, max_iter=4000).fit(tried, what.mean)
    strength = np.abs(found.coef_[: inputs.n_shared]) * x[:, : inputs.n_shared].std(axis=0)
    order = np.argsort(-strength, kind="stable")[: min(_MOST, max(1, int((strength > 0).sum())))]
    strongest = order[: min(_STRONGEST, max(4, len(x) // _DRAWS_EACH))]
    return _Columns(
        np.concatenate([np.sort(order), own]).astype(np.int64),
        np.concatenate([np.sort(strongest), own]).astype(np.int64),
    )


def _ridge(columns: _Columns, x: Floats, what: Said) -> Emulator:
    from sklearn.linear_model import RidgeCV

    features, upper = _features(x, *columns)
    scale = features.std(axis=0) + 1e-9
    ridge = RidgeCV(alphas=np.logspace(-2, 4, 25)).fit(features / scale, what.mean)
    slopes = ridge.coef_ / scale
    n = len(columns.linear)
    pairs = np.zeros((len(columns.strong), len(columns.strong)))
    pairs[upper] = slopes[n:]
    none = np.zeros((0, len(columns.strong)))
    return Emulator(
        *columns,
        float(ridge.intercept_),
        slopes[:n],
        0.5 * (pairs + pairs.T),
        np.ones(len(columns.strong)),
        none,
        np.zeros(0),
        0.0,
        np.zeros(3),
    )


def _features(x: Floats, linear: Longs, strong: Longs) -> tuple[Floats, tuple[Longs, Longs]]:
    """Return (features [D, f], where the products stand in a square matrix)."""
    first, second = np.triu_indices(len(strong))
    near = x[:, strong]
    return np.concatenate([x[:, linear], near[:, first] * near[:, second]], axis=1), (first, second)


class _Process(NamedTuple):
    """A Gaussian process: scales of its inputs, variance of signal and noise."""

    scales: Floats
    signal: float
    noise: float


def _scales(emulator: Emulator, x: Floats, what: Said) -> _Process:
    """Find the process for what an emulator leaves, from some of the draws."""
    from scipy.optimize import minimize
    from sklearn.gaussian_process import GaussianProcessRegressor
    from sklearn.gaussian_process.kernels import RBF, ConstantKernel, WhiteKernel

    def few_steps(objective: Objective, start: Floats, bounds: Floats) -> tuple[Floats, float]:
        found = minimize(objective, start, jac=True, bounds=bounds, method="L-BFGS-B", options={"maxiter": 15})
        return found.x, float(found.fun)

    some = np.linspace(0, len(x) - 1, min(_SCALES, len(x))).astype(np.int64)
    rest = what.mean[some] - emulator.mean(x[some])
    spread = float(rest.std()) or 1.0
    start = np.full(len(emulator.strong), 3.0)
    kernel = ConstantKernel(0.5, (1e-3, 1e2)) * RBF(start, (0.3, 30.0)) + WhiteKernel(0.5, (1e-3, 1e1))
    model = GaussianProcessRegressor(kernel, optimizer=few_steps)
    found = model.fit(x[some][:, emulator.strong], rest / spread).kernel_
    return _Process(
        np.asarray(found.k1.k2.length_scale), float(found.k1.k1.constant_value), float(found.k2.noise_level)
    )


def _with_process(emulator: Emulator, process: _Process, x: Floats, what: Said) -> Emulator:
    """Return the emulator with the process on what it leaves."""
    many = np.linspace(0, len(x) - 1, min(_PROCESS, len(x))).astype(np.int64)
    rest = what.mean[many] - emulator.mean(x[many])
    centres = x[many][:, emulator.strong] / process.scales
    square = (centres**2).sum(axis=1)[:, None] + (centres**2).sum(axis=1) - 2.0 * centres @ centres.T
    matrix = process.signal * np.exp(-0.5 * np.maximum(square, 0.0))
    weights = process.signal * np.linalg.solve(matrix + process.noise * np.eye(len(many)), rest)
    return replace(emulator, scales=process.scales, centres=centres, weights=weights)


def _with_chance(emulator: Emulator, x: Floats, what: Said) -> Emulator:
    """Return the emulator with a quadratic in the mean for the logarithm of the chance variance."""
    mean = emulator.mean(x)
    bias = _LOG_BIAS.get(what.each.shape[1] - 1, -1.0 / max(1, what.each.shape[1] - 1))
    log = np.log(np.maximum(what.chance, 1e-8)) - bias
    basis = np.stack([np.ones_like(mean), mean, mean**2], axis=1)
    chance = np.linalg.lstsq(basis, log, rcond=None)[0]
    return replace(emulator, chance=chance)


def _diagnose(emulator: Emulator, x: Floats, what: Said) -> Diagnostics:
    error = what.mean - emulator.mean(x)
    total = float(((what.mean - what.mean.mean()) ** 2).mean())
    mean_square = float((error**2).mean())
    own = what.chance / what.each.shape[1]
    nugget = max(0.0, mean_square - float(own.mean()))
    beyond = np.abs(error) > 3.0 * np.sqrt(own + nugget)
    chance = float(own.mean())
    raw = 1.0 - mean_square / total if total > 0 else float("nan")
    r2 = 1.0 - nugget / (total - chance) if total > chance else float("nan")
    return Diagnostics(r2, raw, float(beyond.mean()), float(np.sqrt(mean_square)), len(x))


def chance_correlation(says: Sequence[Said]) -> Floats:
    """Return the correlation of chance between targets of one series, pooled over draws, float64[p, p]."""
    rest = np.stack([(what.each - what.each.mean(axis=1, keepdims=True)).reshape(-1) for what in says])
    if len(rest) == 1:
        return np.ones((1, 1))
    found = np.corrcoef(rest)
    return np.where(np.isfinite(found), found, 0.0)
