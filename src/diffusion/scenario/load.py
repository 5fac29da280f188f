"""Loading: ``baseline``, ``my.yaml``, ``baseline+local-first``, with settings, to one checked Scenario."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from diffusion.engine.calendar import Month
from diffusion.errors import InputError
from diffusion.levers.base import Lever
from diffusion.levers.registry import all_levers
from diffusion.reading.yaml_lines import KeyPath
from diffusion.scenario.problems import (
    problem,
    problems_of,
    raise_all,
    shown,
    spelled,
    unknown_name,
    validated,
    without_unknown,
)
from diffusion.scenario.schema import Scenario
from diffusion.scenario.settings import apply_settings
from diffusion.scenario.stack import read_stack
from diffusion.scenario.tree import Tree
from diffusion.world.tables import BUILT_LAYERS

#: Keys of a lever entry beside the lever's own fields.
LEVER_KEYS = ("lever", "enabled")


def load_scenario(text: str | Path, settings: Sequence[str] = ()) -> Scenario:
    """Return the scenario that ``text`` names.

    ``text`` is a name (``baseline``), a path to a YAML file, or a stack ``baseline+local-first``: a full scenario
    and what is laid over it, looked up in ``scenarios/levers`` first. The order of the parts after the first does
    not matter. ``settings`` are ``key.below=value`` as on the command line.

    Raises
    ------
    InputError
        With file, line, key, what was expected and the nearest name; all problems of the files at once.
    """
    stack = read_stack(str(text))
    apply_settings(stack.tree, settings)
    return build_scenario(stack.tree, stack.folder, stack.problems)


def build_scenario(tree: Tree, folder: Path, problems: Iterable[InputError] = ()) -> Scenario:
    """Validate a tree of keys and return the scenario; raises all problems (also those given) at once."""
    problems = list(problems)
    data = {key: value for key, value in tree.data.items() if value is not None}
    data = without_unknown(data, (*Scenario.model_fields, "extends"), (), tree.locate, problems)
    levers = data.pop("levers", {})
    # Levers have models of their own: with and without them, every fault of the file is found.
    if "world" in data:
        data["world"] = _without_built_weights(data["world"], tree, problems)
    scenario = validated(Scenario, data, (), tree.locate, problems)
    built = _levers(levers, tree, problems)
    if scenario is not None:
        _check_dates(built, scenario.policy_start, tree, problems)
    raise_all(problems)
    assert scenario is not None
    given = {name: getattr(scenario, name) for name in Scenario.model_fields if name != "levers"}
    result = Scenario.model_validate({**given, "levers": built})
    result._folder = folder
    result._tree = tree
    return result


def _without_built_weights(world: Any, tree: Tree, problems: list[InputError]) -> Any:
    """Refuse weights of the layers that the package builds: they are parameters, one place for one number."""
    layers = world.get("layers") if isinstance(world, dict) else None
    if not isinstance(layers, dict):
        return world
    kept = dict(layers)
    for name in BUILT_LAYERS:
        if isinstance(layers.get(name), dict) and layers[name].get("weight") is not None:
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
            kept[name] = {key: value for key, value in layers[name].items() if key != "weight"}
    return {**world, "layers": kept}


def _levers(levers: Any, tree: Tree, problems: list[InputError]) -> dict[str, Lever]:
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
    for key, entry in levers.items():
        try:
            lever = _lever(key, {} if entry is None else entry, tree, problems)
        except InputError as error:
            problems += problems_of(error)
            continue
        if lever is not None:
            built[key] = lever
    return built


def _lever(key: Any, entry: Any, tree: Tree, problems: list[InputError]) -> Lever | None:
    """Return the lever of one entry; None if it is switched off or faulty (its faults go to ``problems``)."""
    place: KeyPath = ("levers", key)
    known = all_levers()
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
    if kind not in known:
        raise unknown_name(
            "lever",
            str(kind),
            known,
            origin=tree.locate(stated),
            key=spelled(stated),
            otherwise="name the module of an own lever with --python MODULE"
            if "lever" in entry
            else "say which lever it is with 'lever: NAME', or name its module with --python MODULE",
        )
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
    settings = {name: value for name, value in entry.items() if value is not None}
    settings = without_unknown(settings, (*LEVER_KEYS, *known[kind].model_fields), place, tree.locate, problems)
    settings = {name: value for name, value in settings.items() if name not in LEVER_KEYS}
    lever = validated(known[kind], settings, place, tree.locate, problems)
    return lever if enabled else None


def _check_dates(levers: dict[str, Lever], policy_start: Month | None, tree: Tree, problems: list[InputError]) -> None:
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
