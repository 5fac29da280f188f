"""What levers act through: every term, and everything else that a lever may write, in exactly one group."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple

#: Names of the groups, as ``levers.NAME.mute`` takes them.
GroupName = Literal[
    "attention",
    "payment",
    "rollout",
    "time",
    "burden",
    "evidence",
    "monitoring",
    "people",
    "ties",
    "mandate",
    "companies",
    "accounts",
]


class TermGroup(NamedTuple):
    """A group: its words, the terms in it, and what else in it a lever writes by a call (``terms.pay`` and others)."""

    name: GroupName
    words: str
    terms: tuple[str, ...]
    calls: tuple[str, ...] = ()


GROUPS: tuple[TermGroup, ...] = (
    TermGroup(
        "attention",
        "attention: hearing of it and looking at it",
        ("awareness_push", "triage_push", "reconsideration", "alignment"),
    ),
    TermGroup(
        "payment",
        "payment and money",
        (
            *("payment_share", "upfront_subsidy", "programme_pilot", "fund_refill", "horizon_months"),
            *("saving_counted", "value_months", "commissioned_share"),
            *("upfront_price", "running_price", "running_subsidy"),
        ),
    ),
    TermGroup("rollout", "rollout help", ("rollout_push",)),
    TermGroup(
        "time",
        "change time and staff",
        (
            *("capacity", "pressure", "time_budget", "facilitation", "facilitated"),
            *("paid_load", "priority", "clinical_time", "pilot_limit"),
        ),
    ),
    TermGroup(
        "burden",
        "burden of evaluating and contracting",
        (
            *("burden", "burden_risk", "price_agreed", "standard_terms", "evaluation_time"),
            *("passport", "work_credit", "joined_board"),
        ),
    ),
    TermGroup("evidence", "evidence and benefit", ("evidence", "pilot_evidence", "utility")),
    TermGroup("monitoring", "monitoring and comparison", ("monitoring", "scorecard_gap")),
    TermGroup(
        "people",
        "people: champions, skills, careers",
        ("champion_stock", "champion_effect", "champion", "absorptive", "risk_aversion", "retention", "programme_open"),
        ("appoint", "mentor"),
    ),
    TermGroup("ties", "ties between trusts", ("exposure", "member_ties"), ("transfer",)),
    TermGroup("mandate", "mandate, placing and enrolling", ("mandate", "placement", "no_pilot", "enrolled")),
    TermGroup("companies", "companies and their products", ("company_cash", "founding", "fundraising"), ("launch",)),
    TermGroup("accounts", "what is booked in the accounts, and counted", (), ("pay", "tell")),
)
GROUP_BY_NAME: dict[str, TermGroup] = {group.name: group for group in GROUPS}
#: group by term or call
GROUP_OF: dict[str, GroupName] = {name: group.name for group in GROUPS for name in (*group.terms, *group.calls)}


def written_names(groups: Iterable[str] | None) -> frozenset[str]:
    """Return the terms and calls of these groups."""
    chosen = set(groups or ())
    return frozenset(name for name, group in GROUP_OF.items() if group in chosen)
