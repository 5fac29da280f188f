"""How a region stands: its ranks among the others, and beside England, replicate by replicate."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from diffusion.analysis.results.groups import adopter_share_by_group, group_names
from diffusion.analysis.results.intervals import Band, band
from diffusion.analysis.results.ranks import ranks
from diffusion.analysis.results.tables import ResultTables
from diffusion.arrays import Floats
from diffusion.world.regions import Region


class Rank(NamedTuple):
    """A rank in every replicate, [R], 1 being the highest; ties share their mean rank. ``of`` is how many there are."""

    values: Floats
    of: int

    @property
    def spread(self) -> Band:
        """Its spread over replicates."""
        return band(self.values)


def rank_by_share(tables: ResultTables, region: Region) -> Rank:
    """Return the rank of a region by adopter share at the end among the groups of its grouping."""
    return _rank(adopter_share_by_group(tables, region.grouping), tables, region)


def rank_by_change(tables: ResultTables, reference: ResultTables, region: Region) -> Rank:
    """Return its rank by paired change of the adopter share from ``reference``; 1 gains most."""
    codes, _ = group_names(reference, region.grouping)
    theirs, _ = group_names(tables, region.grouping)
    there = [theirs.index(code) for code in codes]
    change = adopter_share_by_group(tables, region.grouping)[:, there] - adopter_share_by_group(
        reference, region.grouping
    )
    return _rank(change, reference, region)


def _rank(values: Floats, tables: ResultTables, region: Region) -> Rank:
    codes, _ = group_names(tables, region.grouping)
    kept = np.flatnonzero(np.isfinite(values).all(axis=0))
    own = int(np.flatnonzero(kept == codes.index(region.code))[0])
    # what differs by rounding of sums alone ties
    rounded = np.round(values[:, kept], 12)
    return Rank(np.array([ranks(-row)[own] for row in rounded]), len(kept))


def england_share(tables: Sequence[ResultTables]) -> list[Floats]:
    """Return the adopter share of all trusts at the end by scenario, per cent, [R]."""
    return [np.asarray(100 * table.monthly["adopter_share"][:, -1]) for table in tables]
