"""T4, the exits of a pilot, after D_P months: on to ROLLOUT, or ABANDONED; most pilots end without scaling.

T4a: ``(p4 X^R + q4 g) exp(1.5 U + bF f + (bCh + champion effect) champion) phi B^-.5 + mR mandate phi``, 0 while the
innovation is recalled or its company away or failed. T4b: ``mu_P (1 + zeta [money ended]) exp(-1.5 U)``, plus .25
after a recall or .05 after its company failed; with either a pilot need not wait for D_P, nor does it under a
mandate. Exponents of U are clipped. One draw against the sum of the rates, then a split.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from diffusion.engine.draws import PILOT as PILOT_PROCESS
from diffusion.engine.draws import draw_base, happens, uniform
from diffusion.engine.kernels.frame import frame
from diffusion.engine.kernels.jit import inline, kernel, phase_kernel, prefetch, shared
from diffusion.engine.parameters import Section, param
from diffusion.engine.stages import ABANDONED, PILOT
from diffusion.engine.state import any_mandate, at, pushed, unpack
from diffusion.mechanisms.beliefs import clipped_exp, utility, utility_bounds
from diffusion.mechanisms.exposure import LINEAR, exposure, exposure_bound, group_exposure, respond
from diffusion.mechanisms.moves import (
    PILOT_COMPANY,
    PILOT_EVIDENCE,
    PILOT_MONEY_ENDED,
    PILOT_OTHER,
    PILOT_RECALLED,
    candidate,
    move,
)
from diffusion.mechanisms.supply.companies import RECALLED, UNSUPPORTED, exit_rate

if TYPE_CHECKING:
    from diffusion.engine.kernels.frame_view import FrameView


class PilotParameters(Section):
    """T4a, PILOT > ROLLOUT, and T4b, PILOT > ABANDONED."""

    utility_weight: float = param(
        1.5, "log-hazard per unit of utility U (T4a; minus this in T4b)", unit="1", low=0, high=3
    )
    finance_weight: float = param(0.6, "log-hazard of rollout per unit of f", unit="1", low=0, high=1.5, symbol="bF")
    champion_weight: float = param(
        0.3, "log-hazard of rollout with a champion", unit="1", low=0, high=0.7, symbol="bCh"
    )
    burden_exponent: float = param(0.5, "rates fall with burden B as B^-exponent", unit="1", low=0, high=1, ge=0)
    mandate_per_month: float = param(
        1 / 3,
        "rate of rollout added where a mandate is in force, at full change time",
        unit="1/month",
        low=0.1,
        high=1,
        ge=0,
        symbol="mR",
        grade="B",
        source="NICE technology appraisals: funding and inclusion in formularies within 90 days",
    )
    rate_factor: float = param(1.0, "multiplies the rollout rates of all innovations", unit="1", low=0.3, high=3, ge=0)
    abandonment_factor: float = param(
        1.0, "multiplies the pilot abandonment rates of all innovations", unit="1", low=0.3, high=3, ge=0
    )
    money_ended_factor: float = param(
        1.5,
        "excess abandonment of pilots whose programme money stopped lately",
        unit="1",
        low=0,
        high=3,
        ge=0,
        symbol="zeta",
    )
    money_ended_months: int = param(
        12, "for how long the end of pilot money is felt", unit="months", low=6, high=24, ge=0
    )


@inline
def rollout_factor(c: FrameView, r, i, k):
    """The factors of T4a that need neither exposure nor belief."""
    scale = c.t4_rate * at(c.rollout_factor, r, i, k) * c.granted[r, i, k] * at(c.burden_factor, r, c.burden_row[i], k)
    if c.champion[r, i, k]:
        scale *= c.t4_champion_factor
        extra = at(c.x_champion_effect, r, i, k)
        if extra != 0.0:
            scale *= math.exp(extra)
    return scale


@inline
def rollout_rate(c: FrameView, response, utility_factor, factor, r, i, k):
    """The rate of T4a."""
    push = pushed(c.x_rollout_push, c.y_rollout_push, c.ahsn, r, i, k)
    rate = (c.rollout_push[k] * push + c.rollout_peer[k] * response) * c.scale_up[r, k] * utility_factor * factor
    rate += c.t4_mandate * at(c.x_mandate, r, i, k) * c.compliance[r, k] * c.granted[r, i, k]
    if c.deterministic:
        rate = math.inf if response >= 1.0 else 0.0
    return 0.0 if c.recalled[r, k] else rate


@inline
def recently_ended(c: FrameView, r, i, k):
    """Whether programme money for this pilot stopped in the last months."""
    ended = c.month - np.int64(c.money_ended[r, i, k])
    return 0 <= ended < c.t4_money_ended_months


@inline
def pilot_abandonment_rate(c: FrameView, utility_factor, r, i, k):
    """The rate of T4b; ``utility_factor`` is exp(-1.5 U)."""
    rate = c.t4_abandonment * c.pilot_abandonment[k] * c.ending[r, k] * utility_factor
    if recently_ended(c, r, i, k):
        rate *= 1.0 + c.t4_money_ended
    return rate + exit_rate(c, r, k)


@shared
def pilot_rates(c: FrameView, factor, r, i, k):
    """(rate of T4a, rate of T4b, utility) of one pair; ``factor`` is :func:`rollout_factor`."""
    u, up, down = 0.0, 1.0, 1.0
    if c.t4_utility != 0.0:
        u = utility(c, r, i, k)
        up = clipped_exp(c.t4_utility * u, c.exponent_limit)
        down = clipped_exp(-c.t4_utility * u, c.exponent_limit)
    g = respond(c, exposure(c, r, i, k), r, i, k)
    up_rate = rollout_rate(c, g, up, factor, r, i, k)
    return up_rate, pilot_abandonment_rate(c, down, r, i, k), u


@inline
def pilot_bound(c: FrameView, factor, r, i, k):
    """An upper bound of the sum of both rates without reading any tie."""
    up, down = 1.0, 1.0
    if c.t4_utility != 0.0:
        lowest, highest = utility_bounds(c, r, i, k)
        up = clipped_exp(max(c.t4_utility * lowest, c.t4_utility * highest), c.exponent_limit)
        down = clipped_exp(max(-c.t4_utility * lowest, -c.t4_utility * highest), c.exponent_limit)
    g = exposure_bound(c, group_exposure(c, r, i, k), r, i, k) if c.response == LINEAR else c.response_high
    total = rollout_rate(c, g, up, factor, r, i, k) + pilot_abandonment_rate(c, down, r, i, k)
    return total * (1.0 + 1e-9)


@inline
def champions_most(c: FrameView):
    """The largest factor that a champion can have in T4a."""
    return max(1.0, c.t4_champion_factor) * c.champion_effect_top * (1.0 + 1e-9)


@inline
def rollout_screen(c: FrameView, champions, mandates, r, i, k):
    """An upper bound of the rate of T4a but for the time granted, from the AHSN's screen.

    ``champions`` is :func:`champions_most`; ``mandates`` tells whether there are any.
    """
    bound = at(c.screen_rollout, r, c.ahsn[i], k) * (champions if c.champion[r, i, k] else 1.0)
    if mandates:
        bound += c.t4_mandate * at(c.x_mandate, r, i, k) * c.compliance[r, k]
    return bound


@kernel
def pilot_rows(address, i, rollout_out, abandonment_out):
    """Rates of T4a and T4b of trust i, into two arrays [K]."""
    c = frame(address)
    for k in range(rollout_out.shape[0]):
        rollout_out[k] = 0.0
        abandonment_out[k] = 0.0
        if c.eligible[i, k]:
            rollout_out[k], abandonment_out[k], _ = pilot_rates(c, rollout_factor(c, 0, i, k), 0, i, k)


@phase_kernel
def pilot(address):
    """Draw T4 for all pilots older than D_P; note when a programme's money ends."""
    c = frame(address)
    overridden = c.o_rollout.shape[0] > 0
    champions, mandates = champions_most(c), any_mandate(c)
    # without beliefs and group layers the bound by pair says no more than the screen
    tighter = c.t4_utility != 0.0 or c.group_of.shape[1] > 0
    for r in range(c.first, c.last):
        base = draw_base(c.seed, c.replicates[r], PILOT_PROCESS, c.month)
        kept = 0
        last = c.bounds[r, PILOT + 1]
        for n in range(c.bounds[r, PILOT], last):
            i, k = unpack(c.listed[r, min(n + 8, last - 1)])
            prefetch(c.since, r, i, k)
            i, k = unpack(c.listed[r, n])
            if c.programme[r, i, k] > 0 and at(c.x_programme_pilot, r, i, k) == 0.0:
                c.programme[r, i, k] = 0
                c.money_ended[r, i, k] = c.month
            wait = c.pilot_months[k] * (1.0 - at(c.x_mandate, r, i, k))
            waited = np.float64(c.month - np.int64(c.since[r, i, k])) > wait or exit_rate(c, r, k) > 0.0
            draw = uniform(base, c.trust_keys[i], c.innovation_keys[r, k])
            leave = c.screen_leave[r, k] * (1.0 + c.t4_money_ended if recently_ended(c, r, i, k) else 1.0)
            above = draw >= rollout_screen(c, champions, mandates, r, i, k) * c.granted[r, i, k] + leave
            c.s_pair[kept], c.s_draw[kept] = c.listed[r, n], draw
            kept += waited & (overridden | (not above))
        for n in range(kept):
            pair, draw = np.uint32(c.s_pair[n]), c.s_draw[n]
            i, k = unpack(pair)
            factor = rollout_factor(c, r, i, k)
            if tighter and not overridden and draw >= pilot_bound(c, factor, r, i, k):
                continue
            up_rate, down_rate, u = pilot_rates(c, factor, r, i, k)
            if overridden:
                if not math.isnan(c.o_rollout[i, k]):
                    up_rate = c.o_rollout[i, k]
                if not math.isnan(c.o_pilot_abandonment[i, k]):
                    down_rate = c.o_pilot_abandonment[i, k]
            if not happens(draw, up_rate + down_rate):
                continue
            probability = -math.expm1(-(up_rate + down_rate))
            split = 1.0 if math.isinf(up_rate) else up_rate / (up_rate + down_rate)
            if draw < probability * split:
                candidate(c, r, pair)
                continue
            reason = PILOT_OTHER
            if c.recalled[r, k] == RECALLED:
                reason = PILOT_RECALLED
            elif c.recalled[r, k] == UNSUPPORTED:
                reason = PILOT_COMPANY
            elif recently_ended(c, r, i, k):
                reason = PILOT_MONEY_ENDED
            elif u < 0.0:
                reason = PILOT_EVIDENCE
            move(c, r, pair, ABANDONED, reason)
