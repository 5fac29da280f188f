"""The stage of every pair in every month of a run, from its moves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from diffusion.arrays import Bytes, Ints

if TYPE_CHECKING:
    from diffusion.experiments.running.results import Results

#: stands for a month that never came
NEVER_MONTH = -1


def stage_history(results: Results, replicate: int) -> Bytes:
    """Return uint8[T+1, N, K]: the stage of every pair at the end of every month, 0 being the opening.

    ``replicate`` is the number of the run. Where the results kept no events, that run is run again: draws are keyed.
    """
    from diffusion.experiments.running.runner import of_replicate, run, simulation_of

    simulation = of_replicate(simulation_of(results.scenario, results.world), replicate)
    events = results.events
    if events is None:
        events = run(results.scenario, [replicate], results.seed, 1, events=True, world=results.world).events
    assert events is not None
    moves = events[events["replicate"] == replicate]
    stage = np.array(simulation.open(np.array([replicate]), results.seed).pairs.stage[0])
    history = np.empty((results.months + 1, *stage.shape), dtype=np.uint8)
    history[0] = stage
    ends = np.searchsorted(moves["month"], np.arange(results.months + 1), side="right")  # sorted by month
    for month in range(1, results.months + 1):
        now = moves[ends[month - 1] : ends[month]]
        stage[now["trust"], now["innovation"]] = now["to_stage"]
        history[month] = stage
    return history


def first_month(history: Bytes, stages: Sequence[int]) -> Ints:
    """Return int32[N, K]: the first month in which a pair is in one of ``stages``, ``NEVER_MONTH`` if it never is."""
    there = np.isin(history, stages)
    return np.where(there.any(axis=0), there.argmax(axis=0), NEVER_MONTH).astype(np.int32)
