"""Lever 22, Innovator Passport: what one trust has evaluated to agreed standards, others need not repeat."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from pydantic import Field

from diffusion.arrays import Bools, Floats, Longs, locked
from diffusion.engine.calendar import Month
from diffusion.engine.parameters import Grade, param
from diffusion.levers.base import Lever, ScheduleRow
from diffusion.levers.nice_queue import NEVER, Queue, begin, beginning, decide, empty_queue, places, waiting_since
from diffusion.levers.outlook import none_of
from diffusion.levers.registry import register
from diffusion.levers.targets import Targets

if TYPE_CHECKING:
    from diffusion.engine.draws import Draws
    from diffusion.engine.terms import Terms
    from diffusion.levers.outlook import Outlook, Unfelt
    from diffusion.month.view import View
    from diffusion.world.tables import World

_ACCEPTS = 1


@dataclass(eq=False)
class PassportState:
    """Assessments, who accepts passports from when on, and what was written last."""

    queue: Queue
    drawn: Floats  # [R, N], a trust accepts passports once the share of trusts that do is above this
    listed: Bools  # [K]
    trusts: Bools  # [N]
    share: float = 0.0
    where: Bools | None = None  # [R, N, K], pairs that a passport helped last month
    written: tuple[Floats, Floats] | None = None  # work credit and data terms of last month, [R, N, K]


@register
class InnovatorPassport(Lever):
    """An innovation gets a passport once a first trust has evaluated it and assessors have found it to standard.

    Assessors have places for a number of innovations a year; of those that a trust has evaluated, the oldest go first.
    A trust that accepts passports is credited part of the work of its own evaluation, and takes over assured data terms
    instead of writing its own, which shrinks that part of the burden. The share of trusts that accept grows by the
    month; who accepts stays with it, and who does so early is drawn once. Unlike the passport of lever 17 it holds
    across England and asks for an assessment.
    """

    name: ClassVar[str] = "innovator-passport"
    number: ClassVar[int] = 22
    title: ClassVar[str] = "Innovator Passport"
    acts_on: ClassVar[str] = "work credited at the start of an evaluation, data terms"
    equation: ClassVar[str] = (
        "work starts at .5 and data terms = .5 where a passport is held (3 months after selection, 24 a year, once any "
        "trust has evaluated) and trust i accepts: u_i < .2 + .6 min(1, t / 60)"
    )
    grade: ClassVar[Grade] = "C"
    source: ClassVar[str] = "Life Sciences Sector Plan, July 2025, action 29.ii: by end 2026; a plan"
    historic_start: ClassVar[str] = "2026-12"
    start_period: ClassVar[int] = 12
    costs: ClassVar[tuple[str, ...]] = ("assessment_gbp", "annual_cost_gbp")
    writes: ClassVar[tuple[str, ...]] = ("work_credit", "standard_terms")

    targets: Targets = Field(
        default_factory=lambda: Targets(kinds=("device", "digital")), description="which trusts and innovations"
    )
    assessments_per_year: int = param(
        24, "innovations that assessors take on a year, spread evenly", unit="innovations/year", low=12, high=100, ge=0
    )
    assessment_months: int = param(3, "from selection to the passport", unit="months", low=1, high=12, ge=1)
    work_credit: float = param(
        0.5, "share of the work of an evaluation that a passport spares", unit="1", low=0.2, high=0.8, ge=0, le=0.95
    )
    data_terms: float = param(
        0.5, "share of the data part of the burden that a passport takes away", unit="1", low=0, high=1, ge=0, le=1
    )
    accepting_first: float = param(
        0.2, "share of trusts that accept passports at the start", unit="1", low=0.05, high=0.5, ge=0, le=1
    )
    accepting_last: float = param(
        0.8, "share of trusts that accept passports in the end", unit="1", low=0.3, high=1, ge=0, le=1
    )
    accepting_months: int = param(60, "months from the one share to the other", unit="months", low=24, high=96, ge=1)
    assessment_gbp: float = param(
        30_000.0, "cost of an assessment, spread over its months", unit="GBP", low=10_000, high=100_000, ge=0
    )
    annual_cost_gbp: float = param(
        1e6, "cost of standards, register and staff", unit="GBP/year", low=250_000, high=5e6, ge=0
    )

    def accepting(self, month: Month) -> float:
        """Share of trusts that accept passports in ``month``."""
        assert self.start is not None
        grown = min(1.0, (month - self.start) / self.accepting_months)
        return self.accepting_first + (self.accepting_last - self.accepting_first) * grown

    def _nothing(self, look: Outlook) -> str | None:
        """Say why no pair is ever helped by a passport; None where one may be."""
        if why := look.nobody(self):
            return why
        if self.work_credit == 0 and self.data_terms == 0:
            return "a passport spares nothing (work_credit and data_terms are 0)"
        if self.accepting_first == 0 and self.accepting_last == 0:
            return "nobody accepts passports"
        if not beginning(look, self, self.assessments_per_year) or beginning(look, self, self.assessments_per_year)[
            0
        ] + self.assessment_months >= look.last(self):
            return "no assessment ends in the run"
        return None

    def idle(self, look: Outlook) -> str | None:
        nothing_paid = self.assessment_gbp == 0 or not beginning(look, self, self.assessments_per_year)
        if self.annual_cost_gbp == 0 and (nothing_paid or look.unlisted(self)):
            return self._nothing(look)
        return None

    def unfelt(self, look: Outlook) -> Unfelt:
        effects = ("work_credit", "data_terms", "accepting_first", "accepting_last", "accepting_months")
        if why := self._nothing(look):
            yield from none_of(effects, why)
        elif self.accepting_first == self.accepting_last:
            yield "accepting_months", "the share of trusts that accept does not change"
        if not look.followed and not look.world.innovations.digital[look.pairs(self).any(axis=0)].any():
            yield "data_terms", "it targets nothing digital, and nothing else has a data part of the burden"
        if not beginning(look, self, self.assessments_per_year) or look.unlisted(self):
            yield "assessment_gbp", "nothing is assessed in the run"

    def trusts_joined(self, own: PassportState, world: World, step: Longs) -> None:
        own.trusts = self.targets.trust_mask(world)
        own.written = None

    def setup(self, see: View, draws: Draws) -> PassportState:
        return PassportState(
            queue=empty_queue(see.n_replicates, see.world.n_innovations),
            drawn=draws.uniform(_ACCEPTS)[:, :, 0],
            listed=self.targets.innovation_mask(see.world),
            trusts=self.targets.trust_mask(see.world),
        )

    def write(self, month: Month, see: View, terms: Terms, own: PassportState, draws: Draws) -> None:
        assert self.start is not None
        queue, level = own.queue, self.level(month)
        decide(queue, month, self.assessment_months, np.ones(queue.started.shape, dtype=bool))
        # one that is assessed holds a passport from then on, and waits no more
        waiting = waiting_since(queue, month, see, own.listed & see.evaluated, 1)
        keys, number = see.world.innovations.keys, places(month - self.start, self.assessments_per_year)
        begin(queue, month, waiting, keys, number)
        under_way = (queue.started != NEVER).sum(axis=1)
        terms.pay(
            "programme",
            level * (self.annual_cost_gbp / 12.0 + under_way * self.assessment_gbp / self.assessment_months),
        )
        accepts = (own.drawn < self.accepting(month)) & own.trusts
        where = accepts[:, :, None] & (queue.recommended != NEVER)[:, None, :]
        share = min(1.0, level)
        if own.written is None or share != own.share or own.where is None or not np.array_equal(where, own.where):
            own.share, own.where = share, where
            own.written = locked(share * self.work_credit * where), locked(share * self.data_terms * where)
        credit, standard = own.written  # the same arrays as last month where nothing differs
        if self.work_credit > 0:
            terms.work_credit.max(credit)
        if self.data_terms > 0:
            terms.standard_terms.max(standard)

    def schedule(self) -> list[ScheduleRow]:
        if self.start is None:
            return super().schedule()
        grown, percent = self.start + self.accepting_months, f"{100 * self.accepting_last:g} %"
        return [
            ScheduleRow(self.start, grown, f"{self.assessments_per_year} assessments a year, ever more trusts accept"),
            ScheduleRow(grown, self.end, f"{percent} of trusts accept"),
        ]
