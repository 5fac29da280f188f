"""Ties as users write them: whose they are, which are refused, how strong they are, and in which months they hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import NamedTuple, SupportsFloat

import numpy as np

from diffusion.errors import InputError
from diffusion.reading.numbers import how_to_write, parse_number, parse_whole
from diffusion.reading.run_months import DayOrMonthError, day_or_month, month_text
from diffusion.reading.several import Faults
from diffusion.world.codes import code_hint
from diffusion.world.tables import ALWAYS

MOST_WEIGHT = 1e12
#: columns and attributes that hold the first and the last month of a tie
DATES = ("from", "to")


@dataclass
class TieRules:
    """How strictly the ties of a file are read, and in which words; the defaults are those for worlds.

    ``word`` is what an end of a tie is called. ``drop`` passes over ties of one with itself and second copies of a tie,
    ``aggregate`` adds up the weights of copies; ``passed`` counts them. Faults go into ``faults`` where there is one.
    ``goes_on`` says under which code one that has closed goes on; ties that meet by that are always added up.
    ``weight_name`` is the column or attribute that holds weights (None: ``weight``, where there is one; ``none``: every
    tie counts 1), ``codes`` the attribute of nodes that holds their codes (None: found). With ``dates`` ties may say
    from which month to which they hold.
    """

    word: str = "trust"
    drop: bool = False
    aggregate: bool = False
    faults: Faults | None = None
    goes_on: Mapping[str, str] = field(default_factory=dict)
    passed: Counter[str] = field(default_factory=Counter)
    weight_name: str | None = None
    codes: str | None = None
    dates: bool = False
    notes: list[str] = field(default_factory=list)

    def now(self, label: object) -> object:
        """Return the code under which an end goes on."""
        return self.goes_on.get(str(label).strip(), label)


class TrustIndex:
    """Finds trusts by code; in synthetic worlds also by position, as 17 or "17"."""

    def __init__(self, codes: Sequence[str], by_position: bool = False) -> None:
        self.codes = codes
        self._index: dict[str, int] = {code: index for index, code in enumerate(codes)}
        self._by_position = by_position

    def get(self, label: object) -> int | None:
        """Return the row of a trust, or None."""
        text = str(label).strip()
        found = self._index.get(text)
        if found is not None or not self._by_position or isinstance(label, bool):
            return found
        position = parse_whole(text)
        return position if position is not None and 0 <= position < len(self.codes) and text.isdigit() else None

    def is_code(self, label: object) -> bool:
        """Whether a trust has this code, whatever stands at that position."""
        return str(label).strip() in self._index

    def expected(self) -> str:
        """Say what a trust is called in this world."""
        positions = f", or a position from 0 to {len(self.codes) - 1}" if self._by_position else ""
        return f"a trust code such as {self.codes[0]}{positions}"

    def suggestion(self, label: object) -> str | None:
        """Say what to write instead of a code that is not known."""
        return code_hint(label, self.codes) if len(self.codes) <= 20_000 else None


class Edge(NamedTuple):
    """One tie as written; ``fail(column, message, expected=, suggestion=)`` makes the error at its place.

    ``dates`` are the first and the last month (or day) in which it holds, None where there is none.
    """

    source: object
    target: object
    weight: object
    fail: Callable[..., InputError]
    dates: tuple[object, object] = (None, None)


class Span(NamedTuple):
    """The weight of a tie from month ``since`` to month ``until``."""

    weight: float
    since: int
    until: int


#: by (source, target)
TiesByEnds = dict[tuple[int, int], list[Span]]


def read_ties(
    edges: Iterable[Edge],
    index: TrustIndex,
    directed: bool,
    left_out: list[tuple[str, str]] | None = None,
    rules: TieRules | None = None,
) -> TiesByEnds:
    """Return weights and months by (source, target); the rules and words for every kind of file.

    Raises InputError for unknown trusts, ties of a trust with itself, ties that come twice in one month, dates that are
    none, and weights that are not finite numbers above 0, unless ``rules`` say what else becomes of them.
    """
    rules = rules or TieRules()
    ties: TiesByEnds = {}
    merged: set[tuple[int, int]] = set()
    for edge in edges:
        with nullcontext() if rules.faults is None else rules.faults.kept():
            _take(ties, merged, edge, index, directed, left_out, rules)
    return ties


def _take(
    ties: TiesByEnds,
    merged: set[tuple[int, int]],
    edge: Edge,
    index: TrustIndex,
    directed: bool,
    left_out: list[tuple[str, str]] | None,
    rules: TieRules,
) -> None:
    """Put one tie to the others; ``merged`` are those one end of which goes on under another code."""
    written = (edge.source, edge.target)
    now = [label if label is None else rules.now(label) for label in written]
    if left_out is not None and None not in now and any(index.get(label) is None for label in now):
        left_out.append((str(edge.source), str(edge.target)))
        return
    ends = []
    for column, label in zip(("source", "target"), now):
        position = index.get(label) if label is not None else None
        if position is None:
            message = "missing" if label is None else f"unknown {rules.word} '{label}'"
            suggestion = None if label is None else index.suggestion(label)
            raise edge.fail(column, message, expected=index.expected(), suggestion=suggestion)
        ends.append(position)
    tie = (ends[0], ends[1])
    moved = tuple(map(str, now)) != tuple(map(str, written))
    if tie[0] == tie[1]:
        if moved or rules.drop:
            rules.passed["within one code, by codes that merged" if moved else "of one with itself, dropped"] += 1
            return
        raise edge.fail(
            "target",
            f"a {rules.word} has no tie with itself: '{edge.source}'",
            expected=f"another {rules.word}",
            suggestion="remove the tie" if rules.faults is None else "remove the tie, or give --drop",
        )
    since, until = _months(edge)
    there, earlier = _there(ties, tie, directed, since, until)
    if earlier is None:
        ties.setdefault(tie, []).append(Span(_weight(edge), since, until))
        if moved:
            merged.add(tie)
        return
    if rules.aggregate or moved or there in merged:
        span = ties[there][earlier]
        ties[there][earlier] = span._replace(weight=span.weight + _weight(edge))
        rules.passed["given again, weights added up"] += 1
        return
    if rules.drop:
        rules.passed["given again, the first counts"] += 1
        return
    advice = (
        "remove one of the two"
        if there == tie
        else "remove one of the two, or set directed: true for ties that count one way (analyse: --directed)"
    )
    month = max(since, ties[there][earlier].since)
    when = f" in {month_text(month)}" if month > ALWAYS[0] else ""
    raise edge.fail(
        "target",
        f"the tie '{edge.source}' - '{edge.target}' is given twice{when}",
        expected="each tie once" + (" in every month" if when else ""),
        suggestion=advice
        if rules.faults is None
        else "give --drop to count the first, or --aggregate to add up weights; --directed if ties count one way",
    )


def _there(
    ties: TiesByEnds, tie: tuple[int, int], directed: bool, since: int, until: int
) -> tuple[tuple[int, int], int | None]:
    """Return under which ends a tie stands already in one of these months, and which of its spans that is."""
    for ends in (tie,) if directed else (tie, tie[::-1]):
        for number, span in enumerate(ties.get(ends, ())):
            if span.since <= until and since <= span.until:
                return ends, number
    return tie, None


def _months(edge: Edge) -> tuple[int, int]:
    """Return the first and the last month of a tie."""
    months = list(ALWAYS)
    for place, (column, written) in enumerate(zip(DATES, edge.dates)):
        if written is None or not str(written).strip():
            continue
        try:
            months[place] = day_or_month(str(written))
        except DayOrMonthError as error:
            raise edge.fail(column, str(error), expected=error.expected, suggestion=error.suggestion) from None
    days = [str(written or "").strip() for written in edge.dates]
    if months[0] == months[1] and min(map(len, days)) == len("YYYY-MM-DD") and days[1] < days[0]:
        raise edge.fail(
            "to",
            f"the tie ends on {days[1]}, before it begins on {days[0]}",
            expected=f"{days[0]} or later: the last day on which it holds",
            suggestion=f"write from {days[1]} to {days[0]} if they stand the wrong way round",
        )
    if months[1] < months[0]:
        first, last = (month_text(month) for month in months)
        raise edge.fail(
            "to",
            f"the tie ends in {last}, before it begins in {first}",
            expected=f"{first} or later: the last month in which it holds",
            suggestion=f"write from {last} to {first} if they stand the wrong way round",
        )
    return months[0], months[1]


def _weight(edge: Edge) -> float:
    """Return the weight of a tie, 1 where none is written."""
    written = edge.weight
    if written is None:
        return 1.0
    text = written.strip() if isinstance(written, str) else None
    value: float | None
    if text is not None:
        value = parse_number(text)
    elif isinstance(written, SupportsFloat) and not isinstance(written, bool | np.bool_):
        value = float(written)
    else:
        value = None
    if value is not None and 0 < value <= MOST_WEIGHT:  # false of NaN, too
        return value
    advice = how_to_write(text) if text is not None and value is None else "leave out ties that do not count"
    shown = f"'{text}'" if text is not None else f"{written!r:.40}"
    raise edge.fail(
        "weight", f"{shown} is not a weight", expected=f"a number above 0, up to {MOST_WEIGHT:g}", suggestion=advice
    )
