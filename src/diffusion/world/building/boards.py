"""Boards that go on in others: what the table of boards in a world's folder, where there is one, says of it."""

from __future__ import annotations

import re
from pathlib import Path

from pydantic import Field

from diffusion.reading.rows import Code, RawRow, RawTable, Row, read_csv, validate_rows
from diffusion.world.tables import BoardSuccessor

_DATE = re.compile(r"([0-9]{4}-(?:0[1-9]|1[0-2]))(?:-(?:0[1-9]|[12][0-9]|3[01]))?")


class BoardRow(Row):
    """What is read of a board; ``dictionary.yaml`` describes these columns, others are passed over.

    ``successor_code_2026`` may be several codes with semicolons, where a board is split.
    """

    code: Code
    successor_code_2026: str | None = Field(None, min_length=1, max_length=64)
    successor_name_2026: str | None = Field(None, min_length=1, max_length=200)
    successor_date: str | None = None


def load_board_successors(path: Path) -> tuple[BoardSuccessor, ...]:
    """Return what becomes of the boards of a table that go on in others, in the order of their codes.

    Raises
    ------
    InputError
        A row that cannot be read, no date, or a date without a board that takes over.
    """
    table = read_csv(path, ("code",), tuple(BoardRow.model_fields), others=True)
    rows = validate_rows(table, BoardRow, "code")
    found = (_successor(table, raw, row) for raw, row in zip(table.rows, rows) if row.successor_date is not None)
    return tuple(sorted(found))


def _successor(table: RawTable, raw: RawRow, row: BoardRow) -> BoardSuccessor:
    date = row.successor_date or ""
    if (found := _DATE.fullmatch(date)) is None:
        raise table.error(
            raw,
            "successor_date",
            f"'{date}' is not a date",
            expected="a month YYYY-MM, or a day YYYY-MM-DD",
            suggestion="for example 2026-04-01",
        )
    if row.successor_code_2026 is None:
        raise table.error(
            raw,
            "successor_code_2026",
            f"'{row.code}' goes on in another board in {found[1]}, and in none",
            expected="the code of the board that takes over",
            suggestion="name it, or leave successor_date blank",
        )
    return BoardSuccessor(row.code, found[1], row.successor_code_2026, row.successor_name_2026 or "")
