"""The stage of every pair in every month of a run, from its moves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import numpy as np

from diffusion.arrays import Bytes, Ints, locked
from diffusion.experiments.running.simulations import of_replicate, simulation_of

if TYPE_CHECKING:
    from diffusion.experiments.running.results import Results

#: stands for a month that never came
NEVER_MONTH = -1


#: the last history of results, since several outcomes may need it
_LAST: WeakKeyDictionary[Results, tuple[int, Bytes]] = WeakKeyDictionary()


def stage_history(results: Results, replicate: int) -> Bytes:
    """Return uint8[T+1, N, K], read-only: the stage of every pair at the end of every month, 0 being the opening.

    ``replicate`` is the number of the run. Where the results kept no events, that run is run again: draws are keyed.
    """
    kept = _LAST.get(results)
    if kept is not None and kept[0] == replicate:
        return kept[1]
    history = locked(_history(results, replicate))
    _LAST[results] = replicate, history
    return history


def _history(results: Results, replicate: int) -> Bytes:
    simulation = of_replicate(simulation_of(results.scenario, results.opening_world), replicate)
    block = simulation.open(np.array([replicate]), results.seed)
    history = np.empty((results.months + 1, *block.pairs.stage.shape[1:]), dtype=np.uint8)
    history[0] = block.pairs.stage[0]
    if results.events is None:
        for month in range(1, results.months + 1):
            simulation.step(block)
            history[month] = block.pairs.stage[0]
        return history
    moves = results.events[results.events["replicate"] == replicate]  # sorted by month
    ends = np.searchsorted(moves["month"], np.arange(results.months + 1), side="right")
    for month in range(1, results.months + 1):
        now = moves[ends[month - 1] : ends[month]]
        history[month] = history[month - 1]
        history[month, now["trust"], now["innovation"]] = now["to_stage"]
    return history


def first_month(history: Bytes, stages: Sequence[int]) -> Ints:
    """Return int32[N, K]: the first month in which a pair is in one of ``stages``, ``NEVER_MONTH`` if it never is."""
    there = np.isin(history, stages)
    return np.where(there.any(axis=0), there.argmax(axis=0), NEVER_MONTH).astype(np.int32)
