"""A simulation whose agents decide in Python: they are asked only for what their class overrides."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from diffusion.agents.ahsn import AHSN
from diffusion.agents.base import RowAgent
from diffusion.agents.company import Company
from diffusion.agents.entrepreneur import ClinicalEntrepreneur
from diffusion.agents.fellow import Fellow
from diffusion.agents.override_checks import decide, decide_number, decide_sites, overridden
from diffusion.agents.population import Population
from diffusion.agents.trust import Trust
from diffusion.errors import InputError, did_you_mean
from diffusion.month.decisions import DECISIONS, TABLE, Decision
from diffusion.month.hooks import NO_OVERRIDE, Hooks
from diffusion.month.simulation import Simulation
from diffusion.scenario.schema import Scenario

if TYPE_CHECKING:
    from diffusion.engine.term_values import Pairs
    from diffusion.month.block import Block
    from diffusion.month.compiled import Model
    from diffusion.month.recorder import Record
    from diffusion.world.tables import World

_KINDS: dict[str, type[RowAgent]] = {
    "trust": Trust,
    "ahsn": AHSN,
    "fellow": Fellow,
    "entrepreneur": ClinicalEntrepreneur,
    "company": Company,
}
#: decisions that a lever asks for, by the kind of agent that takes them
_ASKED_BY_LEVERS = {decision.name: decision.kind for decision in TABLE if not decision.field}


def population_of(block: Block) -> Population:
    """Return the agents of a block."""
    if not isinstance(block.agents, Population):
        raise RuntimeError("the agents of this run have been let go: it is over, or was opened without them")
    return block.agents


@dataclass(frozen=True)
class AgentClasses:
    """The class of every kind of agent."""

    trust: type[Trust]
    ahsn: type[AHSN]
    fellow: type[Fellow]
    entrepreneur: type[ClinicalEntrepreneur]
    company: type[Company]


class AgentHooks(Hooks):
    """Asks the agents of a block for the decisions that their classes override."""

    def __init__(self, classes: Mapping[str, type]) -> None:
        #: decisions taken in Python, by kind of agent
        self.taken = {kind: overridden(classes[kind], base, kind) for kind, base in _KINDS.items()}
        self.active = any(self.taken.values())
        #: whose month is under way
        self.population: Population | None = None

    def rows(self, decision: str, model: Model, block: Block) -> np.ndarray:
        """Return float64[N, K], the trusts' own decision, or nothing if their class does not override it."""
        if decision not in self.taken["trust"]:
            return NO_OVERRIDE
        population = population_of(block)
        n, k = population.world.n_trusts, population.world.n_innovations
        out = np.empty((n, k))
        for row, trust in enumerate(population.trusts):
            out[row] = decide(trust, DECISIONS["trust"][decision], k)
        return out

    def numbers(self, kind: str, decision: str, block: Block, asked: np.ndarray) -> np.ndarray:
        """Return float64[1, E or K], the people's or companies' own decision, NaN for those not asked."""
        population = population_of(block)
        if kind == "company":
            population.refresh_companies()
        if decision not in self.taken[kind]:
            return NO_OVERRIDE
        out = np.full((1, len(asked)), np.nan)
        for row in np.flatnonzero(asked).tolist():
            agent = population.entrepreneurs[row] if kind == "entrepreneur" else population.companies_by_row[row]
            out[0, row] = decide_number(agent, DECISIONS[kind][decision])
        return out

    def decide(self, decision: str, rows: np.ndarray, own: object = None) -> np.ndarray:
        """Return a lever's decision, shaped as ``rows``, as AHSNs, fellows and entrepreneurs take it."""
        offered = self._offer(decision, rows[0], own)
        if offered is None:
            return rows
        population, lever, what = offered
        out = rows.copy()
        if what.kind == "ahsn":
            for ahsn in population.ahsns:
                out[0, ahsn.row] = decide(ahsn, what, rows.shape[2])
        elif what.kind == "fellow":
            for fellow in population.fellows_of(lever):
                out[0, fellow.row] = decide_number(fellow, what)
        elif what.kind == "entrepreneur":  # of those who may apply
            for person in np.flatnonzero(rows[0] > 0):
                out[0, person] = decide_number(population.entrepreneurs[person], what)
        return out

    def choose(self, decision: str, pairs: Pairs, own: object = None) -> Pairs:
        """Return the pairs (0, trust, innovation) that fellows choose to reach, or those drawn."""
        offered = self._offer(decision, np.stack(pairs), own)
        if offered is None:
            return pairs
        population, lever, what = offered
        return _chosen_sites(population.fellows_of(lever), what)

    def _offer(self, decision: str, drawn: np.ndarray, own: object) -> tuple[Population, str, Decision] | None:
        """Note what a lever would decide; return who decides instead, for which lever, and what, or None."""
        population, kind = self.population, _ASKED_BY_LEVERS.get(decision)
        if population is None or kind is None:
            return None
        lever = population.lever_of(own) if own is not None else ""
        population.offered[f"{decision} {lever}".strip()] = drawn
        if kind == "fellow":
            population.refresh_fellows()
        return (population, lever, DECISIONS[kind][decision]) if decision in self.taken[kind] else None


def _chosen_sites(fellows: Sequence[Fellow], what: Decision) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the pairs (0, trust, innovation) that fellows choose to reach, fellow by fellow."""
    chosen = [(fellow.row, decide_sites(fellow, what)) for fellow in fellows if fellow.sites_due]
    trusts = np.concatenate([np.zeros(0, dtype=np.int64), *(rows for _, rows in chosen)])
    innovations = np.repeat([row for row, _ in chosen], [len(rows) for _, rows in chosen]).astype(np.int64)
    return np.zeros(len(trusts), dtype=np.int64), trusts, innovations


class AgentSimulation(Simulation[Scenario]):
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
                    f"there is no kind of agent '{kind}'",
                    key=f"agents.{kind}",
                    expected=", ".join(_KINDS),
                    suggestion=did_you_mean(kind, _KINDS),
                )
        self.classes = AgentClasses(**{**_KINDS, **(classes or {})})
        self.hooks: AgentHooks
        hooks = AgentHooks(vars(self.classes))
        for kind in ("entrepreneur", "company"):
            supply = scenario.parameters.supply
            if hooks.taken[kind] and not (supply.followed if kind == "entrepreneur" else supply.companies):
                own = kind == "entrepreneur"
                who, switch = ("people", "followed") if own else ("companies", "companies")
                layer = "+people-and-companies" if own else ""
                raise InputError(
                    f"the scenario '{scenario.name}' follows no {who}, so none of them decides",
                    key=f"agents.{kind}",
                    expected=f"parameters.supply.{switch}: true",
                    suggestion=f"stack them on the scenario: {layer}" if layer else "leave the switch out: it is on",
                )
        super().__init__(scenario, world, hooks)

    def open(
        self,
        replicates: np.ndarray,
        seed: int,
        events: bool = False,
        watch: Callable[[Block], None] | None = None,
    ) -> Block:
        """Return a block of one replicate in its opening state, with its agents."""
        block = self.open_state(replicates, seed, events, watch)
        block.agents = Population(self, block)
        return block

    def open_state(
        self,
        replicates: np.ndarray,
        seed: int,
        events: bool = False,
        watch: Callable[[Block], None] | None = None,
    ) -> Block:
        """Return a block of one replicate in its opening state, without agents."""
        if len(replicates) != 1:
            raise ValueError(f"agents run in blocks of one replicate, not {len(replicates)}")
        return super().open(replicates, seed, events, watch)

    def snapshot(self, block: Block) -> dict[str, Any]:
        """Return everything ``block`` remembers; raises InputError if its agents remember something by themselves."""
        for kind, cls in vars(self.classes).items():
            if cls.setup is not RowAgent.setup or cls.__init__ is not _KINDS[kind].__init__:
                raise InputError(
                    f"agents of the class {cls.__name__} keep state of their own, which a snapshot does not hold",
                    expected="classes without setup or __init__",
                    suggestion="run without stopping",
                )
        return super().snapshot(block)

    def resume(self, snapshot: dict[str, Any]) -> Block:
        """Return the block of a snapshot, with agents."""
        block = super().resume(snapshot)
        block.agents = Population(self, block)
        return block

    def _advance(
        self, block: Block, recorded: bool, before: Mapping[str, Callable[[Block], None]] | None = None
    ) -> None:
        population = population_of(block)
        self.hooks.population = population
        try:
            super()._advance(block, recorded, before)
            population.refresh()
        finally:
            self.hooks.population = None

    def run(self, block: Block, out: Record, until: int | None = None) -> Record:
        """Advance ``block`` and record every month into ``out``; let the agents go after the last month."""
        record = super().run(block, out, until)
        if block.month >= self.scenario.months:
            population_of(block).release()
        return record
