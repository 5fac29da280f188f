"""Elliptical slice sampling (Murray, Adams and MacKay 2010) of the unknowns, many chains at a time.

Every unknown is a standard normal a priori, so an ellipse through the present point and a draw from the prior stays
inside the prior, and the only rule is the likelihood: nothing is to be tuned. In turn the parameters move, all together
and in random parts, then the unknowns of each series by themselves: given the parameters, series do not see each other.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from diffusion.arrays import Floats, Longs
from diffusion.calibration.fit.likelihood import Problem
from diffusion.progress import Report, silent

#: parameters that move together in a part
_PART = 8


@dataclass(frozen=True)
class Chains:
    """Kept draws: float64[kept, chains, unknowns], their log-likelihoods, and how well the chains agree."""

    draws: Floats
    log_likelihood: Floats
    rhat: Floats  # [unknowns], split R-hat

    @property
    def flat(self) -> Floats:
        """All draws, float64[kept * chains, unknowns]."""
        return self.draws.reshape(-1, self.draws.shape[2])


def sample(
    problem: Problem,
    steps: int,
    chains: int = 32,
    warm_up: int | None = None,
    keep_every: int = 5,
    seed: int = 1,
    report: Report = silent,
) -> Chains:
    """Return draws from the posterior of ``problem``; the first ``warm_up`` steps (default: half) are thrown away."""
    from threadpoolctl import threadpool_limits

    rng = np.random.default_rng(seed)
    z = rng.standard_normal((chains, problem.n))
    warm_up = steps // 2 if warm_up is None else warm_up
    kept, levels = [], []
    with threadpool_limits(1):
        by_series = problem.log_likelihood(z)
        for step in range(steps):
            parts = [problem.moving, *_parts(problem.moving, rng)]
            for part in parts:
                z, by_series = _move_shared(problem, z, by_series, part, rng)
            z, by_series = _move_series(problem, z, by_series, rng)
            if step >= warm_up and (step - warm_up) % keep_every == 0:
                kept.append(z.copy())
                levels.append(by_series.sum(axis=1))
            report("Sampling", step + 1, steps)
    draws = np.stack(kept)
    idle = np.setdiff1d(np.arange(problem.inputs.n_shared), problem.moving)
    draws[:, :, idle] = rng.standard_normal((*draws.shape[:2], len(idle)))  # nothing was learnt of these
    return Chains(draws, np.stack(levels), split_rhat(draws))


def _parts(moving: Longs, rng: np.random.Generator) -> list[Longs]:
    mixed = rng.permutation(moving)
    return [mixed[first : first + _PART] for first in range(0, len(mixed), _PART)]


def _move_shared(
    problem: Problem, z: Floats, by_series: Floats, part: Longs, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Move some shared unknowns of every chain."""
    chains = len(z)
    other = rng.standard_normal((chains, len(part)))
    height = by_series.sum(axis=1) + np.log(rng.random(chains))
    angle = rng.random(chains) * 2.0 * np.pi
    low, high = angle - 2.0 * np.pi, angle.copy()
    before = z[:, part].copy()
    waiting = np.arange(chains)
    while len(waiting):
        turned = angle[waiting, None]
        tried = z[waiting]
        tried[:, part] = before[waiting] * np.cos(turned) + other[waiting] * np.sin(turned)
        found = problem.log_likelihood(tried)
        good = found.sum(axis=1) > height[waiting]
        z[waiting[good]], by_series[waiting[good]] = tried[good], found[good]
        waiting = waiting[~good]
        _shrink(angle, low, high, waiting, rng)
    return z, by_series


def _move_series(problem: Problem, z: Floats, by_series: Floats, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Move the traits and the discrepancy of every series of every chain, each by its own likelihood."""
    chains, number = by_series.shape
    owner = np.full(problem.n, -1, dtype=np.int64)
    for n, group in enumerate(problem.groups):
        owner[group.unknowns] = n
    mine = np.flatnonzero(owner >= 0)
    other = rng.standard_normal((chains, len(mine)))
    height = by_series + np.log(rng.random((chains, number)))
    angle = rng.random((chains, number)) * 2.0 * np.pi
    low, high = angle - 2.0 * np.pi, angle.copy()
    before = z[:, mine].copy()
    waiting = np.ones((chains, number), dtype=bool)
    while waiting.any():
        rows = np.flatnonzero(waiting.any(axis=1))
        turned = angle[rows][:, owner[mine]]
        moved = before[rows] * np.cos(turned) + other[rows] * np.sin(turned)
        tried = z[rows]
        tried[:, mine] = np.where(waiting[rows][:, owner[mine]], moved, tried[:, mine])
        found = problem.log_likelihood(tried)
        good = waiting[rows] & (found > height[rows])
        z[np.ix_(rows, mine)] = np.where(good[:, owner[mine]], tried[:, mine], z[np.ix_(rows, mine)])
        by_series[rows] = np.where(good, found, by_series[rows])
        waiting[rows] &= ~good
        left = np.flatnonzero(waiting.reshape(-1))
        _shrink(angle.reshape(-1), low.reshape(-1), high.reshape(-1), left, rng)
    return z, by_series


def _shrink(angle: Floats, low: Floats, high: Floats, waiting: Longs, rng: np.random.Generator) -> None:
    """Narrow the bracket of those that still wait to their last angle, and draw another inside."""
    last = angle[waiting]
    low[waiting] = np.where(last < 0.0, last, low[waiting])
    high[waiting] = np.where(last < 0.0, high[waiting], last)
    angle[waiting] = low[waiting] + rng.random(len(waiting)) * (high[waiting] - low[waiting])


def split_rhat(draws: Floats) -> Floats:
    """Return split R-hat of every unknown (Gelman and others 2013, section 11.4) from [kept, chains, unknowns]."""
    half = len(draws) // 2
    if half < 2:
        return np.full(draws.shape[2], np.nan)
    halves = np.concatenate([draws[:half], draws[half : 2 * half]], axis=1)
    within = halves.var(axis=0, ddof=1).mean(axis=0)
    between = half * halves.mean(axis=0).var(axis=0, ddof=1)
    return np.asarray(np.sqrt(((half - 1) / half * within + between / half) / np.maximum(within, 1e-300)))
