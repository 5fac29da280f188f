"""Change capacity: finite, shared by all innovations of a trust (MODEL 4, 10.6).

``C_i = c0 size^.3 exp(N(0, .4)) (1 + time budget) (1 - pressure)`` WTE. Loads by stage are shared out by water-filling,
``phi = min(1, lambda priority)`` with ``sum load phi = C``; staff lent to a trust serve the facilitated innovations first;
loads that a programme pays for take nothing of C. ``slack = 1 - min(1, needed / C)``.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from diffusion.engine.jit import inline, kernel
from diffusion.engine.parameters import Section, param
from diffusion.engine.stages import EVALUATING, PILOT, ROLLOUT, SUSTAINED
from diffusion.engine.state import K_BITS
from diffusion.mechanisms.exposure import at


class CapacityParameters(Section):
    """Change time of a trust and what the stages take of it."""

    unlimited: bool = param(False, "every load is met in full (limiting cases)", unit="yes/no")
    wte_per_size: float = param(
        2.0, "change time of a trust of median size", unit="WTE", low=0.5, high=16, ge=0, symbol="c0"
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
    mandate_priority: float = param(2.0, "priority of mandated work and paid placements", unit="1", low=1, high=10, ge=1)


class CapacityScalars(NamedTuple):
    """Parameters of capacity, for the kernels."""

    unlimited: bool
    mandate_priority: float


class Share(NamedTuple):
    """What the trusts have and what they grant this month."""

    granted: np.ndarray  # float64[R, N, K], phi, valid for EVALUATING, PILOT and ROLLOUT
    slack: np.ndarray  # float64[R, N]
    available: np.ndarray  # float64[R, N], C in WTE
    needed: np.ndarray  # float64[R, N], load on C in WTE
    used: np.ndarray  # float64[R, N], load met out of C in WTE
    lent: np.ndarray  # float64[R, N], load met by lent staff in WTE


@kernel
def available_time(attributes, tables, winter, capacity, time_budget, pressure, winter_pressure, out):
    """Write C of this month into out[R, N]."""
    for r in range(out.shape[0]):
        for i in range(out.shape[1]):
            lost = pressure + (winter_pressure if winter and tables.feels_winter[i] else 0.0)
            budget = 1.0 + at(time_budget, r, i, 0)
            out[r, i] = attributes.capacity[r, i] * at(capacity, r, i, 0) * budget * (1.0 - min(0.9, max(0.0, lost)))


@inline
def priority_at(terms, override, par, r, i, k):
    """Priority of a pair for change time."""
    if override.shape[0] > 0 and override[i, k] >= 0.0:
        return override[i, k]
    own = at(terms.priority, r, i, k)
    return max(own, par.mandate_priority) if at(terms.mandate, r, i, k) > 0.0 else own


@inline
def load_left(tables, terms, stage, lent_share, r, i, k):
    """Load of a pair on C, after what programmes pay for and lent staff do."""
    load = tables.load[stage, k] * (1.0 - at(terms.paid_load, r, i, k))
    if lent_share > 0.0 and at(terms.facilitated, r, i, k) > 0.0:
        load *= 1.0 - lent_share
    return load


@kernel
def share_time(lists, terms, tables, share, override, par):
    """Share out this month's change time; pairs are served by last month's stage."""
    low = np.uint32((1 << K_BITS) - 1)
    n_replicates, n_trusts = share.slack.shape
    facilitated_load = np.empty(n_trusts)
    lent_share = np.empty(n_trusts)
    even = np.empty(n_trusts, dtype=np.bool_)
    water = np.empty(n_trusts)
    for r in range(n_replicates):
        if par.unlimited:
            share.slack[r] = 1.0
            for n in range(lists.bounds[r, EVALUATING], lists.bounds[r, ROLLOUT + 1]):
                pair = lists.pairs[r, n]
                share.granted[r, np.int64(pair >> np.uint32(K_BITS)), np.int64(pair & low)] = 1.0
            continue
        facilitated_load[:] = 0.0
        lent_share[:] = 0.0
        share.needed[r] = 0.0
        share.lent[r] = 0.0
        if terms.facilitation.shape[1] > 1 or terms.facilitation[0, 0, 0] > 0.0:
            for stage in (EVALUATING, PILOT, ROLLOUT, SUSTAINED):
                for n in range(lists.bounds[r, stage], lists.bounds[r, stage + 1]):
                    pair = lists.pairs[r, n]
                    i = np.int64(pair >> np.uint32(K_BITS))
                    k = np.int64(pair & low)
                    if at(terms.facilitated, r, i, k) > 0.0:
                        facilitated_load[i] += tables.load[stage, k] * (1.0 - at(terms.paid_load, r, i, k))
            for i in range(n_trusts):
                if facilitated_load[i] > 0.0:
                    lent_share[i] = min(1.0, at(terms.facilitation, r, i, 0) / facilitated_load[i])
                    share.lent[r, i] = lent_share[i] * facilitated_load[i]
        even[:] = True
        for stage in (EVALUATING, PILOT, ROLLOUT, SUSTAINED):
            for n in range(lists.bounds[r, stage], lists.bounds[r, stage + 1]):
                pair = lists.pairs[r, n]
                i = np.int64(pair >> np.uint32(K_BITS))
                k = np.int64(pair & low)
                load = load_left(tables, terms, stage, lent_share[i], r, i, k)
                priority = priority_at(terms, override, par, r, i, k)
                share.needed[r, i] += load
                if priority != 1.0:
                    even[i] = False
        for i in range(n_trusts):
            have = share.available[r, i]
            need = share.needed[r, i]
            share.slack[r, i] = 1.0 - min(1.0, need / have) if have > 0.0 else 0.0
            water[i] = min(1.0, have / need) if need > 0.0 else 1.0
            share.used[r, i] = min(have, need)
            if not even[i] and need > have:
                water[i] = -1.0
        _fill_uneven(lists, terms, tables, share, override, par, lent_share, water, r)
        for stage in (EVALUATING, PILOT, ROLLOUT):
            for n in range(lists.bounds[r, stage], lists.bounds[r, stage + 1]):
                pair = lists.pairs[r, n]
                i = np.int64(pair >> np.uint32(K_BITS))
                k = np.int64(pair & low)
                general = water[i] if even[i] else min(1.0, water[i] * priority_at(terms, override, par, r, i, k))
                if not even[i] and share.needed[r, i] <= share.available[r, i]:
                    general = 1.0
                left = (1.0 - at(terms.paid_load, r, i, k)) * (1.0 - general)
                if lent_share[i] > 0.0 and at(terms.facilitated, r, i, k) > 0.0:
                    left *= 1.0 - lent_share[i]
                share.granted[r, i, k] = 1.0 - left


@inline
def _fill_uneven(lists, terms, tables, share, override, par, lent_share, water, r):
    """Find the water level of trusts whose priorities differ: saturate the highest first, repeat (at most K times)."""
    low = np.uint32((1 << K_BITS) - 1)
    for i in range(water.shape[0]):
        if water[i] >= 0.0:
            continue
        level = 0.0
        for _ in range(64):
            full = 0.0
            weight = 0.0
            for stage in (EVALUATING, PILOT, ROLLOUT, SUSTAINED):
                first, last = lists.bounds[r, stage], lists.bounds[r, stage + 1]
                n = first + np.searchsorted(lists.pairs[r, first:last], np.uint32(i) << np.uint32(K_BITS))
                while n < last and np.int64(lists.pairs[r, n] >> np.uint32(K_BITS)) == i:
                    k = np.int64(lists.pairs[r, n] & low)
                    load = load_left(tables, terms, stage, lent_share[i], r, i, k)
                    priority = priority_at(terms, override, par, r, i, k)
                    if level * priority >= 1.0:
                        full += load
                    else:
                        weight += load * priority
                    n += 1
            if weight <= 0.0:
                break
            following = max(level, (share.available[r, i] - full) / weight)
            if following <= level * (1.0 + 1e-12):
                break
            level = following
        water[i] = level
