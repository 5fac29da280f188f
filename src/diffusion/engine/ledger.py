"""Accounts and the kinds of payment between them; every pound has a payer and a payee."""

from __future__ import annotations

from typing import NamedTuple


class Flow(NamedTuple):
    """A kind of payment."""

    purpose: str
    payer: str
    payee: str
    description: str


#: Accounts. ``trust_fund`` is the innovation fund inside a trust; ``released_resources`` is the contra account of
#: savings, which are staff time and beds set free rather than cash.
ACCOUNTS: tuple[str, ...] = (
    "national", "commissioner", "ahsn", "trust", "trust_fund", "trust_staff", "company", "released_resources",
)  # fmt: skip

FLOWS: tuple[Flow, ...] = (
    Flow("upfront_cost", "trust_fund", "company", "upfront cost F, 20 % at pilot and 80 % at rollout"),
    Flow("upfront_cost_without_gate", "trust", "company", "upfront cost where no fund is asked"),
    Flow("upfront_subsidy", "national", "company", "share of the upfront cost that a lever pays"),
    Flow("running_cost", "trust", "company", "running cost c of rolled-out innovations"),
    Flow("saving_kept", "released_resources", "trust", "cashable share of savings, kept by the trust"),
    Flow("saving_system", "released_resources", "commissioner", "rest of the savings, to the commissioner"),
    Flow("tariff", "commissioner", "trust", "payment per case"),
    Flow("base_price_cut", "trust", "commissioner", "lower base price that finances a tariff"),
    Flow("fund_refill", "national", "trust_fund", "monthly refill of innovation funds"),
    Flow("fund_refill_extra", "national", "trust_fund", "refill above the ordinary, in favoured localities"),
    Flow("fund_return", "trust_fund", "national", "unspent funds returned on 1 April, and refill above the cap"),
    Flow("ahsn_grant", "national", "ahsn", "budget of the AHSNs"),
    Flow("ahsn_push", "ahsn", "trust_staff", "AHSN work on awareness, triage and rollout with members"),
    Flow("facilitation", "ahsn", "trust_staff", "AHSN staff lent to members"),
    Flow("protected_time", "national", "trust_staff", "change time bought for trusts"),
    Flow("test_bed_grant", "national", "trust", "grant of a test-bed site"),
    Flow("test_bed_staff", "trust", "trust_staff", "what a test-bed site spends of its grant on staff"),
    Flow("programme", "national", "trust_staff", "other programme cost"),
)  # fmt: skip

FLOW_INDEX: dict[str, int] = {flow.purpose: index for index, flow in enumerate(FLOWS)}
UPFRONT, UPFRONT_UNGATED, SUBSIDY, RUNNING, SAVING_KEPT, SAVING_SYSTEM, TARIFF = range(7)
REFILL, REFILL_EXTRA, FUND_RETURN = (
    FLOW_INDEX["fund_refill"],
    FLOW_INDEX["fund_refill_extra"],
    FLOW_INDEX["fund_return"],
)
#: money is counted in whole pence, so that sums are exact in any order
PENCE = 100.0
