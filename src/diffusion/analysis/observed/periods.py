"""Periods in users' tables: calendar months written YYYY-MM, or whole numbers, never both in one table."""

from __future__ import annotations

import re
from collections.abc import Sequence

from diffusion.analysis.observed.period_advice import (
    advice_on,
    looks_like_a_code,
    looks_like_financial_years,
    looks_like_years_and_months,
)
from diffusion.engine.calendar import Month
from diffusion.errors import InputError
from diffusion.reading.rows import RawRow, RawTable

#: Four digits hold a year; longer numbers are days of spreadsheets, or dates without their hyphens.
_PERIOD = re.compile(r"-?[0-9]{1,4}\Z")
#: Longest span of periods: a slip in a year must not fill the memory.
MOST_PERIODS = 2_400


def parse_period(text: str) -> tuple[int, bool]:
    """Return (period, whether it is a calendar month) of ``2020-03`` or a whole number; raises ValueError."""
    if _PERIOD.match(text):
        return int(text), False
    if not text.isascii():
        raise ValueError(f"'{text}' is not a period")
    return int(Month(text)), True


def period_label(period: float, calendar: bool) -> str:
    """Return ``2020-03``, or the number."""
    return str(Month(int(period))) if calendar else str(int(period))


def written_as(calendar: bool | None) -> str:
    """Return how periods of this kind are written, for errors; None: either kind."""
    return {None: "YYYY-MM or a whole number", True: "YYYY-MM", False: "a whole number"}[calendar]


class Periods:
    """Reads the periods of one table, which must all be of one kind."""

    def __init__(self, table: RawTable) -> None:
        self.table = table
        self.calendar: bool | None = None
        self.seen: dict[str, RawRow] = {}
        self.periods: list[int] = []

    def __call__(self, row: RawRow, column: str) -> int | None:
        text = row.values.get(column)
        if text is None:
            return None
        wanted = written_as(self.calendar)
        try:
            period, calendar = parse_period(text)
        except ValueError:
            raise self.table.error(
                row, column, f"'{text}' is not a period", expected=wanted, suggestion=advice_on(text)
            ) from None
        if self.calendar is not None and calendar != self.calendar:
            raise self.table.error(row, column, f"'{text}' is of another kind than the periods before", expected=wanted)
        self.calendar = calendar
        self.seen.setdefault(text, row)
        self.periods.append(period)
        return period

    def check(self, months_meant: bool) -> None:
        """Refuse a table whose periods can be read in two ways, or are of two kinds though all whole numbers."""
        if self.calendar and not months_meant and looks_like_financial_years(set(self.seen)):
            text, row = next(iter(self.seen.items()))
            raise self.table.error(
                row,
                "time",
                f"all periods are like '{text}', which may be a month or a financial year",
                expected="periods that can be read in one way",
                suggestion=f"write financial years as the year in which each begins, here {text[:4]}; if months are "
                "meant, give --from and --until as months",
            )
        if self.calendar is False and looks_like_years_and_months(set(self.seen)):
            text, row = next(iter(self.seen.items()))
            raise self.table.error(
                row,
                "time",
                f"all periods are like '{text}', which may be a number or a year and a month",
                expected="periods that can be read in one way",
                suggestion=f"write months as YYYY-MM, here 20{text[:2]}-{text[2:]}; if numbers are meant, begin with 1",
            )
        code = looks_like_a_code(self.periods) if self.calendar is False else None
        if code is not None:
            raise self.table.error(
                self.seen[str(code)],
                "time",
                f"{code} comes {self.periods.count(code)} times, far from all others, as a code for 'never' does",
                expected="periods of the table",
                suggestion="leave the cell empty where an organisation has not adopted",
            )
        if self.calendar is False:
            numbers = {int(text): row for text, row in self.seen.items()}
            years = [n for n in numbers if 1900 <= n <= 2100]
            others = [n for n in numbers if abs(n) < 1000]
            if years and others and len(years) + len(others) == len(numbers):
                raise self.table.error(
                    numbers[min(others, key=abs)],
                    "time",
                    f"'{min(others, key=abs)}' stands beside years such as {years[0]}",
                    expected="periods of one kind in the whole table",
                    suggestion="write all as years, or number all periods from 1",
                )

    def option(self, text: str | None, key: str) -> int | None:
        """Read a period given on the command line."""
        if text is None:
            return None
        expected = written_as(bool(self.calendar))
        try:
            period, calendar = parse_period(text)
        except ValueError:
            raise InputError(
                f"'{text}' is not a period", key=key, expected=expected, suggestion=advice_on(text)
            ) from None
        if self.calendar is not None and calendar != self.calendar:
            raise InputError(f"'{text}' is of another kind than the periods of the table", key=key, expected=expected)
        return period


def span_of(
    periods: Periods,
    seen: Sequence[int],
    from_period: str | None,
    until_period: str | None,
    table: RawTable,
    launch: int | None = None,
) -> tuple[int, int, list[str]]:
    """Return the first and last period observed, as asked or else as the table names them, and notes.

    Where ``launch`` is given, it is observed from there on that nobody adopts, unless ``from_period`` says another.
    """
    notes = []
    first, last = periods.option(from_period, "--from"), periods.option(until_period, "--until")
    periods.check(months_meant=bool(periods.calendar) and (first is not None or last is not None))
    if not seen and (first is None or last is None):
        raise InputError(
            "nobody adopts and no span is given",
            file=table.file,
            key="time",
            expected="a time in at least one row",
            suggestion="give --from and --until to analyse a table without adoptions",
        )
    if first is None:
        first = min(seen) if launch is None else min(launch, *seen)
    if last is None:
        last = max(seen)
        notes.append("observation is taken to end with the last period in the table; --until sets another")
    if last < first or last - first >= MOST_PERIODS:
        raise InputError(
            f"the table spans {last - first + 1} periods",
            file=table.file,
            key="--from, --until",
            expected=f"1 to {MOST_PERIODS} periods",
            suggestion="check the years, or give --from and --until",
        )
    return first, last, notes
