"""The parts of a world that a folder of results keeps: who the trusts are and what they may adopt.

They have the names that :mod:`diffusion.world.tables` gives them, so that a page cannot tell the two apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from diffusion.arrays import Bools, Floats, Longs
from diffusion.world.facts import WorldFacts, default_facts
from diffusion.world.tables import BoardSuccessor, Change


@dataclass(frozen=True, eq=False)
class StoredTrusts:
    """N trusts in the world's order; ``sector`` to ``ics`` are places in the names beside them, -1 for none."""

    codes: tuple[str, ...]
    names: tuple[str, ...]
    sector: Longs
    sector_names: tuple[str, ...]
    region: Longs
    region_names: tuple[str, ...]
    ahsn: Longs
    ics: Longs
    ics_codes: tuple[str, ...]
    ics_names: tuple[str, ...]
    centre_of_excellence: Bools
    latitude: Floats
    longitude: Floats
    staff_fte: Floats
    size: Floats
    imd: Floats

    def __len__(self) -> int:
        return len(self.codes)


@dataclass(frozen=True, eq=False)
class StoredAhsns:
    """Networks of support: AHSNs or Health Innovation Networks."""

    codes: tuple[str, ...]
    names: tuple[str, ...]
    latitude: Floats
    longitude: Floats

    def __len__(self) -> int:
        return len(self.codes)


@dataclass(frozen=True, eq=False)
class StoredInnovations:
    """Innovations, those born during a run included.

    What an older folder does not tell of them is empty or None.
    """

    ids: tuple[str, ...]
    names: tuple[str, ...]
    cohort: tuple[str, ...] = ()
    tags: tuple[frozenset[str], ...] | None = None
    has_company: Bools | None = None
    live_month: Longs | None = None

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True, eq=False)
class StoredWorld:
    """What pages use of a world; ``eligible`` is bool[N, K], ``facts`` are what its ``world.yaml`` said."""

    name: str
    trusts: StoredTrusts
    ahsns: StoredAhsns
    innovations: StoredInnovations
    eligible: Bools
    provenance: Mapping[str, str]
    changes: tuple[Change, ...] = ()
    board_successors: tuple[BoardSuccessor, ...] = ()
    facts: WorldFacts = field(default_factory=default_facts)

    @property
    def n_trusts(self) -> int:
        return len(self.trusts)

    @property
    def n_innovations(self) -> int:
        return len(self.innovations)

    @property
    def n_ahsns(self) -> int:
        return len(self.ahsns)
