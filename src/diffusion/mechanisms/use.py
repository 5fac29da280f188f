"""T9, intensity of use: ``du = (u* - u) / tau_u``, ``u* = r min(1, acap) engagement``, less without a champion.

Champions leave at a constant rate; absorptive capacity grows with own adoptions (see moves) and decays to its start.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from diffusion.engine.draws import CHAMPION_LEAVES, draw_base, uniform
from diffusion.engine.jit import inline, kernel
from diffusion.engine.parameters import Section, param
from diffusion.engine.stages import EVALUATING, PILOT, ROLLOUT, SUSTAINED
from diffusion.engine.state import K_BITS


class UseParameters(Section):
    """T9, intensity of use inside an adopting trust, and absorptive capacity."""

    followed: bool = param(True, "use is followed; without it use stays 0 (limiting cases)", unit="yes/no")
    adjustment_months: float = param(6.0, "time constant of use", unit="months", low=2, high=18, gt=0, symbol="tau_u")
    without_champion: float = param(0.8, "factor on target use without a champion", unit="1", low=0.5, high=1, ge=0, le=1)
    in_use_threshold: float = param(0.1, "use from which an innovation counts as in use", unit="1", low=0.05, high=0.3, ge=0, le=1)
    absorptive_teaching: float = param(0.25, "absorptive capacity above 1 of teaching trusts at the start", unit="1", low=0, high=0.5, ge=0)
    absorptive_growth: float = param(0.03, "absorptive capacity gained per own adoption", unit="1", low=0, high=0.1, ge=0)
    absorptive_decay_per_month: float = param(1 / 60, "return of absorptive capacity to its start", unit="1/month", low=1 / 120, high=1 / 24, ge=0, le=1)


class UseScalars(NamedTuple):
    """Parameters of T9, for the kernels."""

    speed_per_month: float
    without_champion: float
    in_use_threshold: float
    absorptive_decay: float
    champion_turnover: float


@inline
def target_use(pairs, units, par, r, i, k):
    """``u*`` of a pair."""
    target = pairs.rollout[r, i, k] * min(1.0, units.absorptive[r, i]) * pairs.engagement[r, i, k]
    return target if pairs.champion[r, i, k] else target * par.without_champion


@kernel
def use(lists, pairs, units, attributes, group_use, net, tables, par, month_units, tally):
    """Move use of all adopters towards its target and count months of use; reads last month's rollout.

    ``month_units`` is a month of use now in the units of ``use_months``; ``tally`` int64[R, 3] gains use (2^-20),
    patients (2^-10) and pairs in use.
    """
    low = np.uint32((1 << K_BITS) - 1)
    for r in range(pairs.stage.shape[0]):
        for n in range(lists.bounds[r, ROLLOUT], lists.bounds[r, SUSTAINED + 1]):
            pair = lists.pairs[r, n]
            i = np.int64(pair >> np.uint32(K_BITS))
            k = np.int64(pair & low)
            level = pairs.use[r, i, k]
            level += (target_use(pairs, units, par, r, i, k) - level) * par.speed_per_month
            pairs.use[r, i, k] = level
            months = np.int64(np.rint(level * month_units))
            pairs.use_months[r, k, i] += months
            for layer in range(net.group_of.shape[0]):
                column = net.group_of[layer, i]
                if column >= 0:
                    group_use[r, k, column] += net.credibility[i] * months
            tally[r, 0] += np.int64(np.rint(level * 1048576.0))
            tally[r, 1] += np.int64(np.rint(level * attributes.need[r, i, k] * 1024.0))
            if level >= par.in_use_threshold:
                tally[r, 2] += 1


@kernel
def champions_leave(seed, replicates, month, lists, pairs, tables, par):
    """Champions of pairs under way leave at ``champion_turnover`` a month."""
    low = np.uint32((1 << K_BITS) - 1)
    probability = -math.expm1(-par.champion_turnover)
    if probability <= 0.0:
        return
    for r in range(replicates.shape[0]):
        base = draw_base(seed, replicates[r], CHAMPION_LEAVES, month)
        for n in range(lists.bounds[r, EVALUATING], lists.bounds[r, SUSTAINED + 1]):
            pair = lists.pairs[r, n]
            i = np.int64(pair >> np.uint32(K_BITS))
            k = np.int64(pair & low)
            if pairs.champion[r, i, k] and (
                uniform(base, tables.trust_keys[i], tables.innovation_keys[k]) < probability
            ):
                pairs.champion[r, i, k] = 0


@kernel
def absorptive_decays(units, tables, par):
    """Absorptive capacity goes back to its start at ``absorptive_decay`` a month."""
    for r in range(units.absorptive.shape[0]):
        for i in range(units.absorptive.shape[1]):
            now = units.absorptive[r, i]
            units.absorptive[r, i] = now + (tables.absorptive_start[i] - now) * par.absorptive_decay


assert EVALUATING < PILOT < ROLLOUT < SUSTAINED
