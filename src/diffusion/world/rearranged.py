"""A world with its rows in another order: the same trusts, innovations and ties."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import numpy as np

from diffusion.arrays import Longs
from diffusion.world.tables import Layer


def rearranged(world: Any, trusts: Longs, innovations: Longs) -> Any:
    """Return ``world`` with new row n being old row ``trusts[n]``, and column k old column ``innovations[k]``.

    What is not listed is left out, with its ties.
    It may be any table with the fields of :class:`~diffusion.world.tables.World`, such as one read from a folder.
    """
    changes: dict[str, Any] = {
        "trusts": _rows(world.trusts, trusts),
        "innovations": _rows(world.innovations, innovations),
        "eligible": world.eligible[np.ix_(trusts, innovations)],
    }
    if hasattr(world, "layers"):
        changes["layers"] = tuple(_layer_rows(layer, trusts) for layer in world.layers)
    if (cut := getattr(world, "cut", None)) is not None:
        whole = rearranged(cut.whole, np.arange(cut.whole.n_trusts), innovations)
        changes["cut"] = replace(cut, rows=cut.rows[trusts], whole=whole)
    if (carries := getattr(world, "carries", None)) is not None:
        changes["carries"] = _carried(carries, trusts)
    return replace(world, **changes)


def _carried(carries: Longs, order: Longs) -> Longs:
    """Return where the rows go on, by their new numbers; -1 for what goes on in a row that is left out."""
    new_row = np.full(len(carries) + 1, -1, dtype=np.int64)
    new_row[order] = np.arange(len(order))
    return np.asarray(new_row[carries[order]])


def _rows(table: Any, order: Longs) -> Any:
    """Return a table with its rows in another order; names and codes of groups are no rows."""
    changes: dict[str, Any] = {}
    for item in fields(table):
        value = getattr(table, item.name)
        if item.name.endswith(("_names", "_codes")):
            continue
        if isinstance(value, tuple):
            changes[item.name] = tuple(value[row] for row in order)
        elif isinstance(value, dict):
            changes[item.name] = {name: flags[order] for name, flags in value.items()}
        elif isinstance(value, np.ndarray):
            changes[item.name] = value[order]
    return replace(table, **changes)


def _layer_rows(layer: Layer, order: Longs) -> Layer:
    if layer.kind == "group":
        return replace(layer, group=layer.group[order])
    new_row = np.full(len(layer.group), -1)
    new_row[order] = np.arange(len(order))
    indptr, chosen, indices = [0], [np.zeros(0, np.int64)], [layer.indices[:0]]
    for old in order:
        ties = slice(layer.indptr[old], layer.indptr[old + 1])
        new = new_row[layer.indices[ties]]
        by_new = np.argsort(new, kind="stable")[(new < 0).sum() :]  # without those that are left out
        indices.append(new[by_new].astype(layer.indices.dtype))
        chosen.append(layer.indptr[old] + by_new)
        indptr.append(indptr[-1] + len(by_new))
    kept = np.concatenate(chosen)
    dates = {name: part[kept] for name in ("since", "until") if (part := getattr(layer, name)) is not None}
    return replace(
        layer,
        **dates,
        group=layer.group[order],
        indptr=np.array(indptr, dtype=np.int64),
        indices=np.concatenate(indices),
        weights=layer.weights[kept],
    )
