"""The list of terms: unit, rule, neutral value, meaning, and the range that the equation of each can take."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

#: no term is larger: its products with other quantities stay finite
MOST = 1e12
#: most of what multiplies money, which then still is a whole number of pence
MOST_MONEY = 1e6
#: most of what is an exponent, whose exp is finite
MOST_EXPONENT = 100.0
#: information a month, which kernels count in millionths
MOST_EVIDENCE = 1e9


class TermSpec(NamedTuple):
    """Declaration of a term; its range is what its equation can take, clipping where that is part of the equation."""

    name: str
    unit: str
    combine: str  # add, mul, max, min
    neutral: float
    description: str
    by_ahsn: bool = False  # may be written by AHSN, and is kept in two parts: by AHSN and by trust
    low: float = -MOST  # what levers wrote is at least this where it comes together
    high: float = MOST  # and at most this


TERMS: dict[str, TermSpec] = {
    spec.name: spec
    for spec in (
        TermSpec("awareness_push", "1", "add", 1.0, "X^A, multiplies the push rate of T1", True, low=0.0),
        TermSpec("triage_push", "1", "add", 1.0, "X^E, multiplies the push rate of T2", True, low=0.0),
        TermSpec("rollout_push", "1", "add", 1.0, "X^R, multiplies the push rate of T4a", True, low=0.0),
        TermSpec("alignment", "1", "add", 0.0, "strategic alignment, -1 to 1"),
        TermSpec(
            "scorecard_gap",
            "1",
            "add",
            0.0,
            "bG, log-hazard of T2 per unit of gap to the published share",
            low=-MOST_EXPONENT,
            high=MOST_EXPONENT,
        ),
        TermSpec("utility", "benefit", "add", 0.0, "added to the utility U"),
        TermSpec("burden", "1", "mul", 1.0, "multiplies the burden B", low=0.0),
        TermSpec("burden_risk", "1", "mul", 1.0, "multiplies the risk part of the burden", low=0.0),
        TermSpec(
            "price_agreed",
            "share",
            "max",
            0.0,
            "price agreed nationally: removes the contract part of the burden",
            low=0.0,
            high=1.0,
        ),
        TermSpec(
            "standard_terms",
            "share",
            "max",
            0.0,
            "standard data terms: removes the data part of the burden",
            low=0.0,
            high=1.0,
        ),
        TermSpec("evaluation_time", "1", "mul", 1.0, "multiplies the evaluation time D_E", low=0.0),
        TermSpec("risk_aversion", "1", "mul", 1.0, "multiplies the risk aversion of trusts", low=0.0),
        TermSpec("capacity", "1", "mul", 1.0, "multiplies change time C", low=0.0),
        TermSpec("pressure", "share", "add", 0.0, "added to the share of change time lost to pressure"),
        TermSpec("time_budget", "share", "add", 0.0, "protected time, as a share of C", low=-1.0),
        TermSpec("facilitation", "WTE", "add", 0.0, "staff lent to a trust for the facilitated innovations", low=0.0),
        TermSpec("facilitated", "yes/no", "max", 0.0, "innovations on which lent staff may work", True),
        TermSpec(
            "paid_load", "share", "max", 0.0, "share of a pilot's load that a programme pays for", low=0.0, high=1.0
        ),
        TermSpec("priority", "1", "max", 1.0, "priority for change time"),
        TermSpec(
            "upfront_subsidy", "share", "max", 0.0, "share of the upfront cost paid for the trust", low=0.0, high=1.0
        ),
        TermSpec(
            "upfront_price",
            "1",
            "mul",
            1.0,
            "multiplies the upfront cost F: the supplier asks so much of the list price, and gets no more",
            low=0.0,
            high=MOST_MONEY,
        ),
        TermSpec(
            "running_price",
            "1",
            "mul",
            1.0,
            "multiplies the running cost c: the supplier asks so much of the list price, and gets no more",
            low=0.0,
            high=MOST_MONEY,
        ),
        TermSpec(
            "running_subsidy",
            "share",
            "max",
            0.0,
            "share of the running cost that national bodies pay for the trust",
            low=0.0,
            high=1.0,
        ),
        TermSpec(
            "payment_share",
            "1",
            "add",
            0.0,
            "payment per case as a share of the unit cost",
            low=-MOST_MONEY,
            high=MOST_MONEY,
        ),
        TermSpec(
            "commissioned_share",
            "1",
            "max",
            0.0,
            "payment per case with which commissioners bear running costs, as a share of the unit cost",
            low=-MOST_MONEY,
            high=MOST_MONEY,
        ),
        TermSpec("evidence", "information/month", "add", 0.0, "evidence added to G", low=0.0, high=MOST_EVIDENCE),
        TermSpec(
            "pilot_evidence",
            "information/month",
            "max",
            0.0,
            "evidence from a pilot, where above the ordinary",
            low=0.0,
            high=MOST_EVIDENCE,
        ),
        TermSpec("placement", "yes/no", "max", 0.0, "pairs placed in PILOT this month"),
        TermSpec("programme_pilot", "yes/no", "max", 0.0, "pairs whose pilot is paid for by a programme"),
        TermSpec("no_pilot", "yes/no", "max", 0.0, "a finished evaluation leads to use without a pilot"),
        TermSpec("enrolled", "yes/no", "max", 0.0, "pairs enrolled in a national programme, which are counted"),
        TermSpec("champion_stock", "1", "add", 0.0, "added to the champion stock h"),
        TermSpec(
            "champion_effect",
            "1",
            "add",
            0.0,
            "log-hazard added with a programme's champion in T3, T4a, T7",
            low=-MOST_EXPONENT,
            high=MOST_EXPONENT,
        ),
        TermSpec("champion", "yes/no", "max", 0.0, "a programme brings a champion to pairs under way without one"),
        TermSpec("reconsideration", "1/month", "add", 0.0, "added to the rate of T8, return to AWARE"),
        TermSpec("mandate", "yes/no", "max", 0.0, "funding mandate", low=0.0, high=1.0),
        TermSpec("monitoring", "yes/no", "max", 0.0, "use is monitored"),
        TermSpec("horizon_months", "months", "max", 0.0, "finance horizon, where longer than the trust's own"),
        TermSpec("pilot_limit", "pilots", "min", np.inf, "limit on concurrent pilots of a trust", high=np.inf),
        TermSpec(
            "fund_refill", "1", "mul", 1.0, "multiplies the refill of the innovation fund", low=0.0, high=MOST_MONEY
        ),
        TermSpec("exposure", "1", "add", 0.0, "added to exposure x of pairs: ties for one innovation only"),
        TermSpec(
            "passport",
            "share",
            "max",
            0.0,
            "work credited at the start where a trust of the same ICS has evaluated",
            low=0.0,
            high=1.0,
        ),
        TermSpec(
            "work_credit",
            "share",
            "max",
            0.0,
            "work credited at the start of an evaluation, whoever evaluated",
            low=0.0,
            high=1.0,
        ),
        TermSpec(
            "joined_board",
            "number",
            "max",
            -1.0,
            "ICSs of one number count as one in what passports credit",
        ),
        TermSpec(
            "saving_counted",
            "share",
            "max",
            0.0,
            "share of savings not kept by the trust that it counts",
            low=0.0,
            high=1.0,
        ),
        TermSpec(
            "value_months", "months", "max", 0.0, "lifetime over which the finance ratio counts cash, where longer"
        ),
        TermSpec("absorptive", "1", "add", 0.0, "added to absorptive capacity"),
        TermSpec("clinical_time", "WTE", "add", 0.0, "change time taken out of a trust"),
        TermSpec("company_cash", "GBP", "add", 0.0, "cash given to the company of an innovation this month"),
        TermSpec("retention", "1", "add", 0.0, "log-hazard of leaving the NHS taken off for potential entrepreneurs"),
        TermSpec("programme_open", "yes/no", "max", 0.0, "a programme that people return for is open"),
        TermSpec("founding", "1", "mul", 1.0, "multiplies the rate of founding companies", low=0.0),
        TermSpec("fundraising", "1", "mul", 1.0, "multiplies the rate of deals of companies", low=0.0),
        TermSpec("member_ties", "1", "add", 0.0, "exposure added from same-AHSN members", low=0.0),
    )
}
