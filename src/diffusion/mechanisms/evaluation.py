"""T3, EVALUATING > PILOT or REJECTED: work accumulates, and once it is done the trust decides.

``w += phi / (D_E B)``; at ``w >= 1`` a Bernoulli draw with
``logit = a0 + bU U + bF f + bX g + bS align - bC ln cx + mandate + champion effect``. Levers may shorten D_E, a mandate
halves it. An accepted pair that must wait for money or for a place among the pilots stays accepted. Work stands still
while the innovation is recalled or its company away or failed.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from diffusion.engine.draws import EVALUATION, draw_base, uniform
from diffusion.engine.kernels.frame import frame
from diffusion.engine.kernels.jit import inline, kernel, phase_kernel, shared
from diffusion.engine.parameters import FITTED, Section, param
from diffusion.engine.stages import EVALUATING, REJECTED
from diffusion.engine.state import at, unpack
from diffusion.mechanisms.beliefs import utility
from diffusion.mechanisms.exposure import exposure, respond
from diffusion.mechanisms.moves import (
    NOT_WAITING,
    REJECTED_ALIGNMENT,
    REJECTED_COMPLEXITY,
    REJECTED_EVIDENCE,
    REJECTED_MONEY,
    candidate,
    move,
)

if TYPE_CHECKING:
    from diffusion.engine.kernels.frame_view import FrameView


class EvaluationParameters(Section):
    """T3, EVALUATING > PILOT or REJECTED."""

    intercept: float = param(
        0.21,
        "log-odds of a pilot at U = f = g = 0",
        unit="log-odds",
        low=-1.2,
        high=0.8,
        symbol="a0",
        grade="B",
        source=FITTED,
    )
    utility_weight: float = param(2.0, "log-odds per unit of utility U", unit="log-odds", low=0, high=4, symbol="bU")
    finance_weight: float = param(
        0.6, "log-odds per unit of the trust's finance ratio f", unit="log-odds", low=0, high=1.5, symbol="bF"
    )
    peer_weight: float = param(3.0, "log-odds at full response to peers", unit="log-odds", low=0, high=6, symbol="bX")
    alignment_weight: float = param(
        0.4, "log-odds per unit of strategic alignment", unit="log-odds", low=0, high=1, symbol="bS"
    )
    complexity_weight: float = param(
        0.5, "log-odds lost per unit of log complexity", unit="log-odds", low=0, high=1, symbol="bC"
    )
    mandate_log_odds: float = param(2.0, "log-odds added by a funding mandate", unit="log-odds", low=1, high=4)


@shared
def decision_parts(c: FrameView, r, i, k):
    """The parts of the log-odds of a pilot: (evidence, money, alignment, complexity, everything else, response)."""
    g = respond(c, exposure(c, r, i, k), r, i, k)
    evidence = c.t3_utility * utility(c, r, i, k) if c.t3_utility != 0.0 else 0.0
    money = c.t3_finance * at(c.finance, r, i, k)
    alignment = c.t3_alignment * at(c.alignment, r, i, k)
    complexity = -c.t3_complexity * c.log_complexity[k]
    rest = c.t3_intercept + c.t3_peer * g + c.t3_mandate * at(c.x_mandate, r, i, k)
    if c.champion[r, i, k]:
        rest += at(c.x_champion_effect, r, i, k)
    return evidence, money, alignment, complexity, rest, g


@inline
def pilot_probability(c: FrameView, evidence, money, alignment, complexity, rest, g):
    """Probability that a finished evaluation leads to a pilot, from the parts of its log-odds."""
    if c.deterministic:
        return 1.0 if g >= 1.0 else 0.0
    return 1.0 / (1.0 + math.exp(-(evidence + money + alignment + complexity + rest)))


@inline
def main_obstacle(evidence, money, alignment, complexity):
    """The reason of a rejection: the part that lowers the log-odds most."""
    worst = min(min(evidence, money), min(alignment, complexity))
    reason = REJECTED_COMPLEXITY
    if worst == evidence:
        reason = REJECTED_EVIDENCE
    elif worst == money:
        reason = REJECTED_MONEY
    elif worst == alignment:
        reason = REJECTED_ALIGNMENT
    return reason


@kernel
def pilot_probability_row(address, i, out):
    """Probabilities of T3 of trust i, into out[K]."""
    c = frame(address)
    for k in range(out.shape[0]):
        out[k] = 0.0
        if c.eligible[i, k]:
            evidence, money, alignment, complexity, rest, g = decision_parts(c, 0, i, k)
            out[k] = pilot_probability(c, evidence, money, alignment, complexity, rest, g)


@phase_kernel
def evaluation(address):
    """Advance the work of all EVALUATING pairs and decide on those whose work is done."""
    c = frame(address)
    overridden = c.o_pilot.shape[0] > 0
    for r in range(c.first, c.last):
        base = draw_base(c.seed, c.replicates[r], EVALUATION, c.month)
        for n in range(c.bounds[r, EVALUATING], c.bounds[r, EVALUATING + 1]):
            pair = c.listed[r, n]
            i, k = unpack(pair)
            if c.recalled[r, k]:
                continue
            if c.waiting[r, i, k] != NOT_WAITING:
                candidate(c, r, pair)
                continue
            # 1 / (D_E B), with D_E shortened by levers and halved under a mandate
            months = c.evaluation_months[k] * at(c.x_evaluation_time, r, i, k)
            months *= 1.0 - 0.5 * at(c.x_mandate, r, i, k)
            step = 1.0 / (months * at(c.burden, r, c.burden_row[i], k))
            c.work[r, i, k] = 1.0 if math.isinf(step) else c.work[r, i, k] + c.granted[r, i, k] * step
            if c.work[r, i, k] < 1.0 - 1e-9:
                continue
            draw = uniform(base, c.trust_keys[i], c.innovation_keys[r, k])
            evidence, money, alignment, complexity, rest, g = decision_parts(c, r, i, k)
            probability = pilot_probability(c, evidence, money, alignment, complexity, rest, g)
            if overridden and not math.isnan(c.o_pilot[i, k]):
                probability = c.o_pilot[i, k]
            if draw < probability:
                candidate(c, r, pair)
            else:
                move(c, r, pair, REJECTED, main_obstacle(evidence, money, alignment, complexity))
