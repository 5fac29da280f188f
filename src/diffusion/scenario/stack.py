"""Laying files over one another: the chain of ``extends``, and stacks such as ``baseline+local-first``."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from diffusion.errors import InputError
from diffusion.reading.files import is_file
from diffusion.reading.yaml_lines import Key, KeyPath, Plain, PlainDict
from diffusion.scenario.problems import Origin, problem, raise_all, shown, spelled
from diffusion.scenario.schema import HEADER
from diffusion.scenario.sources import PATCH_FOLDER, SUFFIXES, Source, find, read_below, read_chain
from diffusion.scenario.tree import Tree
from diffusion.world.facts import DEFAULT_WORLD, packaged_worlds
from diffusion.world.spec import OWN_TABLE


@dataclass
class Stack:
    """The laid-over tree of a stack, the folder of its paths, what its files lack, its parts as they were named, and
    the file of each part.

    ``unheard`` are levers by id that a file sets although a file below it switched them off: where it was written.
    ``packaged`` is what the files say that came with the package: what the others change is changed from it.
    ``titles`` are those of users' own files, by part of the name, "" for what came with the package.
    """

    tree: Tree
    folder: Path
    problems: list[InputError]
    parts: tuple[str, ...]
    own: tuple[Path, ...]
    unheard: dict[Key, Origin | None]
    packaged: Tree
    titles: tuple[str, ...]


def read_stack(text: str) -> Stack:
    """Read every file of ``name``, ``path.yaml`` or ``name+patch+patch`` and lay them over one another.

    The first part is a full scenario; the others are looked up in the folder of levers first. Two parts that give
    one key different values are refused, so the order of the parts cannot matter. A part that names a lever switches
    it on.
    """
    names = [text] if text.endswith(SUFFIXES) and is_file(Path(text)) else [part.strip() for part in text.split("+")]
    if not all(names):
        raise InputError(
            f"'{text}' has an empty part",
            key="scenario",
            expected="names joined by +",
            suggestion="for example baseline+local-first",
        )
    base = read_chain(*find(names[0]))
    if base[-1].is_patch:
        raise InputError(
            f"'{names[0]}' is a lever to stack, not a full scenario",
            file=base[-1].path,
            line=1,
            key="scenario",
            expected="a full scenario first",
            suggestion=f"try baseline+{base[-1].path.stem}",
        )
    parts = [read_chain(*find(name, patch=True)) for name in names[1:]]
    unheard: dict[Key, Origin | None] = {}
    tree = _laid(base, unheard)
    known = {source.path for source in base}
    overlays: dict[str, Tree] = {}
    own: dict[str, Tree] = {}  # what the first part says beyond a full scenario that is stacked on it
    for name, chain in zip(names[1:], parts):
        overlays[name] = _laid([source for source in chain if source.path not in known])
        if not chain[-1].is_patch:
            shared = {source.path for source in chain}
            own[name] = _laid([source for source in base if source.path not in shared])
    _refuse_conflicts(names[0], overlays, own)
    full = {name for name, chain in zip(names[1:], parts) if not chain[-1].is_patch}
    _refuse_on_and_off(names[0], overlays, own, full)
    header: PlainDict = {key: value for key, value in tree.data.items() if key in HEADER}
    for overlay in overlays.values():
        _switch_on(tree, overlay)
        tree.lay_over(overlay)
    tree.data = {
        **{key: value for key, value in tree.data.items() if key not in HEADER},
        **_header(header, base, parts),
    }
    sources = {source.path: source for chain in [base, *parts] for source in chain}
    faults = [*_untitled(sources.values()), *(fault for source in sources.values() for fault in source.faults)]
    own_files = tuple(chain[-1].path for chain in [base, *parts])
    packaged = _laid(source for source in sources.values() if source.is_packaged)
    ordered = [base, *sorted(parts, key=_name)]
    titles = tuple("" if chain[-1].is_packaged else str(chain[-1].tree.data.get("title", "")) for chain in ordered)
    return Stack(tree, base[-1].root, faults, tuple(names), own_files, unheard, packaged, titles)


def inherited(extends: Plain, path: Path) -> Tree:
    """Return what a file at ``path`` has from others if it says ``extends``; empty where that is nothing.

    Raises InputError for a file that it extends and that cannot be read.
    """
    return _laid(read_below(extends, path))


def _header(header: PlainDict, base: list[Source], parts: list[list[Source]]) -> PlainDict:
    if not parts:
        return {"name": _name(base), **header}
    ordered = [base, *sorted(parts, key=_name)]
    return {
        **header,
        "name": "+".join(_name(chain) for chain in ordered),
        "title": " + ".join(str(chain[-1].tree.data.get("title", _name(chain))) for chain in ordered),
    }


def _name(chain: list[Source]) -> str:
    """A scenario is called as it is found: by its path inside the folder of scenarios; levers by their last part."""
    last = chain[-1]
    inside = last.path.relative_to(last.root).with_suffix("").as_posix()
    return str(last.tree.data.get("name") or inside.removeprefix(f"{PATCH_FOLDER}/"))


def _untitled(sources: Iterable[Source]) -> list[InputError]:
    return [
        InputError(
            "missing",
            file=source.path,
            line=1,
            key="title",
            expected="one line that says what the file is",
            suggestion="add a line 'title: ...'",
        )
        for source in sources
        if "title" not in source.tree.data
    ]


def _laid(chain: Iterable[Source], unheard: dict[Key, Origin | None] | None = None) -> Tree:
    """Return one tree of the files of a chain; of the headers only the last one counts (``baseline`` is inherited).

    A lever of ``scenarios/levers`` is switched on by being laid over; what another file says of one that is switched
    off is noted in ``unheard``.
    """
    tree = Tree()
    for source in chain:
        for key in HEADER:
            if key != "baseline":
                tree.data.pop(key, None)
        layer = source.tree.copy()
        _anchor_paths(layer, source)
        if source.is_patch:
            _switch_on(tree, layer)
        elif unheard is not None:
            off = _off(tree)
            unheard |= {key: layer.locate(("levers", key)) for key in _named(layer) if key in off}
        tree.lay_over(layer)
    return tree


def _entries(tree: Tree) -> PlainDict:
    levers = tree.data.get("levers")
    return levers if isinstance(levers, dict) else {}


def _off(tree: Tree) -> set[Key]:
    """Return the ids of levers that a tree switches off."""
    return {key for key, entry in _entries(tree).items() if isinstance(entry, dict) and entry.get("enabled") is False}


def _named(tree: Tree) -> set[Key]:
    """Return the ids of levers that a tree names without saying whether they are on."""
    return {key for key, entry in _entries(tree).items() if not (isinstance(entry, dict) and "enabled" in entry)}


def _switch_on(below: Tree, above: Tree) -> None:
    """Take ``enabled: false`` away from levers that the tree laid over them names."""
    for key in _off(below) & _named(above):
        entry = _entries(below)[key]
        if isinstance(entry, dict):
            del entry["enabled"]
        below.origins.pop(("levers", key, "enabled"), None)
        below.reasons.pop(("levers", key, "enabled"), None)


def _refuse_on_and_off(first: str, overlays: dict[str, Tree], own: dict[str, Tree], full: set[str]) -> None:
    """Refuse parts of which one switches a lever off and another names it: the order of the parts must not decide.

    Only a lever of ``scenarios/levers`` switches on what the first part has off.
    """
    claims = [(first, tree) for tree in own.values()] + list(overlays.items())
    problems = []
    for owner, tree in claims:
        for other, named in overlays.items():
            if other == owner or (owner == first and other not in full):
                continue
            for key in _off(tree) & _named(named):
                place: KeyPath = ("levers", key)
                problems.append(
                    problem(
                        f"'{other}' names the lever, '{owner}' switches it off",
                        named.locate(place),
                        key=spelled(place),
                        expected="a lever that is on or off",
                        suggestion="leave one out, or write a scenario that extends both and sets 'enabled'",
                    )
                )
    raise_all(problems)


def _anchor_paths(tree: Tree, source: Source) -> None:
    """Rewrite the paths of own tables, relative to the file that states them, relative to its folder of scenarios."""
    for holder, key, path in _paths(tree.data.get("world")):
        text = holder.get(key)
        if not isinstance(text, str) or "\0" in text:
            continue
        target = Path(os.path.realpath(source.path.parent / text))  # takes a link to itself, too
        if Path(text).is_absolute() or not target.is_relative_to(source.root):
            raise problem(
                f"'{text}' lies outside the folder of the scenario",
                tree.locate(path),
                key=spelled(path),
                expected=f"a relative path inside {source.root}",
                suggestion="copy the file beside the scenario file",
            )
        holder[key] = target.relative_to(source.root).as_posix()


def _paths(world: Plain) -> list[tuple[PlainDict, str, KeyPath]]:
    """Return (mapping, key, key path) of every place in a world where a path to an own table may stand."""
    if not isinstance(world, dict):
        return []
    places: list[tuple[PlainDict, str, KeyPath]] = []
    for key, packaged in (
        ("name", packaged_worlds()),
        ("trusts", (OWN_TABLE, DEFAULT_WORLD)),
        ("ahsns", (OWN_TABLE, DEFAULT_WORLD)),
        ("innovations", ("default",)),
    ):
        if world.get(key) not in packaged:
            places.append((world, key, ("world", key)))
    layers = world.get("layers")
    for name, layer in layers.items() if isinstance(layers, dict) else ():
        if isinstance(layer, dict):
            places.append((layer, "file", ("world", "layers", name, "file")))
    synthetic = world.get("synthetic")
    if isinstance(synthetic, dict):
        places.append((synthetic, "file", ("world", "synthetic", "file")))
    return places


def _refuse_conflicts(first: str, overlays: dict[str, Tree], own: dict[str, Tree]) -> None:
    """Refuse parts that give one key two values: the order of the parts must not decide."""
    claims = [(first, tree) for tree in own.values()] + list(overlays.items())
    stated: dict[KeyPath, tuple[str, Plain]] = {}
    problems = []
    for owner, tree in claims:
        for path, value in tree.leaves():
            if path[0] in HEADER:
                continue
            clash = _clash(stated, path, value, owner)
            if clash is None:
                stated.setdefault(path, (owner, value))
                continue
            other, there = stated[clash]
            problems.append(
                problem(
                    f"'{owner}' says {shown(value)}, '{other}' says {shown(there)}",
                    tree.locate(path),
                    key=spelled(path),
                    expected="one value",
                    suggestion=f"leave one out, or write a scenario that extends both and sets {path[-1]}",
                )
            )
    raise_all(problems)


def _clash(stated: dict[KeyPath, tuple[str, Plain]], path: KeyPath, value: Plain, owner: str) -> KeyPath | None:
    """Return the path stated by another part that contradicts ``path: value``, or None."""
    for other, (name, there) in stated.items():
        shorter = min(len(other), len(path))
        if name == owner or other[:shorter] != path[:shorter] or (len(other) == len(path) and there == value):
            continue
        # A bare `local-first:` agrees with everything that another part says below it.
        if len(other) == len(path) or (there if len(other) < len(path) else value) not in (None, {}):
            return other
    return None
