"""Lever 18, people, skills and capabilities: protected time, absorptive capacity, champions, less fear of risk."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from diffusion.engine.calendar import Month
from diffusion.engine.parameters import Grade, param
from diffusion.levers.base import Lever, Own
from diffusion.levers.registry import register

if TYPE_CHECKING:
    from diffusion.engine.draws import Draws
    from diffusion.engine.terms import Terms
    from diffusion.month.view import View


@register
class PeopleAndSkills(Lever):
    """Trusts get protected time as a share of their change time, which costs what the people cost."""

    name: ClassVar[str] = "people-and-skills"
    number: ClassVar[int] = 18
    title: ClassVar[str] = "People, skills and capabilities"
    acts_on: ClassVar[str] = "protected time, absorptive capacity, champions, risk aversion"
    equation: ClassVar[str] = "C * (1 + .25); acap + .2; h + .1; rho * .9; cost = .25 * sum of C * wte_gbp_per_year"
    grade: ClassVar[Grade] = "C"
    source: ClassVar[str] = "ecosystem report, November 2024"
    historic_start: ClassVar[str] = "2024-11"
    writes: ClassVar[tuple[str, ...]] = ("time_budget", "absorptive", "champion_stock", "risk_aversion")

    protected_time: float = param(0.25, "protected time as a share of change time", unit="1", low=0.10, high=0.50, ge=0)
    absorptive: float = param(0.2, "added to absorptive capacity", unit="1", low=0, high=0.4, ge=0)
    champions: float = param(0.1, "added to the champion stock h", unit="1", low=0, high=0.3, ge=0)
    risk_aversion: float = param(0.9, "factor on risk aversion", unit="1", low=0.7, high=1, ge=0, le=1)
    wte_gbp_per_year: float = param(
        60_000.0, "cost of a whole-time equivalent", unit="GBP/year", low=45_000, high=80_000, gt=0
    )

    def changes(self, month: Month, see: View, own: Own) -> bool:
        return False

    def write(self, month: Month, see: View, terms: Terms, own: Own, draws: Draws) -> None:
        level, trusts = self.level(month), self.targets.trust_mask(see.world)
        where = None if trusts.all() else trusts[:, None]
        terms.time_budget.add(level * self.protected_time, where=where)
        terms.absorptive.add(level * self.absorptive, where=where)
        pairs = self.targets.mask(see.world)
        terms.champion_stock.add(level * self.champions, where=pairs)
        terms.risk_aversion.mul(max(0.0, 1.0 - level * (1.0 - self.risk_aversion)), where=pairs)
        time_wte = level * self.protected_time * (see.capacity_wte * trusts).sum(axis=1)
        terms.pay("protected_time", time_wte * self.wte_gbp_per_year / 12.0)
