"""Exposure to peers: what share of the trusts that a trust looks to uses an innovation (MODEL 3, 10.4).

``x_ik = sum_l omega_l * [sum_j W^l_ij cred_j act_jk] / [sum_j W^l_ij cred_j]``, over trusts j eligible for k, without
i itself; a layer in which i has no ties gives its weight to the others in proportion. Group layers cost one
subtraction, sparse layers one pass over the ties of i. Activity and weights are integers, so sums are exact.
"""

from __future__ import annotations

import math
from typing import Literal, NamedTuple

import numpy as np

from diffusion.engine.jit import inline, kernel
from diffusion.engine.parameters import Section, param
from diffusion.engine.stages import ABANDONED, PILOT, ROLLOUT, SUSTAINED
from diffusion.engine.state import K_BITS

#: activity is counted in 2^-20, layer weights times credibility in 2^-16
ACTIVITY_ONE = 1 << 20
WEIGHT_ONE = 1 << 16
_ACTIVITY_UNIT = 1.0 / ACTIVITY_ONE
LINEAR, HILL, THRESHOLD, COUNT = range(4)
RESPONSES = {"linear": LINEAR, "hill": HILL, "threshold": THRESHOLD, "count": COUNT}


class ExposureParameters(Section):
    """Weights of the network layers, activity of an adopter, and the response g to exposure."""

    weight_ahsn: float = param(0.30, "weight of the AHSN layer", unit="1", low=0.1, high=0.5, ge=0, symbol="omega")
    weight_geo: float = param(0.20, "weight of the distance layer", unit="1", low=0.0, high=0.5, ge=0, symbol="omega")
    weight_ics: float = param(0.15, "weight of the ICS layer", unit="1", low=0.0, high=0.4, ge=0, symbol="omega")
    weight_type: float = param(
        0.15, "weight of the layer of trusts of one sector and teaching status", unit="1", low=0.0, high=0.4, ge=0,
        symbol="omega",
    )  # fmt: skip
    weight_clinical: float = param(
        0.15, "weight of clinical networks", unit="1", low=0.0, high=0.4, ge=0, grade="B",
        source="11 of 12 trusts heard of innovations through other trusts or professional networks (BMJ Open 2012;2:e000872)",
        symbol="omega",
    )  # fmt: skip
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
    response: Literal["linear", "hill", "threshold", "count"] = param(
        "linear", "form of the response g to exposure", unit="name"
    )
    hill_exponent: float = param(2.0, "exponent of the Hill response", unit="1", low=1, high=4, gt=0, symbol="h")
    hill_theta: float = param(0.2, "exposure at half response", unit="1", low=0.05, high=0.5, gt=0, symbol="theta")
    threshold_share: float = param(
        0.2, "personal threshold as a share, where the trusts table states none", unit="1", low=0.05, high=0.5, ge=0
    )
    threshold_count: float = param(
        2.0, "personal threshold as a number of adopters, where the trusts table states none", unit="adopters", low=1,
        high=5, ge=0, symbol="m",
    )  # fmt: skip
    deterministic: bool = param(
        False, "move exactly when g = 1, without hazard (Granovetter's rule)", unit="yes/no"
    )


class Net(NamedTuple):
    """Layers of a world made ready for the kernels: M eligibility masks, L group layers, S sparse layers."""

    mask: np.ndarray  # int64[K], eligibility mask of each innovation
    credibility: np.ndarray  # int64[N], in 2^-16
    group_of: np.ndarray  # int64[L, N], column of the group sums, -1 for none
    group_share: np.ndarray  # float64[M, L, N], weight omega of the layer after sharing out
    group_factor: np.ndarray  # float64[M, L, N], omega over the denominator
    start: np.ndarray  # int64[S, N + 1], where the ties of a trust stand
    tie: np.ndarray  # int64[E]
    tie_weight: np.ndarray  # int64[E], W * cred in 2^-16
    tie_share: np.ndarray  # float64[M, S, N], omega
    tie_factor: np.ndarray  # float64[M, S, N], omega over the denominator
    tie_bound: np.ndarray  # float64[M, S, N], the same times the largest single tie
    eligible: np.ndarray  # uint8[N, K]
    n_columns: int
    member_layer: int  # group layer of the AHSNs, -1 if there is none


class Transfers(NamedTuple):
    """Directed ties that replace a share of exposure; see engine.terms.Transfer."""

    targets: np.ndarray  # int32[1 or R, 1 or N, T]
    weight: np.ndarray  # float64[1 or R, 1 or N]


NO_TRANSFER = Transfers(np.full((1, 1, 1), -1, dtype=np.int32), np.zeros((1, 1)))


class Field(NamedTuple):
    """Activity and use of last month, laid out for exposure (innovation before trust)."""

    activity: np.ndarray  # int64[R, K, N] in 2^-20
    group_activity: np.ndarray  # int64[R, K, columns], in 2^-36
    group_use: np.ndarray  # int64[R, K, columns], sums of cred * use_months
    adopting: np.ndarray  # int64[R, K, N] 0/1; (1, 1, 1) unless the response is `count`
    group_adopting: np.ndarray  # int64[R, K, columns], likewise
    national: np.ndarray  # float64[R, K], sum of positive activity
    highest: np.ndarray  # float64[R, K], highest activity of any trust


@inline
def at(term, r, i, k):
    """Element of a term shaped (1 or R, 1 or N, 1 or K)."""
    return term[min(r, term.shape[0] - 1), min(i, term.shape[1] - 1), min(k, term.shape[2] - 1)]


@inline
def weighted(values, group_sums, net, r, i, k):
    """``sum_l omega_l * (weighted mean of values over the ties of i in layer l)``, in the units of ``values``."""
    m = net.mask[k]
    own = net.credibility[i] * values[r, k, i]
    total = 0.0
    for layer in range(net.group_of.shape[0]):
        column = net.group_of[layer, i]
        if column >= 0:
            total += net.group_factor[m, layer, i] * np.float64(group_sums[r, k, column] - own)
    for layer in range(net.start.shape[0]):
        factor = net.tie_factor[m, layer, i]
        if factor > 0.0:
            numerator = np.int64(0)
            for e in range(net.start[layer, i], net.start[layer, i + 1]):
                numerator += net.tie_weight[e] * values[r, k, net.tie[e]]
            total += factor * np.float64(numerator)
    return total


@inline
def transferred(total, values, net, transfers, r, i, k):
    """Replace a share of ``total`` by the mean over the transfer ties of i (those eligible for k)."""
    share = transfers.weight[min(r, transfers.weight.shape[0] - 1), min(i, transfers.weight.shape[1] - 1)]
    if share > 0.0:
        numerator = np.int64(0)
        denominator = np.int64(0)
        for n in range(transfers.targets.shape[2]):
            j = transfers.targets[min(r, transfers.targets.shape[0] - 1), min(i, transfers.targets.shape[1] - 1), n]
            if j >= 0 and net.eligible[j, k]:
                numerator += net.credibility[j] * values[r, k, j]
                denominator += net.credibility[j]
        if denominator > 0:
            total = (1.0 - share) * total + share * (np.float64(numerator) / np.float64(denominator))
    return total


@inline
def exposure(field, net, transfers, member_ties, r, i, k):
    """Exposure x of trust i to innovation k, at least 0."""
    total = weighted(field.activity, field.group_activity, net, r, i, k)
    total = transferred(total, field.activity, net, transfers, r, i, k)
    ties = at(member_ties, r, i, k)
    if ties > 0.0 and net.member_layer >= 0:
        m = net.mask[k]
        share = net.group_share[m, net.member_layer, i]
        if share > 0.0:
            column = net.group_of[net.member_layer, i]
            others = field.group_activity[r, k, column] - net.credibility[i] * field.activity[r, k, i]
            total += ties * (net.group_factor[m, net.member_layer, i] / share) * np.float64(others)
    return max(0.0, total * _ACTIVITY_UNIT)


@inline
def exposure_bound(field, net, transfers, member_ties, r, i, k):
    """An upper bound of :func:`exposure` without reading any tie of a sparse layer."""
    highest = field.highest[r, k]
    if highest <= 0.0:
        return 0.0
    m = net.mask[k]
    own = net.credibility[i] * field.activity[r, k, i]
    total = 0.0
    for layer in range(net.group_of.shape[0]):
        column = net.group_of[layer, i]
        if column >= 0:
            total += net.group_factor[m, layer, i] * np.float64(field.group_activity[r, k, column] - own)
    national = field.national[r, k]
    for layer in range(net.start.shape[0]):
        total += min(net.tie_share[m, layer, i] * highest, net.tie_bound[m, layer, i] * national)
    share = transfers.weight[min(r, transfers.weight.shape[0] - 1), min(i, transfers.weight.shape[1] - 1)]
    if share > 0.0:
        total = max(total, (1.0 - share) * total + share * highest)
    total += at(member_ties, r, i, k) * highest
    return max(0.0, total * (_ACTIVITY_UNIT * (1.0 + 1e-9)))


@inline
def respond(x, field, net, par, r, i, k):
    """Response g to exposure x: linear x, Hill x^h/(x^h+theta^h), 1 from a personal threshold on, or a count."""
    if par.response == LINEAR:
        return x
    if par.response == HILL:
        top = x**par.hill_exponent
        return top / (top + par.hill_theta**par.hill_exponent)
    if par.response == THRESHOLD:
        return 1.0 if x >= par.threshold[i] - 1e-12 else 0.0
    return 1.0 if adopters_among_ties(field, net, r, i, k) >= par.threshold[i] else 0.0


@inline
def adopters_among_ties(field, net, r, i, k):
    """Number of adopters that i is tied to; ``net`` holds one union layer when the response is a count."""
    number = np.int64(0)
    for layer in range(net.group_of.shape[0]):
        column = net.group_of[layer, i]
        if column >= 0:
            number += field.group_adopting[r, k, column] - field.adopting[r, k, i]
    for layer in range(net.start.shape[0]):
        for e in range(net.start[layer, i], net.start[layer, i + 1]):
            number += field.adopting[r, k, net.tie[e]]
    return number


class ResponseScalars(NamedTuple):
    """Parameters of the response, for the kernels."""

    response: int
    hill_exponent: float
    hill_theta: float
    threshold: np.ndarray  # float64[N], share or count by trust
    deterministic: bool


class ActivityScalars(NamedTuple):
    """Activity of a trust by stage, in 2^-20."""

    pilot: int
    adopter: float
    rollout: float
    abandoned: np.ndarray  # int64[ages], by months since abandoning
    counting: bool


@kernel
def refresh_activity(month, lists, pairs, field, net, par):
    """Write last month's activity: PILOT, ROLLOUT and SUSTAINED (.4 + .6 r), ABANDONED (decaying), else 0."""
    n_layers = net.group_of.shape[0]
    low = np.uint32((1 << K_BITS) - 1)
    for r in range(field.activity.shape[0]):
        field.activity[r] = 0
        field.group_activity[r] = 0
        field.national[r] = 0.0
        field.highest[r] = 0.0
        if par.counting:
            field.adopting[r] = 0
            field.group_adopting[r] = 0
        for stage in (PILOT, ROLLOUT, SUSTAINED, ABANDONED):
            for n in range(lists.bounds[r, stage], lists.bounds[r, stage + 1]):
                pair = lists.pairs[r, n]
                i = np.int64(pair >> np.uint32(K_BITS))
                k = np.int64(pair & low)
                if stage == PILOT:
                    activity = np.int64(par.pilot)
                elif stage == ABANDONED:
                    age = min(month - 1 - np.int64(pairs.since[r, i, k]), par.abandoned.shape[0] - 1)
                    activity = par.abandoned[max(age, 0)]
                else:
                    activity = np.int64(np.rint(par.adopter + par.rollout * pairs.rollout[r, i, k]))
                    if par.counting:
                        field.adopting[r, k, i] = 1
                        for layer in range(n_layers):
                            column = net.group_of[layer, i]
                            if column >= 0:
                                field.group_adopting[r, k, column] += 1
                if activity == 0:
                    continue
                field.activity[r, k, i] = activity
                if activity > 0:
                    field.national[r, k] += np.float64(activity)
                    field.highest[r, k] = max(field.highest[r, k], np.float64(activity))
                trusted = net.credibility[i] * activity
                for layer in range(n_layers):
                    column = net.group_of[layer, i]
                    if column >= 0:
                        field.group_activity[r, k, column] += trusted


@kernel
def exposure_row(field, net, transfers, member_ties, i, out):
    """Exposure of trust i to all innovations, into out[R, K]."""
    for r in range(out.shape[0]):
        for k in range(out.shape[1]):
            out[r, k] = exposure(field, net, transfers, member_ties, r, i, k) if net.eligible[i, k] else 0.0


def activity_scalars(par: ExposureParameters) -> ActivityScalars:
    """Return the activities in units of 2^-20; that of ABANDONED halves every ``abandoned_half_life_months``."""
    ages = np.arange(12 * 60)
    decay = np.exp(-math.log(2.0) * ages / par.abandoned_half_life_months)
    return ActivityScalars(
        pilot=round(par.activity_pilot * ACTIVITY_ONE),
        adopter=par.activity_adopter * ACTIVITY_ONE,
        rollout=par.activity_rollout * ACTIVITY_ONE,
        abandoned=np.rint(par.activity_abandoned * decay * ACTIVITY_ONE).astype(np.int64),
        counting=par.response == "count",
    )
