"""Parts of a scenario file that have rules of their own: levers, each with the settings of its type, and layers."""

from __future__ import annotations

from diffusion.engine.calendar import Month
from diffusion.errors import InputError
from diffusion.levers.base import Lever
from diffusion.levers.registry import all_levers
from diffusion.reading.yaml_lines import Key, KeyPath, Plain, PlainDict
from diffusion.scenario.problems import (
    MOST_TOLD,
    and_more,
    problem,
    problems_of,
    shown,
    spelled,
    unknown_name,
    validated,
    without_unknown,
)
from diffusion.scenario.tree import Tree
from diffusion.world.tables import BUILT_LAYERS

#: Keys of a lever entry beside the lever's own fields.
LEVER_KEYS = ("lever", "enabled")


def without_built_weights(world: Plain, tree: Tree, problems: list[InputError]) -> Plain:
    """Refuse weights of the layers that the package builds: they are parameters, one place for one number."""
    layers = world.get("layers") if isinstance(world, dict) else None
    if not isinstance(layers, dict):
        return world
    kept = dict(layers)
    for name in BUILT_LAYERS:
        layer = layers.get(name)
        if isinstance(layer, dict) and layer.get("weight") is not None:
            place: KeyPath = ("world", "layers", name, "weight")
            problems.append(
                problem(
                    "the weight of this layer is a parameter",
                    tree.locate(place),
                    key=spelled(place),
                    expected=f"parameters.exposure.weight_{name}",
                    suggestion="set it there and leave it out here",
                )
            )
            kept[name] = {key: value for key, value in layer.items() if key != "weight"}
    return {**world, "layers": kept} if isinstance(world, dict) else world


def built_levers(levers: Plain, tree: Tree, problems: list[InputError]) -> dict[str, Lever]:
    """Return the levers of a file by id; every fault of theirs is added to ``problems``."""
    if not isinstance(levers, dict):
        problems.append(
            problem(
                f"wrong type: {shown(levers)}",
                tree.locate(("levers",)),
                key="levers",
                expected="levers by name, with their settings below",
                suggestion="for example 'local-first: {strength: 1}' on an indented line",
            )
        )
        return {}
    built: dict[str, Lever] = {}
    before = len(problems)
    for number, (key, entry) in enumerate(levers.items()):
        if len(problems) - before >= MOST_TOLD:
            where: KeyPath = ("levers", key)
            left = len(levers) - number
            problems.append(and_more(left, "levers, which were not looked at", tree.locate(where), spelled(where)))
            break
        try:
            lever = _lever(key, entry, tree, problems)
        except InputError as error:
            problems += problems_of(error)
            continue
        if lever is not None:
            built[str(key)] = lever
    return built


def _lever(key: Key, entry: Plain, tree: Tree, problems: list[InputError]) -> Lever | None:
    """Return the lever of one entry; None if it is switched off or faulty (its faults go to ``problems``)."""
    place: KeyPath = ("levers", key)
    known = all_levers()
    if not isinstance(key, str):
        raise problem(
            f"wrong type: {shown(key)}",
            tree.locate(place),
            key=spelled(place),
            expected="an id that is text",
            suggestion="put it in quotes",
        )
    if entry is None:
        entry = {}
    if not isinstance(entry, dict):
        raise problem(
            f"wrong type: {shown(entry)}",
            tree.locate(place),
            key=spelled(place),
            expected="settings of the lever, or nothing",
            suggestion=f"write '{key}: {{strength: 1}}'",
        )
    kind = entry.get("lever", key)
    stated: KeyPath = (*place, "lever") if "lever" in entry else place
    if not isinstance(kind, str) or kind not in known:
        error = unknown_name(
            "lever",
            str(kind),
            known,
            origin=tree.locate(stated),
            key=spelled(stated),
            otherwise="" if "lever" in entry else "say which lever it is with 'lever: NAME'",
        )
        own = "name the module of an own lever with --python MODULE"
        raise error.at(suggestion=f"{error.suggestion} Or {own}" if error.suggestion else own)
    if key in known and kind != key:
        raise problem(
            f"the lever '{key}' cannot be a '{kind}'",
            tree.locate(stated),
            key=spelled(stated),
            expected=f"'{key}', or another id",
            suggestion=f"call the entry '{kind}', or 'my-{kind}'",
        )
    enabled = entry.get("enabled", True)
    if not isinstance(enabled, bool):
        raise problem(
            f"wrong type: {shown(enabled)}",
            tree.locate((*place, "enabled")),
            key=spelled((*place, "enabled")),
            expected="true or false",
            suggestion="the default is true",
        )
    settings: PlainDict = {name: value for name, value in entry.items() if value is not None}
    settings = without_unknown(settings, (*LEVER_KEYS, *known[kind].model_fields), place, tree.locate, problems)
    settings = {name: value for name, value in settings.items() if name not in LEVER_KEYS}
    lever = validated(known[kind], settings, place, tree.locate, problems)
    return lever if enabled else None


def check_dates(levers: dict[str, Lever], policy_start: Month | None, tree: Tree, problems: list[InputError]) -> None:
    """Add a problem for every lever that ends before it begins."""
    for key, undated in levers.items():
        lever = undated.dated(policy_start)
        if lever.end is not None and lever.start is not None and lever.end <= lever.start:
            problems.append(
                problem(
                    f"the lever ends in {lever.end}, not after its start in {lever.start}",
                    tree.locate(("levers", key, "end")),
                    key=f"levers.{key}.end",
                    expected=f"a month after {lever.start}",
                    suggestion=f"for example {lever.start + 12}",
                )
            )
