"""Lever 13, Continuing Clinical Innovation points: clinicians must spend time on innovation, and trusts pay for it."""

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
class InnovationPoints(Lever):
    """Points for innovation in the continuing development of clinicians: more champions, less change time."""

    name: ClassVar[str] = "innovation-points"
    number: ClassVar[int] = 13
    title: ClassVar[str] = "Continuing Clinical Innovation points"
    acts_on: ClassVar[str] = "champions, at a cost in clinical time"
    equation: ClassVar[str] = "h + .05; time budget - .01; cost = .01 * C_i * wte_gbp_per_year"
    grade: ClassVar[Grade] = "C"
    source: ClassVar[str] = "assumption; a proposal without a date of its own"
    historic_start: ClassVar[str] = "2017-07"
    start_period: ClassVar[int] = 1
    costs: ClassVar[tuple[str, ...]] = ("wte_gbp_per_year",)
    writes: ClassVar[tuple[str, ...]] = ("champion_stock", "time_budget")

    champion_stock: float = param(0.05, "added to the champion stock h", unit="1", low=0, high=0.2, ge=0)
    time_lost_share: float = param(
        0.01, "change time lost, as a share of C", unit="1", low=0.002, high=0.03, ge=0, le=0.5
    )
    wte_gbp_per_year: float = param(
        60_000.0, "cost of a whole-time equivalent", unit="GBP/year", low=45_000, high=80_000, gt=0
    )

    def idle(self, look: Outlook) -> str | None:
        if not self.targets.trust_mask(look.world).any():
            return "no trust is all that its targets ask for"
        takes_time = self.time_lost_share > 0 and (look.followed or not look.parameters.capacity.unlimited)
        nobody = look.nobody(self)
        if takes_time or (self.champion_stock > 0 and nobody is None):
            return None
        return nobody or "it brings no champions and takes no time"

    def unfelt(self, look: Outlook) -> Unfelt:
        nobody = look.nobody(self)
        if self.champion_stock == 0 or nobody:
            yield from none_of(INNOVATION_FIELDS, nobody or "it brings no champions, and time is a trust's as a whole")
        if nobody:
            yield "champion_stock", nobody
        if look.parameters.capacity.unlimited:
            yield "wte_gbp_per_year", "change time is unlimited"
            if not look.followed:
                yield "time_lost_share", "change time is unlimited"
        elif self.time_lost_share == 0:
            yield "wte_gbp_per_year", "it takes no time (time_lost_share is 0)"

    def changes(self, month: Month, see: View, own: Own) -> bool:
        return False

    def write(self, month: Month, see: View, terms: Terms, own: Own, draws: Draws) -> None:
        level, trusts = self.level(month), self.targets.trust_mask(see.world)
        terms.champion_stock.add(level * self.champion_stock, where=self.targets.mask(see.world))
        terms.time_budget.add(-level * self.time_lost_share, where=trusts[:, None])
        time = see.capacity_wte * trusts
        lost = level * self.time_lost_share * time.sum(axis=1)
        of_trusts = level * self.time_lost_share * self.wte_gbp_per_year / 12.0 * time
        terms.pay("clinical_points", lost * self.wte_gbp_per_year / 12.0, by_trust=of_trusts)
