"""Run scenarios: replicates in blocks sized for the cache, blocks on threads and, where asked, on helper processes.

Results do not depend on block size or who runs a block: draws are keyed and nothing is reduced across replicates.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np

from diffusion.analysis.results.joining import check_joinable, world_in_order_of
from diffusion.errors import InputError
from diffusion.experiments.running.arguments import check_payments, check_scenarios, replicate_numbers
from diffusion.experiments.running.common_past import common_months
from diffusion.experiments.running.compared import Compared
from diffusion.experiments.running.results import Results, to_results, with_all_payments
from diffusion.experiments.running.simulations import of_replicate, simulation_of
from diffusion.experiments.running.team import Task, Team
from diffusion.progress import ProgressLine
from diffusion.reading.numbers import whole_number
from diffusion.world.building.usable import nobody_may_adopt
from diffusion.world.slots import is_born

if TYPE_CHECKING:
    from diffusion.month.block import Block
    from diffusion.month.recorder import Record
    from diffusion.month.simulation import Simulation
    from diffusion.scenario.schema import Scenario
    from diffusion.world.tables import World

#: pairs per block: their state fits a core's cache, and calls are rare enough to cost little
PAIRS_PER_BLOCK = 140_000
#: scenarios of a draw are run together where there are so many draws for each thread; else some would wait for others
_TASKS_EACH = 4

Progress = Callable[[int], None]
#: gives the record of a scenario's block, from the scenario's place, its simulation and the block
Room = Callable[[int, "Simulation[Scenario]", "Block"], "Record"]


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


@dataclass
class Job:
    """What a process needs to run any part of a comparison; pickled without the simulations made of it."""

    scenarios: Sequence[Scenario]
    worlds: Sequence[World]
    seed: int
    events: bool
    by_trust: bool

    @cached_property
    def simulations(self) -> list[Simulation[Scenario]]:
        """The simulations of the scenarios; with drawn parameters each replicate has one of its own."""
        return [simulation_of(scenario, world) for scenario, world in zip(self.scenarios, self.worlds)]

    def __getstate__(self) -> dict[str, object]:
        return {name: value for name, value in self.__dict__.items() if name != "simulations"}

    def run(self, task: Task, room: Room | None = None) -> Iterator[tuple[int, Record]]:
        """Run a block of replicates of some scenarios; yield (place of the scenario, record) as they are done.

        Records are written into what ``room`` gives for them. What several scenarios have in common with the first is
        run once.
        """
        own = {n: of_replicate(self.simulations[n], int(task.replicates[0])) for n in task.scenarios}

        def record_of(n: int, block: Block) -> Record:
            return own[n].make_record(block, by_trust=self.by_trust) if room is None else room(n, own[n], block)

        trunk, *others = task.scenarios
        state = own[trunk].open(task.replicates, self.seed, self.events)
        record = own[trunk].open_record(state, record_of(trunk, state))
        common = {n: common_months(own[trunk], own[n]) for n in others}
        for month, n in sorted((month, n) for n, month in common.items() if month is not None):
            own[trunk].run(state, record, until=month)
            branch = own[n].resume(own[trunk].snapshot(state))
            branch.events = None if state.events is None else list(state.events)
            made = record_of(n, branch)
            made.begin_as(record, month)
            yield n, own[n].run(branch, made)
        yield trunk, own[trunk].run(state, record)
        for n in [n for n, month in common.items() if month is None]:
            alone = own[n].open(task.replicates, self.seed, self.events)
            yield n, own[n].run(alone, own[n].open_record(alone, record_of(n, alone)))


def run(
    scenario: Scenario,
    replicates: int | Sequence[int] = 100,
    seed: int = 1,
    jobs: int | None = None,
    events: bool = False,
    progress: Progress | bool | None = None,
    world: World | None = None,
    block: int | None = None,
    processes: bool = False,
) -> Results:
    """Run one scenario.

    Parameters
    ----------
    replicates: how many (numbered from 0), or their numbers
    seed: replicate k of one seed makes the same draws in every scenario
    jobs: threads, or with ``processes`` threads and processes together; default: all processors
    events: keep every move of every pair
    progress: called with the number of replicates done so far; True writes a line to standard error
    world: a world built before; default: the scenario's own
    block: replicates at a time; default: sized for the cache. Results do not depend on it
    processes: start helper processes where the runs take more than some ten seconds. They import this package and the
        modules of own levers, never the script that runs; where they cannot, threads go on
    """
    return compare([scenario], replicates, seed, jobs, events, progress, [world], block, processes=processes)[0]


def compare(
    scenarios: Sequence[Scenario],
    replicates: int | Sequence[int] = 100,
    seed: int = 1,
    jobs: int | None = None,
    events: bool = False,
    progress: Progress | bool | None = None,
    worlds: Sequence[World | None] | None = None,
    block: int | None = None,
    by_trust: bool = False,
    processes: bool = False,
) -> Compared:
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
    built: list[World] = [
        scenario.build_world() if world is None else world
        for scenario, world in zip(scenarios, worlds or [None] * len(scenarios))
    ]
    for scenario, world in zip(scenarios, built):
        if (nobody := nobody_may_adopt(world)) is not None:
            raise scenario.placed(nobody, "world")
    check_joinable(scenarios, built)
    in_order = [world_in_order_of(built[0], world) for world in built]
    check_payments(scenarios)
    job = Job(tuple(scenarios), in_order, seed, events, by_trust)
    # Python agents are not meant for several threads
    alone = any(simulation.hooks.active for simulation in job.simulations)
    workers = 1 if alone else jobs or available_cpus()
    tasks = []
    for index, simulation in enumerate(job.simulations):
        size = block if block and not simulation.hooks.active else replicates_at_once(simulation, len(numbers))
        size = 1 if simulation.scenario.drawn else size
        tasks += [Task((index,), first, numbers[first : first + size]) for first in range(0, len(numbers), size)]
    if scenarios[0].drawn:  # scenarios of one draw share what is made ready of its network, and months
        everything = tuple(range(len(scenarios)))
        together = [Task(everything, first, numbers[first : first + 1]) for first in range(len(numbers))]
        tasks = together if len(together) >= _TASKS_EACH * workers else sorted(tasks, key=lambda task: task.first)
    wholes: list[Record | None] = [None] * len(scenarios)
    noted: dict[tuple[int, int], list[np.ndarray]] = {}
    lock = Lock()

    def place(index: int, task: Task, empty: Callable[[], Record]) -> Record:
        """Return where the record of a task stands in that of a scenario."""
        with lock:
            whole = wholes[index] = wholes[index] or empty()
        return whole.part(task.first, len(task.replicates))

    def here(task: Task) -> Iterator[int]:
        def room(index: int, own: Simulation[Scenario], state: Block) -> Record:
            return place(index, task, lambda: own.make_record(state, len(numbers), by_trust))

        for index, record in job.run(task, room):
            keep(index, task, record)
            yield len(task.replicates)

    def came(task: Task, made: list[tuple[int, Record]]) -> None:
        for index, record in made:
            place(index, task, partial(record.empty, len(numbers))).take(record)
            keep(index, task, record)

    def keep(index: int, task: Task, record: Record) -> None:
        if record.events is not None:
            noted[index, task.first] = record.events

    Team(tasks, here, came, told(progress, len(scenarios) * len(numbers))).run(workers, job if processes else None)
    results: list[Results] = []
    for index, (scenario, simulation) in enumerate(zip(scenarios, job.simulations)):
        whole = wholes[index]
        assert whole is not None  # there is at least one replicate
        if events:
            whole.events = [part for key in sorted(noted) if key[0] == index for part in noted[key]]
        world, times = simulation.end_world, simulation.eligible_times()
        results.append(to_results(scenario, world, seed, whole, numbers, times, simulation.world))
    return Compared(with_all_payments(results))


def told(progress: Progress | bool | None, total: int) -> Progress | None:
    """Return whom to tell how many of ``total`` are done: True is a line on standard error, False nobody."""
    if not isinstance(progress, bool):
        if progress is not None and not callable(progress):
            raise InputError(
                f"progress is {progress!r}",
                key="progress",
                expected="True, False, or a function of the number of replicates done",
                suggestion="progress=True writes a line to standard error",
            )
        return progress
    return partial(_counted, ProgressLine(), total) if progress else None


def _counted(line: ProgressLine, total: int, done: int) -> None:
    line("Running", done, total)
