"""From factors to draws: full grid, Latin hypercube (SciPy), Sobol and Morris (SALib), listed points."""

from __future__ import annotations

import hashlib
import inspect
import itertools
import math
from collections.abc import Sequence

import numpy as np

from diffusion.arrays import Floats
from diffusion.experiments.study.axis import DEFAULT_LEVELS, Axis
from diffusion.experiments.study.points import read_points
from diffusion.experiments.study.schema import Study

MORRIS_LEVELS = 4


def planned_draws(study: Study, axes: Sequence[Axis]) -> int:
    """Return the number of draws of a design without making it."""
    design, n = study.design, len(axes)
    if design.method == "latin hypercube":
        return int(design.draws or 0)
    if design.method == "sobol":
        return int(design.base_samples or 0) * (2 * n + 2 if design.second_order is not False else n + 2)
    if design.method == "morris":
        return int(design.trajectories or 0) * (n + 1)
    if design.method == "points":
        return len(next(iter(read_points(study).values()), ()))
    return math.prod(len(axis.grid(design.levels or DEFAULT_LEVELS)) for axis in axes)


def sampled(study: Study, axes: Sequence[Axis]) -> tuple[dict[str, list[object]], Floats | None]:
    """Return (factor -> values, one per draw; the shares in [0, 1] that they came from [draws, factors], or None).

    The rows of Sobol and Morris designs are in the order that SALib's analyses expect.
    """
    design = study.design
    if design.method == "points":
        return read_points(study), None
    if design.method == "full grid":
        points = itertools.product(*(axis.grid(design.levels or DEFAULT_LEVELS) for axis in axes))
        columns = [list(column) for column in zip(*points)]
        return {axis.name: column for axis, column in zip(axes, columns)}, None
    shares = _shares(study, len(axes))
    ends = design.method == "morris"  # its grid holds 0 and 1, where boundless shapes have no value
    return {axis.name: axis.at(shares[:, i], ends=ends) for i, axis in enumerate(axes)}, shares


def design_seed(seed: int) -> int:
    """Return the seed of the design, below 2^32 and unlike the seed of the runs."""
    return int.from_bytes(hashlib.sha256(f"design {seed}".encode()).digest()[:4], "big")


def problem_of(names: Sequence[str]) -> dict[str, object]:
    """Return SALib's description of factors that are shares in [0, 1]."""
    return {"num_vars": len(names), "names": list(names), "bounds": [[0.0, 1.0]] * len(names)}


def _shares(study: Study, n: int) -> Floats:
    design, seed = study.design, design_seed(study.seed)
    if design.method == "latin hypercube":
        from scipy.stats import qmc

        # SciPy renamed the argument in 1.15
        name = "rng" if "rng" in inspect.signature(qmc.LatinHypercube).parameters else "seed"
        sampler = qmc.LatinHypercube(n, **{name: np.random.default_rng(seed)})
        return np.asarray(sampler.random(int(design.draws or 1)))
    problem = problem_of([f"x{i}" for i in range(n)])
    if design.method == "sobol":
        from SALib.sample import sobol

        second = design.second_order is not False
        shares = sobol.sample(problem, int(design.base_samples or 2), calc_second_order=second, seed=seed)
    else:
        from SALib.sample import morris

        levels = design.levels or MORRIS_LEVELS
        shares = morris.sample(problem, int(design.trajectories or 2), num_levels=levels, seed=seed)
    return np.asarray(shares, dtype=np.float64)
