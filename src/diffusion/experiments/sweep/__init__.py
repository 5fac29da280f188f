"""A sweep: many runs, resumable, stored chunk by chunk, here or on a cluster.

>>> from diffusion.experiments.study import load_study, make_design
>>> from diffusion.experiments.sweep import Dask, prepare, read_runs, run_sweep
>>> sweep = prepare(make_design(load_study("people-or-tools")), Path("results/mine"))  # doctest: +SKIP
>>> run_sweep(sweep, Dask(workers=4))  # doctest: +SKIP
>>> read_runs(sweep.folder)  # doctest: +SKIP

Names are imported when first used. The function that runs one run again is :func:`.rerun_one.rerun`, failed
runs are told by :func:`.read.failures`: a module has that name here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from diffusion.lazy import handed_on

if TYPE_CHECKING:
    from diffusion.experiments.sweep.chunk_files import StoreError
    from diffusion.experiments.sweep.dask_executor import Dask
    from diffusion.experiments.sweep.executor import Executor, ThisProcess
    from diffusion.experiments.sweep.folder import Sweep, check_code, open_sweep, prepare
    from diffusion.experiments.sweep.read import export, read_runs, status, summary
    from diffusion.experiments.sweep.resume import Progress, Session, run_sweep
else:
    __getattr__, __dir__ = handed_on(
        __name__,
        {
            "Dask": "diffusion.experiments.sweep.dask_executor",
            "Executor": "diffusion.experiments.sweep.executor",
            "Progress": "diffusion.experiments.sweep.resume",
            "Session": "diffusion.experiments.sweep.resume",
            "StoreError": "diffusion.experiments.sweep.chunk_files",
            "Sweep": "diffusion.experiments.sweep.folder",
            "ThisProcess": "diffusion.experiments.sweep.executor",
            "check_code": "diffusion.experiments.sweep.folder",
            "export": "diffusion.experiments.sweep.read",
            "open_sweep": "diffusion.experiments.sweep.folder",
            "prepare": "diffusion.experiments.sweep.folder",
            "read_runs": "diffusion.experiments.sweep.read",
            "run_sweep": "diffusion.experiments.sweep.resume",
            "status": "diffusion.experiments.sweep.read",
            "summary": "diffusion.experiments.sweep.read",
        },
    )

__all__ = [
    "Dask",
    "Executor",
    "Progress",
    "Session",
    "StoreError",
    "Sweep",
    "ThisProcess",
    "check_code",
    "export",
    "open_sweep",
    "prepare",
    "read_runs",
    "run_sweep",
    "status",
    "summary",
]
