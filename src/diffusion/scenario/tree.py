"""A scenario before validation: nested keys, each value with the place where it was written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from diffusion.reading.yaml_lines import Key, KeyPath, Plain, PlainDict
from diffusion.scenario.problems import Origin


@dataclass
class Tree:
    """Keys and values of one or several files laid over one another; later values replace earlier ones.

    Mappings merge key by key; lists and single values are replaced whole.
    """

    data: PlainDict = field(default_factory=dict)
    origins: dict[KeyPath, Origin] = field(default_factory=dict)

    @classmethod
    def of(cls, data: Mapping[Any, Plain], file: Path | str, lines: Mapping[KeyPath, int] | None = None) -> Tree:
        """Return a tree of plain data; ``lines`` maps key paths to lines of ``file``."""
        own: PlainDict = dict(data)
        if lines is None:
            return cls(deepcopy(own), {(): Origin(file, None)})
        return cls(own, {path: Origin(file, line) for path, line in lines.items()})

    def copy(self) -> Tree:
        return Tree(deepcopy(self.data), dict(self.origins))

    def locate(self, path: KeyPath) -> Origin | None:
        """Return where ``path``, or its nearest parent that was written, stands."""
        for end in range(len(path), -1, -1):
            if path[:end] in self.origins:
                return self.origins[path[:end]]
        return None

    def lay_over(self, other: Tree) -> None:
        """Lay ``other`` over this tree."""
        self._merge(self.data, other.data, (), other)
        self.origins.setdefault((), other.origins.get((), Origin("", None)))

    def _merge(self, below: PlainDict, above: PlainDict, path: KeyPath, other: Tree) -> None:
        for key, value in above.items():
            place, held = (*path, key), below.get(key)
            if isinstance(value, dict) and isinstance(held, dict):
                self._merge(held, value, place, other)
            elif value is None and place[:-1] == ("levers",) and isinstance(held, dict):
                pass  # a bare `local-first:` names the lever and changes nothing of it
            else:
                if key in below:
                    for written in _paths(held, place):
                        self.origins.pop(written, None)
                below[key] = deepcopy(value)
                for written in _paths(value, place):
                    if written in other.origins:
                        self.origins[written] = other.origins[written]
            if place in other.origins:
                self.origins[place] = other.origins[place]

    def set(self, key: str, value: Plain, origin: Origin | None = None) -> None:
        """Set a dotted key (a part made of digits may be a key that is a whole number)."""
        parts = key.split(".")
        path: list[Key] = []
        current: Plain = self.data
        for part in parts:
            known: Key = part
            if isinstance(current, dict) and part not in current and part.lstrip("-").isdigit():
                known = next((item for item in current if str(item) == part), part)
            path.append(known)
            current = current.get(known) if isinstance(current, dict) else None
        written = origin or Origin(f"setting {key}", None)
        # keys above it that nobody wrote before stand there too
        new = [tuple(path[:end]) for end in range(1, len(path)) if not self._has(path[:end])]
        nested: PlainDict = {path[-1]: value}
        for name in reversed(path[:-1]):
            nested = {name: nested}
        self.lay_over(Tree(nested, {**dict.fromkeys(new, written), tuple(path): written}))

    def set_kept(self, key: str, value: Plain, origin: Origin | None = None) -> None:
        """Set a dotted key; a parameter that is set so is not drawn, where the tree says which are kept."""
        self.set(key, value, origin)
        doubt = self.data.get("doubt")
        before = doubt.get("keep") if isinstance(doubt, dict) else None
        if key.split(".")[0] == "parameters" and isinstance(doubt, dict) and isinstance(before, list):
            path = tuple(key.split("."))
            below = self.leaves(value, path) if isinstance(value, dict) else [(path, value)]
            kept = {".".join(map(str, each)) for each, _ in below} | {str(name) for name in before}
            doubt["keep"] = [*sorted(kept)]

    def _has(self, path: Sequence[Key]) -> bool:
        current: Plain = self.data
        for part in path:
            if not isinstance(current, dict) or part not in current:
                return False
            current = current[part]
        return True

    def leaves(self, data: PlainDict | None = None, path: KeyPath = ()) -> Iterator[tuple[KeyPath, Plain]]:
        """Yield every value that is not a mapping (an empty mapping counts as a value), with its path."""
        for key, value in (self.data if data is None else data).items():
            if isinstance(value, dict) and value:
                yield from self.leaves(value, (*path, key))
            else:
                yield (*path, key), value


def _paths(value: Plain, place: KeyPath) -> Iterator[KeyPath]:
    """Yield ``place`` and the path of everything below it: only what is there, so that large files take no longer."""
    yield place
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _paths(inner, (*place, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _paths(inner, (*place, index))
