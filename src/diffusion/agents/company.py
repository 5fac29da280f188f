"""The company of an innovation as an agent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from diffusion.agents.base import RowAgent
from diffusion.engine.stages import ROLLOUT, SUSTAINED
from diffusion.mechanisms.supply.companies import AWAY, BANKRUPT, IN_UK, NO_COMPANY
from diffusion.month.decisions import decided

if TYPE_CHECKING:
    from diffusion.agents.entrepreneur import ClinicalEntrepreneur

_STATUS = {NO_COMPANY: "not founded", IN_UK: "in UK", AWAY: "abroad", BANKRUPT: "failed"}


class Company(RowAgent):
    """A company behind an innovation. Subclass it and override a decision.

    A company joins the model when its innovation goes live (``parameters.supply.companies``) and leaves it when it
    fails; whoever kept the agent can still read its status. ``row`` is the number of the innovation.
    """

    @property
    def code(self) -> str:
        return f"company-{self.innovation}"

    @property
    def innovation(self) -> str:
        """Id of its innovation."""
        return self._world.innovations.ids[self.row]

    @property
    def founder(self) -> ClinicalEntrepreneur | None:
        """The person who founded it, of a spin-out."""
        person = int(self.model.block.companies.founder[0, self.row])
        return self.model.entrepreneurs[person] if person >= 0 else None

    @property
    def status(self) -> str:
        """in UK, abroad or failed."""
        return _STATUS[int(self.model.block.companies.company[0, self.row])]

    @property
    def months_in_status(self) -> int:
        """Months since it was founded, left, came back or failed."""
        return self.model.block.month - int(self.model.block.companies.company_since[0, self.row])

    @property
    def cash_gbp(self) -> float:
        return float(self.model.block.companies.cash[0, self.row]) / 100.0

    @property
    def raised_gbp(self) -> float:
        """Deals, prizes and contracts so far."""
        return float(self.model.block.companies.raised[0, self.row]) / 100.0

    @property
    def runway_months(self) -> float:
        """Months for which its cash lasts without any income."""
        burn = float(self.model.simulation.model.numbers["burn_pence"])
        return float(self.model.block.companies.cash[0, self.row]) / burn if burn > 0 else np.inf

    @property
    def adopters(self) -> int:
        """Trusts that have adopted its innovation."""
        return int(self.model.block.counters.by_innovation[0, (ROLLOUT, SUSTAINED), self.row].sum())

    @property
    def months_live(self) -> int:
        """Months since its innovation went live."""
        return self.model.block.month - int(self.model.block.units.live[0, self.row])

    @property
    def price_gbp(self) -> float:
        """Upfront cost of its innovation, per size unit."""
        return float(self.model.block.attributes.upfront_cost[0, self.row])

    @property
    def burden(self) -> float:
        """Mean burden B that its innovation meets in trusts."""
        return float(self.model.term_row("mean_burden", 0)[self.row])

    def draw(self, name: str) -> float:
        """Return a uniform on [0, 1) keyed by ``name``, its innovation and the month, as :meth:`Trust.draw`."""
        key = self.model.block.units.innovation_keys[0, self.row : self.row + 1]
        return float(self._draw(name, np.zeros(1, dtype=np.uint64), key)[0, 0])

    # --- what it decides

    def exit_rate(self) -> float:
        """Rate per month of leaving the UK market, asked of companies in the UK."""
        return float(decided("company", "exit_rate", self.model.simulation.model, self.model.block, self.row))

    def deal_rate(self) -> float:
        """Rate per month of raising money, asked of companies in the UK."""
        return float(decided("company", "deal_rate", self.model.simulation.model, self.model.block, self.row))

    def return_price(self) -> float:
        """Factor on its price when it comes back, asked in the month in which it does."""
        return float(decided("company", "return_price", self.model.simulation.model, self.model.block, self.row))
