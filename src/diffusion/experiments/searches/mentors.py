"""Who mentors whom at the end of a run: the layer between clinical entrepreneurs and their mentors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from diffusion.errors import InputError
from diffusion.experiments.running.simulations import simulation_of
from diffusion.levers.mentors import LEVER, MentorTie, mentor_ties

if TYPE_CHECKING:
    from diffusion.scenario.schema import Scenario


def mentor_columns(scenario: Scenario, replicates: int = 1, seed: int = 1) -> dict[str, Any]:
    """Run a scenario and return a column per field of :class:`MentorTie`, a row per tie.

    Raises InputError for a scenario that matches nobody with mentors.
    """
    if not any(lever.name == LEVER for lever in scenario.levers.values()) or not scenario.parameters.supply.followed:
        raise InputError(
            f"the scenario '{scenario.name}' matches nobody with mentors",
            key="levers",
            expected=f"the lever {LEVER}, and people that are followed",
            suggestion=f"stack it on the scenario: +{LEVER}",
        )
    simulation = simulation_of(scenario)
    ties: list[MentorTie] = []
    for replicate in range(replicates):
        block = simulation.open(np.array([replicate]), seed)
        for _ in range(scenario.months):
            simulation.step(block)
        ties += mentor_ties(simulation.model, block).values()
    columns: dict[str, Any] = {name: [getattr(tie, name) for tie in ties] for name in MentorTie._fields}
    return columns | {"replicate": np.array(columns["replicate"], dtype=np.int64)}
