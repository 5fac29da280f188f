"""Running scenarios, questions that take many runs, studies and sweeps."""

from __future__ import annotations

from diffusion.lazy import moved

# documented paths of modules that moved
moved(
    __name__,
    {
        "dask_executor": "diffusion.experiments.sweep.dask_executor",
        "design": "diffusion.experiments.study",
        "opening_stages": "diffusion.experiments.running.opening_stages",
        "read_back": "diffusion.experiments.sweep.read",
    },
)
