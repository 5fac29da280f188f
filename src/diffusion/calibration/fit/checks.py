"""How far a fit is to be believed: predictive checks, made-up data of known parameters, families left out.

Made-up data are what the model itself said for a draw of a wave (one of its replicates, never the mean), with the
errors of the observations and a discrepancy of its own: the sampler then has to find parameters that are known. Ranks
of the true values among the posterior's are uniform if it does (Talts and others 2018, arXiv 1804.06788).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.special import expit

from diffusion.arrays import Floats, Longs
from diffusion.calibration.comparison import observed_number
from diffusion.calibration.fit.likelihood import DISCREPANCY_SCALE, Problem
from diffusion.calibration.fit.sampler import sample
from diffusion.calibration.fit.targets import Said, Target

if TYPE_CHECKING:
    from diffusion.calibration.predicted import Place
    from diffusion.calibration.validation import Validation

#: intervals that are told
INNER, OUTER = (0.1, 0.9), (0.025, 0.975)


class Predicted(NamedTuple):
    """What is predicted for a target, as shares or effects, with the errors of the observation."""

    target: Target
    observed: float
    low80: float
    median: float
    high80: float
    low95: float
    high95: float

    @property
    def inside80(self) -> bool:
        return self.low80 <= self.observed <= self.high80

    @property
    def inside95(self) -> bool:
        return self.low95 <= self.observed <= self.high95

    @property
    def width80(self) -> float:
        return self.high80 - self.low80


def natural(target: Target, value: Floats | float) -> Floats:
    """Return a value of the target's scale as a share, or an effect as it is."""
    return np.asarray(value) if target.straight else np.asarray(expit(value))


def _intervals(target: Target, values: Floats) -> Predicted:
    shown = natural(target, values)
    return Predicted(target, float(natural(target, target.value)), *_bounds(shown))


def _bounds(values: Floats) -> tuple[float, float, float, float, float]:
    """Return (low80, median, high80, low95, high95)."""
    return tuple(map(float, np.quantile(values, (INNER[0], 0.5, INNER[1], *OUTER))))  # type: ignore[return-value]


def predicted_by_runs(
    targets: Sequence[Target], says: Sequence[Said], delta: Floats | None, seed: int
) -> list[Predicted]:
    """Return what runs of the posterior say, each replicate with an error of the observation drawn for it.

    Parameters
    ----------
    delta: float64[D, targets], the draws' discrepancies; None leaves them out
    """
    rng = np.random.default_rng(seed)
    found = []
    for n, (target, what) in enumerate(zip(targets, says)):
        value = what.each
        if delta is not None:
            value = target.discrepant(value, delta[:, n, None])
        found.append(_intervals(target, (value + target.error * rng.standard_normal(value.shape)).ravel()))
    return found


class Shown(NamedTuple):
    """A point that nothing was fitted to, and what runs of the posterior with an error of observation say for it."""

    place: Place
    observed: float
    low80: float
    median: float
    high80: float
    low95: float
    high95: float

    @property
    def family(self) -> str:
        return self.place.item.series.family or self.place.item.id

    @property
    def inside80(self) -> bool:
        return self._inside(self.low80, self.high80)

    @property
    def inside95(self) -> bool:
        return self._inside(self.low95, self.high95)

    def _inside(self, low: float, high: float) -> bool:
        return (self.place.point.at_least or self.observed >= low) and self.observed <= high


def not_fitted(found: Validation, seed: int) -> list[Shown]:
    """Return the points that nothing was fitted to but that can be compared, from curves over the posterior."""
    rng = np.random.default_rng(seed)
    shown = []
    for item in sorted(found.compared, key=lambda one: one.place.label):
        if not item.comparable or item.place.fitted:
            continue
        values = found.curves.at(item.place)
        values = values[~np.isnan(values)]
        number = observed_number(item.place)
        error = max(item.error, 0.5 / number)  # none of n is not known to be none
        values = values + error * rng.standard_normal(values.shape)
        if item.place.point.effect is None:
            values = np.clip(values, 0.0, 1.0)
        shown.append(Shown(item.place, item.observed, *_bounds(values)))
    return shown


def predicted_by_emulators(problem: Problem, z: Floats, wanted: Longs, seed: int) -> list[Predicted]:
    """Return what the emulators say for targets ``wanted`` at unknowns ``z``, with chance, discrepancy and errors."""
    rng = np.random.default_rng(seed)
    state = problem.state(z)
    means = problem.means(z, state)[:, wanted]
    found = []
    for column, n in enumerate(wanted):
        target, emulator = problem.targets[n], problem.emulators[n]
        delta = state.delta[:, problem.series.index(target.series)]
        value = target.discrepant(means[:, column], delta)
        spread = np.sqrt(emulator.chance_variance(means[:, column]) + emulator.variance + target.error**2)
        found.append(_intervals(target, value + spread * rng.standard_normal(len(z))))
    return found


class Made(NamedTuple):
    """Data made at known unknowns."""

    observed: Floats  # float64[targets]
    shared_z: Floats  # [n_shared]
    traits: Floats  # [traits]
    sigma: float


def make_data(problem: Problem, says: Sequence[Said], shared_z: Floats, traits: Floats, draw: int, seed: int) -> Made:
    """Make data from replicate 0 of a draw of a wave, with a discrepancy and errors of observation drawn for it."""
    rng = np.random.default_rng([seed, draw])
    sigma = DISCREPANCY_SCALE * abs(float(rng.standard_normal()))
    delta = dict(zip(problem.series, sigma * rng.standard_normal(len(problem.series))))
    observed = np.empty(len(problem.targets))
    for n, (target, what) in enumerate(zip(problem.targets, says)):
        value = what.each[draw, 0]
        value = float(target.discrepant(np.asarray(value), np.asarray(delta[target.series])))
        observed[n] = value + target.error * rng.standard_normal()
    return Made(observed, shared_z[draw], traits[draw], sigma)


@dataclass(frozen=True)
class Recovered:
    """Where the truth lay among the draws of one fit to made-up data."""

    ranks: Floats  # [parameters], share of draws below the truth
    covered: np.ndarray  # bool[parameters], inside the middle 90 %


def recover(problem: Problem, made: Made, wanted: Longs, steps: int, chains: int, seed: int) -> Recovered:
    """Fit made-up data and return where the known parameters ``wanted`` lie among the draws."""
    draws = sample(replace(problem, observed=made.observed), steps, chains, seed=seed).flat[:, wanted]
    truth = made.shared_z[wanted]
    low, high = np.quantile(draws, (0.05, 0.95), axis=0)
    return Recovered((draws < truth).mean(axis=0), (low <= truth) & (truth <= high))


class Tally(NamedTuple):
    """How many are inside; a family is inside if all its targets are."""

    targets: int
    inside80: int
    inside95: int
    families: int
    families80: int
    families95: int
    median_width80: float


def tally(found: Sequence[Predicted]) -> Tally:
    """Count."""
    groups: dict[str, list[Predicted]] = {}
    for item in found:
        groups.setdefault(item.target.family, []).append(item)
    return Tally(
        len(found),
        sum(item.inside80 for item in found),
        sum(item.inside95 for item in found),
        len(groups),
        sum(all(item.inside80 for item in group) for group in groups.values()),
        sum(all(item.inside95 for item in group) for group in groups.values()),
        float(np.median([item.width80 for item in found])),
    )
