"""Exposure to peers: what share of the trusts that a trust looks to uses an innovation (MODEL 3, 10.4).

``x_ik = sum_l omega_l * [sum_j W^l_ij cred_j act_jk] / [sum_j W^l_ij cred_j]``, over trusts j eligible for k, without
i itself; a layer in which i has no ties gives its weight to the others in proportion. Group layers cost one
subtraction, sparse layers one pass over the ties of i. Activity and weights are integers, so sums are exact, and the
mean of a layer is one division: a quarter of the ties is .25 to the bit.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated, NamedTuple

import numpy as np

from diffusion.engine.kernels.frame import frame
from diffusion.engine.kernels.jit import inline, kernel, phase_kernel, prefetch, shared
from diffusion.engine.kernels.own_functions import call_scalar
from diffusion.engine.parameters import OneOf, Section, param
from diffusion.engine.stages import ABANDONED, PILOT, ROLLOUT, SUSTAINED
from diffusion.engine.state import at, at2, unpack
from diffusion.mechanisms.responses import BUILT_IN, check_known, response_names

if TYPE_CHECKING:
    from diffusion.engine.kernels.frame_view import FrameView

#: activity is counted in 2^-20, credibility in 2^-16
ACTIVITY_ONE = 1 << 20
WEIGHT_ONE = 1 << 16
_ACTIVITY_UNIT = 1.0 / ACTIVITY_ONE
LINEAR, HILL, THRESHOLD, COUNT, OWN = range(5)
RESPONSES = dict(zip(BUILT_IN, (LINEAR, HILL, THRESHOLD, COUNT), strict=True))


class ExposureParameters(Section):
    """Weights of the network layers, activity of an adopter, and the response g to exposure."""

    weight_ahsn: float = param(0.30, "weight of the AHSN layer", unit="1", low=0.1, high=0.5, ge=0, symbol="omega")
    weight_geo: float = param(0.20, "weight of the distance layer", unit="1", low=0.0, high=0.5, ge=0, symbol="omega")
    weight_ics: float = param(0.15, "weight of the ICS layer", unit="1", low=0.0, high=0.4, ge=0, symbol="omega")
    weight_type: float = param(
        0.15,
        "weight of the layer of trusts of one sector and teaching status",
        unit="1",
        low=0.0,
        high=0.4,
        ge=0,
        symbol="omega",
    )
    weight_clinical: float = param(
        0.15,
        "weight of clinical networks",
        unit="1",
        low=0.0,
        high=0.4,
        ge=0,
        grade="B",
        source="11 of 12 trusts heard of innovations through trusts or professional networks (BMJ Open 2012;2:e000872)",
        symbol="omega",
    )
    activity_pilot: float = param(0.4, "activity of a trust in pilot", unit="1", low=0, high=1, ge=0, le=1)
    activity_adopter: float = param(0.4, "activity of an adopter before rollout", unit="1", low=0, high=1, ge=0, le=1)
    activity_rollout: float = param(0.6, "activity added at full rollout", unit="1", low=0, high=1, ge=0, le=1)
    activity_abandoned: float = param(
        -0.3, "activity of a trust that has just abandoned", unit="1", low=-0.6, high=0.0, ge=-1, le=0
    )
    abandoned_half_life_months: float = param(
        24.0, "half-life of the activity of a trust that abandoned", unit="months", low=6, high=48, gt=0
    )
    credibility_bonus: float = param(
        0.5, "added to the credibility 1 of centres of excellence", unit="1", low=0.0, high=1.0, ge=0, symbol="cred"
    )
    response: Annotated[str, OneOf(response_names, check_known)] = param(
        "linear", "form of the response g to exposure", unit="name"
    )
    hill_exponent: float = param(2.0, "exponent of the Hill response", unit="1", low=1, high=4, gt=0, symbol="h")
    hill_theta: float = param(0.2, "exposure at half response", unit="1", low=0.05, high=0.5, gt=0, symbol="theta")
    threshold_share: float = param(
        0.2, "personal threshold as a share, where the trusts table states none", unit="1", low=0.05, high=0.5, ge=0
    )
    threshold_count: float = param(
        2.0,
        "personal threshold as a number of adopters, where the trusts table states none",
        unit="adopters",
        low=1,
        high=5,
        ge=0,
        symbol="m",
    )
    deterministic: bool = param(False, "move exactly when g = 1, without hazard (Granovetter's rule)", unit="yes/no")


class Net(NamedTuple):
    """Layers of a world made ready for the kernels: M eligibility masks, L group layers, S sparse layers."""

    mask: np.ndarray  # int64[K], eligibility mask of each innovation
    credibility: np.ndarray  # int64[N], in 2^-16
    group_of: np.ndarray  # int64[N, L], column of the group sums, -1 for none
    group_share: np.ndarray  # float64[N, M, L], weight omega of the layer after sharing out
    group_total: np.ndarray  # float64[N, M, L], the denominator: credibility of the other members, 1 if there are none
    place: np.ndarray  # int64[N], where a trust stands in activity and use: neighbours on the map stand together
    in_runs: np.ndarray  # uint8[S], whether the layer is kept in runs of neighbours (else tie by tie)
    tie_start: np.ndarray  # int64[S, N + 1], where the ties (or runs) of a trust stand
    tie: np.ndarray  # uint32[E], place of the tie, or first place of the run
    tie_length: np.ndarray  # uint32[E], length of the run
    tie_offset: np.ndarray  # int64[E], where the weights of the run stand
    tie_weight: np.ndarray  # int32[weights], W * cred as whole numbers in units of the row, 0 in the gaps of a run
    tie_share: np.ndarray  # float64[N, M, S], omega
    tie_total: np.ndarray  # float64[N, M, S], the denominator in the same units, 1 if there are no ties
    tie_bound: np.ndarray  # float64[N, M, S], omega times the largest single tie over the denominator
    eligible: np.ndarray  # uint8[N, K]
    n_columns: int
    member_layer: int  # group layer of the AHSNs, -1 if there is none


@inline
def tie_sum(c: FrameView, layer, row, i):
    """``sum_j W_ij cred_j row_j`` over the ties of i in a sparse layer; ``row`` stands in the order of ``place``."""
    total = np.int64(0)
    first, last = np.uint64(c.tie_start[layer, i]), np.uint64(c.tie_start[layer, i + 1])
    # unsigned indices need no wrap-around, which keeps these loops tight
    if c.in_runs[layer]:
        for run in range(first, last):
            place, offset = np.uint64(c.tie[run]), np.uint64(c.tie_offset[run])
            for e in range(np.uint64(c.tie_length[run])):
                total += np.int64(c.tie_weight[offset + e]) * np.int64(row[place + e])
    else:
        shift = np.uint64(c.tie_offset[first]) - first if first < last else np.uint64(0)
        for e in range(first, last):
            total += np.int64(c.tie_weight[e + shift]) * np.int64(row[np.uint64(c.tie[e])])
    return total


@shared
def tie_count(c: FrameView, layer, row, i):
    """Number of ties of i in a sparse layer whose ``row`` is not 0."""
    number = np.int64(0)
    for run in range(c.tie_start[layer, i], c.tie_start[layer, i + 1]):
        for e in range(c.tie_length[run]):
            number += c.tie_weight[c.tie_offset[run] + e] > 0 and row[c.tie[run] + e] != 0
    return number


@inline
def in_groups(c: FrameView, values, group_sums, r, i, k):
    """The part of :func:`weighted` that comes through group layers."""
    m = c.mask[k]
    own = c.credibility[i] * np.int64(at(values, r, k, c.place[i]))
    total = 0.0
    for layer in range(c.group_of.shape[1]):
        column = at2(c.group_of, i, layer)
        if column >= 0:
            mean = np.float64(at(group_sums, r, k, column) - own) / at(c.group_total, i, m, layer)
            total += at(c.group_share, i, m, layer) * mean
    return total


@shared
def with_ties(c: FrameView, total, values, r, i, k):
    """Add what comes through sparse layers to ``total``, which :func:`in_groups` gave."""
    m = c.mask[k]
    row = values[r, k]
    for layer in range(c.tie_start.shape[0]):
        share = at(c.tie_share, i, m, layer)
        if share > 0.0:
            total += share * (np.float64(tie_sum(c, layer, row, i)) / at(c.tie_total, i, m, layer))
    return total


@inline
def weighted(c: FrameView, values, group_sums, r, i, k):
    """``sum_l omega_l * (weighted mean of values over the ties of i in layer l)``, in the units of ``values``."""
    return with_ties(c, in_groups(c, values, group_sums, r, i, k), values, r, i, k)


@shared
def transferred(c: FrameView, total, values, r, i, k):
    """Replace a share of ``total`` by the mean over the transfer ties of i (those eligible for k)."""
    share = c.transfer_weight[min(r, c.transfer_weight.shape[0] - 1), min(i, c.transfer_weight.shape[1] - 1)]
    if share > 0.0:
        numerator = np.int64(0)
        denominator = np.int64(0)
        for n in range(c.transfer_to.shape[2]):
            j = c.transfer_to[min(r, c.transfer_to.shape[0] - 1), min(i, c.transfer_to.shape[1] - 1), n]
            if j >= 0 and c.eligible[j, k]:
                numerator += c.credibility[j] * np.int64(values[r, k, c.place[j]])
                denominator += c.credibility[j]
        if denominator > 0:
            total = (1.0 - share) * total + share * (np.float64(numerator) / np.float64(denominator))
    return total


@inline
def group_exposure(c: FrameView, r, i, k):
    """What both :func:`exposure_from` and its bound begin with, in the units of activity."""
    return in_groups(c, c.activity, c.group_activity, r, i, k)


@shared
def exposure_from(c: FrameView, total, r, i, k):
    """Exposure x of trust i to innovation k, at least 0, from :func:`group_exposure`."""
    total = with_ties(c, total, c.activity, r, i, k)
    total = transferred(c, total, c.activity, r, i, k)
    ties = at(c.x_member_ties, r, i, k)
    if ties > 0.0 and c.member_layer >= 0:
        m = c.mask[k]
        share = at(c.group_share, i, m, c.member_layer)
        if share > 0.0:
            column = at2(c.group_of, i, c.member_layer)
            others = c.group_activity[r, k, column] - c.credibility[i] * np.int64(c.activity[r, k, c.place[i]])
            total += ties * (np.float64(others) / at(c.group_total, i, m, c.member_layer))
    return max(0.0, total * _ACTIVITY_UNIT + at(c.x_exposure, r, i, k))


@inline
def exposure(c: FrameView, r, i, k):
    """Exposure x of trust i to innovation k, at least 0."""
    return exposure_from(c, group_exposure(c, r, i, k), r, i, k)


@inline
def exposure_bound(c: FrameView, total, r, i, k):
    """An upper bound of :func:`exposure_from` without reading any tie of a sparse layer."""
    highest = c.highest[r, k]
    m = c.mask[k]
    national = c.national[r, k]
    for layer in range(c.tie_start.shape[0]):
        total += min(at(c.tie_share, i, m, layer) * highest, at(c.tie_bound, i, m, layer) * national)
    share = c.transfer_weight[min(r, c.transfer_weight.shape[0] - 1), min(i, c.transfer_weight.shape[1] - 1)]
    if share > 0.0:
        total = max(total, (1.0 - share) * total + share * highest)
    total += at(c.x_member_ties, r, i, k) * highest
    total = max(0.0, total * (_ACTIVITY_UNIT * (1.0 + 1e-9))) if highest > 0.0 else 0.0
    return max(0.0, total + at(c.x_exposure, r, i, k))


@shared
def respond(c: FrameView, x, r, i, k):
    """Response g to exposure x: linear x, Hill x^h/(x^h+theta^h), 1 from a personal threshold on, a count, or own."""
    if c.response == LINEAR:
        return x
    if c.response == HILL:
        top = x**c.hill_exponent
        return top / (top + c.hill_theta**c.hill_exponent)
    if c.response == THRESHOLD:
        return 1.0 if x >= c.threshold[i] - 1e-12 else 0.0
    if c.response == OWN:
        return own_response(c, x, r, i, k)
    return 1.0 if adopters_among_ties(c, r, i, k) >= c.threshold[i] else 0.0


@shared
def own_response(c: FrameView, x, r, i, k):
    """The user's response to exposure x and the personal parameter; the first value out of its range is noted."""
    g = call_scalar(c.own_response, x, c.threshold[i])
    if not (c.response_low <= g <= c.response_high) and c.response_fault[r, 0] == 0.0:  # NaN is in no range
        c.response_fault[r, 0], c.response_fault[r, 1], c.response_fault[r, 2] = 1.0, i, k
        c.response_fault[r, 3], c.response_fault[r, 4], c.response_fault[r, 5] = x, c.threshold[i], g
    return g


@shared
def adopters_among_ties(c: FrameView, r, i, k):
    """Number of adopters that i is tied to; with the response ``count`` there is one union layer."""
    number = np.int64(0)
    for layer in range(c.group_of.shape[1]):
        column = at2(c.group_of, i, layer)
        if column >= 0:
            number += c.group_adopting[r, k, column] - np.int64(c.adopting[r, k, c.place[i]])
    for layer in range(c.tie_start.shape[0]):
        number += tie_count(c, layer, c.adopting[r, k], i)
    return number


@shared
def activity_of(c: FrameView, r, i, k):
    """Activity of a pair by its stage: PILOT, ROLLOUT and SUSTAINED (.4 + .6 r), ABANDONED (decaying), else 0."""
    stage = c.stage[r, i, k]
    if stage == PILOT:
        return c.act_pilot
    if stage == ROLLOUT or stage == SUSTAINED:
        return np.int64(np.rint(c.act_adopter + c.act_rollout * c.rollout[r, i, k]))
    if stage == ABANDONED:
        age = min(c.month - np.int64(c.since[r, i, k]), c.abandoned_activity.shape[0] - 1)
        return c.abandoned_activity[max(age, 0)]
    return np.int64(0)


@shared
def set_activity(c: FrameView, r, i, k):
    """Bring activity and its sums up to date with the state of a pair."""
    place = c.place[i]
    new, old = activity_of(c, r, i, k), np.int64(c.activity[r, k, place])
    if new != old:
        c.activity[r, k, place] = new
        c.national[r, k] += np.float64(max(new, np.int64(0)) - max(old, np.int64(0)))
        change = c.credibility[i] * (new - old)
        for layer in range(c.group_of.shape[1]):
            column = at2(c.group_of, i, layer)
            if column >= 0:
                c.group_activity[r, k, column] += change
    if c.counting:
        stage = c.stage[r, i, k]
        adopts = np.int32(stage == ROLLOUT or stage == SUSTAINED)
        change = np.int64(adopts - c.adopting[r, k, place])
        if change != 0:
            c.adopting[r, k, place] = adopts
            for layer in range(c.group_of.shape[1]):
                column = at2(c.group_of, i, layer)
                if column >= 0:
                    c.group_adopting[r, k, column] += change


@kernel
def open_activity(address):
    """Write the activity of the opening state."""
    c = frame(address)
    for r in range(c.stage.shape[0]):
        for i in range(c.stage.shape[1]):
            for k in range(c.stage.shape[2]):
                set_activity(c, r, i, k)


@phase_kernel
def refresh_activity(address):
    """Note the highest activity there can be; moves, rollout and decay keep activity itself up to date."""
    c = frame(address)
    fullest = np.rint(c.act_adopter + c.act_rollout)
    for r in range(c.first, c.last):
        for k in range(c.highest.shape[1]):
            highest = 0.0
            if c.by_innovation[r, ROLLOUT, k] + c.by_innovation[r, SUSTAINED, k] > 0:
                highest = fullest
            if c.by_innovation[r, PILOT, k] > 0:
                highest = max(highest, np.float64(c.act_pilot))
            c.highest[r, k] = highest


@phase_kernel
def decay_activity(address):
    """Let the activity of ABANDONED pairs decay, at the end of the month."""
    c = frame(address)
    for r in range(c.first, c.last):
        last = c.bounds[r, ABANDONED + 1]
        for n in range(c.bounds[r, ABANDONED], last):
            i, k = unpack(c.listed[r, min(n + 8, last - 1)])
            prefetch(c.since, r, i, k)
            i, k = unpack(c.listed[r, n])
            if c.stage[r, i, k] == ABANDONED:  # else it has just moved, and its activity was set then
                set_activity(c, r, i, k)


@kernel
def exposure_row(address, i, out):
    """Exposure of trust i to all innovations, into out[R, K]."""
    c = frame(address)
    for r in range(out.shape[0]):
        for k in range(out.shape[1]):
            out[r, k] = exposure(c, r, i, k) if c.eligible[i, k] else 0.0


@kernel
def exposure_by_layer(address, out):
    """What each layer adds to exposure, into out[R, N, K, L + S]: group layers, then sparse ones, as in the sum.

    Transfer ties, ties of members and the term of exposure are not in it.
    """
    c = frame(address)
    groups = c.group_of.shape[1]
    for r in range(out.shape[0]):
        for i in range(out.shape[1]):
            for k in range(out.shape[2]):
                m = c.mask[k]
                own = c.credibility[i] * np.int64(c.activity[r, k, c.place[i]])
                for layer in range(groups):
                    column = at2(c.group_of, i, layer)
                    others = np.float64(0.0)
                    if column >= 0:
                        others = np.float64(at(c.group_activity, r, k, column) - own)
                    mean = others / at(c.group_total, i, m, layer)
                    out[r, i, k, layer] = at(c.group_share, i, m, layer) * mean * _ACTIVITY_UNIT
                for layer in range(c.tie_start.shape[0]):
                    total = np.float64(tie_sum(c, layer, c.activity[r, k], i))
                    mean = total / at(c.tie_total, i, m, layer)
                    out[r, i, k, groups + layer] = at(c.tie_share, i, m, layer) * mean * _ACTIVITY_UNIT


def abandoned_activity(par: ExposureParameters, ages: int = 12 * 60) -> np.ndarray:
    """Return int64[ages]: activity in 2^-20 by months since abandoning; it halves every half-life."""
    decay = np.exp(-math.log(2.0) * np.arange(ages) / par.abandoned_half_life_months)
    return np.asarray(np.rint(par.activity_abandoned * decay * ACTIVITY_ONE).astype(np.int64))
