"""Run scenarios in this process: replicates in blocks sized for the cache, blocks on threads.

Results do not depend on block size or number of threads: draws are keyed and nothing is reduced across replicates.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import TYPE_CHECKING

import numpy as np

from diffusion.experiments.results import Results, gather
from diffusion.simulation import Simulation

if TYPE_CHECKING:
    from diffusion.engine.recorder import Record
    from diffusion.scenario.schema import Scenario
    from diffusion.world.tables import World

#: pairs per block: their state fits a core's cache, and calls are rare enough to cost little
PAIRS_PER_BLOCK = 56_000

Progress = Callable[[int], None]


def block_size(n_pairs: int, n_replicates: int) -> int:
    """Return how many replicates to run at once for ``n_pairs`` pairs a replicate."""
    return max(1, min(n_replicates, PAIRS_PER_BLOCK // max(1, n_pairs)))


def available_cpus() -> int:
    """Number of processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def run(
    scenario: Scenario, replicates: int | Sequence[int] = 100, seed: int = 1, jobs: int | None = None,
    events: bool = False, progress: Progress | None = None, world: World | None = None, block: int | None = None,
) -> Results:  # fmt: skip
    """Run one scenario.

    Parameters
    ----------
    replicates: how many (numbered from 0), or their numbers
    seed: replicate k of one seed makes the same draws in every scenario
    jobs: threads; default: all processors
    events: keep every move of every pair
    progress: called with the number of replicates done so far
    world: a world built before; default: the scenario's own
    block: replicates at a time; default: sized for the cache. Results do not depend on it
    """
    return compare([scenario], replicates, seed, jobs, events, progress, [world], block)[0]


def compare(
    scenarios: Sequence[Scenario], replicates: int | Sequence[int] = 100, seed: int = 1, jobs: int | None = None,
    events: bool = False, progress: Progress | None = None, worlds: Sequence[World | None] | None = None,
    block: int | None = None,
) -> list[Results]:  # fmt: skip
    """Run several scenarios on common draws; parameters as in :func:`run`, ``progress`` counts over all scenarios."""
    numbers = np.arange(replicates) if isinstance(replicates, int) else np.asarray(replicates, dtype=np.int64)
    if len(numbers) == 0:
        raise ValueError("replicates must be at least 1")
    simulations = [
        _simulation(scenario, world) for scenario, world in zip(scenarios, worlds or [None] * len(scenarios))
    ]
    tasks = []
    for index, simulation in enumerate(simulations):
        size = block or block_size(simulation.world.n_trusts * simulation.world.n_innovations, len(numbers))
        if simulation.hooks.active:
            size = 1
        tasks += [(index, first, numbers[first : first + size]) for first in range(0, len(numbers), size)]
    records: dict[tuple[int, int], Record] = {}
    done = 0
    # Python agents are not meant for several threads
    threads = 1 if any(simulation.hooks.active for simulation in simulations) else jobs or available_cpus()

    def work(index: int, first: int, part: np.ndarray) -> tuple[int, int, Record]:
        simulation = simulations[index]
        state = simulation.open(part, seed, events)
        return index, first, simulation.run(state, simulation.start_record(state))

    if threads == 1:
        finished = (work(*task) for task in tasks)
        for index, first, record in finished:
            records[index, first] = record
            done += len(record.stage_by_innovation)
            if progress is not None:
                progress(done)
    else:
        with ThreadPoolExecutor(threads) as pool:
            futures = [pool.submit(work, *task) for task in tasks]
            try:
                for future in as_completed(futures):
                    index, first, record = future.result()
                    records[index, first] = record
                    done += len(record.stage_by_innovation)
                    if progress is not None:
                        progress(done)
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise
    return [
        gather(scenario, simulation.world, seed, [records[key] for key in sorted(records) if key[0] == index], numbers)
        for index, (scenario, simulation) in enumerate(zip(scenarios, simulations))
    ]


def _simulation(scenario: Scenario, world: World | None) -> Simulation:
    """Return the simulation of ``scenario``, with Python agents where it names any."""
    if scenario.agents:
        from diffusion.agents.model import simulation_with_agents

        return simulation_with_agents(scenario, world)
    return Simulation(scenario, world)
