"""Moves between stages: what each is called in the flows, and what it does to a pair.

Decisions of a month only note moves; they are carried out together at its end, so that every decision reads the
state of the month before.
"""

from __future__ import annotations

import math
from typing import Final, NamedTuple

import numpy as np

from diffusion.engine.draws import CHAMPION_ARRIVES, ENGAGEMENT, draw_base, uniform
from diffusion.engine.jit import inline, kernel
from diffusion.engine.stages import (
    ABANDONED,
    AWARE,
    EVALUATING,
    INELIGIBLE,
    PILOT,
    REJECTED,
    ROLLOUT,
    SUSTAINED,
)
from diffusion.engine.state import K_BITS, NEVER

#: names of the flows, in the order of their numbers; the part after the colon is the reason
FLOW_NAMES: tuple[str, ...] = (
    "aware", "evaluating", "pilot", "pilot:placed", "rejected:evidence", "rejected:money", "rejected:alignment",
    "rejected:complexity", "rollout", "pilot ended:recall", "pilot ended:money ended", "pilot ended:evidence",
    "pilot ended:other", "sustained", "abandoned:recall", "abandoned:monitoring ended", "abandoned:evidence",
    "abandoned:money", "abandoned:no champion", "abandoned:other", "aware again:rejected", "aware again:abandoned",
)  # fmt: skip
(
    BECAME_AWARE, STARTED_EVALUATION, STARTED_PILOT, PLACED, REJECTED_EVIDENCE, REJECTED_MONEY, REJECTED_ALIGNMENT,
    REJECTED_COMPLEXITY, STARTED_ROLLOUT, PILOT_RECALLED, PILOT_MONEY_ENDED, PILOT_EVIDENCE, PILOT_OTHER, BECAME_SUSTAINED,
    ABANDONED_RECALL, ABANDONED_MONITORING, ABANDONED_EVIDENCE, ABANDONED_MONEY, ABANDONED_CHAMPION, ABANDONED_OTHER,
    AGAIN_REJECTED, AGAIN_ABANDONED,
) = range(len(FLOW_NAMES))  # fmt: skip

#: why an accepted pilot waits
NOT_WAITING: Final = 0
WAITING_MONEY: Final = 1
WAITING_LIMIT: Final = 2


class MoveScalars(NamedTuple):
    """Parameters that moves need, for the kernels."""

    engagement: np.ndarray  # float64, quantiles of engagement
    absorptive_growth: float


@inline
def move(lists, r, pair, to, reason):
    """Note a move of ``pair`` to stage ``to``."""
    n = lists.n_moves[r]
    lists.moves[r, n] = pair
    lists.move_to[r, n] = to
    lists.move_reason[r, n] = reason
    lists.n_moves[r] = n + 1


@inline
def candidate(lists, r, pair):
    """Note that ``pair`` would start a pilot (from EVALUATING) or a rollout (from PILOT) if money and limit allow."""
    n = lists.n_candidates[r]
    lists.candidates[r, n] = pair
    lists.n_candidates[r] = n + 1


@inline
def quantile(table, u):
    """Quantile at u from a table at equal steps of u, by linear interpolation."""
    position = u * (table.shape[0] - 1)
    index = min(np.int64(position), table.shape[0] - 2)
    part = position - index
    return table[index] * (1.0 - part) + table[index + 1] * part


def engagement_table(alpha: float, beta: float, size: int = 4096) -> np.ndarray:
    """Return float64[size + 1], quantiles of Beta(alpha, beta), rounded so that libraries agree on every bit."""
    from scipy.special import betaincinv

    return np.ascontiguousarray(np.round(betaincinv(alpha, beta, np.linspace(0.0, 1.0, size + 1)), 11))


@inline
def count(counters, group_columns, cohort, r, i, k, old, new):
    """Keep all running counts true when pair (i, k) goes from stage ``old`` to ``new``."""
    counters.by_innovation[r, old, k] -= 1
    counters.by_innovation[r, new, k] += 1
    for g in range(group_columns.shape[0]):
        counters.by_group[r, old, group_columns[g, i]] -= 1
        counters.by_group[r, new, group_columns[g, i]] += 1
    was_adopter = old == ROLLOUT or old == SUSTAINED
    is_adopter = new == ROLLOUT or new == SUSTAINED
    counters.adopters_by_trust[r, i] += np.int32(is_adopter) - np.int32(was_adopter)
    counters.pilots_by_trust[r, i] += np.int32(new == PILOT) - np.int32(old == PILOT)
    change = np.int32(is_adopter or new == PILOT) - np.int32(was_adopter or old == PILOT)
    if change != 0:
        before = counters.using_by_trust[r, i]
        counters.using_by_trust[r, i] = before + change
        counters.totals[r, 0] += np.int64(before + change > 0) - np.int64(before > 0)
        if cohort[k]:
            before = counters.cohort_by_trust[r, i]
            counters.cohort_by_trust[r, i] = before + change
            counters.totals[r, 1] += np.int64(before + change > 0) - np.int64(before > 0)


@kernel
def apply_moves(seed, replicates, month, lists, pairs, units, counters, flows, tables, terms, par):
    """Carry out the moves noted this month; flows[R, flow] counts them."""
    low = np.uint32((1 << K_BITS) - 1)
    for r in range(replicates.shape[0]):
        champions = draw_base(seed, replicates[r], CHAMPION_ARRIVES, month)
        engagements = draw_base(seed, replicates[r], ENGAGEMENT, 0)
        for n in range(lists.n_moves[r]):
            pair = lists.moves[r, n]
            i = np.int64(pair >> np.uint32(K_BITS))
            k = np.int64(pair & low)
            old = pairs.stage[r, i, k]
            new = lists.move_to[r, n]
            flows[r, lists.move_reason[r, n]] += 1
            count(counters, tables.group_columns, tables.cohort, r, i, k, old, new)
            pairs.stage[r, i, k] = new
            pairs.since[r, i, k] = month
            pairs.waiting[r, i, k] = NOT_WAITING
            if new == EVALUATING or (new == PILOT and old != EVALUATING):
                stock = tables.champion_stock[i] + _at(terms.champion_stock, r, i, k)
                u = uniform(champions, tables.trust_keys[i], tables.innovation_keys[k])
                pairs.champion[r, i, k] = u < -math.expm1(-max(0.0, stock))
            if new == EVALUATING:
                pairs.work[r, i, k] = 0.0
            elif new == PILOT:
                pairs.work[r, i, k] = 0.0
                pairs.programme[r, i, k] = _at(terms.programme_pilot, r, i, k) > 0.0
                pairs.money_ended[r, i, k] = NEVER
            elif new == ROLLOUT:
                enter_rollout(engagements, month, pairs, units, tables, par, r, i, k)
                if pairs.ever[r, i, k] == 0:
                    pairs.ever[r, i, k] = 1
                    counters.totals[r, 2] += 1
            elif new == AWARE or new == ABANDONED or new == REJECTED:
                pairs.work[r, i, k] = 0.0
                pairs.rollout[r, i, k] = 0.0
                pairs.use[r, i, k] = 0.0
                pairs.champion[r, i, k] = 0
                pairs.programme[r, i, k] = 0
                pairs.rollout_since[r, i, k] = NEVER
                pairs.full_since[r, i, k] = NEVER
        lists.n_moves[r] = 0
        lists.n_candidates[r] = 0


@inline
def enter_rollout(engagements, month, pairs, units, tables, par, r, i, k):
    """Set up a pair that enters ROLLOUT; with D_R = 0 rollout is complete at once."""
    pairs.rollout_since[r, i, k] = month
    pairs.programme[r, i, k] = 0
    u = uniform(engagements, tables.trust_keys[i], tables.innovation_keys[k])
    pairs.engagement[r, i, k] = quantile(par.engagement, u)
    units.absorptive[r, i] = min(2.0, max(0.5, units.absorptive[r, i] + par.absorptive_growth))
    if tables.rollout_months[k] <= 0.0:
        pairs.rollout[r, i, k] = 1.0
        pairs.full_since[r, i, k] = month
    else:
        pairs.rollout[r, i, k] = 0.0
        pairs.full_since[r, i, k] = NEVER


@inline
def _at(term, r, i, k):
    return term[min(r, term.shape[0] - 1), min(i, term.shape[1] - 1), min(k, term.shape[2] - 1)]


@kernel
def list_pairs(month, lists, pairs, counters, live, placement, placing):
    """List the live, eligible pairs by stage; note the moves of pairs that a lever places in PILOT this month."""
    n_replicates, n_trusts, n_innovations = pairs.stage.shape
    fill = np.zeros(9, dtype=np.int64)
    for r in range(n_replicates):
        position = np.int64(0)
        lists.bounds[r, 0] = 0
        for stage in range(9):
            fill[stage] = position
            if stage != INELIGIBLE:
                for k in range(n_innovations):
                    if live[k] < month:
                        position += counters.by_innovation[r, stage, k]
            lists.bounds[r, stage + 1] = position
        for i in range(n_trusts):
            for k in range(n_innovations):
                stage = pairs.stage[r, i, k]
                if stage == INELIGIBLE or live[k] >= month:
                    continue
                pair = (np.uint32(i) << np.uint32(K_BITS)) | np.uint32(k)
                if placing and _at(placement, r, i, k) > 0.0 and stage != PILOT and stage != ROLLOUT and stage != SUSTAINED:
                    move(lists, r, pair, PILOT, PLACED)
                    continue
                lists.pairs[r, fill[stage]] = pair
                fill[stage] += 1
        if placing:
            _close_gaps(lists, fill, r)


@inline
def _close_gaps(lists, fill, r):
    """Move the lists together where placed pairs left room at the end of a stage."""
    position = np.int64(0)
    first = np.int64(0)
    for stage in range(9):
        last = fill[stage]
        following = lists.bounds[r, stage + 1]
        lists.bounds[r, stage] = position
        for n in range(first, last):
            lists.pairs[r, position] = lists.pairs[r, n]
            position += 1
        first = following
    lists.bounds[r, 9] = position


