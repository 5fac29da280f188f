"""What a model is told by Mesa's ``batch_run``: nothing, so it looks who makes it.

``batch_run`` makes the same model once per iteration. A model that draws from its generator then differs; this one
follows from seed and replicate alone, so the number of the iteration becomes that of the replicate.
"""

from __future__ import annotations

import inspect
import sys
import warnings

from diffusion.errors import InputError
from diffusion.reading.numbers import whole_number


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
    if seed is not None and rng is not None:
        raise InputError("a seed is given twice", key="rng", expected="seed or rng", suggestion="leave rng out")
    if rng is not None:
        return whole_number(rng, "rng")
    return None if seed is None else whole_number(seed, "seed")


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
