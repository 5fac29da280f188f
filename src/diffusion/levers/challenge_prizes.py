"""Lever 2, Innovation Challenge Prizes: once a year judges give money and attention to a few innovations."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from diffusion.arrays import Bools, Floats, locked
from diffusion.engine.calendar import Month
from diffusion.engine.choice import largest
from diffusion.engine.parameters import Grade, param
from diffusion.levers.base import Lever, ScheduleRow
from diffusion.levers.outlook import Demand, none_of
from diffusion.levers.registry import register

if TYPE_CHECKING:
    from diffusion.engine.draws import Draws
    from diffusion.engine.terms import Terms
    from diffusion.levers.outlook import Outlook, Unfelt
    from diffusion.month.view import View

_JUDGES = 1
ROUND_MONTHS = 12


@dataclass(eq=False)
class PrizeState:
    """The last round."""

    winners: Bools | None = None  # [R, K]; None before the first round
    level: float | None = None  # the level for which ``push`` holds
    push: Floats | None = None  # [R, 1, K], locked: the same array as last month costs nothing


@register
class ChallengePrizes(Lever):
    """Winners are known better for a year, and their companies have cash.

    A round is held in the lever's first month and every twelve months after. Judges cannot see the true benefit b:
    they see the signal y of all trials, and misjudge it by a draw of their own each round. An innovation may win
    again. A run that begins between two rounds has its first winners in the next.
    """

    name: ClassVar[str] = "challenge-prizes"
    number: ClassVar[int] = 2
    title: ClassVar[str] = "Innovation Challenge Prizes"
    acts_on: ClassVar[str] = "awareness of winners, company cash"
    equation: ClassVar[str] = (
        "winners = the live k of highest y_k + N(0, .5); X^A + .5 for them for 12 months; cash in the month of award"
    )
    grade: ClassVar[Grade] = "C"
    source: ClassVar[str] = (
        "launched December 2010; GBP 650,000 in 7 categories in 2014/15, GBP 150,000 in 2015/16; 3 winners in 2011, "
        "3 and 11 smaller ones in 2016; effect an assumption"
    )
    historic_start: ClassVar[str] = "2010-12"
    reads_trusts: ClassVar[bool] = False
    start_period: ClassVar[int] = 12
    writes: ClassVar[tuple[str, ...]] = ("awareness_push", "company_cash")

    winners: int = param(4, "winners of a round", unit="innovations", low=3, high=11, ge=0)
    prize_gbp: float = param(
        150_000.0, "prize of a winner, paid to the company", unit="GBP", low=50_000, high=200_000, ge=0
    )
    awareness_push: float = param(0.5, "added to the awareness push of winners", unit="1", low=0, high=1, ge=0)
    push_months: int = param(
        12, "months in which winners are known better", unit="months", low=6, high=12, ge=0, le=ROUND_MONTHS
    )
    judges_noise_sd: float = param(
        0.5, "standard deviation of the judges' own error", unit="benefit", low=0.2, high=1, ge=0
    )

    def idle(self, look: Outlook) -> str | None:
        if self.winners == 0:
            return "has no winners"
        rounds = [month for month in look.months(self) if self._into_round(month) == 0]
        if not rounds:
            return "no round falls into the run"
        if not (look.live(rounds[-1] + 1) & self.targets.innovation_mask(look.world)).any():
            return look.unlisted(self) or "none of the innovations it targets is on the market when a round is held"
        unknown = self.awareness_push == 0 or self.push_months == 0 or not look.pairs_of_all(self).any()
        return "winners get neither money nor attention" if self.prize_gbp == 0 and unknown else None

    def unfelt(self, look: Outlook) -> Unfelt:
        if self.awareness_push == 0:
            yield "push_months", "winners are no better known (awareness_push is 0)"
        elif self.push_months == 0:
            yield "awareness_push", "winners are better known for no month (push_months is 0)"
        elif not look.pairs_of_all(self).any():
            yield from none_of(("awareness_push", "push_months"), "no trust can adopt any innovation it targets")
        if not look.followed and self.winners >= int(look.listed(self).sum()):
            yield "judges_noise_sd", f"there are no more than {self.winners} innovations to judge: all of them win"

    def demands(self, look: Outlook) -> Iterator[Demand]:
        for month in [month for month in look.months(self) if self._into_round(month) == 0][:1]:
            most = int((look.live(month + 1) & self.targets.innovation_mask(look.world)).sum())
            yield Demand("winners", self.winners, most, "innovations on the market", str(month))

    def _into_round(self, month: Month) -> int:
        """Months since the last round, 0 in the month of the award."""
        return (month - self.start) % ROUND_MONTHS if self.start is not None else 0

    def setup(self, see: View, draws: Draws) -> PrizeState:
        return PrizeState()

    def changes(self, month: Month, see: View, own: PrizeState) -> bool:
        return self._into_round(month) in (0, 1, self.push_months)

    def schedule(self) -> list[ScheduleRow]:
        return [ScheduleRow(self.start, self.end, f"every {ROUND_MONTHS} months a round of {self.winners} winners")]

    def write(self, month: Month, see: View, terms: Terms, own: PrizeState, draws: Draws) -> None:
        level, age = self.level(month), self._into_round(month)
        if age == 0:
            own.winners = self._judge(month, see, draws)
        if own.winners is None:
            return
        if age == 0:
            cash = level * self.prize_gbp * own.winners
            terms.company_cash.add(cash[:, None, :])
            terms.pay("prize", cash.sum(axis=1))
        if age == 0 or own.push is None or own.level != level:
            own.level = level
            own.push = locked(level * self.awareness_push * own.winners[:, None, :])
        if age < self.push_months:
            terms.awareness_push.add(own.push)

    def _judge(self, month: Month, see: View, draws: Draws) -> Bools:
        """Return bool[R, K]: the innovations that win this month's round."""
        usable = see.live(month) & self.targets.innovation_mask(see.world)
        noise = draws.normal(_JUDGES, int(month), by="innovation")[:, 0, :]
        return largest(np.where(usable, see.signal + self.judges_noise_sd * noise, -np.inf), self.winners)
