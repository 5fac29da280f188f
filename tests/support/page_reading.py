"""Reads a result page as a reader would: sections with their sentences and tables."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

#: A number as the page prints it: sign, thousands separators, decimals.
NUMBER = re.compile(r"[+−]?\d[\d,]*(?:\.\d+)?")


@dataclass
class Table:
    caption: str = ""
    heads: list[str] = field(default_factory=list)
    rows: dict[str, list[tuple[str, str]]] = field(default_factory=dict)

    def numbers(self) -> list[tuple[float, float]]:
        """Every number in the cells with half a unit of its last digit."""
        return [found for cells in self.rows.values() for cell in cells for text in cell for found in numbers(text)]


@dataclass
class Section:
    name: str
    sentences: list[str] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)


def value(text: str) -> float:
    return float(text.replace("−", "-").replace("+", "").replace(",", ""))


def numbers(text: str) -> list[tuple[float, float]]:
    """Return (number, half a unit of its last digit) for every number in ``text``."""
    found = []
    for match in NUMBER.findall(text):
        decimals = len(match.partition(".")[2])
        found.append((value(match), 0.5 * 10.0**-decimals))
    return found


class Page(HTMLParser):
    """``sections`` by the name of their heading's id."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.sections: dict[str, Section] = {}
        self._section = Section("")
        self._table = Table()
        self._text: list[str] = []
        self._small: list[str] | None = None
        self._row: list[tuple[str, str]] = []
        self._head = ""
        self._claims = self._in_head = False
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = dict(attributes)
        if tag == "section":
            self._section = Section(str(given.get("aria-labelledby")))
            self.sections[self._section.name] = self._section
        elif tag == "table":
            self._table, self._in_head = Table(), True
            self._section.tables.append(self._table)
        elif tag == "tr":
            self._row, self._head = [], ""
        elif tag == "ul":
            self._claims = given.get("class") == "claims"
        elif tag == "small":
            self._small = []
        if tag in ("caption", "th", "td", "li"):
            self._text, self._small = [], None

    def handle_data(self, data: str) -> None:
        (self._text if self._small is None else self._small).append(data)

    def handle_endtag(self, tag: str) -> None:
        text = " ".join("".join(self._text).replace("\u00a0", " ").split())
        if tag == "caption":
            self._table.caption = text
        elif tag == "th":
            if self._in_head:
                self._table.heads.append(text)
            else:
                self._head = text
        elif tag == "td":
            self._row.append((text, "".join(self._small or []).replace("\u00a0", " ").strip()))
        elif tag == "tr" and not self._in_head:
            self._table.rows[self._head] = self._row
        elif tag == "thead":
            self._in_head = False
        elif tag == "li" and self._claims:
            self._section.sentences.append(text)
        elif tag == "ul":
            self._claims = False

    def table(self, caption: str) -> Table:
        for section in self.sections.values():
            for table in section.tables:
                if table.caption == caption:
                    return table
        raise KeyError(caption)


class Outline(HTMLParser):
    """Collects what the tests look at."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attributes)))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]
