"""Lever 8, Innovation Scorecard: trusts see how far they are behind the published national use."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from diffusion.engine.calendar import Month
from diffusion.engine.parameters import Grade, param
from diffusion.levers.base import Lever, Own, ScheduleRow
from diffusion.levers.outlook import none_of
from diffusion.levers.registry import register
from diffusion.levers.targets import INNOVATION_FIELDS, TRUST_FIELDS, Targets
from diffusion.mechanisms.scorecard_gap import PUBLICATION_EVERY_MONTHS, PUBLICATION_LAG_MONTHS

if TYPE_CHECKING:
    from diffusion.engine.draws import Draws
    from diffusion.engine.terms import Terms
    from diffusion.levers.outlook import Outlook, Unfelt
    from diffusion.month.view import View


@register
class Scorecard(Lever):
    """Trusts start to evaluate listed innovations the sooner, the further they are behind the published mean rollout.

    The gap is a trust's own: the mean published for the listed innovations that it can use, less its own mean of them.
    Audit and feedback moves most those who do least.

    A scorecard comes out in January, April, July and October, and holds until the next. What it says is 24 months old
    when it comes out, so nothing happens in the first 24 months of a run, counted from the first of those that are run
    before the scenario's own: the data of the time before are not known.
    By default it lists drugs; topics of NICE appraisals are drugs for the most part, and the portfolio does not say
    which innovations were appraised.
    """

    name: ClassVar[str] = "scorecard"
    number: ClassVar[int] = 8
    title: ClassVar[str] = "Innovation Scorecard"
    acts_on: ClassVar[str] = "gap to the published national share, on listed innovations"
    equation: ClassVar[str] = (
        "T2 * exp(bG gap_i), gap_i = max(0, mean rollout of listed k 24 months before the last quarter - own mean "
        "rollout of them)"
    )
    grade: ClassVar[Grade] = "B"
    source: ClassVar[str] = "audit and feedback: median +4.3 pp, interquartile range .5 to 16 (Cochrane CD000259)"
    historic_start: ClassVar[str] = "2013-01"
    start_period: ClassVar[int] = 1
    costs: ClassVar[tuple[str, ...]] = ("annual_cost_gbp",)
    writes: ClassVar[tuple[str, ...]] = ("scorecard_gap",)

    targets: Targets = Field(
        default_factory=lambda: Targets(kinds=("drug",)), description="which trusts and innovations"
    )
    gap_weight: float = param(
        0.36,
        "log-hazard of T2 per unit of gap (.12 for a gap of .33)",
        unit="1",
        low=0,
        high=1.5,
        ge=0,
        grade="B",
        source="Cochrane CD000259",
        symbol="bG",
    )
    annual_cost_gbp: float = param(
        500_000.0, "cost of the scorecard", unit="GBP/year", low=100_000, high=2_000_000, ge=0
    )

    def idle(self, look: Outlook) -> str | None:
        return self._no_gap(look) if self.annual_cost_gbp == 0 else None

    def unfelt(self, look: Outlook) -> Unfelt:
        if why := self._no_gap(look):
            yield "gap_weight", why
            yield from none_of((*TRUST_FIELDS, *INNOVATION_FIELDS), why)

    def _no_gap(self, look: Outlook) -> str | None:
        """Say why no trust ever sees a gap; None if one may."""
        if why := look.nobody(self):
            return why
        if self.gap_weight == 0:
            return "nobody heeds the gap (gap_weight is 0)"
        if not look.uses_beliefs:
            return "no evidence is followed here, and the scorecard needs it"
        lag, live = PUBLICATION_LAG_MONTHS, look.world.innovations.live_month[look.listed(self)]
        ages = ((month - look.start, lag + (month.month - 1) % PUBLICATION_EVERY_MONTHS) for month in look.months(self))
        first = int(live.min()) if not look.followed else 0
        if not any(gone >= age and first <= gone - age for gone, age in ages):
            return f"what it publishes is {lag} months old, and nothing of this run comes out before it is over"
        return None

    def changes(self, month: Month, see: View, own: Own) -> bool:
        return False

    def schedule(self) -> list[ScheduleRow]:
        return [ScheduleRow(self.start, self.end, "published each quarter, 24 months late")]

    def write(self, month: Month, see: View, terms: Terms, own: Own, draws: Draws) -> None:
        level = self.level(month)
        terms.scorecard_gap.add(level * self.gap_weight, where=self.targets.mask(see.world))
        terms.pay("scorecard", level * self.annual_cost_gbp / 12.0)
