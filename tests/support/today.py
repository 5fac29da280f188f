"""Scenarios of one lever in the world of April 2025, stepped by hand, and what blocks and levers tell."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from diffusion.engine.calendar import Month
from diffusion.engine.ledger import FLOW_INDEX
from diffusion.errors import InputError
from diffusion.month.simulation import Simulation
from diffusion.scenario.felt.content import outlook_of
from diffusion.scenario.schema import Scenario
from diffusion.world.tables import Change, World

START = Month("2025-04")
#: no company leaves or fails, so that what is live is on sale
SOLD = {"supply": {"companies": False}}


def today(lever: str, months: int = 40, world: dict[str, Any] | None = None, **fields: Any) -> Scenario:
    levers = {lever: {"start": str(START), **fields}}
    content = {"title": lever, "start": str(START), "months": months, "levers": levers, "parameters": SOLD}
    return Scenario.model_validate({**content, "world": {"name": "england-2025", **(world or {})}})


def stepped(scenario: Scenario, months: int, replicates: int = 4, world: World | None = None) -> tuple[Simulation, Any]:
    simulation = Simulation(scenario, world=world) if world is not None else Simulation(scenario)
    block = simulation.open(np.arange(replicates), 1)
    for _ in range(months):
        simulation.step(block)
    return simulation, block


def term(block: Any, name: str) -> np.ndarray:
    space = block.space
    return np.asarray(space.terms.written(name, space.frame["ahsn"]))


def paid_gbp(block: Any, purpose: str) -> np.ndarray:
    return np.asarray(block.space.frame["money"][:, FLOW_INDEX[purpose]] / 100.0)


def told_of(scenario: Scenario, lever: str) -> list[str]:
    return list(scenario.levers[lever].remarks(outlook_of(scenario, scenario.build_world())))


def faults(scenario: Scenario, lever: str) -> list[InputError]:
    return [fault for _, fault in scenario.levers[lever].name_faults(scenario.build_world())]


def changed(world: World, *changes: Change) -> World:
    return replace(world, changes=tuple(sorted(changes)))


def row_of_a_board_of_many(world: World) -> int:
    """Return the row of an acute trust whose board has more than two trusts."""
    acute = world.trusts.sector == world.trusts.sector_names.index("acute")
    many = np.bincount(world.trusts.ics)[world.trusts.ics] > 2
    return int(np.flatnonzero(acute & many)[0])
