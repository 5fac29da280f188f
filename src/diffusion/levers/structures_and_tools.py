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
    from diffusion.world.tables import World

#: what each part costs of the whole, all parts being of the size by default: assumed
_SHARES = {"burden": 0.5, "evaluation": 0.25, "passport": 0.25}


@register
class StructuresAndTools(Lever):
    """The burden falls by its parts, so that its mean over the default portfolio is ``burden_mean``.

    Standard terms and national prices remove the data and the contract part; clearer policies shrink the risk part;
    what is left (with governance) is scaled by the one factor that brings the mean to its target.

    Cost follows effect. Of ``cost_gbp_per_year`` the burden has half, evaluation time and passport a quarter each
    (assumed); each costs its part in proportion to its size, 1 being the size by default:

        GBP a year = min(1, level) * cost * [1/2 (1 - burden_mean) / .4 + 1/4 (1 - evaluation_time) / .2
                     + 1/4 passport / .5]

    What is off (``burden_mean`` 1, ``evaluation_time`` 1, ``passport`` 0) costs nothing and does nothing; what is
    larger costs more. The parts of the burden go along: where the mean falls by half of the default, half of the data
    and contract parts goes, and half of what ``risk_factor`` says. Beyond strength 1 there is neither more effect nor
    more cost, and where no pair is targeted nothing is paid.
    """

    name: ClassVar[str] = "structures-and-tools"
    number: ClassVar[int] = 17
    title: ClassVar[str] = "Structures and tools"
    acts_on: ClassVar[str] = "burden by its parts, evaluation time, passport"
    equation: ClassVar[str] = (
        "standard terms = 1, price agreed = 1, risk part * .5, the rest scaled to a mean B of .6; D_E * .8; "
        "work starts at .5 if a trust of the same ICS has finished an evaluation; cost in proportion to what is done"
    )
    grade: ClassVar[Grade] = "C"
    source: ClassVar[str] = "ecosystem report, November 2024"
    historic_start: ClassVar[str] = "2024-11"
    start_period: ClassVar[int] = 1
    costs: ClassVar[tuple[str, ...]] = ("cost_gbp_per_year",)
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
    cost_gbp_per_year: float = param(
        5e6,
        "programme cost with every part at its size by default; more or less in proportion to what is done",
        unit="GBP/year",
        low=1e6,
        high=20e6,
        gt=0,
    )

    def sizes(self) -> dict[str, float]:
        """Return how large each part is: 0 is off, 1 is the size by default."""
        return {
            "burden": (1.0 - self.burden_mean) / (1.0 - _default("burden_mean")),
            "evaluation": (1.0 - self.evaluation_time) / (1.0 - _default("evaluation_time")),
            "passport": self.passport / _default("passport"),
        }

    def gbp_per_year(self, level: float) -> float:
        """Return what is paid a year at ``level``, GBP; 0 where every part is off."""
        done = sum(_SHARES[part] * size for part, size in self.sizes().items())
        return min(1.0, level) * done * self.cost_gbp_per_year

    def idle(self, look: Outlook) -> str | None:
        if not any(self.sizes().values()):
            return "all of what it changes is set to nothing, which costs nothing"
        return None if self._concerns_any(look.world) else look.nobody(self)

    def unfelt(self, look: Outlook) -> Unfelt:
        if self.burden_mean == 1:
            yield "risk_factor", "the burden stays as it is (burden_mean is 1)"
        if why := look.nobody(self):
            yield from none_of(
                ("burden_mean", "risk_factor", "evaluation_time", "passport", *TRUST_FIELDS, *INNOVATION_FIELDS), why
            )

    def _concerns_any(self, world: World) -> bool:
        """Whether there is an eligible pair among its targets, on the market or not: else nothing is paid."""
        return bool((world.eligible & self.targets.mask(world)).any())

    def changes(self, month: Month, see: View, own: Own) -> bool:
        return False

    def write(self, month: Month, see: View, terms: Terms, own: Own, draws: Draws) -> None:
        level, where = self.level(month), self.targets.mask(see.world)
        if not self._concerns_any(see.world):
            return
        share = min(1.0, level)
        parts = share * min(1.0, self.sizes()["burden"])  # of the burden's own parts, how much goes
        risk = 1.0 - parts * (1.0 - self.risk_factor)
        mean = 1.0 - share * (1.0 - self.burden_mean)
        if parts > 0:
            terms.standard_terms.max(parts, where=where)
            terms.price_agreed.max(parts, where=where)
            terms.burden_risk.mul(risk, where=where)
            terms.burden.mul(see.parameters.burden.scale_for_mean(mean, risk, parts, parts), where=where)
        terms.evaluation_time.mul(1.0 - share * (1.0 - self.evaluation_time), where=where)
        terms.passport.max(share * self.passport, where=where)
        terms.pay("tools", self.gbp_per_year(level) / 12.0)


def _default(setting: str) -> float:
    return float(StructuresAndTools.model_fields[setting].default)
