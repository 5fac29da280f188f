"""Which regions are most like one: distance in what is known of their trusts before anything is run.

Four things count alike: the number of trusts (its logarithm), their mean size (logarithm of staff over the national
median), the mean deprivation of their catchments (by size), and the mix of sectors. Each is standardised over the
groups (difference from the mean over the standard deviation); for the mix it is the mean over the sectors that squares
are taken of. The distance is the root of the mean of the four squared differences: 1 is one standard deviation in each.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from diffusion.analysis.results.groups import there_in
from diffusion.arrays import Floats, Longs
from diffusion.world.regions import Region

if TYPE_CHECKING:
    from diffusion.world.tables import World

#: How many of the most similar are shown.
MOST_SIMILAR = 3


@dataclass(frozen=True)
class Likeness:
    """What regions of a grouping are like, by group: places of those with trusts, and what is compared.

    ``number``, ``size`` (staff over the national median), ``imd`` are [G]; ``mix`` [G, sector] shares.
    """

    groups: Longs
    number: Longs
    size: Floats
    imd: Floats
    mix: Floats

    def distances(self, place: int) -> Floats:
        """Return the distance of every group from the one at ``place`` of :attr:`groups`, [G]."""
        single = [_standard(np.log(self.number)), _standard(np.log(self.size)), _standard(self.imd)]
        parts = [(column - column[place]) ** 2 for column in single]
        mix = np.stack([_standard(column) for column in self.mix.T if np.ptp(column) > 0] or [np.zeros(len(self.imd))])
        parts.append(((mix - mix[:, [place]]) ** 2).mean(axis=0))
        return np.asarray(np.sqrt(np.mean(parts, axis=0)))


def likeness(world: World, grouping: str) -> Likeness:
    """Return what the groups of a grouping (``ahsn`` or ``ics``) are like, by the trusts that are there."""
    trusts = world.trusts
    member = np.where(there_in(world), np.asarray(getattr(trusts, grouping)), -1)
    groups = np.unique(member[member >= 0])
    inside = [member == group for group in groups]
    size, imd = np.asarray(trusts.size), np.asarray(trusts.imd)
    sectors = range(len(trusts.sector_names))
    return Likeness(
        groups.astype(np.int64),
        np.array([int(rows.sum()) for rows in inside]),
        np.array([float(size[rows].mean()) for rows in inside]),
        np.array([float(np.average(imd[rows], weights=size[rows])) for rows in inside]),
        np.array([[float((np.asarray(trusts.sector)[rows] == s).mean()) for s in sectors] for rows in inside]),
    )


def most_similar(world: World, region: Region, among: Sequence[str]) -> list[tuple[int, float]]:
    """Return (number of the group, distance) of the regions most like this one, the nearest first.

    ``among`` are the codes of those that can be compared (see :mod:`diffusion.analysis.regions.standing`); nothing
    where the region is none of them.
    """
    if region.code not in among:
        return []
    found = likeness(world, region.grouping)
    codes = world.ahsns.codes if region.grouping == "ahsn" else world.trusts.ics_codes
    own = list(found.groups).index(codes.index(region.code))
    distances = found.distances(own)
    order = [int(i) for i in np.argsort(distances, kind="stable") if i != own and codes[int(found.groups[i])] in among]
    return [(int(found.groups[i]), float(distances[i])) for i in order[:MOST_SIMILAR]]


def _standard(values: Floats) -> Floats:
    """Return values as differences from their mean in standard deviations; 0 where they do not vary."""
    spread = float(values.std())
    return np.zeros(len(values)) if spread == 0 else np.asarray((values - values.mean()) / spread)
