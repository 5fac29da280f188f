"""What was changed and what it rests on, in the manifest and as a table: writers, and the readers below them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from diffusion.engine.departure import Departure, InForce
from diffusion.outlets import json_text
from diffusion.storage.scenario_entry import Json
from diffusion.storage.table_files import SCENARIO, Columns

#: keys of the manifest, each with a list by scenario; the table of what was changed is called as the first
DEPARTURES, IN_FORCE = "departures", "levers_in_force"
_TEXTS = ("key", "unit", "where", "grade", "source", "reason")


@dataclass(frozen=True)
class Told:
    """What is told of one scenario; each is None where a result of an earlier version does not say it.

    ``in_force`` maps lever ids to the settings that a run can feel.
    """

    departures: tuple[Departure, ...] | None = None
    in_force: Mapping[str, tuple[InForce, ...]] | None = None


def told_data(told: Sequence[Told]) -> Json:
    """Return keys of the manifest."""
    return {
        DEPARTURES: [[departure._asdict() for departure in each.departures or ()] for each in told],
        IN_FORCE: [
            {key: [row._asdict() for row in rows] for key, rows in (each.in_force or {}).items()} for each in told
        ],
    }


def read_told(manifest: Json) -> list[Told]:
    """Return what a manifest tells of each of its scenarios."""
    number = len(manifest["scenarios"])
    changed, in_force = manifest.get(DEPARTURES), manifest.get(IN_FORCE)
    for rows in (changed, in_force):
        if rows is not None and len(rows) != number:
            raise ValueError("what was changed is not told of every scenario")
    return [
        Told(
            None if changed is None else tuple(Departure(**row) for row in changed[i]),
            None
            if in_force is None
            else {key: tuple(InForce(**row) for row in rows) for key, rows in in_force[i].items()},
        )
        for i in range(number)
    ]


def value_text(value: object) -> str:
    """Return a value as a scenario file may hold it; empty for none."""
    return "" if value is None else value if isinstance(value, str) else json_text(value, None)


def departure_columns(told: Sequence[Told], names: Sequence[str]) -> Columns | None:
    """Return a row per scenario and departure; None where there is none."""
    rows = [(name, departure) for name, each in zip(names, told) for departure in each.departures or ()]
    if not rows:
        return None
    texts = {name: [str(getattr(departure, name)) for _, departure in rows] for name in _TEXTS}
    return {
        SCENARIO: [name for name, _ in rows],
        "key": texts["key"],
        "value": [value_text(departure.value) for _, departure in rows],
        "packaged": [value_text(departure.packaged) for _, departure in rows],
        "unit": texts["unit"],
        "where": texts["where"],
        "packaged_grade": texts["grade"],
        "packaged_source": texts["source"],
        "reason": texts["reason"],
    }
