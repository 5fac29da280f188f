"""Compiling for this machine, which shows as progress of its own."""

from __future__ import annotations

from diffusion.progress import Report


def compile_kernels(report: Report) -> None:
    """Compile for this machine, once; a bar of its own shows it."""
    from diffusion.experiments.running.compiling import warm_up

    warm_up(progress=lambda done, total: report("Compiling for this machine (first use)", done, total))
