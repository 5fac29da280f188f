"""Lever 10, the NHS Innovation Accelerator: fellows take their innovation to sites, with a mentor and money."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from pydantic import Field

from diffusion.arrays import Longs, locked
from diffusion.engine.calendar import Month, moved
from diffusion.engine.choice import largest
from diffusion.engine.draws import mixed
from diffusion.engine.ledger import PENCE
from diffusion.engine.parameters import Grade, param
from diffusion.engine.term_values import Pairs
from diffusion.levers.base import Lever, ScheduleRow
from diffusion.levers.fellows import NO_FELLOW, FellowState, draw_homes, draw_mentors, join_fellows, put_in_order
from diffusion.levers.outlook import Demand, none_of, waves_missed
from diffusion.levers.registry import register
from diffusion.mechanisms.supply.so_far import RAISED_BY_FELLOWS
from diffusion.world.keys import stable_key
from diffusion.world.slots import is_born

if TYPE_CHECKING:
    from diffusion.engine.draws import Draws
    from diffusion.engine.terms import Terms
    from diffusion.levers.outlook import Outlook, Unfelt
    from diffusion.month.view import View
    from diffusion.world.tables import World

_DEAL, _AMOUNT = range(4, 6)
#: added to the push of T1 and to the champion stock where a fellow is on site: certain within the month
_CERTAIN = 1_000.0
#: months in which the first half of the sites is reached
_FIRST_MONTHS = 3
#: the cohort that is none: the first wave only gives the further ones their dates
NO_COHORT = "none"


@register
class Accelerator(Lever):
    """Fellows of a wave work for ``fellowship_months``, each for one innovation.

    A reached site becomes aware, also where it had rejected or abandoned the innovation, starts evaluations more
    readily and works on them in half the time, has a champion, in an evaluation under way as well, and looks to the
    mentor's trust and all of the fellow's sites for this innovation alone. Fellows learn from each other and raise
    money.
    """

    name: ClassVar[str] = "accelerator"
    number: ClassVar[int] = 10
    title: ClassVar[str] = "NHS Innovation Accelerator"
    acts_on: ClassVar[str] = (
        "fellows reach sites: awareness, triage push, evaluation time, champions, ties, money raised"
    )
    equation: ClassVar[str] = (
        "reached sites: aware (again), X^E + 2, D_E * .5, champion with + .7 in T3, T4a, T7; "
        "x += omega * mean activity of mentor's trust (counted 1.5 times) and sites; all trusts: D_E * .9; "
        "deals: .125 a fellow-month, lognormal"
    )
    grade: ClassVar[Grade] = "B"
    source: ClassVar[str] = "17 fellows; 68 organisations after 9 months, GBP 8m raised (NHS England, Apr 2016)"
    historic_start: ClassVar[str] = "2015-07"
    costs: ClassVar[tuple[str, ...]] = ("bursary_gbp_per_fellow", "support_gbp_per_fellow")
    writes: ClassVar[tuple[str, ...]] = (
        "awareness_push",
        "reconsideration",
        "triage_push",
        "evaluation_time",
        "champion",
        "champion_stock",
        "champion_effect",
        "exposure",
        "company_cash",
    )

    cohort: str = Field(
        "nia-2015",
        description="cohort of the portfolio that the first wave's fellows stand for; none: that wave has no fellows",
    )
    later_waves: tuple[Month, ...] = Field(
        (Month("2016-10"),), description="first months of further waves, counted from a first wave in July 2015"
    )
    later_wave_size: int = param(8, "fellows of each further wave", unit="fellows", low=4, high=20, ge=0)
    new_share: float = param(
        1.0,
        "share of the fellows of further waves who bring an innovation of their own, where people are followed",
        unit="share",
        low=0,
        high=1,
        ge=0,
        le=1,
    )
    fellowship_months: int = param(12, "length of a fellowship", unit="months", low=6, high=36, ge=1)
    sites_per_year: float = param(
        12.0,
        "sites that a fellow reaches in a year, half of them in the first three months",
        unit="sites/year",
        low=4,
        high=24,
        ge=0,
    )
    triage_push: float = param(2.0, "added to the triage push at reached sites", unit="1", low=0.5, high=4, ge=0)
    evaluation_time: float = param(
        0.5, "factor on the evaluation time at reached sites", unit="1", low=0.3, high=1, gt=0, le=1
    )
    champion_effect: float = param(
        0.7,
        "log-hazard (T4a, T7) and log-odds (T3) of a fellow's champion",
        unit="1",
        low=0,
        high=1.2,
        grade="B",
        source="champions and opinion leaders: +9 to +11 pp on a 50 % base (Cochrane CD000125)",
    )
    tie_weight: float = param(
        0.05,
        "weight of the fellow's ties in exposure, on top of all layers",
        unit="1",
        low=0,
        high=0.3,
        ge=0,
        symbol="omega_f",
        grade="B",
        source="as clinical networks",
    )
    mentor_credibility: float = param(1.5, "the mentor's trust counts so many times", unit="1", low=1, high=3, ge=0)
    near_weight: float = param(
        3.0, "trusts in the AHSN of fellow or mentor are chosen so many times as often", unit="1", low=1, high=6, ge=0
    )
    peer_learning: float = param(
        0.9,
        "factor on the evaluation time of all fellows' innovations everywhere",
        unit="1",
        low=0.7,
        high=1,
        gt=0,
        le=1,
    )
    deals_per_month: float = param(0.125, "deals a fellow-month", unit="1/month", low=0.05, high=0.3, ge=0)
    deal_mean_gbp: float = param(420_000.0, "mean of a deal", unit="GBP", low=1e5, high=1e6, ge=0)
    deal_sigma: float = param(1.0, "log standard deviation of a deal", unit="1", low=0.5, high=1.5, ge=0)
    bursary_gbp_per_fellow: float = param(
        58_824.0,
        "bursary of a fellow, spread over the fellowship",
        unit="GBP",
        low=3e4,
        high=1e5,
        ge=0,
        grade="B",
        source="GBP 1m for 17 fellows",
    )
    support_gbp_per_fellow: float = param(
        60_000.0,
        "core team, learning events, mentors and AHSN support of a fellow, whoever pays, spread over the fellowship",
        unit="GBP",
        low=0,
        high=150_000,
        ge=0,
        source="assumed; NHS England, UCLPartners, the Health Foundation and AHSNs shared the cost (IES 2018), "
        "no amount is known",
    )

    def wave_starts(self) -> tuple[Month, ...]:
        """First months of the waves; further waves keep their distance from the first."""
        first = self.start if self.start is not None else Month(self.historic_start)
        return (first, *moved(self.later_waves, Month(self.historic_start), first))

    def idle(self, look: Outlook) -> str | None:
        under_way = self._under_way(look)
        if not under_way:
            return "no wave is under way in the run"
        table, listed = look.world.innovations, self.targets.innovation_mask(look.world)
        why = ""
        for number, first in under_way:
            if number == 0 and (listed & np.array([cohort == self.cohort for cohort in table.cohort])).any():
                return None
            if number and self.later_wave_size and (listed & look.live(first + 1)).any():
                return None
            if number and self._n_new(look.followed):
                return None
            why = why or ("" if number else f"none of the innovations it targets is of the cohort '{self.cohort}'")
        return why or "no fellow is appointed in the run"

    def _under_way(self, look: Outlook) -> list[tuple[int, Month]]:
        """Number and first month of the waves of which a month is in the run."""
        waves = enumerate(self.wave_starts())
        begin, end = look.first(self), look.last(self)
        return [(n, first) for n, first in waves if first < end and first + self.fellowship_months > begin]

    def remarks(self, look: Outlook) -> Iterator[str]:
        yield from super().remarks(look)
        cohorts = sorted(set(look.world.innovations.cohort) - {""})
        if self.cohort not in (*cohorts, NO_COHORT) and 0 in [number for number, _ in self._under_way(look)]:
            known = ", ".join(cohorts) or "none"
            yield f"no innovation is of the cohort '{self.cohort}': the first wave has no fellows (cohorts: {known})"
        yield from waves_missed(self.wave_starts(), self.fellowship_months, look.first(self), look.last(self))

    def demands(self, look: Outlook) -> Iterator[Demand]:
        table, listed = look.world.innovations, self.targets.innovation_mask(look.world)
        cohort = np.array([cohort == self.cohort for cohort in table.cohort])
        taken = 0
        for number, first in self._under_way(look):
            if number == 0:
                listed = listed & ~cohort
                continue
            new = self._n_new(look.followed)
            born = is_born(table)
            most = max(0, int((listed & look.live(first + 1) & ~born).sum()) - taken)
            what = "innovations on the market without a fellow"
            yield Demand("later_wave_size", self.later_wave_size - new, most, what, str(first))
            taken += min(most, self.later_wave_size - new)
            room = look.parameters.supply.spin_out_slots
            yield Demand("new_share", new, room, "places for new innovations (supply.spin_out_slots)", str(first))

    def unfelt(self, look: Outlook) -> Unfelt:
        numbers = [number for number, _ in self._under_way(look)]
        if 0 not in numbers:
            yield "cohort", "the first wave is over before the run, or begins after it"
        if not any(numbers):
            yield from none_of(("later_wave_size", "new_share"), "no further wave is under way in the run")
        elif not look.followed:
            yield "new_share", "no new innovations are followed: stack +people-and-companies"
            table, last = look.world.innovations, self._under_way(look)[-1][1]
            free = self.targets.innovation_mask(look.world) & look.live(last + 1)
            if 0 in numbers:
                free &= np.array([cohort != self.cohort for cohort in table.cohort])
            if self.later_wave_size >= int(free.sum()):
                yield "later_wave_size", "there are no more innovations than that: each gets a fellow"
        ties = ("tie_weight", "mentor_credibility", "near_weight")
        reached = ("triage_push", "evaluation_time", "champion_effect", *ties)
        pairs = look.world.eligible & self.targets.trust_mask(look.world)[:, None]
        if self.sites_per_year == 0 or not pairs.any():
            yield from none_of(reached, "fellows reach no sites")
        elif self.tie_weight == 0:
            yield "mentor_credibility", "fellows bring no ties (tie_weight is 0)"
        if self.deals_per_month == 0:
            yield from none_of(("deal_mean_gbp", "deal_sigma"), "fellows raise no money (deals_per_month is 0)")

    def schedule(self) -> list[ScheduleRow]:
        waves = self.wave_starts()
        sizes = ["one for each innovation of the cohort", *[f"{self.later_wave_size} fellows"] * (len(waves) - 1)]
        return [
            ScheduleRow(first, first + self.fellowship_months, f"wave {number}: {size}")
            for number, (first, size) in enumerate(zip(waves, sizes), start=1)
        ]

    def changes(self, month: Month, see: View, own: FellowState) -> bool:
        # one month more: what only fellows at work bring has to go
        return any(first <= month <= first + self.fellowship_months for first in self.wave_starts())

    def setup(self, see: View, draws: Draws) -> FellowState:
        """Draw home AHSN and mentor's trust of every innovation's fellow."""
        world = see.world
        shape = (see.n_replicates, world.n_innovations)
        home = draw_homes(see, draws)
        return FellowState(
            home=home,
            mentor=draw_mentors(see, draws, home),
            since=np.full(shape, NO_FELLOW, dtype=np.int64),
            able=world.eligible & self.targets.trust_mask(world)[:, None],
            order=np.zeros((*shape, 0), dtype=np.int64),
            quota=np.zeros(shape, dtype=np.int64),
            reached=np.zeros((see.n_replicates, world.n_trusts, world.n_innovations), dtype=bool),
        )

    def trusts_joined(self, own: FellowState, world: World, step: Longs) -> None:
        join_fellows(own, world.eligible & self.targets.trust_mask(world)[:, None], step)

    def write(self, month: Month, see: View, terms: Terms, own: FellowState, draws: Draws) -> None:
        if own.expected:
            self._welcome(see, own, draws)
        for number, first in enumerate(self.wave_starts()):
            # a run that begins within a wave has its fellows from then on
            if own.wave < number and first <= month < first + self.fellowship_months:
                self._begin(number, first, see, terms, own, draws)
        age = int(month) - own.since  # months gone of each fellowship
        active = (age >= 0) & (age < self.fellowship_months)
        level = self.level(month)
        if active.any():
            fellows = np.flatnonzero(active.any(axis=0))
            new = self._reach(fellows, age, active, level, see, own)
            self._support(new, active, level, see, terms, own)
            self._raise(month, active, level, see, terms, own, draws)
            # strength is that of the programme: cost goes with it as reach, support and deals do
            fellow_months = level * active.sum(axis=1) / self.fellowship_months
            terms.pay("accelerator_bursary", fellow_months * self.bursary_gbp_per_fellow)
            terms.pay("programme", fellow_months * self.support_gbp_per_fellow)
        if own.effect is None or own.effect.shape != own.sites[0].shape or own.level != level:
            own.level = level
            own.effect = locked(np.full(len(own.sites[0]), level * self.champion_effect))
        terms.champion_effect.add(own.effect, pairs=own.sites)

    def _n_new(self, see_followed: bool) -> int:
        """How many fellows of a later wave bring an innovation of their own."""
        return round(self.new_share * self.later_wave_size) if see_followed else 0

    def _begin(self, number: int, first: Month, see: View, terms: Terms, own: FellowState, draws: Draws) -> None:
        """Appoint the fellows of a wave; new innovations are launched, and have their fellow from next month on."""
        world = see.world
        listed = self.targets.innovation_mask(world)
        if number == 0:
            cohort = np.array([c == self.cohort for c in world.innovations.cohort], dtype=bool)
            chosen = np.broadcast_to(cohort & listed, own.since.shape)
        else:
            new = self._n_new(see.parameters.supply.followed)
            free = see.live(first) & listed & (own.since == NO_FELLOW)
            chosen = largest(np.where(free, see.national_utility(), -np.inf), self.later_wave_size - new)
            for fellow in range(new):
                key = stable_key(f"accelerator/{number}/{fellow}")
                terms.launch(np.arange(see.n_replicates), np.full(see.n_replicates, key, dtype=np.uint64))
                own.expected[mixed(int(key) + 1)] = number, int(first)
        own.wave = number
        own.since[chosen] = int(first)
        fellows = np.flatnonzero(chosen.any(axis=0))
        slots = np.broadcast_to(fellows, (see.n_replicates, len(fellows)))
        put_in_order(self, number, slots, chosen[:, fellows], see, own, draws.of_innovations(fellows))

    def _welcome(self, see: View, own: FellowState, draws: Draws) -> None:
        """Give what was launched for a fellow its fellow; where there was no room for it there is none."""
        for number in sorted({wave for wave, _ in own.expected.values()}):
            keys = [key for key, (wave, _) in own.expected.items() if wave == number]
            since = own.expected[keys[0]][1]
            found = see.innovation_keys[:, None, :] == np.array(keys, dtype=np.uint64)[None, :, None]
            there, slots = found.any(axis=2), found.argmax(axis=2)
            own_draws = draws.of_keys(np.array(keys, dtype=np.uint64))
            r, f = np.nonzero(there)
            own.home[r, slots[r, f]] = draw_homes(see, own_draws)[r, f]
            own.mentor[r, slots[r, f]] = draw_mentors(see, own_draws, draw_homes(see, own_draws))[r, f]
            own.since[r, slots[r, f]] = since
            put_in_order(self, number, slots, there, see, own, own_draws)
        own.expected.clear()

    def _reach(
        self, fellows: np.ndarray, age: np.ndarray, active: np.ndarray, level: float, see: View, own: FellowState
    ) -> Pairs:
        """Return the pairs reached this month, and note them. Agents override ``choose_sites``."""
        gone = age[:, fellows] + 1.0
        first, rest = 0.5 * gone / _FIRST_MONTHS, 0.5 + 0.5 * (gone - _FIRST_MONTHS) / (12 - _FIRST_MONTHS)
        share = np.select([gone <= _FIRST_MONTHS, gone <= 12], [first, rest], gone / 12.0)
        due = np.where(active[:, fellows], np.rint(level * self.sites_per_year * share), 0)
        n_reached = np.bincount(own.sites[0] * active.shape[1] + own.sites[2], minlength=active.size)
        quota = np.maximum(0, due - n_reached.reshape(active.shape)[:, fellows]).astype(np.int64)
        own.quota = np.zeros(active.shape, dtype=np.int64)
        own.quota[:, fellows] = quota
        # the first in order that have not been reached
        r, f = np.nonzero(quota)
        k = fellows[f]
        order = own.order[r, k]
        left = (order >= 0) & ~own.reached[r[:, None], order, k[:, None]]
        row, place = np.nonzero(left & (left.cumsum(axis=1) <= quota[r, f, None]))
        pairs = see.choose("choose_sites", (r[row], order[row, place], k[row]), own)
        own.reached[pairs] = True
        if len(pairs[0]):
            r, i, k = (np.concatenate(both) for both in zip(own.sites, pairs))
            own.sites = r, i, k
        return pairs

    def _support(self, new: Pairs, active: np.ndarray, level: float, see: View, terms: Terms, own: FellowState) -> None:
        """Write what reached sites have while their fellow is at work."""
        r, i, k = own.sites
        at_work = active[r, k]
        here = r[at_work], i[at_work], k[at_work]
        terms.awareness_push.add(_CERTAIN, pairs=new)
        terms.reconsideration.add(_CERTAIN, pairs=new)
        terms.champion.max(1.0, pairs=new)
        terms.triage_push.add(level * self.triage_push, pairs=here)
        terms.champion_stock.add(_CERTAIN, pairs=here)
        terms.evaluation_time.mul(1.0 - min(1.0, level) * (1.0 - self.evaluation_time), pairs=here)
        learning = max(0.05, 1.0 - level * (1.0 - self.peer_learning))
        terms.evaluation_time.mul(np.where(active, learning, 1.0)[:, None, :])
        sites = np.zeros((2, *active.shape))  # activity of the sites reached, and their number
        np.add.at(sites[0], here[::2], see.activity_at(*here))
        np.add.at(sites[1], here[::2], 1.0)
        innovations = np.arange(active.shape[1])
        mentors = see.activity_at(np.arange(len(active))[:, None], own.mentor, innovations)
        known = sites[1] + self.mentor_credibility  # none where nobody is reached, and the mentor does not count
        mean = (sites[0] + self.mentor_credibility * mentors) / np.where(known > 0, known, 1.0)
        terms.exposure.add(level * self.tie_weight * mean[here[::2]], pairs=here)

    def _raise(
        self, month: Month, active: np.ndarray, level: float, see: View, terms: Terms, own: FellowState, draws: Draws
    ) -> None:
        """Money raised by fellows: at most one deal a month each, with the mean of the Poisson number.

        Agents override ``raise_funds``.
        """
        chance = see.decide("raise_funds", np.full(active.shape, level * self.deals_per_month), own)
        deal = draws.uniform(_DEAL, int(month), by="innovation")[:, 0, :] < chance
        size = draws.normal(_AMOUNT, int(month), by="innovation")[:, 0, :]
        median = self.deal_mean_gbp * np.exp(-0.5 * self.deal_sigma**2)
        gbp = np.where(deal & active, median * np.exp(self.deal_sigma * size), 0.0)
        terms.company_cash.add(gbp[:, None, :])
        terms.pay("investment", gbp.sum(axis=1))
        terms.tell(RAISED_BY_FELLOWS, np.rint(gbp.sum(axis=1) * PENCE))
