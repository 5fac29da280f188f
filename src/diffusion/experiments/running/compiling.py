"""Compiling all kernels once for a machine, by two processes, before anything is run."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress

import numpy as np

from diffusion.engine.kernels.jit import JIT
from diffusion.engine.kernels.kernel_cache import compiled_marker
from diffusion.mechanisms.beliefs import rebase_use
from diffusion.month.phases import month_kernels
from diffusion.month.simulation import Simulation
from diffusion.processes import end_with_standard_input
from diffusion.safe_path import pass_over_settings


def helper_command() -> list[str]:
    """Return what runs :func:`compile_half` in a second process; ``-P``: a file here never stands in for a module."""
    return [sys.executable, "-P", "-c", f"from {__name__} import compile_half; compile_half()"]


def compile_half() -> None:
    """Compile every other kernel (see :func:`warm_up`), in a helper that ends with the process that started it."""
    end_with_standard_input()
    pass_over_settings()
    for kernel in month_kernels()[1::2]:
        _ = kernel.address


def warm_up(progress: Callable[[int, int], None] | None = None) -> bool:
    """Compile all kernels for this machine if that was not done before; return whether it was necessary.

    ``progress`` is called with (kernels done, kernels in all).
    """
    from diffusion.scenario.schema import Scenario

    marker = compiled_marker()
    if not JIT or marker.exists():
        return False
    kernels = month_kernels()
    total = len(kernels)
    # a second process compiles every other kernel into the same cache; this one takes what it finds there
    quiet = subprocess.DEVNULL
    helper = None
    with suppress(OSError):  # where no process may be started, this one compiles all
        helper = subprocess.Popen(helper_command(), stdin=subprocess.PIPE, stdout=quiet, stderr=quiet)
    for done, kernel in enumerate(kernels[0::2]):
        if progress is not None:
            progress(2 * done, total)
        _ = kernel.address
    if helper is not None:
        helper.wait()  # its standard input stays open until then
        assert helper.stdin is not None
        helper.stdin.close()
    for kernel in kernels[1::2]:
        _ = kernel.address
    # the opening and the other kernels that are called from Python
    simulation = Simulation(Scenario(title="compile", months=1))
    block = simulation.open(np.arange(1), 0)
    simulation.run(block, simulation.start_record(block))
    rebase_use(block.space.address, 1.0)
    if progress is not None:
        progress(total, total)
    with suppress(OSError):  # a read-only home: compile again next time
        marker.parent.mkdir(parents=True, exist_ok=True)
        marker.touch()
    return True
