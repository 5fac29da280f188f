"""Lever 5, Academic Health Science Networks: each divides its budget over its members and its portfolio."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from diffusion.arrays import Floats
from diffusion.engine.calendar import Month
from diffusion.engine.choice import largest
from diffusion.engine.parameters import Grade, param
from diffusion.levers.base import Lever
from diffusion.levers.outlook import none_of
from diffusion.levers.registry import register

if TYPE_CHECKING:
    from diffusion.engine.draws import Draws
    from diffusion.engine.terms import Terms
    from diffusion.levers.outlook import Outlook, Unfelt
    from diffusion.month.view import View


@dataclass(eq=False)
class PortfolioState:
    """What AHSNs support."""

    portfolio: Floats | None = None  # [R, A, K], 1 for what was picked in the last April; None before the first month


@register
class AhsnSupport(Lever):
    """Push on awareness, triage and rollout of a portfolio, and staff lent to members.

    Every April an AHSN picks the live innovations of highest utility as seen from its own members' use. A push is
    divided over members (spend per member against the national mean of ``reference_year``) and over the portfolio
    (one over the square root of its size, 6 being normal). Agents override ``allocate_push``.
    """

    name: ClassVar[str] = "ahsn-support"
    number: ClassVar[int] = 5
    title: ClassVar[str] = "Academic Health Science Networks"
    acts_on: ClassVar[str] = "awareness and triage push, facilitation (WTE lent), ties among members"
    equation: ClassVar[str] = (
        "X += push * (budget_a / members_a) / (national mean of the reference year) / sqrt(portfolio / 6); "
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

    awareness_push: float = param(0.5, "added to the awareness push at mean spend", unit="1", low=0, high=2, ge=0)
    triage_push: float = param(0.5, "added to the triage push at mean spend", unit="1", low=0, high=2, ge=0)
    rollout_push: float = param(0.25, "added to the rollout push at mean spend", unit="1", low=0, high=1, ge=0)
    portfolio_size: int = param(6, "innovations an AHSN supports at a time", unit="innovations", low=2, high=20, ge=1)
    facilitation_share: float = param(
        0.10, "share of the budget spent on staff lent to members", unit="1", low=0, high=0.5, ge=0, le=1
    )
    wte_gbp_per_year: float = param(
        60_000.0, "cost of a lent whole-time equivalent", unit="GBP/year", low=45_000, high=80_000, gt=0
    )
    budget_first_gbp_per_year: float = param(
        45e6,
        "budget of all AHSNs in the first year",
        unit="GBP/year",
        low=0,
        high=60e6,
        ge=0,
        grade="B",
        source="GBP 2.4-5.1m each for the 13 that reported year 1, mean 3.5m",
    )
    budget_last_gbp_per_year: float = param(
        13e6, "budget of all AHSNs from the last year on", unit="GBP/year", low=0, high=60e6, ge=0
    )
    budget_first_year: int = param(2013, "financial year of the first budget", unit="year", low=2013, high=2014)
    budget_last_year: int = param(
        2017, "financial year from which the budget is flat", unit="year", low=2014, high=2020
    )
    reference_year: int = param(
        2015, "financial year whose mean spend per member gives the pushes above", unit="year", low=2013, high=2017
    )
    member_ties: float = param(
        0.0,
        "exposure added among members to portfolio innovations, beside the AHSN layer",
        unit="1",
        low=0,
        high=0.3,
        ge=0,
    )

    def budget_gbp_per_year(self, fiscal_year: int) -> float:
        """Budget of all AHSNs in a financial year: linear from the first to the last, then flat."""
        span = max(1, self.budget_last_year - self.budget_first_year)
        part = min(1.0, max(0.0, (fiscal_year - self.budget_first_year) / span))
        return self.budget_first_gbp_per_year + part * (self.budget_last_gbp_per_year - self.budget_first_gbp_per_year)

    def idle(self, look: Outlook) -> str | None:
        if self._budgets(look):
            return None
        if look.nobody(self) or self.member_ties == 0:
            return "its budget is 0 in every year of the run"
        return None

    def _budgets(self, look: Outlook) -> bool:
        """Whether any AHSN has money in the run."""
        years = {month.fiscal_year for month in look.months(self)}
        return look.world.ahsns.population.sum() > 0 and any(self.budget_gbp_per_year(year) > 0 for year in years)

    def unfelt(self, look: Outlook) -> Unfelt:
        years = [month.fiscal_year for month in look.months(self)]
        years.append(self.reference_year)
        nobody = look.nobody(self)
        pushes = ("awareness_push", "triage_push", "rollout_push")
        if not self._budgets(look):
            yield from none_of((*pushes, "facilitation_share", "wte_gbp_per_year"), "its budget is 0 throughout")
        elif self.facilitation_share == 0:
            yield "wte_gbp_per_year", "no staff is lent (facilitation_share is 0)"
        if nobody:
            yield from none_of((*pushes, "portfolio_size", "member_ties", "reference_year"), nobody)
        elif look.parameters.exposure.weight_ahsn == 0:
            yield "member_ties", "the AHSN layer has no weight (parameters.exposure.weight_ahsn is 0)"
        if self.budget_first_year >= self.budget_last_year:
            return
        if min(years) >= self.budget_last_year:
            why = f"the budget is flat from {self.budget_last_year} on, before the lever and its year of reference"
            yield from none_of(("budget_first_gbp_per_year", "budget_first_year"), why)
        if max(years) <= self.budget_first_year:
            why = f"the budget falls only after {self.budget_first_year}, when the run is over"
            yield from none_of(("budget_last_gbp_per_year", "budget_last_year"), why)

    def setup(self, see: View, draws: Draws) -> PortfolioState:
        return PortfolioState()

    def changes(self, month: Month, see: View, own: PortfolioState) -> bool:
        return month.month == 4

    def write(self, month: Month, see: View, terms: Terms, own: PortfolioState, draws: Draws) -> None:
        world = see.world
        ahsn, n_ahsns = world.trusts.ahsn, world.n_ahsns
        if month.month == 4 or own.portfolio is None:
            own.portfolio = self._portfolio(see, month)
        supported = self.targets.trust_mask(world)
        members = np.maximum(1, np.bincount(ahsn, minlength=n_ahsns))
        share = world.ahsns.population / max(1.0, world.ahsns.population.sum())
        level = self.level(month)
        budget = level * self.budget_gbp_per_year(month.fiscal_year) * share
        mean = self.budget_gbp_per_year(self.reference_year) / max(1, world.n_trusts)
        spend = np.divide(budget / members, mean, out=np.zeros(n_ahsns), where=mean > 0)
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
        lent_gbp = self.facilitation_share * budget * np.bincount(ahsn, supported, n_ahsns) / members
        lent = (self.facilitation_share * budget / members / self.wte_gbp_per_year)[ahsn] * supported
        if lent.any():
            terms.facilitation.add(lent[:, None])
            terms.facilitated.max(chosen, by_ahsn=by_ahsn)
        terms.pay("ahsn_grant", budget.sum() / 12.0)
        terms.pay("facilitation", lent_gbp.sum() / 12.0)
        terms.pay("ahsn_push", (budget.sum() - lent_gbp.sum()) / 12.0)

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
