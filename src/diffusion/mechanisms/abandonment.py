"""T7, ROLLOUT or SUSTAINED > ABANDONED, and T8, REJECTED or ABANDONED > AWARE.

T7: ``mu0 kw tau^(kw-1) exp(-1.5 U - .5 f - bCh champion + bM [monitoring withdrawn])``, plus .25 after a recall; tau is
months since entering ROLLOUT, at least 1. T8: ``kappa``, while the innovation is live and not recalled.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from diffusion.engine.draws import ABANDONMENT, RECONSIDER, draw_base, uniform
from diffusion.engine.jit import inline, kernel
from diffusion.engine.parameters import Section, param
from diffusion.engine.stages import ABANDONED, AWARE, REJECTED, ROLLOUT, SUSTAINED
from diffusion.engine.state import K_BITS, NEVER
from diffusion.mechanisms.beliefs import clipped_exp, utility, utility_bounds
from diffusion.mechanisms.exposure import at
from diffusion.mechanisms.moves import (
    ABANDONED_CHAMPION,
    ABANDONED_EVIDENCE,
    ABANDONED_MONEY,
    ABANDONED_MONITORING,
    ABANDONED_OTHER,
    ABANDONED_RECALL,
    AGAIN_ABANDONED,
    AGAIN_REJECTED,
    BECAME_SUSTAINED,
    move,
)


class AbandonmentParameters(Section):
    """T7, ROLLOUT or SUSTAINED > ABANDONED, recall for harm, and T8, return to AWARE."""

    scale_per_month: float = param(
        0.012, "abandonment scale", unit="1/month", low=0.003, high=0.03, ge=0, symbol="mu0"
    )
    shape: float = param(0.6, "Weibull shape of the age dependence", unit="1", low=0.4, high=1.0, gt=0, symbol="kw")
    utility_weight: float = param(1.5, "log-hazard lost per unit of utility U", unit="1", low=0, high=3)
    finance_weight: float = param(0.5, "log-hazard lost per unit of f", unit="1", low=0, high=1)
    champion_weight: float = param(0.3, "log-hazard lost with a champion", unit="1", low=0, high=0.7, symbol="bCh")
    monitoring_ended: float = param(
        1.5, "log-hazard gained after monitoring was withdrawn", unit="1", low=0, high=2.5, symbol="bM"
    )
    recall_signal: float = param(-0.3, "an innovation whose signal y is below this may be recalled", unit="benefit", low=-0.6, high=0)
    recall_evidence: float = param(10.0, "evidence G from which harm can be seen", unit="information", low=5, high=30, ge=0)
    recall_per_month: float = param(0.05, "probability of a national recall", unit="1/month", low=0, high=0.2, ge=0, le=1)
    recalled_exit_per_month: float = param(0.25, "rate at which users leave a recalled innovation", unit="1/month", low=0.1, high=1, ge=0)
    reconsider_per_month: float = param(
        1 / 24, "rate of return from REJECTED or ABANDONED to AWARE", unit="1/month", low=1 / 60, high=1 / 12, ge=0,
        symbol="kappa",
    )  # fmt: skip


class AbandonmentScalars(NamedTuple):
    """Parameters of T6, T7 and T8, for the kernels."""

    by_age: np.ndarray  # float64[ages], mu0 kw tau^(kw-1), at index tau
    utility_weight: float
    finance_weight: float
    champion_weight: float
    monitoring_ended: float
    recalled_exit: float
    reconsider: float
    sustained_after: int


def hazard_by_age(par: AbandonmentParameters, ages: int = 12 * 100) -> np.ndarray:
    """Return float64[ages]: the baseline hazard of T7 by months since entering ROLLOUT."""
    tau = np.maximum(1.0, np.arange(ages, dtype=np.float64))
    return par.scale_per_month * par.shape * tau ** (par.shape - 1.0)


@inline
def steady_exponent(pairs, terms, derived, par, r, i, k):
    """The exponent of T7 without the utility."""
    exponent = -par.finance_weight * at(derived.finance, r, i, k)
    if pairs.champion[r, i, k]:
        exponent -= par.champion_weight + at(terms.champion_effect, r, i, k)
    return exponent + par.monitoring_ended * at(derived.monitoring_withdrawn, r, i, k)


@inline
def baseline_hazard(month, pairs, par, r, i, k):
    """``mu0 kw tau^(kw-1)``."""
    tau = month - np.int64(pairs.rollout_since[r, i, k])
    return par.by_age[min(max(tau, 1), par.by_age.shape[0] - 1)]


@inline
def abandonment_rate_at(
    month, units, attributes, field, pairs, net, transfers, terms, derived, par, beliefs, r, i, k
):  # fmt: skip
    """The rate of T7 of one pair."""
    rate = baseline_hazard(month, pairs, par, r, i, k)
    if rate > 0.0:
        rate *= math.exp(steady_exponent(pairs, terms, derived, par, r, i, k))
        if par.utility_weight != 0.0:
            u = utility(units, attributes, field, pairs, net, transfers, terms, beliefs, r, i, k)
            rate *= clipped_exp(-par.utility_weight * u, beliefs.exponent_limit)
    if units.recalled[r, k]:
        rate += par.recalled_exit
    return rate


@kernel
def abandonment_row(month, units, attributes, field, pairs, net, transfers, terms, derived, par, beliefs, i, out):
    """Rates of T7 of trust i, into out[K]."""
    for k in range(out.shape[0]):
        out[k] = 0.0
        if net.eligible[i, k]:
            out[k] = abandonment_rate_at(
                month, units, attributes, field, pairs, net, transfers, terms, derived, par, beliefs, 0, i, k
            )


@inline
def _why(units, pairs, terms, derived, attributes, par, u, r, i, k):
    """The reason of an abandonment: the largest push towards it."""
    if units.recalled[r, k]:
        return ABANDONED_RECALL
    evidence = -par.utility_weight * u
    money = -par.finance_weight * at(derived.finance, r, i, k)
    monitoring = par.monitoring_ended * at(derived.monitoring_withdrawn, r, i, k)
    champion = par.champion_weight if pairs.champion[r, i, k] == 0 else 0.0
    top = max(max(evidence, money), max(monitoring, champion))
    if top <= 0.0:
        return ABANDONED_OTHER
    if top == monitoring:
        return ABANDONED_MONITORING
    if top == evidence:
        return ABANDONED_EVIDENCE
    return ABANDONED_MONEY if top == money else ABANDONED_CHAMPION


@kernel
def abandonment(
    seed, replicates, month, lists, units, attributes, field, pairs, net, transfers, terms, derived, tables, override, par,
    beliefs,
):  # fmt: skip
    """Draw T7 for all adopters, then T6: a rollout complete for a year is SUSTAINED unless it was abandoned."""
    low = np.uint32((1 << K_BITS) - 1)
    for r in range(replicates.shape[0]):
        base = draw_base(seed, replicates[r], ABANDONMENT, month)
        for n in range(lists.bounds[r, ROLLOUT], lists.bounds[r, SUSTAINED + 1]):
            pair = lists.pairs[r, n]
            i = np.int64(pair >> np.uint32(K_BITS))
            k = np.int64(pair & low)
            overridden = override.shape[0] > 0 and not math.isnan(override[i, k])
            hazard = baseline_hazard(month, pairs, par, r, i, k)
            leaves = False
            if overridden or hazard > 0.0 or units.recalled[r, k]:
                draw = uniform(base, tables.trust_keys[i], tables.innovation_keys[k])
                if overridden:
                    leaves = draw < -math.expm1(-override[i, k])
                else:
                    lowest, highest = utility_bounds(attributes, terms, beliefs, r, i, k)
                    top = max(-par.utility_weight * lowest, -par.utility_weight * highest)
                    # the exponent without utility is at most this; exp is skipped for most draws
                    bound = hazard * clipped_exp(top, beliefs.exponent_limit) * (1.0 + 1e-9)
                    bound *= math.exp(steady_exponent(pairs, terms, derived, par, r, i, k))
                    if units.recalled[r, k]:
                        bound += par.recalled_exit
                    if draw < bound:
                        rate = abandonment_rate_at(
                            month, units, attributes, field, pairs, net, transfers, terms, derived, par, beliefs, r, i, k
                        )
                        leaves = draw < -math.expm1(-rate)
            if leaves:
                u = 0.0
                if par.utility_weight != 0.0:
                    u = utility(units, attributes, field, pairs, net, transfers, terms, beliefs, r, i, k)
                move(lists, r, pair, ABANDONED, _why(units, pairs, terms, derived, attributes, par, u, r, i, k))
            elif n < lists.bounds[r, ROLLOUT + 1]:
                full = pairs.full_since[r, i, k]
                if full != NEVER and month - np.int64(full) >= par.sustained_after:
                    move(lists, r, pair, SUSTAINED, BECAME_SUSTAINED)


@kernel
def reconsider(seed, replicates, month, lists, units, tables, override, par):
    """Draw T8 for all REJECTED and ABANDONED pairs."""
    low = np.uint32((1 << K_BITS) - 1)
    probability = -math.expm1(-par.reconsider)
    overridden = override.shape[0] > 0
    if probability <= 0.0 and not overridden:
        return
    for r in range(replicates.shape[0]):
        base = draw_base(seed, replicates[r], RECONSIDER, month)
        for n in range(lists.bounds[r, ABANDONED], lists.bounds[r, REJECTED + 1]):
            pair = lists.pairs[r, n]
            i = np.int64(pair >> np.uint32(K_BITS))
            k = np.int64(pair & low)
            if units.recalled[r, k]:
                continue
            chance = probability
            if overridden and not math.isnan(override[i, k]):
                chance = -math.expm1(-override[i, k])
            if uniform(base, tables.trust_keys[i], tables.innovation_keys[k]) < chance:
                move(lists, r, pair, AWARE, AGAIN_ABANDONED if n < lists.bounds[r, ABANDONED + 1] else AGAIN_REJECTED)
