"""One replicate as a Mesa model of agents that are rows of its state."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Self, TypeVar

import mesa
import mesa.agent
import numpy as np

from diffusion.agents.ahsn import AHSN
from diffusion.agents.base import RowAgent
from diffusion.agents.company import Company
from diffusion.agents.entrepreneur import ClinicalEntrepreneur
from diffusion.agents.fellow import Fellow
from diffusion.agents.mesa_space import network_space
from diffusion.agents.trust import Trust
from diffusion.arrays import read_only_view
from diffusion.errors import InputError, did_you_mean
from diffusion.levers.accelerator import Accelerator
from diffusion.levers.fellows import FellowState
from diffusion.levers.mentors import MentorTie, mentor_ties
from diffusion.mechanisms.supply.companies import AWAY, IN_UK
from diffusion.world.codes import code_hint
from diffusion.world.keys import stable_key

if TYPE_CHECKING:
    from mesa.discrete_space import Network

    from diffusion.agents.agent_simulation import AgentSimulation
    from diffusion.engine.calendar import Month
    from diffusion.engine.kernels.frame import Frame
    from diffusion.month.block import Block
    from diffusion.scenario.schema import Scenario
    from diffusion.world.tables import World


Key = TypeVar("Key", int, tuple[str, int])
Agent = TypeVar("Agent", Company, Fellow)


class SettledAgents(mesa.agent.AgentSet):
    """Agents of a model to look at, select from and ask; who is in the model, the model alone decides.

    What is selected, shuffled or copied from them is a set of one's own, which may be changed.
    """

    _of_model = False

    def of_model(self) -> Self:
        """Return these agents as those of a model."""
        self._of_model = True
        return self

    def add(self, agent: mesa.Agent) -> None:
        self._refuse(f"{agent} cannot be added to it")
        super().add(agent)

    def discard(self, agent: mesa.Agent) -> None:
        self._refuse(f"{agent} cannot be taken out of it")
        super().discard(agent)

    def remove(self, agent: mesa.Agent) -> None:
        self._refuse(f"{agent} cannot be taken out of it")
        super().remove(agent)

    def _update(self, agents: Iterable[mesa.Agent]) -> Self:
        self._refuse("its agents cannot be changed in place")
        super()._update(agents)
        return self

    def _refuse(self, what: str) -> None:
        if self._of_model:
            raise _settled(what)


def _settled(what: str) -> InputError:
    return InputError(
        f"the scenario decides who is in this model: {what}",
        expected="agents as the model makes them, each a row of the world's tables",
        suggestion="hand own classes to DiffusionModel(agents={'trust': MyTrust}); keep other agents in a Mesa model "
        "of their own, and sets of your own with model.agents.select(...)",
    )


class Population(mesa.Model):
    """The agents of one replicate.

    Parameters
    ----------
    simulation: the compiled scenario, with the classes of its agents
    block: its state, of one replicate
    layer: the network layer of :attr:`grid`; default: the first that holds single ties

    ``random`` and ``rng`` are seeded from seed and replicate; the model itself draws nothing from them.
    """

    def __init__(self, simulation: AgentSimulation, block: Block, layer: str | None = None) -> None:
        super().__init__(rng=int(stable_key(f"agents {block.seed} {int(block.replicates[0])}")) >> 33)
        self.layer = layer
        #: while trusts are put into their cells
        self.placing = False
        #: while the model itself makes or removes agents
        self._settling = False
        self.simulation = simulation
        self.block = block
        self.stage = read_only_view(block.pairs.stage[0])
        #: what levers would decide this month, by decision; what ``super()`` returns in an override
        self.offered: dict[str, np.ndarray] = {}
        self._neighbours: dict[tuple[str, int], np.ndarray] = {}
        self._neighbours_in = simulation.world
        world, classes = simulation.world, simulation.classes
        people = range(simulation.model.n_people)
        with self._changes():
            self.trusts: tuple[Trust, ...] = tuple(classes.trust(self, row) for row in range(world.n_trusts))
            self.ahsns: tuple[AHSN, ...] = tuple(classes.ahsn(self, row) for row in range(world.n_ahsns))
            self.entrepreneurs: tuple[ClinicalEntrepreneur, ...] = tuple(classes.entrepreneur(self, e) for e in people)
        self._companies: dict[int, Company] = {}
        self._fellows: dict[tuple[str, int], Fellow] = {}
        for agent in (*self.trusts, *self.ahsns, *self.entrepreneurs):
            agent.setup()
        self.refresh()

    @contextmanager
    def _changes(self) -> Iterator[None]:
        self._settling = True
        try:
            yield
        finally:
            self._settling = False

    def register_agent(self, agent: object) -> None:
        """Take an agent that the model makes; raises InputError for any other, which would take part in nothing."""
        if not (self._settling and isinstance(agent, RowAgent)):
            raise _settled(f"a {type(agent).__name__} cannot join")
        super().register_agent(agent)

    def deregister_agent(self, agent: object) -> None:
        """Let an agent go whose time is over; raises InputError for any other: its row would go on all the same."""
        if not self._settling:
            raise _settled(f"{agent} cannot be removed")
        super().deregister_agent(agent)

    @property
    def agents(self) -> SettledAgents:
        """All agents."""
        return SettledAgents(self._all_agents, random=self.random).of_model()

    @agents.setter
    def agents(self, agents: object) -> None:
        raise _settled("its agents cannot be replaced")

    @property
    def agents_by_type(self) -> dict[type, SettledAgents]:
        """All agents by class."""
        return {cls: SettledAgents(found, random=self.random).of_model() for cls, found in self._agents_by_type.items()}

    def refresh(self) -> None:
        """Let fellows and companies join and leave, as the state says."""
        self.refresh_companies()
        self.refresh_fellows()

    def refresh_companies(self) -> None:
        """Make an agent of every company that has been founded; let go of those that have failed."""
        state = self.block.companies.company[0]
        there = set(np.flatnonzero((state == IN_UK) | (state == AWAY)).tolist())
        with self._changes():
            new = [self.simulation.classes.company(self, row) for row in sorted(there - self._companies.keys())]
        self._companies = self._joined(self._companies, there, {agent.row: agent for agent in new})

    def refresh_fellows(self) -> None:
        """Make an agent of every fellow appointed; let go of those whose fellowship is over."""
        month = self.date
        there: set[tuple[str, int]] = set()
        for name, own in self.block.own.items():
            lever = self.simulation.model.levers[name]
            if isinstance(lever, Accelerator) and isinstance(own, FellowState) and lever.level(month) > 0:
                age = int(month) - own.since[0]
                there |= {(name, int(k)) for k in np.flatnonzero((age >= 0) & (age < lever.fellowship_months))}
        cls = self.simulation.classes.fellow
        with self._changes():
            new = {(name, row): cls(self, row, name) for name, row in sorted(there - self._fellows.keys())}
        self._fellows = self._joined(self._fellows, there, new)

    @cached_property
    def grid(self) -> Network:
        """The layer :attr:`layer` as a Mesa space, every trust in the cell of its row; made when first used."""
        self.placing = True
        try:
            return network_space(self, self.layer)
        finally:
            self.placing = False

    def _joined(self, before: dict[Key, Agent], there: set[Key], new: dict[Key, Agent]) -> dict[Key, Agent]:
        """Return the agents ``there``, in the order of their keys; the others of ``before`` are removed."""
        with self._changes():
            for key in before.keys() - there:
                before[key].remove()
        for agent in new.values():
            agent.setup()
        return {key: agent for key, agent in sorted({**before, **new}.items()) if key in there}

    @property
    def companies(self) -> tuple[Company, ...]:
        """Companies that exist: in the UK or abroad."""
        return tuple(self._companies.values())

    @property
    def fellows(self) -> tuple[Fellow, ...]:
        """Fellows at work."""
        return tuple(self._fellows.values())

    def fellows_of(self, lever: str) -> tuple[Fellow, ...]:
        """Return the fellows at work that the lever of this id appointed."""
        return tuple(fellow for fellow in self.fellows if fellow.lever == lever)

    @property
    def companies_by_row(self) -> Mapping[int, Company]:
        """Companies that exist, by number of the innovation."""
        return self._companies

    def lever_of(self, own: object) -> str:
        """Return the id of the lever whose own state this is."""
        return next(name for name, kept in self.block.own.items() if kept is own)

    def company_of(self, innovation: int) -> Company | None:
        """Return the company of innovation number ``innovation``, None if there is none."""
        return self._companies.get(innovation)

    @property
    def mentor_ties(self) -> dict[int, MentorTie]:
        """Ties to mentors by number of the person."""
        return mentor_ties(self.simulation.model_at(self.block.month), self.block)

    def release(self) -> None:
        """Let go of the state after the last month.

        Agents and their model refer to each other: otherwise the state would wait for the garbage collector.
        """
        self.block.agents = None
        del self.block, self.stage
        self.offered.clear()

    @property
    def policy(self) -> Scenario:
        """The scenario."""
        return self.simulation.scenario

    @property
    def world(self) -> World:
        """The world as it is now: its trusts may merge, close and open."""
        return self.simulation.model_at(self.block.month).world

    @property
    def frame(self) -> Frame:
        """What the kernels of this month read and write."""
        return self.block.space.frame

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
        return np.asarray(self.block.units.live[0] < max(1, self.block.month))

    def innovation(self, name: str) -> int:
        """Return the position of an innovation; raises InputError."""
        return _position(name, self.innovations, "innovation")

    def trust(self, code: str) -> Trust:
        """Return a trust by its code; raises InputError."""
        return self.trusts[_position(code, self.world.trusts.codes, "trust")]

    def ahsn(self, code: str) -> AHSN:
        """Return an AHSN by its code; raises InputError."""
        return self.ahsns[_position(code, self.world.ahsns.codes, self.world.facts.words.network.short)]

    def company(self, innovation: str) -> Company:
        """Return the company of an innovation; raises InputError where there is none (now)."""
        found = self.company_of(self.innovation(innovation))
        if found is None:
            raise InputError(
                f"'{innovation}' has no company in {self.date}",
                expected="an innovation that is live and has a price",
                suggestion="a company is there from launch until it fails, where parameters.supply.companies is true",
            )
        return found

    def fellow(self, innovation: str) -> Fellow:
        """Return the fellow at work for an innovation; raises InputError where there is none (now)."""
        row = self.innovation(innovation)
        for fellow in self.fellows:
            if fellow.row == row:
                return fellow
        raise InputError(
            f"'{innovation}' has no fellow in {self.date}",
            expected=f"one of the {len(self.fellows)} at work",
            suggestion=did_you_mean(innovation, tuple(fellow.innovation for fellow in self.fellows)),
        )

    def neighbour_rows(self, layer: str, row: int) -> np.ndarray:
        """Return the numbers of the trusts that trust ``row`` looks to in a layer; raises InputError."""
        if self._neighbours_in is not self.world:
            self._neighbours, self._neighbours_in = {}, self.world
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
        return read_only_view(np.broadcast_to(term[0, min(row, term.shape[1] - 1)], self.world.n_innovations))


def _position(name: str, known: tuple[str, ...], kind: str) -> int:
    try:
        return known.index(name)
    except ValueError:
        raise InputError(
            f"there is no {kind} '{name}' in this world",
            expected=f"one of {len(known)}, such as {known[0]}",
            suggestion=did_you_mean(name, known) if kind == "innovation" else code_hint(name, known),
        ) from None
