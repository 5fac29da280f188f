"""T1, UNAWARE > AWARE, or NO_USE: ``rate = (pA X^A + qA x) exp(.4 inn_i) + mA mandate`` a month, linear in exposure x
always.

It is 0 while the innovation is recalled or its company away or failed.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from diffusion.engine.draws import AWARENESS, draw_base, happens, uniform
from diffusion.engine.kernels.frame import frame
from diffusion.engine.kernels.jit import inline, kernel, phase_kernel
from diffusion.engine.parameters import FITTED, Section, param
from diffusion.engine.stages import AWARE, NO_USE, UNAWARE
from diffusion.engine.state import any_mandate, at, pushed, unpack
from diffusion.mechanisms.exposure import exposure, exposure_bound, exposure_from, group_exposure
from diffusion.mechanisms.moves import BECAME_AWARE, move

if TYPE_CHECKING:
    from diffusion.engine.kernels.frame_view import FrameView


class AwarenessParameters(Section):
    """T1, UNAWARE > AWARE."""

    push_per_month: float = param(
        0.017,
        "rate of becoming aware from outside push",
        unit="1/month",
        low=0.01,
        high=0.1,
        ge=0,
        symbol="pA",
        grade="B",
        source=FITTED,
    )
    peer_per_month: float = param(
        0.6, "rate of becoming aware at full exposure to peers", unit="1/month", low=0.2, high=1.5, ge=0, symbol="qA"
    )
    mandate_per_month: float = param(
        0.77,
        "rate added where a mandate is in force: all trusts are told",
        unit="1/month",
        low=0.2,
        high=1.5,
        ge=0,
        symbol="mA",
        grade="B",
        source=FITTED,
    )


@inline
def awareness_rate(c: FrameView, push, x, factor, r, i, k):
    """The rate of T1."""
    own = c.t1_push * push * c.push[r, k]
    return (own + c.t1_peer * x) * factor + c.t1_mandate * at(c.x_mandate, r, i, k) * c.compliance[r, k]


@kernel
def awareness_row(address, i, out):
    """Rates of T1 of trust i, into out[K]."""
    c = frame(address)
    for k in range(out.shape[0]):
        out[k] = 0.0
        if c.eligible[i, k]:
            push = pushed(c.x_awareness_push, c.y_awareness_push, c.ahsn, 0, i, k)
            out[k] = awareness_rate(c, push, exposure(c, 0, i, k), c.awareness_factor[0, i], 0, i, k)


@kernel
def awareness_inputs(address, out):
    """What T1 reads of every eligible pair, into out[R, N, K, 3]: push X^A, exposure x, mandate times compliance."""
    c = frame(address)
    for r in range(out.shape[0]):
        for i in range(out.shape[1]):
            for k in range(out.shape[2]):
                if c.eligible[i, k]:
                    push = pushed(c.x_awareness_push, c.y_awareness_push, c.ahsn, r, i, k)
                    out[r, i, k, 0] = push * c.push[r, k]
                    out[r, i, k, 1] = exposure(c, r, i, k)
                    out[r, i, k, 2] = at(c.x_mandate, r, i, k) * c.compliance[r, k]


@phase_kernel
def awareness(address):
    """Draw T1 for all UNAWARE pairs; the exposure is computed only where the draw is below its bound."""
    c = frame(address)
    overridden = c.o_awareness.shape[0] > 0
    mandates = any_mandate(c)
    for r in range(c.first, c.last):
        base = draw_base(c.seed, c.replicates[r], AWARENESS, c.month)
        kept = 0
        for n in range(c.bounds[r, UNAWARE], c.bounds[r, UNAWARE + 1]):
            i, k = unpack(c.listed[r, n])
            draw = uniform(base, c.trust_keys[i], c.innovation_keys[r, k])
            # nobody becomes aware of what is recalled: its screen is 0
            bound = at(c.screen_awareness, r, c.ahsn[i], k) * c.awareness_factor[r, i]
            if mandates:
                bound += c.t1_mandate * at(c.x_mandate, r, i, k) * c.compliance[r, k]
            above = draw >= bound
            c.s_pair[kept], c.s_draw[kept] = c.listed[r, n], draw
            kept += overridden or not above
        for n in range(kept):
            pair, draw = np.uint32(c.s_pair[n]), c.s_draw[n]
            i, k = unpack(pair)
            if c.recalled[r, k]:
                continue
            push = pushed(c.x_awareness_push, c.y_awareness_push, c.ahsn, r, i, k)
            factor = c.awareness_factor[r, i]
            if overridden and not math.isnan(c.o_awareness[i, k]):
                rate = c.o_awareness[i, k]
            else:
                groups = group_exposure(c, r, i, k)
                if draw >= awareness_rate(c, push, exposure_bound(c, groups, r, i, k), factor, r, i, k):
                    continue
                rate = awareness_rate(c, push, exposure_from(c, groups, r, i, k), factor, r, i, k)
            if happens(draw, rate):
                move(c, r, pair, NO_USE if c.no_use[r, i, k] else AWARE, BECAME_AWARE)
