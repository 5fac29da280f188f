"""Tables as spreadsheets and programs save them: a header and rows of cells, whatever separates them."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from diffusion.errors import InputError, did_you_mean
from diffusion.reading.files import read_text
from diffusion.reading.kind_of_file import kind_of_text
from diffusion.reading.numbers import parse_number

#: what may separate values, and its name; where several stand in a header, the first of them does
SEPARATORS = {",": "commas", "\t": "tabs", ";": "semicolons", "|": "vertical bars"}
_TOLD = re.compile(r"sep=(.)\s*\Z", re.IGNORECASE)
_DATA = re.compile(r"[A-Z]{1,4}[0-9][A-Z0-9]*|[0-9][0-9/.:-]*|[0-9]{4}-?Q[1-4]")


@dataclass(frozen=True)
class Cells:
    """A file's header and rows, blanks around cells removed; ``lines`` says where each row begins."""

    file: Path
    header: tuple[str, ...]
    header_line: int
    rows: list[list[str]]
    lines: list[int]
    separator: str

    def error(self, message: str, key: str | None = None, **more: str | None) -> InputError:
        """Return an InputError at the header."""
        return InputError(message, file=self.file, line=self.header_line, key=key, **more)


def read_cells(path: Path, known: Sequence[str] = (), required: Sequence[str] = ()) -> Cells:
    """Read a table of any separator; ``known`` are names of columns, in which upper and lower case are the same.

    ``required`` are those that a header is advised to begin with.

    Lines without a value are passed over, and so is a column without name and values (trailing separators).

    Raises
    ------
    InputError
        For a file that is no such table, saying what it seems to be, and rows that do not fit the header.
    """
    text = read_text(path)
    if (kind := kind_of_text(text)) is not None:
        raise InputError(f"the file is {kind.what}, not CSV", file=path, line=1, suggestion=kind.advice)
    separator, filled = _separator(text), _filled_lines(path, text)
    first = next(filled, None)
    if first is not None and len(first[1]) <= 2 and _TOLD.match(separator.join(first[1]) or first[1][0]):
        first = next(filled, None)  # a line that tells a spreadsheet the separator
    if first is None:
        raise InputError("the table has no header", file=path, line=1, expected="a header and at least one row")
    header_line, names = first
    rows: list[list[str]] = []
    lines: list[int] = []
    for line, cells in filled:
        rows.append(cells)
        lines.append(line)
    if known and _seems_data(names, rows, known):
        listed = ", ".join(known[:12]) + (", ..." if len(known) > 12 else "")
        raise InputError(
            "the first line seems to be data, not a header",
            file=path,
            line=header_line,
            key="header",
            expected=f"a line with the names of the columns; known are {listed}",
            suggestion=f"put one above it that begins with {separator.join((required or known)[:2])}",
        )
    width = len(names)
    # separators at the end of every row hold nothing; in one row alone they tell of a value that fell apart
    if len({len(cells) for cells in rows}) == 1 and len(rows) > 1 and not any(any(cells[width:]) for cells in rows):
        rows = [cells[:width] for cells in rows]
    for line, cells in zip(lines, rows):
        if len(cells) != width:
            raise InputError(
                f"the row has {len(cells)} value{'s' if len(cells) != 1 else ''}",
                file=path,
                line=line,
                expected=f"{width} values separated by {SEPARATORS[separator]}, as in the header",
                suggestion=f"put values that contain {SEPARATORS[separator]} in double quotes"
                if len(cells) > width
                else "leave a cell empty where there is no value, with its separator",
            )
    empty = [at for at, name in enumerate(names) if not name and not any(row[at] for row in rows)]
    if empty:
        gone = set(empty)
        kept = [at for at in range(width) if at not in gone]
        names, rows = [names[at] for at in kept], [[row[at] for at in kept] for row in rows]
    spelt = {name.casefold(): name for name in reversed(known)}
    header = tuple(name if name in known else spelt.get(name.casefold(), name) for name in names)
    return Cells(path, header, header_line, rows, lines, separator)


def check_header(cells: Cells, required: Sequence[str], known: Sequence[str], *, others: bool = False) -> None:
    """Raise InputError for a column that is doubled, missing, without a name or, unless ``others``, not known."""
    header = cells.header
    first: dict[str, int] = {}
    for position, name in enumerate(header):
        if not name:
            if others:
                continue
            raise cells.error(
                "the column has values but no name",
                f"column {position + 1}",
                expected="a name in the header",
                suggestion="name it, or remove the column",
            )
        if first.setdefault(name, position) < position and (name in known or not others):
            raise cells.error("the column is given twice", name, suggestion="remove one, or give it another name")
        if name not in known and not others:
            raise cells.error(
                "unknown column",
                name,
                expected="one of " + ", ".join(known),
                suggestion=did_you_mean(name, known) or _instead(header, known, required),
            )
    for name in required:
        if name not in header:
            raise cells.error(
                "missing column",
                name,
                expected=", ".join(required),
                suggestion=f"the columns are {', '.join(filter(None, header))}",
            )


def _instead(header: Sequence[str], known: Sequence[str], required: Sequence[str]) -> str:
    if any(name in known for name in header):
        return "remove the column"
    return f"if the first line is data, put a line above it that begins with {','.join((required or known)[:2])}"


def _separator(text: str) -> str:
    """Return what separates values: what a line ``sep=;`` tells, else the first separator that the header holds."""
    start = next((line for line in text.splitlines() if line.strip(" ,;\t|")), "")
    told = _TOLD.match(start.strip('\ufeff "'))
    if told and told[1] in SEPARATORS:
        return told[1]
    bare = re.sub('"[^"]*"', "", start)
    return next((mark for mark in SEPARATORS if mark in bare), ",")


def _filled_lines(path: Path, text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the line and the cells of every row that has a value."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True, delimiter=_separator(text))
    line = 1
    try:
        for cells in reader:
            start, line = line, reader.line_num + 1
            stripped = [cell.strip() for cell in cells]
            if any(stripped):
                yield start, stripped
    except csv.Error as error:
        if "unexpected end of data" in str(error):
            raise InputError(
                "not valid CSV: a double quote is never closed",
                file=path,
                line=line,
                expected="quotes in pairs",
                suggestion='close it, and write "" for a quote inside a quoted value',
            ) from None
        raise InputError(
            f"not valid CSV: {error}",
            file=path,
            line=reader.line_num,
            expected="values in plain text, or in double quotes",
            suggestion='write "" for a quote inside a quoted value',
        ) from None


def _seems_data(names: Sequence[str], rows: Sequence[Sequence[str]], known: Sequence[str]) -> bool:
    """Whether a first line holds values: no known name, and codes, numbers, dates, or what stands below it again."""
    spelt = {name.casefold() for name in known}
    if any(name.casefold() in spelt for name in names):
        return False
    if any(parse_number(name) is not None or _DATA.fullmatch(name) for name in names):
        return True
    return any(name and any(at < len(row) and row[at] == name for row in rows) for at, name in enumerate(names))
