"""A scenario compiled for running, and the loop over months for a block of replicates."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import numpy as np

from diffusion.engine.ledger import FLOWS
from diffusion.engine.stages import N_STAGES
from diffusion.engine.tiles import run_month
from diffusion.mechanisms.moves import FLOW_NAMES
from diffusion.mechanisms.opening_users import hold_users
from diffusion.month.compiled import build_model
from diffusion.month.hooks import Hooks
from diffusion.month.opening_state import begin_record, open_block
from diffusion.month.phases import MONTH_KERNELS, PHASES, PYTHON_STEPS, RECORDED_KERNELS
from diffusion.month.protocols import Plan, Policy
from diffusion.month.recorder import Record, make_record, record_month, set_record
from diffusion.month.snapshot import resume_block, take_snapshot
from diffusion.world.building.build import build_world
from diffusion.world.building.dated import dated, warm_up_months
from diffusion.world.slots import is_born, with_slots

if TYPE_CHECKING:
    from diffusion.month.block import Block
    from diffusion.world.tables import World

PlanType = TypeVar("PlanType", bound=Plan)


def in_force(scenario: Plan) -> dict[str, Policy]:
    """Return levers and shocks of a scenario by id; shocks have a prefix that no lever's id has."""
    return {**scenario.levers, **{f"shock:{key}": shock for key, shock in scenario.shocks.items()}}


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
        warm_up = warm_up_months(scenario.initial, self.world, int(scenario.start))
        self.model = build_model(
            self.world, scenario.parameters, in_force(scenario), scenario.start, scenario.months, warm_up
        )

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
        frame["supply"] = frame["trading"] = False
        while block.month < 0:
            for step in PYTHON_STEPS:
                step(self.model, block, nobody)
            run_month(frame, block, MONTH_KERNELS)
            if block.opening is not None:
                numbers = np.ascontiguousarray(block.opening.numbers[:, :, self.model.warm_up + block.month])
                hold_users(frame.address, numbers, block.opening.times)
            if watch is not None:
                watch(block)
        begin_record(self.model, block)

    def snapshot(self, block: Block) -> dict[str, Any]:
        """Return everything ``block`` remembers, as copies that can be pickled, for this version."""
        return take_snapshot(block)

    def resume(self, snapshot: dict[str, Any]) -> Block:
        """Return the block of a snapshot; the run goes on bit for bit as if it had not been stopped."""
        return resume_block(self.model, snapshot)

    def step(self, block: Block) -> None:
        """Advance ``block`` by one month."""
        self._advance(block, recorded=False)

    def _advance(self, block: Block, recorded: bool) -> None:
        space = block.space
        if self.hooks.active or block.events is not None:
            for phase in PHASES:
                phase.run(self.model, block, self.hooks)
            if recorded:
                record_month(space.address)
            return
        # replicates do not see each other: a few at a time go through the whole month while their state is in cache
        for step in PYTHON_STEPS:
            step(self.model, block, self.hooks)
        run_month(space.frame, block, RECORDED_KERNELS if recorded else MONTH_KERNELS)

    def start_record(self, block: Block) -> Record:
        """Return a record holding the opening state of ``block``."""
        return self.open_record(block, self.make_record(block))

    def make_record(self, block: Block, replicates: int | None = None, by_trust: bool = False) -> Record:
        """Return an empty record for a run of so many replicates (default: those of ``block``).

        ``by_trust``: with what pages of regions are made from.
        """
        return make_record(block, self.scenario.months, len(FLOW_NAMES), len(FLOWS), replicates, by_trust)

    def open_record(self, block: Block, out: Record) -> Record:
        """Write the opening state of ``block`` into its (part of a) record."""
        out.benefit[:] = block.attributes.benefit
        out.upfront_cost_gbp[:] = block.attributes.upfront_cost
        out.with_use[:] = block.units.n_with_use
        space = block.space
        set_record(space.frame, out)
        record_month(space.address)
        return out

    def run(self, block: Block, out: Record, until: int | None = None) -> Record:
        """Advance ``block`` to month ``until`` (default: the last) and record every month into ``out``."""
        space = block.space
        set_record(space.frame, out)
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
