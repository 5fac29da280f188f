"""Lever 17, structures and tools: less burden, shorter evaluations, and evaluations that count elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from diffusion.engine.calendar import Month
from diffusion.engine.parameters import Grade, param
from diffusion.levers.base import Lever, Own
from diffusion.levers.outlook import none_of
from diffusion.levers.registry import register
from diffusion.levers.targets import INNOVATION_FIELDS, TRUST_FIELDS

if TYPE_CHECKING:
    from diffusion.engine.draws import Draws
    from diffusion.engine.terms import Terms
    from diffusion.levers.outlook import Outlook, Unfelt
    from diffusion.month.view import View


@register
class StructuresAndTools(Lever):
    """The burden falls by its parts, so that its mean over the default portfolio is ``burden_mean``.

    Standard terms and national prices remove the data and the contract part; clearer policies shrink the risk part;
    what is left (with governance) is scaled by the one factor that brings the mean to its target.
    """

    name: ClassVar[str] = "structures-and-tools"
    number: ClassVar[int] = 17
    title: ClassVar[str] = "Structures and tools"
    acts_on: ClassVar[str] = "burden by its parts, evaluation time, passport"
    equation: ClassVar[str] = (
        "standard terms = 1, price agreed = 1, risk part * .5, the rest scaled to a mean B of .6; D_E * .8; "
        "work starts at .5 if a trust of the same ICS has finished an evaluation"
    )
    grade: ClassVar[Grade] = "C"
    source: ClassVar[str] = "ecosystem report, November 2024"
    historic_start: ClassVar[str] = "2024-11"
    start_period: ClassVar[int] = 1
    writes: ClassVar[tuple[str, ...]] = (
        "standard_terms",
        "price_agreed",
        "burden_risk",
        "burden",
        "evaluation_time",
        "passport",
    )

    burden_mean: float = param(
        0.6, "mean burden over the default portfolio, 1 being July 2015", unit="1", low=0.5, high=0.9, gt=0, le=1
    )
    risk_factor: float = param(
        0.5, "factor of clearer policies on the risk part of the burden", unit="1", low=0.25, high=1, ge=0, le=1
    )
    evaluation_time: float = param(0.8, "factor on the evaluation time", unit="1", low=0.6, high=1, gt=0, le=1)
    passport: float = param(
        0.5,
        "work credited where a trust of the same ICS has finished an evaluation",
        unit="1",
        low=0.25,
        high=0.75,
        ge=0,
        le=1,
    )
    cost_gbp_per_year: float = param(5e6, "programme cost", unit="GBP/year", low=1e6, high=20e6, ge=0)

    def idle(self, look: Outlook) -> str | None:
        return look.nobody(self) if self.cost_gbp_per_year == 0 else None

    def unfelt(self, look: Outlook) -> Unfelt:
        if why := look.nobody(self):
            yield from none_of(
                ("burden_mean", "risk_factor", "evaluation_time", "passport", *TRUST_FIELDS, *INNOVATION_FIELDS), why
            )

    def changes(self, month: Month, see: View, own: Own) -> bool:
        return False

    def write(self, month: Month, see: View, terms: Terms, own: Own, draws: Draws) -> None:
        level, where = self.level(month), self.targets.mask(see.world)
        share = min(1.0, level)
        risk = 1.0 - share * (1.0 - self.risk_factor)
        mean = 1.0 - share * (1.0 - self.burden_mean)
        terms.standard_terms.max(share, where=where)
        terms.price_agreed.max(share, where=where)
        terms.burden_risk.mul(risk, where=where)
        terms.burden.mul(see.parameters.burden.scale_for_mean(mean, risk, share, share), where=where)
        terms.evaluation_time.mul(1.0 - share * (1.0 - self.evaluation_time), where=where)
        terms.passport.max(share * self.passport, where=where)
        terms.pay("tools", level * self.cost_gbp_per_year / 12.0)
