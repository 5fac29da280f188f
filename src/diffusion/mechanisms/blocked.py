"""What holds pairs up: change time, burden and missing support (money and pilot limits are counted at the gate)."""

from __future__ import annotations

import numpy as np

from diffusion.engine.jit import kernel
from diffusion.engine.stages import EVALUATING, PILOT, ROLLOUT
from diffusion.engine.state import K_BITS
from diffusion.mechanisms.exposure import at

#: burden from which a pair counts as held up by it (1 is the average of July 2015)
HEAVY_BURDEN = 1.25


@kernel
def count_blocked(lists, pairs, derived, share, blocked):
    """Count pairs under way with less time than they need, heavy burden, or no champion, into blocked[R, 2:5]."""
    low = np.uint32((1 << K_BITS) - 1)
    for r in range(pairs.stage.shape[0]):
        for n in range(lists.bounds[r, EVALUATING], lists.bounds[r, ROLLOUT + 1]):
            pair = lists.pairs[r, n]
            i = np.int64(pair >> np.uint32(K_BITS))
            k = np.int64(pair & low)
            blocked[r, 2] += share.granted[r, i, k] < 0.999
            if n < lists.bounds[r, PILOT + 1]:
                blocked[r, 3] += at(derived.burden, r, i, k) > HEAVY_BURDEN
                blocked[r, 4] += pairs.champion[r, i, k] == 0
