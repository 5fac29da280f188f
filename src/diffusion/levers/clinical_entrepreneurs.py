"""Lever 15, the Clinical Entrepreneur Programme: clinicians are chosen, stay or come back, and found companies."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, NamedTuple

import numpy as np
from pydantic import Field

from diffusion.arrays import Bools, Floats, Ints, Shorts, locked
from diffusion.engine.calendar import Month
from diffusion.engine.choice import largest, race, smallest, true_at
from diffusion.engine.parameters import Grade, param
from diffusion.engine.state import NEVER
from diffusion.engine.term_values import Pairs
from diffusion.levers.base import Lever, ScheduleRow
from diffusion.levers.outlook import Demand, none_of
from diffusion.levers.registry import register
from diffusion.mechanisms.supply.so_far import APPLIED, INDUSTRY_PARTNERS, MENTORED_BY_AHSN, MENTORED_BY_INDUSTRY

if TYPE_CHECKING:
    from diffusion.engine.draws import Draws
    from diffusion.engine.terms import Terms
    from diffusion.levers.outlook import Outlook, Unfelt
    from diffusion.month.view import View
    from diffusion.world.tables import World

_APPLY, _MENTOR = 1, 10_001
#: months from appointment to when mentors act: the programme itself is over
_MENTORED_AFTER = 12
_NOBODY = np.zeros(0, dtype=np.int64)


class AhsnPush(NamedTuple):
    """What AHSNs do for the innovations of those they mentor: the same array as last month while it holds."""

    where: Pairs  # replicates, AHSNs and innovations
    level: float
    push: Floats  # [R, A, K], locked


@dataclass(eq=False)
class EntrepreneurState:
    """Who mentors whom, and what follows from it until somebody is appointed or a year is over."""

    mentor: Ints  # [R, E], industry partner (from 0) or AHSN (after them), -1 before appointment
    mentored: Bools  # [R, E], whose programme is over and who have a mentor
    seen: Shorts | None = None  # [R, E], months of appointment as last seen, and two that follow from them:
    dates: set[int] = field(default_factory=set)  # months in which anyone was appointed
    members: tuple[np.ndarray, ...] = (_NOBODY, _NOBODY)  # replicates and people in a programme, int64[M] each
    level: float | None = None  # the level for which ``mentored`` and ``deals`` were noted
    deals: Floats | None = None  # [R, E], locked: factor of industry mentors on deals; None where there are none
    ahsn_push: AhsnPush | None = None
    told: np.ndarray | None = None  # int64[3, R], mentors told so far: of industry, of AHSNs, industry partners


@register
class ClinicalEntrepreneurs(Lever):
    """Cohorts of clinicians in out-of-programme or less-than-full-time training.

    Of those never appointed some apply, the able and those who have left more often; the ablest applicants are
    appointed. In the programme they leave the NHS less, those outside return, a year later they may found a company,
    and mentors stay with them: an industry partner helps to raise money, an AHSN makes what they launch known to its
    members. Their clinical time is missing at their trusts. Agents override ``application_weight``.
    """

    name: ClassVar[str] = "clinical-entrepreneurs"
    number: ClassVar[int] = 15
    title: ClassVar[str] = "Clinical Entrepreneur Programme"
    acts_on: ClassVar[str] = "appointments: retention, return, founding, deals; takes some change time from trusts"
    equation: ClassVar[str] = (
        "apply: race of weight exp(ability) (3 if outside the NHS); appointed: the ablest; "
        "C_i less .02 WTE for each of its entrepreneurs in the programme; from 12 months after appointment: deals of "
        "founders with an industry mentor * 1.5, X^A + .5 at an AHSN's members for what those it mentors launch, for "
        "12 months"
    )
    grade: ClassVar[Grade] = "C"
    source: ClassVar[str] = "more than 300 applied, 100 appointed by Sep 2016; about half had left the NHS"
    historic_start: ClassVar[str] = "2016-09"
    reads_trusts: ClassVar[bool] = False
    reads_innovations: ClassVar[bool] = False
    costs: ClassVar[tuple[str, ...]] = ("wte_gbp_per_year", "training_gbp_per_place")
    writes: ClassVar[tuple[str, ...]] = (
        "appointments",
        "programme_open",
        "clinical_time",
        "mentoring",
        "awareness_push",
    )

    applicants: int = param(
        300, "applicants a cohort", unit="people", low=150, high=600, ge=0, grade="B", source="NHS England, Sep 2016"
    )
    places: int = param(
        100, "appointed a cohort", unit="people", low=50, high=200, ge=0, grade="B", source="NHS England, Sep 2016"
    )
    applies_if_outside: float = param(
        3.0, "those outside the NHS apply so many times as often", unit="1", low=1, high=6, ge=0
    )
    months_between: int = param(12, "months between cohorts", unit="months", low=6, high=24, ge=1)
    other_professions_from: Month = Field(
        Month("2018-09"), description="cohort from which nurses, midwives, AHPs, pharmacists and scientists may apply"
    )
    clinical_wte: float = param(
        0.4, "clinical time of an entrepreneur spent on the programme", unit="WTE", low=0.1, high=1, ge=0
    )
    change_share: float = param(
        0.05, "share of that which would have been change time", unit="1", low=0, high=0.2, ge=0
    )
    wte_gbp_per_year: float = param(60_000.0, "cost of a WTE", unit="GBP/year", low=45_000, high=80_000, gt=0)
    training_gbp_per_place: float = param(
        10_000.0,
        "events, mentors' expenses and teaching, a place and year",
        unit="GBP/year",
        low=3_000,
        high=30_000,
        ge=0,
    )
    industry_mentors: int = param(
        30, "industry partners that offer mentors", unit="organisations", low=10, high=100, ge=0
    )

    mentor_deals: float = param(
        1.5,
        "factor on deals of a founder with an industry mentor, after the programme",
        unit="1",
        low=1,
        high=2.5,
        ge=0,
        source="assumption: below the 2.5 of the programme itself",
    )
    mentor_push: float = param(
        0.5,
        "added to the awareness push at an AHSN's members for what a founder it mentors launches",
        unit="1",
        low=0,
        high=2,
        ge=0,
        source="assumption: as AHSN support at its reference spend",
    )
    mentor_push_months: int = param(
        12, "months from its launch for which an AHSN makes it known", unit="months", low=6, high=24, ge=1
    )

    def idle(self, look: Outlook) -> str | None:
        supply = look.parameters.supply
        if not look.followed:
            return "no people are followed: set parameters.supply.followed to true"
        return None if supply.doctors + supply.other_professions > 0 else "there are no people to appoint"

    def unfelt(self, look: Outlook) -> Unfelt:
        last, mentors = look.last(self), ("industry_mentors", "mentor_deals", "mentor_push", "mentor_push_months")
        cohorts = [month for month in look.months(self) if self.cohort_months(month)]
        everything = (
            "applicants",
            "applies_if_outside",
            "other_professions_from",
            "clinical_wte",
            "change_share",
            "wte_gbp_per_year",
            "training_gbp_per_place",
            *mentors,
        )
        if not cohorts:
            yield from none_of(("places", *everything), "no cohort is appointed in the run")
        elif self.places == 0 or self.applicants == 0:
            yield from none_of(tuple(name for name in everything if name != "applicants"), "nobody is appointed")
        elif cohorts[0] + _MENTORED_AFTER >= last:
            yield from none_of(mentors, f"mentors act {_MENTORED_AFTER} months after appointment, when the run is over")
        elif self.clinical_wte == 0:
            yield from none_of(("change_share", "wte_gbp_per_year"), "the programme takes no time (clinical_wte is 0)")
        elif look.parameters.capacity.unlimited:
            yield "change_share", "change time is unlimited"
        if self.mentor_push == 0:
            yield "mentor_push_months", "AHSNs add nothing to awareness (mentor_push is 0)"

    def demands(self, look: Outlook) -> Iterator[Demand]:
        supply = look.parameters.supply
        left = supply.doctors + supply.other_professions
        appointed = min(self.places, self.applicants)
        for month in [month for month in look.months(self) if self.cohort_months(month)]:
            able = left if month >= self.other_professions_from else left - supply.other_professions
            if appointed > able:
                yield Demand("places", appointed, max(0, able), "people who were not appointed before", str(month))
                return
            left -= appointed

    def mentor(self, number: int, world: World) -> tuple[str, str]:
        """Return (code, kind) of mentor ``number``: an industry partner by its number, or an AHSN."""
        if number < self.industry_mentors:
            return f"industry-{number + 1}", "industry"
        return (world.ahsns.codes[number - self.industry_mentors], "AHSN") if world.n_ahsns else ("none", "none")

    def cohort_months(self, month: Month) -> bool:
        """Whether a cohort is appointed in ``month``."""
        return self.start is not None and month >= self.start and (month - self.start) % self.months_between == 0

    def schedule(self) -> list[ScheduleRow]:
        return [ScheduleRow(self.start, self.end, f"a cohort of {self.places} every {self.months_between} months")]

    def setup(self, see: View, draws: Draws) -> EntrepreneurState:
        shape = see.people.person_status.shape
        return EntrepreneurState(mentor=np.full(shape, -1, dtype=np.int32), mentored=np.zeros(shape, dtype=bool))

    def write(self, month: Month, see: View, terms: Terms, own: EntrepreneurState, draws: Draws) -> None:
        people, level = see.people, self.level(month)
        shape = people.person_status.shape
        if shape[1] and self.cohort_months(month):
            applies, chosen = self._appoint(month, see, level, draws)
            terms.tell(APPLIED, applies.sum(axis=1))
            terms.appoint(chosen)
            partners = max(1, self.industry_mentors + see.world.n_ahsns)
            mentor = np.floor(self._uniform(draws, _MENTOR + int(month), shape) * partners).astype(np.int32)
            own.mentor = np.where(chosen, mentor, own.mentor)
        terms.programme_open.max(1.0)
        fresh = self._note_members(see, own)
        if fresh:
            self._tell_mentors(see, terms, own)
        r, e = own.members
        inside = (people.programme_left[r, e] > 0) & (people.person_status[r, e] == 0)
        r, e = r[inside], e[inside]
        n_trusts = see.world.n_trusts
        at_home = np.bincount(r * n_trusts + people.home[r, e], minlength=shape[0] * n_trusts)
        lost = self.clinical_wte * at_home.reshape(shape[0], n_trusts, 1)
        if len(r):
            terms.clinical_time.add(level * self.change_share * lost)
        number = np.bincount(r, minlength=shape[0])
        terms.pay(
            "entrepreneur_time",
            number * self.clinical_wte * self.wte_gbp_per_year / 12.0,
            by_trust=lost[:, :, 0] * self.wte_gbp_per_year / 12.0,
        )
        terms.pay("entrepreneur_training", number * self.training_gbp_per_place / 12.0)
        if fresh or own.level != level or see.month - _MENTORED_AFTER in own.dates:
            own.level = level
            self._note_mentored(level, see, own)
        self._mentor(level, see, terms, own)

    @staticmethod
    def _note_members(see: View, own: EntrepreneurState) -> bool:
        """Note who is in a programme and when people were appointed, if anyone was since; return whether."""
        appointed = see.people.appointed
        if own.seen is not None and np.array_equal(appointed, own.seen):
            return False
        own.seen, own.dates = appointed.copy(), set(np.unique(appointed).tolist())
        own.members = true_at(see.people.programme_left > 0)
        return True

    def _tell_mentors(self, see: View, terms: Terms, own: EntrepreneurState) -> None:
        """Tell how many have a mentor by now, and how many industry partners take part, once appointments are known."""
        matched = (see.people.appointed != NEVER) & (own.mentor >= 0)
        industry = matched & (own.mentor < self.industry_mentors)
        ahsns = matched & ~industry & (own.mentor < self.industry_mentors + see.world.n_ahsns)
        partners = [len(np.unique(own.mentor[r, industry[r]])) for r in range(len(matched))]
        now = np.stack([industry.sum(axis=1), ahsns.sum(axis=1), np.array(partners, dtype=np.int64)])
        before = np.zeros_like(now) if own.told is None else own.told
        for place, added in zip((MENTORED_BY_INDUSTRY, MENTORED_BY_AHSN, INDUSTRY_PARTNERS), now - before):
            terms.tell(place, added)
        own.told = now

    def _note_mentored(self, level: float, see: View, own: EntrepreneurState) -> None:
        """Note whose programme is over, and what industry partners do for them from now on."""
        appointed = see.people.appointed
        months = see.month - appointed.astype(np.int64)
        own.mentored = mentored = (appointed != NEVER) & (months >= _MENTORED_AFTER) & (own.mentor >= 0)
        industry = mentored & (own.mentor < self.industry_mentors)
        factor = max(0.0, 1.0 + level * (self.mentor_deals - 1.0))
        own.deals = locked(np.where(industry, factor, 1.0)) if industry.any() else None

    def _mentor(self, level: float, see: View, terms: Terms, own: EntrepreneurState) -> None:
        """Write what mentors do for founders once the programme is over."""
        companies = see.companies
        if own.deals is not None:
            terms.mentor(own.deals)
        age = see.month - see.live_month  # months for which an innovation has been live
        r, k = true_at((companies.founder >= 0) & (age >= 0) & (age < self.mentor_push_months))
        founder = companies.founder[r, k]
        ahsn = own.mentor[r, founder] - self.industry_mentors
        known = own.mentored[r, founder] & (ahsn >= 0) & (ahsn < see.world.n_ahsns)
        if known.any():
            where, before = (r[known], ahsn[known], k[known]), own.ahsn_push
            if before is None or before.level != level or not all(map(np.array_equal, where, before.where)):
                push = np.zeros((see.n_replicates, see.world.n_ahsns, see.world.n_innovations))
                push[where] = level * self.mentor_push
                own.ahsn_push = before = AhsnPush(where, level, locked(push))
            # the same locked array as last month: terms are not combined anew
            terms.awareness_push.add(before.push, by_ahsn=True)

    def _appoint(self, month: Month, see: View, level: float, draws: Draws) -> tuple[Bools, Bools]:
        """Return bool[R, E] each: who applies, and who is appointed; selection by ability among those who apply."""
        people = see.people
        free = people.appointed == NEVER
        if month < self.other_professions_from:
            free &= people.profession == 0
        weight = np.exp(people.ability) * np.where(people.person_status > 0, self.applies_if_outside, 1.0)
        weight = see.decide("application_weight", np.where(free, weight, 0.0))
        with np.errstate(divide="ignore"):  # no weight: never arrives
            times = race(self._uniform(draws, _APPLY + int(month), free.shape), weight)
        applies = smallest(np.where(free, times, np.inf), self.applicants)
        return applies, largest(np.where(applies, people.ability, -np.inf), round(level * self.places))

    @staticmethod
    def _uniform(draws: Draws, process: int, shape: tuple[int, ...]) -> np.ndarray:
        return draws.for_people(shape[1]).uniform(process)[:, :, 0]
