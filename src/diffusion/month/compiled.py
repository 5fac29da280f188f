"""A scenario made ready to run: tables and scalars for the kernels, the same for all replicates."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from diffusion.engine.calendar import Month
from diffusion.engine.ledger import Flow, all_flows
from diffusion.engine.stages import EVALUATING, N_STAGES, PILOT, ROLLOUT, SUSTAINED
from diffusion.engine.state import MAX_INNOVATIONS, MAX_TRUSTS
from diffusion.errors import InputError
from diffusion.mechanisms.abandonment import hazard_by_age
from diffusion.mechanisms.beliefs import Precisions
from diffusion.mechanisms.exposure import ACTIVITY_ONE, OWN, RESPONSES, ExposureParameters, Net, abandoned_activity
from diffusion.mechanisms.moves import engagement_table
from diffusion.mechanisms.network.net import build_net
from diffusion.mechanisms.rollout import learning_exponent
from diffusion.mechanisms.screens import Reach, build_reach
from diffusion.mechanisms.variety.early_use import early_leaning, early_log_odds
from diffusion.mechanisms.variety.relevance import leaning, stated_log_odds
from diffusion.world.keys import person_keys
from diffusion.world.pilot_sites import pilot_pairs
from diffusion.world.slots import SPIN_OUT, is_born

if TYPE_CHECKING:
    from collections.abc import Mapping

    from diffusion.engine.kernels.frame import FrameValue
    from diffusion.mechanisms.parameters import Parameters
    from diffusion.month.protocols import Policy
    from diffusion.world.tables import InnovationTable, World


class Tables(NamedTuple):
    """Fixed attributes of trusts [N] and innovations [K], as the kernels read them."""

    trust_keys: np.ndarray
    innovation_keys: np.ndarray
    live: np.ndarray  # int64[K], first month in which the innovation is live, minus 1
    direct: np.ndarray  # uint8[K], goes into use without a pilot
    early_log_odds: np.ndarray
    early_leaning: np.ndarray  # float64[N]
    pilot_site: np.ndarray  # uint8[1, N, K], or [1, 1, 1] where there is none
    has_pilot_sites: np.ndarray  # uint8[K]
    pilot_months: np.ndarray
    rollout_push: np.ndarray
    rollout_peer: np.ndarray
    pilot_abandonment: np.ndarray
    abandonment_factor: np.ndarray
    rollout_months: np.ndarray  # D_R * cx
    log_complexity: np.ndarray
    load: np.ndarray  # float64[9, K], WTE by stage
    saving_lag: np.ndarray
    cashable_share: np.ndarray
    unit_cost: np.ndarray
    cohort: np.ndarray  # uint8[K]
    size: np.ndarray
    champion_stock: np.ndarray
    absorptive_start: np.ndarray
    feels_winter: np.ndarray  # uint8[N]
    group_columns: np.ndarray  # int64[3, N], columns of AHSN, ICS and sector in the group counters
    n_eligible: np.ndarray  # int64[K], eligible trusts
    evaluation_months: np.ndarray  # D_E
    ahsn: np.ndarray  # int64[N]


@dataclass(frozen=True)
class Model:
    """What the phases of a month need beside the state of a block."""

    world: World
    parameters: Parameters
    levers: Mapping[str, Policy]
    start: Month
    months: int
    net: Net
    reach: Reach
    tables: Tables
    numbers: dict[str, FrameValue]  # numbers and tables that parameters give, by frame field
    precisions: Precisions
    digital_alignment: np.ndarray  # float64[1, N or 1, K]
    uses_beliefs: bool
    uses_money: bool
    n_people: int
    flows: tuple[Flow, ...]  # kinds of payment, own ones of levers last
    warm_up: int = 0  # months that are run before the first of the scenario, and not recorded

    def calendar(self, month: int) -> Month:
        """Calendar month of step ``month`` (1 is the first)."""
        return _calendar(self.start, month)


@lru_cache(maxsize=4096)
def _calendar(start: Month, month: int) -> Month:
    return start + (month - 1)


def _writable(array: np.ndarray, dtype: type) -> np.ndarray:
    return np.array(array, dtype=dtype, order="C", copy=True)


def complexity(world: World, parameters: Parameters) -> np.ndarray:
    """Return ``cx_k = exp(c * NASSS sum / 14)``, float64[K]."""
    return parameters.rollout.complexity_ratio ** (world.innovations.nasss_sum / 14.0)


def _pilot_sites(world: World) -> np.ndarray:
    """Return uint8[1, N, K], the pairs that begin as pilots; [1, 1, 1] where there is none."""
    if not any(world.innovations.pilot_sites):
        return np.zeros((1, 1, 1), dtype=np.uint8)
    return pilot_pairs(world.trusts.codes, world.innovations, world.eligible)[None].astype(np.uint8)


def _live(table: InnovationTable, start: Month, warm_up: int) -> np.ndarray:
    """Return int64[K]: first month in which each innovation is live, minus 1; before the scenario it is negative."""
    known = np.where(table.live_from > 0, table.live_from - int(start), -warm_up)
    before = (table.live_from > 0) | (~np.isnan(table.opening_share) & (warm_up > 0))
    return _writable(np.where(before, np.maximum(known, -warm_up), table.live_month), np.int64)


def _tables(world: World, parameters: Parameters, start: Month, warm_up: int) -> Tables:
    trusts, table, cap = world.trusts, world.innovations, parameters.capacity
    cx = complexity(world, parameters)
    load = np.zeros((N_STAGES, world.n_innovations))
    load[EVALUATING] = cap.load_evaluating_wte
    load[PILOT] = cap.load_pilot_wte
    load[ROLLOUT] = cap.load_rollout_wte * cx
    load[SUSTAINED] = cap.load_sustained_wte
    n_ahsns, n_ics = world.n_ahsns, len(trusts.ics_codes)
    columns = np.stack([trusts.ahsn, trusts.ics + n_ahsns, trusts.sector + n_ahsns + n_ics]).astype(np.int64)
    winter = np.isin(trusts.sector, [n for n, name in enumerate(trusts.sector_names) if name in ("acute", "ambulance")])
    cohorts = sorted(set(table.cohort) - {""})
    return Tables(
        trust_keys=_writable(trusts.keys, np.uint64),
        innovation_keys=_writable(table.keys, np.uint64),
        live=_live(table, start, warm_up),
        direct=(~table.needs_pilot).astype(np.uint8),
        early_log_odds=early_log_odds(parameters.early_use, world),
        early_leaning=early_leaning(parameters.early_use, world),
        pilot_site=_pilot_sites(world),
        has_pilot_sites=np.array([bool(sites) for sites in table.pilot_sites], dtype=np.uint8),
        pilot_months=_writable(table.pilot_months, np.float64),
        rollout_push=_writable(table.rollout_push_per_month, np.float64),
        rollout_peer=_writable(table.rollout_peer_per_month, np.float64),
        pilot_abandonment=_writable(table.pilot_abandonment_per_month, np.float64),
        abandonment_factor=_writable(table.abandonment_factor, np.float64),
        rollout_months=table.rollout_months * cx,
        log_complexity=np.log(cx),
        load=np.rint(load * (1 << 20)) / (1 << 20),
        saving_lag=_writable(table.saving_lag_months, np.int64),
        cashable_share=_writable(table.cashable_share, np.float64),
        unit_cost=_writable(table.unit_cost_gbp, np.float64),
        cohort=np.array([bool(cohorts) and cohort == cohorts[0] for cohort in table.cohort], dtype=np.uint8),
        size=_writable(trusts.size, np.float64),
        champion_stock=parameters.attributes.champion_stock
        + parameters.attributes.champion_stock_teaching * trusts.teaching,
        absorptive_start=1.0 + parameters.use.absorptive_teaching * trusts.teaching,
        feels_winter=winter.astype(np.uint8),
        group_columns=np.ascontiguousarray(columns),
        n_eligible=world.eligible.sum(axis=0).astype(np.int64),
        evaluation_months=_writable(table.evaluation_months, np.float64),
        ahsn=trusts.ahsn.astype(np.int64),
    )


def _numbers(world: World, p: Parameters) -> dict[str, FrameValue]:
    """Return the frame fields that follow from parameters."""
    refill = p.finance.fund_refill_gbp_per_month * world.trusts.size * 100.0
    short = world.trusts.money_short
    refill = refill * (short * p.finance.fund_refill_with_loans + (1.0 - short))
    default = p.exposure.threshold_count if p.exposure.response == "count" else p.exposure.threshold_share
    b = p.beliefs
    return {
        "response": RESPONSES.get(p.exposure.response, OWN), "deterministic": p.exposure.deterministic,
        "counting": p.exposure.response == "count", "hill_exponent": p.exposure.hill_exponent,
        "hill_theta": p.exposure.hill_theta, "act_pilot": round(p.exposure.activity_pilot * ACTIVITY_ONE),
        "act_adopter": p.exposure.activity_adopter * ACTIVITY_ONE,
        "act_rollout": p.exposure.activity_rollout * ACTIVITY_ONE,
        "abandoned_activity": abandoned_activity(p.exposure),
        "threshold": np.where(np.isnan(world.trusts.threshold), default, world.trusts.threshold),
        "prior_mean": b.prior_mean, "prior_precision": b.prior_sd**-2.0,
        "evidence_precision": b.evidence_sd**-2.0, "peer_precision": b.peer_sd**-2.0,
        "exponent_limit": b.exponent_limit, "exponent_most": float(np.exp(b.exponent_limit)) * (1.0 + 1e-9),
        "evidence_decay": b.evidence_decay_per_month,
        "evidence_per_pilot": b.evidence_per_pilot_month, "evidence_per_use": b.evidence_per_use_month,
        "recall_signal": p.abandonment.recall_signal, "recall_evidence": p.abandonment.recall_evidence,
        "recall_per_month": p.abandonment.recall_per_month, "recalled_exit": p.abandonment.recalled_exit_per_month,
        "t1_push": p.awareness.push_per_month, "t1_peer": p.awareness.peer_per_month,
        "t1_mandate": p.awareness.mandate_per_month, "t2_mandate": p.triage.mandate_per_month,
        "t4_mandate": p.pilot.mandate_per_month,
        "t2_push": p.triage.push_per_month, "t2_peer": p.triage.peer_per_month,
        "t2_utility": p.triage.utility_weight, "t2_slack": p.triage.slack_sensitive,
        "t3_intercept": p.evaluation.intercept, "t3_utility": p.evaluation.utility_weight,
        "t3_finance": p.evaluation.finance_weight, "t3_peer": p.evaluation.peer_weight,
        "t3_alignment": p.evaluation.alignment_weight, "t3_complexity": p.evaluation.complexity_weight,
        "t3_mandate": p.evaluation.mandate_log_odds,
        "t4_utility": p.pilot.utility_weight, "t4_champion_factor": float(np.exp(p.pilot.champion_weight)),
        "t4_rate": p.pilot.rate_factor,
        "t4_abandonment": p.pilot.abandonment_factor, "t4_money_ended": p.pilot.money_ended_factor,
        "t4_money_ended_months": p.pilot.money_ended_months,
        "t5_exponent": learning_exponent(p.rollout.progress_ratio), "t5_reference": p.rollout.reference_adopters,
        "t5_complete": p.rollout.sustained_rollout_share, "t6_after": p.rollout.sustained_after_months,
        "hazard_by_age": hazard_by_age(p.abandonment), "t7_utility": p.abandonment.utility_weight,
        "t7_finance": p.abandonment.finance_weight, "t7_champion": p.abandonment.champion_weight,
        "t7_monitoring": p.abandonment.monitoring_ended,
        "t7_champion_factor": float(np.exp(-p.abandonment.champion_weight)),
        "t8_rate": p.abandonment.reconsider_per_month,
        "t9_speed": 1.0 / max(1.0, p.use.adjustment_months), "t9_without_champion": p.use.without_champion,
        "t9_in_use": p.use.in_use_threshold, "absorptive_decay": p.use.absorptive_decay_per_month,
        "absorptive_growth": p.use.absorptive_growth, "champion_turnover": p.attributes.champion_turnover_per_month,
        "engagement_quantiles": engagement_table(p.attributes.engagement_alpha, p.attributes.engagement_beta),
        **_supply_numbers(world, p),
        "unlimited": p.capacity.unlimited, "pressure": p.capacity.pressure,
        "winter_pressure": p.capacity.winter_pressure, "mandate_priority": p.capacity.mandate_priority,
        "money_gate": p.finance.money_gate, "share_at_pilot": p.finance.upfront_share_at_pilot,
        "refill_pence": np.rint(refill).astype(np.int64), "fund_cap_months": p.finance.fund_cap_months,
        "fund_carry_over_months": p.finance.fund_carry_over_months,
        "horizon": p.finance.horizon_months, "long_horizon": p.finance.long_horizon_months,
    }  # fmt: skip


def _supply_numbers(world: World, p: Parameters) -> dict[str, FrameValue]:
    """Return the frame fields of people, companies and births."""
    s, table = p.supply, world.innovations
    # levers may take time away too: at most half of it
    least = min(0.0, s.retention_in_programme) - 0.5 * abs(s.retention_by_time)
    born = np.flatnonzero([name.startswith(SPIN_OUT) for name in table.ids])
    return {
        "supply": s.followed, "trading": s.companies and bool(table.has_company.any()),
        "failure_per_month": s.failure_per_month, "bought_up": s.bought_up_share,
        "person_keys": person_keys(n_people(p)), "leave_per_month": s.leave_per_month,
        "leave_most": s.leave_per_month * math.exp(-least) * (1.0 + 1e-9),
        "retention_in_programme": s.retention_in_programme, "retention_by_time": s.retention_by_time,
        "abroad_share": s.abroad_share, "return_per_month": s.return_per_month,
        "return_while_open": s.return_while_open,
        "return_most": s.return_per_month * math.exp(max(0.0, s.return_while_open)) * (1.0 + 1e-9),
        "leave_refused": s.leave_refused,
        "programme_months": s.programme_months, "founding_per_month": s.founding_per_month,
        "founding_without_programme": s.founding_without_programme, "launch_months": s.launch_months,
        "deals_per_month": s.deals_per_month, "deal_median": s.deal_median_gbp, "deal_sigma": s.deal_sigma,
        "deals_in_programme": s.deals_in_programme, "burn_pence": round(s.burn_gbp_per_month * 100.0),
        "runway_months": s.runway_months, "margin": s.margin, "sales_scale": 1.0 / world.share,
        "exit_per_month": s.exit_per_month,
        "exit_growth": s.exit_growth_weight, "exit_burden": s.exit_burden_weight, "exit_waiting": s.exit_waiting_weight,
        "abroad_months": s.abroad_months, "price_back": s.price_back, "support_lost": s.support_lost_per_month,
        "n_portfolio": int((~is_born(table)).sum()),
        "kind": table.kind.astype(np.int64), "first_spin_out": int(born[0]) if len(born) else world.n_innovations,
        "has_company": table.has_company.astype(np.uint8),
        "benefit_mean": np.nan_to_num(table.benefit_mean), "benefit_sd": np.nan_to_num(table.benefit_sd),
        "base_upfront": table.upfront_cost_gbp.copy(), "base_running": table.running_cost_gbp_per_month.copy(),
        "base_saving": table.saving_gbp_per_month.copy(), "cost_noise": table.cost_noise_sd.copy(),
        "cases": table.cases_per_month.copy(), "signal_noise": p.attributes.signal_noise_sd,
        "need_sigma": p.attributes.need_sigma, "push_sd": p.heterogeneity.push_sd,
        "scale_up_sd": p.heterogeneity.scale_up_sd, "scale_up_correlation": p.heterogeneity.scale_up_correlation,
        "compliance_sd": p.heterogeneity.compliance_sd, "traits_shared": world.facts.traits_shared,
        "use_log_odds": stated_log_odds(table.use_share),
        "use_leaning": leaning(p.relevance, world), "use_limited": p.relevance.limited,
        "use_mean": p.relevance.log_odds, "use_sd": p.relevance.log_odds_sd,
    }  # fmt: skip


def n_people(p: Parameters) -> int:
    """Return the number of potential entrepreneurs that are followed."""
    return p.supply.doctors + p.supply.other_professions if p.supply.followed else 0


@lru_cache(maxsize=16)
def _network(world: World, exposure: ExposureParameters) -> tuple[Net, Reach]:
    """Return the network made ready: kept, since most draws of a sweep change neither the world nor exposure."""
    net = build_net(world, exposure)
    return net, build_reach(world, net)


def flows_of(levers: Mapping[str, Policy]) -> tuple[Flow, ...]:
    """Return the kinds of payment of a run with these levers; raises InputError for purposes that cannot be."""
    return all_flows((name, levers[name].purposes) for name in sorted(levers))


def build_model(
    world: World,
    parameters: Parameters,
    levers: Mapping[str, Policy],
    start: Month,
    months: int,
    warm_up: int = 0,
) -> Model:
    """Return the compiled form of a scenario; raises InputError if the world is too large for the engine.

    ``warm_up`` months are run before ``start``.
    """
    if world.n_trusts > MAX_TRUSTS or world.n_innovations > MAX_INNOVATIONS:
        raise InputError(
            f"a world of {world.n_trusts} trusts and {world.n_innovations} innovations is too large",
            key="world",
            expected=f"at most {MAX_TRUSTS} trusts and {MAX_INNOVATIONS} innovations",
        )
    table = world.innovations
    weights = (
        parameters.triage.utility_weight,
        parameters.evaluation.utility_weight,
        parameters.pilot.utility_weight,
        parameters.abandonment.utility_weight,
    )
    # decided from parameters and tables alone: a lever that is off must not switch anything on
    uses_beliefs = any(weights) or parameters.abandonment.recall_per_month > 0
    costs = table.upfront_cost_gbp, table.running_cost_gbp_per_month, table.saving_gbp_per_month, table.unit_cost_gbp
    uses_money = any(bool(np.any(cost != 0)) for cost in costs)
    numbers = _numbers(world, parameters) | {
        "uses_beliefs": uses_beliefs,
        "uses_money": uses_money,
        "records_money": uses_money or bool(levers),
        "use_followed": parameters.use.followed,
    }
    net, reach = _network(world, parameters.exposure)
    return Model(
        world=world,
        parameters=parameters,
        levers=dict(sorted(levers.items())),
        start=start,
        months=months,
        net=net,
        reach=reach,
        tables=_tables(world, parameters, start, warm_up),
        numbers=numbers,
        precisions=Precisions(*(float(numbers[name]) for name in Precisions._fields)),
        digital_alignment=np.ascontiguousarray((world.trusts.digital_maturity[:, None] * table.digital)[None]),
        uses_beliefs=uses_beliefs,
        uses_money=uses_money,
        n_people=n_people(parameters),
        flows=flows_of(levers),
        warm_up=warm_up,
    )
