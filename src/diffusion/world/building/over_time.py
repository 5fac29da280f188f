"""Networks that change: ties and layers that are there from one month to another.

Months are those of the calendar, counted from January of year 0. A tie holds from month ``since`` to month ``until``,
both of them included.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

import numpy as np

from diffusion.errors import InputError
from diffusion.reading.run_months import month_text
from diffusion.world.building.layers import sparse_layer
from diffusion.world.tables import ALWAYS, Layer, World


def within(layer: Layer, start: int | None, end: int | None) -> Layer:
    """Return ``layer`` from month ``start`` on (None: always) until before month ``end`` (None: for ever)."""
    first, last = ALWAYS[0] if start is None else start, ALWAYS[1] if end is None else end - 1
    return replace(layer, months=(max(first, layer.months[0]), min(last, layer.months[1])))


def one_after_another(parts: Sequence[tuple[int | None, Layer]]) -> Layer:
    """Return one layer from layers of ties (N trusts each) in the order of the months from which they hold.

    Each holds until the next does; a month of None is always. Dates of single ties hold besides.
    """
    first = parts[0][1]
    if len(parts) == 1:
        return first if parts[0][0] is None else within(first, parts[0][0], None)
    n = len(first.indptr) - 1
    ends = [*(month for month, _ in parts[1:]), None]
    rows, since, until = [], [], []
    for (month, layer), end in zip(parts, ends):
        rows.append(np.repeat(np.arange(n), np.diff(layer.indptr)))
        begins, goes = ALWAYS[0] if month is None else month, ALWAYS[1] if end is None else end - 1
        dates = np.full((2, len(layer.indices)), np.array(ALWAYS)[:, None], np.int32)
        if layer.since is not None and layer.until is not None:
            dates = np.stack([layer.since, layer.until])
        since.append(np.maximum(dates[0], begins))
        until.append(np.minimum(dates[1], goes))
    kept = np.concatenate(since) <= np.concatenate(until)
    whole = sparse_layer(
        first.name,
        first.weight,
        n,
        np.concatenate(rows)[kept],
        np.concatenate([layer.indices for _, layer in parts])[kept],
        np.concatenate([layer.weights for _, layer in parts])[kept],
        directed=True,  # ties that count from both ends stand there from both
        grade=first.grade,
        source=first.source,
        dates=(np.concatenate(since)[kept], np.concatenate(until)[kept]),
    )
    notes = tuple(dict.fromkeys(note for _, layer in parts for note in layer.notes))
    return replace(whole, directed=first.directed, notes=notes)


def change_months(world: World) -> tuple[int, ...]:
    """Return the months, in order, from which on ties of ``world`` are others than in the month before."""
    found: set[int] = set()
    for layer in world.layers:
        first, last = layer.months
        found |= {first, last + 1}
        if layer.since is not None and layer.until is not None:
            inside = (layer.since <= last) & (layer.until >= first)
            found |= set(layer.since[inside].tolist()) | set((layer.until[inside] + 1).tolist())
    return tuple(sorted(month for month in found if ALWAYS[0] < month <= ALWAYS[1]))


def layer_in(layer: Layer, month: int) -> Layer:
    """Return ``layer`` with the ties that hold in ``month``, without dates; itself where it has none."""
    if not layer.dated:
        return layer
    there = layer.months[0] <= month <= layer.months[1]
    undated = replace(layer, months=ALWAYS, since=None, until=None)
    if layer.kind == "group":
        return undated if there else replace(undated, group=np.full_like(layer.group, -1))
    kept = np.full(len(layer.indices), there)
    if layer.since is not None and layer.until is not None:
        kept &= (layer.since <= month) & (month <= layer.until)
    before = np.concatenate([[0], np.cumsum(kept)]).astype(layer.indptr.dtype)
    return replace(undated, indptr=before[layer.indptr], indices=layer.indices[kept], weights=layer.weights[kept])


def ever_there(layer: Layer, first: int, last: int) -> bool:
    """Whether a tie of ``layer`` holds in one of the months from ``first`` to ``last``."""
    begins, ends = max(first, layer.months[0]), min(last, layer.months[1])
    if layer.since is None or layer.until is None:
        return begins <= ends
    return bool(((layer.since <= ends) & (layer.until >= begins)).any()) and begins <= ends


@lru_cache(maxsize=256)
def world_in(world: World, month: int) -> World:
    """Return ``world`` with the ties that hold in ``month``; itself where none of its layers has dates."""
    if not any(layer.dated for layer in world.layers):
        return world
    cut = None if world.cut is None else replace(world.cut, whole=world_in(world.cut.whole, month))
    return replace(world, layers=tuple(layer_in(layer, month) for layer in world.layers), cut=cut)


def dates_text(since: int, until: int) -> tuple[str, str]:
    """Return both months as YYYY-MM, "" where there is none."""
    return (
        month_text(since) if since > ALWAYS[0] else "",
        month_text(until) if until < ALWAYS[1] else "",
    )


def said_of_dates(layer: Layer) -> str:
    """Say in a few words when the ties of a layer hold; empty where they always do."""
    parts = []
    if layer.since is not None and layer.until is not None:
        dated = int(((layer.since > ALWAYS[0]) | (layer.until < ALWAYS[1])).sum())
        parts.append(f"{dated:,} of {len(layer.since):,} ties with dates")
    first, last = dates_text(*layer.months)
    if first or last:
        parts.append(" ".join(part for part in (first and f"from {first}", last and f"to {last}") if part))
    return ", ".join(parts)


def check_undated(layer: Layer, what: str) -> None:
    """Raise InputError where ``layer`` has dates and ``what`` reads it as if its ties always held."""
    if layer.dated:
        raise InputError(
            f"the ties of layer '{layer.name}' have dates, and {what} knows none",
            expected="a layer whose ties always hold",
            suggestion="take the ties of one month: layer_in(layer, month) of diffusion.world.building.over_time",
        )
