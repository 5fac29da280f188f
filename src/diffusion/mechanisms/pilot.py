"""T4, the exits of a pilot, after D_P months: on to ROLLOUT, or ABANDONED; most pilots end without scaling.

T4a: ``(p4 X^R + q4 g) exp(1.5 U + bF f + bCh champion) phi B^-.5``; T4b: ``mu_P (1 + zeta [money ended]) exp(-1.5 U)``.
One draw against the sum of the rates, then a split.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from diffusion.engine.draws import PILOT as PILOT_PROCESS
from diffusion.engine.draws import draw_base, uniform
from diffusion.engine.jit import inline, kernel
from diffusion.engine.parameters import Section, param
from diffusion.engine.stages import ABANDONED, PILOT
from diffusion.engine.state import K_BITS
from diffusion.mechanisms.beliefs import clipped_exp, utility
from diffusion.mechanisms.exposure import LINEAR, at, exposure, exposure_bound, respond
from diffusion.mechanisms.moves import (
    PILOT_EVIDENCE,
    PILOT_MONEY_ENDED,
    PILOT_OTHER,
    PILOT_RECALLED,
    candidate,
    move,
)


class PilotParameters(Section):
    """T4a, PILOT > ROLLOUT, and T4b, PILOT > ABANDONED."""

    utility_weight: float = param(1.5, "log-hazard per unit of utility U (T4a; minus this in T4b)", unit="1", low=0, high=3)
    finance_weight: float = param(0.6, "log-hazard of rollout per unit of f", unit="1", low=0, high=1.5, symbol="bF")
    champion_weight: float = param(0.3, "log-hazard of rollout with a champion", unit="1", low=0, high=0.7, symbol="bCh")
    burden_exponent: float = param(0.5, "rates fall with burden B as B^-exponent", unit="1", low=0, high=1, ge=0)
    rate_factor: float = param(1.0, "multiplies the rollout rates of all innovations", unit="1", low=0.3, high=3, ge=0)
    abandonment_factor: float = param(1.0, "multiplies the pilot abandonment rates of all innovations", unit="1", low=0.3, high=3, ge=0)
    money_ended_factor: float = param(
        1.5, "excess abandonment of pilots whose programme money stopped in the last 12 months", unit="1", low=0, high=3,
        ge=0, symbol="zeta",
    )  # fmt: skip
    money_ended_months: int = param(12, "for how long the end of pilot money is felt", unit="months", low=6, high=24, ge=0)


class PilotScalars(NamedTuple):
    """Parameters of T4, for the kernels."""

    utility_weight: float
    finance_weight: float
    champion_weight: float
    rate_factor: float
    abandonment_factor: float
    money_ended_factor: float
    money_ended_months: int
    recalled_exit: float


@inline
def pilot_utility(units, attributes, field, pairs, net, transfers, terms, par, beliefs, r, i, k):
    """U where T4 uses it, else 0."""
    if par.utility_weight == 0.0:
        return 0.0
    return utility(units, attributes, field, pairs, net, transfers, terms, beliefs, r, i, k)


@inline
def rollout_factor(pairs, terms, derived, granted, tables, par, r, i, k):
    """The factors of T4a that need neither exposure nor belief."""
    exponent = par.finance_weight * at(derived.finance, r, i, k)
    if pairs.champion[r, i, k]:
        exponent += par.champion_weight + at(terms.champion_effect, r, i, k)
    return par.rate_factor * math.exp(exponent) * granted[r, i, k] * at(derived.burden_factor, r, i, k)


@inline
def rollout_rate(tables, push, response, utility_factor, factor, k):
    """The rate of T4a."""
    return (tables.rollout_push[k] * push + tables.rollout_peer[k] * response) * utility_factor * factor


@inline
def rollout_rate_at(
    units, attributes, field, pairs, net, transfers, terms, derived, granted, tables, par, beliefs, response, u, r, i, k
):  # fmt: skip
    """The rate of T4a of one pair of utility ``u``."""
    if units.recalled[r, k]:
        return 0.0
    x = exposure(field, net, transfers, terms.member_ties, r, i, k)
    g = respond(x, field, net, response, r, i, k)
    if response.deterministic:
        return math.inf if g >= 1.0 else 0.0
    factor = rollout_factor(pairs, terms, derived, granted, tables, par, r, i, k)
    up = clipped_exp(par.utility_weight * u, beliefs.exponent_limit)
    return rollout_rate(tables, at(terms.rollout_push, r, i, k), g, up, factor, k)


@inline
def pilot_abandonment_rate_at(month, units, pairs, tables, par, beliefs, u, r, i, k):
    """The rate of T4b of one pair of utility ``u``."""
    rate = par.abandonment_factor * tables.pilot_abandonment[k]
    if rate > 0.0:
        ended = month - np.int64(pairs.money_ended[r, i, k])
        if 0 <= ended < par.money_ended_months:
            rate *= 1.0 + par.money_ended_factor
        rate *= clipped_exp(-par.utility_weight * u, beliefs.exponent_limit)
    if units.recalled[r, k]:
        rate += par.recalled_exit
    return rate


@kernel
def pilot_rows(
    month, units, attributes, field, pairs, net, transfers, terms, derived, granted, tables, par, beliefs, response, i,
    rollout_out, abandonment_out,
):  # fmt: skip
    """Rates of T4a and T4b of trust i, into two arrays [K]."""
    for k in range(rollout_out.shape[0]):
        rollout_out[k] = 0.0
        abandonment_out[k] = 0.0
        if net.eligible[i, k]:
            u = pilot_utility(units, attributes, field, pairs, net, transfers, terms, par, beliefs, 0, i, k)
            rollout_out[k] = rollout_rate_at(
                units, attributes, field, pairs, net, transfers, terms, derived, granted, tables, par, beliefs, response, u,
                0, i, k,
            )  # fmt: skip
            abandonment_out[k] = pilot_abandonment_rate_at(month, units, pairs, tables, par, beliefs, u, 0, i, k)


@kernel
def pilot(
    seed, replicates, month, lists, units, attributes, field, pairs, net, transfers, terms, derived, granted, tables,
    rollout_override, abandonment_override, par, beliefs, response,
):  # fmt: skip
    """Draw T4 for all pilots older than D_P; note when a programme's money ends."""
    low = np.uint32((1 << K_BITS) - 1)
    overridden = rollout_override.shape[0] > 0
    for r in range(replicates.shape[0]):
        base = draw_base(seed, replicates[r], PILOT_PROCESS, month)
        for n in range(lists.bounds[r, PILOT], lists.bounds[r, PILOT + 1]):
            pair = lists.pairs[r, n]
            i = np.int64(pair >> np.uint32(K_BITS))
            k = np.int64(pair & low)
            if pairs.programme[r, i, k] > 0 and at(terms.programme_pilot, r, i, k) == 0.0:
                pairs.programme[r, i, k] = 0
                pairs.money_ended[r, i, k] = month
            wait = tables.pilot_months[k] * (1.0 - at(terms.mandate, r, i, k))
            if np.float64(month - np.int64(pairs.since[r, i, k])) <= wait:
                continue
            draw = uniform(base, tables.trust_keys[i], tables.innovation_keys[k])
            down_known = par.utility_weight == 0.0
            if not overridden and not response.deterministic and down_known and not units.recalled[r, k]:
                # without beliefs a bound is cheap: skip most draws before reading any tie
                down = pilot_abandonment_rate_at(month, units, pairs, tables, par, beliefs, 0.0, r, i, k)
                factor = rollout_factor(pairs, terms, derived, granted, tables, par, r, i, k)
                push = at(terms.rollout_push, r, i, k)
                if draw >= (rollout_rate(tables, push, 1.0, 1.0, factor, k) + down) * (1.0 + 1e-9):
                    continue
                if response.response == LINEAR:
                    g = exposure_bound(field, net, transfers, terms.member_ties, r, i, k)
                    if draw >= (rollout_rate(tables, push, g, 1.0, factor, k) + down) * (1.0 + 1e-9):
                        continue
            u = pilot_utility(units, attributes, field, pairs, net, transfers, terms, par, beliefs, r, i, k)
            if overridden and not math.isnan(rollout_override[i, k]):
                up_rate = rollout_override[i, k]
            else:
                up_rate = rollout_rate_at(
                    units, attributes, field, pairs, net, transfers, terms, derived, granted, tables, par, beliefs, response,
                    u, r, i, k,
                )  # fmt: skip
            if overridden and not math.isnan(abandonment_override[i, k]):
                down_rate = abandonment_override[i, k]
            else:
                down_rate = pilot_abandonment_rate_at(month, units, pairs, tables, par, beliefs, u, r, i, k)
            probability = -math.expm1(-(up_rate + down_rate))
            if draw >= probability:
                continue
            split = 1.0 if math.isinf(up_rate) else up_rate / (up_rate + down_rate)
            if draw < probability * split:
                candidate(lists, r, pair)
                continue
            reason = PILOT_OTHER
            ended = month - np.int64(pairs.money_ended[r, i, k])
            if units.recalled[r, k]:
                reason = PILOT_RECALLED
            elif 0 <= ended < par.money_ended_months:
                reason = PILOT_MONEY_ENDED
            elif u < 0.0:
                reason = PILOT_EVIDENCE
            move(lists, r, pair, ABANDONED, reason)
