"""Lever 9, NHS Test Beds: pilots placed in chosen trusts, with the load paid for and evidence that counts more."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, NamedTuple

import numpy as np
from pydantic import Field

from diffusion.arrays import Bools, Floats, Longs, locked
from diffusion.engine.calendar import Month, moved
from diffusion.engine.choice import largest, true_at
from diffusion.engine.ledger import PENCE
from diffusion.engine.parameters import Grade, param
from diffusion.engine.stages import PILOT, ROLLOUT, SUSTAINED, USING_STAGES
from diffusion.engine.term_values import Pairs
from diffusion.levers.base import Lever, ScheduleRow
from diffusion.levers.memory import joined_pairs, joined_rows
from diffusion.levers.outlook import none_of, waves_missed
from diffusion.levers.registry import register

if TYPE_CHECKING:
    from diffusion.engine.draws import Draws
    from diffusion.engine.terms import Terms
    from diffusion.levers.outlook import Outlook, Unfelt
    from diffusion.month.view import View
    from diffusion.world.tables import World

_SITES = 1


class Written(NamedTuple):
    """What placed pairs are given at a level, [P] each and locked: the same arrays as last month cost nothing."""

    level: float
    pilot: Floats
    paid_load: Floats
    priority: Floats
    evidence: Floats


@dataclass(eq=False)
class Wave:
    """A wave of S sites in all replicates, with P pairs placed."""

    number: int  # from 0
    placed_month: Month  # its first month, or that of the run if the wave began before it
    sites: Bools  # [R, N]
    rows: tuple[np.ndarray, ...]  # replicates and trusts of the sites, int64[S] each
    bundle: Bools  # [R, K]
    placed: Pairs
    upfront_gbp: Floats  # [R], upfront cost of the pairs placed
    together: Bools  # [S, K], innovations of the bundle in use beside another one of it, when terms were last written
    written: Written | None = None


@dataclass(eq=False)
class TestBedState:
    """The wave under way, or the last one."""

    __test__: ClassVar[bool] = False  # not a test class

    wave: Wave | None = None


@register
class TestBeds(Lever):
    """Waves of sites; in the first month of a wave a bundle of innovations is placed in every site as pilots.

    Sites are the largest (with noise) among centres of excellence and AHSN hosts, at most one per AHSN. The bundle
    holds the live innovations of highest national utility when the wave begins.
    """

    __test__: ClassVar[bool] = False  # not a test class

    name: ClassVar[str] = "test-beds"
    number: ClassVar[int] = 9
    title: ClassVar[str] = "NHS Test Beds"
    acts_on: ClassVar[str] = "pilots placed in chosen trusts with load paid for; evidence"
    equation: ClassVar[str] = (
        "month 1 of a wave: eligible pairs of site and bundle not yet in PILOT go to PILOT; load .30 paid; "
        "evidence gT instead of gP; U + combination_utility where two of the bundle are in use"
    )
    grade: ClassVar[Grade] = "C"
    source: ClassVar[str] = "wave 1: announced January 2016, 7 sites, 24 months; wave 2: October 2018, 7 sites, GBP 7m"
    historic_start: ClassVar[str] = "2016-05"
    costs: ClassVar[tuple[str, ...]] = ("site_cost_gbp_per_year",)
    writes: ClassVar[tuple[str, ...]] = (
        "placement",
        "programme_pilot",
        "paid_load",
        "priority",
        "pilot_evidence",
        "utility",
    )

    waves: tuple[Month, ...] = Field(
        (Month("2016-05"), Month("2018-10")),
        description="first months of the waves; moved together so that the first falls on `start`",
    )
    wave_months: int = param(24, "length of a wave", unit="months", low=6, high=48, ge=1)
    sites_per_wave: int = param(7, "trusts per wave", unit="trusts", low=3, high=15, ge=0)
    bundle_size: int = param(8, "innovations placed in each site", unit="innovations", low=2, high=15, ge=0)
    site_cost_gbp_per_year: float = param(
        500_000.0, "cost of a site", unit="GBP/year", low=200_000, high=2_000_000, ge=0
    )
    evidence_per_pilot_month: float = param(
        0.06,
        "evidence from a test-bed pilot, in place of an ordinary pilot's",
        unit="information/month",
        low=0.02,
        high=0.12,
        ge=0,
        symbol="gT",
    )
    combination_utility: float = param(
        0.1, "utility added where a trust uses two innovations of one bundle", unit="benefit", low=0, high=0.3, ge=0
    )
    site_noise_sigma: float = param(0.5, "log standard deviation of the choice of sites", unit="1", low=0, high=1, ge=0)

    def wave_starts(self) -> tuple[Month, ...]:
        """First months of the waves, with the first on ``start``."""
        first = self.start if self.start is not None else self.waves[0]
        return moved(self.waves, self.waves[0], first)

    def _wave(self, month: Month) -> int | None:
        """Number of the wave under way (the latest, where waves overlap), or None."""
        for number, first in reversed(list(enumerate(self.wave_starts()))):
            if first <= month < first + self.wave_months:
                return number
        return None

    def idle(self, look: Outlook) -> str | None:
        months = look.months(self)
        if not any(self._wave(month) is not None for month in months):
            return "no wave is under way in the run"
        if self.sites_per_wave == 0:
            return "has no sites"
        if not self.candidates(look.world).any():
            return "no centre of excellence or AHSN host is among the trusts it targets"
        if self.site_cost_gbp_per_year == 0 and (self.bundle_size == 0 or not self._placed(look)):
            return look.nobody(self) or "it places nothing and pays nothing"
        return None

    def _placed(self, look: Outlook) -> bool:
        """Whether any pair could be placed."""
        return bool((look.pairs(self) & self.candidates(look.world)[:, None]).any())

    def remarks(self, look: Outlook) -> Iterator[str]:
        if not self._placed(look):
            yield f"{look.nobody(self) or 'it places no pilots'}: only the grant of its sites is felt"
        whole = look.world.whole
        hosts = len(set(whole.trusts.ahsn[self.candidates(whole)].tolist()))
        if hosts < self.sites_per_wave:
            yield f"{hosts} of {self.sites_per_wave} sites can be found: one for each AHSN with a trust that may be one"
        yield from waves_missed(self.wave_starts(), self.wave_months, look.first(self), look.last(self))

    def unfelt(self, look: Outlook) -> Unfelt:
        ordinary = look.parameters.beliefs.evidence_per_pilot_month
        if not look.uses_beliefs:
            yield from none_of(("evidence_per_pilot_month", "combination_utility"), "no evidence is followed here")
        elif self.bundle_size == 0 or not self._placed(look):
            names = ("evidence_per_pilot_month", "combination_utility")
            yield from none_of(names, look.nobody(self) or "it places no pilots")
        elif self.evidence_per_pilot_month * self.strength <= ordinary:
            yield "evidence_per_pilot_month", f"an ordinary pilot brings {ordinary:g} already"
        elif self.bundle_size == 1:
            yield "combination_utility", "a bundle of one innovation combines nothing"

    def candidates(self, world: World) -> Bools:
        """Return bool[N]: trusts that may be sites."""
        if world.cut is not None:
            return np.asarray(world.of_whole(self.candidates(world.whole)))
        able: Bools = (world.trusts.centre_of_excellence | ahsn_hosts(world)) & self.targets.trust_mask(world)
        return able

    def setup(self, see: View, draws: Draws) -> TestBedState:
        return TestBedState()

    def trusts_joined(self, own: TestBedState, world: World, step: Longs) -> None:
        """A trust with a site among its parts is one site."""
        if (wave := own.wave) is None:
            return
        sites = joined_rows(wave.sites, step)
        own.wave = replace(wave, sites=sites, rows=true_at(sites), placed=joined_pairs(wave.placed, step), written=None)

    def changes(self, month: Month, see: View, own: TestBedState) -> bool:
        wave = own.wave
        if wave is not None and month == wave.placed_month + 1:
            return True
        if month in {first + shift for first in self.wave_starts() for shift in (0, self.wave_months)}:
            return True
        if wave is None or self._wave(month) is None:
            return False
        return not np.array_equal(self._together(see, wave.rows, wave.bundle), wave.together)

    def _together(self, see: View, rows: tuple[np.ndarray, ...], bundle: Bools) -> Bools:
        """Return bool[sites of all replicates, K]: innovations of the bundle in use beside another one of it."""
        if self.combination_utility == 0:
            return np.zeros((0, 0), dtype=bool)
        stage = see.stage[rows]
        using: Bools = ((stage == PILOT) | (stage == ROLLOUT) | (stage == SUSTAINED)) & bundle[rows[0]]
        together: Bools = using & (using.sum(axis=1, keepdims=True) >= 2)
        return together

    def schedule(self) -> list[ScheduleRow]:
        return [
            ScheduleRow(first, first + self.wave_months, f"wave {number}: {self.sites_per_wave} sites")
            for number, first in enumerate(self.wave_starts(), start=1)
        ]

    def write(self, month: Month, see: View, terms: Terms, own: TestBedState, draws: Draws) -> None:
        number = self._wave(month)
        if number is None:
            return
        if own.wave is None or own.wave.number != number:
            own.wave = self._begin(number, month, see, draws)
        wave, level = own.wave, self.level(month)
        if month == wave.placed_month:
            terms.placement.max(1.0, pairs=wave.placed)
        if wave.written is None or wave.written.level != level:
            wave.written = self._written(level, len(wave.placed[0]))
        terms.programme_pilot.max(wave.written.pilot, pairs=wave.placed)
        terms.paid_load.max(wave.written.paid_load, pairs=wave.placed)
        terms.priority.max(wave.written.priority, pairs=wave.placed)
        terms.pilot_evidence.max(wave.written.evidence, pairs=wave.placed)
        wave.together = self._together(see, wave.rows, wave.bundle)
        if wave.together.any():
            site, k = true_at(wave.together)
            r, i = (rows[site] for rows in wave.rows)
            terms.utility.add(level * self.combination_utility, pairs=(r, i, k))
        # the grant pays for the upfront cost of the placed pilots, and for staff with what is left
        grant = level * self.site_cost_gbp_per_year / 12.0 * wave.sites.sum(axis=1)
        staff = np.maximum(0.0, grant - wave.upfront_gbp / self.wave_months)
        number = np.maximum(1, wave.sites.sum(axis=1))
        terms.pay("test_bed_grant", grant, by_trust=wave.sites * (grant / number)[:, None])
        terms.pay("test_bed_staff", staff, by_trust=wave.sites * (staff / number)[:, None])

    def _begin(self, number: int, month: Month, see: View, draws: Draws) -> Wave:
        """Choose the sites and the bundle of a wave, and the pairs to be placed."""
        sites, bundle = self._sites(see, draws, number), self._bundle(see, month)
        pairs = sites[:, :, None] & bundle[:, None, :] & see.has_use
        r, i, k = true_at(pairs & ~np.isin(see.stage, USING_STAGES))
        # whole pence: their sum does not hang on the order
        cost = np.zeros(see.n_replicates, dtype=np.int64)
        np.add.at(cost, r, np.rint(see.pilot_cost_gbp[r, i, k] * PENCE).astype(np.int64))
        rows = true_at(sites)
        together = self._together(see, rows, bundle)
        return Wave(number, month, sites, rows, bundle, (r, i, k), cost / PENCE, together)

    def _written(self, level: float, n_placed: int) -> Written:
        ones = np.ones(n_placed)
        return Written(
            level,
            pilot=locked(ones),
            paid_load=locked(min(1.0, level) * ones),
            priority=locked(2.0 * ones),
            evidence=locked(level * self.evidence_per_pilot_month * ones),
        )

    def _sites(self, see: View, draws: Draws, wave: int) -> Bools:
        """Return bool[R, N]: the sites of a wave."""
        if see.world.cut is not None:  # chosen in the whole; those that lie outside are not here
            whole = see.world.whole
            return np.asarray(see.world.of_whole(self._choose(whole, draws.of_trusts(whole.trusts.keys), wave), axis=1))
        return self._choose(see.world, draws, wave)

    def _choose(self, world: World, draws: Draws, wave: int) -> Bools:
        candidates = self.candidates(world)
        noise = draws.normal(_SITES + wave)[:, :, 0]
        score = np.where(
            candidates,
            np.log(np.maximum(world.trusts.size, np.finfo(float).tiny)) + self.site_noise_sigma * noise,
            -np.inf,
        )
        sites = np.zeros(score.shape, dtype=bool)
        for r, row in enumerate(score):
            taken: set[int] = set()
            for i in np.lexsort((world.trusts.keys, -row)):  # ties fall by key, not by row
                if len(taken) == self.sites_per_wave or not np.isfinite(row[i]):
                    break
                if int(world.trusts.ahsn[i]) not in taken:
                    taken.add(int(world.trusts.ahsn[i]))
                    sites[r, i] = True
        return sites

    def _bundle(self, see: View, month: Month) -> Bools:
        """Return bool[R, K]: the live innovations of highest national utility."""
        usable = see.live(month) & self.targets.innovation_mask(see.world)
        return largest(np.where(usable, see.national_utility(), -np.inf), self.bundle_size)


def ahsn_hosts(world: World) -> np.ndarray:
    """Return bool[N]: the largest trust of each AHSN, taken as its host."""
    hosts = np.zeros(world.n_trusts, dtype=bool)
    for ahsn in range(world.n_ahsns):
        members = np.flatnonzero(world.trusts.ahsn == ahsn)
        if len(members):
            # the largest; of equal ones the one of the lowest key
            hosts[members[np.lexsort((world.trusts.keys[members], -world.trusts.staff_fte[members]))[0]]] = True
    return hosts
