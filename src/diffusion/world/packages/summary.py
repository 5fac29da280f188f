"""What a world holds, in numbers: trusts by sector, and for each column how much of it is known."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np

from diffusion.reading.files import is_file
from diffusion.reading.rows import read_table
from diffusion.world.packages.dictionary import Dictionary, Table
from diffusion.world.tables import World
from diffusion.world.trusts import COLUMNS, TrustRow

_MEDIAN = "median of the sector, or of all where none of it is known"
#: attributes that are filled where nothing is known, and by what
FILLED_BY = {
    "staff_fte": _MEDIAN,
    "doctors_fte": _MEDIAN,
    "beds": _MEDIAN,
    "imd": _MEDIAN,
    "digital_maturity": "0, the middle",
    "money_short": "known share of the sector, or of all where fewer than ten are known",
}


class SectorLine(NamedTuple):
    """The trusts of one sector; ``staff_fte`` is their sum, ``innovations`` how many they may use.

    ``money_short`` is how many are short of money (those of which it is not known count with the known share), and
    ``digital_maturity`` the mean readiness for digital, -1 to 1.
    """

    sector: str
    trusts: int
    staff_fte: float
    median_staff_fte: float
    teaching: int
    centres: int
    money_short: float
    digital_maturity: float
    innovations: int


class ColumnLine(NamedTuple):
    """One column of a table: how many rows have a value, of how many; the others are unknown."""

    table: str
    column: str
    known: int
    rows: int
    unit: str
    source: str
    licence: str
    description: str


class FilledLine(NamedTuple):
    """An attribute that runs need of every trust: for how many nothing is known, and what stands for it."""

    attribute: str
    trusts: int
    filled_by: str


def sector_lines(world: World) -> list[SectorLine]:
    """Return the sectors that have trusts."""
    trusts, lines = world.trusts, []
    for place, name in enumerate(trusts.sector_names):
        inside = trusts.sector == place
        if inside.any():
            lines.append(
                SectorLine(
                    name,
                    int(inside.sum()),
                    float(trusts.staff_fte[inside].sum()),
                    float(np.median(trusts.staff_fte[inside])),
                    int(trusts.teaching[inside].sum()),
                    int(trusts.centre_of_excellence[inside].sum()),
                    float(trusts.money_short[inside].sum()),
                    float(trusts.digital_maturity[inside].mean()),
                    int(world.eligible[inside].any(axis=0).sum()),
                )
            )
    return lines


def filled_lines(world: World) -> list[FilledLine]:
    """Return the attributes of which nothing is known for some trusts."""
    return [
        FilledLine(name, int(blank.sum()), FILLED_BY.get(name, ""))
        for name, blank in sorted(world.trusts.filled.items())
    ]


def column_lines(folder: Path, dictionary: Dictionary) -> list[ColumnLine]:
    """Return every column of the CSV tables of a folder, in the order of the dictionary."""
    return [
        line
        for name, table in dictionary.tables.items()
        if name.endswith(".csv") and is_file(folder / name)
        for line in _columns_of(folder / name, table)
    ]


def _columns_of(path: Path, table: Table) -> list[ColumnLine]:
    names = tuple(table.columns)
    also = COLUMNS if set(names) & set(COLUMNS) and "sector" in names else {}
    known = (*names, *TrustRow.model_fields) if also else names
    rows = read_table(path, "rows", (), known, also).rows
    return [
        ColumnLine(
            path.name,
            name,
            sum(also.get(name, name) in row.values for row in rows),
            len(rows),
            column.unit,
            column.source,
            column.licence,
            column.description,
        )
        for name, column in table.columns.items()
    ]
