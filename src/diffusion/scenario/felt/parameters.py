"""Parameters that no run of a scenario can feel, with why: what they belong to is off, or not in its world."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import numpy as np

from diffusion.levers.setting_direction import SettingDirection
from diffusion.mechanisms.burden import normal_burden, raw_burden
from diffusion.mechanisms.network.net import layer_weight
from diffusion.mechanisms.responses import BUILT_IN
from diffusion.scenario.felt.reach import nobody_active, opens_with_users, out_of_reach, priced, reachable
from diffusion.scenario.felt.variety import early_use, heterogeneity, relevance

if TYPE_CHECKING:
    from diffusion.levers.outlook import Outlook
    from diffusion.mechanisms.supply.parameters import SupplyParameters
    from diffusion.scenario.initial import InitialSpec

#: (key below ``parameters``, why)
Reasons = Iterator[tuple[str, str]]


def unfelt_parameters(look: Outlook, initial: InitialSpec) -> dict[str, str]:
    """Return dotted keys of parameters that no run can feel, whatever their value, as all else stands, with why."""
    found: dict[str, str] = {}
    for rule in (
        _supply,
        _beliefs,
        _network,
        _hazards,
        _mandates,
        heterogeneity,
        relevance,
        early_use,
        _awareness,
        _teaching,
        _alignment,
        _complexity,
        _money,
        _capacity,
        _burden,
        _use,
        _programmes,
        _abandonment,
        _champions,
        out_of_reach,
    ):
        for key, why in rule(look, initial):
            found.setdefault(f"parameters.{key}", why)
    return found


def _all(section: str, names: Iterable[str], why: str) -> Reasons:
    for name in names:
        yield f"{section}.{name}", why


def _fields(look: Outlook, section: str, *but: str) -> list[str]:
    return [name for name in type(getattr(look.parameters, section)).model_fields if name not in but]


def _supply(look: Outlook, initial: InitialSpec) -> Reasons:
    s, written = look.parameters.supply, look.written
    none = "" if priced(look) or s.followed else "no innovation has a price, and so a company"
    if none:
        yield "supply.companies", none
    none = none if s.companies else "companies are not followed (parameters.supply.companies is false)"
    if none:
        yield from _all("supply", _OF_COMPANIES, none)
    else:
        yield from _company(s)
    if not s.followed:
        why = "people are not followed (parameters.supply.followed is false)"
        rest = ("companies", "followed", *_OF_COMPANIES, *_OF_FUNDS)
        yield from _all("supply", _fields(look, "supply", *rest), why)
        if none:
            yield from _all("supply", _OF_FUNDS, none)
        return
    if s.arrival_slots == 0:
        yield "supply.arrivals_per_year", "there is no room for them (supply.arrival_slots is 0)"
    people = [
        "outside_at_start",
        "leave_per_month",
        "retention_by_time",
        "abroad_share",
        "return_per_month",
        "founding_without_programme",
    ]
    programme = [
        "retention_in_programme",
        "leave_refused",
        "programme_months",
        "founding_per_month",
        "deals_in_programme",
    ]
    if s.doctors + s.other_professions == 0:
        why = "there are no people (supply.doctors and supply.other_professions are 0)"
        yield from _all("supply", [*people, *programme, "return_while_open", "launch_months"], why)
        return
    if "appointments" not in written:
        yield from _all("supply", programme, "no lever in force appoints anybody to a programme")
    if "programme_open" not in written:
        yield "supply.return_while_open", "no lever in force opens a programme to return for"
    elif s.return_per_month == 0:
        yield "supply.return_while_open", "nobody returns (supply.return_per_month is 0)"
    if s.leave_per_month == 0:
        why = "nobody leaves (supply.leave_per_month is 0)"
        yield from _all("supply", ["retention_in_programme", "retention_by_time"], why)
    elif "time_budget" not in written:
        yield "supply.retention_by_time", "no lever in force protects time"
    if s.deals_per_month == 0:
        why = "no company raises money (supply.deals_per_month is 0)"
        yield from _all("supply", ["deal_median_gbp", "deal_sigma", "deals_in_programme"], why)


#: what only companies of innovations feel, and what start-ups of people feel as well
_OF_COMPANIES = (
    "failure_per_month", "bought_up_share", "margin", "exit_per_month", "exit_growth_weight", "exit_burden_weight",
    "exit_waiting_weight", "abroad_months", "price_back", "support_lost_per_month",
)  # fmt: skip
_OF_FUNDS = ("deals_per_month", "deal_median_gbp", "deal_sigma", "burn_gbp_per_month", "runway_months")


def _company(s: SupplyParameters) -> Reasons:
    if s.exit_per_month == 0:
        names = ["exit_growth_weight", "exit_burden_weight", "exit_waiting_weight", "abroad_months", "price_back"]
        yield from _all("supply", names, "no company leaves the UK market (supply.exit_per_month is 0)")
    if s.failure_per_month == 0:
        names = ["bought_up_share", "support_lost_per_month"]
        yield from _all("supply", names, "no company fails (supply.failure_per_month is 0)")
    elif s.bought_up_share == 1:
        yield "supply.support_lost_per_month", "every failed company's product goes on (supply.bought_up_share is 1)"
    if s.deals_per_month == 0:
        yield from _all("supply", ["deal_median_gbp", "deal_sigma"], "no company raises money (deals_per_month is 0)")


#: levers that look at evidence themselves, whether trusts do or not
_LOOKS_AT_EVIDENCE = frozenset(
    {
        *("ahsn-support", "challenge-prizes", "nice", "innovation-technology-tariff", "test-beds", "accelerator"),
        *("medtech-funding-mandate", "healthtech-appraisal", "innovation-zones"),
    }
)


def _beliefs(look: Outlook, initial: InitialSpec) -> Reasons:
    p = look.parameters
    a = p.attributes
    if look.uses_beliefs:
        if a.risk_aversion_median == 0:
            yield "attributes.risk_aversion_sigma", "nobody is averse to risk (attributes.risk_aversion_median is 0)"
        if not np.isnan(look.world.innovations.signal).any() and not look.followed:
            yield "attributes.signal_noise_sd", "the table of innovations states every signal"
        return
    why = "trusts do not weigh evidence: all weights of utility are 0, and so are recalls"
    yield "attributes.risk_aversion_sigma", why
    if any(lever.name in _LOOKS_AT_EVIDENCE or not lever.number for lever in look.active.values()):
        return
    yield from _all("attributes", ["risk_aversion_median", "signal_noise_sd"], why)
    yield from _all("beliefs", _fields(look, "beliefs"), why)


def _network(look: Outlook, initial: InitialSpec) -> Reasons:
    p, world = look.parameters, look.world
    x = p.exposure
    present = {layer.name: layer for layer in world.layers}
    for name in _fields(look, "exposure"):
        layer = name.removeprefix("weight_")
        if name.startswith("weight_") and layer not in present:
            yield f"exposure.{name}", f"the world has no layer '{layer}'"
        elif name.startswith("weight_") and present[layer].n_ties == 0:
            yield f"exposure.{name}", f"the layer '{layer}' has no ties"
    if x.response != "hill":
        yield from _all("exposure", ["hill_exponent", "hill_theta"], f"the response is {x.response}, not hill")
    own = x.response not in BUILT_IN  # it takes the personal threshold as it likes
    for name, response in (("threshold_share", "threshold"), ("threshold_count", "count")):
        if x.response != response and not (own and name == "threshold_share"):
            yield f"exposure.{name}", f"the response is {x.response}, not {response}"
        elif not np.isnan(world.trusts.threshold).any():
            yield f"exposure.{name}", "the table of trusts states a threshold for every trust"
    centres = world.trusts.centre_of_excellence
    if not centres.any():
        yield "exposure.credibility_bonus", "the world has no centre of excellence"
    if x.activity_abandoned == 0:
        why = "who abandoned has no activity (exposure.activity_abandoned is 0)"
        yield "exposure.abandoned_half_life_months", why
    peers = "nobody looks at peers: all their rates and weights are 0"
    responds = bool(
        x.deterministic
        or p.triage.peer_per_month
        or p.evaluation.peer_weight
        or (p.pilot.rate_factor and world.innovations.rollout_peer_per_month.any())
    )
    if not responds:
        yield from _all(
            "exposure", ["response", "hill_exponent", "hill_theta", "threshold_share", "threshold_count"], peers
        )
    through_evidence = look.uses_beliefs or look.active
    if not responds and p.awareness.peer_per_month == 0 and not through_evidence:
        yield from _all("exposure", _fields(look, "exposure", "deterministic"), peers)
    elif not any(layer_weight(layer, x) > 0 and layer.n_ties for layer in world.layers) and not look.active:
        why = "nobody is tied to anybody"
        names = _fields(look, "exposure", "response", "deterministic", "hill_exponent", "hill_theta")
        yield from _all("exposure", [name for name in names if not name.startswith(("weight_", "threshold_"))], why)
        yield "awareness.peer_per_month", why


def _hazards(look: Outlook, initial: InitialSpec) -> Reasons:
    """With Granovetter's rule, whoever sees enough moves, and nobody else: no rate or weight decides."""
    if not look.parameters.exposure.deterministic:
        return
    why = "trusts move by Granovetter's rule (exposure.deterministic), not by rates"
    yield from _all("triage", _fields(look, "triage", "utility_weight"), why)
    yield from _all("evaluation", _fields(look, "evaluation", "utility_weight"), why)
    yield from _all(
        "pilot", ["finance_weight", "champion_weight", "burden_exponent", "mandate_per_month", "rate_factor"], why
    )


def _mandates(look: Outlook, initial: InitialSpec) -> Reasons:
    if "mandate" not in look.written:
        why = "no lever in force mandates anything"
        for key in (
            "awareness.mandate_per_month",
            "triage.mandate_per_month",
            "evaluation.mandate_log_odds",
            "pilot.mandate_per_month",
            "capacity.mandate_priority",
        ):
            yield key, why


def _awareness(look: Outlook, initial: InitialSpec) -> Reasons:
    a, world = look.parameters.attributes, look.world
    if initial.stage != "unaware":
        why = f"no pair is ever unaware: all begin as {initial.stage}"
        yield from _all("awareness", _fields(look, "awareness"), why)
    elif a.innovativeness_weight == 0:
        why = "innovativeness has no weight (attributes.innovativeness_weight is 0)"
        yield from _all("attributes", ["innovativeness_sd", "innovativeness_teaching", "innovativeness_size"], why)
        return
    if not world.trusts.teaching.any():
        yield "attributes.innovativeness_teaching", "the world has no teaching trust"
    one_size = bool((world.trusts.size == 1).all()) and not world.changes
    if one_size:
        yield "attributes.innovativeness_size", "all trusts are of one size"
    by_size, by_teaching = a.innovativeness_size != 0 and not one_size, a.innovativeness_teaching != 0
    if a.innovativeness_sd == 0 and not by_size and not (by_teaching and world.trusts.teaching.any()):
        yield "attributes.innovativeness_weight", "all trusts are equally innovative"
    draws_sites = world.innovations.initial_sites_max.any() and initial.adopters is None
    draws_sites = draws_sites or opens_with_users(look, initial)  # the first in a race are those that use it
    still = look.parameters.awareness.push_per_month == 0 and "mandate" not in look.written
    if look.parameters.awareness.peer_per_month > 0:
        still = still and nobody_active(look, reachable(look, initial))
    asks = any(lever.name in ("expo", "accelerator") or not lever.number for lever in look.active.values())
    if (initial.stage != "unaware" or still) and not draws_sites and not asks:
        why = "innovativeness matters to who becomes aware, and no pair ever does"
        names = ["innovativeness_sd", "innovativeness_teaching", "innovativeness_size", "innovativeness_weight"]
        yield from _all("attributes", names, why)


def _teaching(look: Outlook, initial: InitialSpec) -> Reasons:
    if not look.world.trusts.teaching.any():
        why = "the world has no teaching trust"
        yield "attributes.champion_stock_teaching", why
        yield "use.absorptive_teaching", why


def _alignment(look: Outlook, initial: InitialSpec) -> Reasons:
    world = look.world
    digital = (world.trusts.digital_maturity != 0).any() and (world.innovations.digital & look.live(look.end)).any()
    if "alignment" not in look.written and not digital:
        why = "no innovation is digital and no lever in force aligns any"
        yield from (("triage.alignment_weight", why), ("evaluation.alignment_weight", why))


def _complexity(look: Outlook, initial: InitialSpec) -> Reasons:
    if not look.world.innovations.nasss_sum.any():
        why = "no innovation is complex: all sums of NASSS are 0"
        yield from (("rollout.complexity_ratio", why), ("evaluation.complexity_weight", why))
    elif look.parameters.rollout.complexity_ratio == 1:
        yield "evaluation.complexity_weight", "complexity counts for nothing (rollout.complexity_ratio is 1)"
    if look.parameters.rollout.progress_ratio == 1:
        yield "rollout.reference_adopters", "nobody learns from adopters (rollout.progress_ratio is 1)"


def _money(look: Outlook, initial: InitialSpec) -> Reasons:
    table = look.world.innovations
    costs = (table.upfront_cost_gbp, table.running_cost_gbp_per_month, table.saving_gbp_per_month, table.unit_cost_gbp)
    paid = table.upfront_cost_gbp.any() or table.running_cost_gbp_per_month.any()
    if not paid:
        why = "no innovation costs anything"
        for key in ("evaluation.finance_weight", "pilot.finance_weight", "abandonment.finance_weight"):
            yield key, why
        if not any(cost.any() for cost in costs):
            names = _fields(look, "finance", "fund_opening_gbp")
            yield from _all("finance", names, why)
    f = look.parameters.finance
    if "horizon_months" not in look.written and f.horizon_months < f.long_horizon_months:
        yield (
            "finance.long_horizon_months",
            f"trusts look {f.horizon_months} months ahead, and no lever in force changes it",
        )
    if f.horizon_months <= (ahead := _horizon_throughout(look)):
        yield "finance.horizon_months", f"a lever in force makes all trusts look {ahead} months ahead throughout"
    if max(f.horizon_months, ahead) >= f.long_horizon_months:
        why = f"trusts look {max(f.horizon_months, ahead)} months ahead, and carry their funds over in full"
        yield "finance.fund_carry_over_months", why
    if not look.world.trusts.money_short.any():
        yield "finance.fund_refill_with_loans", "no trust is short of money"
    if not any(table.cases_per_month != 0):
        yield "attributes.need_sigma", "no innovation has cases"


def _horizon_throughout(look: Outlook) -> int:
    """Return how far a lever makes all trusts look ahead in every month of the run; 0 if none does."""
    return max(
        (
            lever.horizon_months
            for lever in look.active.values()
            if isinstance(lever, SettingDirection)
            and lever.targets.trust_mask(look.world).all()
            and lever.level(look.start) >= 1.0
            and look.last(lever) == look.end
        ),
        default=0,
    )


def _capacity(look: Outlook, initial: InitialSpec) -> Reasons:
    p, world = look.parameters, look.world
    if p.capacity.unlimited:
        why = "change time is unlimited (parameters.capacity.unlimited)"
        yield from _all("capacity", _fields(look, "capacity", "unlimited"), why)
        yield from (("attributes.capacity_sigma", why), ("triage.slack_sensitive", why))
        return
    feel = np.isin(
        world.trusts.sector, [n for n, name in enumerate(world.trusts.sector_names) if name in ("acute", "ambulance")]
    )
    if not feel.any():
        yield "capacity.winter_pressure", "the world has no acute or ambulance trust"
    elif not any((look.start + n).is_winter for n in range(look.end - look.start)):
        yield "capacity.winter_pressure", "no month of the run is in winter"
    if (world.trusts.size == 1).all() and not world.changes:
        yield "capacity.size_exponent", "all trusts are of one size"


def _burden(look: Outlook, initial: InitialSpec) -> Reasons:
    p, world = look.parameters, look.world
    plain = np.zeros((1, 1, 1))
    if look.written & {"burden", "burden_risk", "price_agreed", "standard_terms"}:
        return
    load = (raw_burden(world, p.burden, plain + 1.0, plain, plain) / normal_burden(p.burden))[0]
    if (load >= p.burden.lowest).all():
        yield "burden.lowest", f"no burden is below {load.min():.2f}"
    if (load <= p.burden.highest).all():
        yield "burden.highest", f"no burden is above {load.max():.2f}"
    at_once = not world.innovations.evaluation_months.any() and p.capacity.unlimited and not look.followed
    rule = p.exposure.deterministic
    if at_once and all(rule or exponent == 0 for exponent in (p.triage.burden_exponent, p.pilot.burden_exponent)):
        yield from _all("burden", _fields(look, "burden"), "nothing is slower for its burden: all exponents are 0")
    clipped = np.clip(load, p.burden.lowest, p.burden.highest)
    if (clipped == 1.0).all():
        yield from (("triage.burden_exponent", "every burden is 1"), ("pilot.burden_exponent", "every burden is 1"))


def _use(look: Outlook, initial: InitialSpec) -> Reasons:
    p = look.parameters
    if p.use.followed:
        return
    why = "use is not followed (parameters.use.followed is false)"
    yield from _all("use", ["adjustment_months", "without_champion", "in_use_threshold"], why)
    yield from _all("attributes", ["engagement_alpha", "engagement_beta"], why)
    if not look.uses_beliefs:
        yield from _all("use", ["absorptive_teaching", "absorptive_growth", "absorptive_decay_per_month"], why)


def _programmes(look: Outlook, initial: InitialSpec) -> Reasons:
    p = look.parameters.pilot
    if "programme_pilot" not in look.written:
        why = "no lever in force pays for pilots"
        yield from (("pilot.money_ended_factor", why), ("pilot.money_ended_months", why))
    elif p.money_ended_factor == 0:
        yield "pilot.money_ended_months", "its end is not felt (pilot.money_ended_factor is 0)"
    elif p.money_ended_months == 0:
        yield "pilot.money_ended_factor", "its end is felt for no month (pilot.money_ended_months is 0)"
    table = look.world.innovations
    if not table.rollout_push_per_month.any() and not table.rollout_peer_per_month.any():
        yield "pilot.rate_factor", "no innovation has a rate of rollout"
    if not table.pilot_abandonment_per_month.any():
        yield "pilot.abandonment_factor", "no pilot of any innovation is abandoned"


def _champions(look: Outlook, initial: InitialSpec) -> Reasons:
    """Champions, where nothing that they do is looked at."""
    p = look.parameters
    in_pilots = p.pilot.champion_weight != 0 and not p.exposure.deterministic
    stay = p.abandonment.champion_weight != 0 and p.abandonment.scale_per_month > 0
    in_use = p.use.followed and p.use.without_champion != 1
    if in_pilots or stay or in_use or not p.capacity.unlimited or "champion_effect" in look.written:
        return
    why = "no rate, use or count looks at champions"
    names = ["champion_stock", "champion_stock_teaching", "champion_turnover_per_month"]
    yield from _all("attributes", names, why)


def _abandonment(look: Outlook, initial: InitialSpec) -> Reasons:
    p = look.parameters.abandonment
    if p.scale_per_month == 0:
        why = "nobody abandons of himself (abandonment.scale_per_month is 0)"
        yield from _all("abandonment", ["shape", "finance_weight", "champion_weight", "monitoring_ended"], why)
    ends = any(
        "monitoring" in lever.writes and lever.end is not None and lever.end < look.end
        for lever in look.active.values()
    )
    if not ends:
        yield "abandonment.monitoring_ended", "no lever in force monitors use and ends before the run"
    if p.recall_per_month == 0:
        why = "nothing is recalled (abandonment.recall_per_month is 0)"
        yield from _all("abandonment", ["recall_signal", "recall_evidence", "recalled_exit_per_month"], why)
