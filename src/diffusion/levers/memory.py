"""What levers remember by trust, brought into the rows in which trusts go on after they have merged or closed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from diffusion.arrays import Bools, Longs

if TYPE_CHECKING:
    from diffusion.engine.term_values import Pairs


def joined_rows(flags: Bools, step: Longs) -> Bools:
    """Return ``flags`` bool[R, N, ...] by the rows in which trusts go on (``step``, -1 for none): true if of a part."""
    out = np.zeros_like(flags)
    there = np.flatnonzero(step >= 0)
    for row, goes_on in zip(there, step[there]):
        out[:, goes_on] |= flags[:, row]
    return out


def joined_pairs(pairs: Pairs, step: Longs) -> Pairs:
    """Return pairs (r, trust, innovation) by the rows in which trusts go on: each once, in the order of the first."""
    r, i, k = pairs
    i = step[i]
    there = i >= 0
    r, i, k = r[there], i[there], k[there]
    first = np.sort(np.unique(np.stack([r, i, k]), axis=1, return_index=True)[1])
    return r[first], i[first], k[first]
