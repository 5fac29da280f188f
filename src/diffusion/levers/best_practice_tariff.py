"""Lever 1, best practice tariff: a payment per case above the unit cost, for listed innovations, while announced."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from diffusion.engine.calendar import Month
from diffusion.engine.parameters import Grade, param
from diffusion.levers.base import Lever, Own
from diffusion.levers.registry import register

if TYPE_CHECKING:
    from diffusion.engine.draws import Draws
    from diffusion.engine.terms import Terms
    from diffusion.levers.outlook import Outlook, Unfelt
    from diffusion.month.view import View


@register
class BestPracticeTariff(Lever):
    """Commissioners pay trusts for each case in which a listed innovation is used.

    The payment enters the trust's finance ratio f, and so T3, T4 and T7. A price and a return to be filled in also make
    trusts look at what they pay for, and at what they have in pilot: pushes. All of it lapses when the tariff ends, and
    so does the monitoring that came with it.
    """

    name: ClassVar[str] = "best-practice-tariff"
    number: ClassVar[int] = 1
    title: ClassVar[str] = "Best practice tariff"
    acts_on: ClassVar[str] = "payment per case, and attention: awareness, triage and rollout push; lapse when it ends"
    equation: ClassVar[str] = (
        "payment per case = uplift_share * unit cost, 60 months unless dated; X^A + 1.5, X^E + 1.5, X^R + .75 and "
        "monitoring = 1 while paid"
    )
    grade: ClassVar[Grade] = "A"
    source: ClassVar[str] = "+24 % price gave +6 pp day-case surgery in a year (Health Econ 2016;25:56)"
    historic_start: ClassVar[str] = "2010-04"
    default_months: ClassVar[int | None] = 60
    start_period: ClassVar[int] = 1
    writes: ClassVar[tuple[str, ...]] = (
        "payment_share",
        "awareness_push",
        "triage_push",
        "rollout_push",
        "monitoring",
    )

    uplift_share: float = param(
        0.24,
        "payment per case as a share of the unit cost",
        unit="1",
        low=0.05,
        high=0.5,
        ge=0,
        grade="A",
        source="Health Econ 2016;25:56",
    )
    awareness_push: float = param(
        1.5,
        "added to the awareness push",
        unit="1",
        low=0,
        high=4,
        ge=0,
        grade="B",
        source="by analogy: +6 pp in a year (Health Econ 2016;25:56); hip fracture tariff 24 to 60 % in three years",
    )
    triage_push: float = param(
        1.5,
        "added to the triage push",
        unit="1",
        low=0,
        high=4,
        ge=0,
        grade="B",
        source="as the awareness push",
    )
    rollout_push: float = param(
        0.75,
        "added to the rollout push: half of that on triage, as in AHSN support",
        unit="1",
        low=0,
        high=2,
        ge=0,
    )
    monitoring: bool = param(True, "use is monitored while the tariff is paid", unit="yes/no")
    lower_base_price: bool = param(False, "financed by a lower base price of all cases", unit="yes/no")

    def idle(self, look: Outlook) -> str | None:
        if why := look.nobody(self):
            return why
        unfelt = dict(self.unfelt(look))
        pushes = self.awareness_push > 0 or self.triage_push > 0 or self.rollout_push > 0
        pays = self.uplift_share > 0 and "uplift_share" not in unfelt
        if pushes or pays or (self.monitoring and "monitoring" not in unfelt):
            return None
        return "its payment and its pushes are set to nothing"

    def unfelt(self, look: Outlook) -> Unfelt:
        if look.nobody(self):
            return
        table, listed = look.world.innovations, look.pairs(self).any(axis=0)
        paid = (table.unit_cost_gbp * table.cases_per_month)[listed].any()
        if not paid:
            yield "uplift_share", "the innovations it targets have no unit cost, or no cases"
        if not paid or self.uplift_share == 0:
            yield "lower_base_price", "it pays nothing that a lower base price could take back"
        if look.last(self) >= look.end:
            yield "monitoring", "what is monitored is felt when the tariff ends, and it does not end before the run"
        elif look.parameters.abandonment.monitoring_ended == 0:
            yield "monitoring", "nobody heeds its end (parameters.abandonment.monitoring_ended is 0)"

    def changes(self, month: Month, see: View, own: Own) -> bool:
        return self.lower_base_price

    def write(self, month: Month, see: View, terms: Terms, own: Own, draws: Draws) -> None:
        listed = self.targets.mask(see.world)
        terms.payment_share.add(self.uplift_share * self.level(month), where=listed)
        for name in ("awareness_push", "triage_push", "rollout_push"):
            getattr(terms, name).add(getattr(self, name) * self.level(month), where=listed)
        if self.monitoring:
            terms.monitoring.max(1.0, where=listed)
        if self.lower_base_price:
            # the money of last month's payments is taken back through the base price
            # all cases are paid less, whoever treats them
            table, use = see.world.innovations, see.has_use & listed
            cases = (use @ (table.unit_cost_gbp * table.cases_per_month)) * see.world.trusts.size
            total = np.maximum(cases.sum(axis=1, keepdims=True), np.finfo(float).tiny)
            paid = see.money_last_month("tariff")
            terms.pay("base_price_cut", paid, by_trust=cases / total * paid[:, None])
