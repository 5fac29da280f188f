"""Change capacity: finite, shared by all innovations of a trust (MODEL 4, 10.6).

``C_i = max(0, c0 size^.3 exp(N(0, .4)) capacity (1 + time budget) - clinical time) (1 - pressure)`` WTE; ``capacity``,
``time budget`` and ``clinical time`` are terms of levers. Loads by stage are shared out by water-filling,
``phi = min(1, lambda priority)`` with ``sum load phi = C``; staff lent to a trust serve the facilitated innovations
first; loads that a programme pays for take nothing of C.
``slack = 1 - min(1, needed / C)``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from diffusion.engine.kernels.frame import frame
from diffusion.engine.kernels.jit import inline, phase_kernel, prefetch, shared
from diffusion.engine.parameters import FITTED, Section, param
from diffusion.engine.stages import EVALUATING, PILOT, ROLLOUT, SUSTAINED
from diffusion.engine.state import K_BITS, any_mandate, at, unpack

if TYPE_CHECKING:
    from diffusion.engine.kernels.frame_view import FrameView


class CapacityParameters(Section):
    """Change time of a trust and what the stages take of it."""

    unlimited: bool = param(False, "every load is met in full (limiting cases)", unit="yes/no")
    wte_per_size: float = param(
        16.0,
        "change time of a trust of median size",
        unit="WTE",
        low=2,
        high=32,
        ge=0,
        symbol="c0",
        grade="B",
        source=FITTED,
    )
    size_exponent: float = param(0.3, "how change time grows with size", unit="1", low=0.1, high=1, ge=0)
    pressure: float = param(0.10, "share of change time lost to pressure", unit="1", low=0, high=0.4, ge=0, le=0.9)
    winter_pressure: float = param(
        0.10, "added December to March in acute and ambulance trusts", unit="1", low=0, high=0.3, ge=0, le=0.9
    )
    load_evaluating_wte: float = param(0.10, "load of an evaluation", unit="WTE", low=0.05, high=0.3, ge=0)
    load_pilot_wte: float = param(0.30, "load of a pilot", unit="WTE", low=0.1, high=0.6, ge=0)
    load_rollout_wte: float = param(0.60, "load of a rollout, times complexity", unit="WTE", low=0.2, high=1.2, ge=0)
    load_sustained_wte: float = param(0.01, "load of a sustained innovation", unit="WTE", low=0, high=0.05, ge=0)
    mandate_priority: float = param(
        2.0,
        "priority of mandated work for change time, where no lever gives it a higher one",
        unit="1",
        low=1,
        high=10,
        ge=1,
    )


@phase_kernel
def available_time(address):
    """Write C of this month."""
    c = frame(address)
    if c.unlimited:
        return
    for r in range(c.first, c.last):
        for i in range(c.available.shape[1]):
            lost = c.pressure + (c.winter_pressure if c.winter and c.feels_winter[i] else 0.0)
            lost += at(c.x_pressure, r, i, 0)
            have = c.capacity_wte[r, i] * at(c.x_capacity, r, i, 0) * (1.0 + at(c.x_time_budget, r, i, 0))
            have -= at(c.x_clinical_time, r, i, 0)
            c.available[r, i] = max(0.0, have) * (1.0 - min(0.9, max(0.0, lost)))


@inline
def priority_at(c: FrameView, r, i, k):
    """Priority of a pair for change time."""
    if c.o_priority.shape[0] > 0 and c.o_priority[i, k] >= 0.0:
        return c.o_priority[i, k]
    own = at(c.x_priority, r, i, k) if at(c.preferring, r, i, 0) != 0 else 1.0
    return max(own, c.mandate_priority) if at(c.x_mandate, r, i, k) > 0.0 else own


@inline
def facilitated_at(c: FrameView, r, i, k):
    """Whether lent staff may work on a pair."""
    return (at(c.x_facilitated, r, c.ahsn[i], k) > 0.0) | (at(c.y_facilitated, r, i, k) > 0.0)


@inline
def unpaid_load(c: FrameView, stage, r, i, k):
    """Load of a pair on the trust; programmes pay for load of pilots only, and nobody evaluates what is recalled."""
    if stage == EVALUATING and c.recalled[r, k] != 0:
        return 0.0
    load = c.load[stage, k]
    return load * (1.0 - at(c.x_paid_load, r, i, k)) if stage == PILOT else load


@phase_kernel
def share_time(address):
    """Share out this month's change time; pairs are served by last month's stage."""
    c = frame(address)
    if c.unlimited:
        return
    plain, facilitated, lent_share, water = c.s_trust[0], c.s_trust[1], c.s_trust[2], c.s_trust[3]
    even, position = c.s_trust_int[0], c.s_stage
    lending = c.x_facilitation.shape[1] > 1 or c.x_facilitation[0, 0, 0] > 0.0
    asked = c.o_priority.shape[0] > 0
    ranked = asked or any_mandate(c) or c.preferring.size > 1 or c.preferring[0, 0, 0] != 0
    for r in range(c.first, c.last):
        plain[:] = 0.0
        facilitated[:] = 0.0
        even[:] = 1
        for stage in (EVALUATING, PILOT, ROLLOUT, SUSTAINED):
            for n in range(c.bounds[r, stage], c.bounds[r, stage + 1]):
                i, k = unpack(c.listed[r, n])
                prefetch(c.granted, r, i, k)  # the records of pairs under way are read by all that follows
                prefetch(c.x_champion_effect, r, i, k)  # so is this one, where there is one for each pair
                load = unpaid_load(c, stage, r, i, k)
                # sums with 0 instead of branches that a processor could not foresee
                lent = 1.0 if lending and facilitated_at(c, r, i, k) else 0.0
                facilitated[i] += load * lent
                plain[i] += load * (1.0 - lent)
                c.s_load[n] = lent
                if ranked:
                    even[i] &= np.int64(priority_at(c, r, i, k) == 1.0)
        for stage in (EVALUATING, PILOT, ROLLOUT, SUSTAINED):
            position[stage] = c.bounds[r, stage]
        for i in range(water.shape[0]):
            lent_share[i] = min(1.0, at(c.x_facilitation, r, i, 0) / facilitated[i]) if facilitated[i] > 0.0 else 0.0
            c.lent[r, i] = lent_share[i] * facilitated[i]
            have = c.available[r, i]
            need = plain[i] + (1.0 - lent_share[i]) * facilitated[i]
            c.needed[r, i] = need
            c.slack[r, i] = 1.0 - min(1.0, need / have) if have > 0.0 else 0.0
            c.used[r, i] = min(have, need)
            water[i] = min(1.0, have / need) if need > 0.0 else 1.0
            if even[i] == 0 and need > have:
                water[i], c.used[r, i] = _water_level(c, position, lent_share[i], r, i)
        for stage in (EVALUATING, PILOT, ROLLOUT):
            for n in range(c.bounds[r, stage], c.bounds[r, stage + 1]):
                i, k = unpack(c.listed[r, n])
                general = water[i]
                if even[i] == 0 and c.needed[r, i] > c.available[r, i]:
                    general = min(1.0, general * priority_at(c, r, i, k))
                left = (1.0 - general) * (1.0 - lent_share[i] * c.s_load[n])
                if stage == PILOT:
                    left *= 1.0 - at(c.x_paid_load, r, i, k)
                c.granted[r, i, k] = 1.0 - left


@inline
def _loads_of_trust(c: FrameView, position, lent_share, r, i):
    """Gather the loads of trust i, net of lent staff, and their priorities; return (how many, sum load priority).

    ``position`` moves on through the lists, which are sorted by trust.
    """
    count, weight = 0, 0.0
    for stage in (EVALUATING, PILOT, ROLLOUT, SUSTAINED):
        n, last = position[stage], c.bounds[r, stage + 1]
        while n < last and np.int64(c.listed[r, n] >> np.uint32(K_BITS)) < i:
            n += 1
        while n < last:
            other, k = unpack(c.listed[r, n])
            if other != i:
                break
            load = unpaid_load(c, stage, r, i, k) * (1.0 - lent_share * c.s_load[n])
            priority = priority_at(c, r, i, k)
            c.s_water[0, count], c.s_water[1, count] = load, priority
            weight += load * priority
            count += 1
            n += 1
        position[stage] = n
    return count, weight


@shared
def _water_level(c: FrameView, position, lent_share, r, i):
    """(lambda, time used) of a trust whose priorities differ: saturate what is full, raise the rest, repeat."""
    count, weight = _loads_of_trust(c, position, lent_share, r, i)
    level, used, full = 0.0, 0.0, 0.0
    for _ in range(64):
        used = full + level * weight
        if weight <= 0.0:
            break
        following = max(level, (c.available[r, i] - full) / weight)
        if following <= level * (1.0 + 1e-12):
            break
        level = following
        full = 0.0
        weight = 0.0
        for n in range(count):
            load, priority = c.s_water[0, n], c.s_water[1, n]
            saturated = level * priority >= 1.0
            full += load if saturated else 0.0
            weight += 0.0 if saturated else load * priority
    return level, used
