"""How likely the evidence is at given inputs, by emulator: normal on the scale of each target, series by series.

``y_s ~ N(m_s + delta_s, V_s)`` for the targets of series s: m is the emulator's mean; delta, one for each series, is
what the model cannot do, N(0, sigma^2) with sigma half-normal; V holds the error of the observation, the emulator's
own variance, and chance with its correlation between the points of a curve. A count enters through the variance of its
logit, to which chance adds what a beta-binomial's overdispersion would. An effect is multiplied by exp(delta); a
gap between groups of trusts is left as it is.

Everything unknown has a standard normal behind it, in one vector: parameters, traits, a delta for each series, sigma.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from diffusion.arrays import Floats, Longs
from diffusion.calibration.fit.emulators import Emulator
from diffusion.calibration.fit.targets import Target
from diffusion.calibration.inputs import Inputs

#: scale of the half-normal prior of the discrepancy's standard deviation, in logits
DISCREPANCY_SCALE = 0.6


class Group(NamedTuple):
    """The targets of one series, and where its own unknowns stand among all."""

    series: str
    targets: Longs
    unknowns: Longs


class State(NamedTuple):
    """What a vector of unknowns means, [C, ...] each."""

    shared: Floats  # values of the parameters of the hierarchy, NaN of the others
    traits: Floats  # values of the traits
    delta: Floats  # discrepancy by series
    sigma: Floats  # its standard deviation


class Alone(NamedTuple):
    """Series of one target: which series, which target."""

    series: Longs
    targets: Longs


@dataclass(frozen=True)
class Together:
    """The ridges of several emulators as one: intercepts, slopes, and products of pairs that any of them asks for."""

    intercepts: Floats  # [targets]
    slopes: Floats  # [inputs, targets]
    first: Longs  # [pairs]
    second: Longs
    products: Floats  # [pairs, targets]
    chance: Floats  # [3, targets]

    @classmethod
    def of(cls, emulators: Sequence[Emulator], n: int) -> Together:
        slopes = np.zeros((n, len(emulators)))
        dense = np.zeros((n, n, len(emulators)))
        for number, item in enumerate(emulators):
            slopes[item.linear, number] = item.slopes
            dense[item.strong[:, None], item.strong[None, :], number] += item.pairs
        upper = dense + dense.transpose(1, 0, 2)
        upper[np.arange(n), np.arange(n)] *= 0.5
        first, second = np.nonzero(np.triu(np.abs(upper).sum(axis=2)))
        return cls(
            np.array([item.intercept for item in emulators]),
            slopes,
            first,
            second,
            upper[first, second],
            np.stack([item.chance for item in emulators], axis=1),
        )

    def means(self, x: Floats) -> Floats:
        """Return float64[C, targets] at scaled inputs, without any process."""
        return np.asarray(self.intercepts + x @ self.slopes + (x[:, self.first] * x[:, self.second]) @ self.products)

    def chance_variance(self, means: Floats) -> Floats:
        """Return float64[C, targets]."""
        return np.asarray(np.exp(self.chance[0] + self.chance[1] * means + self.chance[2] * means**2))


@dataclass(frozen=True)
class Problem:
    """Evidence, emulators and inputs together: all that a sampler needs.

    Parameters
    ----------
    observed: in place of what the targets say, for made-up data; float64[targets]
    left_out: series that are not fitted to
    """

    inputs: Inputs
    targets: tuple[Target, ...]
    emulators: tuple[Emulator, ...]
    correlations: dict[str, Floats]
    observed: Floats
    left_out: tuple[str, ...] = ()

    @cached_property
    def series(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(target.series for target in self.targets))

    @property
    def n(self) -> int:
        """Number of unknowns: parameters, traits, a delta for each series, sigma."""
        return len(self.inputs.names) + len(self.series) + 1

    @cached_property
    def groups(self) -> tuple[Group, ...]:
        found = []
        for number, name in enumerate(self.series):
            own = [self.inputs.n_shared + n for n, trait in enumerate(self.inputs.traits) if trait.series == name]
            theirs = [n for n, target in enumerate(self.targets) if target.series == name]
            unknowns = np.array([*own, len(self.inputs.names) + number], dtype=np.int64)
            found.append(Group(name, np.array(theirs, dtype=np.int64), unknowns))
        return tuple(found)

    @cached_property
    def moving(self) -> Longs:
        """Shared unknowns that any emulator or the hierarchy asks for, and sigma; the others keep their priors."""
        asked = {int(n) for item in self.emulators for n in item.linear if n < self.inputs.n_shared}
        asked |= {self.inputs.place[name] for name in self.inputs.asked}
        return np.array([*sorted(asked), self.n - 1], dtype=np.int64)

    def state(self, z: Floats) -> State:
        n = len(self.inputs.names)
        shared = self.inputs.hierarchy(z)
        traits = self.inputs.trait_values(z[:, self.inputs.n_shared : n], shared)
        sigma = DISCREPANCY_SCALE * np.abs(z[:, -1])
        return State(shared, traits, sigma[:, None] * z[:, n:-1], sigma)

    @cached_property
    def together(self) -> Together:
        """All emulators as few matrices."""
        return Together.of(self.emulators, len(self.inputs.names))

    def means(self, z: Floats, state: State) -> Floats:
        """Return the emulators' means, float64[C, targets], before any discrepancy."""
        x = self.inputs.scaled(z[:, : self.inputs.n_shared], state.traits)
        found = self.together.means(x)
        for n, emulator in enumerate(self.emulators):
            if len(emulator.weights):
                found[:, n] += emulator.process(x)
        return found

    def log_likelihood(self, z: Floats) -> Floats:
        """Return float64[C, series]: log density of each series' data; 0 for those left out."""
        state = self.state(z)
        means = self.means(z, state)
        chance = self.together.chance_variance(means)
        shifted = self._shifted(means, state.delta)
        rest = self.observed - shifted
        out = np.zeros((len(z), len(self.series)))
        alone = self._alone
        if len(alone.targets):
            variance = chance[:, alone.targets] + self._own[alone.targets]
            level = -0.5 * rest[:, alone.targets] ** 2 / variance - 0.5 * np.log(variance)
            out[:, alone.series] = level
        for number, group in enumerate(self.groups):
            if len(group.targets) > 1 and group.series not in self.left_out:
                out[:, number] = self._of(group, chance[:, group.targets], rest[:, group.targets])
        return out

    @cached_property
    def _alone(self) -> Alone:
        """Series of one target, which need no matrix, but for those left out."""
        chosen = [
            (number, int(group.targets[0]))
            for number, group in enumerate(self.groups)
            if len(group.targets) == 1 and group.series not in self.left_out
        ]
        return Alone(
            np.array([number for number, _ in chosen], dtype=np.int64),
            np.array([target for _, target in chosen], dtype=np.int64),
        )

    @cached_property
    def _own(self) -> Floats:
        """Variance of observation and emulator by target."""
        return np.array([t.error**2 + e.variance for t, e in zip(self.targets, self.emulators)]) + 1e-9

    @cached_property
    def _owner(self) -> Longs:
        """The series of each target."""
        return np.array([self.series.index(target.series) for target in self.targets], dtype=np.int64)

    def _shifted(self, means: Floats, delta: Floats) -> Floats:
        """Return what the discrepancies make of the means, target by target (see :meth:`Target.discrepant`)."""
        by_target = delta[:, self._owner]
        kinds = np.array([target.kind for target in self.targets])
        shifted = np.where(kinds == "share", means + by_target, means)
        return np.where(kinds == "effect", means * np.exp(by_target), shifted)

    def covariance(self, group: Group, mean: Floats) -> Floats:
        """Return float64[C, p, p]: chance, the emulators' and the observations' errors of a series' targets."""
        chance = np.stack([self.emulators[n].chance_variance(mean[:, k]) for k, n in enumerate(group.targets)], axis=1)
        return self._covariance(group, chance)

    def _covariance(self, group: Group, chance: Floats) -> Floats:
        p = len(group.targets)
        spread = np.sqrt(chance)
        total = spread[:, :, None] * spread[:, None, :] * self.correlations[group.series]
        total[:, np.arange(p), np.arange(p)] += self._own[group.targets]
        return np.asarray(total)

    def _of(self, group: Group, chance: Floats, rest: Floats) -> Floats:
        root = np.linalg.cholesky(self._covariance(group, chance))
        white = np.linalg.solve(root, rest[:, :, None])[:, :, 0]
        log_root = np.log(np.diagonal(root, axis1=1, axis2=2)).sum(axis=1)
        return np.asarray(-0.5 * (white**2).sum(axis=1) - log_root)
