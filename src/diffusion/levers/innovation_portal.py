"""Lever 7, innovation portal: a national website makes innovations a little better known and easier to assess."""

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
class InnovationPortal(Lever):
    """A small push on awareness, and a little less work to find out about an innovation."""

    name: ClassVar[str] = "innovation-portal"
    number: ClassVar[int] = 7
    title: ClassVar[str] = "NHS England innovation portal"
    acts_on: ClassVar[str] = "awareness push, search cost"
    equation: ClassVar[str] = "X^A + .1; B * .97 (to the power of the level)"
    grade: ClassVar[Grade] = "C"
    source: ClassVar[str] = "assumption; year of launch uncertain"
    historic_start: ClassVar[str] = "2013-04"
    start_period: ClassVar[int] = 1
    costs: ClassVar[tuple[str, ...]] = ("annual_cost_gbp",)
    writes: ClassVar[tuple[str, ...]] = ("awareness_push", "burden")

    awareness_push: float = param(0.1, "added to the awareness push", unit="1", low=0, high=0.3, ge=0)
    burden_factor: float = param(0.97, "factor on the burden B", unit="1", low=0.9, high=1, gt=0, le=1)
    annual_cost_gbp: float = param(500_000.0, "cost of the portal", unit="GBP/year", low=100_000, high=2_000_000, ge=0)

    def idle(self, look: Outlook) -> str | None:
        nobody = look.nobody(self)
        if self.annual_cost_gbp > 0 or (nobody is None and (self.awareness_push > 0 or self.burden_factor != 1)):
            return None
        return nobody or "its push, its factor on the burden and its cost are set to nothing"

    def unfelt(self, look: Outlook) -> Unfelt:
        if why := look.nobody(self):
            yield from none_of(("awareness_push", "burden_factor", *TRUST_FIELDS, *INNOVATION_FIELDS), why)

    def changes(self, month: Month, see: View, own: Own) -> bool:
        return False

    def write(self, month: Month, see: View, terms: Terms, own: Own, draws: Draws) -> None:
        level, where = self.level(month), self.targets.mask(see.world)
        terms.awareness_push.add(level * self.awareness_push, where=where)
        terms.burden.mul(self.burden_factor**level, where=where)
        terms.pay("portal", level * self.annual_cost_gbp / 12.0)
