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
        asked |= {self.inputs.place[name] for name in self._hierarchy}
        return np.array([*sorted(asked), self.n - 1], dtype=np.int64)

    @property
    def _hierarchy(self) -> set[str]:
        from diffusion.calibration.inputs import HIERARCHY

        used = {trait.name for trait in self.inputs.traits}
        return {part for name in used for part in HIERARCHY[name] if isinstance(part, str)}

    def state(self, z: Floats) -> State:
        n = len(self.inputs.names)
        shared = self.inputs.hierarchy(z)
        traits = self.inputs.trait_values(z[:, self.inputs.n_shared : n], shared)
        sigma = DISCREPANCY_SCALE * np.abs(z[:, -1])
        return State(shared, traits, sigma[:, None] * z[:, n:-1], sigma)

    def means(self, z: Floats, state: State, wanted: Sequence[int] | None = None) -> Floats:
        """Return the emulators' means, float64[C, targets] (of ``wanted``), before any discrepancy."""
        x = self.inputs.scaled(z[:, : self.inputs.n_shared], state.traits)
        chosen = range(len(self.targets)) if wanted is None else wanted
        return np.stack([self.emulators[n].mean(x) for n in chosen], axis=1)

    def log_likelihood(self, z: Floats) -> Floats:
        """Return float64[C, series]: log density of each series' data; 0 for those left out."""
        state = self.state(z)
        means = self.means(z, state)
        out = np.zeros((len(z), len(self.series)))
        for number, group in enumerate(self.groups):
            if group.series not in self.left_out:
                out[:, number] = self._of(group, means[:, group.targets], state.delta[:, number])
        return out

    def covariance(self, group: Group, mean: Floats) -> Floats:
        """Return float64[C, p, p]: chance, the emulators' and the observations' errors of a series' targets."""
        p = len(group.targets)
        chance = np.stack([self.emulators[n].chance_variance(mean[:, k]) for k, n in enumerate(group.targets)], axis=1)
        spread = np.sqrt(chance)
        total = spread[:, :, None] * spread[:, None, :] * self.correlations[group.series]
        own = [self.targets[n].error ** 2 + self.emulators[n].variance for n in group.targets]
        total[:, np.arange(p), np.arange(p)] += np.array(own) + 1e-9
        return np.asarray(total)

    def _of(self, group: Group, mean: Floats, delta: Floats) -> Floats:
        shifted = np.stack([self.targets[n].discrepant(mean[:, k], delta) for k, n in enumerate(group.targets)], axis=1)
        rest = self.observed[group.targets] - shifted
        root = np.linalg.cholesky(self.covariance(group, mean))
        white = np.linalg.solve(root, rest[:, :, None])[:, :, 0]
        log_root = np.log(np.diagonal(root, axis1=1, axis2=2)).sum(axis=1)
        return np.asarray(-0.5 * (white**2).sum(axis=1) - log_root)
