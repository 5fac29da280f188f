"""Commissioned programmes: staff enrol units in named innovations, region by region, at the rate that staff allow.

What AHSNs did from 2018 on, and what a region with many staff for few units does: the same with other numbers. An
enrolled unit knows of the innovation, starts and finishes its evaluation sooner, needs no pilot, has a champion and
staff lent to it; it does not use it yet.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from pydantic import Field, ValidationInfo, field_validator

from diffusion.arrays import Bools, Floats, Longs
from diffusion.engine.calendar import Month, after_start
from diffusion.engine.choice import race, true_at
from diffusion.engine.parameters import Section, param
from diffusion.engine.stages import AWARE, EVALUATING, PILOT, ROLLOUT, UNAWARE
from diffusion.levers.memory import joined_rows
from diffusion.levers.targets import INNOVATION_FIELDS, Targets

if TYPE_CHECKING:
    from diffusion.engine.draws import Draws
    from diffusion.engine.terms import Terms
    from diffusion.levers.outlook import Outlook
    from diffusion.month.view import View
    from diffusion.world.tables import World

#: on the way to use: who rejected or dropped it is helped no longer
_ON_THE_WAY = (UNAWARE, AWARE, EVALUATING, PILOT, ROLLOUT)
#: added to the push of T1 and to the champion stock of who is enrolled: certain within the month
_CERTAIN = 1_000.0


class Programme(Section):
    """One programme: which innovations, where, when, and with how many staff."""

    innovations: tuple[str, ...] = Field(min_length=1, description="innovation ids")
    start: Month = Field(description="first month")
    end: Month | None = Field(None, description="first month in which nobody is enrolled or supported any more")
    targets: Targets = Field(default_factory=Targets, description="which trusts may enrol; default: all")
    staff_wte: float = param(
        15.0, "staff who enrol and support units, spread over regions by their units", unit="WTE", low=1, high=100, ge=0
    )
    units_per_wte_month: float = param(
        0.5,
        "units that one whole-time equivalent enrols in a month",
        unit="units/WTE/month",
        low=0.1,
        high=2,
        ge=0,
        grade="B",
        source="370 of 393 practices in 19 months (PLoS Med 2022, pubmed 36383560)",
    )
    backfill_wte: float = param(
        0.1, "staff time paid for in an enrolled unit until it is in sustained use", unit="WTE", low=0, high=1, ge=0
    )
    triage_push: float = param(5.0, "added to the triage push of enrolled units", unit="1", low=0, high=20, ge=0)
    evaluation_time: float = param(
        0.5, "factor on the evaluation time of enrolled units", unit="1", low=0.2, high=1, gt=0, le=1
    )
    champion_effect: float = param(
        0.7,
        "log-odds (T3) and log-hazard (T7) of the programme's champion",
        unit="1",
        low=0,
        high=1.2,
        grade="B",
        source="champions and opinion leaders: +9 to +11 pp on a 50 % base (Cochrane CD000125)",
    )

    @field_validator("end")
    @classmethod
    def _ends_after_start(cls, end: Month | None, given: ValidationInfo) -> Month | None:
        return after_start("programme", end, given)

    @field_validator("targets")
    @classmethod
    def _names_its_innovations(cls, targets: Targets) -> Targets:
        for key in INNOVATION_FIELDS:
            name = key.removeprefix("targets.")
            if getattr(targets, name) is not None:
                raise ValueError(f"targets of a programme are trusts, not {name}: name its innovations beside targets")
        return targets

    @property
    def concerned(self) -> Targets:
        """Whom it concerns: its targets and its innovations."""
        return self.targets.model_copy(update={"innovations": self.innovations})


def idle_programme(programme: Programme, look: Outlook, first: Month, last: Month) -> str | None:
    """Say why a programme enrols nobody from ``first`` until before ``last``; None where it may."""
    if programme.start >= last or (programme.end is not None and programme.end <= first):
        return "it has no month in which its lever is in force in the run"
    if programme.staff_wte == 0 or programme.units_per_wte_month == 0:
        return "it has no staff to enrol anybody"
    if not (look.world.eligible & programme.concerned.mask(look.world)).any():
        return "none of the trusts it targets can adopt any of its innovations"
    return None


@dataclass(eq=False)
class Enrolment:
    """Who has enrolled in one programme."""

    able: Bools  # [R, N, K], may enrol
    rank: Longs  # [R, N, K], place in the order of its region and innovation
    staff_share: Floats  # [A, K], share of the staff by region and innovation
    due: Floats  # [A, K], units that staff have had time for
    enrolled: Bools  # [R, N, K]


def open_enrolment(programme: Programme, see: View, draws: Draws, number: int) -> Enrolment:
    """Draw the order in which units enrol in each region, by key."""
    world = see.world
    mask = np.broadcast_to(programme.concerned.mask(world), world.eligible.shape)
    able = see.has_use & mask
    columns = np.flatnonzero(mask.any(axis=0))
    times = np.full(able.shape, np.inf)
    drawn = draws.of_innovations(columns).uniform(number, by="trust innovation")
    times[:, :, columns] = np.where(able[:, :, columns], race(drawn), np.inf)
    rank = np.zeros(able.shape, dtype=np.int64)
    regions = world.trusts.ahsn
    units = np.zeros((max(1, world.n_ahsns), world.n_innovations))
    for region in np.unique(regions):
        inside = np.flatnonzero(regions == region)
        order = times[:, inside].argsort(axis=1, kind="stable")
        place = np.empty_like(order)
        np.put_along_axis(place, order, np.arange(len(inside))[None, :, None], axis=1)
        rank[:, inside] = place
        units[region] = (world.eligible & mask)[inside].sum(axis=0)
    # in a world of one region alone the staff have units elsewhere too
    whole = world.whole
    total = float((whole.eligible & programme.concerned.mask(whole)).sum()) if world.cut is not None else units.sum()
    return Enrolment(able, rank, units / max(1.0, total), np.zeros_like(units), np.zeros(able.shape, dtype=bool))


def join_enrolment(own: Enrolment, world: World, step: Longs) -> None:
    """Bring an enrolment into the rows in which trusts go on: the whole stands where its first part stands."""
    last = np.iinfo(own.rank.dtype).max
    rank = np.where(own.able, own.rank, last)
    first = np.full(rank.shape, last)
    for row in np.flatnonzero(step >= 0):
        np.minimum(first[:, step[row]], rank[:, row], out=first[:, step[row]])
    own.able = joined_rows(own.able, step) & world.eligible
    own.rank = np.where(own.able, first, own.rank)
    own.enrolled = joined_rows(own.enrolled, step) & world.eligible


def run_programme(
    programme: Programme, month: Month, level: float, see: View, terms: Terms, own: Enrolment, wte_gbp_per_year: float
) -> None:
    """Enrol as many units as staff had time for, and write what enrolled ones have; book its cost."""
    if month < programme.start or level <= 0:
        return
    if programme.end is not None and month >= programme.end:  # nobody is supported; who has enrolled, has
        terms.enrolled.max(1.0, where=own.enrolled)
        return
    # nobody enrols in what is not launched; a company that is away sells nothing
    launched, on_sale = see.launched(month), np.atleast_2d(see.live(month))[:, None, :]
    own.due += level * programme.staff_wte * programme.units_per_wte_month * own.staff_share * launched
    due = np.floor(own.due + 1e-9)[see.world.trusts.ahsn]
    own.enrolled = own.able & (own.rank < due)
    pairs = true_at(own.enrolled)
    r, i, k = (np.asarray(axis, dtype=np.int64) for axis in pairs)
    here = r, i, k
    terms.enrolled.max(1.0, pairs=here)
    terms.awareness_push.add(_CERTAIN, pairs=here)
    terms.triage_push.add(level * programme.triage_push, pairs=here)
    terms.evaluation_time.mul(1.0 - min(1.0, level) * (1.0 - programme.evaluation_time), pairs=here)
    terms.no_pilot.max(1.0, pairs=here)
    terms.champion_stock.add(_CERTAIN, pairs=here)
    terms.champion_effect.add(level * programme.champion_effect, pairs=here)
    # staff are lent for what is on the way to sustained use
    helped = on_sale[r if len(on_sale) > 1 else 0, 0, k] & np.isin(see.stage[here], _ON_THE_WAY)
    shape = own.enrolled.shape[:2]
    number = np.bincount(r * shape[1] + i, weights=helped, minlength=shape[0] * shape[1])
    lent = level * programme.backfill_wte * number.reshape(*shape, 1)
    terms.facilitation.add(lent)
    terms.facilitated.max(1.0, pairs=here)
    backfill = lent.sum(axis=(1, 2)) * wte_gbp_per_year / 12.0
    staff = np.full(see.n_replicates, level * programme.staff_wte * wte_gbp_per_year / 12.0)
    of_trusts = lent[:, :, 0] * wte_gbp_per_year / 12.0
    terms.pay("ahsn_grant", backfill + staff, by_trust=of_trusts)
    terms.pay("facilitation", backfill, by_trust=of_trusts)
    terms.pay("ahsn_push", staff)


def open_all(programmes: Mapping[str, Programme], see: View, draws: Draws) -> dict[str, Enrolment]:
    """Return the enrolment of each programme, drawn under its own id."""
    return {
        name: open_enrolment(programme, see, draws.named(f"programme {name}"), 1)
        for name, programme in programmes.items()
    }
