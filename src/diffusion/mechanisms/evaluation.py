"""T3, EVALUATING > PILOT or REJECTED: work accumulates, and once it is done the trust decides.

``w += phi / (D_E B)``; at ``w >= 1`` a Bernoulli draw with
``logit = a0 + bU U + bF f + bX g + bS align - bC ln cx + mandate``. An accepted pair that must wait for money or for
a place among the pilots stays accepted.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from diffusion.engine.draws import EVALUATION, draw_base, uniform
from diffusion.engine.jit import inline, kernel
from diffusion.engine.parameters import Section, param
from diffusion.engine.stages import EVALUATING, REJECTED
from diffusion.engine.state import K_BITS
from diffusion.mechanisms.beliefs import utility
from diffusion.mechanisms.exposure import at, exposure, respond
from diffusion.mechanisms.moves import (
    NOT_WAITING,
    REJECTED_ALIGNMENT,
    REJECTED_COMPLEXITY,
    REJECTED_EVIDENCE,
    REJECTED_MONEY,
    candidate,
    move,
)


class EvaluationParameters(Section):
    """T3, EVALUATING > PILOT or REJECTED."""

    intercept: float = param(-0.2, "log-odds of a pilot at U = f = g = 0", unit="log-odds", low=-1.2, high=0.8, symbol="a0")
    utility_weight: float = param(2.0, "log-odds per unit of utility U", unit="log-odds", low=0, high=4, symbol="bU")
    finance_weight: float = param(0.6, "log-odds per unit of the trust's finance ratio f", unit="log-odds", low=0, high=1.5, symbol="bF")
    peer_weight: float = param(3.0, "log-odds at full response to peers", unit="log-odds", low=0, high=6, symbol="bX")
    alignment_weight: float = param(0.4, "log-odds per unit of strategic alignment", unit="log-odds", low=0, high=1, symbol="bS")
    complexity_weight: float = param(0.5, "log-odds lost per unit of log complexity", unit="log-odds", low=0, high=1, symbol="bC")
    mandate_log_odds: float = param(2.0, "log-odds added by a funding mandate", unit="log-odds", low=1, high=4)


class EvaluationScalars(NamedTuple):
    """Parameters of T3, for the kernels."""

    intercept: float
    utility_weight: float
    finance_weight: float
    peer_weight: float
    alignment_weight: float
    complexity_weight: float
    mandate_log_odds: float


@inline
def decision_parts(
    units, attributes, field, pairs, net, transfers, terms, derived, tables, par, beliefs, response, r, i, k
):  # fmt: skip
    """The parts of the log-odds of a pilot: (evidence, money, alignment, complexity, everything else)."""
    x = exposure(field, net, transfers, terms.member_ties, r, i, k)
    g = respond(x, field, net, response, r, i, k)
    evidence = 0.0
    if par.utility_weight != 0.0:
        evidence = par.utility_weight * utility(
            units, attributes, field, pairs, net, transfers, terms, beliefs, r, i, k
        )
    money = par.finance_weight * at(derived.finance, r, i, k)
    alignment = par.alignment_weight * at(derived.alignment, r, i, k)
    complexity = -par.complexity_weight * tables.log_complexity[k]
    rest = par.intercept + par.peer_weight * g + par.mandate_log_odds * at(terms.mandate, r, i, k)
    if pairs.champion[r, i, k]:
        rest += at(terms.champion_effect, r, i, k)
    return evidence, money, alignment, complexity, rest, g


@inline
def pilot_probability_at(
    units, attributes, field, pairs, net, transfers, terms, derived, tables, par, beliefs, response, r, i, k
):  # fmt: skip
    """Probability that a finished evaluation leads to a pilot."""
    evidence, money, alignment, complexity, rest, g = decision_parts(
        units, attributes, field, pairs, net, transfers, terms, derived, tables, par, beliefs, response, r, i, k
    )
    if response.deterministic:
        return 1.0 if g >= 1.0 else 0.0
    return 1.0 / (1.0 + math.exp(-(evidence + money + alignment + complexity + rest)))


@kernel
def pilot_probability_row(
    units, attributes, field, pairs, net, transfers, terms, derived, tables, par, beliefs, response, i, out
):  # fmt: skip
    """Probabilities of T3 of trust i, into out[K]."""
    for k in range(out.shape[0]):
        out[k] = 0.0
        if net.eligible[i, k]:
            out[k] = pilot_probability_at(
                units, attributes, field, pairs, net, transfers, terms, derived, tables, par, beliefs, response, 0, i, k
            )


@kernel
def evaluation(
    seed, replicates, month, lists, units, attributes, field, pairs, net, transfers, terms, derived, granted, tables,
    override, par, beliefs, response,
):  # fmt: skip
    """Advance the work of all EVALUATING pairs and decide on those whose work is done."""
    low = np.uint32((1 << K_BITS) - 1)
    for r in range(replicates.shape[0]):
        base = draw_base(seed, replicates[r], EVALUATION, month)
        for n in range(lists.bounds[r, EVALUATING], lists.bounds[r, EVALUATING + 1]):
            pair = lists.pairs[r, n]
            i = np.int64(pair >> np.uint32(K_BITS))
            k = np.int64(pair & low)
            if units.recalled[r, k]:
                continue
            if pairs.waiting[r, i, k] != NOT_WAITING:
                candidate(lists, r, pair)
                continue
            step = at(derived.work_rate, r, i, k)
            pairs.work[r, i, k] = 1.0 if math.isinf(step) else pairs.work[r, i, k] + granted[r, i, k] * step
            if pairs.work[r, i, k] < 1.0 - 1e-9:
                continue
            draw = uniform(base, tables.trust_keys[i], tables.innovation_keys[k])
            if override.shape[0] > 0 and not math.isnan(override[i, k]):
                probability = override[i, k]
            else:
                probability = pilot_probability_at(
                    units, attributes, field, pairs, net, transfers, terms, derived, tables, par, beliefs, response, r, i, k
                )
            if draw < probability:
                candidate(lists, r, pair)
                continue
            evidence, money, alignment, complexity, _, _ = decision_parts(
                units, attributes, field, pairs, net, transfers, terms, derived, tables, par, beliefs, response, r, i, k
            )
            worst = min(min(evidence, money), min(alignment, complexity))
            reason = REJECTED_COMPLEXITY
            if worst == evidence:
                reason = REJECTED_EVIDENCE
            elif worst == money:
                reason = REJECTED_MONEY
            elif worst == alignment:
                reason = REJECTED_ALIGNMENT
            move(lists, r, pair, REJECTED, reason)
