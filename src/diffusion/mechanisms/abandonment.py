"""T7, ROLLOUT or SUSTAINED > ABANDONED, and T8, REJECTED or ABANDONED > AWARE.

T7: ``a_k mu0 kw tau^(kw-1) exp(-1.5 U - .5 f - (bCh + champion effect) champion + bM [monitoring withdrawn])``, plus
.25 after a recall or .05 after its company failed; a_k is the innovation's own factor; the exponent of U is clipped;
tau is months since entering ROLLOUT, at least 1. T8: ``kappa`` and what levers add, while the innovation is live and
neither recalled nor its company away or failed.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from diffusion.engine.draws import ABANDONMENT, RECONSIDER, draw_base, happens, uniform
from diffusion.engine.kernels.frame import frame
from diffusion.engine.kernels.jit import inline, kernel, phase_kernel, prefetch
from diffusion.engine.parameters import FITTED, Section, param
from diffusion.engine.stages import ABANDONED, AWARE, REJECTED, ROLLOUT, SUSTAINED
from diffusion.engine.state import NEVER, at, unpack
from diffusion.mechanisms.beliefs import clipped_exp, utility, utility_bounds
from diffusion.mechanisms.moves import (
    ABANDONED_CHAMPION,
    ABANDONED_COMPANY,
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
from diffusion.mechanisms.supply.companies import RECALLED, UNSUPPORTED, exit_rate

if TYPE_CHECKING:
    from diffusion.engine.kernels.frame_view import FrameView


class AbandonmentParameters(Section):
    """T7, ROLLOUT or SUSTAINED > ABANDONED, recall for harm, and T8, return to AWARE."""

    scale_per_month: float = param(
        0.014, "abandonment scale", unit="1/month", low=0.003, high=0.03, ge=0, symbol="mu0", grade="B", source=FITTED
    )
    shape: float = param(
        0.76,
        "Weibull shape of the age dependence",
        unit="1",
        low=0.4,
        high=1.0,
        gt=0,
        symbol="kw",
        grade="B",
        source=FITTED,
    )
    utility_weight: float = param(1.5, "log-hazard lost per unit of utility U", unit="1", low=0, high=3)
    finance_weight: float = param(0.5, "log-hazard lost per unit of f", unit="1", low=0, high=1)
    champion_weight: float = param(0.3, "log-hazard lost with a champion", unit="1", low=0, high=0.7, symbol="bCh")
    monitoring_ended: float = param(
        1.0,
        "log-hazard gained after monitoring was withdrawn",
        unit="1",
        low=0,
        high=2.5,
        symbol="bM",
        grade="B",
        source=FITTED,
    )
    recall_signal: float = param(
        -0.3, "an innovation whose signal y is below this may be recalled", unit="benefit", low=-0.6, high=0
    )
    recall_evidence: float = param(
        10.0, "evidence G from which harm can be seen", unit="information", low=5, high=30, ge=0
    )
    recall_per_month: float = param(
        0.05, "probability of a national recall", unit="1/month", low=0, high=0.2, ge=0, le=1
    )
    recalled_exit_per_month: float = param(
        0.25, "rate at which users leave a recalled innovation", unit="1/month", low=0.1, high=1, ge=0
    )
    reconsider_per_month: float = param(
        1 / 24,
        "rate of return from REJECTED or ABANDONED to AWARE",
        unit="1/month",
        low=1 / 60,
        high=1 / 12,
        ge=0,
        symbol="kappa",
    )


def hazard_by_age(par: AbandonmentParameters, ages: int = 12 * 100) -> np.ndarray:
    """Return float64[ages]: the baseline hazard of T7 by months since entering ROLLOUT."""
    tau = np.maximum(1.0, np.arange(ages, dtype=np.float64))
    return par.scale_per_month * par.shape * tau ** (par.shape - 1.0)


@inline
def steady_factor(c: FrameView, r, i, k):
    """The factors of T7 without age and utility."""
    factor = at(c.steady_factor, r, i, k)
    withdrawn = at(c.monitoring_withdrawn, r, i, k)
    if withdrawn != 0.0:
        factor *= math.exp(c.t7_monitoring * withdrawn)
    if c.champion[r, i, k]:
        factor *= c.t7_champion_factor
        extra = at(c.x_champion_effect, r, i, k)
        if extra != 0.0:
            factor *= math.exp(-extra)
    return factor


@inline
def baseline_hazard(c: FrameView, r, i, k):
    """``a_k mu0 kw tau^(kw-1)``, a_k the innovation's own factor."""
    tau = c.month - np.int64(c.rollout_since[r, i, k])
    return c.abandonment_factor[k] * c.hazard_by_age[min(max(tau, 1), c.hazard_by_age.shape[0] - 1)]


@inline
def abandonment_rate(c: FrameView, hazard, steady, utility_exponent, r, k):
    """The rate of T7; ``steady`` holds the factors without age and utility."""
    rate = hazard * steady * clipped_exp(utility_exponent, c.exponent_limit)
    return rate + exit_rate(c, r, k)


@inline
def _why(c: FrameView, u, r, i, k):
    """The reason of an abandonment: the largest push towards it."""
    evidence = -c.t7_utility * u
    money = -c.t7_finance * at(c.finance, r, i, k)
    monitoring = c.t7_monitoring * at(c.monitoring_withdrawn, r, i, k)
    champion = c.t7_champion if c.champion[r, i, k] == 0 else 0.0
    top = max(max(evidence, money), max(monitoring, champion))
    reason = ABANDONED_CHAMPION
    if c.recalled[r, k] == RECALLED:
        reason = ABANDONED_RECALL
    elif c.recalled[r, k] == UNSUPPORTED:
        reason = ABANDONED_COMPANY
    elif top <= 0.0:
        reason = ABANDONED_OTHER
    elif top == monitoring:
        reason = ABANDONED_MONITORING
    elif top == evidence:
        reason = ABANDONED_EVIDENCE
    elif top == money:
        reason = ABANDONED_MONEY
    return reason


@kernel
def abandonment_row(address, i, out):
    """Rates of T7 of trust i, into out[K]."""
    c = frame(address)
    for k in range(out.shape[0]):
        out[k] = 0.0
        if c.eligible[i, k]:
            u = utility(c, 0, i, k) if c.t7_utility != 0.0 else 0.0
            steady = steady_factor(c, 0, i, k)
            out[k] = abandonment_rate(c, baseline_hazard(c, 0, i, k), steady, -c.t7_utility * u, 0, k)


@phase_kernel
def abandonment(address):
    """Draw T7 for all adopters, then T6: a rollout complete for a year is SUSTAINED unless it was abandoned."""
    c = frame(address)
    overridden = c.o_abandonment.shape[0] > 0
    # without hazard and recalls nobody leaves, and only rollouts need looking at
    leaving = overridden or c.hazard_by_age[1] > 0.0 or c.recall_per_month > 0.0 or c.trading
    for r in range(c.first, c.last):
        base = draw_base(c.seed, c.replicates[r], ABANDONMENT, c.month)
        last = c.bounds[r, SUSTAINED + 1] if leaving else c.bounds[r, ROLLOUT + 1]
        for n in range(c.bounds[r, ROLLOUT], last):
            i, k = unpack(c.listed[r, min(n + 8, last - 1)])
            prefetch(c.since, r, i, k)
            pair = c.listed[r, n]
            i, k = unpack(pair)
            leaves = False
            u = 0.0
            if leaving:
                own = overridden and not math.isnan(c.o_abandonment[i, k])
                hazard = baseline_hazard(c, r, i, k)
                draw = uniform(base, c.trust_keys[i], c.innovation_keys[r, k])
                steady = steady_factor(c, r, i, k)
                bound = hazard * steady * c.screen_lapse[r, k] + exit_rate(c, r, k)
                if draw < bound and not own:
                    lowest, highest = utility_bounds(c, r, i, k)
                    top = max(-c.t7_utility * lowest, -c.t7_utility * highest)
                    bound = abandonment_rate(c, hazard, steady, top, r, k) * (1.0 + 1e-9)
                if own or draw < bound:
                    if c.t7_utility != 0.0:
                        u = utility(c, r, i, k)
                    rate = abandonment_rate(c, hazard, steady, -c.t7_utility * u, r, k)
                    if own:
                        rate = c.o_abandonment[i, k]
                    leaves = happens(draw, rate)
            if leaves:
                move(c, r, pair, ABANDONED, _why(c, u, r, i, k))
            elif n < c.bounds[r, ROLLOUT + 1]:
                full = c.full_since[r, i, k]
                if full != NEVER and c.month - np.int64(full) >= c.t6_after:
                    move(c, r, pair, SUSTAINED, BECAME_SUSTAINED)


@phase_kernel
def reconsider(address):
    """Draw T8 for all REJECTED and ABANDONED pairs."""
    c = frame(address)
    probability = -math.expm1(-c.t8_rate)
    overridden = c.o_reconsideration.shape[0] > 0
    reached = c.x_reconsideration.size > 1 or c.x_reconsideration[0, 0, 0] != 0.0
    if probability <= 0.0 and not (overridden or reached):
        return
    for r in range(c.first, c.last):
        base = draw_base(c.seed, c.replicates[r], RECONSIDER, c.month)
        for n in range(c.bounds[r, ABANDONED], c.bounds[r, REJECTED + 1]):
            pair = c.listed[r, n]
            i, k = unpack(pair)
            if c.recalled[r, k]:
                continue
            chance = probability
            if reached and at(c.x_reconsideration, r, i, k) != 0.0:
                chance = -math.expm1(-max(0.0, c.t8_rate + at(c.x_reconsideration, r, i, k)))
            if overridden and not math.isnan(c.o_reconsideration[i, k]):
                chance = -math.expm1(-c.o_reconsideration[i, k])
            if uniform(base, c.trust_keys[i], c.innovation_keys[r, k]) < chance:
                move(c, r, pair, AWARE, AGAIN_ABANDONED if n < c.bounds[r, ABANDONED + 1] else AGAIN_REJECTED)
