"""Trusts that merge, close and open: the table of changes, and which row carries on what after each month of change.

N trusts stay N rows for the whole run. Where trusts merge, one row carries on and the others close into it: the row of
the trust that takes over, or, where the successor has a code that no trust of the table has, that of its largest part.
A trust that opens in the month in which others merge into it is made of these parts.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence, Set
from dataclasses import replace
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
from pydantic import Field

from diffusion.arrays import Floats, Keys, Longs
from diffusion.errors import InputError
from diffusion.reading.rows import Code, RawRow, RawTable, Row, read_table, validate_rows
from diffusion.world.codes import code_hint
from diffusion.world.tables import MERGED, OPENED, Change

REQUIRED = ("code", "kind", "date")
_DATE = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?")


class ChangeRow(Row):
    """One change as written; the dictionary of the data package describes the columns."""

    code: Code
    kind: Literal["merged", "closed", "opened"]
    date: str
    into: Code | None = None
    name: str | None = Field(None, min_length=1)
    split: bool = False


def load_changes(path: Path, codes: Sequence[str]) -> tuple[Change, ...]:
    """Return the changes of a table in the order of months, then codes; ``codes`` are those of the world's trusts.

    Raises
    ------
    InputError
        No month, an unknown code, a trust that closes twice, or one that is merged into a trust that is not there; a
        new trust that closes in the month in which it is made; a month after which no trust is left.
    """
    table = read_table(path, "changes", REQUIRED, tuple(ChangeRow.model_fields))
    # a trust may stand in several rows: it opens and closes
    rows = [validate_rows(replace(table, rows=[raw]), ChangeRow, "code")[0] for raw in table.rows]
    known = {*codes, *(row.into for row in rows if row.into)}
    changes = [_change(table, raw, row, known, codes) for raw, row in zip(table.rows, rows)]
    order = sorted(range(len(changes)), key=lambda n: changes[n])
    in_order = [(table.rows[n], changes[n]) for n in order]
    _check(table, in_order, codes)
    _check_left(table, in_order, codes)
    return tuple(changes[n] for n in order)


def _change(table: RawTable, raw: RawRow, row: ChangeRow, known: Set[str], codes: Sequence[str]) -> Change:
    if (found := _DATE.fullmatch(row.date)) is None:
        raise table.error(
            raw,
            "date",
            f"'{row.date}' is not a date",
            expected="a month YYYY-MM, or a day YYYY-MM-DD",
            suggestion="for example 2019-10-01",
        )
    if row.code not in known:
        raise table.error(
            raw,
            "code",
            f"there is no trust '{row.code}'",
            expected="codes of trusts of this world",
            suggestion=code_hint(row.code, codes),
        )
    if (row.into is None) == (row.kind == MERGED):
        merged = row.kind == MERGED
        raise table.error(
            raw,
            "into",
            f"'{row.code}' is {row.kind} {'into no trust' if merged else f'into {row.into}'}",
            expected="into for trusts that are merged, and for no others",
            suggestion="name the successor in into, or write closed" if merged else "write merged, or leave into blank",
        )
    return Change(f"{found[1]}-{found[2]}", row.kind, row.code, row.into or "", row.name or "")


def _check(table: RawTable, changes: Sequence[tuple[RawRow, Change]], codes: Sequence[str]) -> None:
    """Go through all changes month by month, as a run does, and refuse what cannot be."""
    opens = {change.code: change.month for _, change in changes if change.kind == OPENED}
    closed: dict[str, str] = {}
    parts: dict[tuple[str, str], int] = {}
    for _, change in changes:
        if change.into:
            parts[change.month, change.into] = parts.get((change.month, change.into), 0) + 1
    made: dict[str, str] = {}
    for _, change in changes:  # in the order of months
        if change.into and change.into not in codes:
            made.setdefault(change.into, change.month)
    fresh: dict[str, str] = {}  # codes of successors that the table of trusts does not have, with their month
    opened: set[str] = set()
    for raw, change in changes:
        code, into, month = change.code, change.into, change.month
        if change.kind != OPENED and made.get(code) == month:
            raise table.error(
                raw,
                "code",
                f"'{code}' is {change.kind} in {month}, the month in which it is made",
                expected="a new trust to be there for a month",
                suggestion=f"leave out this row, and say of each trust that is merged into {code} what becomes of it",
            )
        if code not in codes and (change.kind == OPENED or code not in fresh):
            raise table.error(
                raw,
                "code",
                f"there is no trust '{code}' in {month}",
                expected="codes of trusts of this world",
                suggestion=code_hint(code, codes),
            )
        if change.kind == OPENED:
            if code in opened or code in closed:
                raise table.error(
                    raw,
                    "code",
                    f"'{code}' opens in {month}, and is there before",
                    expected="a trust opens once, before it closes",
                    suggestion="leave out one of the two rows",
                )
            opened.add(code)
            continue
        if code in closed and into != code:
            raise table.error(
                raw,
                "code",
                f"'{code}' closes in {month}, and has closed in {closed[code]}",
                expected="a trust closes once",
                suggestion="leave out one of the two rows",
            )
        if opens.get(code, "") >= month:
            raise table.error(
                raw,
                "date",
                f"'{code}' closes in {month}, before it opens in {opens[code]}",
                expected="a date after it opens",
                suggestion=f"a month after {opens[code]}",
            )
        if into and into not in codes and into not in fresh:
            if parts[month, into] < 2:
                raise table.error(
                    raw,
                    "into",
                    f"there is no trust '{into}'",
                    expected="a trust of this world, or a new code into which two or more are merged in one month",
                    suggestion=code_hint(into, codes),
                )
            fresh[into] = month
        if into and into != code and (opens.get(into, "") > month or closed.get(into, month) < month):
            gone = into in closed and closed[into] < month
            raise table.error(
                raw,
                "into",
                f"'{code}' is merged in {month} into '{into}', which "
                + (f"has closed in {closed[into]}" if gone else f"opens in {opens[into]}"),
                expected="a trust that is there in that month",
                suggestion="name the trust that carries on, or another date",
            )
        if into != code:
            closed[code] = month
    _check_circles(table, changes)


def _check_left(table: RawTable, changes: Sequence[tuple[RawRow, Change]], codes: Sequence[str]) -> None:
    """Refuse a world without any trust, at the opening or after a month of change."""
    left = {month: after for month, _, after, _ in counted([change for _, change in changes], codes)}
    opening = [raw for raw, change in changes if change.kind == OPENED]
    if len(opening) == len(codes):
        raise _nobody_left(table, opening[0], f"all {len(codes)} trusts open later, and none is there before")
    for raw, change in changes:
        if left[change.month] == 0:
            raise _nobody_left(table, raw, f"no trust is left in {change.month}")


def _nobody_left(table: RawTable, raw: RawRow, message: str) -> InputError:
    return table.error(
        raw,
        "kind",
        message,
        expected="one trust at least in every month",
        suggestion="leave out the row of one of them",
    )


def _check_circles(table: RawTable, changes: Sequence[tuple[RawRow, Change]]) -> None:
    into = {(change.month, change.code): change.into for _, change in changes if change.into not in ("", change.code)}
    for raw, change in changes:
        seen, code = {change.code}, into.get((change.month, change.code))
        while code is not None and code not in seen:
            seen.add(code)
            code = into.get((change.month, code))
        if code is not None:
            raise table.error(
                raw,
                "into",
                f"'{change.code}' is merged in a circle: {' > '.join(sorted(seen))}",
                expected="one of them that carries on",
                suggestion=f"leave out the row in which '{code}' is merged",
            )


class Counted(NamedTuple):
    """How many trusts there are before and after the changes of a month."""

    month: str
    before: int
    after: int
    changes: tuple[Change, ...]


def counted(changes: Sequence[Change], codes: Sequence[str]) -> list[Counted]:
    """Return the number of trusts month by month; changes of trusts that are not among ``codes`` are passed over."""
    known, found = set(codes), []
    number = len(codes) - sum(change.kind == OPENED and change.code in known for change in changes)
    for month in sorted({change.month for change in changes}):
        now = tuple(change for change in changes if change.month == month and change.code in known)
        if not now:
            continue
        fresh = {change.into for change in now if change.into} - known
        known |= fresh
        gone = sum(change.kind != OPENED and change.into != change.code for change in now)
        after = number + len(fresh) - gone + sum(change.kind == OPENED for change in now)
        found.append(Counted(month, number, after, now))
        number = after
    return found


class Standing(NamedTuple):
    """Which rows carry on what from ``month`` (YYYY-MM; "" is the start) on.

    ``carries`` int64[N] is the row in which the trust of each row goes on: its own, that of its successor, or -1
    where there is none (closed, or not yet open). ``names`` are those of successors, by row. ``made`` are rows of
    trusts that opened in the month in which others merged into them: they are their parts, and bring nothing of their
    own.
    """

    month: str
    carries: Longs
    names: Mapping[int, str]
    changes: tuple[Change, ...]
    made: tuple[int, ...] = ()


def standings(changes: Sequence[Change], codes: Sequence[str], staff: Floats, keys: Keys) -> tuple[Standing, ...]:
    """Return the standing before all changes, and after each month of change.

    ``staff`` float64[N] and ``keys`` uint64[N] of the trusts say which part of a new trust is the largest.
    """
    rows = {code: row for row, code in enumerate(codes)}
    carries = np.arange(len(codes), dtype=np.int64)
    carries[[rows[change.code] for change in changes if change.kind == OPENED]] = -1
    names: dict[int, str] = {}
    found = [Standing("", carries.copy(), {}, ())]
    made: list[int] = []
    staff = staff.copy()
    for month in sorted({change.month for change in changes}):
        now = tuple(change for change in changes if change.month == month)
        for change in now:
            if change.kind == OPENED:
                carries[rows[change.code]] = rows[change.code]
                if any(other.into == change.code for other in now):
                    made.append(rows[change.code])
                    staff[rows[change.code]] = 0.0
        for code in sorted({change.into for change in now if change.into} - rows.keys()):
            parts = [int(rows[change.code]) for change in now if change.into == code]
            rows[code] = max(parts, key=lambda row: (math.fsum(staff[carries == row]), -int(keys[row])))
        step = np.arange(len(codes), dtype=np.int64)
        for change in now:
            if change.kind != OPENED:
                step[rows[change.code]] = rows[change.into] if change.into else -1
        for _ in now:  # into a trust that is merged in the same month
            there = step >= 0
            step[there] = step[step[there]]
        there = carries >= 0
        carries[there] = step[carries[there]]
        for change in now:
            if change.into and change.name:
                names[int(carries[rows[change.into]])] = change.name
        found.append(Standing(month, carries.copy(), dict(names), now, tuple(made)))
    return tuple(found)
