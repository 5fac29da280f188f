"""Loading: ``baseline``, ``my.yaml``, ``baseline+local-first``, with settings, to one checked Scenario."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from diffusion.engine.calendar import Month
from diffusion.errors import InputError
from diffusion.levers.base import Lever
from diffusion.levers.registry import all_levers
from diffusion.scenario.problems import InputErrors, Origin, problems_of, raise_all, unknown_name, validated
from diffusion.scenario.schema import HEADER, Scenario
from diffusion.scenario.settings import apply_settings
from diffusion.scenario.sources import PATCH_FOLDER, SUFFIXES, Source, find, read_chain
from diffusion.scenario.tree import Tree
from diffusion.world.yaml_lines import KeyPath

_LEVER_KEYS = ("lever", "enabled")


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
    tree, folder = _stacked(str(text))
    apply_settings(tree, settings)
    return build_scenario(tree, folder)


def _stacked(text: str) -> tuple[Tree, Path]:
    names = [text] if text.endswith(SUFFIXES) and Path(text).is_file() else [part.strip() for part in text.split("+")]
    if not all(names):
        raise InputError(
            f"'{text}' has an empty part", key="scenario", expected="names joined by +",
            suggestion="for example baseline+local-first",
        )  # fmt: skip
    base = read_chain(*find(names[0]))
    if base[-1].is_patch:
        raise InputError(
            f"'{names[0]}' is a lever to stack, not a full scenario", file=base[-1].path, line=1, key="scenario",
            expected="a full scenario first", suggestion=f"try baseline+{base[-1].path.stem}",
        )  # fmt: skip
    parts = [read_chain(*find(name, patch=True)) for name in names[1:]]
    _check_titles([source for chain in [base, *parts] for source in chain])
    tree = _laid(base)
    known = {source.path for source in base}
    overlays = {name: _laid([item for item in chain if item.path not in known]) for name, chain in zip(names[1:], parts)}
    full = {name: chain for name, chain in zip(names[1:], parts) if not chain[-1].is_patch}
    own = {name: _laid([item for item in base if item.path not in {other.path for other in chain}]) for name, chain in full.items()}
    _refuse_conflicts(names[0], overlays, own)
    header = {key: value for key, value in tree.data.items() if key in HEADER}
    for overlay in overlays.values():
        tree.lay_over(overlay)
    if overlays:
        header["name"] = "+".join([_name(base), *sorted(_name(chain) for chain in parts)])
        header["title"] = " + ".join(
            str(chain[-1].tree.data.get("title")) for chain in [base, *sorted(parts, key=_name)]
        )
        for key in HEADER:
            tree.data.pop(key, None)
        tree.data.update(header)
    else:
        tree.data.setdefault("name", _name(base))
    return tree, base[-1].root


def _name(chain: list[Source]) -> str:
    """The name of a file is its path inside the folder of scenarios; levers go by their last part."""
    last = chain[-1]
    name = last.path.relative_to(last.root).with_suffix("").as_posix()
    return str(last.tree.data.get("name") or name.removeprefix(f"{PATCH_FOLDER}/"))


def _laid(chain: Iterable[Source]) -> Tree:
    """Return one tree of the files of a chain; only the last file's header counts."""
    tree = Tree()
    for source in chain:
        for key in HEADER:
            if key != "baseline":
                tree.data.pop(key, None)
        layer = source.tree.copy()
        _anchor_paths(layer, source)
        tree.lay_over(layer)
    return tree


def _anchor_paths(tree: Tree, source: Source) -> None:
    """Rewrite the paths of own tables, relative to the file that states them, relative to its folder of scenarios."""
    world = tree.data.get("world")
    if not isinstance(world, dict):
        return
    places: list[tuple[dict[Any, Any], str, KeyPath]] = []
    for key, packaged in (("trusts", "england-2017"), ("ahsns", "england-2017"), ("innovations", "default")):
        if world.get(key) != packaged:
            places.append((world, key, ("world", key)))
    layers = world.get("layers")
    for name, layer in layers.items() if isinstance(layers, dict) else ():
        if isinstance(layer, dict):
            places.append((layer, "file", ("world", "layers", name, "file")))
    if isinstance(world.get("synthetic"), dict):
        places.append((world["synthetic"], "file", ("world", "synthetic", "file")))
    for holder, key, path in places:
        if not isinstance(holder.get(key), str):
            continue
        text = holder[key]
        target = (source.path.parent / text).resolve() if "\0" not in text else Path("/")
        if Path(text).is_absolute() or not target.is_relative_to(source.root):
            origin = tree.locate(path)
            raise InputError(
                f"'{text}' lies outside the folder of the scenario", file=source.path,
                line=origin.line if origin else None, key=".".join(map(str, path)),
                expected=f"a relative path inside {source.root}", suggestion="copy the file beside the scenario file",
            )  # fmt: skip
        holder[key] = target.relative_to(source.root).as_posix()


def _check_titles(sources: list[Source]) -> None:
    raise_all(
        InputError(
            "missing", file=source.path, line=1, key="title", expected="one line that says what the file is",
            suggestion="add a line 'title: ...'",
        )
        for source in sources
        if "title" not in source.tree.data
    )  # fmt: skip


def _refuse_conflicts(first: str, overlays: dict[str, Tree], own: dict[str, Tree]) -> None:
    """Refuse parts that give one key two values: the order of the parts must not decide."""
    problems = []
    stated: dict[KeyPath, tuple[str, Any]] = {}
    for name, overlay in overlays.items():
        claims = [(first, own[name])] if name in own else []
        for owner, tree in [*claims, (name, overlay)]:
            for path, value in tree.leaves():
                if path[0] in HEADER:
                    continue
                clash = _clash(stated, path, value, owner)
                if clash is not None:
                    here, there = tree.locate(path), stated[clash]
                    problems.append(
                        InputError(
                            f"'{owner}' says {_shown(value)}, '{there[0]}' says {_shown(there[1])}",
                            file=here.file if here else None, line=here.line if here else None,
                            key=".".join(map(str, path)), expected="one value",
                            suggestion=f"leave one of the two out, or write a scenario that extends both and sets {path[-1]}",
                        )
                    )  # fmt: skip
                elif owner != first:
                    stated[path] = (owner, value)
                else:
                    stated.setdefault(path, (owner, value))
    raise_all(problems)


def _clash(stated: dict[KeyPath, tuple[str, Any]], path: KeyPath, value: Any, owner: str) -> KeyPath | None:
    for other, (name, there) in stated.items():
        if name == owner:
            continue
        shorter = min(len(other), len(path))
        if other[:shorter] == path[:shorter] and (len(other) != len(path) or there != value):
            bare = there if len(other) < len(path) else value
            if len(other) != len(path) and bare in (None, {}):
                continue  # a bare `local-first:` agrees with everything below it
            return other
    return None


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 40 else text[:37] + "..."


def build_scenario(tree: Tree, folder: Path) -> Scenario:
    """Validate a tree of keys and return the scenario; raises all problems at once."""
    problems: list[InputError] = []
    data = {key: value for key, value in tree.data.items() if value is not None}
    levers = data.pop("levers", {})
    # A scenario without levers shows the faults of everything else; levers have models of their own.
    scenario = validated(Scenario, data, (), tree.locate, problems)
    built = _levers(levers, tree, problems)
    if scenario is not None:
        _check_dates(built, scenario.policy_start, tree, problems)
    raise_all(problems)
    assert scenario is not None
    result = Scenario.model_validate({**_given(scenario), "levers": built})
    result._folder = folder
    result._tree = tree
    return result


def _given(scenario: Scenario) -> dict[str, Any]:
    return {name: getattr(scenario, name) for name in Scenario.model_fields if name != "levers"}


def _levers(levers: Any, tree: Tree, problems: list[InputError]) -> dict[str, Lever]:
    if not isinstance(levers, dict):
        origin = tree.locate(("levers",))
        problems.append(
            InputError(
                f"wrong type: {_shown(levers)}", file=origin.file if origin else None,
                line=origin.line if origin else None, key="levers", expected="levers by name, with their settings below",
                suggestion="for example 'local-first: {strength: 1}' on an indented line",
            )
        )  # fmt: skip
        return {}
    built: dict[str, Lever] = {}
    for key, entry in levers.items():
        try:
            lever = _lever(key, entry, tree, problems)
        except InputError as error:
            problems += problems_of(error)
            continue
        if lever is not None:
            built[key] = lever
    return built


def _lever(key: Any, entry: Any, tree: Tree, problems: list[InputError]) -> Lever | None:
    place: KeyPath = ("levers", key)
    origin = tree.locate(place)
    where = {"file": origin.file if origin else None, "line": origin.line if origin else None}
    known = all_levers()
    if entry is None:
        entry = {}
    if not isinstance(entry, dict):
        raise InputError(
            f"wrong type: {_shown(entry)}", key=f"levers.{key}", expected="settings of the lever, or nothing",
            suggestion=f"write '{key}: {{strength: 1}}'", **where,
        )  # fmt: skip
    kind = entry.get("lever", key)
    if kind not in known:
        stated = tree.locate((*place, "lever")) if "lever" in entry else origin
        raise unknown_name(
            "lever", str(kind), known, origin=stated, key=f"levers.{key}" + (".lever" if "lever" in entry else ""),
            otherwise="name the module of an own lever with --python MODULE",
        )
    if key in known and kind != key:
        raise InputError(
            f"the lever '{key}' cannot be a '{kind}'", key=f"levers.{key}.lever", expected=f"'{key}', or another id",
            suggestion=f"call the entry '{kind}', or 'my-{kind}'", **where,
        )  # fmt: skip
    enabled = entry.get("enabled", True)
    if not isinstance(enabled, bool):
        stated = tree.locate((*place, "enabled"))
        raise InputError(
            f"wrong type: {_shown(enabled)}", file=stated.file if stated else None, line=stated.line if stated else None,
            key=f"levers.{key}.enabled", expected="true or false", suggestion="the default is true",
        )  # fmt: skip
    settings = {name: value for name, value in entry.items() if name not in _LEVER_KEYS and value is not None}
    lever = validated(known[str(kind)], settings, place, tree.locate, problems)
    return lever if enabled and isinstance(lever, Lever) else None


def _check_dates(
    levers: dict[str, Lever], policy_start: Month | None, tree: Tree, problems: list[InputError]
) -> None:
    for key, undated in levers.items():
        lever = undated.dated(policy_start)
        if lever.end is not None and lever.start is not None and lever.end <= lever.start:
            origin = tree.locate(("levers", key, "end")) or Origin("", None)
            problems.append(
                InputError(
                    f"the lever ends in {lever.end}, before it starts in {lever.start}", file=origin.file,
                    line=origin.line, key=f"levers.{key}.end", expected=f"a month after {lever.start}",
                    suggestion=f"for example {Month(int(lever.start)) + 12}",
                )
            )  # fmt: skip


__all__ = ["InputErrors", "build_scenario", "load_scenario"]
