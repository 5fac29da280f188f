"""Months of a run, counted from its first: what to say where a month of the calendar stands in their place."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import date

from diffusion.reading.validation import shown

#: how months of the calendar are written, in files and by spreadsheets
_FORMS = (
    re.compile(r"(?:[0-9]{1,2}[-/. ]+)?(?P<name>[A-Za-z]{3})[a-z]*[-/. ,']*(?P<year>[0-9]{4}|[0-9]{2})"),
    re.compile(r"(?P<year>[0-9]{4})[-/. ]*(?P<name>[A-Za-z]{3})[a-z]*"),
    re.compile(r"(?P<year>[0-9]{4})[-/.](?P<month>[0-9]{1,2})(?:[-/.][0-9]{1,2}(?:[T ].*)?)?"),
    re.compile(r"(?:[0-9]{1,2}[-/.])?(?P<month>[0-9]{1,2})[-/.](?P<year>[0-9]{4})"),
)
MONTH_NAMES: tuple[str, ...] = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
#: the first month of packaged scenarios, from which an example counts
_FIRST, _FIRST_WORDS = 2015 * 12 + 6, "July 2015"
COUNTED = "the month of the run, counted from its start (0 is its first month)"
EXAMPLE = f"33 is April 2018 in a run that begins in {_FIRST_WORDS}"


class RunMonthError(ValueError):
    """A month of the calendar stands where months from the start of the run count."""

    expected = COUNTED

    def __init__(self, value: object, month: int) -> None:
        words = f"{MONTH_NAMES[month % 12]} {month // 12}"
        super().__init__(f"{shown(value)} is a month of the calendar")
        count = month - _FIRST
        if count > 0:
            self.suggestion = f"write {count} for {words} where the run begins in {_FIRST_WORDS}"
        else:
            self.suggestion = f"write 0 for what is there from the start; {EXAMPLE}"


def check_run_month(value: object) -> object:
    """Return a value as it is; raises RunMonthError where it is a month of the calendar."""
    month = _calendar_month(str(value).strip()) if not isinstance(value, int | float) else None
    if month is not None:
        raise RunMonthError(value, month)
    return value


def _calendar_month(text: str) -> int | None:
    """Return the month that a text of at most 40 letters means, counted from January of year 0; None if it is none."""
    for form in _FORMS if len(text) <= 40 else ():
        if (match := form.fullmatch(text)) is None:
            continue
        part = match.groupdict()
        year = int(part["year"]) + (2000 if len(part["year"]) == 2 else 0)
        named = [
            number
            for number, name in enumerate(MONTH_NAMES, 1)
            if name[:3].casefold() == (part.get("name") or "").lower()
        ]
        month = named[0] if named else int(part.get("month") or 0)
        if 1 <= month <= 12:
            return 12 * year + month - 1
    return None


_WRITTEN = re.compile(r"(?P<year>[0-9]{4})-(?P<month>[0-9]{2})")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
#: calendar months that a file may hold, counted from January of year 0
_YEARS = range(1900, 2200)


class CalendarMonthError(ValueError):
    """Something is no month of the calendar; ``suggestion`` says how the month that seems to be meant is written."""

    expected = "a month of the calendar, YYYY-MM"

    def __init__(self, value: object) -> None:
        super().__init__(f"{shown(value)} is not a month written YYYY-MM")
        month = _calendar_month(str(value).strip())
        self.suggestion = f"write {month_text(month)}" if month is not None else "for example 2025-04"


def calendar_month(text: str) -> int:
    """Return the month that ``YYYY-MM`` means, counted from January of year 0; raises CalendarMonthError."""
    match = _WRITTEN.fullmatch(text.strip())
    if match is None or not 1 <= int(match["month"]) <= 12 or int(match["year"]) not in _YEARS:
        raise CalendarMonthError(text)
    return 12 * int(match["year"]) + int(match["month"]) - 1


class DayOrMonthError(CalendarMonthError):
    """Something is neither a month nor a day of the calendar."""

    expected = "a month YYYY-MM, or a day YYYY-MM-DD"


def day_or_month(text: str) -> int:
    """Return the month of ``YYYY-MM`` or ``YYYY-MM-DD``, counted from January of year 0; raises DayOrMonthError."""
    with suppress(ValueError):
        return calendar_month(text)
    if _DAY.fullmatch(text.strip()):
        with suppress(ValueError):
            return calendar_month(date.fromisoformat(text.strip()).isoformat()[: len("YYYY-MM")])
    raise DayOrMonthError(text)


def month_text(month: int) -> str:
    """Return a month counted from January of year 0 as ``YYYY-MM``."""
    return f"{month // 12:04d}-{month % 12 + 1:02d}"
