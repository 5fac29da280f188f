"""A scenario compiled for running, and the loop over months for a block of replicates."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

import numpy as np

from diffusion.engine.calendar import Month
from diffusion.engine.stages import N_STAGES
from diffusion.engine.tiles import run_month
from diffusion.errors import InputError
from diffusion.mechanisms.moves import FLOW_NAMES
from diffusion.mechanisms.opening_users import hold_users
from diffusion.month.compiled import build_model
from diffusion.month.hooks import Hooks
from diffusion.month.opening_state import begin_record, open_block
from diffusion.month.phases import MONTH_KERNELS, PHASES, PYTHON_STEPS, RECORDED_KERNELS
from diffusion.month.protocols import Plan, Policy
from diffusion.month.recorder import Record, make_record, record_month, set_record
from diffusion.month.snapshot import go_on, resume_block, take_snapshot
from diffusion.month.workspace import check_response
from diffusion.world.building.build import build_world
from diffusion.world.building.changed import all_standings, changed_world
from diffusion.world.building.dated import dated, warm_up_months
from diffusion.world.building.over_time import change_months
from diffusion.world.slots import is_born, with_slots

if TYPE_CHECKING:
    from diffusion.arrays import Longs
    from diffusion.month.block import Block
    from diffusion.month.compiled import Model
    from diffusion.world.tables import World

PlanType = TypeVar("PlanType", bound=Plan)


def in_force(scenario: Plan) -> dict[str, Policy]:
    """Return levers and shocks of a scenario by id; shocks have a prefix that no lever's id has."""
    return {**scenario.levers, **{f"shock:{key}": shock for key, shock in scenario.shocks.items()}}


def _check_begun(block: Block) -> None:
    # in these months users are held who are known of them, and what they cost and counted is taken back at their end
    if block.before_run or block.month < 0:
        raise InputError(
            f"month {block.month} is before the run begins, and no block can be run or recorded in it",
            key="block",
            expected="a block that Simulation.open has returned, month 0 or later",
        )


class _Time(NamedTuple):
    """A time in which the world stands still: its first step, the change of trusts before it, and a month of it."""

    first: int
    number: int
    month: int


def _times(world: World, scenario: Plan) -> tuple[_Time, ...]:
    """Return the times in which ``world`` stands still: no trust merges, closes or opens, and no tie comes or goes.

    What is dated up to the first month has happened when the run opens.
    """
    numbers = {int(Month(each.month)): n for n, each in enumerate(all_standings(world.whole)[1:], start=1)}
    times = [_Time(0, 0, int(scenario.start))]
    for month in sorted({*numbers, *change_months(world)}):
        step = month - int(scenario.start) + 1
        if step > scenario.months:
            break
        number = numbers.get(month, times[-1].number)
        if step <= 1:
            times[0] = times[0]._replace(number=number)
        else:
            times.append(_Time(step, number, month))
    return tuple(times)


class Simulation(Generic[PlanType]):
    """A scenario compiled for running.

    Parameters
    ----------
    scenario: the scenario
    world: a world built before; default: the scenario's own
    hooks: where Python agents replace decisions
    """

    def __init__(self, scenario: PlanType, world: World | None = None, hooks: Hooks | None = None) -> None:
        self.scenario = scenario
        self.world = world if world is not None else build_world(scenario.world, scenario.folder)
        self.world = dated(self.world, int(scenario.start))
        supply = scenario.parameters.supply
        if supply.followed and not is_born(self.world.innovations).any():
            self.world = with_slots(self.world, supply.arrival_slots, supply.spin_out_slots)
        self.hooks = hooks if hooks is not None else Hooks()
        self._times = _times(self.world, scenario)
        self._first = [time.first for time in self._times]
        self._warm_up_months = warm_up_months(scenario.initial, self.world, int(scenario.start))
        self._models: dict[int, Model] = {}
        self.model = self._model(0)

    def _model(self, time: int) -> Model:
        """Return the model of a time in which the world stands still; made when it is first needed."""
        if time not in self._models:
            plan = self.scenario
            world = self._world(time)
            self._models[time] = build_model(
                world, plan.parameters, in_force(plan), plan.start, plan.months, self._warm_up_months
            )
        return self._models[time]

    def _world(self, time: int) -> World:
        return changed_world(self.world, self._times[time].number, self._times[time].month)

    def model_at(self, month: int) -> Model:
        """Return the model that holds in step ``month`` (0 is the opening, and what is before it)."""
        return self._model(self._time(month))

    def _time(self, month: int) -> int:
        return max(0, bisect_right(self._first, month) - 1)

    @property
    def end_world(self) -> World:
        """The world with its trusts as they are at the end of the run."""
        return self._world(-1) if self.world.changes else self.world

    def eligible_times(self) -> tuple[tuple[int, Longs], ...]:
        """Return months from which on trusts have so many eligible innovations of the portfolio, int64[N] each.

        Empty where nothing becomes of any trust.
        """
        if not self.world.changes:
            return ()
        own = ~is_born(self.world.innovations)
        worlds = [self._world(time) for time in range(len(self._times))]
        return tuple((first, world.eligible[:, own].sum(axis=1)) for first, world in zip(self._first, worlds))

    def open(
        self,
        replicates: np.ndarray,
        seed: int,
        events: bool = False,
        watch: Callable[[Block], None] | None = None,
    ) -> Block:
        """Return a block in its opening state for the replicates of these numbers.

        Where months are run before the scenario's first, ``watch`` is called after each of them. Agents of one's own
        decide nothing in them, and nobody founds a company or leaves one: the opening is that of the mechanisms.
        """
        block = open_block(self.model, self.scenario.initial, seed, replicates)
        if self.model.warm_up:
            self._warm_up(block, watch)
        block.opening = None
        if events:
            block.events = []
        return block

    def _warm_up(self, block: Block, watch: Callable[[Block], None] | None) -> None:
        """Run the months before the scenario's first, with the users that are known of each."""
        frame, nobody = block.space.frame, Hooks()
        block.before_run = True
        frame["supply"] = frame["trading"] = False
        while block.month < 0:
            for step in PYTHON_STEPS:
                step(self.model, block, nobody)
            run_month(frame, block, MONTH_KERNELS)
            check_response(self.model, block)
            if block.opening is not None:
                numbers = np.ascontiguousarray(block.opening.numbers[:, :, self.model.warm_up + block.month])
                hold_users(frame.address, numbers, block.opening.times)
            if watch is not None:
                watch(block)
        begin_record(self.model, block)
        block.before_run = False

    def snapshot(self, block: Block) -> dict[str, Any]:
        """Return everything ``block`` remembers, as copies that can be pickled, for this version.

        Raises
        ------
        InputError
            The run has not begun: the months before it hold what a snapshot does not.
        """
        return take_snapshot(block)

    def resume(self, snapshot: dict[str, Any]) -> Block:
        """Return the block of a snapshot; the run goes on bit for bit as if it had not been stopped.

        Raises
        ------
        InputError
            The snapshot is of a month before the run.
        """
        return resume_block(self.model_at(snapshot["month"]), snapshot)

    def step(self, block: Block, before: Mapping[str, Callable[[Block], None]] | None = None) -> None:
        """Advance ``block`` by one month.

        ``before`` are functions that look at the block, and change nothing, before the phase of the name they have.
        """
        self._advance(block, recorded=False, before=before)

    def _advance(
        self, block: Block, recorded: bool, before: Mapping[str, Callable[[Block], None]] | None = None
    ) -> None:
        _check_begun(block)
        model = self.model_at(block.month + 1)
        if len(self._first) > 1 and self._time(block.month) != self._time(block.month + 1):
            was, now = (self._times[self._time(month)].number for month in (block.month, block.month + 1))
            go_on(self.model_at(block.month), model, block, joining=was != now)
        space = block.space
        if self.hooks.active or block.events is not None or before:
            for phase in PHASES:
                if before and phase.name in before:
                    before[phase.name](block)
                phase.run(model, block, self.hooks)
            if recorded:
                record_month(space.address)
            check_response(model, block)
            return
        # replicates do not see each other: a few at a time go through the whole month while their state is in cache
        for step in PYTHON_STEPS:
            step(model, block, self.hooks)
        run_month(space.frame, block, RECORDED_KERNELS if recorded else MONTH_KERNELS)
        check_response(model, block)

    def start_record(self, block: Block) -> Record:
        """Return a record holding the opening state of ``block``."""
        return self.open_record(block, self.make_record(block))

    def make_record(self, block: Block, replicates: int | None = None, by_trust: bool = False) -> Record:
        """Return an empty record for a run of so many replicates (default: those of ``block``).

        ``by_trust``: with what pages of regions are made from.
        """
        return make_record(block, self.scenario.months, len(FLOW_NAMES), len(self.model.flows), replicates, by_trust)

    def open_record(self, block: Block, out: Record) -> Record:
        """Write the opening state of ``block`` into its (part of a) record."""
        _check_begun(block)
        out.benefit[:] = block.attributes.benefit
        out.upfront_cost_gbp[:] = block.attributes.upfront_cost
        out.with_use[:] = block.units.n_with_use
        space = block.space
        set_record(space.frame, out)
        record_month(space.address)
        return out

    def run(self, block: Block, out: Record, until: int | None = None) -> Record:
        """Advance ``block`` to month ``until`` (default: the last) and record every month into ``out``."""
        set_record(block.space.frame, out)
        last = self.scenario.months if until is None else min(until, self.scenario.months)
        while block.month < last:
            self._advance(block, recorded=True)
        supply = self.model.parameters.supply
        if supply.followed or supply.companies:  # what was born has attributes of its own, what came back other prices
            out.benefit[:] = block.attributes.benefit
            out.upfront_cost_gbp[:] = block.attributes.upfront_cost
            out.with_use[:] = block.units.n_with_use
        if len(out.end_by_trust):
            stages = block.pairs.stage[:, :, ~is_born(self.world.innovations)]
            for stage in range(N_STAGES):
                out.end_by_trust[:, :, stage] = (stages == stage).sum(axis=2)
        if block.events is not None:
            out.events = block.events
        return out
