"""The gate before a pilot or a rollout starts: the innovation fund must hold the upfront cost, net of subsidy.

Within one trust and month, candidates take money in the order of f, then of the innovation's key; each reserves its
cost at once. A pair that cannot start a pilot waits, accepted, with its reason; a pilot that cannot be rolled out
goes on as a pilot.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from diffusion.engine.jit import inline, kernel
from diffusion.engine.ledger import SUBSIDY, UPFRONT, UPFRONT_UNGATED
from diffusion.engine.stages import EVALUATING, PILOT, ROLLOUT
from diffusion.engine.state import K_BITS
from diffusion.mechanisms.exposure import at
from diffusion.mechanisms.moves import (
    NOT_WAITING,
    PLACED,
    STARTED_PILOT,
    STARTED_ROLLOUT,
    WAITING_LIMIT,
    WAITING_MONEY,
    move,
)


class StartScalars(NamedTuple):
    """Parameters of the gate, for the kernels."""

    money_gate: bool
    share_at_pilot: float


@inline
def upfront_pence(attributes, tables, share, r, i, k):
    """Upfront cost due now, in whole pence."""
    return np.int64(np.rint(share * attributes.upfront_cost[r, k] * tables.size[i] * 100.0))


@inline
def _before(derived, tables, r, i, k, other):
    """Whether innovation k takes money before ``other``."""
    f, g = at(derived.finance, r, i, k), at(derived.finance, r, i, other)
    return f > g or (f == g and tables.innovation_keys[k] < tables.innovation_keys[other])


@kernel
def start(lists, pairs, units, attributes, counters, terms, derived, tables, money, blocked, par):
    """Let candidates start in order; money[R, flow] in pence, blocked[R, 2] counts those without money or place."""
    low = np.uint32((1 << K_BITS) - 1)
    n_trusts = tables.size.shape[0]
    first = np.empty(n_trusts, dtype=np.int64)
    order = np.empty(pairs.stage.shape[2], dtype=np.int64)
    for r in range(pairs.stage.shape[0]):
        total = lists.n_candidates[r]
        for n in range(lists.n_moves[r]):
            if lists.move_reason[r, n] == PLACED:
                pair = lists.moves[r, n]
                i = np.int64(pair >> np.uint32(K_BITS))
                money[r, UPFRONT_UNGATED] += upfront_pence(attributes, tables, par.share_at_pilot, r, i, np.int64(pair & low))
        if total == 0:
            continue
        first[:] = -1
        following = np.empty(total, dtype=np.int64)
        for n in range(total - 1, -1, -1):
            i = np.int64(lists.candidates[r, n] >> np.uint32(K_BITS))
            following[n] = first[i]
            first[i] = n
        for n in range(total):
            i = np.int64(lists.candidates[r, n] >> np.uint32(K_BITS))
            if first[i] < 0:
                continue
            size = 0
            at_hand = first[i]
            first[i] = -1
            while at_hand >= 0:
                k = np.int64(lists.candidates[r, at_hand] & low)
                place = size
                while place > 0 and _before(derived, tables, r, i, k, order[place - 1]):
                    order[place] = order[place - 1]
                    place -= 1
                order[place] = k
                size += 1
                at_hand = following[at_hand]
            free_places = at(terms.pilot_limit, r, i, 0) - np.float64(counters.pilots_by_trust[r, i])
            for place in range(size):
                k = order[place]
                pair = (np.uint32(i) << np.uint32(K_BITS)) | np.uint32(k)
                to_pilot = pairs.stage[r, i, k] == EVALUATING
                share = par.share_at_pilot if to_pilot else 1.0 - par.share_at_pilot
                cost = upfront_pence(attributes, tables, share, r, i, k)
                subsidy = np.int64(np.rint(np.float64(cost) * at(terms.upfront_subsidy, r, i, k)))
                gated = par.money_gate and at(terms.mandate, r, i, k) == 0.0
                if to_pilot and free_places < 1.0:
                    pairs.waiting[r, i, k] = WAITING_LIMIT
                    blocked[r, 1] += 1
                    continue
                if gated and units.fund[r, i] < cost - subsidy:
                    if to_pilot:
                        pairs.waiting[r, i, k] = WAITING_MONEY
                    blocked[r, 0] += 1
                    continue
                if gated:
                    units.fund[r, i] -= cost - subsidy
                    money[r, UPFRONT] += cost - subsidy
                else:
                    money[r, UPFRONT_UNGATED] += cost - subsidy
                money[r, SUBSIDY] += subsidy
                if to_pilot:
                    free_places -= 1.0
                    pairs.waiting[r, i, k] = NOT_WAITING
                    move(lists, r, pair, PILOT, STARTED_PILOT)
                else:
                    move(lists, r, pair, ROLLOUT, STARTED_ROLLOUT)
