"""History matching: inputs that no series rules out, by emulator; the draws of the next wave are taken from them.

``I = |y - m| / sqrt(V)`` with V of observation, emulator, chance, and a discrepancy of :data:`DISCREPANCY_SCALE`
logits. A series has the implausibility of its worst point at the best traits that were tried: traits are free.
Parameters are kept where the second largest of all series (early waves), or the largest, is below 3 (Vernon and others
2010).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from diffusion.arrays import Floats
from diffusion.calibration.fit.likelihood import DISCREPANCY_SCALE, Group, Problem

#: what is too implausible
CUT = 3.0
#: parameters that are tried at most, at a time, and traits tried for each
_TRIED, _AT_ONCE, _TRAITS = 6000, 200, 48


@dataclass(frozen=True)
class Kept:
    """Draws of the next wave, and what share of the prior they are of."""

    shared_z: Floats  # float64[D, n_shared]
    traits: Floats  # float64[D, traits]
    share: float  # of tried parameters that are not implausible
    cut: float  # that was used: above CUT where too little is left


def implausibility(problem: Problem, group: Group, means: Floats) -> Floats:
    """Return float64[C, p] for the targets of a series at emulated means [C, p]."""
    errors = problem.covariance(group, means)
    variance = np.diagonal(errors, axis1=1, axis2=2).copy()
    for column, n in enumerate(group.targets):
        target = problem.targets[n]
        if not target.straight:
            variance[:, column] += DISCREPANCY_SCALE**2
        elif target.effect:
            variance[:, column] += (DISCREPANCY_SCALE * means[:, column]) ** 2
    return np.asarray(np.abs(problem.observed[group.targets] - means) / np.sqrt(variance))


def plausible_draws(problem: Problem, number: int, rank: int, seed: int) -> Kept:
    """Return ``number`` draws that are not implausible; ``rank`` is which of the largest counts, from 1."""
    rng = np.random.default_rng(seed)
    zs, chosen, worst = [], [], []
    for _ in range(0, _TRIED, _AT_ONCE):
        z, traits, by_series = _try(problem, rng)
        zs.append(z)
        chosen.append(traits)
        worst.append(np.sort(by_series, axis=1)[:, -min(rank, by_series.shape[1])])
    shared_z, traits, level = np.concatenate(zs), np.concatenate(chosen), np.concatenate(worst)
    share = float((level < CUT).mean())
    cut = max(CUT, float(np.sort(level)[number - 1]))  # where too few are left, the least implausible ones
    keep = np.flatnonzero(level <= cut)
    keep = np.sort(rng.permutation(keep)[:number])
    return Kept(shared_z[keep], traits[keep], share, cut)


def _try(problem: Problem, rng: np.random.Generator) -> tuple[Floats, Floats, Floats]:
    """Return (z of parameters, traits, implausibility by series) of some draws from the prior."""
    inputs = problem.inputs
    n_traits = len(inputs.traits)
    z = rng.standard_normal((_AT_ONCE, inputs.n_shared))
    shared = inputs.parameters(z)
    many_z, many = np.repeat(z, _TRAITS, axis=0), np.repeat(shared, _TRAITS, axis=0)
    tried = inputs.trait_values(rng.standard_normal((len(many), n_traits)), many)
    x = inputs.scaled(many_z, tried)
    traits = tried.reshape(_AT_ONCE, _TRAITS, n_traits)[:, 0].copy()
    found = np.zeros((_AT_ONCE, len(problem.groups)))
    rows = np.arange(_AT_ONCE)
    for n, group in enumerate(problem.groups):
        means = np.stack([problem.emulators[k].mean(x) for k in group.targets], axis=1)
        each = implausibility(problem, group, means).max(axis=1).reshape(_AT_ONCE, _TRAITS)
        found[:, n] = each.min(axis=1)
        # one of those that will do, by lot; else the best
        lot = np.where(each < CUT, rng.random(each.shape), 1.0 + each)
        best = lot.argmin(axis=1)
        own = [k - inputs.n_shared for k in group.unknowns[:-1]]
        traits[:, own] = tried.reshape(_AT_ONCE, _TRAITS, n_traits)[rows, best][:, own]
    return z, traits, found
