"""The classic workload as an idiomatic Mesa model: agents on a network space, two phases a month, a DataCollector."""

from __future__ import annotations

import math
import time

import mesa
import networkx as nx
import numpy as np
from mesa.discrete_space import CellAgent, Network

from classic import MONTHS, P_PER_MONTH, Q_PER_MONTH, small_world


class Organisation(CellAgent):
    """One organisation in its cell of the network."""

    def __init__(self, model: mesa.Model, cell: mesa.discrete_space.Cell) -> None:
        super().__init__(model)
        self.cell = cell
        self.adopted = False
        self.adopts_next = False

    def step(self) -> None:
        """Decide from what the neighbours had done by last month."""
        if self.adopted:
            return
        neighbours = [neighbour.adopted for neighbour in self.cell.neighborhood.agents]
        share = sum(neighbours) / len(neighbours)
        hazard = 1.0 - (1.0 - self.model.p) * math.exp(-self.model.q * share)
        self.adopts_next = self.random.random() < hazard

    def advance(self) -> None:
        """Let the decision take effect, after everybody has decided."""
        self.adopted = self.adopted or self.adopts_next


class ClassicModel(mesa.Model):
    """Organisations on a given network; collects the number of adopters at the end of each month."""

    def __init__(self, graph: nx.Graph, p: float = P_PER_MONTH, q: float = Q_PER_MONTH, rng: int = 1) -> None:
        super().__init__(rng=rng)
        self.p = p
        self.q = q
        without_layout = {"layout": None} if "layout" in Network.__init__.__annotations__ else {}
        self.space = Network(graph, capacity=1, random=self.random, **without_layout)
        Organisation.create_agents(self, len(graph), list(self.space.all_cells))
        self.datacollector = mesa.DataCollector(model_reporters={"adopters": lambda m: m.agents.agg("adopted", sum)})
        self.datacollector.collect(self)

    def step(self) -> None:
        """Advance one month."""
        self.agents.do("step")
        self.agents.do("advance")
        self.datacollector.collect(self)


def mesa_classic(n: int, replicates: int, seed: int = 1) -> tuple[float, np.ndarray]:
    """Return CPU seconds of the months (models built beforehand do not count) and mean adopters, float64[MONTHS+1]."""
    curves = np.empty((replicates, MONTHS + 1))
    cpu_s = 0.0
    for replicate in range(replicates):
        model = ClassicModel(small_world(n), rng=seed * 1_000_003 + replicate)
        start = time.process_time()
        for _ in range(MONTHS):
            model.step()
        cpu_s += time.process_time() - start
        curves[replicate] = model.datacollector.model_vars["adopters"]
    return cpu_s, curves.mean(axis=0)
