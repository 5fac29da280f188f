"""Lever 5, Academic Health Science Networks: each divides its budget over its members and its portfolio."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, ClassVar

import numpy as np
from pydantic import Field, field_validator

from diffusion.arrays import Floats, Longs
from diffusion.engine.calendar import Month
from diffusion.engine.choice import largest
from diffusion.engine.parameters import Grade, Section, param
from diffusion.levers.base import Lever, ScheduleRow
from diffusion.levers.national_programmes import (
    Enrolment,
    Programme,
    idle_programme,
    join_enrolment,
    open_all,
    run_programme,
)
from diffusion.levers.outlook import none_of
from diffusion.levers.registry import register
from diffusion.levers.targets import Targets

if TYPE_CHECKING:
    from diffusion.engine.draws import Draws
    from diffusion.engine.terms import Terms
    from diffusion.levers.outlook import Outlook, Unfelt
    from diffusion.month.view import View
    from diffusion.world.tables import World


#: budget of all AHSNs by financial year
BUDGET_GBP_PER_YEAR = {2013: 45e6, 2014: 37e6, 2015: 29e6, 2016: 21e6, 2017: 13e6}


class LaterShare(Section):
    """What is left of the networks from a month on: of their budget, and of the staff of their programmes.

    The licence of 2023 is for five years, to May 2028 (healthinnovationnenc.org.uk); what follows is not known.
    """

    start: Month = Field(Month("2028-05"), description="first month with this share; the licence of 2023 ends then")
    share: float = param(0.5, "share of budget and programmes that goes on; 0 is an end", unit="1", low=0, high=1, ge=0)


@dataclass(eq=False)
class PortfolioState:
    """What AHSNs support."""

    portfolio: Floats | None = None  # [R, A, K], 1 for what was picked in the last April; None before the first month
    enrolment: dict[str, Enrolment] = field(default_factory=dict)  # by programme


@register
class AhsnSupport(Lever):
    """Push on awareness, triage and rollout of a portfolio, and staff lent to members.

    Every April an AHSN picks the live innovations of highest utility as seen from its own members' use. A push
    grows with spend a head of population, ever less, and is divided over the portfolio (one over the square root of
    its size, 6 being normal). Beside it AHSNs run commissioned ``programmes``. Agents override ``allocate_push``.
    """

    name: ClassVar[str] = "ahsn-support"
    number: ClassVar[int] = 5
    title: ClassVar[str] = "Academic Health Science Networks"
    acts_on: ClassVar[str] = "awareness and triage push, facilitation (WTE lent), ties among members"
    equation: ClassVar[str] = (
        "X += push * (s_a / (s_a + h)) / (s_0 / (s_0 + h)) / sqrt(portfolio / 6), s_a spend a head; "
        "lent WTE = facilitation_share * budget_a / members_a / wte_gbp_per_year"
    )
    grade: ClassVar[Grade] = "A"
    source: ClassVar[str] = "national quality programme +6.3 pp in 12 months (fn.bmj.com 2022-324579)"
    historic_start: ClassVar[str] = "2013-05"
    start_period: ClassVar[int] = 1
    writes: ClassVar[tuple[str, ...]] = (
        "awareness_push",
        "triage_push",
        "rollout_push",
        "facilitation",
        "facilitated",
        "member_ties",
    )

    awareness_push: float = param(
        0.5, "added to the awareness push at the reference spend", unit="1", low=0, high=2, ge=0
    )
    triage_push: float = param(0.5, "added to the triage push at the reference spend", unit="1", low=0, high=2, ge=0)
    rollout_push: float = param(0.25, "added to the rollout push at the reference spend", unit="1", low=0, high=1, ge=0)
    portfolio_size: int = param(6, "innovations an AHSN supports at a time", unit="innovations", low=2, high=20, ge=1)
    facilitation_share: float = param(
        0.10, "share of the budget spent on staff lent to members", unit="1", low=0, high=0.5, ge=0, le=1
    )
    wte_gbp_per_year: float = param(
        60_000.0, "cost of a lent whole-time equivalent", unit="GBP/year", low=45_000, high=80_000, gt=0
    )
    budget_gbp_per_year: dict[int, Annotated[float, Field(ge=0, le=1e10)]] = Field(
        default_factory=lambda: dict(BUDGET_GBP_PER_YEAR),
        description="budget of all AHSNs by financial year; a year that is not given has that of the year before it",
    )
    budget_factor: float = param(1.0, "factor on the budget of every year", unit="1", low=0.3, high=2, ge=0)
    later: LaterShare | None = Field(
        None, description="what is left from a month on, such as {start: 2028-05, share: 0.5}; default: all of it"
    )
    reference_gbp_per_head: float = param(
        0.53,
        "yearly spend a head of population at which the pushes are as stated: that of 2015/16",
        unit="GBP/year",
        low=0.2,
        high=1,
        gt=0,
    )
    half_gbp_per_head: float = param(
        0.5,
        "yearly spend a head at which pushes are half of what more money could give",
        unit="GBP/year",
        low=0.1,
        high=2,
        gt=0,
    )
    programmes: dict[str, Programme] = Field(
        default_factory=dict, description="commissioned programmes by id: named innovations, regions, dates, staff"
    )
    member_ties: float = param(
        0.0,
        "exposure added among members to portfolio innovations, beside the AHSN layer",
        unit="1",
        low=0,
        high=0.3,
        ge=0,
    )

    @field_validator("budget_gbp_per_year")
    @classmethod
    def _years_are_years(cls, budgets: dict[int, float]) -> dict[int, float]:
        if not budgets:
            raise ValueError("it has no year: give at least one, such as {2015: 29000000}")
        for year in budgets:
            if not 1990 <= year <= 2100:
                near = f"; did you mean {year + 2000}?" if 0 <= year < 100 else ""
                raise ValueError(f"{year} is no financial year: years are 1990 to 2100{near}")
        return budgets

    def budget_gbp(self, fiscal_year: int) -> float:
        """Budget of all AHSNs in a financial year: as given for it, else for the last year given before, else 0."""
        before = [year for year in self.budget_gbp_per_year if year <= fiscal_year]
        return self.budget_factor * self.budget_gbp_per_year[max(before)] if before else 0.0

    def share(self, month: Month) -> float:
        """Share of budget and programmes that is left in ``month``."""
        return 1.0 if self.later is None or month < self.later.start else self.later.share

    def response(self, gbp_per_head: Floats) -> Floats:
        """Return the factor on pushes, ``s / (s + h)`` over its value at the reference spend."""
        half, reference = self.half_gbp_per_head, self.reference_gbp_per_head
        return np.asarray(gbp_per_head / (gbp_per_head + half) * (reference + half) / reference)

    def concerns(self) -> Iterator[tuple[str, Targets]]:
        yield from super().concerns()
        for name, programme in self.programmes.items():
            yield f"programmes.{name}", programme.concerned

    def idle(self, look: Outlook) -> str | None:
        if self._budgets(look) or any(why is None for why in self._idle_programmes(look).values()):
            return None
        if look.nobody(self) or self.member_ties == 0:
            return "its budget is 0 in every year of the run"
        return None

    def _idle_programmes(self, look: Outlook) -> dict[str, str | None]:
        first, last = look.first(self), look.last(self)
        if self.later is not None and self.later.share == 0:
            last = min(last, self.later.start)
        return {name: idle_programme(each, look, first, last) for name, each in self.programmes.items()}

    def remarks(self, look: Outlook) -> Iterator[str]:
        yield from super().remarks(look)
        live = dict(zip(look.world.innovations.ids, look.world.innovations.live_month))
        for name, programme in self.programmes.items():
            for innovation in programme.innovations:
                launch = look.start + look.warm_up + int(live.get(innovation, 0))
                if programme.start < launch < look.end:
                    yield f"programme '{name}' waits for {innovation}, which is launched in {launch}"

    def _budgets(self, look: Outlook) -> bool:
        """Whether any AHSN has money in the run."""
        months = look.months(self)
        paid = any(self.share(month) * self.budget_gbp(month.fiscal_year) > 0 for month in months)
        return bool(look.world.ahsns.population.sum() > 0 and paid)

    def _years(self, look: Outlook) -> set[int]:
        return {month.fiscal_year for month in look.months(self) if self.share(month) > 0}

    def unfelt(self, look: Outlook) -> Unfelt:
        nobody = look.nobody(self)
        if self.later is not None and self.later.start >= look.last(self):
            yield "later", f"it begins in {self.later.start}, when the run or the lever is over"
        elif self.later is not None and self.later.share == 1:
            yield "later", "all of it goes on (its share is 1)"
        pushes = ("awareness_push", "triage_push", "rollout_push", "reference_gbp_per_head", "half_gbp_per_head")
        programmes = self._idle_programmes(look)
        for name, why in programmes.items():
            if why is not None:
                yield f"programmes.{name}", why
        if not self._budgets(look):
            yield from none_of((*pushes, "facilitation_share"), "its budget is 0 throughout")
        elif nobody:
            yield from none_of(pushes, nobody)
        if not any(why is None for why in programmes.values()):
            if not self._budgets(look):
                yield "wte_gbp_per_year", "its budget is 0 throughout"
            elif self.facilitation_share == 0:
                yield "wte_gbp_per_year", "no staff is lent (facilitation_share is 0)"
        if nobody:
            yield from none_of(("portfolio_size", "member_ties"), nobody)
        elif look.parameters.exposure.weight_ahsn == 0:
            yield "member_ties", "the AHSN layer has no weight (parameters.exposure.weight_ahsn is 0)"
        given = sorted(self.budget_gbp_per_year)
        years = self._years(look)
        used = {max((year for year in given if year <= each), default=None) for each in years}
        for year in given:
            if year not in used and years:
                yield f"budget_gbp_per_year.{year}", f"no year of the run has the budget of {year}"

    def schedule(self) -> list[ScheduleRow]:
        if self.later is None:
            return super().schedule()
        left = f"{100 * self.later.share:g} % of budget and programmes is left"
        return [ScheduleRow(self.start, self.later.start, "active"), ScheduleRow(self.later.start, self.end, left)]

    def setup(self, see: View, draws: Draws) -> PortfolioState:
        return PortfolioState(enrolment=open_all(self.programmes, see, draws))

    def trusts_joined(self, own: PortfolioState, world: World, step: Longs) -> None:
        for enrolment in own.enrolment.values():
            join_enrolment(enrolment, world, step)

    def changes(self, month: Month, see: View, own: PortfolioState) -> bool:
        return (
            month.month == 4
            or (self.later is not None and month == self.later.start)
            or any(month >= each.start and (each.end is None or month <= each.end) for each in self.programmes.values())
        )

    def write(self, month: Month, see: View, terms: Terms, own: PortfolioState, draws: Draws) -> None:
        level = self.level(month) * self.share(month)
        if level * self.budget_gbp(month.fiscal_year) > 0:
            self._spend(month, level, see, terms, own)
        for name, programme in self.programmes.items():
            run_programme(programme, month, level, see, terms, own.enrolment[name], self.wte_gbp_per_year)

    def _spend(self, month: Month, level: float, see: View, terms: Terms, own: PortfolioState) -> None:
        """Push what stands in the portfolios, and lend staff, as far as the year's money goes."""
        world = see.world
        ahsn, n_ahsns = world.trusts.ahsn, world.n_ahsns
        if month.month == 4 or own.portfolio is None:
            own.portfolio = self._portfolio(see, month)
        supported = self.targets.trust_mask(world)
        whole = world.whole
        members = np.maximum(1, np.bincount(whole.trusts.ahsn[whole.present], minlength=n_ahsns))
        share = world.ahsns.population / max(1.0, world.ahsns.population.sum())
        budget = level * self.budget_gbp(month.fiscal_year) * share
        spend = self.response(budget / np.maximum(1.0, world.ahsns.population))
        # weights of the portfolio, (R, A, K); what an AHSN spreads wider it pushes less
        weights = see.decide("allocate_push", own.portfolio)
        size = np.maximum(1.0, weights.sum(axis=2, keepdims=True))
        push = weights * spend[None, :, None] / np.sqrt(size / 6.0)
        if supported.all():
            by_ahsn, chosen = True, weights > 0
        else:  # only some members: a term by trust
            by_ahsn, push = False, push[:, ahsn, :] * supported[:, None]
            chosen = (weights > 0)[:, ahsn, :] & supported[:, None]
        terms.awareness_push.add(self.awareness_push * push, by_ahsn=by_ahsn)
        terms.triage_push.add(self.triage_push * push, by_ahsn=by_ahsn)
        terms.rollout_push.add(self.rollout_push * push, by_ahsn=by_ahsn)
        if self.member_ties > 0:
            terms.member_ties.add(self.member_ties * level * (weights > 0)[:, ahsn, :] * supported[:, None])
        lent_gbp = (
            self.facilitation_share
            * budget
            * np.bincount(whole.trusts.ahsn, self.targets.trust_mask(whole), n_ahsns)
            / members
        )
        lent = (self.facilitation_share * budget / members / self.wte_gbp_per_year)[ahsn] * supported
        if lent.any():
            terms.facilitation.add(lent[:, None])
            terms.facilitated.max(chosen, by_ahsn=by_ahsn)
        # what is not lent an AHSN spends on its members by size; one without members has no trust to name
        size_of_ahsn = np.bincount(whole.trusts.ahsn, whole.trusts.size, n_ahsns)[ahsn]
        lent_to = lent * self.wte_gbp_per_year / 12.0
        pushed = (budget - lent_gbp)[ahsn] / 12.0 * world.trusts.size / np.maximum(size_of_ahsn, np.finfo(float).tiny)
        grant, staff, rest = budget.sum() / 12.0, lent_gbp.sum() / 12.0, (budget.sum() - lent_gbp.sum()) / 12.0
        if world.cut is not None:  # other AHSNs' money, and other members', is not here
            staff, rest = float(lent_to.sum()), float(pushed.sum())
            grant = staff + rest
        terms.pay("ahsn_grant", grant, by_trust=lent_to + pushed)
        terms.pay("facilitation", staff, by_trust=lent_to)
        terms.pay("ahsn_push", rest, by_trust=pushed)

    def _portfolio(self, see: View, month: Month) -> Floats:
        """Return float64[R, A, K]: 1 for the innovations of highest utility that members can use."""
        world = see.world
        order = np.argsort(world.trusts.ahsn, kind="stable")
        present, first = np.unique(world.trusts.ahsn[order], return_index=True)
        any_member = np.zeros((world.n_ahsns, world.n_innovations), dtype=bool)
        any_member[present] = np.logical_or.reduceat(world.eligible[order], first, axis=0)
        usable = any_member & np.atleast_2d(see.live(month))[:, None, :] & self.targets.innovation_mask(world)
        utility = np.where(usable, see.group_utility(world.trusts.ahsn, world.n_ahsns), -np.inf)
        return largest(utility, self.portfolio_size, axis=2).astype(np.float64)
