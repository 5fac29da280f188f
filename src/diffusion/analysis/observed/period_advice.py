"""What to write in place of a period in a form that is not read: other forms of dates are told, never guessed at."""

from __future__ import annotations

import datetime
import re
import unicodedata

from diffusion.analysis.observed.period_forms import full_year, month_named

_NUMBERED = "number the periods with whole numbers, or write months as YYYY-MM"
_LAST_SECONDS = 4 * 10**9
_NOT_KNOWN = frozenset({"unknown", "not known", "?", "??", "missing", "tbc", "tba", "unsure", "*", "suppressed"})


def advice_on(text: str) -> tuple[str, str]:
    """Return what ``text`` seems to be, a period in no form that is read, and what to write in its place."""
    if not text.isascii():
        plain = unicodedata.normalize("NFKC", text)
        digits = f"write '{plain}', with the digits 0 to 9" if plain.isascii() else "write it with the digits 0 to 9"
        return "is not a period", digits
    for pattern, what, tell in _FORMS:
        if match := re.fullmatch(pattern, text, re.IGNORECASE):
            advice = tell(match)
            if advice is not None:
                return what, advice
    if text.casefold() in _NOT_KNOWN:
        return (
            "says that nobody knows when",
            "leave the row out; or leave the cell empty where the organisation has not adopted",
        )
    return "is not a period", _NUMBERED


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


def _month(year: int, month: int) -> str | None:
    return f"write the month: {year}-{month:02d}" if 1 <= month <= 12 else None


def _day_and_month(match: re.Match[str]) -> str | None:
    one, two, year = int(match["one"]), int(match["two"]), full_year(match["year"])
    return _month(year, two) if one > 12 else _month(year, one) if two > 12 else None


def _financial_quarter(match: re.Match[str]) -> str:
    year, quarter = int(match["year"]), int(match["quarter"])
    return f"write the quarter of the calendar year: Q{quarter % 4 + 1} {year + (quarter == 4)}"


def _seconds(match: re.Match[str]) -> str | None:
    number = int(match[0]) if len(match[0]) < 13 else int(match[0]) // 1000
    if number > _LAST_SECONDS:
        return None
    return f"write the month: {datetime.datetime.fromtimestamp(number, datetime.UTC):%Y-%m}"


def _week(match: re.Match[str]) -> str | None:
    try:
        day = datetime.date.fromisocalendar(int(match["year"]), int(match["week"]), 4)
    except ValueError:
        return None
    return f"write the month in which most of it lies: {day:%Y-%m}"


def _year_or_next(match: re.Match[str]) -> str:
    year = full_year(match["year"])
    return f"write {year}/{(year + 1) % 100:02d} if it begins in {year}, {year - 1}/{year % 100:02d} if it ends then"


_MONTHS = "|".join(
    f"{name}[a-z]*" for name in ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
)
_FORMS = (
    (
        r"#(REF|VALUE|DIV/0|NAME|NUM|NULL)[!?]?",
        "is an error of a spreadsheet",
        lambda m: "mend the formula, or leave the cell empty where the organisation has not adopted",
    ),
    (
        r"(?P<month>\d{1,2})[-/. ](?P<year>\d{4})",
        "is no month in a form that is read",
        lambda m: _month(int(m["year"]), int(m["month"])),
    ),
    (
        r"(?P<year>\d{4})\.(?P<month>\d{1,2})",
        "may be a year and a month, or a number",
        lambda m: "2016.1 may have been 2016.10; write months as YYYY-MM, such as 2016-10",
    ),
    (
        r"(?P<year>\d{4}) (?P<month>\d{1,2})",
        "is no month in a form that is read",
        lambda m: _month(int(m["year"]), int(m["month"])),
    ),
    (r"FY ?'?(?P<year>\d{4}|\d{2})", "may be the financial year that begins or the one that ends then", _year_or_next),
    (
        r"Q(?P<quarter>[1-4])[-/ ]*(FY ?)?(?P<year>\d{4})[-/]\d{2,4}",
        "is a quarter of a financial year",
        _financial_quarter,
    ),
    (
        r"(FY ?)?(?P<year>\d{4})[-/]\d{2,4}[-/ ]*Q(?P<quarter>[1-4])",
        "is a quarter of a financial year",
        _financial_quarter,
    ),
    (
        r"(H[12][-/ ]*\d{4}|\d{4}[-/ ]*[HS][12])",
        "is half of a year",
        lambda m: "number the half-years with whole numbers: 1, 2, 3 and so on",
    ),
    (r"(?P<year>\d{4})[-/ ]*W(eek)? ?(?P<week>\d{1,2})(-\d)?", "is a week", _week),
    (r"(week|wk) ?(?P<week>\d{1,2})[-/, ]+(?P<year>\d{4})", "is a week", _week),
    (r"\d{9,10}|\d{12,13}", "counts seconds since 1970, it seems", _seconds),
    (
        r"(month|period|year|quarter|wave|t|p|m) ?(?P<n>\d{1,4})",
        "is a number with a word",
        lambda m: f"write the number alone: {int(m['n'])}",
    ),
    (r"(?P<n>\d{1,4})(st|nd|rd|th)", "is a number with a word", lambda m: f"write the number alone: {int(m['n'])}"),
    (
        r"[<>~≤≥].*|(before|pre|after|by|since)[- ].*",
        "is open to one side",
        lambda m: "for one that used it before observation began, leave the cell empty and write 1 in a column already",
    ),
    (r"(?P<one>\d{1,2})[-/. ](?P<two>\d{1,2})[-/. ](?P<year>\d{4}|\d{2})", "is no day of the calendar", _day_and_month),
    (
        rf"\d{{1,2}}[-/. ](?P<name>{_MONTHS})",
        "is a day without a year",
        lambda m: f"write the month with its year, such as 2016-{month_named(m['name']):02d}",
    ),
    (
        rf"(?P<name>{_MONTHS})",
        "is a month without a year",
        lambda m: f"write the month with its year, such as 2016-{month_named(m['name']):02d}",
    ),
    (
        r"(?P<n>\d{1,3}(,\d{3})+)",
        "has separators of thousands",
        lambda m: f"write it without separators: {m['n'].replace(',', '')}",
    ),
    (r"-?\d*\.\d+", "is no whole number", lambda m: "write a whole number, or months as YYYY-MM"),
    (
        r"\d{5,11}",
        "has too many digits for a period",
        lambda m: "check the years: numbers have up to 4 digits; " + _NUMBERED,
    ),
)
