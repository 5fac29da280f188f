"""Adoption by group of trusts or by innovation: who gains and who loses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from diffusion.analysis.results.adoption import Adoptable, adopters
from diffusion.analysis.results.intervals import Estimate, estimate_mean
from diffusion.analysis.results.joining import in_order_of, places, same_groups
from diffusion.analysis.results.tables import ResultTables, drawn
from diffusion.arrays import Bools, Floats, Longs
from diffusion.engine.stages import INELIGIBLE
from diffusion.world.slots import is_born

#: Groupings with stage counts of their own.
STAGE_GROUPINGS: tuple[str, ...] = ("innovation", "ahsn", "ics", "sector")
#: Groupings for which gains can be computed.
GROUPINGS: tuple[str, ...] = (*STAGE_GROUPINGS, "centre", "trust")
CENTRE_NAMES: tuple[str, str] = ("centres of excellence", "other trusts")


def group_names(tables: ResultTables, grouping: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return (codes, names) of the groups of a grouping, in the order of their axis."""
    world = tables.world
    named = {
        "innovation": (world.innovations, "ids", "names"),
        "ahsn": (world.ahsns, "codes", "names"),
        "ics": (world.trusts, "ics_codes", "ics_names"),
        "sector": (world.trusts, "sector_names", "sector_names"),
        "trust": (world.trusts, "codes", "names"),
    }
    if grouping == "centre":
        return CENTRE_NAMES, CENTRE_NAMES
    if grouping == "innovation":
        kept = np.flatnonzero(~is_born(world.innovations))
        return _pick(world.innovations.ids, kept), _pick(world.innovations.names, kept)
    table, codes, names = named[grouping]
    return tuple(getattr(table, codes)), tuple(getattr(table, names))


def portfolio(tables: ResultTables) -> Bools:
    """Return bool[K]: innovations that are there from the start; counts by group and trust are of these alone."""
    return np.asarray(~is_born(tables.world.innovations))


def adopters_and_eligible(tables: ResultTables, grouping: str, month: int = -1) -> tuple[Longs, Longs]:
    """Return adopters [R, T+1, G] and eligible pairs [R, G] in ``month`` of a grouping with stage counts."""
    stages = getattr(tables, f"stage_by_{grouping}")
    if grouping == "innovation":
        stages = stages[..., portfolio(tables)]
    eligible = stages[:, month].sum(axis=1, dtype=np.int64) - stages[:, month, INELIGIBLE, :]
    return adopters(stages), eligible


def there_at_end(tables: ResultTables) -> Bools:
    """Return bool[N]: the trusts that are there at the end; all where none merges, closes or opens in a run."""
    return there_in(tables.world)


def there_in(world: Adoptable) -> Bools:
    """Return bool[N]: the trusts that are there in a world; all where none merges, closes or opens in a run."""
    changes = getattr(world, "changes", ())
    return np.asarray(world.eligible.any(axis=1) if changes else np.ones(len(world.eligible), dtype=bool))


def eligible_by_trust(tables: ResultTables, month: int = -1) -> Longs:
    """Return the eligible innovations of every trust in a month, int64[N]: none while a trust is not there."""
    last = tables.world.eligible[:, portfolio(tables)].sum(axis=1)
    at = range(tables.months + 1)[month] if getattr(tables, "eligible_times", ()) else 0
    for first, eligible in getattr(tables, "eligible_times", ()):
        last = eligible if first <= at else last
    return np.asarray(last)


def adopter_share_by_trust(tables: ResultTables, month: int = -1) -> Floats:
    """Return adopter share [R, N] of each trust's eligible innovations; 0 for a trust without any."""
    eligible = np.maximum(eligible_by_trust(tables, month), 1)
    return np.asarray(tables.adopters_by_trust[:, month, :] / eligible)


def adopter_share_by_group(tables: ResultTables, grouping: str, month: int = -1) -> Floats:
    """Return adopter share [R, G] at ``month``: adopters over eligible pairs, NaN for a group without any."""
    if grouping == "trust":
        return adopter_share_by_trust(tables, month)
    if grouping == "centre":
        centre = tables.world.trusts.centre_of_excellence
        eligible = eligible_by_trust(tables, month)
        adopted = tables.adopters_by_trust[:, month, :]
        columns = [adopted[:, mask].sum(axis=1) / max(int(eligible[mask].sum()), 1) for mask in (centre, ~centre)]
        return np.stack(columns, axis=1)
    count, pairs = adopters_and_eligible(tables, grouping, month)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(pairs > 0, count[:, month, :] / pairs, np.nan)


@dataclass(frozen=True)
class Gains:
    """Paired change of adopter share by group, in percentage points: ``change`` has one entry per group.

    ``level_pct`` is the reference's mean share; groups without eligible pairs are left out.
    """

    grouping: str
    codes: tuple[str, ...]
    names: tuple[str, ...]
    level_pct: Floats
    change: Estimate

    @property
    def gained(self) -> tuple[str, ...]:
        """Names of the groups with a claimable gain, the largest first."""
        return self._named(1)

    @property
    def lost(self) -> tuple[str, ...]:
        """Names of the groups with a claimable loss, the largest first."""
        return self._named(-1)

    def _named(self, direction: int) -> tuple[str, ...]:
        order = np.argsort(-direction * self.change.mean, kind="stable")
        return tuple(self.names[i] for i in order if self.change.direction[i] == direction)


def gains(tables: ResultTables, reference: ResultTables, grouping: str, month: int = -1) -> Gains:
    """Compare the groups' adopter shares with those of ``reference``, group by group and replicate by replicate.

    Groups are joined by their codes. Those that one of the two does not have, or that have other members there, are
    left out.
    """
    tables = in_order_of(reference, tables)
    here, there = same_groups(reference, tables, grouping)
    codes, names = group_names(reference, grouping)
    before = adopter_share_by_group(reference, grouping, month)[:, here]
    after = np.ascontiguousarray(adopter_share_by_group(tables, grouping, month)[:, there])
    kept = np.flatnonzero(np.isfinite(before).all(axis=0) & np.isfinite(after).all(axis=0))
    return Gains(
        grouping,
        _pick(codes, here[kept]),
        _pick(names, here[kept]),
        100 * before[:, kept].mean(axis=0),
        estimate_mean(100 * (after[:, kept] - before[:, kept]), drawn(reference)),
    )


def gains_of_all(tables: Sequence[ResultTables], grouping: str, month: int = -1) -> list[Gains]:
    """Return the gains of every scenario but the first, all of the same groups in the same order."""
    found = [gains(table, tables[0], grouping, month) for table in tables[1:]]
    shared = [code for code in found[0].codes if all(code in gain.codes for gain in found)]
    return [_only(gain, places(gain.codes, shared)) for gain in found]


def _only(gain: Gains, kept: Longs) -> Gains:
    if len(kept) == len(gain.codes):
        return gain
    return Gains(
        gain.grouping, _pick(gain.codes, kept), _pick(gain.names, kept), gain.level_pct[kept], gain.change[kept]
    )


def _pick(names: Sequence[str], kept: Longs) -> tuple[str, ...]:
    return tuple(names[i] for i in kept)
