"""What each option does, in words: its levers with dates and grades, its shocks, and other settings that differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from diffusion.analysis.results.tables import ResultTables
from diffusion.engine.calendar import Month
from diffusion.engine.departure import InForce
from diffusion.levers.shock import Shock
from diffusion.report.words.departure_words import rests_on, value_words
from diffusion.report.words.labels import month_name, name_words, scenario_labels, words_of
from diffusion.report.words.sentences import list_of
from diffusion.storage.departures import Told
from diffusion.world.facts import Words
from diffusion.world.tables import World


class LeverLine(NamedTuple):
    """A lever of a scenario as a reader needs it; ``rests`` says on what its settings in force rest, where known."""

    title: str
    dates: str
    grade: str
    source: str
    rests: str = ""


class OptionText(NamedTuple):
    """What an option does: its description, a lead-in, its levers, other settings that differ, and its shocks.

    ``shocks`` are (title, dates and settings): data of the scenario, which have no grade.
    """

    label: str
    description: str
    lead: str
    levers: list[LeverLine]
    settings: list[str]
    shocks: Sequence[tuple[str, str]] = ()


def options_text(tables: Sequence[ResultTables], told: Sequence[Told] = ()) -> list[OptionText]:
    """Return every scenario's levers and shocks; those of the first are not repeated for the others."""
    labels = scenario_labels(tables)
    common: Mapping[str, object] = tables[0].scenario.levers or {}
    result = []
    for i, (label, table) in enumerate(zip(labels, tables)):
        scenario = table.scenario
        levers: Mapping[str, object] = scenario.levers or {}
        parts = (scenario.title if scenario.title != label else "", scenario.description)
        description = " ".join(part.rstrip(".") + "." for part in parts if part)
        resolved, first = scenario.resolved(), tables[0].scenario.resolved()
        settings = differing_settings(resolved, first) if i else []
        shocks = {
            name: shock
            for name, shock in _part(resolved, "shocks").items()
            if not i or name not in _part(first, "shocks")
        }
        listed, lead = levers, "" if levers else "No policy lever."
        if i:
            listed = {name: lever for name, lever in levers.items() if name not in common}
            gone = [
                words_of(tables).say(getattr(lever, "title", "") or name)
                for name, lever in common.items()
                if name not in levers
            ]
            gone += [name_words(name) for name in _part(first, "shocks") if name not in _part(resolved, "shocks")]
            lead = f"As {labels[0]}" + (f", without {' and '.join(gone)}" if gone else "")
            lead += ", and in addition:" if listed or shocks else ", with other settings." if settings else "."
        in_force = told[i].in_force if told else None
        lines = [
            _lever_line(name, lever, None if in_force is None else in_force.get(name, ()), words_of(tables))
            for name, lever in listed.items()
        ]
        result.append(OptionText(label, description, lead, lines, settings, _shock_lines(shocks, table.world)))
    return result


#: Keys of a scenario that describe it, and its levers, which are told in words.
_NOT_SETTINGS = ("name", "title", "author", "reference", "description", "baseline", "levers", "shocks")


def differing_settings(scenario: Mapping[str, object], reference: Mapping[str, object], most: int = 12) -> list[str]:
    """Return ``key: value instead of value`` for settings of two resolved scenarios that differ.

    Levers and shocks that only one of the two has are left out.
    """
    one, other = _flat(scenario), _flat(reference)
    for part in ("levers", "shocks"):
        found = [_part(data, part) for data in (scenario, reference)]
        shared = found[0].keys() & found[1].keys()
        for flat, of_one in zip((one, other), found):
            flat |= _flat({name: of_one[name] for name in shared}, f"{part}.")
    keys = [key for key in sorted(one | other) if one.get(key) != other.get(key)]
    lines = [f"{key}: {value_words(one.get(key))} instead of {value_words(other.get(key))}" for key in keys[:most]]
    return lines + ([f"and {len(keys) - most} more, see the manifest"] if len(keys) > most else [])


def _part(data: Mapping[str, object], name: str) -> Mapping[str, object]:
    found = data.get(name)
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


def _shock_lines(shocks: Mapping[str, object], world: World) -> list[tuple[str, str]]:
    """Return (title, dates and what it does) of shocks: what is set, and for whom."""
    names = dict(zip(world.innovations.ids, world.innovations.names))
    unset = {name: field.default for name, field in Shock.model_fields.items() if not field.is_required()}
    lines = []
    for key, shock in shocks.items():
        if not isinstance(shock, Mapping):
            continue
        start, end = (None if shock.get(name) is None else Month(str(shock[name])) for name in ("start", "end"))
        parts = [] if start is None else [_dates(start, end)]
        parts += [
            f"{name.replace('_', ' ')} {value_words(value)}"
            for name, value in shock.items()
            if name in unset and name not in ("start", "end", "targets") and value != unset[name]
        ]
        for kind, value in _part(shock, "targets").items():
            if value and isinstance(value, list | tuple):
                whom = list_of([names.get(str(one), str(one)) for one in value])
                parts.append(f"for {whom}" if kind == "innovations" else f"for {kind.replace('_', ' ')} {whom}")
        lines.append((name_words(key), ", ".join(parts)))
    return lines


def _dates(start: Month, end: Month | None) -> str:
    return f"from {month_name(start)}" + (f" until {month_name(Month(int(end) - 1))}" if end else "")


def _lever_line(name: str, lever: object, in_force: Sequence[InForce] | None, words: Words) -> LeverLine:
    title = words.say(getattr(lever, "title", "") or name)
    start, end = getattr(lever, "start", None), getattr(lever, "end", None)
    dates = "" if start is None else _dates(start, end)
    strength = getattr(lever, "strength", 1.0)
    if strength != 1.0:
        dates = f"{dates}, strength {strength:g}".lstrip(", ")
    grade, source = getattr(lever, "grade", ""), getattr(lever, "source", "")
    return LeverLine(title, dates, grade, source, "" if in_force is None else rests_on(in_force, grade, source))
