"""The gate before a pilot or a rollout starts: the innovation fund must hold the upfront cost, net of subsidy.

The cost is that of the month, at the price asked of the trust. Within one trust and month, candidates take money in
the order of f, then of the innovation's key; each reserves its cost at once. A pair that cannot start a pilot waits,
accepted, with its reason; a pilot that cannot be rolled out goes on as a pilot.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from diffusion.engine.kernels.frame import frame
from diffusion.engine.kernels.jit import inline, phase_kernel, shared
from diffusion.engine.ledger import SUBSIDY, UPFRONT, UPFRONT_UNGATED
from diffusion.engine.stages import EVALUATING, PILOT, ROLLOUT
from diffusion.engine.state import at, pack, unpack
from diffusion.mechanisms.booking import book
from diffusion.mechanisms.moves import (
    PLACED,
    STARTED_PILOT,
    STARTED_ROLLOUT,
    WAITING_LIMIT,
    WAITING_MONEY,
    WITHOUT_PILOT,
    move,
)

if TYPE_CHECKING:
    from diffusion.engine.kernels.frame_view import FrameView


@inline
def upfront_pence(c: FrameView, share, r, i, k):
    """Upfront cost due now at the price asked of this trust, in whole pence."""
    return np.int64(np.rint(share * c.upfront_cost[r, k] * c.size[i] * 100.0 * at(c.x_upfront_price, r, i, k)))


@inline
def _before(c: FrameView, r, i, k, other):
    """Whether innovation k takes money before ``other``."""
    f, g = at(c.finance, r, i, k), at(c.finance, r, i, other)
    return f > g or (f == g and c.innovation_keys[r, k] < c.innovation_keys[r, other])


@phase_kernel
def start(address):
    """Let candidates start in order; ``blocked`` counts those without money (0) or place (1)."""
    c = frame(address)
    first, order, following = c.s_trust_int[0], c.s_innovation_int[0], c.s_pair
    for r in range(c.first, c.last):
        for n in range(c.n_moves[r]):
            if c.move_reason[r, n] == PLACED:
                i, k = unpack(c.moves[r, n])
                placed = upfront_pence(c, c.share_at_pilot, r, i, k)
                book(c, r, i, UPFRONT_UNGATED, placed)
                c.revenue[r, k] += placed
        total = c.n_candidates[r]
        if total == 0:
            continue
        for n in range(total):
            first[unpack(c.candidates[r, n])[0]] = -1
        for n in range(total - 1, -1, -1):
            i, k = unpack(c.candidates[r, n])
            following[n] = first[i]
            first[i] = n
        for n in range(total):
            i, k = unpack(c.candidates[r, n])
            if first[i] < 0:
                continue
            size = 0
            at_hand = first[i]
            first[i] = -1
            while at_hand >= 0:
                _, k = unpack(c.candidates[r, at_hand])
                place = size
                while place > 0 and _before(c, r, i, k, order[place - 1]):
                    order[place] = order[place - 1]
                    place -= 1
                order[place] = k
                size += 1
                at_hand = following[at_hand]
            _start_in_order(c, order, size, r, i)


@shared
def _start_in_order(c: FrameView, order, size, r, i):
    """Let the candidates of one trust start in this order, as far as places and money go."""
    free_places = at(c.x_pilot_limit, r, i, 0) - np.float64(c.pilots_by_trust[r, i])
    for place in range(size):
        k = order[place]
        evaluated = c.stage[r, i, k] == EVALUATING
        direct = evaluated and (c.direct[k] != 0 or at(c.x_no_pilot, r, i, k) > 0.0)
        to_pilot = evaluated and not direct
        share = c.share_at_pilot if to_pilot else (1.0 if direct else 1.0 - c.share_at_pilot)
        cost = upfront_pence(c, share, r, i, k)
        subsidy = np.int64(np.rint(np.float64(cost) * at(c.x_upfront_subsidy, r, i, k)))
        gated = c.money_gate != 0 and at(c.x_mandate, r, i, k) == 0.0
        if to_pilot and free_places < 1.0:
            c.waiting[r, i, k] = WAITING_LIMIT
            c.blocked[r, 1] += 1
        elif gated and c.fund[r, i] < cost - subsidy:
            if evaluated:
                c.waiting[r, i, k] = WAITING_MONEY
            c.blocked[r, 0] += 1
        else:
            if gated:
                c.fund[r, i] -= cost - subsidy
                book(c, r, i, UPFRONT, cost - subsidy)
            else:
                book(c, r, i, UPFRONT_UNGATED, cost - subsidy)
            book(c, r, i, SUBSIDY, subsidy)
            c.revenue[r, k] += cost
            if to_pilot:
                free_places -= 1.0
                move(c, r, pack(i, k), PILOT, STARTED_PILOT)
            else:
                move(c, r, pack(i, k), ROLLOUT, WITHOUT_PILOT if direct else STARTED_ROLLOUT)
