"""What to write in place of a period in a form that is not read: other forms of dates are told, never guessed at."""

from __future__ import annotations

import datetime
import re
import unicodedata

_NOTHING = frozenset({"never", "na", "n/a", "none", "nan", "null", "-", "not yet", "not adopted", "no"})
_NUMBERED = "number the periods with whole numbers, or write months as YYYY-MM"
_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
#: The day from which spreadsheets count, and the numbers that stand for days from 1954 to 2119.
_DAY_ZERO, _DAYS = datetime.date(1899, 12, 30), range(20_000, 80_000)


def advice_on(text: str) -> str:
    """Return what to write in place of ``text``, which is neither YYYY-MM nor a whole number of up to 4 digits."""
    if not text.isascii():
        plain = unicodedata.normalize("NFKC", text)
        return f"write '{plain}', with the digits 0 to 9" if plain.isascii() else "write it with the digits 0 to 9"
    for pattern, tell in _FORMS:
        if match := re.fullmatch(pattern, text, re.IGNORECASE):
            return tell(match)
    if text.casefold() in _NOTHING:
        return "leave the cell empty where nothing happened"
    return _NUMBERED


def looks_like_years_and_months(texts: set[str]) -> bool:
    """Return whether all are like 1511, 1512, 1601: year and month in four digits, with a change of year or many."""
    pairs = sorted((text[:2], text[2:]) for text in texts if re.fullmatch(r"\d{4}", text))
    if len(pairs) != len(texts) or len(texts) < 3 or not all("01" <= month <= "12" for _, month in pairs):
        return False
    years = {int(year) for year, _ in pairs}
    return len(years) > 1 and max(years) - min(years) < len(texts)


#: of numbers that stand for "never" or "not known"
_CODES = frozenset({-1, 0, 9, 99, 999, 9999})


def looks_like_a_code(periods: list[int]) -> int | None:
    """Return a number among ``periods`` that comes several times far from all others, as codes for "never" do."""
    for code in sorted(_CODES & set(periods)):
        others = [period for period in periods if period != code]
        if len(others) < 3 or periods.count(code) < 2:
            continue
        span = max(others) - min(others) + 1
        if min(abs(code - period) for period in others) > 2 * span or (code < 0 and min(others) > 0):
            return code
    return None


def _month(year: str, month: str) -> str:
    number = int(month)
    if not 1 <= number <= 12:
        return _NUMBERED
    return f"write the month: {_year(year)}-{number:02d}"


def _year(text: str) -> int:
    return int(text) if len(text) == 4 else int(text) + (2000 if int(text) < 70 else 1900)


def _named(match: re.Match[str]) -> str:
    name, year = match["name"][:3].lower(), match["year"]
    return _month(year, str(_NAMES.index(name) + 1))


def _day_and_month(match: re.Match[str]) -> str:
    one, two, year = int(match["one"]), int(match["two"]), match["year"]
    if one > 12 >= two >= 1:
        return _month(year, str(two))
    if two > 12 >= one >= 1:
        return _month(year, str(one))
    if max(one, two) > 12 or min(one, two) < 1:
        return _NUMBERED
    if one == two:
        return _month(year, str(one))
    y = _year(year)
    return f"write the month: {y}-{two:02d} if the day comes first, {y}-{one:02d} if the month does"


def _financial(match: re.Match[str]) -> str:
    year, second = match["year"], match["second"]
    if (int(year) + 1) % 10 ** len(second) != int(second) and len(second) == 2:
        return _month(year, second)
    return f"write financial years as whole numbers, the year in which each begins, in every row: {match['year']}"


def _long_number(match: re.Match[str]) -> str:
    text = match[0]
    if len(text) == 6 and 1900 <= int(text[:4]) <= 2100 and 1 <= int(text[4:]) <= 12:
        return _month(text[:4], text[4:])
    if len(text) == 8 and 1900 <= int(text[:4]) <= 2100 and 1 <= int(text[4:6]) <= 12:
        return _month(text[:4], text[4:6])
    if int(text) in _DAYS:
        day = _DAY_ZERO + datetime.timedelta(days=int(text))
        return f"if it is a spreadsheet's number of a day, write its month: {day:%Y-%m}"
    return f"check the years: numbers have up to 4 digits; {_NUMBERED}"


_MONTHS = "|".join(f"{name}[a-z]*" for name in _NAMES)
_FORMS = (
    (r"-?\d+\.0+", lambda m: f"write {m[0].split('.')[0]}"),
    (r"(?P<year>\d{4})\s*/\s*(?P<second>\d{2}|\d{4})", _financial),
    (r"(?P<year>\d{4})-(?P<second>\d{4})", _financial),
    (r"(?P<year>\d{4})-(?P<second>\d{2})", _financial),  # no month: 2016-17
    (r"(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.]\d{1,2}([T ].*)?", lambda m: _month(m["year"], m["month"])),
    (r"(?P<year>\d{4})[-/. ](?P<month>\d{1,2})", lambda m: _month(m["year"], m["month"])),
    (r"(?P<month>\d{1,2})[-/. ](?P<year>\d{4})", lambda m: _month(m["year"], m["month"])),
    (r"(?P<one>\d{1,2})[-/. ](?P<two>\d{1,2})[-/. ](?P<year>\d{4}|\d{2})([T ].*)?", _day_and_month),
    (rf"(\d{{1,2}}[-/. ]?)?(?P<name>{_MONTHS})[-/., ]*(?P<year>\d{{4}}|\d{{2}})", _named),
    (rf"(?P<year>\d{{4}})[-/. ]*(?P<name>{_MONTHS})([-/. ]\d{{1,2}})?", _named),
    (r"(\d{4}[-/ ]*Q[1-4]|Q[1-4][-/ ]*\d{2,4})", lambda m: "number the quarters with whole numbers: 1, 2, 3 and so on"),
    (r"\d{5,8}", _long_number),
)


def looks_like_financial_years(texts: set[str]) -> bool:
    """Return whether all are like 2009-10 and 2010-11, which are months too: two or more, each a year and the next."""
    pairs = [re.fullmatch(r"(\d{4})-(\d{2})", text) for text in texts]
    return len(texts) > 1 and all(pair is not None and (int(pair[1]) + 1) % 100 == int(pair[2]) for pair in pairs)
