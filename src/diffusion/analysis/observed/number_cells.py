"""Numbers in cells of users' tables: read in one form, other forms are told."""

from __future__ import annotations

import re
import unicodedata

import numpy as np

from diffusion.reading.rows import RawRow, RawTable

#: A number as this reads it; Python would take 1_000 and other alphabets' digits too.
_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,3})?\Z")
#: What programs write where a number is not known.
_NOT_KNOWN = frozenset({"na", "n/a", "#n/a", "<na>", "nan", "null", "none", "."})
#: More adopters or people than anything has.
MOST_ADOPTERS = 10_000_000_000


def number_in(table: RawTable, row: RawRow, column: str, least: float = -np.inf) -> float:
    """Return the number in a cell, NaN where it is blank."""
    text = row.values.get(column)
    if text is None or (least == -np.inf and text.casefold() in _NOT_KNOWN):
        return float("nan")
    value = float(text) if _NUMBER.match(text) else float("nan")
    if not np.isfinite(value) or value < least:
        expected = "a number" if least == -np.inf else f"a number of at least {least:g}"
        raise table.error(row, column, f"'{text}' is not allowed", expected=expected, suggestion=_plainer(text))
    return value


def whole_number_in(table: RawTable, row: RawRow, column: str, least: int) -> float:
    """Return the whole number in a cell, NaN where it is blank."""
    value = number_in(table, row, column, least)
    if np.isfinite(value) and value != np.floor(value):
        text = row.values[column]
        raise table.error(row, column, f"'{text}' is not allowed", expected="a whole number: adopters are counted")
    if value > MOST_ADOPTERS:
        raise table.error(row, column, f"'{row.values[column]}' is not allowed", expected=f"at most {MOST_ADOPTERS:,}")
    return value


def _plainer(text: str) -> str | None:
    """Return how a number in another form is written, where that is certain."""
    plain = unicodedata.normalize("NFKC", text)
    if re.fullmatch(r"-?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?", plain):
        return f"write it without separators of thousands: {plain.replace(',', '')}"
    return f"write it as {plain}" if plain != text and _NUMBER.match(plain) else None
