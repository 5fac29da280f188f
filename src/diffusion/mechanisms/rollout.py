"""T5, rollout inside the trust: ``dr = phi / (D_R cx) (1 + n)^b / 3^b``, n adopters elsewhere, b the learning exponent.

T6, ROLLOUT > SUSTAINED once rollout has been complete for a year, is decided with T7 in ``abandonment``.
"""

from __future__ import annotations

import math

import numpy as np

from diffusion.engine.kernels.frame import frame
from diffusion.engine.kernels.jit import kernel, phase_kernel
from diffusion.engine.parameters import FITTED, Section, param
from diffusion.engine.stages import ROLLOUT, SUSTAINED
from diffusion.engine.state import NEVER, unpack
from diffusion.mechanisms.exposure import set_activity


class RolloutParameters(Section):
    """T5, rollout inside the trust, and T6, ROLLOUT > SUSTAINED."""

    progress_ratio: float = param(
        0.85,
        "effort per adopter when cumulative adopters double",
        unit="1",
        low=0.7,
        high=1.0,
        gt=0,
        le=1,
        grade="B",
        source=FITTED,
    )
    reference_adopters: float = param(2.0, "adopters at which D_R holds", unit="trusts", low=0, high=10, ge=0)
    complexity_ratio: float = param(
        4.0,
        "effort of the most complex innovation over the simplest, exp(c)",
        unit="1",
        low=1.0,
        high=8.0,
        ge=1,
        symbol="exp(c)",
    )
    sustained_rollout_share: float = param(
        0.95, "rollout share that counts as complete", unit="1", low=0.8, high=1, ge=0, le=1
    )
    sustained_after_months: int = param(
        12, "months of complete rollout before SUSTAINED", unit="months", low=6, high=24, ge=0
    )


def learning_exponent(progress_ratio: float) -> float:
    """``b = -log2(progress ratio)``: effort falls to the ratio with every doubling of adopters."""
    return -math.log2(progress_ratio)


@kernel
def learning(adopters, reference, exponent):
    """Speed of rollout with ``adopters`` elsewhere, relative to the reference number."""
    return ((1.0 + adopters) / (1.0 + reference)) ** exponent


@phase_kernel
def rollout(address):
    """Advance rollout of all pairs in ROLLOUT, with last month's adopters and this month's change time."""
    c = frame(address)
    speed = c.s_innovation
    for r in range(c.first, c.last):
        for k in range(speed.shape[0]):
            speed[k] = 0.0
            adopters = c.by_innovation[r, ROLLOUT, k] + c.by_innovation[r, SUSTAINED, k]
            if adopters > 0 and c.rollout_months[k] > 0.0:
                speed[k] = learning(np.float64(adopters - 1), c.t5_reference, c.t5_exponent) / c.rollout_months[k]
        for n in range(c.bounds[r, ROLLOUT], c.bounds[r, ROLLOUT + 1]):
            i, k = unpack(c.listed[r, n])
            if c.rollout_months[k] <= 0.0:
                continue
            share = c.rollout[r, i, k]
            if share < 1.0:
                share = min(1.0, share + c.granted[r, i, k] * speed[k])
                c.rollout[r, i, k] = share
                set_activity(c, r, i, k)
                if share >= c.t5_complete and c.full_since[r, i, k] == NEVER:
                    c.full_since[r, i, k] = c.month
