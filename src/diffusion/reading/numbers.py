"""What a number looks like wherever users write one: a cell, an option, a setting; and what is said of other forms.

One form is a number: digits 0 to 9, a point, an exponent (``1200``, ``-0.5``, ``1e3``). Everything else that might be
meant as one has a second reading somewhere (``1,234``, ``010``, ``12:30``), so it is refused, with how to write it.
"""

from __future__ import annotations

import math
import re
import unicodedata
from numbers import Integral

from diffusion.errors import InputError

_NUMBER = re.compile(r"[-+]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]+)?")
_WHOLE = re.compile(r"[-+]?[0-9]+")
_PADDED = re.compile(r"[-+]?0[0-9]")
_BASED = re.compile(r"[-+]?0[xXoObB][0-9a-fA-F]+")
_TIME = re.compile(r"[0-9]{1,4}(:[0-9]{2})+")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}(-[0-9]{2})?([T ].*)?|[0-9]{1,2}[/.][0-9]{1,2}[/.][0-9]{2,4}")
_COMMAS = re.compile(r"([-+]?[0-9]+),([0-9]+)")
_GROUPED = re.compile(r"[-+]?[0-9]{1,3}([,_'’\s][0-9]{3})+(\.[0-9]+)?")
_WORDS = {"yes", "no", "on", "off", "true", "false", "y", "n"}
_MISSING = {"nan", "na", "n/a", "null", "none", "inf", "-inf", "+inf", "infinity", "-infinity", ".nan", ".inf", "-.inf"}
#: longest text that is taken for a number
_MOST_DIGITS = 400


def parse_number(text: str) -> float | None:
    """Return the number that ``text`` is, or None: not finite, or in any other form."""
    text = text.strip()
    if len(text) > _MOST_DIGITS or not _NUMBER.fullmatch(text) or _PADDED.match(text):
        return None
    value = float(text)
    return value if math.isfinite(value) else None


def parse_whole(text: str) -> int | None:
    """Return the whole number that ``text`` is, or None; ``1e3`` and ``2.0`` are none."""
    text = text.strip()
    if len(text) > _MOST_DIGITS or not _WHOLE.fullmatch(text) or _PADDED.match(text):
        return None
    return int(text)


def how_to_write(text: str) -> str:
    """Say how to write the number that ``text`` may stand for; every number named in it is accepted."""
    text = text.strip()
    plain = "".join(_plain(letter) for letter in text)
    if parse_number(text) is not None:
        return "write it in digits alone, without quotes"
    if text != plain and (parse_number(plain) is not None):
        return f"write it with the digits 0 to 9: {plain}"
    if _PADDED.match(text) and _NUMBER.fullmatch(text):
        return f"write it without leading zeros: {_without_zeros(text)}"
    if _BASED.fullmatch(text):
        try:
            return f"write it in ordinary digits: {int(text, 0)}"
        except ValueError:
            return "write it in ordinary digits"
    if _TIME.fullmatch(text):
        return f"'{text}' is a time of day; write a plain number"
    if _DATE.fullmatch(text):
        return f"'{text}' is a date; write a plain number"
    if match := _COMMAS.fullmatch(text):
        point, joined = f"{match[1]}.{match[2]}", match[1] + match[2]
        if len(match[2]) == 3 and parse_number(joined) is not None:
            return f"write {joined} if the comma parts thousands, {point} if decimals begin there"
        return f"write {point}, with a point"
    if _GROUPED.fullmatch(text):
        return f"write {re.sub(r'[^0-9.+-]', '', text)}, without separators"
    if text.endswith("%") and (number := parse_number(text[:-1])) is not None:
        return f"write {number / 100:g} where a share is meant, {number:g} where per cent are"
    if text.lower() in _WORDS:
        return "write a number, not yes or no"
    if text.lower() in _MISSING:
        return "write a finite number, or leave it out"
    if _NUMBER.fullmatch(text):
        return "write a smaller number"
    if text[:1] in "£$€":
        return "write pounds in full, without the sign, for example 20000000"
    return "write a plain number, without quotes or unit"


def _plain(letter: str) -> str:
    """Return the ASCII digit or sign that a letter of any script stands for, else the letter."""
    value = unicodedata.digit(letter, None)
    if value is not None:
        return str(value)
    return "-" if letter == "−" else unicodedata.normalize("NFKC", letter) if letter in "．＋－" else letter


def _without_zeros(text: str) -> str:
    sign = text[0] if text[0] in "+-" else ""
    digits = text.lstrip("+-").lstrip("0")
    return sign + (digits if digits[:1].isdigit() else "0" + digits)


def whole_between(text: str, option: str, least: int, most: int) -> int:
    """Return the whole number from ``least`` to ``most`` that a user gave for ``option``; raises InputError."""
    value = parse_whole(text)
    if value is not None and least <= value <= most:
        return value
    number = parse_number(text)
    if value is None and number is not None and number.is_integer() and least <= number <= most:
        advice = f"write {number:.0f}"
    elif number is not None and not least <= number <= most:
        advice = f"for example {option} {least if number < least else most}"
    elif number is not None:
        advice = f"write {int(number)} or {int(number) + 1}, without a fraction"
    else:
        advice = how_to_write(text)
    what = f"'{text}' is not a whole number" if value is None else f"{text.strip()} is out of range"
    expected = f"a whole number from {least:,} to {most:,}".replace(f"{2**63 - 1:,}", "2^63 - 1")
    raise InputError(what, key=option, expected=expected, suggestion=advice)


#: seeds and numbers of replicates are hashed as 64 bits; what is below is one number on every system
_MOST_WHOLE = 2**63 - 1


def whole_number(value: object, key: str, low: int = 0) -> int:
    """Return ``value`` as an int; raises InputError unless it is a whole number of ``low`` or more."""
    if isinstance(value, bool) or not isinstance(value, Integral) or not low <= int(value) <= _MOST_WHOLE:
        raise InputError(
            f"{value!r} is no whole number that can be used here",
            key=key,
            expected=f"a whole number, {low} or more",
            suggestion=f"for example {key}={max(1, low)}",
        )
    return int(value)
