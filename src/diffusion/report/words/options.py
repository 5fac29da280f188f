"""What each option does, in words: its levers with dates and grades, and other settings that differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from diffusion.analysis.results.tables import ResultTables
from diffusion.engine.calendar import Month
from diffusion.engine.departure import InForce
from diffusion.report.words.departure_words import rests_on, value_words
from diffusion.report.words.labels import month_name, scenario_labels, words_of
from diffusion.storage.departures import Told
from diffusion.world.facts import Words


class LeverLine(NamedTuple):
    """A lever of a scenario as a reader needs it; ``rests`` says on what its settings in force rest, where known."""

    title: str
    dates: str
    grade: str
    source: str
    rests: str = ""


class OptionText(NamedTuple):
    """What an option does: its description, a lead-in, its levers, and other settings that differ."""

    label: str
    description: str
    lead: str
    levers: list[LeverLine]
    settings: list[str]


def options_text(tables: Sequence[ResultTables], told: Sequence[Told] = ()) -> list[OptionText]:
    """Return every scenario's levers; those of the first are not repeated for the others."""
    labels = scenario_labels(tables)
    common: Mapping[str, object] = tables[0].scenario.levers or {}
    result = []
    for i, (label, table) in enumerate(zip(labels, tables)):
        scenario = table.scenario
        levers: Mapping[str, object] = scenario.levers or {}
        parts = (scenario.title if scenario.title != label else "", scenario.description)
        description = " ".join(part.rstrip(".") + "." for part in parts if part)
        settings = differing_settings(scenario.resolved(), tables[0].scenario.resolved()) if i else []
        listed, lead = levers, "" if levers else "No policy lever."
        if i:
            listed = {name: lever for name, lever in levers.items() if name not in common}
            gone = [
                words_of(tables).say(getattr(lever, "title", "") or name)
                for name, lever in common.items()
                if name not in levers
            ]
            lead = f"As {labels[0]}" + (f", without {' and '.join(gone)}" if gone else "")
            lead += ", and in addition:" if listed else ", with other settings." if settings else "."
        in_force = told[i].in_force if told else None
        lines = [
            _lever_line(name, lever, None if in_force is None else in_force.get(name, ()), words_of(tables))
            for name, lever in listed.items()
        ]
        result.append(OptionText(label, description, lead, lines, settings))
    return result


#: Keys of a scenario that describe it, and its levers, which are told in words.
_NOT_SETTINGS = ("name", "title", "author", "reference", "description", "baseline", "levers")


def differing_settings(scenario: Mapping[str, object], reference: Mapping[str, object], most: int = 12) -> list[str]:
    """Return ``key: value instead of value`` for settings of two resolved scenarios that differ.

    Levers that only one of the two has are left out.
    """
    one, other = _flat(scenario), _flat(reference)
    levers = [_levers(data) for data in (scenario, reference)]
    shared = levers[0].keys() & levers[1].keys()
    for flat, of_one in zip((one, other), levers):
        flat |= _flat({name: of_one[name] for name in shared}, "levers.")
    keys = [key for key in sorted(one | other) if one.get(key) != other.get(key)]
    lines = [f"{key}: {value_words(one.get(key))} instead of {value_words(other.get(key))}" for key in keys[:most]]
    return lines + ([f"and {len(keys) - most} more, see the manifest"] if len(keys) > most else [])


def _levers(data: Mapping[str, object]) -> Mapping[str, object]:
    found = data.get("levers")
    return found if isinstance(found, Mapping) else {}


def _flat(data: Mapping[str, object], stem: str = "") -> dict[str, object]:
    flat: dict[str, object] = {}
    for key, value in data.items():
        if not stem and key in _NOT_SETTINGS:
            continue
        if isinstance(value, Mapping):
            flat |= _flat(value, f"{stem}{key}.")
        else:
            flat[stem + key] = value
    return flat


def _lever_line(name: str, lever: object, in_force: Sequence[InForce] | None, words: Words) -> LeverLine:
    title = words.say(getattr(lever, "title", "") or name)
    start, end = getattr(lever, "start", None), getattr(lever, "end", None)
    dates = (
        ""
        if start is None
        else f"from {month_name(start)}" + (f" until {month_name(Month(int(end) - 1))}" if end else "")
    )
    strength = getattr(lever, "strength", 1.0)
    if strength != 1.0:
        dates = f"{dates}, strength {strength:g}".lstrip(", ")
    grade, source = getattr(lever, "grade", ""), getattr(lever, "source", "")
    return LeverLine(title, dates, grade, source, "" if in_force is None else rests_on(in_force, grade, source))
