"""First months of use by trust: the table that a series may name, for who adopts first."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from diffusion.engine.calendar import Month
from diffusion.reading.files import packaged
from diffusion.reading.rows import Code, RawRow, RawTable, Row, read_csv, validate_rows
from diffusion.world.codes import code_hint

if TYPE_CHECKING:
    from diffusion.errors import InputError

COLUMNS = ("code", "first_month")


class FirstUse(Row):
    """A trust that was observed, and the first month in which it used the innovation; none by the last point."""

    code: Code
    first_month: Month | None = None


def read_first_uses(path: Path, first: Month, last: Month) -> tuple[FirstUse, ...]:
    """Read the table; months run from ``first`` (the one before the start) to ``last`` (that of the last point).

    Raises InputError for codes that are no trusts of the packaged world, codes given twice, and months outside.
    """
    table = read_csv(path, COLUMNS, COLUMNS)
    rows = validate_rows(table, FirstUse, "code")
    known = trust_codes()
    for raw, row in zip(table.rows, rows):
        if row.code not in known:
            raise table.error(
                raw,
                "code",
                f"unknown trust '{row.code}'",
                expected="a trust that was open on 30 September 2017",
                suggestion=code_hint(row.code, known),
            )
        if row.first_month is not None and not first <= row.first_month <= last:
            raise _outside(table, raw, row.first_month, first, last)
    return tuple(sorted(rows, key=lambda row: row.code))


@cache
def trust_codes() -> tuple[str, ...]:
    """Return the codes of the packaged trusts."""
    import csv

    with packaged("worlds/england-2017/trusts.csv").open(encoding="utf-8", newline="") as file:
        return tuple(row["code"] for row in csv.DictReader(file))


def _outside(table: RawTable, row: RawRow, month: Month, first: Month, last: Month) -> InputError:
    if month < first:
        message, hint = f"{month} is before the start of the series ({first + 1})", "correct the month or the start"
    else:
        message, hint = f"{month} is after the last point ({last})", "leave it blank, or add a point for that month"
    return table.error(row, "first_month", message, expected=f"{first} to {last}, or blank", suggestion=hint)
