"""Lever 14, Innovation and Technology Tariff: the upfront cost of listed products is paid; later a funding mandate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from diffusion.arrays import Bools, Floats, Longs, locked
from diffusion.engine.calendar import Month
from diffusion.engine.parameters import Grade, param
from diffusion.levers.base import Lever, ScheduleRow
from diffusion.levers.national_appraisal import believed_good, felt, system_npv_gbp
from diffusion.levers.outlook import none_of
from diffusion.levers.registry import register

if TYPE_CHECKING:
    from diffusion.engine.draws import Draws
    from diffusion.engine.terms import Terms
    from diffusion.levers.outlook import Outlook, Unfelt
    from diffusion.month.view import View

SUBSIDY = "upfront_subsidy"
#: month of what has not begun
NEVER = 1 << 30


@dataclass(eq=False)
class MandateState:
    """What is known of the mandate, up to date in ``month``."""

    listed: Bools  # [1, K], the products concerned
    mandated: Bools  # [R, K], what this year's judgement found good and saving
    spent_gbp: Floats  # [R], subsidies of this year of the mandate
    since: Longs  # [R, K], first month of the mandate, NEVER without
    month: int = -1  # -1 before the mandate
    written: tuple[Bools, bool] | None = None  # what was paid for when terms were last written, and whether by mandate


@register
class InnovationTechnologyTariff(Lever):
    """Listed products cost a trust nothing upfront and need no price negotiation, for a time.

    That removes the money gate, not the capacity gate: pilots and rollouts take change time as before. Pilots that
    begin while it lasts count as paid for by a programme, so that its end is felt (zeta in T4b). Then, from
    ``mandate_after_months`` on, those listed products that are believed good and save money in year are funded and
    mandated; in each of the first years nothing new is paid for once the year's subsidies have reached the limit.
    """

    name: ClassVar[str] = "innovation-technology-tariff"
    number: ClassVar[int] = 14
    title: ClassVar[str] = "Innovation and Technology Tariff"
    acts_on: ClassVar[str] = "upfront subsidy, price agreed; later a funding mandate"
    equation: ClassVar[str] = (
        "subsidy = 1, price agreed = 1 for 24 months; from month 48: the same and mandate = 1 where P(b > 0) > .8 and "
        "system NPV in 12 months > 0, until the year's subsidies reach GBP 20m (three years)"
    )
    grade: ClassVar[Grade] = "C"
    source: ClassVar[str] = "April 2017, six themes; MedTech funding mandate from April 2021"
    historic_start: ClassVar[str] = "2017-04"
    writes: ClassVar[tuple[str, ...]] = ("upfront_subsidy", "price_agreed", "programme_pilot", "mandate")

    subsidy: float = param(1.0, "share of the upfront cost that is paid", unit="1", low=0.5, high=1, ge=0, le=1)
    tariff_months: int = param(24, "length of the tariff", unit="months", low=12, high=36, ge=0)
    one_year_payments: int = param(
        0,
        "payments of a year each that follow the tariff (three in history, for other products)",
        unit="payments",
        low=0,
        high=2,
        ge=0,
    )
    mandate_after_months: int = param(
        48, "from the start of the tariff to that of the mandate (April 2021)", unit="months", low=36, high=60, ge=0
    )
    saves_within_months: int = param(
        12,
        "mandated products save more than they cost within",
        unit="months",
        low=12,
        high=36,
        ge=1,
        le=600,
        grade="B",
        source="policy of the MedTech funding mandate: saving in year",
    )
    probability: float = param(
        0.8,
        "mandated where the probability of a benefit, by national belief, is above this, as for positive guidance",
        unit="probability",
        low=0.6,
        high=0.95,
        gt=0,
        le=0.999,
    )
    limit_gbp_per_year: float = param(
        20e6,
        "subsidies in a year of the mandate after which nothing new is paid",
        unit="GBP/year",
        low=10e6,
        high=40e6,
        ge=0,
        grade="B",
        source="policy of the MedTech funding mandate",
    )
    limited_years: int = param(
        3,
        "years of the mandate with that limit",
        unit="years",
        low=2,
        high=5,
        ge=0,
        grade="B",
        source="policy of the MedTech funding mandate",
    )

    mandate_onset_months: int = param(
        0,
        "from the mandate of a product until it is felt in full, rising by the month",
        unit="months",
        low=0,
        high=24,
        ge=0,
    )

    def _tariff_ends(self) -> Month:
        assert self.start is not None
        return self.start + min(self.tariff_months + 12 * self.one_year_payments, self.mandate_after_months)

    def _mandate_starts(self) -> Month:
        assert self.start is not None
        return self.start + self.mandate_after_months

    def idle(self, look: Outlook) -> str | None:
        if why := look.nobody(self):
            return why
        months = look.months(self)
        if not any(month < self._tariff_ends() or month >= self._mandate_starts() for month in months):
            return "neither the tariff nor the mandate is in force in the run"
        return None

    def unfelt(self, look: Outlook) -> Unfelt:
        mandate = self._mandate_starts()
        if mandate >= look.last(self):
            why = f"the mandate would start in {mandate}, when the run or the lever is over"
            yield from none_of(("saves_within_months", "probability", "limit_gbp_per_year", "limited_years"), why)
        elif self.limited_years == 0:
            yield "limit_gbp_per_year", "no year is limited (limited_years is 0)"
        pairs = look.pairs(self).any(axis=0)
        if not look.world.innovations.upfront_cost_gbp[pairs].any():
            yield from none_of(
                ("subsidy", "limit_gbp_per_year", "limited_years"), "what it targets has no upfront cost"
            )

    def felt(self, look: Outlook) -> tuple[dict[str, Any], set[str]]:
        """More than its full strength does no more: shares are at most 1."""
        data, unfelt = super().felt(look)
        if self.ramp_months == 0 or "ramp_months" in unfelt:
            data["strength"] = min(1.0, self.strength)
        return data, unfelt

    def setup(self, see: View, draws: Draws) -> MandateState:
        return MandateState(
            listed=self.targets.innovation_mask(see.world)[None, :],
            mandated=np.zeros((see.n_replicates, see.world.n_innovations), dtype=bool),
            spent_gbp=np.zeros(see.n_replicates),
            since=np.full((see.n_replicates, see.world.n_innovations), NEVER, dtype=np.int64),
        )

    def _advance(self, month: Month, see: View, own: MandateState) -> None:
        """Go on to ``month``, once: add up the year's subsidies, and every year judge the listed products anew."""
        into = month - self._mandate_starts()
        if own.month == month or into < 0:
            return
        fresh = own.month == -1 or into % 12 == 0  # a run may begin within a year
        own.month = int(month)
        if fresh:
            own.spent_gbp = np.zeros(see.n_replicates)
            saves = system_npv_gbp(see, self.saves_within_months) > 0.0
            own.mandated = saves & believed_good(see, self.probability)
            own.since = np.where(own.mandated & own.listed, np.minimum(own.since, int(month)), own.since)
        else:
            own.spent_gbp = own.spent_gbp + see.money_last_month(SUBSIDY)

    def _funded(self, month: Month, see: View, own: MandateState) -> tuple[Bools, bool]:
        """Return (bool[R or 1, K], whether that is a mandate): the listed products that are paid for in ``month``."""
        listed = own.listed
        into = month - self._mandate_starts()
        if into < 0:
            return listed & (month < self._tariff_ends()), False
        open_ = (own.spent_gbp < self.limit_gbp_per_year) | (into >= 12 * self.limited_years)
        return listed & own.mandated & open_[:, None], True

    def changes(self, month: Month, see: View, own: MandateState) -> bool:
        self._advance(month, see, own)
        funded, mandated = self._funded(month, see, own)
        rising = mandated and bool(((month - own.since >= 0) & (month - own.since <= self.mandate_onset_months)).any())
        return rising or own.written is None or mandated != own.written[1] or not np.array_equal(funded, own.written[0])

    def write(self, month: Month, see: View, terms: Terms, own: MandateState, draws: Draws) -> None:
        self._advance(month, see, own)
        funded, mandated = own.written = self._funded(month, see, own)
        trusts = self.targets.trust_mask(see.world)
        where = funded[:, None, :] & (np.ones((1, 1), dtype=bool) if trusts.all() else trusts[:, None])
        share = locked(min(1.0, self.level(month)) * where)
        terms.upfront_subsidy.max(self.subsidy * share)
        terms.price_agreed.max(share)
        terms.programme_pilot.max(where)
        if mandated:
            degree = felt(month - own.since, self.mandate_onset_months)
            terms.mandate.max(locked(share * degree[:, None, :]))

    def schedule(self) -> list[ScheduleRow]:
        if self.start is None:
            return super().schedule()
        limited, limit_gbpm = self._mandate_starts() + 12 * self.limited_years, self.limit_gbp_per_year / 1e6
        return [
            ScheduleRow(self.start, self._tariff_ends(), "tariff: upfront cost paid, price agreed"),
            ScheduleRow(self._mandate_starts(), limited, f"mandate, at most GBP {limit_gbpm:g}m a year"),
            ScheduleRow(limited, self.end, "mandate without a limit"),
        ]
