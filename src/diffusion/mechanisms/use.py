"""T9, intensity of use: ``du = (u* - u) / tau_u``, ``u* = r min(1, acap) engagement``, less without a champion.

``acap`` is the trust's absorptive capacity, which grows with own adoptions (see moves) and decays to its start, with
what levers add. Champions leave at a constant rate.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from diffusion.engine.draws import CHAMPION_LEAVES, draw_base, uniform
from diffusion.engine.kernels.frame import frame
from diffusion.engine.kernels.jit import inline, phase_kernel
from diffusion.engine.parameters import Section, param
from diffusion.engine.stages import EVALUATING, ROLLOUT, SUSTAINED
from diffusion.engine.state import at, at2, unpack

if TYPE_CHECKING:
    from diffusion.engine.kernels.frame_view import FrameView

#: what a month's tally holds, in this order: use summed over pairs, patients benefiting, pairs in use
USE_SUM, PATIENTS, PAIRS_IN_USE = range(3)
#: sums are whole numbers of 2^-20 of full use, and of 2^-10 of a patient
LEVEL_ONE, PATIENT_ONE = 1048576.0, 1024.0


class UseParameters(Section):
    """T9, intensity of use inside an adopting trust, and absorptive capacity."""

    followed: bool = param(True, "use is followed; without it use stays 0 (limiting cases)", unit="yes/no")
    adjustment_months: float = param(6.0, "time constant of use", unit="months", low=2, high=18, gt=0, symbol="tau_u")
    without_champion: float = param(
        0.8, "factor on target use without a champion", unit="1", low=0.5, high=1, ge=0, le=1
    )
    in_use_threshold: float = param(
        0.1, "use from which an innovation counts as in use", unit="1", low=0.05, high=0.3, ge=0, le=1
    )
    absorptive_teaching: float = param(
        0.25, "absorptive capacity above 1 of teaching trusts at the start", unit="1", low=0, high=0.5, ge=0
    )
    absorptive_growth: float = param(
        0.03, "absorptive capacity gained per own adoption", unit="1", low=0, high=0.1, ge=0
    )
    absorptive_decay_per_month: float = param(
        1 / 60, "return of absorptive capacity to its start", unit="1/month", low=1 / 120, high=1 / 24, ge=0, le=1
    )


@inline
def target_use(c: FrameView, r, i, k):
    """``u*`` of a pair."""
    able = min(1.0, max(0.0, c.absorptive[r, i] + at(c.x_absorptive, r, i, 0)))
    target = c.rollout[r, i, k] * able * c.engagement[r, i, k]
    return target if c.champion[r, i, k] else target * c.t9_without_champion


@inline
def counted_use(c: FrameView, level, r, i, k):
    """What a pair adds to the sums of the month: use (2^-20), patients (2^-10), 1 if in use."""
    patients = np.int64(np.rint(level * c.need[r, i, k] * PATIENT_ONE))
    return np.int64(np.rint(level * LEVEL_ONE)), patients, np.int64(level >= c.t9_in_use)


@inline
def count_use(c: FrameView, r, i, k, sign):
    """Add the use of a pair to (or take it from) the sums of the month."""
    level_sum, patients, in_use = counted_use(c, c.use[r, i, k], r, i, k)
    c.tally[r, USE_SUM] += sign * level_sum
    c.tally[r, PATIENTS] += sign * patients
    c.tally[r, PAIRS_IN_USE] += sign * in_use


@phase_kernel
def use(address):
    """Move use of all adopters towards its target and count months of use; reads last month's rollout.

    Pairs that leave this month are taken out of the sums again when their move is carried out.
    """
    c = frame(address)
    if not c.use_followed:
        return
    for r in range(c.first, c.last):
        sums, cases, number = np.int64(0), np.int64(0), np.int64(0)
        for n in range(c.bounds[r, ROLLOUT], c.bounds[r, SUSTAINED + 1]):
            i, k = unpack(c.listed[r, n])
            level = c.use[r, i, k]
            level += (target_use(c, r, i, k) - level) * c.t9_speed
            c.use[r, i, k] = level
            months = np.int64(np.rint(level * c.t9_month_units))
            c.use_months[r, k, np.uint64(c.place[i])] += months
            for layer in range(c.group_of.shape[1]):
                column = at2(c.group_of, i, layer)
                if column >= 0:
                    c.group_use[r, k, np.uint64(column)] += c.credibility[i] * months
            level_sum, patients, in_use = counted_use(c, level, r, i, k)
            sums += level_sum
            cases += patients
            number += in_use
        c.tally[r, USE_SUM] += sums
        c.tally[r, PATIENTS] += cases
        c.tally[r, PAIRS_IN_USE] += number


@phase_kernel
def champions_leave(address):
    """Champions of pairs under way leave at ``champion_turnover`` a month; a programme may bring one."""
    c = frame(address)
    probability = -math.expm1(-c.champion_turnover)
    brought = c.x_champion.size > 1 or c.x_champion[0, 0, 0] != 0.0
    if probability <= 0.0 and not brought:
        return
    for r in range(c.first, c.last):
        base = draw_base(c.seed, c.replicates[r], CHAMPION_LEAVES, c.month)
        for n in range(c.bounds[r, EVALUATING], c.bounds[r, SUSTAINED + 1]):
            i, k = unpack(c.listed[r, n])
            if c.champion[r, i, k] and uniform(base, c.trust_keys[i], c.innovation_keys[r, k]) < probability:
                c.champion[r, i, k] = 0
            if brought and at(c.x_champion, r, i, k) > 0.0:
                c.champion[r, i, k] = 1


@phase_kernel
def absorptive_decays(address):
    """Absorptive capacity goes back to its start at ``absorptive_decay`` a month."""
    c = frame(address)
    if not (c.use_followed or c.uses_beliefs):
        return
    for r in range(c.first, c.last):
        for i in range(c.absorptive.shape[1]):
            now = c.absorptive[r, i]
            c.absorptive[r, i] = now + (c.absorptive_start[i] - now) * c.absorptive_decay
