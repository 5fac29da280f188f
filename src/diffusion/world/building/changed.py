"""A world after trusts have merged, closed or opened: the same rows, with the parts of each trust in one of them.

Staff, size, doctors and beds of the parts add up; deprivation, digital maturity and shortness of money are means by
staff, so is the oversight segment of the parts in which it is known; the whole is a teaching trust or a centre of
excellence if a part is. Place, sector, board, network and all else are of the row that carries on, also where that row
opens with its parts (its own staff and size then count for nothing: they are those of its parts). The whole may use
what a part may use. Who looked at a part looks at the whole, by the stronger tie where there were two, and the whole
looks to whom a part looked to.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache

import numpy as np

from diffusion.arrays import Bools, Longs
from diffusion.errors import InputError
from diffusion.world.building.changes import Standing, standings
from diffusion.world.building.over_time import world_in
from diffusion.world.rearranged import rearranged
from diffusion.world.tables import Layer, TrustTable, World

_SUMS = ("staff_fte", "size", "doctors_fte", "beds")
_ANY = ("teaching", "centre_of_excellence")
_MEANS = ("imd", "digital_maturity", "money_short")


@lru_cache(maxsize=32)
def all_standings(world: World) -> tuple[Standing, ...]:
    """Return the standings of ``world`` month by month; of a part of a world they are those of the whole."""
    if not world.changes:
        return ()
    trusts = world.trusts
    return standings(world.changes, trusts.codes, trusts.staff_fte, trusts.keys)


@lru_cache(maxsize=256)
def changed_world(world: World, number: int, month: int | None = None) -> World:
    """Return ``world`` with its trusts as they stand after change number ``number`` (0: as it opens).

    Where ties have dates, they are those of ``month``, counted from January of year 0. It is ``world`` itself where
    nothing has become of its trusts and ties have no dates.
    """
    if month is not None:
        world = world_in(world, month)
    if not world.changes:
        return world
    standing = all_standings(world.whole)[number]
    if world.cut is not None:
        whole = changed_world(world.whole, number)
        if whole is world.whole:
            return world
        part = rearranged(whole, world.cut.rows, np.arange(world.n_innovations))
        cut = replace(world.cut, whole=whole)
        found: World = replace(part, name=world.name, provenance=world.provenance, cut=cut)
        return found
    own = np.arange(world.n_trusts)
    if np.array_equal(standing.carries, own) and not standing.names:
        return world
    return _changed(world, standing)


def check_inside(world: World) -> None:
    """Raise InputError where parts of one trust lie inside and outside of a region, or no trust is left in it."""
    for standing in all_standings(world.whole):
        _check_inside(world, standing)


def _check_inside(world: World, standing: Standing) -> None:
    assert world.cut is not None
    inside = np.zeros(world.whole.n_trusts, dtype=bool)
    inside[world.cut.rows] = True
    carries = standing.carries
    crossing = np.flatnonzero((carries >= 0) & (inside != inside[carries]))
    if len(crossing):
        codes = world.whole.trusts.codes
        one, other = codes[crossing[0]], codes[carries[crossing[0]]]
        raise InputError(
            f"{one} and {other} merge by {standing.month}, and only one of them lies in {world.cut.region}",
            key="world.changes",
            expected="a region with all parts of its trusts",
            suggestion="ask for the page of the region in a run of the whole (--region), or leave world.changes out",
        )
    if not (carries[inside] >= 0).any():
        when = f"from {standing.month} on" if standing.month else "at first"
        raise InputError(
            f"no trust is there in {world.cut.region} {when}",
            key="world.changes",
            expected="one trust at least in every month",
            suggestion="take more trusts into world.region, or leave world.changes out",
        )


def _changed(world: World, standing: Standing) -> World:
    carries = standing.carries
    trusts = world.trusts
    own = np.ones(len(trusts), dtype=bool)
    own[list(standing.made)] = False
    parts = {int(row): np.flatnonzero((carries == row) & own) for row in np.unique(carries[carries >= 0])}
    alone = {row for row, rows in parts.items() if len(rows) == 1 and rows[0] == row}
    merged = {row: rows[np.argsort(trusts.keys[rows])] for row, rows in parts.items() if row not in alone}
    gone = carries != np.arange(len(trusts))
    eligible = world.eligible.copy()
    for row, rows in merged.items():
        eligible[row] = world.eligible[rows].any(axis=0)
    eligible[gone] = False
    table = world.innovations
    if any(table.pilot_sites):
        table = replace(table, pilot_sites=tuple(_sites(sites, trusts.codes, carries) for sites in table.pilot_sites))
    return replace(
        world,
        trusts=_joined(trusts, merged, gone, dict(standing.names)),
        innovations=table,
        layers=tuple(contracted(layer, carries) for layer in world.layers),
        eligible=eligible,
        carries=carries,
    )


def _joined(trusts: TrustTable, merged: dict[int, Longs], gone: Bools, titles: dict[int, str]) -> TrustTable:
    new: dict[str, np.ndarray] = {}

    def set_all(names: tuple[str, ...], value: Callable[[np.ndarray, np.ndarray], float]) -> None:
        for name in names:
            column = getattr(trusts, name)
            new[name] = column.copy()
            for row, rows in merged.items():
                new[name][row] = value(column[rows], trusts.staff_fte[rows])

    set_all(_SUMS, lambda values, staff: math.fsum(values))
    set_all(_ANY, lambda values, staff: bool(values.any()))
    set_all(("oversight_segment",), _mean_known)
    for name in (*_SUMS, *_ANY):
        new[name][gone] = 0
    set_all(_MEANS, _mean)
    filled = {name: flags.copy() for name, flags in trusts.filled.items()}
    for flags in filled.values():
        for row, rows in merged.items():
            flags[row] = flags[rows].any()
    return replace(
        trusts,
        names=tuple(titles.get(row, name) for row, name in enumerate(trusts.names)),
        filled=filled,
        staff_fte=new["staff_fte"],
        size=new["size"],
        doctors_fte=new["doctors_fte"],
        beds=new["beds"],
        teaching=new["teaching"],
        centre_of_excellence=new["centre_of_excellence"],
        imd=new["imd"],
        digital_maturity=new["digital_maturity"],
        money_short=new["money_short"],
        oversight_segment=new["oversight_segment"],
    )


def _mean(values: np.ndarray, staff: np.ndarray) -> float:
    """Return the mean by staff, the same whatever the order."""
    weight = staff if math.fsum(staff) > 0 else np.ones(len(staff))
    mean = math.fsum(values * weight) / math.fsum(weight)
    return min(max(mean, float(values.min())), float(values.max()))


def _mean_known(values: np.ndarray, staff: np.ndarray) -> float:
    """Return the mean by staff of the values that are known, NaN where none is."""
    known = ~np.isnan(values)
    return _mean(values[known], staff[known]) if known.any() else math.nan


def _sites(sites: tuple[str, ...], codes: tuple[str, ...], carries: Longs) -> tuple[str, ...]:
    """Return the codes of the trusts in which pilot sites go on, each once."""
    row = {code: number for number, code in enumerate(codes)}
    found = [codes[carries[row[code]]] if code in row and carries[row[code]] >= 0 else code for code in sites]
    return tuple(dict.fromkeys(found))


def contracted(layer: Layer, carries: Longs) -> Layer:
    """Return ``layer`` between the trusts that carry on: ties within one trust are gone, of two the stronger stays."""
    n = len(carries)
    own = np.arange(n)
    if layer.kind == "group":
        return replace(layer, group=np.where(carries == own, layer.group, -1).astype(layer.group.dtype))
    rows = carries[np.repeat(own, np.diff(layer.indptr))]
    columns = carries[layer.indices]
    kept = (rows >= 0) & (columns >= 0) & (rows != columns)
    flat = rows[kept] * n + columns[kept]
    order = np.lexsort((-layer.weights[kept], flat))
    flat, first = np.unique(flat[order], return_index=True)
    indptr = np.zeros(n + 1, np.int64)
    np.cumsum(np.bincount(flat // n, minlength=n), out=indptr[1:])
    return replace(
        layer,
        indptr=indptr,
        indices=(flat % n).astype(layer.indices.dtype),
        weights=layer.weights[kept][order][first],
    )
