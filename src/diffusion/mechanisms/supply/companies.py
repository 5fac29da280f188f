"""Companies behind innovations: cash, sales, deals, failure, leaving the UK market and coming back dearer.

``x0 exp(-xa growth + xb (B - 1) + xt months waiting)`` a month to leave; growth is that of the adopter share over
twelve months, per ten points. While a company is away nobody starts. A company without money spends what it earns and
fails at a rate; another takes over the product of some, and its users stay; of the others, users leave.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from diffusion.engine.draws import COMPANY_DEAL, COMPANY_FAILS, COMPANY_LEAVES, draw_base, happens, normal, uniform
from diffusion.engine.kernels.frame import frame
from diffusion.engine.kernels.jit import inline, kernel, phase_kernel, shared
from diffusion.engine.ledger import COMPANY_BURN, INVESTMENT
from diffusion.engine.stages import ROLLOUT, SUSTAINED
from diffusion.engine.state import at
from diffusion.mechanisms.supply.so_far import CAME_BACK, LEFT_UK, RAISED_BY_FOUNDERS, SOLD, SPENT, SPENT_BY_FOUNDERS

if TYPE_CHECKING:
    from diffusion.engine.kernels.frame_view import FrameView

NO_COMPANY: Final = 0
IN_UK: Final = 1
AWAY: Final = 2
BANKRUPT: Final = 3
#: what ``recalled`` says of an innovation: harm, or its company away, or failed
RECALLED: Final = 1
WITHDRAWN: Final = 2
UNSUPPORTED: Final = 3


class Companies(NamedTuple):
    """State of the companies of innovations, all [R, K] unless said otherwise."""

    company: np.ndarray  # uint8
    company_since: np.ndarray  # int16, month of the present state
    cash: np.ndarray  # int64, pence
    raised: np.ndarray  # int64, pence of deals, prizes and contracts so far
    revenue: np.ndarray  # int64, pence of sales to trusts, last month
    founder: np.ndarray  # int32, person, -1 if none
    first_adopter: np.ndarray  # uint8, has had an adopter
    adopters_before: np.ndarray  # int32[R, 12, K], adopters in the last twelve months, by month modulo 12


def opening_companies(r: int, k: int) -> Companies:
    """Return companies before any has been founded."""
    return Companies(
        company=np.zeros((r, k), dtype=np.uint8),
        company_since=np.zeros((r, k), dtype=np.int16),
        cash=np.zeros((r, k), dtype=np.int64),
        raised=np.zeros((r, k), dtype=np.int64),
        revenue=np.zeros((r, k), dtype=np.int64),
        founder=np.full((r, k), -1, dtype=np.int32),
        first_adopter=np.zeros((r, k), dtype=np.uint8),
        adopters_before=np.zeros((r, 12, k), dtype=np.int32),
    )


@inline
def exit_rate(c: FrameView, r, k):
    """Rate at which users leave an innovation that was recalled, or whose company failed; 0 else."""
    state = c.recalled[r, k]
    if state == RECALLED:
        return c.recalled_exit
    return c.support_lost if state == UNSUPPORTED else 0.0


@inline
def support(c: FrameView, r, e):
    """Factor on the deals of someone's company: that of a programme while in one, else that of mentors."""
    return c.deals_in_programme if c.programme_left[r, e] > 0 else c.person_deals[r, e]


@inline
def deal_rate(c: FrameView, r, k):
    """Rate per month at which a company raises money."""
    founder = c.founder[r, k]
    rate = c.deals_per_month * at(c.x_fundraising, r, c.home[r, founder] if founder >= 0 else 0, k)
    return rate * support(c, r, founder) if founder >= 0 else rate


@inline
def market_exit_rate(c: FrameView, r, k):
    """Rate per month at which a company leaves the UK market; before the month's adopters are noted."""
    adopters = c.by_innovation[r, ROLLOUT, k] + c.by_innovation[r, SUSTAINED, k]
    growth = np.float64(adopters - c.adopters_before[r, c.month % 12, k]) / max(1, c.n_eligible[k])
    waiting = 0.0 if c.first_adopter[r, k] or adopters > 0 else np.float64(c.month - c.live[r, k])
    exponent = (
        -c.exit_growth * growth * 10.0 + c.exit_burden * (at(c.mean_burden, r, 0, k) - 1.0) + c.exit_waiting * waiting
    )
    return c.exit_per_month * math.exp(min(3.0, exponent))


@kernel
def company_rates(address, k, out):
    """Rates of the company of innovation k, into out[2]: leaving the UK market, deals."""
    c = frame(address)
    out[0] = market_exit_rate(c, 0, k)
    out[1] = deal_rate(c, 0, k)


@phase_kernel
def begin_companies(address):
    """An innovation that has become live, and has a price, gets its company."""
    c = frame(address)
    if not c.trading:
        return
    for r in range(c.first, c.last):
        for k in range(c.company.shape[1]):
            if c.has_company[k] and c.live[r, k] < c.month and c.company[r, k] == NO_COMPANY:
                c.company[r, k] = IN_UK
                c.company_since[r, k] = c.month
                c.cash[r, k] = np.int64(c.burn_pence * c.runway_months)
                c.money[r, INVESTMENT] += c.cash[r, k]


@phase_kernel
def companies(address):
    """A month of every company whose innovation is live."""
    c = frame(address)
    if not c.trading:
        return
    slot = c.month % 12
    for r in range(c.first, c.last):
        leaving = draw_base(c.seed, c.replicates[r], COMPANY_LEAVES, c.month)
        deals = draw_base(c.seed, c.replicates[r], COMPANY_DEAL, c.month)
        failing = draw_base(c.seed, c.replicates[r], COMPANY_FAILS, c.month)
        for k in range(c.company.shape[1]):
            given = np.int64(np.rint(at(c.x_company_cash, r, 0, k) * 100.0))
            if not c.has_company[k] or c.live[r, k] >= c.month:
                c.money[r, COMPANY_BURN] += given  # whoever provides it spends it
                continue
            if c.sales_scale != 1.0:  # trusts outside buy as those here do
                c.revenue[r, k] = np.int64(np.rint(np.float64(c.revenue[r, k]) * c.sales_scale))
            if c.company[r, k] == IN_UK:
                _trade(c, deals, failing, given, r, k)
                if c.company[r, k] == IN_UK:
                    _may_go(c, uniform(leaving, np.uint64(0), c.innovation_keys[r, k]), r, k)
            else:  # what is still paid to it goes to whoever keeps the product up
                c.money[r, COMPANY_BURN] += c.revenue[r, k]
                if c.company[r, k] == AWAY:  # a contract goes on with a company that still exists
                    c.cash[r, k] += given
                    c.raised[r, k] += given
                else:
                    c.money[r, COMPANY_BURN] += given
            if c.company[r, k] == AWAY and c.month - np.int64(c.company_since[r, k]) >= c.abroad_months:
                _come_back(c, r, k)
            c.revenue[r, k] = 0
            adopters = c.by_innovation[r, ROLLOUT, k] + c.by_innovation[r, SUSTAINED, k]
            c.adopters_before[r, slot, k] = adopters
            if adopters > 0:
                c.first_adopter[r, k] = 1


@shared
def _trade(c: FrameView, deals, failing, given, r, k):
    """Sales, deals and spending of a month; a company without cash spends what it earns, and may fail."""
    raised = np.int64(0)
    rate = deal_rate(c, r, k)
    if c.o_deal.shape[0] > 0 and not math.isnan(c.o_deal[r, k]):
        rate = c.o_deal[r, k]
    if happens(uniform(deals, np.uint64(0), c.innovation_keys[r, k]), rate):
        size = normal(uniform(deals, np.uint64(1), c.innovation_keys[r, k]))
        raised = np.int64(np.rint(c.deal_median * math.exp(c.deal_sigma * size) * 100.0))
    c.money[r, INVESTMENT] += raised
    c.raised[r, k] += raised + given
    earned = np.int64(np.rint(np.float64(c.revenue[r, k]) * c.margin))
    have = c.cash[r, k] + raised + given + earned
    spent = min(have, c.burn_pence)
    c.money[r, COMPANY_BURN] += spent + c.revenue[r, k] - earned
    c.so_far[r, SOLD] += c.revenue[r, k]
    c.so_far[r, SPENT] += spent
    if c.founder[r, k] >= 0:
        c.so_far[r, RAISED_BY_FOUNDERS] += raised
        c.so_far[r, SPENT_BY_FOUNDERS] += spent
    c.cash[r, k] = have - spent
    if c.cash[r, k] <= 0 and happens(uniform(failing, np.uint64(0), c.innovation_keys[r, k]), c.failure_per_month):
        c.company_since[r, k] = c.month
        if uniform(failing, np.uint64(1), c.innovation_keys[r, k]) < c.bought_up:
            c.founder[r, k] = -1
            c.cash[r, k] = np.int64(c.burn_pence * c.runway_months)
            c.money[r, INVESTMENT] += c.cash[r, k]
            return
        c.company[r, k] = BANKRUPT
        if c.recalled[r, k] != RECALLED:
            c.recalled[r, k] = UNSUPPORTED


@shared
def _may_go(c: FrameView, u, r, k):
    rate = market_exit_rate(c, r, k)
    if c.o_exit.shape[0] > 0 and not math.isnan(c.o_exit[r, k]):
        rate = c.o_exit[r, k]
    if happens(u, rate):
        c.company[r, k] = AWAY
        c.so_far[r, LEFT_UK] += 1
        c.company_since[r, k] = c.month
        if c.recalled[r, k] != RECALLED:
            c.recalled[r, k] = WITHDRAWN


@shared
def _come_back(c: FrameView, r, k):
    c.so_far[r, CAME_BACK] += 1
    c.company[r, k] = IN_UK
    c.company_since[r, k] = c.month
    factor = c.price_back
    if c.o_return_price.shape[0] > 0 and not math.isnan(c.o_return_price[r, k]):
        factor = c.o_return_price[r, k]
    c.upfront_cost[r, k] *= factor
    c.running_cost[r, k] *= factor
    c.born[r] = 1  # what hangs on its price is computed anew
    if c.recalled[r, k] == WITHDRAWN:
        c.recalled[r, k] = 0
