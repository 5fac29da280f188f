"""T2, AWARE > EVALUATING: ``rate = (pE X^E + qE g) exp(bS align + bU U + bG gap) slack_i B^-.5 + mE mandate`` a month.

It is 0 while the innovation is recalled or its company away or failed; the exponent of U is clipped. A mandated
evaluation is a duty: it waits neither for slack nor for belief.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from diffusion.engine.draws import TRIAGE, draw_base, happens, uniform
from diffusion.engine.kernels.frame import frame
from diffusion.engine.kernels.jit import inline, kernel, phase_kernel
from diffusion.engine.parameters import FITTED, Section, param
from diffusion.engine.stages import AWARE, EVALUATING
from diffusion.engine.state import any_mandate, at, pushed, unpack
from diffusion.mechanisms.beliefs import clipped_exp, utility
from diffusion.mechanisms.exposure import LINEAR, exposure, exposure_bound, exposure_from, group_exposure, respond
from diffusion.mechanisms.moves import STARTED_EVALUATION, move
from diffusion.mechanisms.scorecard_gap import gap_factor

if TYPE_CHECKING:
    from diffusion.engine.kernels.frame_view import FrameView


class TriageParameters(Section):
    """T2, AWARE > EVALUATING."""

    push_per_month: float = param(
        0.075,
        "rate of starting an evaluation from outside push",
        unit="1/month",
        low=0.02,
        high=0.15,
        ge=0,
        symbol="pE",
        grade="B",
        source=FITTED,
    )
    peer_per_month: float = param(
        0.30,
        "rate of starting an evaluation at full response to peers",
        unit="1/month",
        low=0.1,
        high=0.8,
        ge=0,
        symbol="qE",
    )
    utility_weight: float = param(
        0.5, "log-hazard per unit of risk-adjusted utility U", unit="1", low=0, high=1, symbol="bU"
    )
    alignment_weight: float = param(
        0.4, "log-hazard per unit of strategic alignment", unit="1", low=0, high=1, symbol="bS"
    )
    burden_exponent: float = param(0.5, "rates fall with burden B as B^-exponent", unit="1", low=0, high=1, ge=0)
    mandate_per_month: float = param(
        1 / 3,
        "rate added where a mandate is in force",
        unit="1/month",
        low=0.1,
        high=1,
        ge=0,
        symbol="mE",
        grade="B",
        source="NICE technology appraisals: funding and inclusion in formularies within 90 days",
    )
    slack_sensitive: bool = param(True, "the rate is multiplied by the trust's slack", unit="yes/no")


@inline
def triage_rate(c: FrameView, push, response, utility_factor, r, i, k):
    """The rate of T2; ``utility_factor`` is exp(bU U), the other factors are of alignment, burden and gap."""
    rate = (c.t2_push * push * c.push[r, k] + c.t2_peer * response) * utility_factor
    fixed = at(c.align_factor, r, i, k) * at(c.burden_triage, r, c.burden_row[i], k)
    rate *= fixed * gap_factor(c, r, i, k)
    mandated = c.t2_mandate * at(c.x_mandate, r, i, k) * c.compliance[r, k]
    return (rate * c.slack[r, i] if c.t2_slack else rate) + mandated


@inline
def triage_at(c: FrameView, x, r, i, k):
    """The rate of T2 of one pair with exposure ``x``."""
    g = respond(c, x, r, i, k)
    factor = clipped_exp(c.t2_utility * utility(c, r, i, k), c.exponent_limit) if c.t2_utility != 0.0 else 1.0
    rate = triage_rate(c, pushed(c.x_triage_push, c.y_triage_push, c.ahsn, r, i, k), g, factor, r, i, k)
    if c.deterministic:
        rate = math.inf if g >= 1.0 else 0.0
    return rate


@kernel
def triage_row(address, i, out):
    """Rates of T2 of trust i, into out[K]."""
    c = frame(address)
    for k in range(out.shape[0]):
        out[k] = triage_at(c, exposure(c, 0, i, k), 0, i, k) if c.eligible[i, k] else 0.0


@phase_kernel
def triage(address):
    """Draw T2 for all AWARE pairs; exposure and belief are computed only where the draw is below their bounds."""
    c = frame(address)
    overridden = c.o_triage.shape[0] > 0
    mandates = any_mandate(c)
    slack_counts = c.t2_slack != 0 and c.deterministic == 0
    for r in range(c.first, c.last):
        base = draw_base(c.seed, c.replicates[r], TRIAGE, c.month)
        kept = 0
        for n in range(c.bounds[r, AWARE], c.bounds[r, AWARE + 1]):
            i, k = unpack(c.listed[r, n])
            draw = uniform(base, c.trust_keys[i], c.innovation_keys[r, k])
            # nobody evaluates what is recalled, or without any slack unless it is mandated
            slack = c.slack[r, i] if slack_counts else 1.0
            bound = at(c.screen_triage, r, c.ahsn[i], k) * slack
            if mandates:
                bound += c.t2_mandate * at(c.x_mandate, r, i, k) * c.compliance[r, k]
            above = draw >= bound
            c.s_pair[kept], c.s_draw[kept] = c.listed[r, n], draw
            kept += overridden or not above
        for n in range(kept):
            pair, draw = np.uint32(c.s_pair[n]), c.s_draw[n]
            i, k = unpack(pair)
            if c.recalled[r, k]:
                continue
            if overridden and not math.isnan(c.o_triage[i, k]):
                rate = c.o_triage[i, k]
            elif c.deterministic or c.response != LINEAR:
                rate = triage_at(c, exposure(c, r, i, k), r, i, k)
            else:
                # ever tighter and dearer bounds, then the rate itself
                push = pushed(c.x_triage_push, c.y_triage_push, c.ahsn, r, i, k)
                factor = c.triage_bound[r, k]
                if at(c.x_utility, r, i, k) != 0.0:
                    factor = math.exp(c.exponent_limit)
                groups = group_exposure(c, r, i, k)
                if draw >= triage_rate(c, push, exposure_bound(c, groups, r, i, k), factor, r, i, k):
                    continue
                x = exposure_from(c, groups, r, i, k)
                if draw >= triage_rate(c, push, x, factor, r, i, k):
                    continue
                rate = triage_at(c, x, r, i, k)
            if happens(draw, rate):
                move(c, r, pair, EVALUATING, STARTED_EVALUATION)
