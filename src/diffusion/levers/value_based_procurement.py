"""Lever 25, value-based procurement: who buys counts what a product saves elsewhere, and over its lifetime."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from pydantic import Field

from diffusion.arrays import Bools, Longs, locked
from diffusion.engine.calendar import Month
from diffusion.engine.parameters import Grade, param
from diffusion.levers.base import Lever
from diffusion.levers.outlook import none_of
from diffusion.levers.registry import register
from diffusion.levers.targets import INNOVATION_FIELDS, Targets

if TYPE_CHECKING:
    from diffusion.engine.draws import Draws
    from diffusion.engine.terms import Terms
    from diffusion.levers.outlook import Outlook, Unfelt
    from diffusion.month.view import View
    from diffusion.world.tables import World

_FRAMEWORK = 1
#: training of a trust is paid in its first year
_TRAINING_MONTHS = 12


@dataclass(eq=False)
class ProcurementState:
    """What is bought through frameworks, and by whom by value."""

    on_framework: Bools  # [R, 1, K]
    where: Bools  # [R, N or 1, K]


@register
class ValueBasedProcurement(Lever):
    """For what is bought through frameworks a trust weighs part of the savings it will not keep, over the lifetime.

    Only how the purchase looks changes, the finance ratio f: cash, funds and prices stay, so that a trust may buy what
    its own budget does not gain from. What is bought locally is judged as before. Which products are on a framework is
    drawn once, each with the share of device spend that goes through NHS Supply Chain.
    """

    name: ClassVar[str] = "value-based-procurement"
    number: ClassVar[int] = 25
    title: ClassVar[str] = "Value-based procurement"
    acts_on: ClassVar[str] = "savings counted and the horizon of the finance ratio, for products on frameworks"
    equation: ClassVar[str] = (
        "on frameworks (57 % of products): psi + .5 (1 - psi) for psi and H = 60 in f; training in year 1, and a team"
    )
    grade: ClassVar[Grade] = "C"
    source: ClassVar[str] = "Life Sciences Sector Plan, July 2025: pilots by end 2025, a plan; effect an assumption"
    historic_start: ClassVar[str] = "2026-01"
    start_period: ClassVar[int] = 1
    costs: ClassVar[tuple[str, ...]] = ("training_gbp_per_trust", "annual_cost_gbp")
    writes: ClassVar[tuple[str, ...]] = ("saving_counted", "value_months")

    targets: Targets = Field(
        default_factory=lambda: Targets(kinds=("device",)), description="which trusts and innovations"
    )
    reach: float = param(
        0.57,
        "share of products bought through frameworks that buy by value",
        unit="1",
        low=0.2,
        high=0.8,
        ge=0,
        le=1,
        grade="B",
        source="NHS Supply Chain is 57 % of device spend (Life Sciences Sector Plan, action 30)",
    )
    saving_counted: float = param(
        0.5,
        "share of the savings that a trust does not keep, counted when it decides",
        unit="1",
        low=0.2,
        high=1,
        ge=0,
        le=1,
    )
    lifetime_months: int = param(
        60, "lifetime over which cash is counted", unit="months", low=24, high=120, ge=0, le=600
    )
    training_gbp_per_trust: float = param(
        15_000.0, "cost of training a trust's buyers, over the first year", unit="GBP", low=5_000, high=50_000, ge=0
    )
    annual_cost_gbp: float = param(
        1e6, "cost of methods, data and a national team", unit="GBP/year", low=250_000, high=3e6, ge=0
    )

    def _trains(self, look: Outlook) -> bool:
        trusts = self.targets.trust_mask(look.world).any()
        in_time = self.start is not None and look.first(self) < self.start + _TRAINING_MONTHS
        return bool(self.training_gbp_per_trust and trusts and in_time)

    def _nothing(self, look: Outlook) -> str | None:
        """Say why no decision is other than without it; None where one may be."""
        if why := look.nobody(self):
            return why
        if self.reach == 0:
            return "nothing is bought through frameworks (reach is 0)"
        if self.saving_counted == 0 and self.lifetime_months <= look.parameters.finance.horizon_months:
            return "decisions count what they counted before"
        return None

    def idle(self, look: Outlook) -> str | None:
        return None if self.annual_cost_gbp or self._trains(look) else self._nothing(look)

    def unfelt(self, look: Outlook) -> Unfelt:
        if why := self._nothing(look):
            yield from none_of(("reach", "saving_counted", "lifetime_months", *INNOVATION_FIELDS), why)
        elif self.lifetime_months <= look.parameters.finance.horizon_months:
            yield "lifetime_months", "trusts count cash over as long without it (parameters.finance.horizon_months)"
        if self.training_gbp_per_trust and not self._trains(look):
            yield "training_gbp_per_trust", "nobody is trained in the run"

    def trusts_joined(self, own: ProcurementState, world: World, step: Longs) -> None:
        own.where = locked(own.on_framework & self.targets.mask(world))

    def setup(self, see: View, draws: Draws) -> ProcurementState:
        on_framework = draws.uniform(_FRAMEWORK, by="innovation") < self.reach
        return ProcurementState(on_framework, locked(on_framework & self.targets.mask(see.world)))

    def changes(self, month: Month, see: View, own: ProcurementState) -> bool:
        assert self.start is not None
        return month - self.start <= max(self.ramp_months, _TRAINING_MONTHS)

    def write(self, month: Month, see: View, terms: Terms, own: ProcurementState, draws: Draws) -> None:
        assert self.start is not None
        level = self.level(month)
        share, usual = min(1.0, level), see.parameters.finance.horizon_months
        terms.saving_counted.max(share * self.saving_counted, where=own.where)
        terms.value_months.max(usual + share * max(0, self.lifetime_months - usual), where=own.where)
        terms.pay("programme", level * self.annual_cost_gbp / 12.0)
        if month - self.start < _TRAINING_MONTHS:
            gbp = level * self.training_gbp_per_trust / _TRAINING_MONTHS * self.targets.trust_mask(see.world)
            terms.pay("programme", float(gbp.sum()), by_trust=np.asarray(gbp))
