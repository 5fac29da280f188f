"""Forms in which tables write periods, and what each may stand for: a text may be read in several ways.

A *reading* takes a whole column in one way: as numbers, months, quarters, financial years, or days whose day or whose
month comes first. Days are taken as their months. A text that no reading takes is advised upon by ``period_advice``.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from enum import StrEnum

from diffusion.engine.calendar import Month


class Unit(StrEnum):
    """What a period is."""

    NUMBER = "period"
    MONTH = "month"
    QUARTER = "quarter"
    FINANCIAL_YEAR = "financial year"


#: The ways to read a column, as ``--periods-are`` names them, and what each is called.
READINGS: dict[str, str] = {
    "numbers": "a whole number",
    "months": "a month",
    "quarters": "a quarter",
    "financial-years": "a financial year",
    "day-first": "a day",
    "month-first": "a day",
}
UNITS: dict[str, Unit] = {
    "numbers": Unit.NUMBER,
    "months": Unit.MONTH,
    "quarters": Unit.QUARTER,
    "financial-years": Unit.FINANCIAL_YEAR,
    "day-first": Unit.MONTH,
    "month-first": Unit.MONTH,
}
#: Words for "did not adopt", and what programs write where there is no value.
BLANKS = frozenset(
    {"na", "n/a", "#n/a", "<na>", "nan", "null", "none", "nil", "never", "not yet", "not adopted", "no", "-", "--"}
    | {"–", "—", ".", "inf", "nat"}
)
_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_FULL = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)
_MONTHS = "|".join(f"{full}|{full[:3]}" for full in _FULL) + "|sept"
#: The day from which spreadsheets count, and the numbers that stand for days from 1954 to 2119.
DAY_ZERO, DAYS = datetime.date(1899, 12, 30), range(20_000, 80_000)
_TIME = r"([T ]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?( ?[AP]M)?(Z|[+-]\d{2}:?\d{2})?)?"


def label(period: float, unit: Unit) -> str:
    """Return ``2020-03``, ``Q3 2019``, ``2019/20``, or the number."""
    number = int(period)
    if unit is Unit.MONTH:
        return str(Month(number))
    if unit is Unit.QUARTER:
        return f"Q{number % 4 + 1} {number // 4}"
    if unit is Unit.FINANCIAL_YEAR:
        return f"{number}/{(number + 1) % 100:02d}"
    return str(number)


def full_year(text: str) -> int:
    """Return the year of two or four digits: 70 to 99 are of the last century."""
    return int(text) if len(text) == 4 else int(text) + (2000 if int(text) < 70 else 1900)


def month_named(text: str) -> int:
    """Return 1 to 12 for the name of a month, or its first three letters."""
    return _NAMES.index(text[:3].lower()) + 1


def month_of(year: int, month: int, day: int = 1) -> int | None:
    """Return the month as a number, None where there is no such day."""
    try:
        datetime.date(year, month, day)
    except ValueError:
        return None
    return int(Month(f"{year:04d}-{month:02d}"))


def readings(text: str) -> dict[str, int]:
    """Return the period that ``text`` stands for, by each way of reading that takes it."""
    if not text.isascii():
        return {}
    found: dict[str, int] = {}
    for pattern, read in _FORMS:
        if match := re.fullmatch(pattern, text, re.IGNORECASE):
            found |= {name: period for name, period in read(match).items() if period is not None}
    return found


_Read = dict[str, int | None]


def _day(year: int, month: int, day: int) -> _Read:
    period = month_of(year, month, day)
    return {"day-first": period, "month-first": period}


def _two_orders(match: re.Match[str]) -> _Read:
    one, two, year = int(match["one"]), int(match["two"]), full_year(match["year"])
    return {"day-first": month_of(year, two, one), "month-first": month_of(year, one, two)}


def _year_and_second(match: re.Match[str]) -> _Read:
    """2019-11 and 201911 are months, 2019-20 and 201920 financial years, and 2009-10 and 201011 may be either."""
    year, second = int(match["year"]), match["second"]
    found: _Read = {"months": month_of(year, int(second))} if 1 <= int(second) <= 12 else {}
    return found | _financial(match)


def _financial(match: re.Match[str]) -> _Read:
    year, second = int(match["year"]), match["second"]
    return {"financial-years": year} if (year + 1) % 10 ** len(second) == int(second) else {}


def _serial(match: re.Match[str]) -> _Read:
    number = int(float(match[0]))
    if number not in DAYS:
        return {}
    day = DAY_ZERO + datetime.timedelta(days=number)
    return _day(day.year, day.month, day.day)


_YEAR = r"(?P<year>(19|20|21)\d{2})"
_QUARTER_YEAR = r"(?P<year>(19|20|21)\d{2}|\d{2})"
_FORMS: tuple[tuple[str, Callable[[re.Match[str]], _Read]], ...] = (
    (r"(?P<n>-?\d{1,4})(\.0+)?", lambda m: {"numbers": int(m["n"])}),
    (r"(?P<year>\d{4})-(?P<second>\d{2})", _year_and_second),
    (rf"{_YEAR}(?P<second>\d{{2}})(\.0+)?", _year_and_second),
    (r"(?P<year>\d{4}) ?/ ?(?P<second>\d{2})", _year_and_second),
    (r"(?P<year>\d{4}) ?[-/] ?(?P<second>\d{4})", _financial),
    (r"FY ?(?P<year>\d{4}) ?[-/] ?(?P<second>\d{2}|\d{4})", _financial),
    (r"(?P<month>\d{1,2})[-/](?P<year>\d{4})", lambda m: {"months": month_of(int(m["year"]), int(m["month"]))}),
    (r"(?P<year>\d{4})[-/](?P<month>\d)", lambda m: {"months": month_of(int(m["year"]), int(m["month"]))}),
    (r"(?P<year>\d{4}) ?M(?P<month>\d{1,2})", lambda m: {"months": month_of(int(m["year"]), int(m["month"]))}),
    (
        rf"(?P<name>{_MONTHS})[-/., ']*(?P<year>\d{{4}}|\d{{2}})",
        lambda m: {"months": month_of(full_year(m["year"]), month_named(m["name"]))},
    ),
    (
        rf"(?P<year>\d{{4}})[-/. ]*(?P<name>{_MONTHS})",
        lambda m: {"months": month_of(int(m["year"]), month_named(m["name"]))},
    ),
    (
        rf"(?P<year>\d{{4}})[-/.](?P<month>\d{{1,2}})[-/.](?P<day>\d{{1,2}}){_TIME}",
        lambda m: _day(int(m["year"]), int(m["month"]), int(m["day"])),
    ),
    (
        rf"{_YEAR}(?P<month>\d{{2}})(?P<day>\d{{2}})",
        lambda m: _day(int(m["year"]), int(m["month"]), int(m["day"])),
    ),
    (rf"(?P<one>\d{{1,2}})[-/. ](?P<two>\d{{1,2}})[-/. ](?P<year>\d{{4}}|\d{{2}}){_TIME}", _two_orders),
    (
        rf"(?P<day>\d{{1,2}})(st|nd|rd|th)?[-/. ]*(?P<name>{_MONTHS})[-/., ]*(?P<year>\d{{4}}|\d{{2}}){_TIME}",
        lambda m: _day(full_year(m["year"]), month_named(m["name"]), int(m["day"])),
    ),
    (
        rf"(?P<name>{_MONTHS})\.? (?P<day>\d{{1,2}})(st|nd|rd|th)?,? (?P<year>\d{{4}}){_TIME}",
        lambda m: _day(full_year(m["year"]), month_named(m["name"]), int(m["day"])),
    ),
    (r"\d{5}(\.\d+)?", _serial),
    (
        rf"Q(?P<quarter>[1-4])[-/ ']*{_QUARTER_YEAR}",
        lambda m: {"quarters": 4 * full_year(m["year"]) + int(m["quarter"]) - 1},
    ),
    (rf"{_YEAR}[-/. ]*Q(?P<quarter>[1-4])", lambda m: {"quarters": 4 * int(m["year"]) + int(m["quarter"]) - 1}),
)
