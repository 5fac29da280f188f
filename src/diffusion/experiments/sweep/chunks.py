"""From a design to rows: chunks of consecutive runs go through the engine and come back as Parquet files in memory.

Chunk boundaries follow from the design alone and a row from its run alone, so the bytes of a file do not depend on who
computed it, in what order or beside what.
"""

from __future__ import annotations

import io
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np

from diffusion.analysis.outcomes.own import own_values
from diffusion.analysis.results.outcomes import outcome_values
from diffusion.arrays import Floats, Longs
from diffusion.experiments.running.results import to_results
from diffusion.experiments.running.runner import replicates_at_once
from diffusion.experiments.running.simulations import of_replicate, simulation_of
from diffusion.experiments.sweep.failures import Failure, failure
from diffusion.experiments.sweep.layout import Layout
from diffusion.experiments.sweep.rows import DETAIL_ROWS, run_table
from diffusion.month.measures import share_now

if TYPE_CHECKING:
    import pyarrow as pa

    from diffusion.experiments.running.results import Results
    from diffusion.experiments.study.design import Design
    from diffusion.experiments.study.schema import Watch
    from diffusion.month.block import Block
    from diffusion.month.recorder import Record
    from diffusion.month.simulation import Simulation
    from diffusion.scenario.schema import Scenario
    from diffusion.world.tables import World

#: simulations kept ready, by scenario and draw
_KEPT = 8


class Stopped(Exception):
    """A chunk was given up because the sweep is being stopped."""


@dataclass(frozen=True)
class ChunkFiles:
    """The files of one finished chunk by table, as bytes, with the number of its runs and of those that failed."""

    files: dict[str, bytes]
    runs: int
    failed: int


@dataclass
class Job:
    """What a worker needs to run any chunk of a sweep; one per process.

    Parameters
    ----------
    design: the frozen design
    layout: which runs stand in which chunk
    """

    design: Design
    layout: Layout
    _simulations: OrderedDict[tuple[int, int], Simulation[Scenario] | Failure] = field(default_factory=OrderedDict)

    def __getstate__(self) -> dict[str, object]:
        return {"design": self.design, "layout": self.layout, "_simulations": OrderedDict()}

    @property
    def tables(self) -> tuple[str, ...]:
        """Names of the tables that are kept; ``runs`` comes last, so that it is there only if all others are."""
        return (*(name for name in DETAIL_ROWS if self.design.study.keeps(DETAIL_ROWS[name].level)), "runs")

    def simulation(self, scenario: int, draw: int) -> Simulation[Scenario] | Failure:
        """Return the simulation of a scenario in a draw, or why there is none."""
        key = scenario, draw
        ready = self._simulations.get(key)
        if ready is None:
            ready = self._build(scenario, draw)
            self._simulations[key] = ready
            while len(self._simulations) > _KEPT:
                self._simulations.popitem(last=False)
        return ready

    def _build(self, scenario: int, draw: int) -> Simulation[Scenario] | Failure:
        try:
            resolved = self.design.scenario(scenario, draw)
        except Exception as error:
            return failure("scenario", error)
        try:
            return simulation_of(resolved, resolved.build_world())
        except Exception as error:
            return failure("world", error)


def run_chunk(job: Job, chunk: int, stop: Callable[[], bool] = lambda: False) -> ChunkFiles:
    """Run all runs of a chunk and return its files.

    ``stop`` is asked between blocks of replicates. Raises :class:`Stopped`, and MemoryError, which is no run's fault.
    """
    tables, failed = run_rows(job, job.layout.runs_of(chunk), stop)
    return ChunkFiles(
        {name: _as_bytes(table) for name, table in tables.items()}, len(job.layout.runs_of(chunk)), failed
    )


def run_rows(
    job: Job, runs: Sequence[int], stop: Callable[[], bool] = lambda: False
) -> tuple[dict[str, pa.Table], int]:
    """Run the runs of these ascending ids and return their rows by table, in the order of runs, and how many failed."""
    import pyarrow as pa

    parts: dict[str, list[pa.Table]] = {name: [] for name in job.tables}
    failed = 0
    places = [(run, *job.design.locate(run)) for run in runs]
    for (scenario, draw), group in groupby(places, key=lambda place: place[1:3]):
        for block in _blocks(job, scenario, draw, [place[3] for place in group]):
            if stop():
                raise Stopped
            first = (draw * len(job.design.scenarios) + scenario) * job.design.replicates
            ids = first + block.replicates
            parts["runs"].append(run_table(job.design, scenario, draw, ids, block.replicates, block.outcomes))
            if block.results is None:
                failed += len(ids)
                continue
            for name in job.tables[:-1]:
                parts[name].append(DETAIL_ROWS[name].rows(block.results, ids))
    return {
        name: pa.concat_tables(kept) if kept else DETAIL_ROWS[name].schema.empty_table() for name, kept in parts.items()
    }, failed


@dataclass(frozen=True)
class _Block:
    """Replicates that went through the engine together; no results where they failed."""

    replicates: Longs
    outcomes: Mapping[str, Floats] | Failure
    results: Results | None = None


def _blocks(job: Job, scenario: int, draw: int, replicates: list[int]) -> Iterator[_Block]:
    """Yield the replicates, a block at a time; where a block fails, each by itself, so that only the guilty fail."""
    numbers = np.array(replicates, dtype=np.int64)
    chance = job.design.chance_of(draw)
    simulation = job.simulation(scenario, draw)
    if isinstance(simulation, Failure):
        yield _Block(numbers, simulation)
        return
    size = 1 if simulation.scenario.drawn else replicates_at_once(simulation, len(numbers))
    for first in range(0, len(numbers), size):
        part = numbers[first : first + size]
        block = _run(job, simulation, part, chance)
        if block.results is None and len(part) > 1:
            yield from (_run(job, simulation, part[n : n + 1], chance) for n in range(len(part)))
        else:
            yield block


def _run(job: Job, simulation: Simulation[Scenario], replicates: Longs, chance: int) -> _Block:
    stage = "run"
    numbers = replicates + chance
    try:
        simulation = of_replicate(simulation, int(numbers[0]))
        block = simulation.open(numbers, job.design.seed, events="events" in job.tables)
        record = simulation.start_record(block)
        watched = _watch(job.design.study.watch, simulation, block, record)
        record = simulation.run(block, record)
        world, times = simulation.end_world, simulation.eligible_times()
        results = to_results(simulation.scenario, world, job.design.seed, record, numbers, times, simulation.world)
        stage = "outcomes"
        own = own_values(results, job.design.own_outcomes)
        return _Block(replicates, {**outcome_values(results), **own, **watched}, results)
    except MemoryError:
        raise
    except Exception as error:
        return _Block(replicates, failure(stage, error))


def _watch(
    watch: Mapping[str, Watch], simulation: Simulation[Scenario], block: Block, record: Record
) -> dict[str, Floats]:
    """Run to the last month in which anything is watched; return what was seen, float64[R] by name."""
    seen: dict[str, Floats] = {}
    ids = simulation.world.innovations.ids
    for month in sorted({item.month for item in watch.values()}):
        simulation.run(block, record, until=month)
        for name, item in watch.items():
            if item.month == month:
                world = simulation.model_at(block.month).world
                theirs = np.array([ids.index(one) for one in item.innovations], dtype=np.int64)
                seen[name] = _share(item, theirs, world, block, item.among)
                if item.less is not None:
                    seen[name] = seen[name] - _share(item, theirs, world, block, item.less)
    return seen


def _share(item: Watch, theirs: Longs, world: World, block: Block, codes: Sequence[str] | None) -> Floats:
    among = None if codes is None else np.isin(np.array(world.trusts.codes), list(codes))
    return share_now(item.quantity, theirs, world, block, item.any_of, among)


def _as_bytes(table: pa.Table) -> bytes:
    from diffusion.storage.table_files import write_parquet

    stream = io.BytesIO()
    write_parquet(table, stream)
    return stream.getvalue()
