"""What the model says for every point of the evidence: one number for each replicate and point."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import NamedTuple, TypeAlias

import numpy as np

from diffusion.arrays import Floats, Longs
from diffusion.calibration.evidence_world import evidence_scenario, own_id
from diffusion.evidence.reading import NamedSeries
from diffusion.evidence.series import Point
from diffusion.experiments.running.runner import available_cpus, replicates_at_once
from diffusion.month.block import Block
from diffusion.month.measures import share_now
from diffusion.month.simulation import Simulation
from diffusion.scenario.schema import Scenario
from diffusion.world.tables import KINDS, World

#: called with the month, the numbers of the replicates of a block, the world and the block
See: TypeAlias = Callable[[int, Longs, World, Block], None]


class Place(NamedTuple):
    """A point and the series it is of."""

    item: NamedSeries
    point: Point

    @property
    def label(self) -> str:
        """``infliximab-sc, month 4``, with the quantity where it is not the series' own."""
        own = self.point.quantity
        what = f" {own}" if own is not None and own != self.item.series.quantity else ""
        return f"{self.item.id}{what}, month {self.month}"

    @property
    def month(self) -> int:
        return self.item.month_of(self.point)

    @property
    def quantity(self) -> str:
        return self.point.quantity or self.item.series.quantity

    @property
    def observed(self) -> float:
        """The share, or the effect, that was observed."""
        if self.point.effect is not None:
            return self.point.effect
        if self.point.share is not None:
            return self.point.share
        assert self.point.count is not None
        return self.point.count / self.item.series.at_risk

    @property
    def fitted(self) -> bool:
        return (self.point.use or self.item.series.use) == "fit"


def places(evidence: Sequence[NamedSeries]) -> list[Place]:
    """Return all points, in the order of series and dates."""
    return [Place(item, point) for item in evidence for point in item.series.points]


def predict(
    evidence: Sequence[NamedSeries],
    settings: dict[str, object] | None = None,
    replicates: int = 20,
    seed: int = 1,
    jobs: int | None = None,
) -> Floats:
    """Return float64[R, points], shares or effects, from a run of the evidence world.

    An effect is the difference from the same replicate without the levers of its series.
    """
    wanted = places(evidence)
    out = _run(evidence_scenario(evidence, settings), wanted, replicates, seed, jobs)
    effects = [n for n, place in enumerate(wanted) if place.point.effect is not None]
    if effects:
        others = sorted({wanted[n].item.id for n in effects})
        last = max(wanted[n].month for n in effects)
        scenario = evidence_scenario(evidence, settings, without=others).changed({"months": last})
        out[:, effects] -= _run(scenario, [wanted[n] for n in effects], replicates, seed, jobs)
    return out


def _run(scenario: Scenario, wanted: Sequence[Place], replicates: int, seed: int, jobs: int | None) -> Floats:
    out = np.full((replicates, len(wanted)), np.nan)

    def see(month: int, numbers: Longs, world: World, block: Block) -> None:
        for n, place in enumerate(wanted):
            if place.month == month:
                out[numbers, n] = observe(place.item, place.quantity, world, block)

    walk(scenario, sorted({place.month for place in wanted}), see, replicates, seed, jobs)
    return out


def walk(
    scenario: Scenario,
    months: Sequence[int],
    see: See,
    replicates: int,
    seed: int,
    jobs: int | None = None,
    done: Callable[[int], None] = lambda number: None,
) -> World:
    """Run a scenario and call ``see`` for every block after each of ``months`` (0 is the opening); return its world.

    ``see`` is called from several threads, each time for other replicates. ``done`` is told of replicates that ended.
    """
    simulation = Simulation(scenario)
    numbers = np.arange(replicates, dtype=np.int64)
    size = replicates_at_once(simulation, replicates)

    def work(part: Longs) -> int:
        block = simulation.open(part, seed)
        record = simulation.start_record(block)
        for month in months:
            simulation.run(block, record, until=month)
            see(month, part, simulation.model_at(block.month).world, block)
        return len(part)

    blocks = [numbers[first : first + size] for first in range(0, replicates, size)]
    threads = jobs or available_cpus()
    if threads == 1 or len(blocks) == 1:
        for part in blocks:
            done(work(part))
        return simulation.world
    with ThreadPoolExecutor(threads) as pool:
        futures = [pool.submit(work, part) for part in blocks]
        try:
            for future in as_completed(futures):
                done(future.result())
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return simulation.world


def columns(item: NamedSeries, world: World) -> Longs:
    """Return the innovations that a series is counted over."""
    table = world.innovations
    name = own_id(item)
    if name is not None:
        return np.array([table.ids.index(name)], dtype=np.int64)
    cohort = np.array([bool(cohort) for cohort in table.cohort])
    if item.series.of == "kind":
        cohort &= table.kind == KINDS.index(item.series.kind)
    return np.flatnonzero(cohort)


def observe(item: NamedSeries, quantity: str, world: World, block: Block) -> Floats:
    """Return float64[R]: what would be counted now, over those at risk."""
    return share_now(quantity, columns(item, world), world, block, any_of=item.series.of == "portfolio")
