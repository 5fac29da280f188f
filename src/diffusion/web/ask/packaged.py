"""What comes with the package to ask with: full scenarios by world, and what can be laid over them."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from diffusion.levers.registry import all_levers
from diffusion.paths import scenarios_folder
from diffusion.reading.files import read_text
from diffusion.reading.yaml_lines import parse_yaml
from diffusion.scenario.schema import HEADER
from diffusion.scenario.sources import PATCH_FOLDER, Source, find, read_chain
from diffusion.scenario.tree import Tree
from diffusion.world.facts import DEFAULT_WORLD, packaged_worlds
from diffusion.world.spec import WorldSpec

#: worlds by name, and the scenarios that have known answers, as the pages group them
_LIMITS = "limits/"
_WORLDS = {"england-2017": "England, the trusts of 2017", "england-2025": "England, the trusts of 2025"}
_KNOWN_ANSWERS = "Made-up worlds with known answers"


class Packaged(NamedTuple):
    """A file of the package: the name by which it is asked for, its title, and a sentence on it."""

    name: str
    title: str
    says: str = ""


@cache
def full_scenarios() -> dict[str, tuple[Packaged, ...]]:
    """Return the full scenarios of the package, by world."""
    groups: dict[str, list[Packaged]] = {}
    for path in sorted(scenarios_folder().rglob("*.yaml")):
        name = path.relative_to(scenarios_folder()).with_suffix("").as_posix()
        if path.name.startswith("_") or name.startswith(f"{PATCH_FOLDER}/"):
            continue
        chain = read_chain(path, scenarios_folder())
        groups.setdefault(_group(name, chain), []).append(Packaged(name, _said(chain, "title")))
    order = [*(_WORLDS.get(name, name) for name in packaged_worlds()), _KNOWN_ANSWERS]
    return {name: tuple(groups[name]) for name in sorted(groups, key=order.index)}


def _group(name: str, chain: list[Source]) -> str:
    if name.startswith(_LIMITS):
        return _KNOWN_ANSWERS
    tree = Tree()
    for source in chain:
        tree.lay_over(source.tree)
    world = tree.data.get("world")
    stated = WorldSpec.model_validate(world).name if isinstance(world, dict) else DEFAULT_WORLD
    return _WORLDS.get(stated, stated)


@cache
def full_names() -> frozenset[str]:
    """Return the names of the full scenarios of the package."""
    return frozenset(each.name for group in full_scenarios().values() for each in group)


@cache
def additions() -> dict[str, Packaged]:
    """Return what the package has to lay over a scenario, by the name of the file without its folder."""
    found = {}
    for path in sorted((scenarios_folder() / PATCH_FOLDER).glob("*.yaml")):
        name = path.stem
        chain = read_chain(*find(f"{PATCH_FOLDER}/{name}"))
        found[name] = Packaged(f"{PATCH_FOLDER}/{name}", _said(chain, "title"), _sentence(name, chain))
    return found


def _sentence(name: str, chain: list[Source]) -> str:
    lever = all_levers().get(name)
    if lever is not None:
        return lever.acts_on
    return _said(chain, "description").split(". ")[0].rstrip(".")


def _said(chain: list[Source], key: str) -> str:
    return " ".join(str(chain[-1].tree.data.get(key, "")).split())


def text_on_others(name: str) -> str | None:
    """Return the text of a full scenario that only lays files over another one: they can then be taken away.

    None of one that stands alone, is a stack of names, or has settings of its own: what is laid over it has those.
    """
    if name not in full_names():
        return None
    path, _ = find(name)
    text = read_text(path)
    data = parse_yaml(text).data
    if not isinstance(data, dict) or set(data) - {"extends", *HEADER}:
        return None
    below = data["extends"] if isinstance(data["extends"], list) else [data["extends"]]
    return text if any(each in full_names() for each in below) else None


def is_packaged_stack(text: str) -> bool:
    """Whether ``text`` names a full scenario of the package, alone or with additions: ``baseline+local-first``."""
    first, *more = text.split("+")
    return first in full_names() and all(part in additions() or part in full_names() for part in more)
