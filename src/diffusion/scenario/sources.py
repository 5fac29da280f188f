"""Finding and reading scenario files: names, folders, ``extends``."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from diffusion.errors import InputError
from diffusion.paths import scenarios_folder, studies_folder
from diffusion.reading.files import beside, is_file, named_by_user
from diffusion.reading.yaml_lines import Plain, load_yaml
from diffusion.scenario.problems import Origin, problem, unknown_name
from diffusion.scenario.tree import Tree

SUFFIXES = (".yaml", ".yml")
PATCH_FOLDER = "levers"


@dataclass(frozen=True)
class Source:
    """One scenario file: its tree of keys, the folder of scenarios that it belongs to, and reasons that are none."""

    path: Path
    root: Path
    tree: Tree
    faults: tuple[InputError, ...] = ()

    @property
    def is_patch(self) -> bool:
        """Whether it stands in the folder of levers to stack on scenarios."""
        return self.path.is_relative_to(self.root / PATCH_FOLDER)

    @property
    def is_packaged(self) -> bool:
        """Whether it came with the package."""
        return self.path.is_relative_to(scenarios_folder()) or self.path.is_relative_to(studies_folder())


def scenario_folders() -> list[Path]:
    """Return where names are looked up: ``scenarios`` of the current folder, then the packaged files."""
    own = Path.cwd() / "scenarios"
    folders = [own.resolve()] if own.is_dir() else []
    packaged = scenarios_folder()
    return folders if packaged in folders else [*folders, packaged]


def scenario_names() -> dict[str, Path]:
    """Return all scenarios by name (``limits/ring``); names with a leading underscore are parts of others."""
    found: dict[str, Path] = {}
    for folder in scenario_folders():
        for path in sorted(folder.rglob("*.yaml")) + sorted(folder.rglob("*.yml")):
            name = path.relative_to(folder).with_suffix("").as_posix()
            if not path.name.startswith("_"):
                found.setdefault(name, path)
    return dict(sorted(found.items(), key=lambda item: (item[0].count("/"), item[0])))


def find(text: str, *, patch: bool = False) -> tuple[Path, Path]:
    """Return (file, folder of scenarios) for a name or a path that a user gave.

    Patches are looked up in ``levers`` first. Raises InputError with the nearest name.
    """
    if text.endswith(SUFFIXES):
        path = named_by_user(text, "scenario")
        if not is_file(path):
            siblings = beside(text, (item.name for item in path.parent.glob("*.y*ml")) if path.parent.is_dir() else ())
            raise unknown_name(
                "scenario file",
                text,
                siblings,
                origin=Origin(text, None),
                key="scenario",
                otherwise="'diffusion scenarios list' shows the scenarios by name",
            )
        path = path.resolve()
        return path, _folder_of(path)
    return _by_name(text, scenario_folders(), patch=patch)


def _folder_of(path: Path) -> Path:
    return next((folder for folder in scenario_folders() if path.is_relative_to(folder)), path.parent)


def _by_name(name: str, folders: list[Path], *, patch: bool, origin: Origin | None = None) -> tuple[Path, Path]:
    plain = not name.startswith(("/", "~", "_")) and ".." not in name and "\0" not in name
    for folder in folders if plain else []:
        for inner in (PATCH_FOLDER, "") if patch else ("",):
            for suffix in SUFFIXES:
                path = folder / inner / f"{name}{suffix}"
                if is_file(path) and (path := path.resolve()).is_relative_to(folder):
                    return path, folder
    known = list(scenario_names())
    if patch:
        inside = f"{PATCH_FOLDER}/"
        known = [item.removeprefix(inside) for item in sorted(known, key=lambda item: not item.startswith(inside))]
    raise unknown_name(
        "scenario or lever to stack" if patch else "scenario",
        name,
        known,
        origin=origin,
        key="extends" if origin else "scenario",
        otherwise="'diffusion scenarios list' shows the scenarios by name",
    )


def read_chain(path: Path, root: Path) -> list[Source]:
    """Return the file and everything it extends, ancestors first, each file once.

    Raises InputError for a cycle, for a file outside the folder of scenarios and for unreadable files.
    """
    chain: list[Source] = []
    _read(path, root, (), chain)
    return chain


def read_below(extends: Plain, path: Path) -> list[Source]:
    """Return the files that a file at ``path`` extends, ancestors first, if it says ``extends``.

    Raises InputError as :func:`read_chain` does.
    """
    chain: list[Source] = []
    root = _folder_of(path)
    for text, origin in _parents(extends, Origin(path, None)):
        _read(*_parent(text, path, root, origin), (path,), chain)
    return [source for source in chain if source.path != path]


def _read(path: Path, root: Path, trail: tuple[Path, ...], chain: list[Source]) -> None:
    if any(source.path == path for source in chain):
        return
    document = load_yaml(path)
    if not isinstance(document.data, dict):
        raise InputError(
            "the file holds no keys",
            file=path,
            line=1,
            expected="keys with values such as 'title: ...'",
            suggestion="'diffusion scenarios new NAME' writes a file to start from",
        )
    data = dict(document.data)
    parents = _parents(data.pop("extends", None), Origin(path, document.line(("extends",))))
    for index, (text, origin) in enumerate(parents):
        line = document.lines.get(("extends", index))
        origin = Origin(path, line) if line else origin
        parent, parent_root = _parent(text, path, root, origin)
        if parent in (*trail, path):
            circle = [*(*trail, path)[(*trail, path).index(parent) :], parent]
            raise problem(
                "the scenario extends itself: " + " -> ".join(item.stem for item in circle),
                origin,
                key="extends",
                expected="a chain of scenarios that ends",
                suggestion=f"remove 'extends: {text}' here or in another file of the circle",
            )
        _read(parent, parent_root, (*trail, path), chain)
    lines = {place: line for place, line in document.lines.items() if place[:1] != ("extends",)}
    tree = Tree.of(data, path, lines)
    faults = tuple(tree.take_reasons())
    chain.append(Source(path, root, tree, faults))


def _parents(value: object, origin: Origin) -> Iterator[tuple[str, Origin]]:
    if value is None:
        return
    for text in value if isinstance(value, list) and value else [value]:
        if not isinstance(text, str) or not text.strip():
            raise problem(
                f"wrong type: {text!r}",
                origin,
                key="extends",
                expected="the name of a scenario, or a list of names",
                suggestion="for example 'extends: baseline'",
            )
        yield text, origin


def _parent(text: str, path: Path, root: Path, origin: Origin) -> tuple[Path, Path]:
    """Return (file, folder of scenarios) for one entry of ``extends`` in the file ``path``."""
    if not text.endswith(SUFFIXES) and ".." not in text and not Path(text).is_absolute():
        return _by_name(text, [root, *scenario_folders()], patch=False, origin=origin)
    inside = path.parent / named_by_user(text, "extends")
    inside = inside.resolve() if is_file(inside) else Path(os.path.normpath(inside))
    if Path(text).is_absolute() or not inside.is_relative_to(root):
        raise problem(
            f"'{text}' lies outside the folder of the scenario",
            origin,
            key="extends",
            expected=f"the name of a scenario or a relative path inside {root}",
            suggestion="copy the file beside this one, or extend a scenario by its name",
        )
    if not is_file(inside):
        raise unknown_name(
            "scenario file",
            text,
            beside(text, (item.name for item in inside.parent.glob("*.y*ml") if item != path)),
            origin=origin,
            key="extends",
            otherwise="name a file beside this one",
        )
    return inside, root
