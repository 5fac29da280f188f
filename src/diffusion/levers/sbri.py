"""Lever 3, SBRI Healthcare: development contracts in two phases, for companies that sell already and for new ideas."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from diffusion.arrays import Bools, Floats, Longs
from diffusion.engine.calendar import Month
from diffusion.engine.choice import smallest
from diffusion.engine.parameters import Grade, param
from diffusion.levers.base import Lever, ScheduleRow
from diffusion.levers.outlook import Demand, none_of
from diffusion.levers.registry import register
from diffusion.levers.targets import INNOVATION_FIELDS
from diffusion.world.keys import stable_key

if TYPE_CHECKING:
    from diffusion.engine.draws import Draws
    from diffusion.engine.terms import Terms
    from diffusion.levers.outlook import Outlook, Unfelt
    from diffusion.month.view import View

_CHOICE, _PASS, _NEW_PASS, _NEW_LAUNCH = 1, 2, 3, 4
_NONE = -(1 << 15)


@dataclass(eq=False)
class ContractState:
    """Contracts under way."""

    since: Longs  # [R, K], first month of an innovation's contract, _NONE without one
    passed: Bools  # [R, K], whether it passed the first phase
    ideas: dict[int, Bools] = field(default_factory=dict)  # by month of a competition: which ideas pass, [R, ideas]


@register
class Sbri(Lever):
    """Two competitions a year; each contract has a first phase, and if it passes a second.

    Half of the contracts go to companies of live innovations: cash, and evidence at success. The others go to ideas:
    those that succeed may become innovations that trusts can adopt, never before the end of the second phase.
    """

    name: ClassVar[str] = "sbri"
    number: ClassVar[int] = 3
    title: ClassVar[str] = "SBRI Healthcare"
    acts_on: ClassVar[str] = "cash of companies, evidence at success, new innovations 18 months after phase 1"
    equation: ClassVar[str] = (
        "phase 1: GBP 100k over 6 months; passed with .4: GBP 1m over 12 months; then G + 5, or a new innovation "
        "with G = 1 + 5"
    )
    grade: ClassVar[Grade] = "C"
    source: ClassVar[str] = "about two competitions a year since 2008"
    historic_start: ClassVar[str] = "2008-04"
    reads_trusts: ClassVar[bool] = False
    writes: ClassVar[tuple[str, ...]] = ("company_cash", "evidence", "launches")

    contracts: int = param(8, "phase-1 contracts a competition", unit="contracts", low=4, high=16, ge=0)
    months_between: int = param(6, "months between competitions", unit="months", low=4, high=12, ge=1)
    new_share: float = param(
        0.5, "share of contracts for ideas that are not live yet", unit="1", low=0, high=1, ge=0, le=1
    )
    phase_1_gbp: float = param(100_000.0, "phase-1 contract", unit="GBP", low=5e4, high=2e5, ge=0)
    phase_1_months: int = param(6, "length of phase 1", unit="months", low=3, high=12, ge=1)
    phase_2_gbp: float = param(1_000_000.0, "phase-2 contract", unit="GBP", low=5e5, high=1.5e6, ge=0)
    phase_2_months: int = param(12, "length of phase 2", unit="months", low=6, high=24, ge=1)
    success: float = param(0.4, "share of phase-1 contracts that pass", unit="1", low=0.2, high=0.6, ge=0, le=1)
    launch_share: float = param(
        0.25, "share of successful ideas that trusts of this model can adopt", unit="1", low=0.05, high=0.6, ge=0, le=1
    )
    evidence: float = param(5.0, "evidence gained at success", unit="information", low=1, high=10, ge=0, symbol="gS")

    def idle(self, look: Outlook) -> str | None:
        if self.contracts == 0:
            return "gives no contracts"
        ideas = round(self.new_share * self.contracts)
        launches = look.followed and self.launch_share > 0
        if ideas and (self.phase_1_gbp > 0 or self.phase_2_gbp > 0 or launches):
            return None
        held = [month for month in look.months(self) if self._age(month) % self.months_between == 0]
        if not held:
            return "no competition falls into the run"
        if not (look.live(held[-1] + 1) & self.targets.innovation_mask(look.world)).any():
            return look.unlisted(self) or "none of the innovations it targets is on the market at a competition"
        if self.phase_1_gbp == self.phase_2_gbp == self.evidence == 0:
            return "contracts bring neither money nor evidence"
        return None

    def unfelt(self, look: Outlook) -> Unfelt:
        ideas = round(self.new_share * self.contracts)
        if not look.followed:
            yield "launch_share", "no new innovations are followed: stack +people-and-companies"
        elif ideas == 0:
            yield "launch_share", "no contract is for an idea (new_share)"
        held = [month for month in look.months(self) if self._age(month) % self.months_between == 0]
        if ideas == self.contracts:
            yield from none_of(INNOVATION_FIELDS, "all contracts are for ideas (new_share)")
        first = self.start if ideas else min(held, default=None)
        if first is not None and first + self.phase_1_months >= look.last(self):
            why = "no first phase ends before the run does"
            yield from none_of(("phase_2_gbp", "phase_2_months", "success", "evidence", "launch_share"), why)
        elif first is not None and first + self._length >= look.last(self):
            yield from none_of(("evidence", "launch_share"), "no second phase ends before the run does")
        elif not look.followed and ideas == self.contracts:
            yield "evidence", "contracts are for ideas, and no new innovations are followed"

    def demands(self, look: Outlook) -> Iterator[Demand]:
        asked = self.contracts - round(self.new_share * self.contracts)
        for month in [month for month in look.months(self) if self._age(month) % self.months_between == 0][:1]:
            most = int((look.live(month + 1) & self.targets.innovation_mask(look.world)).sum())
            what = "innovations on the market whose companies could have a contract"
            yield Demand("contracts without those for ideas", asked, most, what, str(month))

    def schedule(self) -> list[ScheduleRow]:
        return [ScheduleRow(self.start, self.end, f"{self.contracts} contracts every {self.months_between} months")]

    def _age(self, month: Month) -> int:
        """Months since the programme began."""
        return month - (self.start if self.start is not None else Month(self.historic_start))

    @property
    def _length(self) -> int:
        return self.phase_1_months + self.phase_2_months

    def setup(self, see: View, draws: Draws) -> ContractState:
        shape = (see.n_replicates, see.world.n_innovations)
        return ContractState(since=np.full(shape, _NONE, dtype=np.int64), passed=np.zeros(shape, dtype=bool))

    def write(self, month: Month, see: View, terms: Terms, own: ContractState, draws: Draws) -> None:
        level = self.level(month)
        per_month_1 = level * self.phase_1_gbp / self.phase_1_months
        per_month_2 = level * self.phase_2_gbp / self.phase_2_months
        paid = self._existing(month, see, terms, own, draws, per_month_1, per_month_2)
        ideas = self._ideas(month, see, terms, own, draws, per_month_1, per_month_2)
        terms.pay("sbri_contract", paid)
        terms.pay("sbri_contract", ideas)
        if see.parameters.supply.followed:
            terms.pay("company_burn", ideas)  # there is no company yet that could keep any of it

    def _existing(
        self, month: Month, see: View, terms: Terms, own: ContractState, draws: Draws, first: float, second: float
    ) -> Floats:
        """Contracts of companies of live innovations; return GBP paid this month, float64[R]."""
        if self._age(month) % self.months_between == 0:
            free = np.broadcast_to(
                np.atleast_2d(see.live(month) & self.targets.innovation_mask(see.world)) & (own.since == _NONE),
                own.since.shape,
            )
            drawn = np.where(free, draws.uniform(_CHOICE, int(month), by="innovation")[:, 0, :], np.inf)
            chosen = smallest(drawn, self.contracts - round(self.new_share * self.contracts))
            own.since = np.where(chosen, int(month), own.since)
        age = int(month) - own.since
        due = age == self.phase_1_months
        if due.any():
            own.passed |= due & (draws.uniform(_PASS, int(month), by="innovation")[:, 0, :] < self.success)
        under_way = own.passed & (age >= self.phase_1_months) & (age < self._length)
        cash = np.where((age >= 0) & (age < self.phase_1_months), first, 0.0) + np.where(under_way, second, 0.0)
        cash = np.where(see.company_failed, 0.0, cash)
        terms.company_cash.add(cash[:, None, :])
        done = own.passed & (age == self._length)
        if done.any():
            terms.evidence.add((self.level(month) * self.evidence * done)[:, None, :])
        over = (age >= self._length) | ((age > self.phase_1_months) & ~own.passed)
        own.since[over], own.passed[over] = _NONE, False
        total: Floats = cash.sum(axis=1)
        return total

    def _ideas(
        self, month: Month, see: View, terms: Terms, own: ContractState, draws: Draws, first: float, second: float
    ) -> Floats:
        """Contracts for ideas: what they cost, and which are launched; keyed by competition and number."""
        number = round(self.new_share * self.contracts)
        paid = np.zeros(see.n_replicates)
        begun = self._age(month) // self.months_between
        for competition in range(max(0, begun - self._length // self.months_between), begun + 1):
            age = self._age(month) - competition * self.months_between
            if age > self._length:
                continue
            date = int(month) - self._age(month) + competition * self.months_between
            if date not in own.ideas:
                own.ideas[date] = draws.for_people(number).uniform(_NEW_PASS, date)[:, :, 0] < self.success
            passed = own.ideas[date]
            if age < self.phase_1_months:
                paid += number * first
            elif age < self._length:
                paid += passed.sum(axis=1) * second
            else:
                drawn = draws.for_people(number).uniform(_NEW_LAUNCH, date)[:, :, 0]
                launched = passed & (drawn < min(1.0, self.level(month)) * self.launch_share)
                r, n = np.nonzero(launched)
                keys = [stable_key(f"sbri/{date}/{idea}") for idea in n]
                terms.launch(r, np.array(keys, dtype=np.uint64), self.level(month) * self.evidence)
        return paid
