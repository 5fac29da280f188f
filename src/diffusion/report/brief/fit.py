"""How much room a text takes, and the largest size at which it fits: estimated, on the safe side."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence

#: Mean width of a letter in ems: that of Arial is 0.5, that of DejaVu Sans, which stands in for it, 0.56.
LETTER_EM = 0.56
_CAPITAL_EM, _WIDE_EM = 0.7, 1.0
LINE_EM = 1.25


def text_width(text: str) -> float:
    """Return the width of a line of text in ems of its size."""
    return sum(map(_letter_width, text))


def _letter_width(letter: str) -> float:
    if letter in "WM@%" or unicodedata.east_asian_width(letter) in ("W", "F"):
        return _WIDE_EM
    return _CAPITAL_EM if letter.isupper() else LETTER_EM


def line_count(text: str, width_em: float) -> int:
    """Return on how many lines a paragraph stands in ``width_em`` ems; words that are longer are broken."""
    lines, used = 1, 0.0
    for word in text.split():
        size = text_width(word)
        if used and used + LETTER_EM + size <= width_em:
            used += LETTER_EM + size
            continue
        lines += bool(used)
        whole = int(size // width_em)
        lines, used = lines + whole, size - whole * width_em
    return lines


def block_height(texts: Sequence[str], width: float, size: float, gap: float = 0.35) -> float:
    """Return the height of paragraphs at ``size`` points, ``gap`` ems between them; ``width`` and result in points."""
    lines = sum(line_count(text, width / size) for text in texts)
    return size * (LINE_EM * lines + gap * max(0, len(texts) - 1))


def largest_size(height_at: Callable[[float], float], room: float, sizes: Sequence[float]) -> float:
    """Return the first of ``sizes``, largest first, at which the height fits into ``room``; else the last."""
    return next((size for size in sizes if height_at(size) <= room), sizes[-1])


def fitted(texts: Sequence[str], width: float, room: float, sizes: Sequence[float]) -> tuple[list[str], float]:
    """Return texts and a size at which they fit into ``width`` by ``room`` points.

    What does not fit at the smallest size is left out from the end, and of one text too long its end.
    """
    kept = [text for text in texts if text]
    size = largest_size(lambda each: block_height(kept, width, each), room, sizes)
    while len(kept) > 1 and block_height(kept, width, size) > room:
        kept = kept[:-1]
    if kept and block_height(kept, width, size) > room:
        kept = [cut(kept[0], width, max(1, int(room / size / LINE_EM)), size)]
    return kept, largest_size(lambda each: block_height(kept, width, each), room, sizes)


def kept_lines(texts: Sequence[str], width: float, room: float, size: float) -> list[str]:
    """Return the first paragraphs that fit at ``size`` points; instead of the others a last one says how many more."""
    for left_out in range(len(texts)):
        kept = [*texts[: len(texts) - left_out], *([f"And {left_out} more on the page."] if left_out else [])]
        if block_height(kept, width - 16, size) <= room - 8:
            return kept
    return list(texts[:1])


def cut(text: str, width: float, lines: int, size: float) -> str:
    """Return ``text``, shortened with an ellipsis where it needs more than ``lines`` lines of ``width`` points."""
    if line_count(text, width / size) <= lines:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if line_count(f"{text[:middle].rstrip()}…", width / size) <= lines:
            low = middle
        else:
            high = middle - 1
    return f"{text[:low].rstrip()}…"
