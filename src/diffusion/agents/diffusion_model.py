"""``DiffusionModel``: one replicate as a Mesa model, month by month."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from mesa.datacollection import DataCollector

from diffusion.agents.agent_simulation import AgentSimulation
from diffusion.agents.batch import batch_iteration, replicate_of, seed_of
from diffusion.agents.population import Population
from diffusion.agents.reporters import agent_reporters, measure_names, model_reporters
from diffusion.engine.stages import STAGES
from diffusion.levers.mentors import MentorTie
from diffusion.month.measures import derived_measures
from diffusion.month.simulation import Simulation
from diffusion.reading.numbers import whole_number
from diffusion.scenario.plugins import agent_classes
from diffusion.showing import Shown, brief, counted, short

if TYPE_CHECKING:
    import networkx as nx
    import pandas as pd

    from diffusion.scenario.schema import Scenario
    from diffusion.world.tables import World

_TRUST_COLUMNS = (
    "code",
    "name",
    "sector",
    "teaching",
    "ahsn",
    "ics",
    "n_pilots",
    "n_adopted",
    "fund_gbp",
    "capacity_wte",
)


class DiffusionModel(Shown, Population):
    """One replicate of a scenario as a Mesa model; the same numbers, to the bit, as the compiled run of that replicate.

    Parameters
    ----------
    policy: a scenario, or what names one: ``"baseline+local-first"``
    seed, replicate: which replicate it is; default: 1 and 0. In Mesa's ``batch_run`` the default is one replicate per
        iteration: 0, 1, 2, ...
    agents: own classes by kind (trust, ahsn, fellow, entrepreneur, company), ``{"trust": MyTrust, "ahsn": MyAhsn}``;
        they come before those that the scenario names
    world: a world built before; default: the scenario's own
    collect_agents: also collect a few numbers of every agent, every month, into ``datacollector``
    layer: the network layer of :attr:`grid`; default: the first that holds single ties
    rng: ``seed`` under the name that Mesa's ``batch_run`` gives it from 3.4 on; a whole number, or None

    ``step()`` advances one month, ``run()`` all that are left; ``datacollector`` holds the monthly measures.
    """

    def __init__(
        self,
        policy: Scenario | str = "baseline",
        seed: int | None = None,
        replicate: int | None = None,
        agents: Mapping[str, type] | None = None,
        world: World | None = None,
        *,
        collect_agents: bool = False,
        layer: str | None = None,
        rng: int | None = None,
    ) -> None:
        if isinstance(policy, str):
            from diffusion.scenario.load import load_scenario

            policy = load_scenario(policy)
        iteration = batch_iteration()
        seed = seed_of(seed, rng)
        replicate = replicate_of(iteration, seed, replicate)
        seed = 1 if seed is None else seed
        replicate = whole_number(replicate, "replicate")
        simulation = AgentSimulation(policy, world, {**agent_classes(policy), **(agents or {})})
        block = simulation.open_state(np.array([replicate]), seed)
        super().__init__(simulation, block, layer)
        block.agents = self
        #: Mesa's batch_run tells what was collected before the last step: one more is granted, in which nothing happens
        self._closing_step = iteration is not None
        self.record = simulation.start_record(block)
        reporters = agent_reporters() if collect_agents else None
        self.datacollector = DataCollector(model_reporters=model_reporters(), agenttype_reporters=reporters)
        self.datacollector.collect(self)

    def __repr__(self) -> str:
        when = f"month {self.month} of {self.policy.months} ({self.date})"
        run = f"seed {self.block.seed}, replicate {self.replicate}"
        agents = f"{counted(len(self.trusts), 'trust')}, {counted(len(self.innovations), 'innovation')}"
        return brief(self, short(self.policy.name, 80), when, run, agents)

    __str__ = __repr__

    @property
    def replicate(self) -> int:
        return int(self.block.replicates[0])

    def step(self) -> None:
        """Advance one month, record and collect; ``running`` is False after the last month of the scenario."""
        if self.month >= self.policy.months and self._closing_step:
            self._closing_step = self.running = False
            return
        if self.month >= self.policy.months:
            raise RuntimeError(f"the {self.policy.months} months of the scenario '{self.policy.name}' are over")
        self.simulation.run(self.block, self.record, self.month + 1)
        self.running = self.month < self.policy.months or self._closing_step
        self.datacollector.collect(self)

    def release(self) -> None:
        """Keep the state after the last month: whoever made the model may still look at it."""

    def run(self, until: int | None = None) -> DiffusionModel:
        """Step to month ``until`` (default: the last one) and return the model."""
        last = self.policy.months if until is None else min(until, self.policy.months)
        while self.month < last:
            self.step()
        return self

    def measure(self, name: str) -> float:
        """Return a monthly measure at the end of :attr:`month`; names as in ``Results.monthly``."""
        monthly, now = self.record.monthly, slice(self.month, self.month + 1)
        if name in monthly:
            return float(monthly[name][0, self.month])
        this = {key: values[:, now] for key, values in monthly.items()}
        counts = self.record.stage_by_innovation[:, now]
        derived = derived_measures(this, counts, self.block.attributes.benefit, self.world, self.block.month)
        return float(derived[name][0, 0])

    def monthly_frame(self) -> pd.DataFrame:
        """Return a row per month so far with all monthly measures, as ``Results.monthly_frame``."""
        frame: pd.DataFrame = self.datacollector.get_model_vars_dataframe()[list(measure_names())]
        frame.insert(0, "month", np.arange(len(frame)))
        frame.insert(0, "replicate", self.replicate)
        return frame

    def innovation_frame(self) -> pd.DataFrame:
        """Return a row per innovation, month so far and stage with the number of trusts."""
        import pandas as pd

        counts = self.record.stage_by_innovation[0, : self.month + 1]
        months, stages, ids = np.meshgrid(
            np.arange(self.month + 1), np.array(STAGES), np.array(self.innovations), indexing="ij"
        )
        columns = {"innovation": ids, "month": months, "stage": stages, "trusts": counts}
        return pd.DataFrame({name: values.reshape(-1) for name, values in columns.items()})

    def trust_frame(self) -> pd.DataFrame:
        """Return a row per trust with what it is and its state now."""
        import pandas as pd

        return pd.DataFrame({name: [getattr(trust, name) for trust in self.trusts] for name in _TRUST_COLUMNS})

    def mentor_frame(self) -> pd.DataFrame:
        """Return a row per clinical entrepreneur that has a mentor, as ``diffusion network mentors``."""
        import pandas as pd

        return pd.DataFrame(list(self.mentor_ties.values()), columns=list(MentorTie._fields))

    def mentor_graph(self) -> nx.Graph:
        """Return clinical entrepreneurs (``bipartite`` 0) and their mentors (1) as a NetworkX graph."""
        import networkx as nx

        graph: nx.Graph = nx.Graph()
        for tie in self.mentor_ties.values():
            graph.add_node(tie.entrepreneur, bipartite=0, kind="entrepreneur", trust=tie.trust)
            graph.add_node(tie.mentor, bipartite=1, kind=tie.kind)
            graph.add_edge(tie.entrepreneur, tie.mentor, appointed=tie.appointed)
        return graph

    def graph(self, layer: str) -> nx.Graph | nx.DiGraph:
        """Return a network layer as a NetworkX graph of trust codes; raises InputError for an unknown layer."""
        from diffusion.world.building.export import to_networkx

        return to_networkx(self.world, layer)


def simulation_with_agents(scenario: Scenario, world: World | None = None) -> Simulation[Scenario]:
    """Return the simulation of a scenario that names agent classes; an ordinary one if they override nothing.

    Raises InputError for a class that is none of ours, with the line of the scenario that names it.
    """
    from diffusion.errors import InputError

    classes = agent_classes(scenario)
    try:
        simulation = AgentSimulation(scenario, world, classes)
    except InputError as error:
        raise scenario.placed(error, "agents") from None
    return simulation if simulation.hooks.active else Simulation(scenario, simulation.world)
