"""What a model is told by Mesa's ``batch_run``: nothing, so it looks who makes it.

``batch_run`` makes the same model once per iteration. A model that draws from its generator then differs; this one
follows from seed and replicate alone, so the number of the iteration becomes that of the replicate.
"""

from __future__ import annotations

import inspect
import sys
import warnings

import numpy as np

from diffusion.errors import InputError


def batch_iteration() -> int | None:
    """Return the number of the iteration if Mesa's ``batch_run`` makes this model, else None."""
    batchrunner = sys.modules.get("mesa.batchrunner")
    running = getattr(getattr(batchrunner, "_model_run_func", None), "__code__", None)
    frame = sys._getframe(1) if running is not None else None
    while frame is not None:
        if frame.f_code is running:
            found = frame.f_locals.get("iteration")
            return found if isinstance(found, int) else None
        frame = frame.f_back
    return None


def seed_of(seed: int | None, rng: object) -> int | None:
    """Return the seed; ``rng`` is what Mesa from 3.4 on calls it. Raises InputError for generators and for both."""
    if rng is None:
        return seed
    if seed is not None or isinstance(rng, bool) or not isinstance(rng, (int, np.integer)):
        raise InputError(
            "a model draws from keys, which follow from a seed" if seed is None else "a seed is given twice",
            key="rng",
            expected="one whole number, as seed or as rng",
            suggestion="rng=1, or seed=1",
        )
    return int(rng)


def seed_number(value: object, key: str) -> int:
    """Return a seed or the number of a replicate; raises InputError unless it is a whole number of 0 or more."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or not 0 <= int(value) < 2**63:
        raise InputError(
            f"{value!r} is no whole number that can be used here",
            key=key,
            expected="a whole number, 0 or more",
            suggestion=f"for example {key}=1",
        )
    return int(value)


def replicate_of(iteration: int | None, seed: int | None, replicate: int | None) -> int:
    """Return which replicate a model is; warns where an iteration repeats another."""
    if iteration is None:
        return replicate or 0
    if replicate is None:
        return 0 if seed is not None and _iterations_are_seeds() else iteration
    if iteration > 0 and not (seed is not None and _iterations_are_seeds()):
        warnings.warn(
            f"iteration {iteration} of batch_run repeats replicate {replicate} to the last digit: leave 'replicate' "
            "out, and iterations are replicates 0, 1, 2, ...",
            stacklevel=3,
        )
    return replicate


def _iterations_are_seeds() -> bool:
    """Tell whether this Mesa's ``batch_run`` (from 3.4 on) hands every iteration a seed."""
    return "rng" in inspect.signature(sys.modules["mesa.batchrunner"].batch_run).parameters
