"""Screens: upper bounds of the rates of T1, T2 and T4 that hold for all trusts of an AHSN.

Most draws of a month are far above any rate. A draw that is at or above its screen leads to no move, so that rates are
computed for the few pairs left; screens change how long a month takes and nothing else. They are kept by AHSN because
its members share the largest part of exposure and the push of their AHSN. What a mandate adds to a rate is the pair's
own; the kernels add it to the screen.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from diffusion.engine.kernels.frame import frame
from diffusion.engine.kernels.jit import inline, phase_kernel
from diffusion.engine.stages import AWARE, PILOT, UNAWARE
from diffusion.engine.state import at
from diffusion.mechanisms.beliefs import clipped_exp
from diffusion.mechanisms.exposure import ACTIVITY_ONE, LINEAR, Net
from diffusion.mechanisms.scorecard_gap import gap_factor_most

if TYPE_CHECKING:
    from diffusion.engine.kernels.frame_view import FrameView
    from diffusion.world.tables import World

#: bounds are raised by this share, far more than what rounding can do
_MARGIN = 1.0 + 1e-9
#: in place of a factor: there is no pair that a screen would be for
_NOBODY = -1.0


class Reach(NamedTuple):
    """What exposure can be at most among the members of an AHSN: M eligibility masks, A AHSNs."""

    reach_column: np.ndarray  # int64[A], column of the AHSN in the group sums, -1 if its members share none
    reach_own: np.ndarray  # float64[M, A], largest factor on that sum
    reach_share: np.ndarray  # float64[M, A], largest share of exposure through all other layers
    reach_national: np.ndarray  # float64[M, A], largest exposure through them per unit of national activity


def build_reach(world: World, net: Net) -> Reach:
    """Return the bounds of exposure by AHSN that follow from the network alone."""
    n_masks, n_ahsns = net.group_share.shape[1], max(1, world.n_ahsns)
    column = np.full(n_ahsns, -1, dtype=np.int64)
    own, share, national = (np.zeros((n_masks, n_ahsns)) for _ in range(3))
    most = float(net.credibility.max(initial=0))
    for a in range(n_ahsns):
        members = np.flatnonzero(world.trusts.ahsn == a)
        if not len(members):
            continue
        group_share = net.group_share[members]  # (members, M, L)
        group_factor = group_share / net.group_total[members]
        others = np.ones(group_share.shape[2], dtype=bool)
        if net.member_layer >= 0:
            columns = np.unique(net.group_of[members, net.member_layer])
            if len(columns) == 1 and columns[0] >= 0:
                column[a], others[net.member_layer] = columns[0], False
                own[:, a] = group_factor[:, :, net.member_layer].max(axis=0)
        share[:, a] = (group_share[:, :, others].sum(axis=2) + net.tie_share[members].sum(axis=2)).max(axis=0)
        per_unit = most * group_factor[:, :, others].sum(axis=2) + net.tie_bound[members].sum(axis=2)
        national[:, a] = per_unit.max(axis=0)
    return Reach(column, own, share, national)


def highest_by_ahsn(value: np.ndarray, ahsn: np.ndarray, n_ahsns: int) -> np.ndarray:
    """Return a term's largest value among the members of each AHSN, (1 or R, 1 or A, 1 or K).

    Of an AHSN without members it is -inf: a world may be a part of England.
    """
    if value.shape[1] == 1:
        return value
    order = np.argsort(ahsn, kind="stable")
    present, first = np.unique(ahsn[order], return_index=True)
    out = np.full((value.shape[0], n_ahsns, value.shape[2]), -np.inf)
    out[:, present, :] = np.maximum.reduceat(value[:, order, :], first, axis=1)
    return out


@inline
def _national_screens(c: FrameView, r):
    """Write the screens that hold for all trusts; list the other innovations, and what their screens begin with."""
    listed, factors, n_listed = c.s_innovation_int[0], c.s_screen, 0
    rho = c.risk_aversion_most[r] * c.risk_aversion_top
    for k in range(c.highest.shape[1]):
        if c.live[r, k] >= c.month:
            continue
        listed[n_listed] = k
        n_listed += 1
        if c.recalled[r, k]:
            factors[0, k] = factors[1, k] = factors[2, k] = _NOBODY
            # recalled pilots are the exception: they all end
            c.screen_leave[r, k] = math.inf
            c.screen_lapse[r, k] = c.exponent_most
            continue
        top = max(c.belief_mean[r, k], c.signal[r, k]) + c.utility_top
        low = min(c.belief_mean[r, k], c.signal[r, k]) - rho * c.belief_sd[r, k] + c.utility_low
        triage = clipped_exp(max(c.t2_utility * top, c.t2_utility * low), c.exponent_limit) * _MARGIN
        up = clipped_exp(max(c.t4_utility * top, c.t4_utility * low), c.exponent_limit) * _MARGIN
        down = clipped_exp(max(-c.t4_utility * top, -c.t4_utility * low), c.exponent_limit) * _MARGIN
        c.screen_lapse[r, k] = clipped_exp(max(-c.t7_utility * top, -c.t7_utility * low), c.exponent_limit) * _MARGIN
        c.screen_leave[r, k] = c.t4_abandonment * c.pilot_abandonment[k] * c.ending[r, k] * down
        # a screen is only as good as of this month where there is a pair to look at it
        factors[0, k] = _MARGIN if c.by_innovation[r, UNAWARE, k] > 0 else _NOBODY
        factors[1, k] = triage if c.by_innovation[r, AWARE, k] > 0 else _NOBODY
        factors[2, k] = up * c.t4_rate * c.scale_up[r, k] if c.by_innovation[r, PILOT, k] > 0 else _NOBODY
    return n_listed


@phase_kernel
def screen(address):
    """Write the screens of T1, T2 and T4 for this month's terms, activity and beliefs."""
    c = frame(address)
    for r in range(c.first, c.last):
        n_listed = _national_screens(c, r)
        # eight innovations at a time share cache lines
        for first in range(0, n_listed, 8):
            for a in range(c.reach_column.shape[0]):
                gap = gap_factor_most(c, r, a)
                for n in range(first, min(first + 8, n_listed)):
                    _screen(c, gap, r, a, c.s_innovation_int[0, n])


@inline
def _screen(c: FrameView, gap, r, a, k):
    """Write the screens of one AHSN and innovation."""
    m = c.mask[k]
    highest = c.highest[r, k]
    x = min(c.reach_share[m, a] * highest, c.reach_national[m, a] * c.national[r, k])
    if c.reach_column[a] >= 0:
        x += c.reach_own[m, a] * max(0.0, np.float64(c.group_activity[r, k, c.reach_column[a]]))
    x += c.transfer_top * max(0.0, highest - x) + at(c.top_member_ties, r, a, k) * highest
    x = x * (_MARGIN / ACTIVITY_ONE) + max(0.0, at(c.top_exposure, r, a, k))
    g = x if c.response == LINEAR else c.response_high
    if c.deterministic:
        g = math.inf
    unaware, aware, piloting = c.s_screen[0, k], c.s_screen[1, k], c.s_screen[2, k]
    c.screen_awareness[r, a, k] = c.screen_triage[r, a, k] = c.screen_rollout[r, a, k] = 0.0
    if unaware >= 0.0:
        push = c.t1_push * at(c.top_awareness_push, r, a, k) * c.push[r, k]
        c.screen_awareness[r, a, k] = (push + c.t1_peer * x) * unaware
    if aware >= 0.0:
        push = c.t2_push * at(c.top_triage_push, r, a, k) * c.push[r, k]
        factor = aware * at(c.top_align_factor, r, a, k) * at(c.top_burden_triage, r, a, k) * gap
        c.screen_triage[r, a, k] = (push + c.t2_peer * g) * factor
    if piloting >= 0.0:
        push = c.rollout_push[k] * at(c.top_rollout_push, r, a, k)
        factor = piloting * at(c.top_rollout_factor, r, a, k) * at(c.top_burden_factor, r, a, k)
        c.screen_rollout[r, a, k] = (push + c.rollout_peer[k] * g) * factor
