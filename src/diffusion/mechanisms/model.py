"""A scenario made ready to run: tables and scalars for the kernels, the same for all replicates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from diffusion.engine.calendar import Month
from diffusion.engine.stages import EVALUATING, N_STAGES, PILOT, ROLLOUT, SUSTAINED
from diffusion.engine.state import MAX_INNOVATIONS, MAX_TRUSTS
from diffusion.errors import InputError
from diffusion.mechanisms.abandonment import AbandonmentScalars, hazard_by_age
from diffusion.mechanisms.awareness import AwarenessScalars
from diffusion.mechanisms.capacity import CapacityScalars
from diffusion.mechanisms.evaluation import EvaluationScalars
from diffusion.mechanisms.exposure import RESPONSES, ActivityScalars, Net, ResponseScalars, activity_scalars
from diffusion.mechanisms.finance import FundScalars
from diffusion.mechanisms.moves import MoveScalars, engagement_table
from diffusion.mechanisms.network import build_net
from diffusion.mechanisms.pilot import PilotScalars
from diffusion.mechanisms.rollout import RolloutScalars, learning_exponent
from diffusion.mechanisms.starts import StartScalars
from diffusion.mechanisms.triage import TriageScalars
from diffusion.mechanisms.use import UseScalars

if TYPE_CHECKING:
    from collections.abc import Mapping

    from diffusion.levers.base import Lever
    from diffusion.mechanisms.parameters import Parameters
    from diffusion.world.tables import World


class Tables(NamedTuple):
    """Fixed attributes of trusts [N] and innovations [K], as the kernels read them."""

    trust_keys: np.ndarray
    innovation_keys: np.ndarray
    live: np.ndarray  # int64[K], first month in which the innovation is live, minus 1
    pilot_months: np.ndarray
    rollout_push: np.ndarray
    rollout_peer: np.ndarray
    pilot_abandonment: np.ndarray
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


class Scalars(NamedTuple):
    """Parameters by mechanism."""

    awareness: AwarenessScalars
    triage: TriageScalars
    evaluation: EvaluationScalars
    pilot: PilotScalars
    rollout: RolloutScalars
    abandonment: AbandonmentScalars
    use: UseScalars
    capacity: CapacityScalars
    start: StartScalars
    fund: FundScalars
    move: MoveScalars
    response: ResponseScalars
    activity: ActivityScalars


@dataclass(frozen=True)
class Model:
    """What the phases of a month need beside the state of a block."""

    world: World
    parameters: Parameters
    levers: Mapping[str, Lever]
    start: Month
    months: int
    net: Net
    tables: Tables
    scalars: Scalars
    digital_alignment: np.ndarray  # float64[1, N or 1, K]
    uses_beliefs: bool
    uses_money: bool

    def calendar(self, month: int) -> Month:
        """Calendar month of step ``month`` (1 is the first)."""
        return self.start + (month - 1)


def _writable(array: np.ndarray, dtype: type) -> np.ndarray:
    return np.array(array, dtype=dtype, order="C", copy=True)


def complexity(world: World, parameters: Parameters) -> np.ndarray:
    """Return ``cx_k = exp(c * NASSS sum / 14)``, float64[K]."""
    return parameters.rollout.complexity_ratio ** (world.innovations.nasss_sum / 14.0)


def _tables(world: World, parameters: Parameters) -> Tables:
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
        live=_writable(table.live_month, np.int64),
        pilot_months=_writable(table.pilot_months, np.float64),
        rollout_push=_writable(table.rollout_push_per_month, np.float64),
        rollout_peer=_writable(table.rollout_peer_per_month, np.float64),
        pilot_abandonment=_writable(table.pilot_abandonment_per_month, np.float64),
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
    )


def _scalars(world: World, p: Parameters) -> Scalars:
    refill = p.finance.fund_refill_gbp_per_month * world.trusts.size * 100.0
    refill = np.where(world.trusts.has_loans, refill * p.finance.fund_refill_with_loans, refill)
    default = p.exposure.threshold_count if p.exposure.response == "count" else p.exposure.threshold_share
    threshold = np.where(np.isnan(world.trusts.threshold), default, world.trusts.threshold)
    return Scalars(
        awareness=AwarenessScalars(p.awareness.push_per_month, p.awareness.peer_per_month),
        triage=TriageScalars(
            p.triage.push_per_month, p.triage.peer_per_month, p.triage.utility_weight, p.triage.slack_sensitive
        ),
        evaluation=EvaluationScalars(
            p.evaluation.intercept, p.evaluation.utility_weight, p.evaluation.finance_weight, p.evaluation.peer_weight,
            p.evaluation.alignment_weight, p.evaluation.complexity_weight, p.evaluation.mandate_log_odds,
        ),
        pilot=PilotScalars(
            p.pilot.utility_weight, p.pilot.finance_weight, p.pilot.champion_weight, p.pilot.rate_factor,
            p.pilot.abandonment_factor, p.pilot.money_ended_factor, p.pilot.money_ended_months,
            p.abandonment.recalled_exit_per_month,
        ),
        rollout=RolloutScalars(
            learning_exponent(p.rollout.progress_ratio), p.rollout.reference_adopters, p.rollout.sustained_rollout_share
        ),
        abandonment=AbandonmentScalars(
            hazard_by_age(p.abandonment), p.abandonment.utility_weight, p.abandonment.finance_weight,
            p.abandonment.champion_weight, p.abandonment.monitoring_ended, p.abandonment.recalled_exit_per_month,
            p.abandonment.reconsider_per_month, p.rollout.sustained_after_months,
        ),
        use=UseScalars(
            1.0 / max(1.0, p.use.adjustment_months), p.use.without_champion, p.use.in_use_threshold,
            p.use.absorptive_decay_per_month, p.attributes.champion_turnover_per_month,
        ),
        capacity=CapacityScalars(p.capacity.unlimited, p.capacity.mandate_priority),
        start=StartScalars(p.finance.money_gate, p.finance.upfront_share_at_pilot),
        fund=FundScalars(
            np.rint(refill).astype(np.int64), p.finance.fund_cap_months, p.finance.fund_carry_over_months,
            p.finance.horizon_months >= p.finance.long_horizon_months,
        ),
        move=MoveScalars(
            engagement_table(p.attributes.engagement_alpha, p.attributes.engagement_beta), p.use.absorptive_growth
        ),
        response=ResponseScalars(
            RESPONSES[p.exposure.response], p.exposure.hill_exponent, p.exposure.hill_theta, threshold,
            p.exposure.deterministic,
        ),
        activity=activity_scalars(p.exposure),
    )  # fmt: skip


def build_model(
    world: World, parameters: Parameters, levers: Mapping[str, Lever], start: Month, months: int
) -> Model:
    """Return the compiled form of a scenario; raises InputError if the world is too large for the engine."""
    if world.n_trusts > MAX_TRUSTS or world.n_innovations > MAX_INNOVATIONS:
        raise InputError(
            f"a world of {world.n_trusts} trusts and {world.n_innovations} innovations is too large",
            key="world",
            expected=f"at most {MAX_TRUSTS} trusts and {MAX_INNOVATIONS} innovations",
        )
    table = world.innovations
    weights = (
        parameters.triage.utility_weight, parameters.evaluation.utility_weight, parameters.pilot.utility_weight,
        parameters.abandonment.utility_weight,
    )  # fmt: skip
    costs = table.upfront_cost_gbp, table.running_cost_gbp_per_month, table.saving_gbp_per_month, table.unit_cost_gbp
    return Model(
        world=world, parameters=parameters, levers=dict(sorted(levers.items())), start=start, months=months,
        net=build_net(world, parameters.exposure), tables=_tables(world, parameters),
        scalars=_scalars(world, parameters),
        digital_alignment=np.ascontiguousarray((world.trusts.digital_maturity[:, None] * table.digital)[None]),
        uses_beliefs=any(weights) or bool(levers), uses_money=any(np.any(cost != 0) for cost in costs),
    )  # fmt: skip
