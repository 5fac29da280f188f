"""What was changed from the packaged defaults, in words: for every option, and once what all of them share."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from diffusion.engine.departure import OWN_GRADE, Departure, InForce
from diffusion.report.words.labels import shorten
from diffusion.storage.departures import Told, value_text

#: units that are no words
_NO_UNITS = ("", "1", "yes/no", "name")
_LONGEST_VALUE = 160
NOT_SET = "not set"
#: keys that are told in other words than their own
_LEAD = {"live_month": "live in month"}
#: keys named on the terminal
_MOST_NAMED = 4
NOTHING = "No setting was changed from the packaged defaults."
UNKNOWN = "What was changed from the packaged defaults is not recorded in this result."


class DepartureLine(NamedTuple):
    """A changed setting as a reader needs it; ``added`` is whether the package has nothing in its place."""

    key: str
    value: str
    packaged: str
    where: str
    reason: str
    grade: str
    added: bool = False


class Changes(NamedTuple):
    """What all options share, and what each has of its own; ``known`` is whether the result says it at all."""

    known: bool
    common: tuple[Departure, ...]
    own: tuple[tuple[Departure, ...], ...]


def changes(told: Sequence[Told]) -> Changes:
    """Return what was changed in all options alike, and what in each beside that."""
    if any(each.departures is None for each in told):
        return Changes(False, (), ())
    by_what = [{_what(departure): departure for departure in each.departures or ()} for each in told]
    shared = [what for what in by_what[0] if len(told) > 1 and all(what in each for each in by_what)]
    common = tuple(
        each._replace(where=", ".join(dict.fromkeys(found[what].where for found in by_what if found[what].where)))
        for what, each in by_what[0].items()
        if what in shared
    )
    own = (tuple(each for what, each in found.items() if what not in shared) for found in by_what)
    return Changes(True, common, tuple(own))


def _what(departure: Departure) -> tuple[str, ...]:
    """Return all that is told but where it was said: options may each say the same in a file of their own."""
    return tuple(value_text(part) for part in departure._replace(where=""))


def departure_line(departure: Departure) -> DepartureLine:
    """Return the texts of one changed setting."""
    unit = "" if departure.unit in _NO_UNITS else f" {departure.unit}"
    value, packaged = (
        NOT_SET if part is None else shorten(value_words(part), _LONGEST_VALUE) + unit
        for part in (departure.value, departure.packaged)
    )
    grade = ""
    if departure.grade:
        grade = f"The packaged value has grade {departure.grade} ({departure.source}); this one is {OWN_GRADE}."
    added = departure.packaged is None and isinstance(departure.value, Mapping)
    return DepartureLine(departure.key, value, packaged, departure.where, departure.reason, grade, added)


def value_words(value: object) -> str:
    """Return a value in words: ``RM3, RW3`` for a list, ``Own app (kind digital; live in month 33)`` for keys."""
    if isinstance(value, Mapping):
        named = value.get("name")
        told = "; ".join(_key_words(str(key), each) for key, each in value.items() if key != "name" or not named)
        return (f"{named} ({told})" if told else str(named)) if named else told or "none"
    if isinstance(value, list | tuple):
        parts = [f"({value_words(each)})" if isinstance(each, Mapping | list) else value_words(each) for each in value]
        return ", ".join(parts) or "none"
    return NOT_SET if value is None else value_text(value)


def _key_words(key: str, value: object) -> str:
    words = re.sub(r"\b(gbp|wte)\b", lambda found: found[0].upper(), re.sub(r"[_-]+", " ", key))
    return f"{_LEAD.get(key, words)} {value_words(value)}"


def count_sentence(told: Sequence[Told]) -> str:
    """Say in one line how many settings differ, and which; empty where the result does not say it."""
    if any(each.departures is None for each in told):
        return ""
    keys = list(dict.fromkeys(departure.key for each in told for departure in each.departures or ()))
    if not keys:
        return NOTHING
    more = f" and {len(keys) - _MOST_NAMED} more" if len(keys) > _MOST_NAMED else ""
    number = "1 setting differs" if len(keys) == 1 else f"{len(keys)} settings differ"
    return f"{number} from the packaged defaults: {', '.join(keys[:_MOST_NAMED])}{more}."


def rests_on(rows: Sequence[InForce], grade: str, source: str) -> str:
    """Say on what a lever rests: its settings in force by grade, and its source where one has the lever's grade."""
    if not rows:
        return "No setting of it is in force, so no evidence stands behind it."
    grades = dict.fromkeys(sorted({row.grade for row in rows}))
    parts = [f"{each} {', '.join(row.name for row in rows if row.grade == each)}" for each in grades]
    return f"Grades of its settings in force: {'; '.join(parts)}." + (f" Source: {source}." if grade in grades else "")
