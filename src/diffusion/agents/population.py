"""One replicate as a Mesa model of agents that are rows of its state."""

from __future__ import annotations

from typing import TYPE_CHECKING

import mesa
import numpy as np

from diffusion.agents.ahsn import AHSN
from diffusion.agents.trust import Trust
from diffusion.engine.view import read_only
from diffusion.errors import InputError, did_you_mean
from diffusion.world.keys import stable_key

if TYPE_CHECKING:
    from diffusion.agents.simulation import AgentSimulation
    from diffusion.engine.calendar import Month
    from diffusion.engine.frame import Frame
    from diffusion.engine.state import Block
    from diffusion.scenario.schema import Scenario
    from diffusion.world.tables import World


class Population(mesa.Model):
    """The agents of one replicate.

    Parameters
    ----------
    simulation: the compiled scenario, with the classes of its agents
    block: its state, of one replicate

    ``random`` and ``rng`` are seeded from seed and replicate; the model itself draws nothing from them.
    """

    def __init__(self, simulation: AgentSimulation, block: Block) -> None:
        super().__init__(rng=int(stable_key(f"agents {block.seed} {int(block.replicates[0])}")) >> 33)
        self.simulation = simulation
        self.block = block
        self.frame: Frame = block.work["space"].frame
        self.stage = read_only(block.pairs.stage[0])
        self.portfolio = np.zeros((simulation.world.n_ahsns, simulation.world.n_innovations))
        self._neighbours: dict[tuple[str, int], np.ndarray] = {}
        world, classes = simulation.world, simulation.classes
        self.trusts: tuple[Trust, ...] = tuple(classes["trust"](self, row) for row in range(world.n_trusts))
        self.ahsns: tuple[AHSN, ...] = tuple(classes["ahsn"](self, row) for row in range(world.n_ahsns))
        for agent in (*self.trusts, *self.ahsns):
            agent.setup()

    def release(self) -> None:
        """Let go of the state after the last month.

        Agents and their model refer to each other: otherwise the state would wait for the garbage collector.
        """
        del self.block.work["population"], self.block, self.frame, self.stage

    @property
    def policy(self) -> Scenario:
        """The scenario."""
        return self.simulation.scenario

    @property
    def world(self) -> World:
        return self.simulation.world

    @property
    def month(self) -> int:
        """Number of the month: in a decision the one under way, between steps the last one finished, 0 at first."""
        return self.block.month

    @property
    def date(self) -> Month:
        """Calendar month of :attr:`month`."""
        return self.simulation.model.calendar(max(1, self.block.month))

    @property
    def innovations(self) -> tuple[str, ...]:
        """Ids of the innovations, in the order of every array over them."""
        return self.world.innovations.ids

    @property
    def live(self) -> np.ndarray:
        """bool[K]: innovations that can be heard of in :attr:`month`."""
        return self.simulation.model.tables.live < max(1, self.block.month)

    def innovation(self, name: str) -> int:
        """Return the position of an innovation; raises InputError."""
        return _position(name, self.innovations, "innovation")

    def trust(self, code: str) -> Trust:
        """Return a trust by its code; raises InputError."""
        return self.trusts[_position(code, self.world.trusts.codes, "trust")]

    def ahsn(self, code: str) -> AHSN:
        """Return an AHSN by its code; raises InputError."""
        return self.ahsns[_position(code, self.world.ahsns.codes, "AHSN")]

    def neighbour_rows(self, layer: str, row: int) -> np.ndarray:
        """Return the numbers of the trusts that trust ``row`` looks to in a layer; raises InputError."""
        found = self._neighbours.get((layer, row))
        if found is None:
            ties = self.world.layer(layer)
            if ties.kind == "sparse":
                found = ties.indices[ties.indptr[row] : ties.indptr[row + 1]]
            elif ties.group[row] < 0:
                found = np.zeros(0, dtype=np.int32)
            else:
                found = np.flatnonzero(ties.group == ties.group[row])
                found = found[found != row]
            self._neighbours[layer, row] = found
        return found

    def term_row(self, field: str, row: int) -> np.ndarray:
        """Return float64[K], the row of trust ``row`` in a frame field shaped (1, 1 or N, 1 or K)."""
        term = self.frame[field]
        return read_only(np.broadcast_to(term[0, min(row, term.shape[1] - 1)], self.world.n_innovations))


def _position(name: str, known: tuple[str, ...], kind: str) -> int:
    try:
        return known.index(name)
    except ValueError:
        raise InputError(
            f"there is no {kind} '{name}' in this world", expected=f"one of {len(known)}, such as {known[0]}",
            suggestion=did_you_mean(name, known),
        ) from None  # fmt: skip
