"""Lever 24, league tables: trusts of poor standing lose time and look for what saves; the best have freedoms."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from diffusion.arrays import Bools, Floats, Longs, locked
from diffusion.engine.calendar import Month
from diffusion.engine.parameters import Grade, param
from diffusion.levers.base import Lever, ScheduleRow
from diffusion.levers.national_appraisal import system_npv_gbp
from diffusion.levers.outlook import none_of
from diffusion.levers.registry import register
from diffusion.levers.targets import INNOVATION_FIELDS

if TYPE_CHECKING:
    from diffusion.engine.draws import Draws
    from diffusion.engine.terms import Terms
    from diffusion.levers.outlook import Outlook, Unfelt
    from diffusion.month.view import View
    from diffusion.world.tables import World

#: segments of the NHS Oversight Framework 2025/26: 1 is best, from 3 on trusts are pressed, 4 and 5 most
BEST, PRESSED, WORST = 1.0, 3.0, 4.0


@dataclass(eq=False)
class StandingState:
    """What was written last, so that the same is not written anew."""

    saves: Bools  # [R, K]
    alignment: Floats | None = None  # [R, N, K]


@register
class LeagueTables(Lever):
    """A segment is published for every trust, and acts in two directions that are not weighed against each other here.

    In segments 3 to 5 managers turn to recovery, so that less change time is left; and what saves the system money soon
    fits the strategy better, everything else less. In segment 1 trusts keep more of what they earn: their innovation
    funds fill faster. Segment 2, and a trust whose segment is not known, is as without the lever. Segments stay as the
    table of trusts has them, for how trusts move between them is not known.
    """

    name: ClassVar[str] = "league-tables"
    number: ClassVar[int] = 24
    title: ClassVar[str] = "League tables and oversight segments"
    acts_on: ClassVar[str] = "change time and alignment in segments 3 to 5, refill of funds in segment 1"
    equation: ClassVar[str] = (
        "pressure + .05 in segment 3, + .10 in 4 and 5; there align + .5 where system NPV in 24 months > 0, - .25 "
        "elsewhere; refill * 1.25 in segment 1"
    )
    grade: ClassVar[Grade] = "C"
    source: ClassVar[str] = "NHS Oversight Framework 2025/26, first tables on 9 September 2025; effects assumptions"
    historic_start: ClassVar[str] = "2025-09"
    start_period: ClassVar[int] = 1
    costs: ClassVar[tuple[str, ...]] = ("annual_cost_gbp",)
    writes: ClassVar[tuple[str, ...]] = ("pressure", "alignment", "fund_refill")

    recovery_time: float = param(
        0.05, "share of change time lost to recovery in segment 3", unit="1", low=0, high=0.15, ge=0, le=0.9
    )
    recovery_time_worst: float = param(
        0.10, "share of change time lost to recovery in segments 4 and 5", unit="1", low=0, high=0.25, ge=0, le=0.9
    )
    saving_gain: float = param(
        0.5, "added to the alignment of what saves soon, in segments 3 to 5", unit="1", low=0, high=1, ge=0
    )
    other_loss: float = param(
        0.25, "taken from the alignment of all else, in segments 3 to 5", unit="1", low=0, high=0.5, ge=0
    )
    saves_within_months: int = param(
        24, "what saves soon saves the system more than it costs within", unit="months", low=12, high=36, ge=1, le=600
    )
    freedom_refill: float = param(1.25, "factor on the fund refill in segment 1", unit="1", low=1, high=1.5, ge=0)
    annual_cost_gbp: float = param(
        3e6, "cost of the framework's tables and returns", unit="GBP/year", low=500_000, high=10e6, ge=0
    )

    def segments(self, world: World) -> Floats:
        """Return float64[N]: segments of the trusts concerned, NaN where not known or not concerned."""
        return np.where(self.targets.trust_mask(world), world.trusts.oversight_segment, np.nan)

    def idle(self, look: Outlook) -> str | None:
        if self.annual_cost_gbp:
            return None
        unfelt = dict(self.unfelt(look))
        neutral = {
            "recovery_time": 0.0,
            "recovery_time_worst": 0.0,
            "saving_gain": 0.0,
            "other_loss": 0.0,
            "freedom_refill": 1.0,
        }
        if any(name not in unfelt and getattr(self, name) != nothing for name, nothing in neutral.items()):
            return None
        if np.isnan(self.segments(look.world)).all():
            return self._nobody(look)
        return "nothing that it changes can be felt in this run"

    def _nobody(self, look: Outlook) -> str:
        if not self.targets.trust_mask(look.world).any():
            return "no trust is all that its targets ask for"
        return "the world has no oversight segment of any trust that it targets"

    def remarks(self, look: Outlook) -> Iterator[str]:
        yield from super().remarks(look)
        if self.targets.trust_mask(look.world).any() and np.isnan(self.segments(look.world)).all():
            yield f"{self._nobody(look)}: only its cost is felt"

    def unfelt(self, look: Outlook) -> Unfelt:
        segment, p = self.segments(look.world), look.parameters
        pressed = segment >= PRESSED
        aligning = ("saving_gain", "other_loss")
        if np.isnan(segment).all():
            names = ("recovery_time", "recovery_time_worst", *aligning, "saves_within_months", "freedom_refill")
            yield from none_of((*names, *INNOVATION_FIELDS), self._nobody(look))
            return
        if p.capacity.unlimited:
            yield from none_of(("recovery_time", "recovery_time_worst"), "change time is unlimited")
        if not (pressed & (segment < WORST)).any():
            yield "recovery_time", "no trust that it targets is in segment 3"
        if not (segment >= WORST).any():
            yield "recovery_time_worst", "no trust that it targets is in segment 4 or 5"
        if not look.pairs(self)[pressed].any():
            why = "no trust in segments 3 to 5 can adopt any innovation it targets"
            yield from none_of((*aligning, "saves_within_months"), why)
        elif self.saving_gain == 0 and self.other_loss == 0:
            yield "saves_within_months", "alignment does not change (saving_gain and other_loss are 0)"
        if not (segment == BEST).any():
            yield "freedom_refill", "no trust that it targets is in segment 1"

    def trusts_joined(self, own: StandingState, world: World, step: Longs) -> None:
        own.alignment = None

    def setup(self, see: View, draws: Draws) -> StandingState:
        return StandingState(np.zeros((see.n_replicates, see.world.n_innovations), dtype=bool))

    def write(self, month: Month, see: View, terms: Terms, own: StandingState, draws: Draws) -> None:
        level, segment = self.level(month), self.segments(see.world)
        terms.pay("scorecard", level * self.annual_cost_gbp / 12.0)
        pressed = segment >= PRESSED
        if pressed.any():
            lost = np.where(segment >= WORST, self.recovery_time_worst, self.recovery_time)
            terms.pressure.add((level * lost * pressed)[:, None])
            if self.saving_gain or self.other_loss:
                terms.alignment.add(self._alignment(level, see, own, pressed))
        if (segment == BEST).any():
            terms.fund_refill.mul(1.0 + level * (self.freedom_refill - 1.0), where=(segment == BEST)[:, None])

    def _alignment(self, level: float, see: View, own: StandingState, pressed: Bools) -> Floats:
        """Return float64[R, N, K]; the array of last month where nothing differs."""
        saves = system_npv_gbp(see, self.saves_within_months) > 0.0
        if own.alignment is None or level != 1.0 or not np.array_equal(saves, own.saves):
            value = level * np.where(saves, self.saving_gain, -self.other_loss)
            where = pressed[:, None] & self.targets.innovation_mask(see.world)
            own.saves, own.alignment = saves, locked(np.where(where, value[:, None, :], 0.0))
        return own.alignment

    def schedule(self) -> list[ScheduleRow]:
        return [ScheduleRow(self.start, self.end, "segments published each quarter; those of the table hold")]
