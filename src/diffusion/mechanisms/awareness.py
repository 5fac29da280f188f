"""T1, UNAWARE > AWARE: ``rate = (pA X^A + qA x) exp(.4 inn_i)`` a month, linear in exposure x always."""

from __future__ import annotations

import math

from diffusion.engine.draws import AWARENESS, draw_base, uniform
from diffusion.engine.frame import frame
from diffusion.engine.jit import inline, kernel
from diffusion.engine.parameters import Section, param
from diffusion.engine.stages import AWARE, UNAWARE
from diffusion.engine.state import pushed, unpack
from diffusion.mechanisms.exposure import exposure, exposure_bound, highest_exposure
from diffusion.mechanisms.moves import BECAME_AWARE, move


class AwarenessParameters(Section):
    """T1, UNAWARE > AWARE."""

    push_per_month: float = param(
        0.03, "rate of becoming aware from outside push", unit="1/month", low=0.01, high=0.1, ge=0, symbol="pA"
    )
    peer_per_month: float = param(
        0.6, "rate of becoming aware at full exposure to peers", unit="1/month", low=0.2, high=1.5, ge=0, symbol="qA"
    )


@inline
def awareness_rate(c, push, x, factor):
    """The rate of T1."""
    return (c.t1_push * push + c.t1_peer * x) * factor


@kernel
def awareness_row(address, i, out):
    """Rates of T1 of trust i, into out[K]."""
    c = frame(address)
    for k in range(out.shape[0]):
        out[k] = 0.0
        if c.eligible[i, k]:
            push = pushed(c.x_awareness_push, c.y_awareness_push, c.ahsn, 0, i, k)
            out[k] = awareness_rate(c, push, exposure(c, 0, i, k), c.awareness_factor[0, i])


@kernel
def awareness(address):
    """Draw T1 for all UNAWARE pairs; the exposure is computed only where the draw is below its bound."""
    c = frame(address)
    overridden = c.o_awareness.shape[0] > 0
    for r in range(c.replicates.shape[0]):
        base = draw_base(c.seed, c.replicates[r], AWARENESS, c.month)
        for n in range(c.bounds[r, UNAWARE], c.bounds[r, UNAWARE + 1]):
            pair = c.listed[r, n]
            i, k = unpack(pair)
            if c.recalled[r, k]:
                continue
            draw = uniform(base, c.trust_keys[i], c.innovation_keys[k])
            if overridden and not math.isnan(c.o_awareness[i, k]):
                rate = c.o_awareness[i, k]
            else:
                push = pushed(c.x_awareness_push, c.y_awareness_push, c.ahsn, r, i, k)
                factor = c.awareness_factor[r, i]
                # ever tighter and dearer bounds, then the rate itself
                if draw >= awareness_rate(c, push, highest_exposure(c, r, i, k), factor):
                    continue
                if draw >= awareness_rate(c, push, exposure_bound(c, r, i, k), factor):
                    continue
                rate = awareness_rate(c, push, exposure(c, r, i, k), factor)
            if draw < -math.expm1(-rate):
                move(c, r, pair, AWARE, BECAME_AWARE)
