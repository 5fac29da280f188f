"""Regions and innovations of a result, to pick from: on a map and in lists, with how each fares."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from diffusion.analysis.results.groups import adopter_share_by_group, gains_of_all, group_names
from diffusion.analysis.results.tables import ResultTables, drawn
from diffusion.deliver.for_readers import View
from diffusion.outlets import file_name
from diffusion.report.figures.england import ISLE_OF_WIGHT, MIDDLE_LATITUDE, OUTLINE, in_england
from diffusion.report.figures.maps import can_map
from diffusion.report.page.cells import Cell, estimate_cell
from diffusion.report.regions.region_words import full_title
from diffusion.report.words.doubt_words import interval_note
from diffusion.report.words.labels import scenario_labels, short_ahsn, words_of
from diffusion.report.words.numbers import plain
from diffusion.storage.scenario_entry import Json
from diffusion.world.regions import GROUPINGS

if TYPE_CHECKING:
    from diffusion.arrays import Floats

#: width of the map, and how far the middles of two regions must be apart, in its own units
_WIDTH, _APART = 400.0, 27.0
_ROUNDS = 200


def groups_of_result(view: View) -> Json:
    """Return all that pages to pick from show, as plain data."""
    tables = view.tables
    kept = [
        {"name": region.name, "title": full_title(region, tables), "grouping": region.grouping, "code": region.code}
        for region, _ in view.regions
    ]
    words = words_of(tables)
    return {
        "labels": scenario_labels(tables),
        "note": f"pp: percentage points. Small print: {interval_note(drawn(tables[0]))}. "
        "Pale: the interval includes 0.",
        "kept": kept,
        "groupings": [
            {"grouping": grouping, "word": words.of(grouping).short, "long": words.of(grouping).long}
            | _group(tables, grouping)
            for grouping in GROUPINGS
            if len(group_names(tables[0], grouping)[0])
        ],
        "innovations": _rows(tables, "innovation"),
        "map": _map(tables),
    }


def _group(tables: Sequence[ResultTables], grouping: str) -> Json:
    found = _rows(tables, grouping)
    if can_map(tables[0]):
        trusts = tables[0].world.trusts
        member = np.asarray(getattr(trusts, grouping))
        codes = list(group_names(tables[0], grouping)[0])
        where = []
        for row in found["rows"]:
            inside = member == codes.index(str(row["code"]))
            where.append((float(np.mean(trusts.longitude[inside])), float(np.mean(trusts.latitude[inside]))))
        project = _projection(tables[0])
        true = [project(*each) for each in where]
        for row, (x, y), (tx, ty) in zip(found["rows"], _apart(true), true):
            row |= {"x": round(x, 1), "y": round(y, 1), "true_x": round(tx, 1), "true_y": round(ty, 1)}
    return found


def _rows(tables: Sequence[ResultTables], grouping: str) -> Json:
    """Return a row for every group: level in the first option, paired changes in the others."""
    rows = []
    if len(tables) > 1:
        found = gains_of_all(tables, grouping)
        for i, (code, name) in enumerate(zip(found[0].codes, found[0].names)):
            cells = [Cell(plain(float(found[0].level_pct[i]), 2))]
            cells += [estimate_cell(gain.change[i], 2) for gain in found]
            moves = [int(gain.change.direction[i]) for gain in found]
            rows.append(_row(grouping, code, name, cells, moves))
    else:
        share: Floats = 100 * adopter_share_by_group(tables[0], grouping).mean(axis=0)
        for code, name, level in zip(*group_names(tables[0], grouping), share):
            if np.isfinite(level):
                rows.append(_row(grouping, code, name, [Cell(plain(float(level), 2))], []))
    return {"rows": rows}


def _row(grouping: str, code: str, name: str, cells: Sequence[Cell], moves: Sequence[int]) -> Json:
    title = short_ahsn(name) if grouping == "ahsn" else name
    return {
        "code": code,
        "file": file_name(code),
        "name": title,
        "cells": [{"text": cell.text, "small": cell.small, "sure": cell.clear} for cell in cells],
        "moves": moves,
    }


def _map(tables: Sequence[ResultTables]) -> Json | None:
    """Return the outline and the trusts as points of a map; None where the trusts have no places."""
    if not can_map(tables[0]):
        return None
    trusts = tables[0].world.trusts
    project = _projection(tables[0])
    points = [project(float(x), float(y)) for x, y in zip(trusts.longitude, trusts.latitude)]
    rings = []
    if in_england(trusts.latitude, trusts.longitude):
        for ring in (OUTLINE, ISLE_OF_WIGHT):
            rings.append(" ".join(f"{x:.1f},{y:.1f}" for x, y in (project(east, north) for north, east in ring)))
    return {
        "width": _WIDTH,
        "height": round(_height(tables[0]), 1),
        "rings": rings,
        "points": [[round(x, 1), round(y, 1)] for x, y in points],
    }


def _bounds(table: ResultTables) -> tuple[float, float, float, float]:
    trusts = table.world.trusts
    if in_england(trusts.latitude, trusts.longitude):
        return -6.0, 2.2, 49.8, 55.95
    east, north = np.asarray(trusts.longitude), np.asarray(trusts.latitude)
    pad = 0.05 * max(float(np.ptp(east)), float(np.ptp(north)), 1e-9)
    return float(east.min()) - pad, float(east.max()) + pad, float(north.min()) - pad, float(north.max()) + pad


def _scales(table: ResultTables) -> tuple[float, float]:
    west, east, south, north = _bounds(table)
    across = _WIDTH / max(east - west, 1e-9)
    english = in_england(table.world.trusts.latitude, table.world.trusts.longitude)
    middle = MIDDLE_LATITUDE if english else (south + north) / 2
    stretch = 1 / max(float(np.cos(np.radians(middle))), 0.05) if abs(middle) <= 90 else 1.0
    up = across * stretch
    return across, min(up, 2 * _WIDTH / max(north - south, 1e-9))


def _height(table: ResultTables) -> float:
    _, _, south, north = _bounds(table)
    return max((north - south) * _scales(table)[1], 60.0)


def _projection(table: ResultTables):  # type: ignore[no-untyped-def]
    west, _, _, north = _bounds(table)
    across, up = _scales(table)
    return lambda x, y: ((x - west) * across, (north - y) * up)


def _apart(where: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return places near ``where``, none closer to another than a finger needs; the same for the same input."""
    at = np.array(where, dtype=np.float64).reshape(-1, 2)
    for _ in range(_ROUNDS):
        gap = at[:, None] - at[None]
        far = np.sqrt((gap**2).sum(axis=2))
        near = far < _APART
        np.fill_diagonal(near, False)
        if not near.any():
            break
        # two at one place part along a fixed direction
        side = np.sign(np.arange(len(at))[:, None] - np.arange(len(at))[None])
        unit = np.where(far[..., None] > 1e-6, gap / np.maximum(far, 1e-6)[..., None], side[..., None] * [0.8, 0.6])
        push = np.where(near, (_APART + 0.5 - far) / 2, 0.0)
        at = at + 0.6 * (unit * push[..., None]).sum(axis=1)
        at[:, 0] = np.clip(at[:, 0], 14, _WIDTH - 14)
    return [(float(x), float(y)) for x, y in at]
