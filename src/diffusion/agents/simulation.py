"""A simulation whose trusts or AHSNs decide in Python: agents are asked only for what their class overrides."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from diffusion.agents.ahsn import AHSN
from diffusion.agents.base import RowAgent
from diffusion.agents.decisions import AHSN_DECISIONS, TRUST_DECISIONS, decide, overridden
from diffusion.agents.population import Population
from diffusion.agents.trust import Trust
from diffusion.engine.hooks import NO_OVERRIDE, Hooks
from diffusion.errors import InputError, did_you_mean
from diffusion.simulation import Simulation

if TYPE_CHECKING:
    from diffusion.engine.recorder import Record
    from diffusion.engine.state import Block
    from diffusion.scenario.schema import Scenario
    from diffusion.world.tables import World

_KINDS: dict[str, type[RowAgent]] = {"trust": Trust, "ahsn": AHSN}


class AgentHooks(Hooks):
    """Asks the agents of a block for the decisions that their classes override."""

    def __init__(self, classes: Mapping[str, type]) -> None:
        self.of_trusts = overridden(classes["trust"], Trust, TRUST_DECISIONS)
        self.of_ahsns = overridden(classes["ahsn"], AHSN, AHSN_DECISIONS)
        self.active = bool(self.of_trusts or self.of_ahsns)
        #: whose month is under way
        self.population: Population | None = None

    def rows(self, decision: str, model: Any, block: Block) -> np.ndarray:
        """Return float64[N, K], the trusts' own decision, or nothing if their class does not override it."""
        if decision not in self.of_trusts:
            return NO_OVERRIDE
        population: Population = block.work["population"]
        n, k = population.world.n_trusts, population.world.n_innovations
        out = np.empty((n, k))
        for row, trust in enumerate(population.trusts):
            out[row] = decide(trust, TRUST_DECISIONS[decision], k)
        return out

    def decide(self, decision: str, rows: np.ndarray) -> np.ndarray:
        """Return (1, A, K), a lever's decision as the AHSNs take it."""
        population = self.population
        if population is None or decision not in AHSN_DECISIONS:
            return rows
        population.portfolio = rows[0]
        if decision not in self.of_ahsns:
            return rows
        n_innovations = population.world.n_innovations
        return np.stack([decide(ahsn, AHSN_DECISIONS[decision], n_innovations) for ahsn in population.ahsns])[None]


class AgentSimulation(Simulation):
    """A scenario compiled for running with agents, in blocks of one replicate.

    Agents are made anew for every block, so that none remembers another replicate.

    Parameters
    ----------
    scenario: the scenario
    world: a world built before; default: the scenario's own
    classes: subclasses of Trust and AHSN by ``trust`` and ``ahsn``
    """

    def __init__(
        self, scenario: Scenario, world: World | None = None, classes: Mapping[str, type] | None = None
    ) -> None:
        for kind in classes or {}:
            if kind not in _KINDS:
                raise InputError(
                    f"there is no kind of agent '{kind}'", key=f"agents.{kind}", expected=" or ".join(_KINDS),
                    suggestion=did_you_mean(kind, _KINDS),
                )  # fmt: skip
        self.classes: dict[str, Any] = {**_KINDS, **(classes or {})}
        self.hooks: AgentHooks
        super().__init__(scenario, world, AgentHooks(self.classes))

    def open(self, replicates: np.ndarray, seed: int, events: bool = False) -> Block:
        """Return a block of one replicate in its opening state, with its agents."""
        block = self.open_state(replicates, seed, events)
        block.work["population"] = Population(self, block)
        return block

    def open_state(self, replicates: np.ndarray, seed: int, events: bool = False) -> Block:
        """Return a block of one replicate in its opening state, without agents."""
        if len(replicates) != 1:
            raise ValueError(f"agents run in blocks of one replicate, not {len(replicates)}")
        return super().open(replicates, seed, events)

    def snapshot(self, block: Block) -> dict[str, Any]:
        """Return everything ``block`` remembers; raises InputError if its agents remember something by themselves."""
        for cls in self.classes.values():
            if cls.setup is not RowAgent.setup or cls.__init__ is not RowAgent.__init__:
                raise InputError(
                    f"agents of the class {cls.__name__} keep state of their own, which a snapshot does not hold",
                    expected="classes without setup or __init__", suggestion="run without stopping",
                )  # fmt: skip
        return super().snapshot(block)

    def resume(self, snapshot: dict[str, Any]) -> Block:
        """Return the block of a snapshot, with agents."""
        block = super().resume(snapshot)
        block.work["population"] = Population(self, block)
        return block

    def _advance(self, block: Block, recorded: bool) -> None:
        self.hooks.population = block.work["population"]
        try:
            super()._advance(block, recorded)
        finally:
            self.hooks.population = None

    def run(self, block: Block, out: Record, until: int | None = None) -> Record:
        """Advance ``block`` and record every month into ``out``; let the agents go after the last month."""
        record = super().run(block, out, until)
        if block.month >= self.scenario.months:
            block.work["population"].release()
        return record
