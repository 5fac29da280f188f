"""What holds pairs up: change time, burden and missing support (money and pilot limits are counted at the gate)."""

from __future__ import annotations

from diffusion.engine.frame import frame
from diffusion.engine.jit import kernel
from diffusion.engine.stages import EVALUATING, PILOT, ROLLOUT
from diffusion.engine.state import at, unpack

#: burden from which a pair counts as held up by it (1 is the average of July 2015)
HEAVY_BURDEN = 1.25


@kernel
def count_blocked(address):
    """Count pairs under way with less time than they need, heavy burden, or no champion, into blocked[R, 2:5]."""
    c = frame(address)
    for r in range(c.replicates.shape[0]):
        for n in range(c.bounds[r, EVALUATING], c.bounds[r, ROLLOUT + 1]):
            i, k = unpack(c.listed[r, n])
            c.blocked[r, 2] += c.granted[r, i, k] < 0.999
            if n < c.bounds[r, PILOT + 1]:
                c.blocked[r, 3] += at(c.burden, r, i, k) > HEAVY_BURDEN
                c.blocked[r, 4] += c.champion[r, i, k] == 0
