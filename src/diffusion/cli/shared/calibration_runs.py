"""How a calibration's sweeps are run, here or elsewhere, and how to go on with it after a stop."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from diffusion.calibration.fit.stages import RunSweeps
    from diffusion.experiments.sweep.executor import Executor
    from diffusion.experiments.sweep.folder import Sweep


def command_again(
    plan: Path | None, folder: Path, checks: bool, processes: bool, scheduler: str | None, script: int | None
) -> str:
    """Return the command that goes on with a calibration."""
    import shlex

    words = ["diffusion", "calibrate", *([str(plan)] if plan is not None else []), "--out", str(folder), "--continue"]
    words += [*(["--checks"] if checks else []), *(["--processes"] if processes else [])]
    words += ["--scheduler", scheduler] if scheduler is not None else []
    return shlex.join([*words, *(["--script", str(script)] if script is not None else [])])


def runner(jobs: int | None, processes: bool, scheduler: str | None, script: int | None, again: str) -> RunSweeps:
    """Return what runs the sweeps of a wave: threads, worker processes, a scheduler's workers; or writes scripts."""
    from diffusion.cli.shared.sweep_progress import sweep_progress, tell
    from diffusion.errors import InputError

    if script is not None and (processes or scheduler):
        raise InputError(
            "a script runs elsewhere", key="--script", expected="no executor beside it", suggestion="leave it out"
        )

    def run(name: str, sweeps: Sequence[Sweep]) -> None:
        from diffusion.experiments.sweep.executor import compile_once
        from diffusion.experiments.sweep.read import failures, status
        from diffusion.experiments.sweep.resume import run_sweep

        for number, sweep in enumerate(sweeps, start=1):
            if status(sweep).complete:
                continue
            if script is not None:
                _write_scripts(sweeps, script, again)
            part = f" ({number} of {len(sweeps)})" if len(sweeps) > 1 else ""
            tell(f"{name}{part}: {sweep.layout.runs:,} runs")
            compile_once()
            with sweep_progress(sweep.layout.runs) as progress:
                session = run_sweep(sweep, _executor(jobs, processes, scheduler), progress=progress, tell=tell)
            if session.failed or session.lost:
                first = failures(sweep, most=1)
                what = f"run {first[0]['run']}: {first[0]['error']}" if first else "a worker was lost"
                tell(f"error: {name} is not complete; {what}", problem=True)
                raise typer.Exit(1)

    return run


def _executor(jobs: int | None, processes: bool, scheduler: str | None) -> Executor:
    from diffusion.experiments.sweep.executor import ThisProcess, default_jobs

    workers = jobs or default_jobs()
    if not processes and scheduler is None:
        return ThisProcess(workers)
    from diffusion.experiments.sweep.dask_executor import Dask

    return Dask(workers, scheduler)


def _write_scripts(sweeps: Sequence[Sweep], tasks: int, again: str) -> None:
    """Write a Slurm script for each sweep of a wave, say how to go on, and end."""
    from diffusion.cli.shared.console import say
    from diffusion.experiments.sweep.slurm import write_script

    for sweep in sweeps:
        path = write_script(sweep, tasks, 1, "02:00:00", "2G", (), (), True)
        say(f"submit with: sbatch {path}")
    say(f"when they have ended, go on with: {again}")
    raise typer.Exit(0)
