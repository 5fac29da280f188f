"""Innovations born during a run: slots of the world are filled, keyed by the founder, never by the slot.

Arrivals from elsewhere fill their slots at times drawn at the start; spin-outs and contracts when they launch.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np

from diffusion.engine import draws as d
from diffusion.engine.choice import race
from diffusion.engine.draws import draw_base, mix64, normal, uniform
from diffusion.engine.kernels.frame import frame
from diffusion.engine.kernels.jit import kernel, shared
from diffusion.engine.ledger import INVESTMENT
from diffusion.mechanisms.supply.companies import IN_UK
from diffusion.mechanisms.variety.heterogeneity import draw_spread
from diffusion.mechanisms.variety.relevance import draw_use
from diffusion.world.slots import ARRIVAL

if TYPE_CHECKING:
    from diffusion.engine.kernels.frame_view import FrameView

#: month of a slot that is not filled
NOT_BORN: Final = 1 << 28


@shared
def be_born(c: FrameView, r, founder_key, kind_draw, cash, founder):
    """Fill the next free slot of a kind, live from next month on; return its number, or -1 without room."""
    first, n = c.first_spin_out, c.live.shape[1] - c.first_spin_out
    if n <= 0:
        return -1
    kind = c.kind[first + np.int64(kind_draw * n)]
    slot = -1
    for k in range(first, first + n):
        if c.kind[k] == kind and c.live[r, k] >= NOT_BORN:
            slot = k
            break
    if slot < 0:
        return -1
    c.innovation_keys[r, slot] = mix64(founder_key + np.uint64(1))
    c.live[r, slot] = c.month
    draw_innovation(c, r, slot)
    c.evidence[r, slot] = 1.0
    c.company[r, slot] = IN_UK
    c.company_since[r, slot] = c.month
    c.cash[r, slot] = cash
    c.founder[r, slot] = founder
    c.born[r] = 1
    return slot


@kernel
def launch(address, r, key, evidence):
    """Launch an innovation that has no founder, for example one of a development contract."""
    c = frame(address)
    cash = np.int64(c.burn_pence * c.runway_months)
    u = uniform(draw_base(c.seed, c.replicates[r], d.KIND, 0), key, np.uint64(0))
    slot = be_born(c, r, key, u, cash, -1)
    if slot >= 0:
        c.money[r, INVESTMENT] += cash
        c.evidence[r, slot] += evidence


@shared
def draw_innovation(c: FrameView, r, k):
    """Draw what an innovation is by its key: benefit, signal, costs, and need of every trust."""
    key = c.innovation_keys[r, k]
    none = np.uint64(0)
    c.benefit[r, k] = c.benefit_mean[k] + c.benefit_sd[k] * normal(_draw(c, r, d.BENEFIT, none, key))
    c.signal[r, k] = c.benefit[r, k] + c.signal_noise * normal(_draw(c, r, d.SIGNAL, none, key))
    draw_spread(c, r, k)
    draw_use(c, r, k)
    noise = c.cost_noise[k]
    c.upfront_cost[r, k] = c.base_upfront[k] * math.exp(noise * normal(_draw(c, r, d.UPFRONT_COST, none, key)))
    c.running_cost[r, k] = c.base_running[k] * math.exp(noise * normal(_draw(c, r, d.RUNNING_COST, none, key)))
    c.saving[r, k] = c.base_saving[k] * math.exp(noise * normal(_draw(c, r, d.SAVING, none, key)))
    base = draw_base(c.seed, c.replicates[r], d.NEED, 0)
    for i in range(c.need.shape[1]):
        noise = math.exp(c.need_sigma * normal(uniform(base, c.trust_keys[i], key))) if c.need_sigma > 0.0 else 1.0
        c.need[r, i, k] = c.cases[k] * c.size[i] * noise


@shared
def _draw(c: FrameView, r, process, trust_key, key):
    return uniform(draw_base(c.seed, c.replicates[r], process, 0), trust_key, key)


def arrival_months(ids: tuple[str, ...], live: np.ndarray, per_year: float, draws: d.Draws) -> np.ndarray:
    """Return int64[R, K]: live months; arrivals come as a Poisson process, one slot after another.

    ``live`` is int64[K], what the table states.
    """
    out = np.broadcast_to(live, (len(draws.replicates), len(live))).copy()
    slots = [k for k, name in enumerate(ids) if name.startswith(ARRIVAL)]
    if slots and per_year > 0:
        own = d.Draws(draws.seed, draws.replicates, draws.trust_keys, draws.innovation_keys[slots])
        gaps = race(own.uniform(d.ARRIVAL_GAP, by="innovation")[:, 0, :]) * 12.0 / per_year
        out[:, slots] = np.minimum(np.ceil(gaps.cumsum(axis=1)), NOT_BORN - 1).astype(np.int64)
    return out
