"""Parameters of what sets innovations and trusts apart that no run of a scenario can feel, with why."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from diffusion.mechanisms.variety.early_use import early_log_odds, has_trial_sites
from diffusion.mechanisms.variety.relevance import stated_log_odds
from diffusion.scenario.felt.reach import reachable

if TYPE_CHECKING:
    from diffusion.levers.outlook import Outlook
    from diffusion.scenario.initial import InitialSpec

#: (key below ``parameters``, why)
Reasons = Iterator[tuple[str, str]]

_SCALE_UP = ("heterogeneity.scale_up_sd", "heterogeneity.scale_up_correlation")


def heterogeneity(look: Outlook, initial: InitialSpec) -> Reasons:
    """What differs between innovations, where the table states it or nothing looks at it."""
    par, table, stages = look.parameters.heterogeneity, look.world.innovations, reachable(look, initial)
    if look.parameters.exposure.deterministic:
        why = "trusts move by Granovetter's rule (exposure.deterministic), not by rates"
        yield from ((key, why) for key in ("heterogeneity.push_sd", *_SCALE_UP))
    if not stages & {"unaware", "aware"}:
        yield "heterogeneity.push_sd", "no pair is ever unaware or aware"
    if "pilot" not in stages:
        yield from ((key, "no pair is ever pilot: it cannot be reached from where pairs begin") for key in _SCALE_UP)
    if "mandate" not in look.written:
        yield "heterogeneity.compliance_sd", "no lever in force mandates anything"
    if par.scale_up_sd == 0:
        yield _SCALE_UP[1], "scale-up does not differ (heterogeneity.scale_up_sd is 0)"
    if look.followed:
        return  # what is born during a run has nothing stated
    stated = {
        name: not np.isnan(values).any()
        for name, values in (
            ("push", table.log_push),
            ("scale_up", table.log_scale_up),
            ("ending", table.log_pilot_ending),
            ("compliance", table.log_compliance),
        )
    }
    why = "the table of innovations states it for every innovation"
    for name in ("push", "compliance"):
        if stated[name]:
            yield f"heterogeneity.{name}_sd", why
    if stated["ending"]:
        yield _SCALE_UP[1], why
        if stated["scale_up"]:
            yield _SCALE_UP[0], why


def relevance(look: Outlook, initial: InitialSpec) -> Reasons:
    """Who has a use for what, where the table states it or everybody has."""
    par, world = look.parameters.relevance, look.world
    stated = stated_log_odds(world.innovations.use_share)
    drawn = par.limited and bool(np.isnan(stated).any() or look.followed)
    if not drawn:
        off = "every trust has a use for what states no share (relevance.limited is false)"
        why = "the table of innovations states a share for every innovation" if par.limited else off
        yield from ((f"relevance.{name}", why) for name in ("log_odds", "log_odds_sd"))
        if not np.isfinite(stated).any():
            yield from ((f"relevance.{name}", why) for name in ("size_weight", "teaching_weight"))
    yield from _of_trusts("relevance", look)


def early_use(look: Outlook, initial: InitialSpec) -> Reasons:
    """Who uses something from its first month on, where nobody does or the table states it."""
    par, table = look.parameters.early_use, look.world.innovations
    names = ("share", "size_weight", "teaching_weight")
    if initial.stage != "unaware":
        yield from ((f"early_use.{name}", f"no pair is ever unaware: all begin as {initial.stage}") for name in names)
        return
    if not look.followed and not (np.isnan(table.early_use_share) & ~has_trial_sites(table)).any():
        yield (
            "early_use.share",
            "the table of innovations states early users or first sites for every innovation",
        )
    if not np.isfinite(early_log_odds(par, look.world)).any() and not (look.followed and par.share > 0):
        yield from ((f"early_use.{name}", "nobody uses anything early (early_use.share is 0)") for name in names[1:])
    yield from _of_trusts("early_use", look)


def _of_trusts(section: str, look: Outlook) -> Reasons:
    trusts = look.world.trusts
    if not trusts.teaching.any():
        yield f"{section}.teaching_weight", "the world has no teaching trust"
    if (trusts.size == 1).all() and not look.world.changes:
        yield f"{section}.size_weight", "all trusts are of one size"
