"""Moves between stages: what each is called in the flows, and what it does to a pair.

Decisions of a month only note moves; they are carried out together at its end, so that every decision reads the
state of the month before.
"""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING, Final

import numpy as np

from diffusion.engine.draws import CHAMPION_ARRIVES, ENGAGEMENT, draw_base, happens, uniform
from diffusion.engine.kernels.frame import frame
from diffusion.engine.kernels.jit import inline, phase_kernel, prefetch, shared
from diffusion.engine.stages import (
    ABANDONED,
    AWARE,
    EVALUATING,
    INELIGIBLE,
    N_STAGES,
    PILOT,
    REJECTED,
    ROLLOUT,
    SUSTAINED,
    UNAWARE,
)
from diffusion.engine.state import NEVER, at, pack, unpack
from diffusion.mechanisms.exposure import set_activity
from diffusion.mechanisms.use import PATIENT_ONE, count_use
from diffusion.mechanisms.variety.early_use import uses_early

if TYPE_CHECKING:
    from diffusion.engine.kernels.frame_view import FrameView

#: what the running totals count, in this order: trusts using any, trusts using the first cohort, pairs ever adopted;
#: need (2^-10 cases a month) of pairs that have been in PILOT or beyond, each counted once, and of the first cohort's
USING, USING_COHORT, EVER_ADOPTED, NEED_BEGUN, NEED_BEGUN_COHORT = range(5)
#: names of the flows, in the order of their numbers; the part after the colon is the reason
FLOW_NAMES: tuple[str, ...] = (
    "aware", "evaluating", "pilot", "pilot:placed", "rejected:evidence", "rejected:money", "rejected:alignment",
    "rejected:complexity", "rollout", "pilot ended:recall", "pilot ended:money ended", "pilot ended:evidence",
    "pilot ended:other", "sustained", "abandoned:recall", "abandoned:monitoring ended", "abandoned:evidence",
    "abandoned:money", "abandoned:no champion", "abandoned:other", "aware again:rejected", "aware again:abandoned",
    "pilot ended:company exit", "abandoned:company exit", "rollout:early use", "rollout:no pilot",
)  # fmt: skip
(
    BECAME_AWARE, STARTED_EVALUATION, STARTED_PILOT, PLACED, REJECTED_EVIDENCE, REJECTED_MONEY, REJECTED_ALIGNMENT,
    REJECTED_COMPLEXITY, STARTED_ROLLOUT, PILOT_RECALLED, PILOT_MONEY_ENDED, PILOT_EVIDENCE, PILOT_OTHER,
    BECAME_SUSTAINED,
    ABANDONED_RECALL, ABANDONED_MONITORING, ABANDONED_EVIDENCE, ABANDONED_MONEY, ABANDONED_CHAMPION, ABANDONED_OTHER,
    AGAIN_REJECTED, AGAIN_ABANDONED, PILOT_COMPANY, ABANDONED_COMPANY, EARLY_USER, WITHOUT_PILOT,
) = range(len(FLOW_NAMES))  # fmt: skip

#: why an accepted pilot waits
NOT_WAITING: Final = 0
WAITING_MONEY: Final = 1
WAITING_LIMIT: Final = 2


@inline
def move(c: FrameView, r, pair, to, reason):
    """Note a move of ``pair`` to stage ``to``."""
    n = c.n_moves[r]
    c.moves[r, n] = pair
    c.move_to[r, n] = to
    c.move_reason[r, n] = reason
    c.n_moves[r] = n + 1
    i, k = unpack(pair)
    prefetch(c.since, r, i, k)  # the record is written at the end of the month


@inline
def candidate(c: FrameView, r, pair):
    """Note that ``pair`` would start a pilot (from EVALUATING) or a rollout (from PILOT) if money and limit allow."""
    n = c.n_candidates[r]
    c.candidates[r, n] = pair
    c.n_candidates[r] = n + 1


@inline
def quantile(table, u):
    """Quantile at u from a table at equal steps of u, by linear interpolation."""
    position = u * (table.shape[0] - 1)
    index = min(np.int64(position), table.shape[0] - 2)
    part = position - index
    return table[index] * (1.0 - part) + table[index + 1] * part


@cache
def engagement_table(alpha: float, beta: float, size: int = 4096) -> np.ndarray:
    """Return float64[size + 1], quantiles of Beta(alpha, beta), rounded so that libraries agree on every bit."""
    from scipy.special import betaincinv

    return np.ascontiguousarray(np.round(betaincinv(alpha, beta, np.linspace(0.0, 1.0, size + 1)), 11))


@shared
def count(c: FrameView, r, i, k, old, new):
    """Keep all running counts true when pair (i, k) goes from stage ``old`` to ``new``."""
    c.by_innovation[r, old, k] -= 1
    c.by_innovation[r, new, k] += 1
    own = k < c.n_portfolio  # counts by group and trust are of the portfolio, so that scenarios can be compared
    if own:
        for g in range(c.group_columns.shape[0]):
            c.by_group[r, old, c.group_columns[g, i]] -= 1
            c.by_group[r, new, c.group_columns[g, i]] += 1
    was_adopter = old == ROLLOUT or old == SUSTAINED
    is_adopter = new == ROLLOUT or new == SUSTAINED
    if not (was_adopter or is_adopter or old == PILOT or new == PILOT):
        return
    if own:
        c.adopters_by_trust[r, i] += np.int32(is_adopter) - np.int32(was_adopter)
    c.pilots_by_trust[r, i] += np.int32(new == PILOT) - np.int32(old == PILOT)
    change = np.int32(is_adopter or new == PILOT) - np.int32(was_adopter or old == PILOT)
    if change != 0:
        before = c.using_by_trust[r, i]
        c.using_by_trust[r, i] = before + change
        c.totals[r, USING] += np.int64(before + change > 0) - np.int64(before > 0)
        if c.cohort[k]:
            before = c.cohort_by_trust[r, i]
            c.cohort_by_trust[r, i] = before + change
            c.totals[r, USING_COHORT] += np.int64(before + change > 0) - np.int64(before > 0)


@inline
def begin(c: FrameView, r, i, k):
    """Count the need of a pair that reaches PILOT or beyond for the first time."""
    c.begun[r, i, k] = 1
    need = np.int64(np.rint(c.need[r, i, k] * PATIENT_ONE))
    c.totals[r, NEED_BEGUN] += need
    if c.cohort[k]:
        c.totals[r, NEED_BEGUN_COHORT] += need


@shared
def known_to_board(c: FrameView, r, i, k):
    """Whether a trust of the ICS has finished an evaluation, or one of an ICS whose board is joined to it."""
    if c.evaluated[r, c.ics[i], k] != 0:
        return True
    joined = at(c.x_joined_board, r, i, 0)
    if joined < 0.0:
        return False
    for other in range(c.ics.shape[0]):
        if at(c.x_joined_board, r, other, 0) == joined and c.evaluated[r, c.ics[other], k] != 0:
            return True
    return False


@phase_kernel
def apply_moves(address):
    """Carry out the moves noted this month and count them as flows."""
    c = frame(address)
    for r in range(c.first, c.last):
        champions = draw_base(c.seed, c.replicates[r], CHAMPION_ARRIVES, c.month)
        engagements = draw_base(c.seed, c.replicates[r], ENGAGEMENT, 0)
        for n in range(c.n_moves[r]):
            i, k = unpack(c.moves[r, n])
            old = c.stage[r, i, k]
            new = c.move_to[r, n]
            c.flows[r, c.move_reason[r, n]] += 1
            count(c, r, i, k, old, new)
            c.stage[r, i, k] = new
            c.since[r, i, k] = c.month
            if (new == PILOT or new == ROLLOUT) and c.begun[r, i, k] == 0:
                begin(c, r, i, k)
            c.waiting[r, i, k] = NOT_WAITING
            if new == EVALUATING or (new == PILOT and old != EVALUATING):
                stock = c.champion_stock[i] + at(c.x_champion_stock, r, i, k)
                u = uniform(champions, c.trust_keys[i], c.innovation_keys[r, k])
                c.champion[r, i, k] = happens(u, max(0.0, stock))
            if old == PILOT:
                c.trials[r, 0 if new == ROLLOUT else 1, k] += 1
            if old == EVALUATING and (new == PILOT or new == REJECTED or new == ROLLOUT):
                c.evaluated[r, c.ics[i], k] = 1
            if new == EVALUATING:
                credit = at(c.x_passport, r, i, k)
                credit = credit if credit > 0.0 and known_to_board(c, r, i, k) else 0.0
                c.work[r, i, k] = max(credit, at(c.x_work_credit, r, i, k))
            elif new == PILOT:
                c.work[r, i, k] = 0.0
                c.programme[r, i, k] = at(c.x_programme_pilot, r, i, k) > 0.0
                c.money_ended[r, i, k] = NEVER
            elif new == ROLLOUT:
                c.work[r, i, k] = 0.0
                if old == UNAWARE:  # an early user
                    c.evaluated[r, c.ics[i], k] = 1
                    stock = c.champion_stock[i] + at(c.x_champion_stock, r, i, k)
                    u = uniform(champions, c.trust_keys[i], c.innovation_keys[r, k])
                    c.champion[r, i, k] = happens(u, max(0.0, stock))
                enter_rollout(c, engagements, r, i, k)
            elif new == AWARE or new == ABANDONED or new == REJECTED:
                if c.use[r, i, k] > 0.0:
                    count_use(c, r, i, k, -1)
                c.work[r, i, k] = 0.0
                c.rollout[r, i, k] = 0.0
                c.use[r, i, k] = 0.0
                c.champion[r, i, k] = 0
                c.programme[r, i, k] = 0
                c.rollout_since[r, i, k] = NEVER
                c.full_since[r, i, k] = NEVER
            set_activity(c, r, i, k)
        c.moved[r] = c.n_moves[r] > 0
        c.n_moves[r] = 0
        c.n_candidates[r] = 0


@shared
def enter_rollout(c: FrameView, engagements, r, i, k):
    """Set up a pair that enters ROLLOUT; with D_R = 0 rollout is complete at once."""
    c.rollout_since[r, i, k] = c.month
    c.programme[r, i, k] = 0
    u = uniform(engagements, c.trust_keys[i], c.innovation_keys[r, k])
    c.engagement[r, i, k] = quantile(c.engagement_quantiles, u)
    c.absorptive[r, i] = min(2.0, max(0.5, c.absorptive[r, i] + c.absorptive_growth))
    if c.rollout_months[k] <= 0.0:
        c.rollout[r, i, k] = 1.0
        c.full_since[r, i, k] = c.month
    else:
        c.rollout[r, i, k] = 0.0
        c.full_since[r, i, k] = NEVER
    if c.ever[r, i, k] == 0:
        c.ever[r, i, k] = 1
        c.totals[r, EVER_ADOPTED] += 1


@phase_kernel
def clear_sums(address):
    """Let the sums of the month start at 0."""
    c = frame(address)
    for r in range(c.first, c.last):
        c.blocked[r] = 0
        c.tally[r] = 0
        c.flows[r] = 0


#: with fewer pairs a replicate, the state of many stays in cache
FETCHED_PAIRS: Final = 4096


@phase_kernel
def fetch(address):
    """Begin loading what this month's kernels read of a replicate here and there."""
    c = frame(address)
    n, columns = c.activity.shape[2], c.group_activity.shape[2]
    if n * c.live.shape[1] < FETCHED_PAIRS:
        return
    for r in range(c.first, c.last):
        for k in range(c.live.shape[1]):
            if c.live[r, k] >= c.month:
                continue
            for i in range(0, n, 16):
                prefetch(c.activity, r, k, i)
                prefetch(c.use_months, r, k, i)
            for i in range(0, columns, 8):
                prefetch(c.group_activity, r, k, i)
                prefetch(c.group_use, r, k, i)
        for a in range(c.screen_awareness.shape[1]):
            for k in range(0, c.live.shape[1], 8):
                prefetch(c.screen_awareness, r, a, k)
                prefetch(c.screen_triage, r, a, k)
                prefetch(c.screen_rollout, r, a, k)
                prefetch(c.top_awareness_push, r, a, k)
                prefetch(c.top_triage_push, r, a, k)
                prefetch(c.top_rollout_push, r, a, k)


@phase_kernel
def list_pairs(address):
    """List the live, eligible pairs by stage; note the moves of pairs that are placed in PILOT this month.

    A lever places them, or they are pilot sites of what becomes live.

    Lists of a replicate in which nothing moved are still true.
    """
    c = frame(address)
    fill = c.s_stage
    n_trusts, n_innovations = c.stage.shape[1], c.stage.shape[2]
    live = c.s_innovation_int[0]
    for r in range(c.first, c.last):
        renew = c.placing != 0 or c.moved[r] != 0
        placing = c.placing != 0
        n_live = 0
        for k in range(n_innovations):
            if c.live[r, k] < c.month:
                live[n_live] = k
                n_live += 1
                renew = renew or c.live[r, k] == c.month - 1
                begins = c.early_log_odds[k] > -math.inf or c.has_pilot_sites[k] != 0
            placing = placing or (c.live[r, k] == c.month - 1 and begins)
        if not renew:
            continue
        position = np.int64(0)
        c.bounds[r, 0] = 0
        for stage in range(N_STAGES):
            fill[stage] = position
            if stage != INELIGIBLE:
                for n in range(n_live):
                    position += c.by_innovation[r, stage, live[n]]
            c.bounds[r, stage + 1] = position
        if placing:
            _list_and_place(c, fill, r)
            _close_gaps(c, fill, r)
            continue
        for i in range(n_trusts):
            for n in range(n_live):
                k = live[n]
                stage = c.stage[r, i, k]
                if stage != INELIGIBLE:
                    c.listed[r, np.uint64(fill[stage])] = pack(i, k)
                    fill[stage] += 1


@shared
def _list_and_place(c: FrameView, fill, r):
    """List the pairs of a month in which some are placed in PILOT, or use early: those move instead of being listed."""
    for i in range(c.stage.shape[1]):
        for k in range(c.stage.shape[2]):
            stage = c.stage[r, i, k]
            if stage == INELIGIBLE or c.live[r, k] >= c.month:
                continue
            using = stage == PILOT or stage == ROLLOUT or stage == SUSTAINED
            if c.live[r, k] == c.month - 1:
                if not using and at(c.pilot_site, r, i, k) != 0:
                    move(c, r, pack(i, k), PILOT, PLACED)
                    continue
                if stage == UNAWARE and uses_early(c, r, i, k):
                    move(c, r, pack(i, k), ROLLOUT, EARLY_USER)
                    continue
            if not using and not c.no_use[r, i, k] and at(c.x_placement, r, i, k) > 0.0:
                move(c, r, pack(i, k), PILOT, PLACED)
                continue
            c.listed[r, fill[stage]] = pack(i, k)
            fill[stage] += 1


@shared
def _close_gaps(c: FrameView, fill, r):
    """Move the lists together where placed pairs left room at the end of a stage."""
    position = np.int64(0)
    first = np.int64(0)
    for stage in range(N_STAGES):
        last = fill[stage]
        following = c.bounds[r, stage + 1]
        c.bounds[r, stage] = position
        for n in range(first, last):
            c.listed[r, position] = c.listed[r, n]
            position += 1
        first = following
    c.bounds[r, N_STAGES] = position
