"""Terminals that are not UTF-8, as on Windows where output is piped: what they lack is written in plainer signs."""

from __future__ import annotations

import codecs
from typing import TextIO

_PLAIN = {
    "−": "-", "–": "-", "—": "-", "‐": "-", "─": "-", "━": "-", "│": "|", "┃": "|", "•": "*", "·": ".", "×": "x",
    "±": "+/-", "≤": "<=", "≥": ">=", "≈": "~", "→": "->", "←": "<-", "…": "...", "£": "GBP", "€": "EUR",
    "μ": "u", "µ": "u", "‘": "'", "’": "'", "“": '"', "”": '"',
    "\N{NO-BREAK SPACE}": " ", "\N{NARROW NO-BREAK SPACE}": " ", "²": "2",
}  # fmt: skip
_NAME = "diffusion-plain"


def show_plainly(*streams: TextIO) -> None:
    """Let streams that are not UTF-8 write plainer signs where they lack one, instead of failing."""
    for stream in streams:
        encoding, change = getattr(stream, "encoding", None), getattr(stream, "reconfigure", None)
        if encoding and change is not None and not encoding.lower().replace("-", "").startswith("utf"):
            codecs.register_error(_NAME, _plainer)
            change(errors=_NAME)


def _plainer(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lacking = error.object[error.start : error.end]
    return "".join(_PLAIN.get(letter, "?") for letter in lacking), error.end
