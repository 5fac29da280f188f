"""Calendar months as integers: arithmetic is plain, years and quarters are at hand."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from pydantic import GetCoreSchemaHandler, ValidationInfo
from pydantic_core import core_schema

from diffusion.reading.run_months import MONTH_NAMES

_PATTERN = re.compile(r"([0-9]{4})-([0-9]{2})")
#: other ways to write a month in which year and month cannot be taken for one another
_OTHERS = (
    re.compile(r"(?P<year>[0-9]{4})-(?P<month>[0-9]{1,2})(-[0-9]{1,2}([T ].*)?)?"),
    re.compile(r"(?P<year>[0-9]{4})[/.]?(?P<month>[0-9]{1,2})([/.][0-9]{1,2})?"),
    re.compile(r"(?P<month>[0-9]{1,2})[-/.](?P<year>[0-9]{4})"),
    re.compile(r"(?P<name>[A-Za-z]{3})[a-z]*[-/. ]*(?P<year>[0-9]{4})"),
    re.compile(r"(?P<year>[0-9]{4})[-/. ]*(?P<name>[A-Za-z]{3})[a-z]*"),
    re.compile(r"[0-9]{1,2}(st|nd|rd|th)?[-/. ]+(?P<name>[A-Za-z]{3})[a-z]*[-/., ]+(?P<year>[0-9]{4})"),
)
#: a day before the month, as in Britain, and a year of two digits, as spreadsheets show months
_DAY_FIRST = re.compile(r"(?P<day>[0-9]{1,2})[-/. ](?P<month>[0-9]{1,2})[-/. ](?P<year>[0-9]{4})")
_SHORT_YEAR = re.compile(r"(?P<name>[A-Za-z]{3})[a-z]*[-/. ']+(?P<year>[0-9]{2})")
_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_QUARTER = re.compile(r"(?P<year>[0-9]{4})[-/. ]*[Qq](?P<quarter>[1-4])")
#: days of spreadsheets from 1927 to 2119, and seconds since 1970 from 2001 on, as plain numbers
_SERIALS, _SECONDS = range(10_000, 80_000), range(10**9, 4 * 10**9)


class MonthError(ValueError):
    """Something is not a month; ``suggestion`` says how the month that seems to be meant is written."""

    expected = "a month, YYYY-MM"

    def __init__(self, value: object) -> None:
        super().__init__(f"{value!r:.60} is not a month written YYYY-MM")
        self.suggestion = _meant(value)


def _meant(value: object) -> str:
    """Say how to write the month that ``value`` may stand for."""
    if isinstance(value, str) and re.fullmatch(r"[0-9]{4,10}", value.strip()):
        value = int(value)
    if isinstance(value, float):
        if not value.is_integer():  # 2015.1 may have been 2015.10
            return "for example 2017-07"
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        if value in _SERIALS:
            day = date(1899, 12, 30) + timedelta(days=value)
            return f"write {day:%Y-%m}, if it is a spreadsheet's number for {day.day} {day:%B %Y}"
        if value in _SECONDS:
            return f"write {datetime.fromtimestamp(value, UTC):%Y-%m}, if it counts seconds since 1970"
        if value in range(1900, 2200):
            return f"write {value}-01 for its January"
    text = str(value).strip()
    if match := _QUARTER.fullmatch(text):
        return f"write {match['year']}-{3 * int(match['quarter']) - 2:02d}, where that calendar quarter begins"
    for pattern in _OTHERS:
        if (match := pattern.fullmatch(text)) is None:
            continue
        part = match.groupdict()
        name = (part.get("name") or "").lower()
        month = _NAMES.index(name) + 1 if name in _NAMES else int(part.get("month") or 0)
        if 1 <= month <= 12:
            return f"write {part['year']}-{month:02d}"
    return _if_so(text) or "for example 2017-07"


def _if_so(text: str) -> str:
    """Say how to write a month that may be meant, and what it would then be; empty where there is none."""
    with suppress(ValueError):
        if match := _DAY_FIRST.fullmatch(text):
            day = date(int(match["year"]), int(match["month"]), int(match["day"]))
            return f"write {day:%Y-%m}, if it is {day.day} {day:%B %Y}"
        if match := _SHORT_YEAR.fullmatch(text):
            day = date(2000 + int(match["year"]), _NAMES.index(match["name"].lower()) + 1, 1)
            return f"write {day:%Y-%m}, if it is {day:%B %Y}"
    return ""


class Month(int):
    """A calendar month, counted from January of year 0; written ``2015-07``.

    ``Month("2015-07") + 3 == Month("2015-10")``; differences are numbers of months.
    """

    def __new__(cls, value: str | int) -> Month:
        if isinstance(value, str):
            match = _PATTERN.fullmatch(value)
            if not match or not 1 <= int(match[2]) <= 12:
                raise MonthError(value)
            return super().__new__(cls, int(match[1]) * 12 + int(match[2]) - 1)
        return super().__new__(cls, value)

    @property
    def year(self) -> int:
        return int(self) // 12

    @property
    def month(self) -> int:
        """Month of the year, 1 to 12."""
        return int(self) % 12 + 1

    @property
    def words(self) -> str:
        """``June 2025``."""
        return f"{MONTH_NAMES[self.month - 1]} {self.year}"

    @property
    def fiscal_year(self) -> int:
        """The year in which the financial year (April to March) of this month begins."""
        return self.year if self.month >= 4 else self.year - 1

    @property
    def is_winter(self) -> bool:
        """December to March."""
        return self.month in (12, 1, 2, 3)

    def __add__(self, months: int) -> Month:
        return Month(int(self) + int(months))

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.month:02d}"

    __repr__ = __str__

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        def parse(value: object) -> Month:
            if isinstance(value, Month):
                return value
            if isinstance(value, str):
                month = cls(value)
                if 1900 <= month.year < 2200:
                    return month
                raise ValueError(f"'{value}' lies outside 1900-01 to 2199-12")
            raise MonthError(value)

        return core_schema.no_info_plain_validator_function(
            parse, serialization=core_schema.plain_serializer_function_ser_schema(str)
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: object, handler: object) -> dict[str, object]:
        return {"type": "string", "pattern": r"^\d{4}-(0[1-9]|1[0-2])$", "description": "a month, YYYY-MM"}


@lru_cache(maxsize=256)
def moved(months: tuple[Month, ...], origin: Month, to: Month) -> tuple[Month, ...]:
    """Return ``months`` moved together, as if ``origin`` were ``to``."""
    return tuple(to + (month - origin) for month in months)


def after_start(what: str, end: Month | None, given: ValidationInfo) -> Month | None:
    """Return ``end`` if it is after the start given before it; else raise ValueError, for a field's validator."""
    start = given.data.get("start")
    if start is not None and end is not None and end <= start:
        raise ValueError(f"the {what} ends in {end}, not after its start in {start}: {start + 1} or later")
    return end
