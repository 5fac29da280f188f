"""Whom a lever concerns: trusts and innovations by code, group or attribute."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from pydantic import Field

from diffusion.arrays import Bools
from diffusion.engine.parameters import Section
from diffusion.errors import InputError, did_you_mean
from diffusion.world.codes import code_hint
from diffusion.world.tables import KINDS

if TYPE_CHECKING:
    from diffusion.world.tables import World


#: keys of settings, as a lever has them
TRUST_FIELDS = (
    "targets.trusts", "targets.ahsns", "targets.ics", "targets.regions", "targets.sectors", "targets.teaching",
    "targets.centres_of_excellence",
)  # fmt: skip
CODE_FIELDS = ("targets.trusts", "targets.ahsns", "targets.ics")
INNOVATION_FIELDS = ("targets.innovations", "targets.kinds", "targets.tags", "targets.cohorts")


class Targets(Section):
    """Everything left out means all; what is given is combined with "and"."""

    trusts: tuple[str, ...] | None = Field(None, description="trust codes")
    ahsns: tuple[str, ...] | None = Field(None, description="AHSN codes")
    ics: tuple[str, ...] | None = Field(None, description="ICS codes")
    regions: tuple[str, ...] | None = Field(None, description="NHS regions")
    sectors: tuple[str, ...] | None = Field(None, description="sectors of trusts")
    teaching: bool | None = Field(None, description="teaching trusts only (or none of them)")
    centres_of_excellence: bool | None = Field(None, description="centres of excellence only (or none of them)")
    innovations: tuple[str, ...] | None = Field(None, description="innovation ids")
    kinds: tuple[str, ...] | None = Field(None, description="kinds of innovation")
    tags: tuple[str, ...] | None = Field(None, description="strategic tags; any of them suffices")
    cohorts: tuple[str, ...] | None = Field(None, description="programme cohorts")

    def trust_mask(self, world: World) -> Bools:
        """Return bool[N]: the trusts concerned.

        Raises
        ------
        InputError
            A code or name that the world does not know.
        """
        if world.cut is not None:  # trusts outside may be named: the whole knows them
            return np.asarray(world.of_whole(self.trust_mask(world.whole)))
        table = world.trusts
        mask = world.present
        if self.trusts is not None:
            named = _among(self.trusts, np.arange(world.n_trusts), table.codes, "targets.trusts")
            goes_on = world.carried(np.flatnonzero(named))  # who aims at a part aims at the whole
            mask &= np.isin(np.arange(world.n_trusts), goes_on)
        if self.ahsns is not None:
            mask &= _among(self.ahsns, table.ahsn, world.ahsns.codes, "targets.ahsns")
        if self.ics is not None:
            mask &= _among(self.ics, table.ics, table.ics_codes, "targets.ics")
        if self.regions is not None:
            mask &= _among(self.regions, table.region, table.region_names, "targets.regions")
        if self.sectors is not None:
            mask &= _among(self.sectors, table.sector, table.sector_names, "targets.sectors")
        if self.teaching is not None:
            mask &= table.teaching == self.teaching
        if self.centres_of_excellence is not None:
            mask &= table.centre_of_excellence == self.centres_of_excellence
        return mask

    def innovation_mask(self, world: World) -> Bools:
        """Return bool[K]: the innovations concerned; raises InputError for a name the world does not know."""
        table = world.innovations
        mask = np.ones(world.n_innovations, dtype=bool)
        if self.innovations is not None:
            mask &= _among(self.innovations, np.arange(world.n_innovations), table.ids, "targets.innovations")
        if self.kinds is not None:
            mask &= _among(self.kinds, table.kind, KINDS, "targets.kinds")
        if self.tags is not None:
            known = sorted(set().union(*table.tags))
            for tag in self.tags:
                _check(tag, known, "targets.tags")
            mask &= np.array([bool(tags & set(self.tags)) for tags in table.tags], dtype=bool)
        if self.cohorts is not None:
            for cohort in self.cohorts:
                _check(cohort, sorted(set(table.cohort) - {""}), "targets.cohorts")
            mask &= np.array([cohort in self.cohorts for cohort in table.cohort], dtype=bool)
        return mask

    def mask(self, world: World) -> Bools:
        """Return the smallest bool array that broadcasts to (N, K): (1, 1), (N, 1), (1, K) or (N, K)."""
        return self.smallest_trust_mask(world)[:, None] & self.smallest_innovation_mask(world)

    def smallest_trust_mask(self, world: World) -> Bools:
        """Return :meth:`trust_mask`, or bool[1] where all are concerned."""
        trusts = self.trust_mask(world)
        return np.ones(1, dtype=bool) if trusts.all() else trusts

    def smallest_innovation_mask(self, world: World) -> Bools:
        """Return :meth:`innovation_mask`, or bool[1] where all are concerned: terms by trust then stay small."""
        innovations = self.innovation_mask(world)
        return np.ones(1, dtype=bool) if innovations.all() else innovations


def _check(name: str, known: tuple[str, ...] | list[str], key: str) -> None:
    if name not in known:
        raise InputError(
            f"unknown name '{name}'",
            key=key,
            expected=f"one of {len(known)} known names",
            suggestion=code_hint(name, known) if key in CODE_FIELDS else did_you_mean(name, known),
        )


def _among(names: tuple[str, ...], column: np.ndarray, known: tuple[str, ...], key: str) -> Bools:
    places = {name: place for place, name in reversed(list(enumerate(known)))}
    for name in names:
        if name not in places:
            _check(name, known, key)
    return np.isin(column, [places[name] for name in names])
