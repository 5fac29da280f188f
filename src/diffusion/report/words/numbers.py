"""Numbers as text: thousands separators, a true minus, no sign where a number rounds to 0."""

from __future__ import annotations


def signed(value: float, decimals: int) -> str:
    """Return a number with its sign, a true minus, and no sign where it rounds to 0."""
    text = f"{abs(value):,.{decimals}f}"
    if not any(digit in "123456789" for digit in text):
        return text
    return ("+" if value > 0 else "−") + text


def plain(value: float, decimals: int) -> str:
    """Return a number with thousands separators and a true minus."""
    text = f"{abs(value):,.{decimals}f}"
    negative = value < 0 and any(digit in "123456789" for digit in text)
    return ("−" if negative else "") + text
