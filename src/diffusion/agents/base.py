"""What all agents have in common: an agent is a row of the state, never a copy of it."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, ClassVar
from weakref import WeakKeyDictionary

import numpy as np
from mesa.discrete_space import CellAgent

from diffusion.engine.draws import Draws

if TYPE_CHECKING:
    from diffusion.agents.population import Population
    from diffusion.world.tables import World


class _Numbering:
    """Numbers of agents by model. Mesa 3.3 keeps every model that it numbered agents for; this one lets them go."""

    def __init__(self) -> None:
        self._counters: WeakKeyDictionary[object, itertools.count[int]] = WeakKeyDictionary()

    def __getitem__(self, model: object) -> itertools.count[int]:
        return self._counters.setdefault(model, itertools.count(1))


class RowAgent(CellAgent):
    """An agent that stands for one row of the world's tables and of the state.

    ``row`` is its number in the world. Own state belongs into :meth:`setup`: agents are made anew for every replicate.
    """

    _ids: ClassVar[Any] = _Numbering()
    model: Population

    def __init__(self, model: Population, row: int) -> None:
        super().__init__(model)
        self.row = row

    def setup(self) -> None:
        """Called once, when all agents of the model exist; override it to give the agent state of its own."""

    @property
    def code(self) -> str:
        raise NotImplementedError

    @property
    def _world(self) -> World:
        return self.model.world

    def _draw(self, name: str, keys: np.ndarray, innovation_keys: np.ndarray | None = None) -> np.ndarray:
        """Return keyed uniforms of this month, one for each of ``keys`` and of ``innovation_keys`` (default: all)."""
        block = self.model.block
        if innovation_keys is None:
            innovation_keys = block.units.innovation_keys[0]
        draws = Draws(block.seed, block.replicates, keys, innovation_keys).named(f"agent {name}")
        return np.asarray(draws.uniform(0, block.month, by="trust innovation")[0])

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.code}>"
