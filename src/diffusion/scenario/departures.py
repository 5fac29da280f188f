"""What was changed: every setting of a scenario that is not as it comes with the package.

A scenario is held against the packaged files that it is made of; what none of them says is held against the defaults,
and a lever that a user adds against its packaged file. So a packaged scenario, or a stack of such, departs in nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from diffusion.engine.calendar import Month
from diffusion.engine.departure import Departure
from diffusion.engine.parameters import stated
from diffusion.errors import InputError
from diffusion.levers.base import Lever
from diffusion.paths import scenarios_folder
from diffusion.reading.yaml_lines import Key, KeyPath, Plain, PlainDict
from diffusion.scenario.problems import spelled
from diffusion.scenario.schema import HEADER, Scenario
from diffusion.scenario.sections import LEVER_KEYS
from diffusion.scenario.settings import SOURCE
from diffusion.scenario.sources import PATCH_FOLDER, read_chain
from diffusion.scenario.tree import Tree
from diffusion.world.more_innovations import MoreInnovation

if TYPE_CHECKING:
    from collections.abc import Iterable

#: what is told of a lever as a whole
ON, OFF = "in force", "not in force"


def departures(scenario: Scenario) -> tuple[Departure, ...]:
    """Return what differs from the packaged defaults, in the order of the schema; levers last, by id."""
    packaged = scenario.packaged.copy()
    levers = packaged.data.pop("levers", None)
    before = type(scenario).from_tree(packaged, scenario.folder)
    found: list[Departure] = []
    for name, info in type(scenario).model_fields.items():
        if name not in (*HEADER, "levers", "doubt"):  # where parameters come from stands with the intervals
            own, was = getattr(scenario, name), getattr(before, name)
            found += (_told(scenario, *leaf) for leaf in _between(own, was, (name,), info))
    return (*found, *_of_levers(scenario, levers if isinstance(levers, dict) else {}))


def _of_levers(scenario: Scenario, packaged: PlainDict) -> Iterator[Departure]:
    for key, lever in scenario.levers.items():
        place: KeyPath = ("levers", key)
        entry = packaged.get(key)
        if key not in packaged or (isinstance(entry, dict) and entry.get("enabled") is False):
            entry = packaged_lever(lever.name)
            if not lever.number:
                yield _told(scenario, place, f"own lever {lever.name}", None, None)
        was = _as_packaged(lever, entry if isinstance(entry, dict) else {}, scenario.policy_start)
        for leaf in _between(lever, was, place, None):
            yield _told(scenario, *leaf)
    for name, entry in packaged.items():
        on = not (isinstance(entry, dict) and entry.get("enabled") is False)
        if on and name not in scenario.levers:
            yield _told(scenario, ("levers", name, "enabled"), OFF, ON, None)


def _as_packaged(lever: Lever, entry: PlainDict, policy_start: Month | None) -> Lever | None:
    """Return a lever of this kind with the settings of a packaged file; None where one needs more than that."""
    settings = {key: value for key, value in entry.items() if key not in LEVER_KEYS and value is not None}
    try:
        return type(lever).model_validate(settings).dated(policy_start)
    except (ValidationError, InputError):
        return None


@cache
def packaged_lever(name: str) -> PlainDict:
    """Return the settings in the packaged file of a lever; empty where there is no such file."""
    root = scenarios_folder()
    path = root / PATCH_FOLDER / f"{name}.yaml"
    if not path.is_file():
        return {}
    tree = Tree()
    for source in read_chain(path, root):
        tree.lay_over(source.tree)
    levers = tree.data.get("levers")
    entry = levers.get(name) if isinstance(levers, dict) else None
    return entry if isinstance(entry, dict) else {}


Leaf = tuple["KeyPath", object, object, "FieldInfo | None"]


def _between(own: object, was: object, path: KeyPath, info: FieldInfo | None) -> Iterator[Leaf]:
    """Yield (key path, value, packaged value, field) for every single value that differs; None is none.

    What was not there before is held against the defaults of its kind, but an innovation of one's own told as one.
    """
    if own == was and type(own) is type(was):
        return
    if isinstance(own, BaseModel) and not (isinstance(own, MoreInnovation) and was is None):
        same = type(was) is type(own)
        for name, field in type(own).model_fields.items():
            default = None if field.is_required() else field.get_default(call_default_factory=True)
            yield from _between(getattr(own, name), getattr(was, name) if same else default, (*path, name), field)
    elif isinstance(own, Mapping):
        known = was if isinstance(was, Mapping) else {}
        for key in (*own, *(key for key in known if key not in own)):
            yield from _between(own.get(key), known.get(key), (*path, key), None)
    elif (value := _plain(own)) != (before := _plain(was)) or type(value) is not type(before):
        yield path, value, before, info


def _plain(value: object) -> object:
    """Return a value as JSON can hold it; of an innovation of one's own what was stated."""
    if isinstance(value, Month):
        return str(value)
    if isinstance(value, BaseModel):
        return {name: _plain(getattr(value, name)) for name in value.model_fields_set}
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(inner) for inner in (sorted(value) if isinstance(value, set | frozenset) else value)]
    if isinstance(value, float) and not isfinite(value):
        return str(value)
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)


def _told(scenario: Scenario, path: KeyPath, value: object, packaged: object, info: FieldInfo | None) -> Departure:
    said = stated(info) if info is not None else None
    unit, grade, source = (said.unit, said.grade, said.source) if said is not None else ("", "", "")
    tree = scenario.written_before
    place, written = _spelled_in(tree, path)
    where, reason = _where(scenario, tree, place), _reason(tree.reasons, place)
    if tree is not scenario.written and path[0] == "levers" and written != value:
        where, reason = "", ""  # a search has set it since
    return Departure(spelled(path), value, packaged, unit, where, grade, source, reason)


def _reason(reasons: Mapping[KeyPath, str], place: KeyPath) -> str:
    """Return the reasons given for a value, or for what is inside it."""
    return "; ".join(text for stated_at, text in reasons.items() if stated_at[: len(place)] == place)


def _where(scenario: Scenario, tree: Tree, place: KeyPath) -> str:
    """Return where a value, or the nearest key above it, was said: ``file:line``, or ``--set``.

    Files are named relative to the folder of scenarios.
    """
    origin = tree.locate(place) if place[0] in tree.data else None
    if origin is None or not str(origin.file):
        return ""
    if origin.line is None:
        return SOURCE if origin.file == SOURCE else ""
    file = Path(origin.file)
    if file.is_relative_to(scenarios_folder()):
        return ""  # no packaged file says that it departs from itself
    inside = file.relative_to(scenario.folder) if file.is_relative_to(scenario.folder) else Path(file.name)
    return f"{inside.as_posix()}:{origin.line}"


def _spelled_in(tree: Tree, path: KeyPath) -> tuple[KeyPath, Plain]:
    """Return ``path`` as the files spell it, where keys may be numbers, and what they say there; None for nothing."""
    place: list[Key] = []
    current: Plain = tree.data
    for part in path:
        keys: Iterable[Key] = current if isinstance(current, dict) else ()
        place.append(next((key for key in keys if str(key) == str(part)), part))
        current = current.get(place[-1]) if isinstance(current, dict) else None
    return tuple(place), current
