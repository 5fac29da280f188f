"""A study at the size of a laptop: fewer draws and replicates of the same question."""

from __future__ import annotations

from diffusion.experiments.study.bound_factors import axes_of
from diffusion.experiments.study.sampling import planned_draws
from diffusion.experiments.study.schema import Study

#: runs that take some seconds; the design may need more
RUNS = 400
#: of a design that can be had smaller, the most
_MOST = {"draws": 100, "base_samples": 16, "trajectories": 4}
#: fewer than two would say nothing of chance
_LEAST_REPLICATES = 2


def at_laptop_size(study: Study) -> Study:
    """Return the study with fewer draws, where its design can have fewer, and with few replicates."""
    stated = study.design.model_dump(exclude_none=True)
    fewer = {key: min(most, stated[key]) for key, most in _MOST.items() if key in stated}
    smaller = study.model_copy(update={"design": study.design.model_copy(update=fewer)})
    combinations = planned_draws(smaller, axes_of(smaller)) * len(study.scenarios)
    replicates = min(study.replicates, max(_LEAST_REPLICATES, RUNS // combinations))
    return smaller.model_copy(update={"replicates": replicates})


def size_of(study: Study) -> dict[str, int]:
    """Return draws, replicates and runs of a study."""
    draws = planned_draws(study, axes_of(study))
    return {
        "draws": draws,
        "scenarios": len(study.scenarios),
        "replicates": study.replicates,
        "runs": draws * len(study.scenarios) * study.replicates,
    }
