"""Lever 18, people, skills and capabilities: protected time, absorptive capacity, champions, less fear of risk."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from diffusion.engine.calendar import Month
from diffusion.engine.parameters import Grade, param
from diffusion.levers.base import Lever, Own
from diffusion.levers.outlook import none_of
from diffusion.levers.registry import register
from diffusion.levers.targets import INNOVATION_FIELDS

if TYPE_CHECKING:
    from diffusion.engine.draws import Draws
    from diffusion.engine.terms import Terms
    from diffusion.levers.outlook import Outlook, Unfelt
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
    start_period: ClassVar[int] = 1
    costs: ClassVar[tuple[str, ...]] = ("wte_gbp_per_year",)
    writes: ClassVar[tuple[str, ...]] = ("time_budget", "absorptive", "champion_stock", "risk_aversion")

    protected_time: float = param(0.25, "protected time as a share of change time", unit="1", low=0.10, high=0.50, ge=0)
    absorptive: float = param(0.2, "added to absorptive capacity", unit="1", low=0, high=0.4, ge=0)
    champions: float = param(0.1, "added to the champion stock h", unit="1", low=0, high=0.3, ge=0)
    risk_aversion: float = param(0.9, "factor on risk aversion", unit="1", low=0.7, high=1, ge=0, le=1)
    wte_gbp_per_year: float = param(
        60_000.0, "cost of a whole-time equivalent", unit="GBP/year", low=45_000, high=80_000, gt=0
    )

    def idle(self, look: Outlook) -> str | None:
        if not self.targets.trust_mask(look.world).any():
            return "no trust is all that its targets ask for"
        unfelt = dict(self.unfelt(look))
        neutral = {"protected_time": 0.0, "absorptive": 0.0, "champions": 0.0, "risk_aversion": 1.0}
        if any(name not in unfelt and getattr(self, name) != nothing for name, nothing in neutral.items()):
            return None
        return "nothing that it changes can be felt here, or all of it is set to nothing"

    def unfelt(self, look: Outlook) -> Unfelt:
        p, nobody = look.parameters, look.nobody(self)
        if p.capacity.unlimited and not look.followed:
            yield "protected_time", "change time is unlimited"
        if p.capacity.unlimited or self.protected_time == 0:
            yield "wte_gbp_per_year", "no time is protected, or change time is unlimited"
        if not look.uses_beliefs and not p.use.followed:
            yield "absorptive", "neither use nor evidence is followed"
        no_fear = nobody
        if not look.uses_beliefs or p.attributes.risk_aversion_median == 0:
            no_fear = nobody or "trusts weigh no risk here"
        if no_fear:
            yield "risk_aversion", no_fear
        if nobody:
            yield "champions", nobody
        if (nobody or self.champions == 0) and (no_fear or self.risk_aversion == 1):
            why = nobody or "champions and risk aversion stay as they are, and all else is a trust's as a whole"
            yield from none_of(INNOVATION_FIELDS, why)

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
        time = see.capacity_wte * trusts
        time_wte = level * self.protected_time * time.sum(axis=1)
        of_trusts = level * self.protected_time * self.wte_gbp_per_year / 12.0 * time
        terms.pay("protected_time", time_wte * self.wte_gbp_per_year / 12.0, by_trust=of_trusts)
