"""Which stages any pair can ever reach in a run, and the parameters that only stages out of reach would feel.

The set is never too small: a move counts as possible unless its rate is 0 whatever happens.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from diffusion.mechanisms.variety.early_use import early_log_odds

if TYPE_CHECKING:
    from diffusion.levers.outlook import Outlook
    from diffusion.scenario.initial import InitialSpec

_ACTIVE = {"pilot", "rollout", "sustained"}


def reachable(look: Outlook, initial: InitialSpec) -> set[str]:
    """Return the names of the stages that a pair may be in at some time."""
    adopters, table = initial.adopters, look.world.innovations
    stages: set[str] = {initial.stage}
    if (adopters is None and table.initial_sites_max.any()) or (adopters is not None and adopters.count != 0):
        stages.add("sustained")
    if "placement" in look.written or any(table.pilot_sites):
        stages.add("pilot")
    if opens_with_users(look, initial):
        # whoever is held to be in use begins its rollout; where too many are, some have decided against it
        stages |= {"rollout", "rejected"}
    moves = _moves(look, initial)
    while True:
        peers = not nobody_active(look, stages)
        found = {to for start, to, alone, by_peers in moves if start in stages and (alone or (by_peers and peers))}
        if found <= stages:
            return stages
        stages |= found


def opens_with_users(look: Outlook, initial: InitialSpec) -> bool:
    """Whether the portfolio says how many use something when the run begins."""
    return initial.from_portfolio and not bool(np.isnan(look.world.innovations.opening_share).all())


def nobody_active(look: Outlook, stages: set[str]) -> bool:
    """Whether nobody is ever seen to use anything, and nobody moves without seeing somebody."""
    # a threshold of 0 is met by nobody's use, and a response of one's own may answer to it
    at_once = look.parameters.exposure.response not in ("linear", "hill")
    return not (stages & _ACTIVE or "exposure" in look.written or at_once)


def has_companies(look: Outlook) -> bool:
    """Whether any innovation has a company behind it, which may fail."""
    return look.parameters.supply.companies and (priced(look) or look.followed)


def priced(look: Outlook) -> bool:
    """Whether any innovation of the table has a price."""
    table = look.world.innovations
    return bool(table.has_company.any())


def _moves(look: Outlook, initial: InitialSpec) -> list[tuple[str, str, bool, bool]]:
    """Return (from, to, whether by itself, whether by peers) of every kind of move."""
    p, table = look.parameters, look.world.innovations
    mandates = "mandate" in look.written
    rule = p.exposure.deterministic
    gone = p.abandonment.recall_per_month > 0 or has_companies(look)
    rate = p.pilot.rate_factor > 0
    again = p.abandonment.reconsider_per_month > 0 or "reconsideration" in look.written
    leaves = p.abandonment.scale_per_month > 0 or gone
    fails = (p.pilot.abandonment_factor > 0 and bool(table.pilot_abandonment_per_month.any())) or gone
    early = initial.stage == "unaware" and bool(np.isfinite(early_log_odds(p.early_use, look.world)).any())
    early = early or (look.followed and p.early_use.share > 0)
    direct = bool((~table.needs_pilot).any()) or look.followed or "no_pilot" in look.written
    pushed, by_peers = bool(table.rollout_push_per_month.any()), bool(table.rollout_peer_per_month.any())
    return [
        ("unaware", "aware", p.awareness.push_per_month > 0 or mandates, p.awareness.peer_per_month > 0),
        ("aware", "evaluating", p.triage.push_per_month > 0 or mandates or rule, p.triage.peer_per_month > 0),
        ("unaware", "rollout", early, early),
        ("evaluating", "pilot", True, True),
        ("evaluating", "rollout", direct, direct),
        ("evaluating", "rejected", True, True),
        ("pilot", "rollout", (rate and pushed) or mandates or rule, rate and by_peers),
        ("pilot", "abandoned", fails, fails),
        ("rollout", "sustained", True, True),
        ("rollout", "abandoned", leaves, leaves),
        ("sustained", "abandoned", leaves, leaves),
        ("abandoned", "aware", again, again),
        ("rejected", "aware", again, again),
    ]


def out_of_reach(look: Outlook, initial: InitialSpec) -> Iterator[tuple[str, str]]:
    """Yield (key below ``parameters``, why) of what only stages out of reach would feel."""
    stages, p = reachable(look, initial), look.parameters
    table = look.world.innovations

    weights = {name: getattr(p, name).utility_weight for name in ("triage", "evaluation", "pilot", "abandonment")}

    def fields(section: str, *but: str) -> list[str]:
        # a weight of utility switches evidence on and off, whoever looks at it
        others = any(weight for name, weight in weights.items() if name != section)
        switch = () if others or p.abandonment.recall_per_month > 0 else ("utility_weight",)
        return [f"{section}.{name}" for name in type(getattr(p, section)).model_fields if name not in (*but, *switch)]

    never = "no pair is ever {}: it cannot be reached from where pairs begin"
    if "aware" not in stages:
        # the rates decide whether it is reached, those of a mandate and of peers at other values as well
        yield from ((key, never.format("aware")) for key in fields("triage"))
    if nobody_active(look, stages):
        why = "no pair ever gets so far that others could see it"
        yield from ((key, why) for key in ("awareness.peer_per_month", "triage.peer_per_month"))
    if "evaluating" not in stages:
        why = never.format("evaluating")
        yield from ((key, why) for key in [*fields("evaluation"), "capacity.load_evaluating_wte"])
    if "pilot" not in stages:
        why = never.format("pilot")
        names = [
            *fields("pilot"),
            "exposure.activity_pilot",
            "capacity.load_pilot_wte",
            "beliefs.evidence_per_pilot_month",
        ]
        yield from ((key, why) for key in names)
    if "rollout" not in stages:
        yield from ((key, never.format("rollout")) for key in fields("rollout", "complexity_ratio"))
    if not stages & {"rollout", "sustained"}:
        why = never.format("rollout")
        names = fields("use", "followed", "absorptive_teaching")
        names += ["exposure.activity_adopter", "exposure.activity_rollout", "capacity.load_sustained_wte"]
        names += ["beliefs.evidence_per_use_month"]
        yield from ((key, why) for key in names)
        yield from (
            (key, why)
            for key in fields(
                "abandonment",
                "recall_signal",
                "recall_evidence",
                "recall_per_month",
                "recalled_exit_per_month",
                "reconsider_per_month",
            )
        )
    if "abandoned" not in stages:
        why = never.format("abandoned")
        yield from (("exposure.activity_abandoned", why), ("exposure.abandoned_half_life_months", why))
    if not stages & {"abandoned", "rejected"}:
        yield "abandonment.reconsider_per_month", never.format("abandoned or rejected")
    if not table.rollout_months.any():
        why = "rollout takes no time: all rollout_months are 0"
        names = ["rollout.progress_ratio", "rollout.reference_adopters", "rollout.sustained_rollout_share"]
        yield from ((key, why) for key in names)
    by_activity = ("unaware" in stages and p.awareness.peer_per_month > 0) or look.active or look.uses_beliefs
    if p.exposure.response == "count" and not by_activity:
        names = [
            "activity_pilot",
            "activity_adopter",
            "activity_rollout",
            "activity_abandoned",
            "abandoned_half_life_months",
            "credibility_bonus",
        ]
        yield from ((f"exposure.{name}", "the response counts adopters, not their activity") for name in names)
