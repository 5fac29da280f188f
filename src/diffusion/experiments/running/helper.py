"""A helper process: it is handed a comparison, then runs a block of replicates at a time and gives its records back.

:mod:`diffusion.experiments.running.team` starts it.
"""

from __future__ import annotations

import os
import pickle
import signal
import sys
from typing import TYPE_CHECKING, cast

from diffusion.experiments.running.team import REFUSED, Task
from diffusion.paths import PACKAGE
from diffusion.processes import orders, seldom_collect
from diffusion.safe_path import pass_over_settings

if TYPE_CHECKING:
    from diffusion.experiments.running.runner import Job


def serve() -> None:
    """Answer what comes by the standard input, until it ends.

    The first order is (folder of the package, modules of own levers and agents, a pickled job), answered with True as
    soon as kernels are at hand. Every other is a task, answered with its records. What cannot be done is refused: the
    process that asked does it itself, and meets the same error where everybody can read it.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # it is for the process that the user started, which ends this one
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what levers print is no answer
    seldom_collect()
    pass_over_settings()
    job: Job | None = None
    for order in orders():
        answer: object = REFUSED
        try:
            if job is None:
                job = _read(*cast(tuple[str, tuple[str, ...], bytes], order))
                answer = True
            else:
                answer = list(job.run(cast(Task, order)))
        except Exception:
            answer = REFUSED
        pickle.dump(answer, answers, pickle.HIGHEST_PROTOCOL)
        answers.flush()


def _read(package: str, modules: tuple[str, ...], packed: bytes) -> Job:
    """Return the job, with all that it takes made ready; raises where this is another package."""
    from diffusion.month.phases import month_kernels
    from diffusion.scenario.plugins import use_python_modules

    if package != str(PACKAGE):
        raise RuntimeError(f"this package is {PACKAGE}, not {package}")
    use_python_modules(modules)
    job: Job = pickle.loads(packed)
    assert job.simulations
    for kernel in month_kernels():
        _ = kernel.address
    return job
