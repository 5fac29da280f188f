"""Evidence and beliefs: trusts do not see the benefit b_k, they learn about it (MODEL 4, 10.7).

``v = 1 / (1/s0^2 + G_k/sG^2 + acap_i peer_ik/sP^2)``, ``m = v (m0/s0^2 + (G_k/sG^2 + acap_i peer_ik/sP^2) y_k)``,
``U = m - rho_i sqrt(v)``. The belief is recomputed whenever it is needed, never integrated.

Peer evidence is the tie-weighted sum of discounted months of use. It is kept where it arises, at the user, and read
through the network when a decision needs it: the same number as a recursion at every listener, at no cost per tie
and month.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from diffusion.engine.draws import RECALL, draw_base, uniform
from diffusion.engine.jit import inline, kernel
from diffusion.engine.parameters import Section, param
from diffusion.engine.stages import PILOT, ROLLOUT, SUSTAINED
from diffusion.engine.state import K_BITS
from diffusion.mechanisms.exposure import at, transferred, weighted

#: months of use are counted in 2^-20 of a month, discounted to the last rebase
USE_ONE = float(1 << 20)
#: every so many months the discounted counts are rebased
REBASE_MONTHS = 60


class BeliefParameters(Section):
    """Evidence and beliefs on the true benefit."""

    prior_mean: float = param(0.5, "prior mean of benefit", unit="benefit", low=0, high=1, symbol="m0")
    prior_sd: float = param(1.0, "prior standard deviation of benefit", unit="benefit", low=0.5, high=2, gt=0, symbol="s0")
    evidence_sd: float = param(2.0, "noise of a unit of national evidence", unit="benefit", low=1, high=4, gt=0, symbol="sG")
    peer_sd: float = param(4.0, "noise of a month of peer use", unit="benefit", low=2, high=8, gt=0, symbol="sP")
    evidence_decay_per_month: float = param(1 / 60, "decay of national evidence", unit="1/month", low=0, high=1 / 24, ge=0, le=1, symbol="dG")
    peer_decay_per_month: float = param(1 / 60, "decay of peer evidence", unit="1/month", low=0, high=1 / 24, ge=0, lt=1)
    evidence_per_pilot_month: float = param(0.02, "evidence from a pilot", unit="information/month", low=0, high=0.06, ge=0, symbol="gP")
    evidence_per_use_month: float = param(0.02, "evidence from a full rollout", unit="information/month", low=0, high=0.06, ge=0, symbol="gU")
    exponent_limit: float = param(3.0, "exponents of utility are clipped to plus or minus this", unit="1", low=2, high=5, gt=0)


class BeliefScalars(NamedTuple):
    """Parameters of beliefs, for the kernels."""

    prior_mean: float
    prior_precision: float  # 1 / s0^2
    prior_sd: float
    evidence_precision: float  # 1 / sG^2
    peer_precision: float  # 1 / sP^2
    peer_unit: float  # months of use per unit of use_months, this month
    exponent_limit: float


def belief_scalars(par: BeliefParameters, month: int) -> BeliefScalars:
    """Return the scalars for decisions in ``month``, which read use up to the month before."""
    age = (month - 1) % REBASE_MONTHS
    return BeliefScalars(
        par.prior_mean, par.prior_sd**-2.0, par.prior_sd, par.evidence_sd**-2.0, par.peer_sd**-2.0,
        (1.0 - par.peer_decay_per_month) ** age / USE_ONE, par.exponent_limit,
    )  # fmt: skip


@inline
def posterior(par, evidence, peer_months, signal):
    """Posterior (mean, variance) of benefit given G, absorbed months of peer use and the signal y."""
    data = evidence * par.evidence_precision + peer_months * par.peer_precision
    variance = 1.0 / (par.prior_precision + data)
    return variance * (par.prior_mean * par.prior_precision + data * signal), variance


@inline
def utility(units, attributes, field, pairs, net, transfers, terms, par, r, i, k):
    """Risk-adjusted utility U of innovation k to trust i."""
    months = weighted(pairs.use_months, field.group_use, net, r, i, k)
    months = transferred(months, pairs.use_months, net, transfers, r, i, k) * par.peer_unit
    mean, variance = posterior(par, units.evidence[r, k], units.absorptive[r, i] * months, attributes.signal[r, k])
    rho = attributes.risk_aversion[r, i] * at(terms.risk_aversion, r, i, k)
    return mean - rho * math.sqrt(variance) + at(terms.utility, r, i, k)


@inline
def utility_bounds(attributes, terms, par, r, i, k):
    """Bounds (lowest, highest) of U from prior and signal alone: the posterior mean lies between them."""
    signal = attributes.signal[r, k]
    extra = at(terms.utility, r, i, k)
    rho = attributes.risk_aversion[r, i] * at(terms.risk_aversion, r, i, k)
    return (
        min(par.prior_mean, signal) - rho * par.prior_sd + extra,
        max(par.prior_mean, signal) + extra,
    )


@inline
def clipped_exp(exponent, limit):
    """exp of an exponent clipped to plus or minus ``limit``."""
    return math.exp(min(limit, max(-limit, exponent)))


@kernel
def update_evidence(lists, pairs, units, extra, pilot_evidence, decay, per_pilot, per_use, mean_rollout, eligible):
    """``G' = G (1 - dG) + gP pilots + gU sum r + programmes``; also the mean rollout share over eligible trusts.

    Reads last month's pilots and rollout; ``mean_rollout`` is float64[R, K], ``eligible`` int64[K].
    """
    low = np.uint32((1 << K_BITS) - 1)
    n_replicates, n_innovations = units.evidence.shape
    rolled = np.zeros(n_innovations, dtype=np.int64)
    piloted = np.zeros(n_innovations, dtype=np.int64)
    for r in range(n_replicates):
        rolled[:] = 0
        piloted[:] = 0
        for n in range(lists.bounds[r, PILOT], lists.bounds[r, PILOT + 1]):
            pair = lists.pairs[r, n]
            i = np.int64(pair >> np.uint32(K_BITS))
            k = np.int64(pair & low)
            piloted[k] += np.int64(np.rint(max(per_pilot, at(pilot_evidence, r, i, k)) * 1048576.0))
        for n in range(lists.bounds[r, ROLLOUT], lists.bounds[r, SUSTAINED + 1]):
            pair = lists.pairs[r, n]
            rolled[pair & low] += np.int64(np.rint(pairs.rollout[r, np.int64(pair >> np.uint32(K_BITS)), np.int64(pair & low)] * 1048576.0))
        for k in range(n_innovations):
            share = np.float64(rolled[k]) / 1048576.0
            mean_rollout[r, k] = share / max(1, eligible[k])
            gained = np.float64(piloted[k]) / 1048576.0 + per_use * share + at(extra, r, 0, k)
            units.evidence[r, k] = units.evidence[r, k] * (1.0 - decay) + gained


@kernel
def recall(seed, replicates, month, units, attributes, innovation_keys, live, signal_below, evidence_from, probability):
    """National recall: an innovation with y < -.3 and G >= 10 is recalled with .05 a month, for good."""
    for r in range(units.recalled.shape[0]):
        base = draw_base(seed, replicates[r], RECALL, month)
        for k in range(units.recalled.shape[1]):
            if (
                units.recalled[r, k] == 0
                and live[k] < month
                and attributes.signal[r, k] < signal_below
                and units.evidence[r, k] >= evidence_from
                and uniform(base, np.uint64(0), innovation_keys[k]) < probability
            ):
                units.recalled[r, k] = 1


@kernel
def rebase_use(pairs, group_use, net, factor):
    """Discount all counts of use by ``factor`` and rebuild the group sums."""
    for r in range(pairs.use_months.shape[0]):
        for k in range(pairs.use_months.shape[1]):
            group_use[r, k] = 0
            for i in range(pairs.use_months.shape[2]):
                months = np.int64(np.rint(pairs.use_months[r, k, i] * factor))
                pairs.use_months[r, k, i] = months
                if months != 0:
                    for layer in range(net.group_of.shape[0]):
                        column = net.group_of[layer, i]
                        if column >= 0:
                            group_use[r, k, column] += net.credibility[i] * months
