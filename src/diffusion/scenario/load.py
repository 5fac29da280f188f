"""Loading: ``baseline``, ``my.yaml``, ``baseline+local-first``, with settings, to one checked Scenario."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pydantic import ValidationError

from diffusion.errors import InputError
from diffusion.paths import scenarios_folder
from diffusion.reading.yaml_lines import KeyPath
from diffusion.scenario.schema import Said, Scenario
from diffusion.scenario.settings import apply_settings
from diffusion.scenario.stack import read_stack
from diffusion.scenario.tree import Tree
from diffusion.world.building.build import entries_of
from diffusion.world.spec import WorldSpec

#: key of a lever or shock -> names in a packaged file that the portfolio lacks
LeftOut = dict[str, tuple[str, ...]]


def load_scenario(text: str | Path, settings: Sequence[str] = ()) -> Scenario:
    """Return the scenario that ``text`` names.

    ``text`` is a name (``baseline``), a path to a YAML file, or a stack ``baseline+local-first``: a full scenario
    and what is laid over it, looked up in ``scenarios/levers`` first. A part that names a lever switches it on. The
    order of the parts after the first does not matter. Innovations that a packaged file aims at and the world's
    portfolio lacks are left out. ``settings`` are ``key.below=value`` as on the command line.

    Raises
    ------
    InputError
        With file, line, key, what was expected and the nearest name; all problems of the files at once.
    """
    stack = read_stack(str(text))
    apply_settings(stack.tree, settings)
    left_out = _fit_to_portfolio(stack.tree, stack.folder, stack.packaged)
    scenario = Scenario.from_tree(stack.tree, stack.folder, stack.problems)
    titled = (scenario.title,) if any(each.partition("=")[0].strip() == "title" for each in settings) else stack.titles
    scenario._said = Said(stack.parts, tuple(settings), stack.own, stack.unheard, titled, left_out)
    scenario._packaged = stack.packaged
    return scenario


def _fit_to_portfolio(tree: Tree, folder: Path, *others: Tree) -> LeftOut:
    """Leave out of ``tree``, and of ``others``, the innovations that packaged files name and its portfolio lacks.

    Only targets of levers and shocks are changed that stand so in a packaged file; what a user names is checked later.
    Made-up worlds have innovations of their own making, and keep their lists. Returns what was left out.
    """
    lists = dict(_packaged_lists(tree))
    if not lists and not any(dict(_packaged_lists(other)) for other in others):
        return {}
    known = _ids(tree, folder)
    if known is None:
        return {}
    found: LeftOut = {}
    for each in (tree, *others):
        for path, names in _packaged_lists(each):
            kept = [name for name in names if name in known]
            if len(kept) == len(names):
                continue
            each.set(".".join(map(str, path)), list(kept), each.locate(path))
            if each is tree:
                found[f"{path[0]}.{path[1]}"] = tuple(name for name in names if name not in known)
    return found


def _packaged_lists(tree: Tree) -> list[tuple[KeyPath, list[str]]]:
    """Return (key path, innovations) of every list of targets that a packaged file wrote."""
    found: list[tuple[KeyPath, list[str]]] = []
    groups = [(group, tree.data.get(group)) for group in ("levers", "shocks")]
    entries = [(group, key, entry) for group, held in groups if isinstance(held, dict) for key, entry in held.items()]
    for group, key, entry in entries:
        targets = entry.get("targets") if isinstance(entry, dict) else None
        names = targets.get("innovations") if isinstance(targets, dict) else None
        path: KeyPath = (group, key, "targets", "innovations")
        origin = tree.locate(path)
        if not isinstance(names, list) or origin is None or not all(isinstance(name, str) for name in names):
            continue
        if Path(origin.file).is_relative_to(scenarios_folder()):
            found.append((path, [str(name) for name in names]))
    return found


def _ids(tree: Tree, folder: Path) -> set[str] | None:
    """Return the ids of the innovations of a tree's world; None where it makes its own, or cannot be read."""
    stated = tree.data.get("world")
    try:
        spec = WorldSpec.model_validate(stated if stated is not None else {})
        if spec.synthetic is not None:
            return None
        return {entry.row.id for entry in entries_of(spec, folder)}
    except (ValidationError, InputError):
        return None  # told when the world is built
