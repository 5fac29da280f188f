"""A block of HTML in a notebook: a headline, lines, tables and notes, without script, readable on light and dark."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from rich.table import Table
from rich.text import Text

from diffusion.report.page.html import fill
from diffusion.report.words.labels import shorten

#: rows of a table and letters of a cell; what is more is counted, or cut
MOST_ROWS, _MOST_LETTERS = 24, 160


class BlockCell(NamedTuple):
    """A cell: its text, and whether it is set in bold or pale."""

    text: str
    weight: str = ""


class BlockRow(NamedTuple):
    """A row: its head and its cells."""

    head: str
    cells: Sequence[BlockCell]


class BlockGroup(NamedTuple):
    """Rows of a table under a heading of their own; without one where it is empty."""

    heading: str
    rows: Sequence[BlockRow]


@dataclass(frozen=True)
class BlockTable:
    """A table: its caption, column heads (the first is that of the row heads), groups of rows; of numbers or texts."""

    caption: str
    heads: Sequence[str]
    groups: Sequence[BlockGroup]
    numbers: bool = False


@dataclass(frozen=True)
class Block:
    """What a notebook shows of an object."""

    headline: str
    lines: Sequence[str] = ()
    tables: Sequence[BlockTable] = ()
    notes: Sequence[str] = field(default=())

    def html(self) -> str:
        """Return it as HTML, all texts escaped."""
        return fill("notebook.html.j2", {"block": self})


def facts_table(caption: str, facts: Iterable[tuple[str, object]]) -> BlockTable:
    """Return a table of two columns without heads; facts without a value are left out."""
    rows = [BlockRow(name, [BlockCell(_cut(str(value)))]) for name, value in facts if value not in ("", None)]
    return BlockTable(caption, (), [BlockGroup("", rows)])


def rows_table(caption: str, heads: Sequence[str], rows: Sequence[Sequence[object]]) -> BlockTable:
    """Return a table whose rows begin with their head; says how many rows are left out."""
    made = [BlockRow(_cut(str(head)), [BlockCell(_cut(str(cell))) for cell in cells]) for head, *cells in rows]
    if (rest := len(made) - MOST_ROWS) > 0:
        made = [*made[:MOST_ROWS], BlockRow(f"and {rest} more", [BlockCell("")] * (len(heads) - 1))]
    return BlockTable(caption, heads, [BlockGroup("", made)])


def group_of(heading: str, table: Table, labels: Sequence[str] = ()) -> BlockGroup:
    """Return the rows of a table for the terminal; ``labels`` stand in the place of its first column."""
    columns = [list(column.cells) for column in table.columns]
    rows = []
    for place, (head, *cells) in enumerate(zip(*columns)):
        label = labels[place] if labels else str(head).strip()
        rows.append(BlockRow(_cut(label), [_cell(cell) for cell in cells]))
    return BlockGroup(heading, rows)


def heads_of(table: Table) -> list[str]:
    """Return the column heads of a table for the terminal."""
    return [str(column.header) for column in table.columns]


def _cell(cell: object) -> BlockCell:
    style = str(cell.style) if isinstance(cell, Text) else ""
    return BlockCell(str(cell), {"bold": "bold", "dim": "pale"}.get(style, ""))


def _cut(text: str) -> str:
    return shorten(text, _MOST_LETTERS)
