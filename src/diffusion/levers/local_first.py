"""Lever 19, acceleration, local first: lead localities get push, capacity and money, then release what they learned."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from pydantic import Field

from diffusion.arrays import Bools, Ints, Longs
from diffusion.engine.calendar import Month
from diffusion.engine.parameters import Grade, param
from diffusion.levers.base import Lever, ScheduleRow
from diffusion.levers.localities import in_boards
from diffusion.levers.memory import joined_rows
from diffusion.levers.outlook import none_of
from diffusion.levers.registry import register

if TYPE_CHECKING:
    from diffusion.engine.draws import Draws
    from diffusion.engine.terms import Terms
    from diffusion.levers.outlook import Outlook, Unfelt
    from diffusion.month.view import View
    from diffusion.world.tables import World

_LEADS = 1


@dataclass(eq=False)
class LeadState:
    """Whom trusts look to after release."""

    targets: Ints  # [R, N, ties], numbers of lead trusts, -1 for none
    leads: Bools  # [N], the leads that were chosen


@register
class LocalFirst(Lever):
    """Leads are the ICSs with enough centres of excellence (or those listed).

    For ``lead_months`` leads have more change time, push and money. At release, for ``transfer_months``, every other
    trust takes ``transfer_weight`` of its exposure from a few leads, and starts evaluations more readily.
    """

    name: ClassVar[str] = "local-first"
    number: ClassVar[int] = 19
    title: ClassVar[str] = "Acceleration, local first"
    acts_on: ClassVar[str] = "push, capacity and money of lead localities; then transfer ties, learning, evidence"
    equation: ClassVar[str] = (
        "leads: C * capacity_factor, X^A + 1, X^E + 1, X^R + .5, refill * refill_factor for M months; "
        "then others: x = (1 - w) x + w mean activity of the leads looked to, X^E + .3"
    )
    grade: ClassVar[Grade] = "B"
    source: ClassVar[str] = (
        "dense regional support reached 370 of 393 practices in 19 months (PLoS Med 2022, pubmed 36383560)"
    )
    historic_start: ClassVar[str] = "2024-11"
    costs: ClassVar[tuple[str, ...]] = ("wte_gbp_per_year",)
    writes: ClassVar[tuple[str, ...]] = (
        "capacity",
        "awareness_push",
        "triage_push",
        "rollout_push",
        "fund_refill",
        "transfer ties",
    )

    lead_ics: tuple[str, ...] | None = Field(
        None, description="ICS codes of the lead localities; default: those with enough centres of excellence"
    )
    lead_centres: int = param(
        3, "centres of excellence that make an ICS a lead locality", unit="trusts", low=2, high=5, ge=1
    )
    lead_months: int = param(36, "months in which leads are favoured", unit="months", low=24, high=48, ge=1, symbol="M")
    capacity_factor: float = param(1.5, "factor on the change time of leads", unit="1", low=1, high=2, ge=1)
    awareness_push: float = param(1.0, "added to the awareness push in leads", unit="1", low=0, high=2, ge=0)
    triage_push: float = param(1.0, "added to the triage push in leads", unit="1", low=0, high=2, ge=0)
    rollout_push: float = param(0.5, "added to the rollout push in leads", unit="1", low=0, high=1, ge=0)
    refill_factor: float = param(1.5, "factor on the fund refill of leads", unit="1", low=1, high=2, ge=1)
    transfer_ties: int = param(
        2, "leads that each other trust looks to after release", unit="ties", low=1, high=5, ge=0, le=20
    )
    transfer_weight: float = param(
        0.3, "share of exposure that comes from those ties", unit="1", low=0, high=1, ge=0, le=1
    )
    transfer_months: int = param(24, "months of transfer after release", unit="months", low=12, high=48, ge=0)
    release_triage_push: float = param(
        0.3, "added to the triage push of all others after release", unit="1", low=0, high=1, ge=0
    )
    wte_gbp_per_year: float = param(
        60_000.0, "cost of an extra whole-time equivalent", unit="GBP/year", low=45_000, high=80_000, gt=0
    )

    def leads(self, world: World) -> Bools:
        """Return bool[N]: trusts in lead localities; raises InputError for an unknown ICS."""
        if world.cut is not None:  # leads are those of the whole
            return np.asarray(world.of_whole(self.leads(world.whole)))
        trusts = world.trusts
        if self.lead_ics is not None:
            return in_boards(world, self.lead_ics, "lead_ics") & self.targets.trust_mask(world)
        centres = np.bincount(trusts.ics, trusts.centre_of_excellence, len(trusts.ics_codes))
        chosen = np.flatnonzero(centres >= self.lead_centres)
        return np.isin(trusts.ics, chosen) & self.targets.trust_mask(world)

    def check(self, world: World) -> None:
        """Raise InputError if a lead ICS is unknown to ``world``."""
        self.leads(world)

    def idle(self, look: Outlook) -> str | None:
        if not self.targets.trust_mask(look.world).any():
            return "no trust is all that its targets ask for"
        unfelt = dict(self.unfelt(look))
        neutral = {
            "capacity_factor": 1.0,
            "awareness_push": 0.0,
            "triage_push": 0.0,
            "rollout_push": 0.0,
            "refill_factor": 1.0,
            "transfer_weight": 0.0,
            "release_triage_push": 0.0,
        }
        felt = [name for name, nothing in neutral.items() if name not in unfelt and getattr(self, name) != nothing]
        if felt:
            return None
        if not self.leads(look.world).any():
            return f"there are no leads: {self._no_leads(look)}"
        return "nothing that it changes can be felt in this run"

    def _no_leads(self, look: Outlook) -> str:
        if self.lead_ics is not None:
            return "none of the trusts it targets is in an ICS of lead_ics"
        return f"none of the trusts it targets is in an ICS with {self.lead_centres} centres of excellence"

    def remarks(self, look: Outlook) -> Iterator[str]:
        yield from super().remarks(look)
        if not self.leads(look.world).any():
            yield f"there are no leads, {self._no_leads(look)}: only the push on triage after release is felt"

    def unfelt(self, look: Outlook) -> Unfelt:
        release = self._released(look.start)
        if release is None:
            return
        leads, trusts = self.leads(look.world), self.targets.trust_mask(look.world)
        pairs, p = look.pairs(self), look.parameters
        pushes = ("awareness_push", "triage_push", "rollout_push")
        if release <= look.first(self):
            yield from none_of(("capacity_factor", *pushes, "refill_factor"), f"leads are released in {release}")
        elif not leads.any():
            yield from none_of(("capacity_factor", *pushes, "refill_factor"), self._no_leads(look))
        elif not pairs[leads].any():
            yield from none_of(pushes, "no lead trust can adopt any innovation it targets")
        if p.capacity.unlimited:
            yield "capacity_factor", "change time is unlimited"
        if p.capacity.unlimited or self.capacity_factor == 1 or not leads.any() or release <= look.first(self):
            yield "wte_gbp_per_year", "leads get no more time"
        ties = ("transfer_ties", "transfer_weight")
        over = release >= look.last(self)
        others = trusts & ~leads
        if over or self.transfer_months == 0 or release + self.transfer_months <= look.first(self):
            why = f"leads are released in {release}: nothing of what follows is in the run"
            yield from none_of(
                (*ties, "release_triage_push"), why if over else "nothing follows the release in the run"
            )
            if over:
                yield "transfer_months", why
        else:
            if not leads.any():
                yield from none_of(ties, self._no_leads(look))
            elif not others.any():
                yield from none_of(ties, "all trusts it targets are leads")
            elif self.transfer_weight == 0:
                yield "transfer_ties", "nothing comes through them (transfer_weight is 0)"
            elif self.transfer_ties == 0:
                yield "transfer_weight", "there are no ties (transfer_ties is 0)"
            if not pairs[others].any():
                yield "release_triage_push", "no trust but the leads can adopt any innovation it targets"
        if over and not leads.any():
            yield "lead_months", self._no_leads(look)
        if self.lead_ics is not None:
            yield "lead_centres", "lead_ics names the leads"

    def _released(self, month: Month) -> Month | None:
        return self.start + self.lead_months if self.start is not None else None

    def changes(self, month: Month, see: View, own: LeadState) -> bool:
        release = self._released(month)
        return release is not None and month in (release, release + self.transfer_months)

    def schedule(self) -> list[ScheduleRow]:
        release = self._released(Month(0))
        if release is None or self.start is None:
            return super().schedule()
        return [
            ScheduleRow(self.start, release, "leads favoured"),
            ScheduleRow(release, release + self.transfer_months, "released: transfer ties, triage push for all others"),
        ]

    def setup(self, see: View, draws: Draws) -> LeadState:
        """Draw the leads that each other trust will look to: distinct, keyed by the trust, cost linear in ties."""
        keys = see.world.trusts.keys
        leads = np.flatnonzero(self.leads(see.world))
        leads = leads[np.argsort(keys[leads], kind="stable")]  # an order that renaming does not change
        ties = min(self.transfer_ties, len(leads))
        targets = np.full((see.n_replicates, see.world.n_trusts, max(1, ties)), -1, dtype=np.int32)
        chosen: list[np.ndarray] = []
        for tie in range(ties):
            place = np.floor(draws.uniform(_LEADS + tie)[:, :, 0] * (len(leads) - tie)).astype(np.int64)
            for earlier in np.sort(np.stack(chosen), axis=0) if chosen else ():
                place += place >= earlier  # step over the leads drawn before
            chosen.append(place)
            targets[:, :, tie] = leads[place]
        return LeadState(targets, self.leads(see.world))

    def trusts_joined(self, own: LeadState, world: World, step: Longs) -> None:
        """A trust with a lead among its parts is one; nobody looks to itself."""
        own.leads = joined_rows(own.leads[None], step)[0]
        goes_on = np.where(own.targets >= 0, step[own.targets], -1)
        own.targets = np.where(goes_on == np.arange(len(step))[:, None], -1, goes_on).astype(own.targets.dtype)

    def write(self, month: Month, see: View, terms: Terms, own: LeadState, draws: Draws) -> None:
        world, level = see.world, self.level(month)
        leads = own.leads
        listed = self.targets.smallest_innovation_mask(world)
        release = self._released(month)
        if release is None or month < release:
            where = leads[:, None]
            factor = 1.0 + level * (self.capacity_factor - 1.0)
            terms.capacity.mul(factor, where=where)
            terms.awareness_push.add(level * self.awareness_push, where=where & listed)
            terms.triage_push.add(level * self.triage_push, where=where & listed)
            terms.rollout_push.add(level * self.rollout_push, where=where & listed)
            terms.fund_refill.mul(1.0 + level * (self.refill_factor - 1.0), where=where)
            time = see.capacity_wte * leads
            extra = (factor - 1.0) * time.sum(axis=1)
            of_trusts = (factor - 1.0) * self.wte_gbp_per_year / 12.0 * time
            terms.pay("protected_time", extra * self.wte_gbp_per_year / 12.0, by_trust=of_trusts)
        elif month < release + self.transfer_months:
            others = ~leads & self.targets.trust_mask(world)
            weight = np.where(others, min(1.0, level * self.transfer_weight), 0.0)
            terms.transfer(own.targets, weight[None, :])
            terms.triage_push.add(level * self.release_triage_push, where=others[:, None] & listed)
