"""How a region stands: its ranks among the others, and beside England, replicate by replicate."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from diffusion.analysis.results.groups import adopter_share_by_group, group_names
from diffusion.analysis.results.intervals import Band, band
from diffusion.analysis.results.joining import in_order_of, places, same_groups
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


def comparable_groups(whole: Sequence[ResultTables], region: Region) -> tuple[str, ...]:
    """Return the codes of the groups among which a region has a rank, itself among them; none where it has no rank.

    They have the same trusts in all of ``whole``, and eligible pairs, without which there is no share.
    """
    if not region.is_group:
        return ()
    first, *others = whole
    codes, _ = group_names(first, region.grouping)
    kept = _with_share(first, region.grouping)
    for other in others:
        other = in_order_of(first, other)
        here, there = same_groups(first, other, region.grouping)
        kept &= {codes[i] for i, j in zip(here, there) if codes[i] in _with_share(other, region.grouping)}
    return tuple(code for code in codes if code in kept) if region.code in kept else ()


def _with_share(tables: ResultTables, grouping: str) -> set[str]:
    codes, _ = group_names(tables, grouping)
    there = np.flatnonzero(np.isfinite(adopter_share_by_group(tables, grouping)).all(axis=0))
    return {codes[i] for i in there}


def share_of_groups(tables: ResultTables, grouping: str, codes: Sequence[str]) -> Floats:
    """Return the adopter share at the end of the groups with these codes, [R, len(codes)]."""
    names, _ = group_names(tables, grouping)
    return np.asarray(adopter_share_by_group(tables, grouping)[:, places(names, codes)])


def rank_by_share(tables: ResultTables, region: Region, codes: Sequence[str]) -> Rank:
    """Return the rank of a region by adopter share at the end among the groups ``codes``, of which it is one."""
    return _rank(share_of_groups(tables, region.grouping, codes), codes, region)


def rank_by_change(tables: ResultTables, reference: ResultTables, region: Region, codes: Sequence[str]) -> Rank:
    """Return its rank by paired change of the adopter share from ``reference``; 1 gains most."""
    change = share_of_groups(tables, region.grouping, codes) - share_of_groups(reference, region.grouping, codes)
    return _rank(change, codes, region)


def _rank(values: Floats, codes: Sequence[str], region: Region) -> Rank:
    own = list(codes).index(region.code)
    # what differs by rounding of sums alone ties
    return Rank(np.array([ranks(-row)[own] for row in np.round(values, 12)]), len(codes))


def england_share(tables: Sequence[ResultTables]) -> list[Floats]:
    """Return the adopter share of all trusts at the end by scenario, per cent, [R]."""
    return [np.asarray(100 * table.monthly["adopter_share"][:, -1]) for table in tables]
