"""Compiling all kernels once for a machine, by two processes, before anything is run."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np

from diffusion.engine.kernels.jit import JIT
from diffusion.engine.kernels.kernel_cache import compiled_marker
from diffusion.mechanisms.beliefs import rebase_use
from diffusion.month.phases import month_kernels
from diffusion.month.simulation import Simulation
from diffusion.processes import end_with_standard_input, seldom_collect
from diffusion.safe_path import pass_over_settings


def helper_command(claims: Path) -> list[str]:
    """Return what runs :func:`compile_share` in a second process; ``-P``: a file here never stands in for a module."""
    return [sys.executable, "-P", "-c", f"from {__name__} import help_compile; help_compile()", str(claims)]


def help_compile() -> None:
    """Compile a share of the kernels, in a helper that ends with the process that started it."""
    end_with_standard_input()
    pass_over_settings()
    seldom_collect()
    for _ in compile_share(Path(sys.argv[1])):
        pass


def compile_share(claims: Path) -> Iterator[None]:
    """Compile the kernels that no other process has claimed in the folder ``claims``, the longest first.

    Whoever is faster takes more of them: two halves would not take the same time.
    """
    kernels = month_kernels()
    sizes = [len(kernel.function.__code__.co_code) for kernel in kernels]
    for n in sorted(range(len(kernels)), key=lambda n: -sizes[n]):
        try:
            os.close(os.open(claims / str(n), os.O_CREAT | os.O_EXCL | os.O_WRONLY))
        except FileExistsError:
            continue
        _ = kernels[n].address
        yield


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
    # a second process compiles into the same cache; this one takes what it finds there
    with tempfile.TemporaryDirectory(prefix="diffusion-") as folder:
        claims, quiet = Path(folder), subprocess.DEVNULL
        helper = None
        with suppress(OSError):  # where no process may be started, this one compiles all
            helper = subprocess.Popen(helper_command(claims), stdin=subprocess.PIPE, stdout=quiet, stderr=quiet)
        for _ in compile_share(claims):
            if progress is not None:
                progress(len(list(claims.iterdir())), total)
        if helper is not None:
            helper.wait()  # its standard input stays open until then
            assert helper.stdin is not None
            helper.stdin.close()
    for kernel in kernels:  # read back what the helper compiled, or compile it where the helper did not come to it
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
