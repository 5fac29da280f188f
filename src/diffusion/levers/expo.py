"""Lever 11, Health and Social Care Innovation Expo: one month a year those who attend hear of much that is new."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from diffusion.engine.calendar import Month
from diffusion.engine.choice import race, smallest
from diffusion.engine.parameters import Grade, param
from diffusion.levers.base import Lever, Own, ScheduleRow
from diffusion.levers.registry import register

if TYPE_CHECKING:
    from diffusion.engine.draws import Draws
    from diffusion.engine.terms import Terms
    from diffusion.levers.outlook import Outlook, Unfelt
    from diffusion.month.view import View

_RACE = 1
SEPTEMBER = 9


@register
class Expo(Lever):
    """Each September some trusts attend, drawn anew; large and innovative ones more often.

    The factor is that of a trust which no other programme supports: pushes add up, so the lever adds factor - 1.
    """

    name: ClassVar[str] = "expo"
    number: ClassVar[int] = 11
    title: ClassVar[str] = "Health and Social Care Innovation Expo"
    acts_on: ClassVar[str] = "awareness push of those who attend, one month a year"
    equation: ClassVar[str] = (
        "September: 30 % of trusts without replacement, weight size * exp(.4 inn); X^A + 2 for them in that month"
    )
    grade: ClassVar[Grade] = "C"
    source: ClassVar[str] = "assumption; held in September from 2015 to 2019"
    historic_start: ClassVar[str] = "2015-09"
    start_period: ClassVar[int] = 1
    costs: ClassVar[tuple[str, ...]] = ("cost_gbp",)
    writes: ClassVar[tuple[str, ...]] = ("awareness_push",)

    attending_share: float = param(0.3, "share of trusts that attend", unit="1", low=0.1, high=0.6, ge=0, le=1)
    push_factor: float = param(
        3.0, "factor on the awareness push of those who attend, in that month", unit="1", low=1.5, high=6, ge=1
    )
    cost_gbp: float = param(2e6, "cost of an Expo", unit="GBP", low=500_000, high=5_000_000, ge=0)

    def idle(self, look: Outlook) -> str | None:
        if not any(month.month == SEPTEMBER for month in look.months(self)):
            return "is in force in no September of the run"
        if self.cost_gbp > 0:
            return None
        return self._unheard(look)

    def unfelt(self, look: Outlook) -> Unfelt:
        if why := self._unheard(look):
            nobody = look.nobody(self)
            for name in ("attending_share", "push_factor"):
                if nobody or (self.push_factor == 1 if name == "attending_share" else self.attending_share == 0):
                    yield name, why

    def _unheard(self, look: Outlook) -> str | None:
        if why := look.nobody(self):
            return why
        if self.push_factor == 1:
            return "those who attend hear no more than others (push_factor is 1)"
        if round(self.attending_share * int(self.targets.trust_mask(look.world).sum())) == 0:
            return "attended by nobody"
        return None

    def changes(self, month: Month, see: View, own: Own) -> bool:
        return month.month in (SEPTEMBER, SEPTEMBER + 1)

    def schedule(self) -> list[ScheduleRow]:
        return [ScheduleRow(self.start, self.end, f"each September, {self.attending_share:.0%} of trusts")]

    def write(self, month: Month, see: View, terms: Terms, own: Own, draws: Draws) -> None:
        if month.month != SEPTEMBER:
            return
        level = self.level(month)
        where = self.attending(month, see, draws)[:, :, None] & self.targets.smallest_innovation_mask(see.world)
        terms.awareness_push.add(level * (self.push_factor - 1.0), where=where)
        terms.pay("expo", level * self.cost_gbp)

    def attending(self, month: Month, see: View, draws: Draws) -> np.ndarray:
        """Return bool[R, N]: the trusts that attend, the first in a keyed race."""
        invited = self.targets.trust_mask(see.world)
        number = round(self.attending_share * int(invited.sum()))
        innovative = np.exp(see.parameters.attributes.innovativeness_weight * see.innovativeness)
        times = race(draws.uniform(_RACE, int(month))[:, :, 0], see.world.trusts.size * innovative)
        return smallest(np.where(invited, times, np.inf), number)
