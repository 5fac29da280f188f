"""The stages in which the pairs of a run opened: its events tell moves only."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from diffusion.arrays import Bytes
from diffusion.month.simulation import Simulation

if TYPE_CHECKING:
    from diffusion.experiments.running.results import Results


def opening_stages(results: Results) -> Bytes:
    """Return uint8[R, N, K], stages at the opening, by opening the same replicates again: draws are keyed."""
    simulation = Simulation(results.scenario, results.opening_world)
    return np.array(simulation.open(np.asarray(results.replicates), results.seed).pairs.stage)
