"""An Academic Health Science Network as an agent."""

from __future__ import annotations

import numpy as np

from diffusion.agents.base import RowAgent
from diffusion.agents.trust import Trust
from diffusion.arrays import Floats, Longs
from diffusion.engine.stages import PILOT, ROLLOUT, SUSTAINED


class AHSN(RowAgent):
    """An AHSN. Subclass it and override :meth:`allocate_push`."""

    @property
    def code(self) -> str:
        return self._world.ahsns.codes[self.row]

    @property
    def name(self) -> str:
        return self._world.ahsns.names[self.row]

    @property
    def population(self) -> float:
        return float(self._world.ahsns.population[self.row])

    @property
    def members(self) -> list[Trust]:
        """Its trusts."""
        trusts = self.model.trusts
        return [trusts[row] for row in self.member_rows]

    @property
    def member_rows(self) -> np.ndarray:
        """Numbers of its trusts in the world."""
        return np.flatnonzero(self._world.trusts.ahsn == self.row)

    @property
    def members_eligible(self) -> np.ndarray:
        """int64[K]: members that may use each innovation."""
        number: Longs = self._world.eligible[self.member_rows].sum(axis=0)
        return number

    @property
    def members_using(self) -> np.ndarray:
        """int64[K]: members in PILOT, ROLLOUT or SUSTAINED."""
        number: Longs = np.isin(self.model.stage[self.member_rows], (PILOT, ROLLOUT, SUSTAINED)).sum(axis=0)
        return number

    @property
    def members_adopted(self) -> np.ndarray:
        """int64[K]: members in ROLLOUT or SUSTAINED."""
        number: Longs = np.isin(self.model.stage[self.member_rows], (ROLLOUT, SUSTAINED)).sum(axis=0)
        return number

    @property
    def n_adopted(self) -> int:
        """Adopting pairs among its members."""
        return int(self.model.block.counters.adopters_by_trust[0, self.member_rows].sum())

    def draw(self, name: str) -> np.ndarray:
        """Return float64[K] keyed uniforms, as :meth:`Trust.draw`."""
        row: Floats = self._draw(name, self._world.ahsns.keys[self.row : self.row + 1])[0]
        return row

    def allocate_push(self) -> np.ndarray:
        """Return float64[K], the weight of each innovation in the AHSN's support, 0 to 1, asked every month.

        Without an override: 1 for the innovations of the portfolio that it picked in April, else 0. What is spread over
        more innovations pushes each of them less: push on one is its weight over the root of a sixth of the sum of all
        weights. All 0 while no lever supports AHSNs.
        """
        offered = self.model.offered.get("allocate_push")
        return np.zeros(self._world.n_innovations) if offered is None else offered[self.row].copy()
