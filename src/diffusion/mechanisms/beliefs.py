"""Evidence and beliefs: trusts do not see the benefit b_k, they learn about it (MODEL 4, 10.7).

``v = 1 / (1/s0^2 + G_k/sG^2 + acap_i peer_ik/sP^2)``, ``m = v (m0/s0^2 + (G_k/sG^2 + acap_i peer_ik/sP^2) y_k)``,
``U = m - rho_i sqrt(v)``. The belief is recomputed whenever it is needed, never integrated.

Peer evidence is the tie-weighted sum of discounted months of use. It is kept where it arises, at the user, and read
through the network when a decision needs it, at no cost per tie and month. While ties stand still this is the same
number as a recursion at every listener; where a lever changes ties, those of the day carry all past use.
"""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from diffusion.engine.draws import RECALL, draw_base, uniform
from diffusion.engine.kernels.frame import frame
from diffusion.engine.kernels.jit import inline, kernel, phase_kernel, shared
from diffusion.engine.parameters import Section, param
from diffusion.engine.stages import PILOT, ROLLOUT, SUSTAINED
from diffusion.engine.state import at, unpack
from diffusion.mechanisms.exposure import transferred, weighted
from diffusion.mechanisms.supply.companies import RECALLED

if TYPE_CHECKING:
    from diffusion.engine.kernels.frame_view import FrameView

#: months of use are counted in 2^-20 of a month, discounted to the last rebase
USE_ONE = float(1 << 20)
#: the discounted counts are rebased at least every so many months
REBASE_MONTHS = 60


class BeliefParameters(Section):
    """Evidence and beliefs on the true benefit."""

    prior_mean: float = param(0.5, "prior mean of benefit", unit="benefit", low=0, high=1, symbol="m0")
    prior_sd: float = param(
        1.0, "prior standard deviation of benefit", unit="benefit", low=0.5, high=2, gt=0, symbol="s0"
    )
    evidence_sd: float = param(
        2.0, "noise of a unit of national evidence", unit="benefit", low=1, high=4, gt=0, symbol="sG"
    )
    peer_sd: float = param(4.0, "noise of a month of peer use", unit="benefit", low=2, high=8, gt=0, symbol="sP")
    evidence_decay_per_month: float = param(
        1 / 60, "decay of national evidence", unit="1/month", low=0, high=1 / 24, ge=0, le=1, symbol="dG"
    )
    peer_decay_per_month: float = param(
        1 / 60, "decay of peer evidence", unit="1/month", low=0, high=1 / 24, ge=0, lt=1
    )
    evidence_per_pilot_month: float = param(
        0.02, "evidence from a pilot", unit="information/month", low=0, high=0.06, ge=0, symbol="gP"
    )
    evidence_per_use_month: float = param(
        0.02, "evidence from a full rollout", unit="information/month", low=0, high=0.06, ge=0, symbol="gU"
    )
    exponent_limit: float = param(
        3.0, "exponents of utility are clipped to plus or minus this", unit="1", low=2, high=5, gt=0
    )


def rebase_months(par: BeliefParameters) -> int:
    """Months between rebases of the discounted counts, which must not outgrow 32 bits: at most a factor of 8."""
    return _rebase_months(par.peer_decay_per_month)


@cache
def _rebase_months(decay_per_month: float) -> int:
    if decay_per_month <= 0.0:
        return REBASE_MONTHS
    return max(1, min(REBASE_MONTHS, int(math.log(8.0) / -math.log1p(-decay_per_month))))


def peer_unit(par: BeliefParameters, month: int) -> float:
    """Months of use per unit of ``use_months``, for decisions in ``month``, which read use up to the month before."""
    return (1.0 - par.peer_decay_per_month) ** ((month - 1) % rebase_months(par)) / USE_ONE


def _posterior(c: FrameView | Precisions, evidence, peer_months, signal):
    """Posterior (mean, variance) of benefit given G, absorbed months of peer use and the signal y."""
    data = evidence * c.evidence_precision + peer_months * c.peer_precision
    variance = 1.0 / (c.prior_precision + data)
    return variance * (c.prior_mean * c.prior_precision + data * signal), variance


posterior = shared(_posterior)


class Precisions(NamedTuple):
    """What a belief starts from, and what a unit of evidence and of peers' use adds to its precision."""

    prior_mean: float
    prior_precision: float
    evidence_precision: float
    peer_precision: float


def belief(
    precisions: Precisions, evidence: np.ndarray, peer_months: np.ndarray | float, signal: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return (mean, standard deviation) of the posterior for arrays that broadcast together: as kernels have it."""
    mean, variance = _posterior(precisions, evidence, peer_months, signal)
    return mean, np.sqrt(variance)


@inline
def absorbed(c: FrameView, r, i):
    """Absorptive capacity of a trust, with what levers add; at least 0."""
    return max(0.0, c.absorptive[r, i] + at(c.x_absorptive, r, i, 0))


@shared
def utility(c: FrameView, r, i, k):
    """Risk-adjusted utility U of innovation k to trust i."""
    months = weighted(c, c.use_months, c.group_use, r, i, k)
    months = transferred(c, months, c.use_months, r, i, k) * c.peer_unit
    mean, variance = posterior(c, c.evidence[r, k], absorbed(c, r, i) * months, c.signal[r, k])
    rho = c.risk_aversion[r, i] * at(c.x_risk_aversion, r, i, k)
    return mean - rho * math.sqrt(variance) + at(c.x_utility, r, i, k)


@inline
def utility_bounds(c: FrameView, r, i, k):
    """Bounds (lowest, highest) of U without reading any tie.

    More evidence moves the mean from the belief on national evidence alone towards the signal, and narrows it.
    """
    national = c.belief_mean[r, k]
    signal = c.signal[r, k]
    extra = at(c.x_utility, r, i, k)
    rho = c.risk_aversion[r, i] * at(c.x_risk_aversion, r, i, k)
    return min(national, signal) - rho * c.belief_sd[r, k] + extra - 1e-9, max(national, signal) + extra + 1e-9


@inline
def clipped_exp(exponent, limit):
    """exp of an exponent clipped to plus or minus ``limit``."""
    return math.exp(min(limit, max(-limit, exponent)))


@phase_kernel
def national_beliefs(address):
    """Belief on national evidence alone, by innovation, and the largest factor exp(bU U) that T2 can have."""
    c = frame(address)
    if not c.uses_beliefs and c.month > 1:
        return
    for r in range(c.first, c.last):
        for k in range(c.evidence.shape[1]):
            mean, variance = posterior(c, c.evidence[r, k], 0.0, c.signal[r, k])
            c.belief_mean[r, k] = mean
            c.belief_sd[r, k] = math.sqrt(variance)
            # U never exceeds the larger of mean and signal; a negative weight would turn the bound round
            top = c.t2_utility * max(mean, c.signal[r, k]) if c.t2_utility >= 0.0 else c.exponent_limit
            c.triage_bound[r, k] = clipped_exp(top, c.exponent_limit) * (1.0 + 1e-9)


@phase_kernel
def update_evidence(address):
    """``G' = G (1 - dG) + gP pilots + gU sum r + programmes``; also the mean rollout share over eligible trusts.

    Reads last month's pilots and rollout.
    """
    c = frame(address)
    if not c.uses_beliefs:
        return
    n_innovations = c.evidence.shape[1]
    rolled, piloted = c.s_innovation_int[0], c.s_innovation_int[1]
    for r in range(c.first, c.last):
        rolled[:] = 0
        piloted[:] = 0
        for n in range(c.bounds[r, PILOT], c.bounds[r, PILOT + 1]):
            i, k = unpack(c.listed[r, n])
            piloted[k] += np.int64(np.rint(max(c.evidence_per_pilot, at(c.x_pilot_evidence, r, i, k)) * 1048576.0))
        for n in range(c.bounds[r, ROLLOUT], c.bounds[r, SUSTAINED + 1]):
            i, k = unpack(c.listed[r, n])
            rolled[k] += np.int64(np.rint(c.rollout[r, i, k] * 1048576.0))
        for k in range(n_innovations):
            share = np.float64(rolled[k]) / 1048576.0
            c.mean_rollout[r, k] = share / max(1, c.n_eligible[k])
            gained = np.float64(piloted[k]) / 1048576.0 + c.evidence_per_use * share + at(c.x_evidence, r, 0, k)
            c.evidence[r, k] = c.evidence[r, k] * (1.0 - c.evidence_decay) + gained


@phase_kernel
def recall(address):
    """National recall for harm: a live innovation with y < -.3 and G >= 10 is recalled with .05 a month, for good."""
    c = frame(address)
    if not c.uses_beliefs:
        return
    for r in range(c.first, c.last):
        base = draw_base(c.seed, c.replicates[r], RECALL, c.month)
        for k in range(c.recalled.shape[1]):
            if (
                c.recalled[r, k] != RECALLED
                and c.live[r, k] < c.month
                and c.signal[r, k] < c.recall_signal
                and c.evidence[r, k] >= c.recall_evidence
                and uniform(base, np.uint64(0), c.innovation_keys[r, k]) < c.recall_per_month
            ):
                c.recalled[r, k] = RECALLED


@kernel
def rebase_use(address, factor):
    """Discount all counts of use by ``factor`` and rebuild the group sums."""
    c = frame(address)
    for r in range(c.use_months.shape[0]):
        for k in range(c.use_months.shape[1]):
            c.group_use[r, k] = 0
            for i in range(c.use_months.shape[2]):
                months = np.int64(np.rint(c.use_months[r, k, c.place[i]] * factor))
                c.use_months[r, k, c.place[i]] = months
                if months != 0:
                    for layer in range(c.group_of.shape[1]):
                        column = c.group_of[i, layer]
                        if column >= 0:
                            c.group_use[r, k, column] += c.credibility[i] * months
