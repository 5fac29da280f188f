"""Numbers on the command line: one way to read them for every option, so that no form is taken for another number."""

from __future__ import annotations

from diffusion.errors import InputError, did_you_mean
from diffusion.reading.numbers import how_to_write, parse_number, whole_between


class Whole:
    """Parser of an option that takes a whole number from ``least`` to ``most``."""

    __name__ = "whole number"

    def __init__(self, option: str, least: int, most: int) -> None:
        self.option, self.least, self.most = option, least, most

    def __call__(self, text: str | int) -> int:
        if isinstance(text, int):
            return text
        return whole_between(text, self.option, self.least, self.most)


class Above:
    """Parser of an option that takes a number from ``least`` to ``most``, in the unit ``of``."""

    __name__ = "number"

    def __init__(self, option: str, least: float, most: float, of: str) -> None:
        self.option, self.least, self.most, self.of = option, least, most, of

    def __call__(self, text: str | float) -> float:
        if isinstance(text, int | float):
            return float(text)
        value = parse_number(text)
        if value is not None and self.least <= value <= self.most:
            return value
        if value is None:
            what, advice = f"'{text}' is not a number", how_to_write(text)
            in_per_cent = parse_number(text.strip().removesuffix("%")) if "percentage" in self.of else None
            if in_per_cent is not None:
                advice = f"write {in_per_cent:g}"
        else:
            what = f"{text.strip()} is out of range"
            advice = f"for example {self.option} {self.least if value < self.least else self.most:g}"
        expected = f"a number from {self.least:g} to {self.most:g}, in {self.of}"
        raise InputError(what, key=self.option, expected=expected, suggestion=advice)


class OneOf:
    """Parser of an option that takes one of a few words."""

    __name__ = "word"

    def __init__(self, option: str, words: tuple[str, ...]) -> None:
        self.option, self.words = option, words

    def __call__(self, text: str) -> str:
        if text in self.words:
            return text
        raise InputError(
            f"'{text}' is none of them",
            key=self.option,
            expected=f"one of {', '.join(self.words)}",
            suggestion=did_you_mean(text, self.words) or f"for example {self.option} {self.words[0]}",
        )
