"""Lever 20, MedTech Funding Mandate: commissioners must fund a few technologies that NICE backs and that save."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from pydantic import Field

from diffusion.arrays import Bools, Longs, locked
from diffusion.engine.calendar import Month
from diffusion.engine.choice import smallest
from diffusion.engine.parameters import Grade, param
from diffusion.levers.base import Lever, ScheduleRow
from diffusion.levers.national_appraisal import (
    believed_good,
    budget_impact_gbp,
    felt,
    running_cost_per_case,
    system_npv_gbp,
)
from diffusion.levers.nice_queue import NEVER
from diffusion.levers.outlook import none_of
from diffusion.levers.registry import register
from diffusion.levers.targets import Targets

if TYPE_CHECKING:
    from diffusion.engine.draws import Draws
    from diffusion.engine.terms import Terms
    from diffusion.levers.outlook import Outlook, Unfelt
    from diffusion.month.view import View
    from diffusion.world.tables import World

_POLICY = "policy guidance of the MedTech Funding Mandate (england.nhs.uk)"


@dataclass(eq=False)
class FundedState:
    """What is funded, and whom the lever concerns."""

    since: Longs  # [R, K], calendar month from which a technology is funded, NEVER without
    trusts: Bools  # [N or 1]
    listed: Bools  # [K]
    chosen: bool = False  # whether a round of choice has been, in months before the scenario's first too


@register
class MedtechFundingMandate(Lever):
    """Every April some technologies are added to those that commissioners must fund; none is ever taken off.

    A technology is taken where P(b > 0) by national belief is that of positive guidance, where it saves the system more
    than it costs within twelve months (36 from May 2024), and where its budget impact is within the limit; of these the
    ones that save most. Commissioners bear the running cost by a payment per case and the upfront cost is paid, so that
    the trust's block is not needed; the duty is felt by and by, as far as it is complied with.
    """

    name: ClassVar[str] = "medtech-funding-mandate"
    number: ClassVar[int] = 20
    title: ClassVar[str] = "MedTech Funding Mandate"
    acts_on: ClassVar[str] = "mandate, payment per case, upfront subsidy, price agreed"
    equation: ClassVar[str] = (
        "each April the 4 of highest system NPV with P(b > 0) > .8, NPV within 12 (later 36) months > 0 and budget "
        "impact <= GBP 20m a year: mandate rising over 12 months, price agreed, upfront cost and running cost paid"
    )
    grade: ClassVar[Grade] = "C"
    source: ClassVar[str] = "four technologies from April 2021, criteria published; effect an assumption"
    historic_start: ClassVar[str] = "2021-04"
    default_months: ClassVar[int | None] = 60
    start_period: ClassVar[int] = 1
    costs: ClassVar[tuple[str, ...]] = ("cost_gbp_per_year",)
    writes: ClassVar[tuple[str, ...]] = (
        "mandate",
        "commissioned_share",
        "upfront_subsidy",
        "price_agreed",
        "programme_pilot",
    )

    targets: Targets = Field(
        default_factory=lambda: Targets(kinds=("device", "digital")), description="which trusts and innovations"
    )
    technologies_per_year: int = param(
        4,
        "technologies added every April at most: four in 2021, later numbers not found",
        unit="technologies/year",
        low=1,
        high=8,
        ge=0,
        source="four from April 2021 (england.nhs.uk/aac)",
    )
    probability: float = param(
        0.8,
        "taken where the probability of a benefit, by national belief, is above this, as for positive guidance",
        unit="probability",
        low=0.6,
        high=0.95,
        gt=0,
        le=0.999,
    )
    saves_within_months: int = param(
        12,
        "saves more than it costs within, at first",
        unit="months",
        low=12,
        high=36,
        ge=1,
        le=600,
        grade="B",
        source=_POLICY,
    )
    later_saves_within_months: int = param(
        36,
        "saves more than it costs within, from the wider rule on",
        unit="months",
        low=12,
        high=60,
        ge=1,
        le=600,
        grade="B",
        source=_POLICY,
    )
    wider_after_months: int = param(
        37,
        "from the start to the wider rule (May 2024), looked at in the next April",
        unit="months",
        low=24,
        high=48,
        ge=0,
        grade="B",
        source=_POLICY,
    )
    budget_impact_limit_gbp: float = param(
        20e6,
        "largest net cost to England in any of the first three years",
        unit="GBP/year",
        low=10e6,
        high=40e6,
        ge=0,
        grade="B",
        source=_POLICY,
    )
    expected_uptake: float = param(
        0.5,
        "share of eligible trusts expected to use it after three years, for the budget impact",
        unit="1",
        low=0.2,
        high=1,
        ge=0,
        le=1,
    )
    funded_share: float = param(
        1.0, "share of upfront and running cost that is paid for the trust", unit="1", low=0.5, high=1, ge=0, le=1
    )
    mandate_onset_months: int = param(
        12, "from the duty to fund until it is felt in full, rising by the month", unit="months", low=0, high=24, ge=0
    )
    cost_gbp_per_year: float = param(
        1e6, "cost of the policy team and of reporting", unit="GBP/year", low=250_000, high=3e6, ge=0
    )

    def _choices(self, look: Outlook) -> list[Month]:
        """Months of the run in which technologies are chosen."""
        first = look.first(self)
        return [month for month in look.months(self) if self._chooses(month, month == first)]

    def _chooses(self, month: Month, first: bool) -> bool:
        """Every April; and at first, where the lever or all that is run begins in another month."""
        return month.month == 4 or first

    def _nothing_chosen(self, look: Outlook) -> str | None:
        if why := look.nobody(self):
            return why
        if self.technologies_per_year == 0:
            return "it takes no technology (technologies_per_year is 0)"
        last = self._choices(look)[-1]
        if not (look.live(Month(last + 1)) & look.pairs(self).any(axis=0)).any():
            return "none of the innovations it targets is on the market when technologies are chosen"
        return None

    def idle(self, look: Outlook) -> str | None:
        return self._nothing_chosen(look) if self.cost_gbp_per_year == 0 else None

    def unfelt(self, look: Outlook) -> Unfelt:
        if self.start is None or not look.months(self):
            return
        if why := self._nothing_chosen(look):
            names = (
                *("technologies_per_year", "probability", "saves_within_months", "later_saves_within_months"),
                *("wider_after_months", "budget_impact_limit_gbp", "expected_uptake"),
                *("funded_share", "mandate_onset_months"),
            )
            yield from none_of(names, why)
            return
        choices = self._choices(look)
        wider = self.start + self.wider_after_months
        if choices[-1] < wider:
            yield "later_saves_within_months", f"nothing is chosen from {wider} on in the run"
        if choices[0] >= wider:
            yield "saves_within_months", f"all that is chosen in the run is chosen after {wider}"

    def trusts_joined(self, own: FundedState, world: World, step: Longs) -> None:
        own.trusts = self.targets.smallest_trust_mask(world)

    def setup(self, see: View, draws: Draws) -> FundedState:
        return FundedState(
            since=np.full((see.n_replicates, see.world.n_innovations), NEVER, dtype=np.int64),
            trusts=self.targets.smallest_trust_mask(see.world),
            listed=self.targets.innovation_mask(see.world),
        )

    def _choose(self, month: Month, see: View, own: FundedState) -> None:
        """Add the technologies of a year: of those that pass, the ones of highest NPV, then of lowest key."""
        assert self.start is not None
        wider = month - self.start >= self.wider_after_months
        within = self.later_saves_within_months if wider else self.saves_within_months
        npv = system_npv_gbp(see, within)
        passes = own.listed & see.live(month) & (own.since == NEVER) & (npv > 0.0)
        passes = passes & believed_good(see, self.probability)
        passes &= budget_impact_gbp(see, self.expected_uptake) <= self.budget_impact_limit_gbp
        score = np.where(passes, -npv, np.inf)
        own.since[smallest(score, self.technologies_per_year, keys=see.world.innovations.keys)] = month

    def write(self, month: Month, see: View, terms: Terms, own: FundedState, draws: Draws) -> None:
        if self._chooses(month, not own.chosen):
            self._choose(month, see, own)
            own.chosen = True
        level = self.level(month)
        terms.pay("programme", level * self.cost_gbp_per_year / 12.0)
        funded = own.since != NEVER
        if not funded.any():
            return
        share = min(1.0, level)
        trusts = own.trusts[None, :, None]
        degree = felt(month - own.since, self.mandate_onset_months) * funded
        where = locked(funded[:, None, :] & trusts)
        terms.mandate.max(locked(share * degree[:, None, :] * trusts))
        terms.price_agreed.max(locked(share * where))
        terms.programme_pilot.max(where)
        terms.upfront_subsidy.max(locked(share * self.funded_share * where))
        paid = share * self.funded_share * running_cost_per_case(see)
        terms.commissioned_share.max(locked(paid[:, None, :] * where))

    def schedule(self) -> list[ScheduleRow]:
        if self.start is None:
            return super().schedule()
        wider, most = self.start + self.wider_after_months, self.technologies_per_year
        before = f"at most {most} technologies a year that save within {self.saves_within_months} months"
        after = f"at most {most} a year that save within {self.later_saves_within_months} months"
        return [ScheduleRow(self.start, wider, before), ScheduleRow(wider, self.end, after)]
