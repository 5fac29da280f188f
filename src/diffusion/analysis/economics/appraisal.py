"""What an option costs, whom, and what it brings: present values by payer, benefit-cost ratio, cost per effect.

Money goes by the ledger. *Public* are trusts, commissioners, national bodies and AHSNs; payments between them are
transfers and cancel. Health is not valued in pounds: effects are extra adoptions and extra patients benefiting.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from diffusion.analysis.economics.discount_sets import DiscountSet, present
from diffusion.analysis.results.intervals import (
    MIDDLE_95,
    MINIMUM_DRAWS_FOR_CLAIM,
    MINIMUM_REPLICATES_FOR_CLAIM,
    OF_DRAWS,
    Estimate,
    estimate_mean,
    student_t,
)
from diffusion.analysis.results.joining import in_order_of
from diffusion.analysis.results.outcomes import adopter_pairs
from diffusion.analysis.results.payers import PUBLIC_PARTIES, parties_of, public_sign
from diffusion.analysis.results.tables import ResultTables, drawn
from diffusion.arrays import Floats


def present_cost_by_party(tables: ResultTables, discount: DiscountSet) -> dict[str, Floats]:
    """Return public party -> paid minus received, present value in GBP [R]."""
    costs = {party: np.zeros(len(tables.replicates)) for party in PUBLIC_PARTIES}
    for column, flow in enumerate(tables.money_flows):
        value = present(tables.money_gbp[:, :, column], discount.costs)
        payer, payee = parties_of(flow)
        if payer in costs:
            costs[payer] += value
        if payee in costs:
            costs[payee] -= value
    return costs


def spending_and_savings(tables: ResultTables, discount: DiscountSet) -> tuple[Floats, Floats]:
    """Return what leaves the public system and what enters it, present values in GBP [R] each."""
    leaves, enters = np.zeros(len(tables.replicates)), np.zeros(len(tables.replicates))
    for column, flow in enumerate(tables.money_flows):
        sign = public_sign(*parties_of(flow))
        if sign:
            value = present(tables.money_gbp[:, :, column], discount.costs)
            if sign < 0:
                leaves += value
            else:
                enters += value
    return leaves, enters


def patients_benefiting(tables: ResultTables, discount: DiscountSet) -> Floats:
    """Return patients benefiting over the whole period, discounted at the health rate, [R]."""
    return present(tables.monthly["patients_benefiting"], discount.health)


@dataclass(frozen=True)
class Ratio:
    """A ratio of means with Fieller's 95 % interval; NaN throughout where the denominator is not clear of 0."""

    value: float
    low95: float
    high95: float

    @property
    def known(self) -> bool:
        return bool(np.isfinite(self.value))


UNKNOWN_RATIO = Ratio(float("nan"), float("nan"), float("nan"))


def ratio_over_draws(numerator: ArrayLike, denominator: ArrayLike) -> Ratio:
    """Return mean(numerator) / mean(denominator), and the middle 95 % of the ratios of runs [R] with drawn parameters.

    Where the denominator has not one sign in the middle 95 % of runs the ratio has no meaning and is NaN.
    """
    above, below = np.asarray(numerator, dtype=np.float64), np.asarray(denominator, dtype=np.float64)
    if below.mean() < 0:
        above, below = -above, -below
    if len(above) < MINIMUM_DRAWS_FOR_CLAIM or not np.quantile(below, MIDDLE_95[0]) > 0:
        return UNKNOWN_RATIO
    kept = below > 0
    low, high = np.quantile(above[kept] / below[kept], MIDDLE_95, method=OF_DRAWS)
    return Ratio(float(above.mean() / below.mean()), float(low), float(high))


def ratio_of_means(numerator: ArrayLike, denominator: ArrayLike, level: float = 0.95) -> Ratio:
    """Return mean(numerator) / mean(denominator) of paired replicates [R] with the interval of Fieller (1954).

    The interval holds the ratios q for which mean(numerator - q denominator) is not told from 0 by Student's t. It is
    finite only where the denominator is clear of 0; where it is not, the ratio has no meaning and is NaN.
    """
    above, below = np.asarray(numerator, dtype=np.float64), np.asarray(denominator, dtype=np.float64)
    n = len(above)
    if n < MINIMUM_REPLICATES_FOR_CLAIM:
        return UNKNOWN_RATIO
    t = student_t(level, n - 1)
    a, b = float(above.mean()), float(below.mean())
    covariance = np.cov(above, below) / n
    square = b * b - t * t * covariance[1, 1]
    if not square > 0:
        return UNKNOWN_RATIO
    middle = a * b - t * t * covariance[0, 1]
    constant = a * a - t * t * covariance[0, 0]
    root = float(np.sqrt(max(middle * middle - square * constant, 0.0)))
    return Ratio(a / b, float((middle - root) / square), float((middle + root) / square))


@dataclass(frozen=True)
class Appraisal:
    """One option against the reference under one discount set; money in GBP present value, [R] each.

    ``spending`` and ``savings`` are extra, net present value is savings minus spending. ``adoptions`` are extra pairs
    of trust and innovation that have adopted at the end, ``patients`` extra patients benefiting, discounted.
    ``by_party`` is the extra net cost of each public party; the parties sum to minus the net present value.
    ``over_draws`` says that each replicate has a draw of the parameters of its own.
    """

    discount: DiscountSet
    spending: Floats
    savings: Floats
    adoptions: Floats
    patients: Floats | None
    by_party: Mapping[str, Floats]
    over_draws: bool = False

    @property
    def npv(self) -> Floats:
        return self.savings - self.spending

    def estimate(self, values: ArrayLike) -> Estimate:
        """Return the mean of values [R] of this option with its intervals."""
        return estimate_mean(values, self.over_draws)

    def ratio(self, numerator: ArrayLike, denominator: ArrayLike) -> Ratio:
        """Return a ratio of means of values [R] of this option with its interval."""
        return (ratio_over_draws if self.over_draws else ratio_of_means)(numerator, denominator)

    @property
    def benefit_cost_ratio(self) -> Ratio:
        """Extra savings over extra spending; NaN unless extra spending is clear of 0 and above it."""
        ratio = self.ratio(self.savings, self.spending)
        return ratio if self.spending.mean() > 0 else UNKNOWN_RATIO

    def cost_per(self, effect: Floats | None) -> Ratio:
        """Net cost (spending minus savings) per extra unit of ``effect``; NaN unless the effect is a clear gain."""
        if effect is None or not effect.mean() > 0:
            return UNKNOWN_RATIO
        return self.ratio(-self.npv, effect)

    def spending_per(self, effect: Floats | None) -> Ratio:
        """Spending alone per extra unit of ``effect``, savings not deducted; NaN unless the effect is a clear gain."""
        if effect is None or not effect.mean() > 0:
            return UNKNOWN_RATIO
        return self.ratio(self.spending, effect)


def appraise(tables: ResultTables, reference: ResultTables, discount: DiscountSet) -> Appraisal:
    """Return what ``tables`` costs and brings beyond ``reference``, replicate by replicate."""
    tables = in_order_of(reference, tables)
    after, before = spending_and_savings(tables, discount), spending_and_savings(reference, discount)
    patients = None
    if "patients_benefiting" in tables.monthly and "patients_benefiting" in reference.monthly:
        patients = patients_benefiting(tables, discount) - patients_benefiting(reference, discount)
    costs, earlier = present_cost_by_party(tables, discount), present_cost_by_party(reference, discount)
    return Appraisal(
        discount,
        after[0] - before[0],
        after[1] - before[1],
        adopter_pairs(tables) - adopter_pairs(reference),
        patients,
        {party: cost - earlier.get(party, 0.0) for party, cost in costs.items()},
        drawn(reference),
    )


@dataclass(frozen=True)
class Split:
    """Who pays and who gains: extra net cost by public party in GBP, and the net present value to all of them.

    The incentive is split where one public party clearly gains and another clearly pays.
    """

    by_party: Mapping[str, Estimate]
    npv: Estimate

    @property
    def gainers(self) -> tuple[str, ...]:
        return tuple(party for party, cost in self.by_party.items() if int(cost.direction) < 0)

    @property
    def payers(self) -> tuple[str, ...]:
        return tuple(party for party, cost in self.by_party.items() if int(cost.direction) > 0)

    @property
    def incentive_is_split(self) -> bool:
        return bool(self.gainers and self.payers)


def split_incentive(appraisal: Appraisal) -> Split:
    """Return who bears the option's net cost and who gains."""
    return Split(
        {party: appraisal.estimate(cost) for party, cost in appraisal.by_party.items()},
        appraisal.estimate(appraisal.npv),
    )
