"""Lever 23, Regional Health Innovation Zones: a few localities commission and buy in another way; what works there goes
to all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from pydantic import Field

from diffusion.arrays import Bools, Longs, locked
from diffusion.engine.calendar import Month
from diffusion.engine.choice import smallest
from diffusion.engine.parameters import Grade, param
from diffusion.engine.stages import ROLLOUT, SUSTAINED
from diffusion.levers.base import Lever, ScheduleRow
from diffusion.levers.localities import in_boards, in_networks
from diffusion.levers.national_appraisal import believed_good
from diffusion.levers.outlook import none_of
from diffusion.levers.registry import register
from diffusion.world.keys import stable_key

if TYPE_CHECKING:
    from diffusion.engine.draws import Draws
    from diffusion.engine.terms import Terms
    from diffusion.levers.outlook import Outlook, Unfelt
    from diffusion.month.view import View
    from diffusion.world.tables import World

_ZONES = 1
#: settings of what is different in a zone, with the value at which nothing is
_IN_ZONES = {
    "procurement_burden": 1.0,
    "evaluation_time": 1.0,
    "rollout_push": 0.0,
    "horizon_months": 0,
    "pilot_evidence": 0.0,
}
_AT_SCALE = {"scale_triage_push": 0.0, "scale_rollout_push": 0.0, "scale_credit": 0.0}


@dataclass(eq=False)
class ZoneState:
    """Which boards are zones, which trusts are in them, and what is found to work there."""

    zones: Bools  # [R, N]
    boards: Bools | None = None  # [R, B] by board of the whole world, None where zones are named
    proven: Bools | None = None  # [R, K], known from the release on


@register
class InnovationZones(Lever):
    """Zones are the boards or networks named; no place is known to be chosen, so by default each replicate draws them.

    In zones procurement is simpler (burden), evaluations are shorter, pathways are redesigned (rollout push), money is
    counted over years across a pathway (horizon), and pilots are written up (evidence, which is national at once). What
    works is scaled: at the release, innovations that enough zone trusts use and that are believed to do good get pushes
    in all other trusts, which are credited part of the work of the zones' evaluations. Unlike lever 19 zones get no
    change time and no attention, only rules and a budget for staff; and only what is proven there is passed on.
    """

    name: ClassVar[str] = "innovation-zones"
    number: ClassVar[int] = 23
    title: ClassVar[str] = "Regional Health Innovation Zones"
    acts_on: ClassVar[str] = (
        "burden, evaluation time, rollout push, horizon, evidence in zones; then what is proven, in all"
    )
    equation: ClassVar[str] = (
        "in zones B * .8, D_E * .8, X^R + .5, H = 36, pilot evidence .04 for 36 months; then for what 30 % of zone "
        "trusts use and P(b > 0) > .8: X^E + .5, X^R + .25, work starts at .25 elsewhere"
    )
    grade: ClassVar[Grade] = "C"
    source: ClassVar[str] = "Life Sciences Sector Plan, July 2025, action 33: no number, money or date stated; a plan"
    historic_start: ClassVar[str] = "2026-04"
    costs: ClassVar[tuple[str, ...]] = ("zone_gbp_per_year",)
    writes: ClassVar[tuple[str, ...]] = (
        "burden",
        "evaluation_time",
        "rollout_push",
        "horizon_months",
        "pilot_evidence",
        "triage_push",
        "work_credit",
    )

    zone_boards: tuple[str, ...] | None = Field(None, description="ICS codes of the zones; default: drawn")
    zone_networks: tuple[str, ...] | None = Field(None, description="AHSN codes of the zones; default: drawn")
    zones: int = param(
        4,
        "boards drawn as zones, every board alike, where none is named: a few trailblazers",
        unit="boards",
        low=2,
        high=8,
        ge=0,
    )
    zone_months: int = param(36, "months until the release of what works", unit="months", low=24, high=60, ge=1)
    procurement_burden: float = param(
        0.8, "factor of simpler procurement on the burden in zones", unit="1", low=0.6, high=1, gt=0, le=1
    )
    evaluation_time: float = param(0.8, "factor on the evaluation time in zones", unit="1", low=0.6, high=1, gt=0, le=1)
    rollout_push: float = param(
        0.5, "added to the rollout push in zones by redesigned pathways", unit="1", low=0, high=1, ge=0
    )
    horizon_months: int = param(
        36,
        "finance horizon in zones, whose commissioning counts cash across a pathway",
        unit="months",
        low=12,
        high=60,
        ge=0,
        le=600,
    )
    pilot_evidence: float = param(
        0.04,
        "evidence of a pilot in a zone, the ordinary one giving less",
        unit="information/month",
        low=0.02,
        high=0.08,
        ge=0,
    )
    scale_share: float = param(
        0.3, "share of eligible zone trusts that must use what is scaled", unit="1", low=0.1, high=0.6, ge=0, le=1
    )
    probability: float = param(
        0.8,
        "scaled where the probability of a benefit, by national belief, is above this",
        unit="probability",
        low=0.6,
        high=0.95,
        gt=0,
        le=0.999,
    )
    scale_triage_push: float = param(
        0.5, "added to the triage push of what is scaled, outside zones", unit="1", low=0, high=1, ge=0
    )
    scale_rollout_push: float = param(
        0.25, "added to the rollout push of what is scaled, outside zones", unit="1", low=0, high=0.5, ge=0
    )
    scale_credit: float = param(
        0.25, "work of an evaluation that the zones' evaluations spare others", unit="1", low=0, high=0.5, ge=0, le=0.95
    )
    scale_months: int = param(36, "months of scaling after the release", unit="months", low=12, high=60, ge=0)
    zone_gbp_per_year: float = param(
        2e6, "cost of a zone's staff until the release", unit="GBP/year", low=500_000, high=10e6, ge=0
    )

    def named(self, world: World) -> Bools | None:
        """Return bool[N]: trusts in the zones named, None where none is; raises InputError for an unknown code."""
        if self.zone_boards is None and self.zone_networks is None:
            return None
        whole = world.whole
        chosen = in_boards(whole, self.zone_boards or (), "zone_boards")
        chosen = chosen | in_networks(whole, self.zone_networks or (), "zone_networks")
        return np.asarray(world.of_whole(chosen))

    def check(self, world: World) -> None:
        """Raise InputError if a zone that is named is unknown to ``world``."""
        self.named(world)

    def _release(self) -> Month:
        assert self.start is not None
        return self.start + self.zone_months

    def _no_zones(self, look: Outlook) -> str | None:
        named, trusts = self.named(look.world), self.targets.trust_mask(look.world)
        if not trusts.any():
            return "no trust is all that its targets ask for"
        if named is None and self.zones == 0:
            return "there are no zones (zones is 0)"
        if named is not None and not (named & trusts).any():
            return "none of the trusts it targets is in a zone"
        return None

    def idle(self, look: Outlook) -> str | None:
        if why := self._no_zones(look):
            return why
        unfelt = dict(self.unfelt(look))
        neutral: dict[str, float] = {**_IN_ZONES, **_AT_SCALE, "zone_gbp_per_year": 0.0}
        felt = [name for name, nothing in neutral.items() if name not in unfelt and getattr(self, name) != nothing]
        return None if felt else "nothing that it changes can be felt in this run"

    def unfelt(self, look: Outlook) -> Unfelt:
        if self.start is None:
            return
        release, nobody = self._release(), self._no_zones(look) or look.nobody(self)
        scale = (*_AT_SCALE, "scale_share", "probability", "scale_months")
        if release <= look.first(self):
            yield from none_of((*_IN_ZONES, "zone_gbp_per_year"), f"zones are released in {release}")
        elif nobody:
            yield from none_of(tuple(name for name in _IN_ZONES if name != "horizon_months"), nobody)
        if release >= look.last(self):
            yield from none_of(scale, f"zones are released in {release}, when the run or the lever is over")
        elif nobody:
            yield from none_of(scale, nobody)
        elif self.scale_months == 0 or release + self.scale_months <= look.first(self):
            yield from none_of(scale[:-1], "nothing is scaled in the run")
        if self.horizon_months <= look.parameters.finance.horizon_months:
            yield "horizon_months", "trusts count cash over as long without it (parameters.finance.horizon_months)"
        if self.pilot_evidence <= look.parameters.beliefs.evidence_per_pilot_month:
            yield "pilot_evidence", "any pilot gives as much (parameters.beliefs.evidence_per_pilot_month)"
        if self.zone_boards is not None or self.zone_networks is not None:
            yield "zones", "the zones are named"

    def trusts_joined(self, own: ZoneState, world: World, step: Longs) -> None:
        """Zones are places: a trust is in the zone of the board that it is in, whenever it has come to be there."""
        own.zones = self._trusts_in_zones(world, own.boards, len(own.zones))

    def _trusts_in_zones(self, world: World, boards: Bools | None, n_replicates: int) -> Bools:
        """Return bool[R, N]: trusts that are there, and targeted, in the boards drawn or in the zones named."""
        zones = np.asarray(self.named(world) if boards is None else boards[:, _boards_in_whole(world)])
        return locked(np.broadcast_to(zones & self.targets.trust_mask(world), (n_replicates, world.n_trusts)).copy())

    def _members(self, world: World) -> Longs:
        """Return int64[B]: trusts that are there, and targeted, by board of the whole world."""
        whole = world.whole
        boards = whole.trusts.ics[self.targets.trust_mask(whole)]
        return np.bincount(boards, minlength=len(whole.trusts.ics_codes))

    def setup(self, see: View, draws: Draws) -> ZoneState:
        world, boards = see.world, None
        if self.named(world) is None:
            codes = world.whole.trusts.ics_codes
            keys = np.array([stable_key(code) for code in codes], dtype=np.uint64)
            drawn = np.where(self._members(world) > 0, draws.of_trusts(keys).uniform(_ZONES)[:, :, 0], np.inf)
            boards = smallest(drawn, self.zones, keys=keys)
        return ZoneState(self._trusts_in_zones(world, boards, see.n_replicates), boards)

    def changes(self, month: Month, see: View, own: ZoneState) -> bool:
        return month in (self._release(), self._release() + self.scale_months)

    def write(self, month: Month, see: View, terms: Terms, own: ZoneState, draws: Draws) -> None:
        level, release = self.level(month), self._release()
        if month < release:
            self._favour(level, see, terms, own)
        elif month < release + self.scale_months:
            if own.proven is None:
                own.proven = self._proven(month, see, own)
            self._scale(level, see, terms, own)

    def _favour(self, level: float, see: View, terms: Terms, own: ZoneState) -> None:
        """Write what is different in zones, and pay for their staff."""
        share = min(1.0, level)
        where = own.zones[:, :, None] & self.targets.smallest_innovation_mask(see.world)
        terms.burden.mul(1.0 - share * (1.0 - self.procurement_burden), where=where)
        terms.evaluation_time.mul(1.0 - share * (1.0 - self.evaluation_time), where=where)
        terms.rollout_push.add(level * self.rollout_push, where=where)
        terms.horizon_months.max(float(self.horizon_months), where=own.zones[:, :, None])
        terms.pilot_evidence.max(share * self.pilot_evidence, where=where)
        # a zone is a board: what it is paid its trusts have in equal parts
        members = np.maximum(1, self._members(see.world))[_boards_in_whole(see.world)]
        gbp = level * self.zone_gbp_per_year / 12.0 * own.zones / members
        terms.pay("programme", gbp.sum(axis=1), by_trust=gbp)

    def _proven(self, month: Month, see: View, own: ZoneState) -> Bools:
        """Return bool[R, K]: what enough zone trusts use and is believed to do good."""
        using = (see.stage == ROLLOUT) | (see.stage == SUSTAINED)
        able = own.zones[:, :, None] & see.world.eligible
        number = able.sum(axis=1)
        enough = (number > 0) & ((using & able).sum(axis=1) >= self.scale_share * number)
        listed = self.targets.innovation_mask(see.world) & see.live(month)
        return np.asarray(enough & believed_good(see, self.probability) & listed)

    def _scale(self, level: float, see: View, terms: Terms, own: ZoneState) -> None:
        """Write what follows for what is proven, in all trusts outside zones."""
        assert own.proven is not None
        others = ~own.zones & self.targets.trust_mask(see.world)
        where = others[:, :, None] & own.proven[:, None, :]
        terms.triage_push.add(level * self.scale_triage_push, where=where)
        terms.rollout_push.add(level * self.scale_rollout_push, where=where)
        terms.work_credit.max(min(1.0, level) * self.scale_credit, where=where)

    def schedule(self) -> list[ScheduleRow]:
        if self.start is None:
            return super().schedule()
        release = self._release()
        return [
            ScheduleRow(self.start, release, "zones commission and buy in another way"),
            ScheduleRow(release, release + self.scale_months, "what works there is scaled to all others"),
        ]


def _boards_in_whole(world: World) -> np.ndarray:
    """Return int64[N]: numbers, in the whole world, of the boards that trusts are in."""
    known = world.whole.trusts.ics_codes
    return np.array([known.index(code) for code in world.trusts.ics_codes], dtype=np.int64)[world.trusts.ics]
