"""A fellow of the NHS Innovation Accelerator as an agent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from diffusion.agents.base import RowAgent
from diffusion.arrays import read_only_view
from diffusion.engine.stages import PILOT, ROLLOUT, SUSTAINED
from diffusion.levers.accelerator import Accelerator
from diffusion.levers.fellows import FellowState

if TYPE_CHECKING:
    from diffusion.agents.ahsn import AHSN
    from diffusion.agents.population import Population
    from diffusion.agents.trust import Trust


class Fellow(RowAgent):
    """A fellow, who works for one innovation for the time of a fellowship. Subclass it and override a decision.

    Fellows join the model when their wave begins and leave it when the fellowship ends. ``row`` is the number of the
    innovation, ``lever`` the id of the lever that appointed the fellow. Arrays are read-only views over trusts.
    """

    def __init__(self, model: Population, row: int, lever: str) -> None:
        super().__init__(model, row)
        self.lever = lever

    @property
    def code(self) -> str:
        return f"fellow-{self.innovation}"

    @property
    def innovation(self) -> str:
        """Id of the fellow's innovation."""
        return self._world.innovations.ids[self.row]

    @property
    def home(self) -> AHSN:
        """The AHSN that the fellow comes from."""
        return self.model.ahsns[int(self._own.home[0, self.row])]

    @property
    def mentor(self) -> Trust:
        """The mentor's trust, a centre of excellence of another AHSN."""
        return self.model.trusts[int(self._own.mentor[0, self.row])]

    @property
    def wave(self) -> int:
        """Number of the wave, from 1."""
        starts = [int(first) for first in self._policy.wave_starts()]
        return starts.index(int(self._own.since[0, self.row])) + 1

    @property
    def months_left(self) -> int:
        """Months of the fellowship left after this one; 0 in the last month and afterwards."""
        last = int(self._own.since[0, self.row]) + self._policy.fellowship_months - 1
        return max(0, last - int(self.model.date))

    @property
    def reached(self) -> np.ndarray:
        """bool[N]: trusts reached so far."""
        return read_only_view(self._own.reached[0, :, self.row])

    @property
    def reached_sites(self) -> tuple[str, ...]:
        """Codes of the trusts reached so far."""
        return self._codes(self.reached)

    @property
    def using_sites(self) -> tuple[str, ...]:
        """Codes of the trusts reached that are in PILOT, ROLLOUT or SUSTAINED."""
        using = np.isin(self.model.stage[:, self.row], (PILOT, ROLLOUT, SUSTAINED))
        return self._codes(self.reached & using)

    @property
    def n_reached(self) -> int:
        """Trusts reached so far."""
        return int(self.reached.sum())

    @property
    def n_using(self) -> int:
        """Trusts reached that are in PILOT, ROLLOUT or SUSTAINED."""
        return len(self.using_sites)

    @property
    def sites_due(self) -> int:
        """How many trusts the fellow may reach this month."""
        return int(self._own.quota[0, self.row])

    @property
    def able_sites(self) -> np.ndarray:
        """int64[]: rows of the trusts that may be chosen: eligible, targeted by the lever, not reached before."""
        return np.flatnonzero(self._own.able[:, self.row] & ~self.reached)

    @property
    def need(self) -> np.ndarray:
        """float64[N]: cases a month at full rollout."""
        return read_only_view(self.model.block.pairs.need[0, :, self.row])

    @property
    def stages(self) -> np.ndarray:
        """uint8[N]: stage of the innovation in every trust."""
        return self.model.stage[:, self.row]

    def draw(self, name: str) -> np.ndarray:
        """Return float64[N] keyed uniforms, one per trust, as :meth:`Trust.draw`."""
        tables = self.model.simulation.model.tables
        return self._draw(name, tables.trust_keys, self.model.block.units.innovation_keys[0, self.row :][:1])[:, 0]

    # --- what it decides

    def choose_sites(self) -> Sequence[int | str] | np.ndarray:
        """Return rows or codes of the trusts to reach this month, asked in months in which some are due.

        At most :attr:`sites_due` of :attr:`able_sites`; what is left over may be reached later. Without an override:
        the next of those that were put in order by key when the wave began.
        """
        offered = self.model.offered.get(f"choose_sites {self.lever}")
        if offered is None:
            return np.zeros(0, dtype=np.int64)
        _, trusts, innovations = offered
        mine: np.ndarray = trusts[innovations == self.row]
        return mine

    def raise_funds(self) -> float:
        """Return the probability of a deal this month, asked every month of the fellowship."""
        offered = self.model.offered.get(f"raise_funds {self.lever}")
        return self._policy.deals_per_month if offered is None else float(offered[self.row])

    # --- where it stands

    @property
    def _own(self) -> FellowState:
        own = self.model.block.own[self.lever]
        assert isinstance(own, FellowState)
        return own

    @property
    def _policy(self) -> Accelerator:
        """The lever, with its parameters."""
        lever = self.model.simulation.model.levers[self.lever]
        assert isinstance(lever, Accelerator)
        return lever

    def _codes(self, which: np.ndarray) -> tuple[str, ...]:
        codes = self._world.trusts.codes
        return tuple(codes[row] for row in np.flatnonzero(which))
