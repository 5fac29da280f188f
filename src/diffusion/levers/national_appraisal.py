"""What a national body asks of an innovation: is it believed to do good, does it save more than it costs, how much does
it cost the country, and what does a QALY cost. And what commissioners pay where they must."""

from __future__ import annotations

from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

from diffusion.arrays import Floats, Longs
from diffusion.engine.annuity import annuity, present_value

if TYPE_CHECKING:
    from diffusion.month.view import View


def believed_good(see: View, probability: float) -> np.ndarray:
    """Return bool[R, K]: P(b > 0) above ``probability`` by national belief (s0, G, y), a normal posterior."""
    mean, sd = see.national_belief()
    return np.asarray(mean > NormalDist().inv_cdf(probability) * sd)


def system_npv_gbp(see: View, months: int) -> np.ndarray:
    """Return float64[R, K], GBP per size unit at full rollout: all savings count (psi = 1), whoever keeps them.

    ``-F - c a(months) + s (a(months) - a(min(months, lag)))`` at the discount rate of the parameters, ``a(n)`` being
    the present value of 1 a month from month 1 to n.
    """
    return present_value(
        see.upfront_cost_gbp,
        see.running_cost_gbp_per_month,
        see.saving_gbp_per_month,
        months,
        see.world.innovations.saving_lag_months,
        see.parameters.finance.discount_rate_per_year,
    )


def budget_impact_gbp(see: View, uptake: float, years: int = 3) -> Floats:
    """Return float64[R, K]: net cost to England in the dearest of the first ``years``, GBP; below 0 it saves in all.

    Uptake grows evenly to ``uptake`` of all eligible size units S over the years. In year y, with mean use
    ``u_y = uptake (y - 1/2) / years``: ``S [F uptake / years + 12 c u_y - 12 s u_(y - lag/12)]``. All savings count.
    """
    whole = see.world.whole
    size = whole.trusts.size @ whole.eligible
    lag_years = see.world.innovations.saving_lag_months / 12.0
    by_year = []
    for year in range(1, years + 1):
        used = uptake * (year - 0.5) / years
        saving = uptake * np.maximum(0.0, year - 0.5 - lag_years) / years
        cost = see.upfront_cost_gbp * uptake / years + 12.0 * see.running_cost_gbp_per_month * used
        by_year.append(size * (cost - 12.0 * see.saving_gbp_per_month * saving))
    return np.asarray(np.max(by_year, axis=0))


def worth_its_cost(see: View, months: int, gbp_per_qaly: float, qaly_per_case: float) -> np.ndarray:
    """Return bool[R, K]: whether what a case is believed to gain, at ``gbp_per_qaly``, and all savings exceed the cost.

    ``system NPV + gbp_per_qaly * qaly_per_case * E[b] * cases * a(months) > 0`` per size unit at full rollout; E[b] is
    the national belief, and ``qaly_per_case`` what a case gains per unit of benefit.
    """
    mean, _ = see.national_belief()
    years = annuity(months, see.parameters.finance.discount_rate_per_year)
    health = gbp_per_qaly * qaly_per_case * mean * see.world.innovations.cases_per_month * years
    return np.asarray(system_npv_gbp(see, months) + health > 0.0)


def felt(months_gone: Longs, onset_months: int) -> Floats:
    """Return how far a duty is felt, 0 to 1, so many months after it began (below 0: not yet), float64 as given.

    ``(months + 1) / (onset + 1)``: in full at once without an onset, else rising by the month.
    """
    return np.asarray(np.clip((months_gone + 1) / (onset_months + 1), 0.0, 1.0))


def running_cost_per_case(see: View) -> Floats:
    """Return float64[R, K]: running cost as a share of the unit cost of the cases; 0 where there are no cases.

    A payment per case of that share lets a commissioner bear the running cost.
    """
    table = see.world.innovations
    cases_gbp = table.unit_cost_gbp * table.cases_per_month
    running = see.running_cost_gbp_per_month
    return np.asarray(np.divide(running, cases_gbp, out=np.zeros(running.shape), where=cases_gbp > 0))
