"""What holds pairs up: change time, burden and missing support (money and pilot limits are counted at the gate)."""

from __future__ import annotations

import numpy as np

from diffusion.engine.kernels.frame import frame
from diffusion.engine.kernels.jit import phase_kernel
from diffusion.engine.stages import EVALUATING, PILOT, ROLLOUT
from diffusion.engine.state import at, unpack

#: burden from which a pair counts as held up by it (1 is the average of July 2015)
HEAVY_BURDEN = 1.25


@phase_kernel
def count_blocked(address):
    """Count pairs under way with less time than they need, heavy burden, or no champion, into blocked[R, 2:5]."""
    c = frame(address)
    if c.unlimited:
        return
    for r in range(c.first, c.last):
        short, heavy, alone = np.int64(0), np.int64(0), np.int64(0)
        for n in range(c.bounds[r, EVALUATING], c.bounds[r, PILOT + 1]):
            i, k = unpack(c.listed[r, n])
            short += c.granted[r, i, k] < 0.999
            heavy += at(c.burden, r, c.burden_row[i], k) > HEAVY_BURDEN
            alone += c.champion[r, i, k] == 0
        for n in range(c.bounds[r, ROLLOUT], c.bounds[r, ROLLOUT + 1]):
            i, k = unpack(c.listed[r, n])
            short += c.granted[r, i, k] < 0.999
        c.blocked[r, 2] += short
        c.blocked[r, 3] += heavy
        c.blocked[r, 4] += alone
