"""Lever 4, clinical excellence awards: money for consultants, with no effect on champions that can be seen."""

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
class ExcellenceAwards(Lever):
    """National awards to consultants, which might make more of them champions of innovations.

    By default they do not: awards are as common in inadequate trusts as in outstanding ones. The range of
    ``champion_stock`` says what they could do at most.
    """

    name: ClassVar[str] = "excellence-awards"
    number: ClassVar[int] = 4
    title: ClassVar[str] = "Clinical excellence awards"
    acts_on: ClassVar[str] = "champions (by default not at all)"
    equation: ClassVar[str] = "h + champion_stock, which is 0 by default"
    grade: ClassVar[Grade] = "B"
    source: ClassVar[str] = (
        "a national award per 8.2 consultants in outstanding trusts, per 8.1 in inadequate ones; cost an assumption"
    )
    historic_start: ClassVar[str] = "2003-10"
    start_period: ClassVar[int] = 1
    costs: ClassVar[tuple[str, ...]] = ("annual_cost_gbp",)
    writes: ClassVar[tuple[str, ...]] = ("champion_stock",)

    champion_stock: float = param(
        0.0,
        "added to the champion stock h",
        unit="1",
        low=0,
        high=0.3,
        ge=0,
        grade="B",
        source="awards as common in inadequate trusts as in outstanding ones",
    )
    annual_cost_gbp: float = param(60e6, "cost of the national awards", unit="GBP/year", low=20e6, high=150e6, ge=0)

    def idle(self, look: Outlook) -> str | None:
        nobody = look.nobody(self)
        if self.annual_cost_gbp > 0 or (self.champion_stock > 0 and nobody is None):
            return None
        return "neither awards nor their cost change anything: both are 0" if self.champion_stock == 0 else nobody

    def unfelt(self, look: Outlook) -> Unfelt:
        if self.champion_stock == 0:
            why = "awards make no champions (champion_stock is 0), and their cost is national"
            yield from none_of((*TRUST_FIELDS, *INNOVATION_FIELDS), why)
        elif why := look.nobody(self) or "":
            yield "champion_stock", why

    def changes(self, month: Month, see: View, own: Own) -> bool:
        return False

    def write(self, month: Month, see: View, terms: Terms, own: Own, draws: Draws) -> None:
        level = self.level(month)
        if self.champion_stock > 0:
            terms.champion_stock.add(level * self.champion_stock, where=self.targets.mask(see.world))
        terms.pay("excellence_award", level * self.annual_cost_gbp / 12.0)
