"""Finance: how an innovation looks in a trust's in-year budget, and the innovation fund (MODEL 4, 10.2, 10.8).

``f = clip(NPV_H / (F + 12 c), -2, 2)``, per size unit at full rollout: ``-F pi_F (1 - subsidy) - c pi_c (1 - running
subsidy)`` a month, ``+ psi s`` a month after l months, ``+ payment per case * cases`` a month, over the horizon H at
3.5 % a year, cash from month 1. F and c are list prices, pi what the supplier asks of them; f is per pound of list
price, so that a discount and a subsidy of the same size weigh alike. Where levers let trusts weigh value,
``psi + (1 - psi) counted`` stands for psi, and H is at least the lifetime of what is bought: f alone follows them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from diffusion.engine.annuity import present_value
from diffusion.engine.kernels.frame import frame
from diffusion.engine.kernels.jit import phase_kernel
from diffusion.engine.ledger import (
    FUND_RETURN,
    REFILL,
    REFILL_EXTRA,
    RUNNING,
    RUNNING_SUBSIDY,
    SAVING_KEPT,
    SAVING_SYSTEM,
    TARIFF,
)
from diffusion.engine.parameters import Section, param
from diffusion.engine.stages import ROLLOUT, SUSTAINED
from diffusion.engine.state import at, unpack
from diffusion.mechanisms.booking import book

if TYPE_CHECKING:
    from diffusion.engine.state import Attributes
    from diffusion.engine.terms import Terms
    from diffusion.world.tables import World


class FinanceParameters(Section):
    """Money of a trust: horizon, discounting and the innovation fund."""

    horizon_months: int = param(
        12, "horizon over which a trust counts cash", unit="months", low=12, high=60, ge=1, symbol="H"
    )
    discount_rate_per_year: float = param(
        0.035,
        "discount rate of the trust's appraisal",
        unit="1/year",
        low=0.0,
        high=0.06,
        ge=0,
        grade="A",
        source="HM Treasury Green Book",
    )
    money_gate: bool = param(True, "no start while the innovation fund is below the upfront cost", unit="yes/no")
    fund_opening_gbp: float = param(
        150_000.0, "innovation fund at the start, per size unit", unit="GBP", low=0, high=500_000, ge=0
    )
    fund_refill_gbp_per_month: float = param(
        25_000.0, "refill of the fund, per size unit", unit="GBP/month", low=5_000, high=100_000, ge=0
    )
    fund_refill_with_loans: float = param(
        0.5,
        "factor on the refill of trusts that are short of money (in 2017: with revenue support loans)",
        unit="1",
        low=0,
        high=1,
        ge=0,
    )
    fund_cap_months: float = param(
        12.0, "the fund holds at most this many months' refill", unit="months", low=3, high=36, ge=0
    )
    fund_carry_over_months: float = param(
        3.0, "kept on 1 April, in months' refill", unit="months", low=0, high=12, ge=0
    )
    long_horizon_months: int = param(
        36, "horizon from which the fund is carried over in full", unit="months", low=24, high=60, ge=1
    )
    upfront_share_at_pilot: float = param(
        0.2, "share of the upfront cost due at the start of a pilot", unit="1", low=0, high=1, ge=0, le=1
    )


def finance_ratio(world: World, par: FinanceParameters, attributes: Attributes, terms: Terms) -> np.ndarray:
    """Return f, shaped (R, 1 or N, K), for this month's terms; 0 where an innovation costs nothing."""
    table = world.innovations
    horizon = np.maximum(float(par.horizon_months), terms.value("horizon_months"))
    horizon = np.maximum(horizon, terms.value("value_months"))
    upfront = attributes.upfront_cost[:, None, :]
    running = attributes.running_cost[:, None, :]
    counted = table.cashable_share + (1.0 - table.cashable_share) * terms.value("saving_counted")
    saving = attributes.saving[:, None, :] * counted
    share = terms.value("payment_share") + terms.value("commissioned_share")
    payment = share * table.unit_cost_gbp * table.cases_per_month
    value = present_value(
        upfront * terms.value("upfront_price") * (1.0 - terms.value("upfront_subsidy")),
        running * terms.value("running_price") * (1.0 - terms.value("running_subsidy")),
        saving,
        horizon,
        table.saving_lag_months,
        par.discount_rate_per_year,
        payment,
    )
    reference = upfront + 12.0 * running
    ratio = np.divide(
        value, reference, out=np.zeros(np.broadcast_shapes(value.shape, reference.shape)), where=reference > 0
    )
    return np.ascontiguousarray(np.clip(ratio, -2.0, 2.0))


@phase_kernel
def refill_funds(address):
    """1 April: money above three months' refill goes back; then the month's refill, up to twelve months' worth."""
    c = frame(address)
    if not c.uses_money:
        return
    for r in range(c.first, c.last):
        for i in range(c.fund.shape[1]):
            ordinary = c.refill_pence[i]
            horizon = max(c.horizon, at(c.x_horizon_months, r, i, 0))
            if c.april and horizon < c.long_horizon:
                kept = min(c.fund[r, i], np.int64(c.fund_carry_over_months * ordinary))
                book(c, r, i, FUND_RETURN, c.fund[r, i] - kept)
                c.fund[r, i] = kept
            total = np.int64(np.rint(ordinary * at(c.x_fund_refill, r, i, 0)))
            cap = max(c.fund[r, i], np.int64(np.rint(c.fund_cap_months * total)))
            book(c, r, i, REFILL, min(total, ordinary))
            book(c, r, i, REFILL_EXTRA, max(np.int64(0), total - ordinary))
            after = min(cap, c.fund[r, i] + total)
            book(c, r, i, FUND_RETURN, c.fund[r, i] + total - after)
            c.fund[r, i] = after


@phase_kernel
def cash(address):
    """Running costs, savings (after the lag, split by psi) and payments per case of all adopters, in pence.

    A lower price is money that the company does not get; a subsidy is part of the price, which somebody else pays.
    """
    c = frame(address)
    if not c.uses_money:
        return
    paying = c.x_payment_share.size > 1 or c.x_payment_share[0, 0, 0] != 0.0
    paying = paying or c.x_commissioned_share.size > 1 or c.x_commissioned_share[0, 0, 0] != 0.0
    priced = c.x_running_price.size > 1 or c.x_running_price[0, 0, 0] != 1.0
    subsidised = c.x_running_subsidy.size > 1 or c.x_running_subsidy[0, 0, 0] != 0.0
    for r in range(c.first, c.last):
        for n in range(c.bounds[r, ROLLOUT], c.bounds[r, SUSTAINED + 1]):
            i, k = unpack(c.listed[r, n])
            scale = c.rollout[r, i, k] * c.size[i] * 100.0
            cost = c.running_cost[r, k] * scale
            if priced:
                cost *= at(c.x_running_price, r, i, k)
            running = np.int64(np.rint(cost))
            c.revenue[r, k] += running
            if subsidised:
                subsidy = np.int64(np.rint(np.float64(running) * at(c.x_running_subsidy, r, i, k)))
                book(c, r, i, RUNNING_SUBSIDY, subsidy)
                running -= subsidy
            book(c, r, i, RUNNING, running)
            if c.month - np.int64(c.rollout_since[r, i, k]) > c.saving_lag[k]:
                saving = np.int64(np.rint(c.saving[r, k] * scale))
                kept = np.int64(np.rint(np.float64(saving) * c.cashable_share[k]))
                book(c, r, i, SAVING_KEPT, kept)
                book(c, r, i, SAVING_SYSTEM, saving - kept)
            if paying:
                share = at(c.x_payment_share, r, i, k) + at(c.x_commissioned_share, r, i, k)
                per_case = share * c.unit_cost[k]
                cases = c.need[r, i, k] * c.rollout[r, i, k]
                book(c, r, i, TARIFF, np.int64(np.rint(per_case * cases * 100.0)))
