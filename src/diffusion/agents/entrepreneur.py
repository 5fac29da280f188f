"""A potential clinical entrepreneur as an agent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from diffusion.agents.base import RowAgent
from diffusion.engine.calendar import Month
from diffusion.engine.state import NEVER
from diffusion.mechanisms.supply.people import ABROAD, BUILDING, FAILED, LAUNCHED, LEFT, NO_STARTUP, PROFESSIONS
from diffusion.month.decisions import decided

if TYPE_CHECKING:
    from diffusion.agents.company import Company
    from diffusion.agents.trust import Trust

_STARTUPS = {NO_STARTUP: "none", BUILDING: "building", FAILED: "failed", LAUNCHED: "launched"}


class ClinicalEntrepreneur(RowAgent):
    """Someone who may found a company, in a programme or not. Subclass it and override a decision.

    There is one agent for each person followed (``parameters.supply.followed``), from the first month to the last.
    """

    @property
    def code(self) -> str:
        return f"person-{self.row}"

    @property
    def profession(self) -> str:
        return PROFESSIONS[int(self.model.block.people.profession[0, self.row])]

    @property
    def home(self) -> Trust:
        """The home trust, also while the person is elsewhere."""
        return self.model.trusts[int(self.model.block.people.home[0, self.row])]

    @property
    def ability(self) -> float:
        """Standard normal in the population."""
        return float(self.model.block.people.ability[0, self.row])

    @property
    def status(self) -> str:
        """in NHS, in programme, left or abroad."""
        where = int(self.model.block.people.person_status[0, self.row])
        if where in (LEFT, ABROAD):
            return "left" if where == LEFT else "abroad"
        return "in programme" if self.programme_months_left else "in NHS"

    @property
    def returned(self) -> bool:
        """Whether the person has come back to the NHS at least once."""
        return bool(self.model.block.people.returned[0, self.row])

    @property
    def programme_months_left(self) -> int:
        return int(self.model.block.people.programme_left[0, self.row])

    @property
    def appointed(self) -> Month | None:
        """Month of appointment to a programme."""
        step = self.model.block.people.appointed[0, self.row]
        return None if step == NEVER else self.model.simulation.model.calendar(int(step))

    @property
    def founder(self) -> bool:
        """Whether the person has founded a company."""
        return self.startup != "none"

    @property
    def startup(self) -> str:
        """none, building, failed (before launch) or launched."""
        return _STARTUPS[int(self.model.block.people.startup[0, self.row])]

    @property
    def startup_cash_gbp(self) -> float:
        """Cash of the start-up before launch."""
        return float(self.model.block.people.startup_cash[0, self.row]) / 100.0

    @property
    def company(self) -> Company | None:
        """The company of the innovation that the person launched, while it exists."""
        found = np.flatnonzero(self.model.block.companies.founder[0] == self.row)
        return self.model.company_of(int(found[0])) if len(found) else None

    @property
    def mentor(self) -> str | None:
        """The mentor given on appointment: the code of an AHSN, or ``industry-`` and the number of a partner."""
        tie = self.model.mentor_ties.get(self.row)
        return tie.mentor if tie else None

    @property
    def mentor_kind(self) -> str | None:
        """industry or AHSN."""
        tie = self.model.mentor_ties.get(self.row)
        return tie.kind if tie else None

    def draw(self, name: str) -> float:
        """Return a uniform on [0, 1) keyed by ``name``, this person and the month, as :meth:`Trust.draw`."""
        keys = self.model.simulation.model.numbers["person_keys"]
        return float(self._draw(name, keys[self.row : self.row + 1], np.zeros(1, dtype=np.uint64))[0, 0])  # type: ignore[index]

    # --- what it decides

    def application_weight(self) -> float:
        """Weight in the race of those who apply to a programme, asked when a cohort is chosen of those who may apply.

        0 is not to apply. Without an override ``exp(ability)``, more for those outside the NHS.
        """
        offered = self.model.offered.get("application_weight")
        return 0.0 if offered is None else float(offered[self.row])

    def leave_rate(self) -> float:
        """Rate per month of leaving the NHS, asked of those in it."""
        return float(decided("entrepreneur", "leave_rate", self.model.simulation.model, self.model.block, self.row))

    def return_rate(self) -> float:
        """Rate per month of returning to the NHS, asked of those outside."""
        return float(decided("entrepreneur", "return_rate", self.model.simulation.model, self.model.block, self.row))

    def founding_rate(self) -> float:
        """Rate per month of founding a company, asked of those who have not founded one."""
        return float(decided("entrepreneur", "founding_rate", self.model.simulation.model, self.model.block, self.row))

    def deal_rate(self) -> float:
        """Rate per month of deals of the start-up, asked of those whose start-up has not launched yet."""
        return float(decided("entrepreneur", "deal_rate", self.model.simulation.model, self.model.block, self.row))
