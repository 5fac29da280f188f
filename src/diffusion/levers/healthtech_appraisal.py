"""Lever 21, NICE appraisal of devices, diagnostics and digital products with mandated funding: rules-based pathway."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from pydantic import Field

from diffusion.arrays import Bools, Longs, locked
from diffusion.engine.calendar import Month
from diffusion.engine.parameters import Grade, param
from diffusion.levers.base import Lever, ScheduleRow
from diffusion.levers.national_appraisal import (
    believed_good,
    budget_impact_gbp,
    felt,
    running_cost_per_case,
    worth_its_cost,
)
from diffusion.levers.nice_queue import (
    NEVER,
    Queue,
    begin,
    beginning,
    decide,
    due,
    empty_queue,
    ending,
    places,
    waiting_since,
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

_PATHWAY = "consultation on the rules-based pathway, May 2024 (england.nhs.uk)"


@dataclass(eq=False)
class AppraisalState:
    """The queue, from when what is recommended is funded, and whom the lever concerns."""

    queue: Queue
    funded: Longs  # [R, K], first calendar month of the duty to fund, NEVER without a recommendation
    trusts: Bools  # [N or 1]
    listed: Bools  # [K]


@register
class HealthtechAppraisal(Lever):
    """Technologies with enough evidence are appraised as drugs are: what is recommended must be funded.

    NICE has places for a number of topics a year; of what has the evidence, the longest waiting goes first. A topic is
    recommended where it is believed to do good and worth its cost at a price of a QALY. Funding follows by itself where
    the budget impact is within the limit; else after months of negotiation. Commissioners then bear the running cost by
    a payment per case; the upfront cost stays with the trust, which a mandate lets start without money in its fund.
    Compliance differs by innovation and rises over months; support with adoption goes along for a time.
    """

    name: ClassVar[str] = "healthtech-appraisal"
    number: ClassVar[int] = 21
    title: ClassVar[str] = "NICE appraisal of health technology"
    acts_on: ClassVar[str] = "evidence, mandate, payment per case, price agreed, rollout push"
    equation: ClassVar[str] = (
        "topics with G >= 2; after 12 months recommended if P(b > 0) > .8 and NPV + GBP 20,000 a QALY * gain > 0; "
        "funded 3 months later if the budget impact <= GBP 10m a year, else 18: mandate, rising over a year, X^R + .25"
    )
    grade: ClassVar[Grade] = "C"
    source: ClassVar[str] = "Life Sciences Sector Plan, July 2025, action 29.i: launch from April 2026; a plan"
    historic_start: ClassVar[str] = "2026-04"
    start_period: ClassVar[int] = 12
    costs: ClassVar[tuple[str, ...]] = ("topic_cost_gbp", "support_gbp_per_year")
    writes: ClassVar[tuple[str, ...]] = ("evidence", "mandate", "commissioned_share", "price_agreed", "rollout_push")

    targets: Targets = Field(
        default_factory=lambda: Targets(kinds=("device", "digital")), description="which trusts and innovations"
    )
    topics_per_year: int = param(
        10,
        "appraisals begun a year, spread evenly: a limited number; how many is not known",
        unit="topics/year",
        low=4,
        high=30,
        ge=0,
    )
    evidence_needed: float = param(
        2.0, "national evidence G that a topic must have to be selected", unit="information", low=1, high=5, ge=0
    )
    evaluation_months: int = param(12, "length of an appraisal", unit="months", low=8, high=18, ge=1)
    evidence: float = param(
        3.0, "evidence that an appraisal adds, once", unit="information", low=0, high=6, ge=0, symbol="gN"
    )
    probability: float = param(
        0.8,
        "recommended where the probability of a benefit, by national belief, is above this",
        unit="probability",
        low=0.6,
        high=0.95,
        gt=0,
        le=0.999,
    )
    horizon_months: int = param(
        60, "horizon over which costs, savings and health are counted", unit="months", low=36, high=120, ge=1, le=600
    )
    gbp_per_qaly: float = param(
        20_000.0,
        "cost of a QALY that is accepted",
        unit="GBP",
        low=20_000,
        high=35_000,
        ge=0,
        grade="B",
        source=_PATHWAY,
    )
    qaly_per_case: float = param(
        0.01, "QALYs that a case gains per unit of benefit b", unit="QALY", low=0.001, high=0.05, ge=0
    )
    again_months: int = param(
        36,
        "after a negative decision, months until a topic may be looked at again",
        unit="months",
        low=24,
        high=60,
        ge=1,
    )
    budget_impact_limit_gbp: float = param(
        10e6,
        "largest net cost to England in any of the first three years with which funding is automatic",
        unit="GBP/year",
        low=5e6,
        high=40e6,
        ge=0,
        grade="B",
        source=_PATHWAY,
    )
    expected_uptake: float = param(
        0.5,
        "share of eligible trusts expected to use it after three years, for the budget impact",
        unit="1",
        low=0.2,
        high=1,
        ge=0,
        le=1,
    )
    funding_after_months: int = param(
        3,
        "from a recommendation to the duty to fund",
        unit="months",
        low=2,
        high=6,
        ge=0,
        grade="B",
        source="funding within 90 days is a duty for medicines; by analogy",
    )
    negotiation_months: int = param(
        15, "added to that where the budget impact is above the limit", unit="months", low=6, high=36, ge=0
    )
    mandate_onset_months: int = param(
        12, "from the duty to fund until it is felt in full, rising by the month", unit="months", low=0, high=24, ge=0
    )
    funded_share: float = param(
        1.0, "share of the running cost that commissioners bear", unit="1", low=0.5, high=1, ge=0, le=1
    )
    support_push: float = param(
        0.25, "added to the rollout push by support with adoption", unit="1", low=0, high=0.5, ge=0
    )
    support_months: int = param(
        24, "for how long a funded technology has support", unit="months", low=12, high=36, ge=0
    )
    topic_cost_gbp: float = param(
        200_000.0, "cost of an appraisal, spread over its months", unit="GBP", low=100_000, high=400_000, ge=0
    )
    support_gbp_per_year: float = param(
        200_000.0, "cost of support with adoption by technology", unit="GBP/year", low=50_000, high=500_000, ge=0
    )

    def idle(self, look: Outlook) -> str | None:
        begins = beginning(look, self, self.topics_per_year)
        if not begins:
            return "no appraisal begins in the run"
        if not (look.live(Month(begins[-1] + 1)) & self.targets.innovation_mask(look.world)).any():
            return look.unlisted(self) or "none of the innovations it targets is on the market when an appraisal begins"
        return None

    def unfelt(self, look: Outlook) -> Unfelt:
        begins, last = beginning(look, self, self.topics_per_year), look.last(self)
        if not begins:
            return
        decided = begins[0] + self.evaluation_months
        support = ("support_push", "support_months", "support_gbp_per_year")
        duty = ("mandate_onset_months", "funded_share")
        judged = ("probability", "horizon_months", "gbp_per_qaly", "qaly_per_case", "again_months")
        funding = ("budget_impact_limit_gbp", "expected_uptake", "funding_after_months", "negotiation_months")
        if decided >= last:
            yield from none_of((*judged, *funding, *duty, *support), "no appraisal ends before the run does")
            if decided - 1 >= last:
                yield "evidence", "no appraisal ends before the run does"
        elif decided + self.funding_after_months >= last:
            yield from none_of((*duty, *support), "nothing is funded before the run ends")
            if self.negotiation_months or self.funding_after_months:
                yield from none_of(funding[:2], "nothing is funded before the run ends")
        elif self.support_months == 0:
            yield from none_of(("support_push", "support_gbp_per_year"), "nobody is supported (support_months is 0)")
        if self.gbp_per_qaly == 0:
            yield "qaly_per_case", "health counts nothing (gbp_per_qaly is 0)"
        elif self.qaly_per_case == 0:
            yield "gbp_per_qaly", "no case gains a QALY (qaly_per_case is 0)"
        if not look.pairs(self).any():
            yield from none_of((*duty, "support_push"), look.nobody(self) or "")

    def trusts_joined(self, own: AppraisalState, world: World, step: Longs) -> None:
        own.trusts = self.targets.smallest_trust_mask(world)

    def setup(self, see: View, draws: Draws) -> AppraisalState:
        return AppraisalState(
            queue=empty_queue(see.n_replicates, see.world.n_innovations),
            funded=np.full((see.n_replicates, see.world.n_innovations), NEVER, dtype=np.int64),
            trusts=self.targets.smallest_trust_mask(see.world),
            listed=self.targets.innovation_mask(see.world),
        )

    def _advance(self, month: Month, see: View, own: AppraisalState) -> None:
        """Go on to ``month``: decide, say from when what is recommended is funded, begin."""
        assert self.start is not None
        queue = own.queue
        if due(queue, month, self.evaluation_months).any():
            good = believed_good(see, self.probability)
            worth = worth_its_cost(see, self.horizon_months, self.gbp_per_qaly, self.qaly_per_case)
            decide(queue, month, self.evaluation_months, good & worth)
            dear = budget_impact_gbp(see, self.expected_uptake) > self.budget_impact_limit_gbp
            after = self.funding_after_months + np.where(dear, self.negotiation_months, 0)
            own.funded = np.where(queue.recommended == month, int(month) + after, own.funded)
        topics = own.listed & (see.evidence >= self.evidence_needed)
        waiting = waiting_since(queue, month, see, topics, self.again_months)
        begin(queue, month, waiting, see.world.innovations.keys, places(month - self.start, self.topics_per_year))

    def write(self, month: Month, see: View, terms: Terms, own: AppraisalState, draws: Draws) -> None:
        self._advance(month, see, own)
        level, queue = self.level(month), own.queue
        share = min(1.0, level)
        evaluating = queue.started != NEVER
        gone = np.where(own.funded == NEVER, -1, month - own.funded)  # below 0: not yet
        supported = (gone >= 0) & (gone < self.support_months)
        under_way = evaluating.sum(axis=1) * self.topic_cost_gbp / self.evaluation_months
        support = supported.sum(axis=1) * self.support_gbp_per_year / 12.0
        terms.pay("nice", level * (under_way + support))
        last = ending(queue, month, self.evaluation_months)  # national, whoever is targeted
        terms.evidence.add(level * self.evidence * last[:, None, :])
        if not (queue.recommended != NEVER).any():
            return
        trusts = own.trusts[None, :, None]
        degree = felt(gone, self.mandate_onset_months)
        terms.mandate.max(locked(share * degree[:, None, :] * trusts))
        terms.price_agreed.max(locked(share * (queue.recommended != NEVER)[:, None, :] * trusts))
        paid = share * self.funded_share * running_cost_per_case(see) * (gone >= 0)
        terms.commissioned_share.max(locked(paid[:, None, :] * trusts))
        terms.rollout_push.add(locked(level * self.support_push * supported[:, None, :] * trusts))

    def schedule(self) -> list[ScheduleRow]:
        if self.start is None:
            return super().schedule()
        decided = self.start + self.evaluation_months
        return [
            ScheduleRow(
                self.start, self.end, f"{self.topics_per_year} topics a year, {self.evaluation_months} months each"
            ),
            ScheduleRow(decided, self.end, "recommendations"),
            ScheduleRow(decided + self.funding_after_months, self.end, "duties to fund"),
        ]
