"""T2, AWARE > EVALUATING: ``rate = (pE X^E + qE g) exp(bS align + bU U + bG gap) slack_i B^-.5`` a month."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from diffusion.engine.draws import TRIAGE, draw_base, uniform
from diffusion.engine.jit import inline, kernel
from diffusion.engine.parameters import Section, param
from diffusion.engine.stages import AWARE, EVALUATING
from diffusion.engine.state import K_BITS
from diffusion.mechanisms.beliefs import clipped_exp, utility, utility_bounds
from diffusion.mechanisms.exposure import LINEAR, at, exposure, exposure_bound, respond
from diffusion.mechanisms.moves import STARTED_EVALUATION, move


class TriageParameters(Section):
    """T2, AWARE > EVALUATING."""

    push_per_month: float = param(
        0.04, "rate of starting an evaluation from outside push", unit="1/month", low=0.02, high=0.15, ge=0, symbol="pE"
    )
    peer_per_month: float = param(
        0.30, "rate of starting an evaluation at full response to peers", unit="1/month", low=0.1, high=0.8, ge=0,
        symbol="qE",
    )  # fmt: skip
    utility_weight: float = param(0.5, "log-hazard per unit of risk-adjusted utility U", unit="1", low=0, high=1, symbol="bU")
    alignment_weight: float = param(0.4, "log-hazard per unit of strategic alignment", unit="1", low=0, high=1, symbol="bS")
    burden_exponent: float = param(0.5, "rates fall with burden B as B^-exponent", unit="1", low=0, high=1, ge=0)
    slack_sensitive: bool = param(True, "the rate is multiplied by the trust's slack", unit="yes/no")


class TriageScalars(NamedTuple):
    """Parameters of T2, for the kernels."""

    push: float
    peer: float
    utility_weight: float
    slack_sensitive: bool


@inline
def triage_rate(par, push, response, utility_factor, factor, slack):
    """The rate of T2; ``factor`` holds alignment, scorecard gap and burden, ``utility_factor`` is exp(bU U)."""
    return (par.push * push + par.peer * response) * utility_factor * factor * slack


@inline
def triage_factor(derived, gap, slack, par, r, i, k):
    """The factors of T2 that need neither exposure nor belief."""
    factor = at(derived.triage_factor, r, i, k) * math.exp(at(gap, r, 0, k))
    return factor, (slack[r, i] if par.slack_sensitive else 1.0)


@inline
def triage_at(units, attributes, field, pairs, net, transfers, terms, derived, gap, slack, par, beliefs, response, r, i, k):
    """The rate of T2 of one pair."""
    x = exposure(field, net, transfers, terms.member_ties, r, i, k)
    g = respond(x, field, net, response, r, i, k)
    if response.deterministic:
        return math.inf if g >= 1.0 else 0.0
    utility_factor = 1.0
    if par.utility_weight != 0.0:
        u = utility(units, attributes, field, pairs, net, transfers, terms, beliefs, r, i, k)
        utility_factor = clipped_exp(par.utility_weight * u, beliefs.exponent_limit)
    factor, free = triage_factor(derived, gap, slack, par, r, i, k)
    return triage_rate(par, at(terms.triage_push, r, i, k), g, utility_factor, factor, free)


@kernel
def triage_row(units, attributes, field, pairs, net, transfers, terms, derived, gap, slack, par, beliefs, response, i, out):
    """Rates of T2 of trust i, into out[K]."""
    for k in range(out.shape[0]):
        out[k] = 0.0
        if net.eligible[i, k]:
            out[k] = triage_at(
                units, attributes, field, pairs, net, transfers, terms, derived, gap, slack, par, beliefs, response, 0, i, k
            )


@kernel
def triage(
    seed, replicates, month, lists, units, attributes, field, pairs, net, transfers, terms, derived, gap, slack, tables,
    override, par, beliefs, response,
):  # fmt: skip
    """Draw T2 for all AWARE pairs; exposure and belief are computed only where the draw is below their bounds."""
    low = np.uint32((1 << K_BITS) - 1)
    for r in range(replicates.shape[0]):
        base = draw_base(seed, replicates[r], TRIAGE, month)
        for n in range(lists.bounds[r, AWARE], lists.bounds[r, AWARE + 1]):
            pair = lists.pairs[r, n]
            i = np.int64(pair >> np.uint32(K_BITS))
            k = np.int64(pair & low)
            if units.recalled[r, k]:
                continue
            draw = uniform(base, tables.trust_keys[i], tables.innovation_keys[k])
            if override.shape[0] > 0 and not math.isnan(override[i, k]):
                rate = override[i, k]
            else:
                if not response.deterministic:
                    lowest, highest = utility_bounds(attributes, terms, beliefs, r, i, k)
                    utility_factor = 1.0
                    if par.utility_weight != 0.0:
                        top = max(par.utility_weight * lowest, par.utility_weight * highest)
                        utility_factor = clipped_exp(top, beliefs.exponent_limit) * (1.0 + 1e-9)
                    factor, free = triage_factor(derived, gap, slack, par, r, i, k)
                    push = at(terms.triage_push, r, i, k)
                    if draw >= triage_rate(par, push, 1.0, utility_factor, factor, free):
                        continue
                    if response.response == LINEAR:
                        g = exposure_bound(field, net, transfers, terms.member_ties, r, i, k)
                        if draw >= triage_rate(par, push, g, utility_factor, factor, free):
                            continue
                rate = triage_at(
                    units, attributes, field, pairs, net, transfers, terms, derived, gap, slack, par, beliefs, response, r, i, k
                )
            if draw < -math.expm1(-rate):
                move(lists, r, pair, EVALUATING, STARTED_EVALUATION)
