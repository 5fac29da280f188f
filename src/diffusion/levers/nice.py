"""Lever 6, NICE: briefings, technology evaluation, guidance, appraisals and the implementation collaborative."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from diffusion.arrays import Bools, Floats, Longs, locked
from diffusion.engine.calendar import Month
from diffusion.engine.parameters import Grade, param
from diffusion.engine.term_specs import TERMS
from diffusion.levers.base import Lever, ScheduleRow
from diffusion.levers.national_appraisal import believed_good, felt, system_npv_gbp
from diffusion.levers.nice_queue import (
    NEVER,
    Queue,
    begin,
    beginning,
    decide,
    due,
    empty_queue,
    ending,
    join,
    places,
    waiting_since,
)
from diffusion.levers.outlook import none_of
from diffusion.levers.registry import register
from diffusion.world.tables import KINDS

if TYPE_CHECKING:
    from diffusion.engine.draws import Draws
    from diffusion.engine.terms import Terms
    from diffusion.levers.outlook import Outlook, Unfelt
    from diffusion.month.view import View
    from diffusion.world.tables import World

#: kinds by the route they take; the split is an assumption
APPRAISED = ("drug",)
EVALUATED = ("device", "digital", "service")
GUIDED = (*EVALUATED, "pathway")


@dataclass(eq=False)
class NiceState:
    """The queue, and whom the routes concern."""

    queue: Queue
    listed: Bools  # [K], what may become a topic
    trusts: Bools  # [N], trusts concerned
    guided: Bools  # [K], by route: what guidance is given on
    appraised: Bools  # [K]
    evaluated: Bools  # [K]
    # where only some trusts are concerned, by term: values last month [R, 1, K], and those for trusts [R, N, K], locked
    written: dict[str, tuple[Floats, Floats]] = field(default_factory=dict)


@register
class Nice(Lever):
    """Topics are evaluated one after the other; what is believed good and cost-effective is recommended.

    The route hangs on the kind (assumption): drugs are appraised, and a recommendation becomes a funding mandate;
    devices, digital products and services get a briefing when their evaluation begins, evidence when it ends, and
    guidance if recommended; pathways get guidance. What is not recommended may be looked at again later. Every year
    the implementation collaborative takes on the recommended innovations of lowest uptake.
    """

    name: ClassVar[str] = "nice"
    number: ClassVar[int] = 6
    title: ClassVar[str] = "NICE"
    acts_on: ClassVar[str] = "awareness, triage and rollout push, burden, evidence, mandate"
    equation: ClassVar[str] = (
        "recommended if P(b > 0) > .8 by national belief and system NPV > 0 after 12 months in the queue; "
        "briefing X^A + .2; evidence + 3; guidance X^E + .5, B * .9; appraisal: price agreed, mandate 3 months later; "
        "collaborative X^R + .25"
    )
    grade: ClassVar[Grade] = "B"
    source: ClassVar[str] = "guidance without money: 2 of 9 topics up, 5 unchanged (BMJ 2004;329:999)"
    historic_start: ClassVar[str] = "2014-02"
    start_period: ClassVar[int] = 12
    costs: ClassVar[tuple[str, ...]] = ("topic_cost_gbp", "collaborative_cost_gbp_per_year")
    writes: ClassVar[tuple[str, ...]] = (
        "awareness_push",
        "triage_push",
        "rollout_push",
        "burden",
        "evidence",
        "price_agreed",
        "mandate",
    )

    topics_per_year: int = param(
        20, "evaluations begun a year, spread evenly", unit="topics/year", low=10, high=60, ge=0
    )
    evaluation_months: int = param(12, "length of an evaluation", unit="months", low=6, high=24, ge=1)
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
        60, "horizon over which costs and all savings are counted", unit="months", low=36, high=120, ge=1, le=600
    )
    again_months: int = param(
        36,
        "after a negative decision, months until a topic may be looked at again",
        unit="months",
        low=24,
        high=60,
        ge=1,
    )
    briefing_awareness: float = param(0.2, "added to the awareness push by a briefing", unit="1", low=0, high=0.5, ge=0)
    guidance_triage: float = param(
        0.5, "added to the triage push by guidance", unit="1", low=0, high=1, ge=0, grade="B", source="BMJ 2004;329:999"
    )
    guidance_burden: float = param(0.9, "factor of guidance on burden", unit="1", low=0.8, high=1, gt=0, le=1)
    evidence: float = param(
        3.0, "evidence that a technology evaluation adds, once", unit="information", low=0, high=6, ge=0, symbol="gN"
    )
    mandate_after_months: int = param(
        3,
        "from a recommended appraisal to the funding mandate",
        unit="months",
        low=2,
        high=6,
        ge=0,
        grade="A",
        source="funding within 90 days is a duty",
    )
    mandate_onset_months: int = param(
        0,
        "from the duty to fund until it is felt in full, rising by the month",
        unit="months",
        low=0,
        high=24,
        ge=0,
    )
    collaborative_per_year: int = param(
        3, "innovations that the collaborative takes on a year", unit="innovations/year", low=0, high=10, ge=0
    )
    collaborative_push: float = param(
        0.25, "added to the rollout push by the collaborative", unit="1", low=0, high=0.5, ge=0
    )
    collaborative_after_months: int = param(
        12, "from a recommendation to the look at uptake", unit="months", low=6, high=24, ge=0
    )
    collaborative_months: int = param(
        24, "for how long the collaborative supports an innovation", unit="months", low=12, high=48, ge=1
    )
    topic_cost_gbp: float = param(
        120_000.0,
        "cost of an evaluation, spread over its months",
        unit="GBP",
        low=50_000,
        high=250_000,
        ge=0,
        grade="B",
        source="order of the fee for a technology appraisal",
    )
    collaborative_cost_gbp_per_year: float = param(
        100_000.0, "cost of the collaborative per innovation", unit="GBP/year", low=50_000, high=500_000, ge=0
    )

    def idle(self, look: Outlook) -> str | None:
        begins = beginning(look, self, self.topics_per_year)
        if not begins:
            return "no evaluation begins in the run"
        if not (look.live(begins[-1] + 1) & self.targets.innovation_mask(look.world)).any():
            return (
                look.unlisted(self) or "none of the innovations it targets is on the market when an evaluation begins"
            )
        return None

    def unfelt(self, look: Outlook) -> Unfelt:
        begins, last = beginning(look, self, self.topics_per_year), look.last(self)
        if not begins or self.start is None:
            return
        kind = look.world.innovations.kind[look.listed(self)]
        has = {
            kinds: bool(np.isin(kind, [KINDS.index(name) for name in kinds]).any())
            for kinds in (GUIDED, APPRAISED, EVALUATED)
        }
        pairs, decided = look.pairs(self).any(), begins[0] + self.evaluation_months
        guidance = ("guidance_triage", "guidance_burden")
        joining = ("collaborative_push", "collaborative_months", "collaborative_cost_gbp_per_year")
        collaborative = ("collaborative_per_year", "collaborative_after_months", *joining)
        if decided >= last:
            why = "no evaluation ends before the run does"
            names = ("probability", "horizon_months", "again_months", *guidance, "mandate_after_months", *collaborative)
            yield from none_of(names, why)
        elif self.collaborative_per_year == 0:
            why = "it takes on nothing (collaborative_per_year is 0)"
            yield from none_of(("collaborative_after_months", *joining), why)
        elif not any((m - self.start) % 12 == 0 for m in range(decided + self.collaborative_after_months, last)):
            yield from none_of(("collaborative_per_year", *joining), "nothing is taken on before the run ends")
        if decided - 1 >= last:
            yield "evidence", "no evaluation ends before the run does"
        if not has[EVALUATED]:
            why = "it targets no device, digital product or service, and only they get a briefing and evidence"
            yield from none_of(("briefing_awareness", "evidence"), why)
        if not has[GUIDED]:
            yield from none_of(guidance, "it targets nothing that guidance is given on")
        if not has[APPRAISED]:
            yield "mandate_after_months", "it targets no drug, and only drugs are appraised"
        if not pairs:
            yield from none_of(("briefing_awareness", *guidance, "collaborative_push"), look.nobody(self) or "")

    def setup(self, see: View, draws: Draws) -> NiceState:
        kind = see.world.innovations.kind
        guided, appraised, evaluated = (
            np.isin(kind, [KINDS.index(name) for name in kinds]) for kinds in (GUIDED, APPRAISED, EVALUATED)
        )
        return NiceState(
            queue=empty_queue(see.n_replicates, see.world.n_innovations),
            listed=self.targets.innovation_mask(see.world),
            trusts=self.targets.trust_mask(see.world),
            guided=guided,
            appraised=appraised,
            evaluated=evaluated,
        )

    def trusts_joined(self, own: NiceState, world: World, step: Longs) -> None:
        own.trusts = self.targets.trust_mask(world)
        own.written.clear()

    def _advance(self, month: Month, see: View, own: NiceState) -> None:
        """Go on to ``month``: decide, take on, begin."""
        assert self.start is not None
        queue, table = own.queue, see.world.innovations
        if due(queue, month, self.evaluation_months).any():
            good = believed_good(see, self.probability) & (system_npv_gbp(see, self.horizon_months) > 0.0)
            decide(queue, month, self.evaluation_months, good)
        gone = month - self.start
        if gone % 12 == 0:
            join(
                queue,
                month,
                self.collaborative_after_months,
                see.adopter_share,
                table.keys,
                self.collaborative_per_year,
            )
        waiting = waiting_since(queue, month, see, own.listed, self.again_months)
        begin(queue, month, waiting, table.keys, places(gone, self.topics_per_year))

    def _values(self, month: Month, own: NiceState) -> dict[str, np.ndarray]:
        """Return the terms of ``month`` by name, float64[R, N or 1, K], and ``gbp``, float64[R]."""
        level, queue = self.level(month), own.queue
        share = min(1.0, level)
        recommended = queue.recommended != NEVER
        guided, appraised = recommended & own.guided, recommended & own.appraised
        evaluating = queue.started != NEVER
        last = ending(queue, month, self.evaluation_months) & own.evaluated
        joined = (queue.joined != NEVER) & (month - queue.joined < self.collaborative_months)
        # in full from the first month on, or rising over the months of its onset
        since = month - queue.recommended - self.mandate_after_months
        in_force = appraised * felt(since, self.mandate_onset_months)
        values = {
            "awareness_push": level * self.briefing_awareness * ((queue.briefed != NEVER) & own.evaluated),
            "triage_push": level * self.guidance_triage * guided,
            "rollout_push": level * self.collaborative_push * joined,
            "burden": 1.0 + share * (self.guidance_burden - 1.0) * guided,
            "price_agreed": share * appraised,
            "mandate": share * in_force,
        }
        out = {name: value[:, None, :] for name, value in values.items()}
        if not own.trusts.all():
            for name, value in out.items():
                neutral = TERMS[name].neutral if TERMS[name].combine != "add" else 0.0
                if name not in own.written or not np.array_equal(value, own.written[name][0]):
                    array = np.where(own.trusts[:, None], value, neutral)
                    own.written[name] = value, locked(array)
                out[name] = own.written[name][1]  # the same locked array as last month
        out["evidence"] = level * self.evidence * last[:, None, :]  # national, whoever is targeted
        under_way = evaluating.sum(axis=1) * self.topic_cost_gbp / self.evaluation_months
        out["gbp"] = level * (under_way + joined.sum(axis=1) * self.collaborative_cost_gbp_per_year / 12.0)
        return out

    def write(self, month: Month, see: View, terms: Terms, own: NiceState, draws: Draws) -> None:
        self._advance(month, see, own)
        values = self._values(month, own)
        terms.pay("nice", values.pop("gbp"))
        for name, value in values.items():
            getattr(getattr(terms, name), TERMS[name].combine)(value)

    def schedule(self) -> list[ScheduleRow]:
        if self.start is None:
            return super().schedule()
        months = self.evaluation_months
        return [
            ScheduleRow(self.start, self.end, f"{self.topics_per_year} topics a year begin, {months} months each"),
            ScheduleRow(self.start + months, self.end, "recommendations"),
            ScheduleRow(self.start + months + self.mandate_after_months, self.end, "mandates"),
        ]
