"""What is paid by and to the trusts of a region, in whole pence, and its share of what has no place.

Payments that have a trust at one of their ends are the region's own: they are booked by trust while the model runs.
All others are national (programmes, prizes, companies): they are shared out over all trusts by size. Both add up to
England's to the penny, whatever the regions are, because sums from the first trust on are rounded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from diffusion.analysis.results.tables import ResultTables
from diffusion.arrays import Bools, Floats, Longs
from diffusion.engine.ledger import PENCE, split_pence

if TYPE_CHECKING:
    from diffusion.world.tables import World


def total_pence(tables: ResultTables) -> Longs:
    """Return payments over the whole run, int64[R, flow]."""
    return np.asarray(np.rint(np.asarray(tables.money_gbp) * PENCE).astype(np.int64).sum(axis=1))


def own_pence(by_trust: Longs, inside: Bools) -> Longs:
    """Return what the trusts ``inside`` bool[N] have of payments by trust int64[R, N, flow], [R, flow]."""
    return np.asarray(by_trust[:, inside].sum(axis=1))


def shared_pence(tables: ResultTables, by_trust: Longs, inside: Bools) -> Longs:
    """Return the share of the trusts ``inside`` in what has no place, by size, int64[R, flow]."""
    national = total_pence(tables) - by_trust.sum(axis=1)
    size = sizes(tables.world)[None, :]
    shares = [
        split_pence(national[:, flow], size.sum(), size)[:, inside].sum(axis=1) for flow in range(national.shape[1])
    ]
    return np.stack(shares, axis=1) if shares else np.zeros((len(national), 0), dtype=np.int64)


def sizes(world: World) -> Floats:
    """Return sizes of trusts, all 1 where none has any."""
    size = np.asarray(world.trusts.size, dtype=np.float64)
    return size if size.sum() > 0 else np.ones(len(size), dtype=np.float64)
