"""Parameters of the supply side: people, companies, and innovations born during a run."""

from __future__ import annotations

import math

from diffusion.engine.parameters import Section, param


class SupplyParameters(Section):
    """People who may found companies, the companies behind innovations, and new innovations."""

    followed: bool = param(
        False,
        "people and new innovations are followed; without it the portfolio is all there is",
        unit="yes/no",
    )
    companies: bool = param(
        True,
        "companies behind innovations that have a price trade, raise money, fail, and leave the UK",
        unit="yes/no",
    )
    doctors: int = param(
        1000, "potential clinical entrepreneurs among doctors", unit="people", low=500, high=2000, ge=0
    )
    other_professions: int = param(
        400,
        "potential entrepreneurs among nurses, midwives, allied health professionals, pharmacists and scientists",
        unit="people",
        low=200,
        high=1000,
        ge=0,
    )
    outside_at_start: float = param(
        0.25, "share of them outside the NHS at the start", unit="1", low=0.1, high=0.5, ge=0, le=1
    )
    leave_per_month: float = param(
        -math.log(0.95) / 12.0,
        "rate of leaving the NHS (5 % a year)",
        unit="1/month",
        low=0.002,
        high=0.01,
        ge=0,
        symbol="l0",
    )
    retention_in_programme: float = param(
        1.0, "log-hazard of leaving taken off in a programme", unit="1", low=0, high=2, symbol="th_prog"
    )
    retention_by_time: float = param(
        1.0, "log-hazard of leaving taken off per unit of protected time", unit="1", low=0, high=2, symbol="th_time"
    )
    abroad_share: float = param(0.3, "share of leavers who go abroad", unit="1", low=0.1, high=0.5, ge=0, le=1)
    return_per_month: float = param(
        0.005, "rate of returning to the NHS", unit="1/month", low=0.001, high=0.01, ge=0, symbol="r0"
    )
    return_while_open: float = param(
        math.log(2.0),
        "log-hazard of returning added while a programme is open",
        unit="1",
        low=0,
        high=1.5,
        symbol="ret",
    )
    leave_refused: float = param(
        0.1, "share of those in the NHS whose training body refuses leave", unit="1", low=0, high=0.3, ge=0, le=1
    )
    programme_months: int = param(12, "length of an entrepreneur's programme", unit="months", low=6, high=24, ge=1)
    founding_per_month: float = param(
        0.010,
        "rate of founding a company, from a year after appointment",
        unit="1/month",
        low=0.004,
        high=0.02,
        ge=0,
        grade="B",
        source="246 start-ups of more than 500 entrepreneurs by 2020",
    )
    founding_without_programme: float = param(
        0.0,
        "the same of those never appointed, or for less than a year, beyond what the portfolio stands for",
        unit="1/month",
        low=0,
        high=0.002,
        ge=0,
    )
    launch_months: int = param(18, "from founding to launch", unit="months", low=6, high=36, ge=1)
    deals_per_month: float = param(0.05, "rate of raising money of a company", unit="1/month", low=0.02, high=0.1, ge=0)
    deal_median_gbp: float = param(250_000.0, "median of a deal", unit="GBP", low=1e5, high=1e6, ge=0)
    deal_sigma: float = param(1.0, "log standard deviation of a deal", unit="1", low=0.5, high=1.5, ge=0)
    deals_in_programme: float = param(2.5, "factor on deals of a founder in a programme", unit="1", low=1, high=4, ge=0)
    burn_gbp_per_month: float = param(40_000.0, "spending of a company", unit="GBP/month", low=2e4, high=1e5, ge=0)
    runway_months: float = param(18.0, "months of spending in hand at the start", unit="months", low=6, high=36, ge=0)
    failure_per_month: float = param(
        0.03,
        "rate of failing of a company that has spent all its money",
        unit="1/month",
        low=0.005,
        high=0.1,
        ge=0,
        grade="C",
        source="of seed-stage companies of 2011, 25 % closed, 10 % bought or listed by about 2019 (Beauhurst)",
    )
    bought_up_share: float = param(
        0.3,
        "share of failed companies whose product another company takes over: its users stay",
        unit="share",
        low=0.1,
        high=0.9,
        ge=0,
        le=1,
        grade="C",
        source="10 % bought or listed beside 25 % closed, as above",
    )
    margin: float = param(0.6, "share of sales to trusts left for spending", unit="1", low=0.3, high=0.9, ge=0, le=1)
    exit_per_month: float = param(
        0.004, "rate of leaving the UK market", unit="1/month", low=0.001, high=0.02, ge=0, symbol="x0"
    )
    exit_growth_weight: float = param(
        0.5,
        "log-hazard of leaving taken off per 10 points of growth of NHS share in a year",
        unit="1",
        low=0,
        high=1,
        symbol="xa",
    )
    exit_burden_weight: float = param(
        0.5, "log-hazard of leaving per unit of burden above normal", unit="1", low=0, high=1, symbol="xb"
    )
    exit_waiting_weight: float = param(
        0.02, "log-hazard of leaving per month without any adopter", unit="1/month", low=0, high=0.05, symbol="xt"
    )
    abroad_months: int = param(24, "months until an innovation comes back", unit="months", low=12, high=48, ge=1)
    price_back: float = param(1.2, "factor on its price when it comes back", unit="1", low=1, high=1.5, ge=0)
    support_lost_per_month: float = param(
        0.05, "rate of leaving an innovation whose company failed", unit="1/month", low=0, high=0.2, ge=0
    )
    arrivals_per_year: float = param(
        0.0,
        "new innovations a year from elsewhere, beyond what the portfolio stands for",
        unit="1/year",
        low=0,
        high=20,
        ge=0,
    )
    arrival_slots: int = param(60, "room for new innovations from elsewhere", unit="innovations", ge=0, le=1000)
    spin_out_slots: int = param(60, "room for innovations of founders and contracts", unit="innovations", ge=0, le=1000)
