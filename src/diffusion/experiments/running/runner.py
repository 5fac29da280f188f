"""Run scenarios in this process: replicates in blocks sized for the cache, blocks on threads.

Results do not depend on block size or number of threads: draws are keyed and nothing is reduced across replicates.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np

from diffusion.analysis.results.joining import check_joinable, world_in_order_of
from diffusion.arrays import Longs
from diffusion.experiments.running.arguments import check_scenarios, replicate_numbers
from diffusion.experiments.running.results import Results, to_results
from diffusion.month.simulation import Simulation
from diffusion.reading.numbers import whole_number
from diffusion.world.building.usable import nobody_may_adopt
from diffusion.world.slots import is_born

if TYPE_CHECKING:
    from diffusion.month.recorder import Record
    from diffusion.scenario.schema import Scenario
    from diffusion.world.tables import World

#: pairs per block: their state fits a core's cache, and calls are rare enough to cost little
PAIRS_PER_BLOCK = 140_000

Progress = Callable[[int], None]


def block_size(n_pairs: int, n_replicates: int) -> int:
    """Return how many replicates to run at once for ``n_pairs`` pairs a replicate: blocks of about the same size."""
    most = max(1, PAIRS_PER_BLOCK // max(1, n_pairs))
    n_blocks = max(1, math.ceil(n_replicates / most))
    return max(1, math.ceil(n_replicates / n_blocks))


def replicates_at_once(simulation: Simulation[Scenario], n_replicates: int) -> int:
    """Return how many replicates of ``simulation`` to run at once: one where agents decide in Python."""
    if simulation.hooks.active:
        return 1
    # slots for what may be born are mostly empty
    portfolio = int((~is_born(simulation.world.innovations)).sum())
    return block_size(simulation.world.n_trusts * portfolio, n_replicates)


def available_cpus() -> int:
    """Number of processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def run(
    scenario: Scenario,
    replicates: int | Sequence[int] = 100,
    seed: int = 1,
    jobs: int | None = None,
    events: bool = False,
    progress: Progress | None = None,
    world: World | None = None,
    block: int | None = None,
) -> Results:
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
    scenarios: Sequence[Scenario],
    replicates: int | Sequence[int] = 100,
    seed: int = 1,
    jobs: int | None = None,
    events: bool = False,
    progress: Progress | None = None,
    worlds: Sequence[World | None] | None = None,
    block: int | None = None,
    by_trust: bool = False,
) -> list[Results]:
    """Run several scenarios on common draws; parameters as in :func:`run`, ``progress`` counts over all scenarios.

    ``by_trust`` keeps what pages of regions are made from: stages at the end and payments of every trust.
    Trusts and innovations of all results stand in the order of the first scenario's world.

    Raises
    ------
    InputError
        Before anything is run: scenarios that cannot be compared with the first, trust by trust and month by month; a
        replicate that is listed twice; a seed or a number of jobs that is none.
    """
    numbers = replicate_numbers(replicates)
    seed = whole_number(seed, "seed")
    jobs = jobs if jobs is None else whole_number(jobs, "jobs", 1)
    check_scenarios(scenarios)
    built = [
        scenario.build_world() if world is None else world
        for scenario, world in zip(scenarios, worlds or [None] * len(scenarios))
    ]
    for scenario, world in zip(scenarios, built):
        if (nobody := nobody_may_adopt(world)) is not None:
            raise scenario.placed(nobody, "world")
    check_joinable(scenarios, built)
    simulations = [
        simulation_of(scenario, world_in_order_of(built[0], world)) for scenario, world in zip(scenarios, built)
    ]
    tasks = []
    wholes: list[Record | None] = [None] * len(simulations)
    for index, simulation in enumerate(simulations):
        size = block if block and not simulation.hooks.active else replicates_at_once(simulation, len(numbers))
        size = 1 if simulation.scenario.drawn else size
        tasks += [(index, first, numbers[first : first + size]) for first in range(0, len(numbers), size)]
    if scenarios[0].drawn:  # scenarios of one draw after another: they share what is made ready of its network
        tasks.sort(key=lambda task: (task[1], task[0]))
    noted: dict[tuple[int, int], list[np.ndarray]] = {}
    lock = Lock()
    done = 0
    # Python agents are not meant for several threads
    threads = 1 if any(simulation.hooks.active for simulation in simulations) else jobs or available_cpus()

    def work(index: int, first: int, part: Longs) -> int:
        simulation = of_replicate(simulations[index], int(part[0]))
        state = simulation.open(part, seed, events)
        with lock:
            whole = wholes[index] or simulation.make_record(state, len(numbers), by_trust)
            wholes[index] = whole
        record = simulation.open_record(state, whole.part(first, len(part)))
        simulation.run(state, record)
        if record.events is not None:
            noted[index, first] = record.events
        return len(part)

    def finished(number: int) -> None:
        nonlocal done
        done += number
        if progress is not None:
            progress(done)

    if threads == 1:
        for task in tasks:
            finished(work(*task))
    else:
        with ThreadPoolExecutor(threads) as pool:
            futures = [pool.submit(work, *task) for task in tasks]
            try:
                for future in as_completed(futures):
                    finished(future.result())
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise
    results = []
    for index, (scenario, simulation) in enumerate(zip(scenarios, simulations)):
        whole = wholes[index]
        assert whole is not None  # there is at least one replicate
        if events:
            whole.events = [part for key in sorted(noted) if key[0] == index for part in noted[key]]
        world, times = simulation.end_world, simulation.eligible_times()
        results.append(to_results(scenario, world, seed, whole, numbers, times))
    return results


def of_replicate(simulation: Simulation[Scenario], replicate: int) -> Simulation[Scenario]:
    """Return the simulation with the parameters of one replicate; itself where they are the same in all."""
    if not simulation.scenario.drawn:
        return simulation
    return simulation_of(simulation.scenario.of_replicate(replicate), simulation.world)


def simulation_of(scenario: Scenario, world: World | None = None) -> Simulation[Scenario]:
    """Return the simulation of ``scenario``, with Python agents where it names any."""
    if scenario.agents:
        from diffusion.agents.diffusion_model import simulation_with_agents

        return simulation_with_agents(scenario, world)
    return Simulation(scenario, world)
