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
MOST_ROWS, _MOST_LETTERS = 24, 320
#: lines, and notes, that are shown; where there are more the first and the last
_MOST_LINES = 14
#: bytes of a block, and letters of its lines: the first that keep it below
MOST_BYTES, _LETTERS = 19_500, (2000, 1000, 500, 250, 120)

#: options of the command line in texts that are shown here too, and what does the same in Python
_IN_PYTHON = {
    "--parameters posterior puts": "scenario.drawing_from('posterior') puts",
    "--permutations N sets": "permutations=N sets",
}


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
        """Return it as HTML, all texts escaped; texts are cut in their middle where it would be too large otherwise."""
        html, parts = "", (some(self.lines), some(self.notes))
        for letters in _LETTERS:
            lines, notes = ([_between(in_python(text), letters) for text in part] for part in parts)
            html = fill(
                "notebook.html.j2",
                {"headline": _between(self.headline, letters), "lines": lines, "tables": self.tables, "notes": notes},
            )
            if len(html.encode()) < MOST_BYTES:
                break
        return html


def some(lines: Sequence[str]) -> list[str]:
    """Return the first and the last of many lines, and how many stood between them."""
    half = _MOST_LINES // 2
    if len(lines) <= _MOST_LINES:
        return list(lines)
    return [*lines[:half], f"{len(lines) - 2 * half} more lines are left out here.", *lines[-half:]]


def _between(text: str, letters: int) -> str:
    """Return a text of so many letters with its beginning and its end: what limits a claim may stand in either."""
    return text if len(text) <= letters else f"{text[: letters * 2 // 3].rstrip()} … {text[-(letters // 3) :].lstrip()}"


def in_python(text: str) -> str:
    """Return a text of the command line with what is done in Python in the place of its options."""
    for option, here in _IN_PYTHON.items():
        text = text.replace(option, here)
    return text


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
