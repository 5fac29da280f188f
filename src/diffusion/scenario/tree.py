"""A scenario before validation: nested keys, each value with the place where it was written, and perhaps a reason.

A reason stands beside a value, ``{value: 0.05, because: "local survey 2024"}``: the value counts as if it stood alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from diffusion.errors import InputError, did_you_mean
from diffusion.reading.yaml_lines import Key, KeyPath, Plain, PlainDict
from diffusion.scenario.problems import Origin, problem, raise_all, shown, spelled

#: sections in which a setting may be written with its reason
REASONED = ("parameters", "levers", "shocks", "world")
#: the most characters of a reason
LONGEST_REASON = 500
VALUE, BECAUSE = "value", "because"


@dataclass
class Tree:
    """Keys and values of one or several files laid over one another; later values replace earlier ones.

    Mappings merge key by key; lists and single values are replaced whole. ``reasons`` says why a value was chosen.
    """

    data: PlainDict = field(default_factory=dict)
    origins: dict[KeyPath, Origin] = field(default_factory=dict)
    reasons: dict[KeyPath, str] = field(default_factory=dict)

    @classmethod
    def of(cls, data: Mapping[Any, Plain], file: Path | str, lines: Mapping[KeyPath, int] | None = None) -> Tree:
        """Return a tree of plain data; ``lines`` maps key paths to lines of ``file``."""
        own: PlainDict = dict(data)
        if lines is None:
            return cls(deepcopy(own), {(): Origin(file, None)})
        return cls(own, {path: Origin(file, line) for path, line in lines.items()})

    def copy(self) -> Tree:
        return Tree(deepcopy(self.data), dict(self.origins), dict(self.reasons))

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
                        self.reasons.pop(written, None)
                below[key] = deepcopy(value)
                for written in _paths(value, place):
                    if written in other.origins:
                        self.origins[written] = other.origins[written]
                    if written in other.reasons:
                        self.reasons[written] = other.reasons[written]
            if place in other.origins:
                self.origins[place] = other.origins[place]

    def set(self, key: str, value: Plain, origin: Origin | None = None) -> None:
        """Set a dotted key (a part made of digits may be a key that is a whole number).

        Raises InputError for a reason that is none.
        """
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
        above = Tree(nested, {**dict.fromkeys(new, written), tuple(path): written})
        raise_all(above.take_reasons())
        self.lay_over(above)

    def set_kept(self, key: str, value: Plain, origin: Origin | None = None) -> None:
        """Set a dotted key; a parameter or a cost that is set so is not drawn, where the tree says which are kept."""
        self.set(key, value, origin)
        doubt = self.data.get("doubt")
        before = doubt.get("keep") if isinstance(doubt, dict) else None
        if key.split(".")[0] in ("parameters", "levers") and isinstance(doubt, dict) and isinstance(before, list):
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

    def take_reasons(self) -> list[InputError]:
        """Put values in the place of ``{value: ..., because: ...}``, keep the reasons, and return what is wrong."""
        problems: list[InputError] = []
        for section in REASONED:
            below = self.data.get(section)
            if isinstance(below, dict):
                self._take_reasons(below, (section,), problems)
        return problems

    def _take_reasons(self, below: PlainDict, path: KeyPath, problems: list[InputError]) -> None:
        for key, entry in list(below.items()):
            place = (*path, key)
            if not isinstance(entry, dict):
                continue
            if not gives_reason(entry):
                self._take_reasons(entry, place, problems)
                continue
            fault = self._fault_of(entry, place)
            if fault is not None:
                problems.append(fault)
            value = entry.get(VALUE)
            if VALUE not in entry or isinstance(value, dict):
                del below[key]
                continue
            below[key] = value
            if fault is None:
                self.reasons[place] = str(entry[BECAUSE])
            # the value stands where it was written, not where its key was
            stood = (*place, VALUE)
            for written in list(_paths(value, stood)):
                if written in self.origins:
                    self.origins[(*place, *written[len(stood) :])] = self.origins.pop(written)
            self.origins.pop((*place, BECAUSE), None)

    def _fault_of(self, entry: PlainDict, place: KeyPath) -> InputError | None:
        """Return what is wrong with a value and its reason, at the place of the fault; None if nothing is."""
        reason, value = entry[BECAUSE], entry.get(VALUE)
        here: KeyPath = (*place, BECAUSE)
        if unknown := [key for key in entry if key not in (VALUE, BECAUSE)]:
            inside = f"{unknown[0]}: {{value: {_brief(entry[unknown[0]])}, because: ...}}"
            meant = f"leave '{unknown[0]}' out" if VALUE in entry else did_you_mean(str(unknown[0]), [VALUE])
            return problem(
                "a reason stands beside one value, not beside other keys",
                self.locate((*place, unknown[0])),
                key=spelled((*place, unknown[0])),
                expected="'value' and 'because' alone",
                suggestion=meant or f"write it for one setting: {inside}",
            )
        if VALUE not in entry:
            return problem(
                "a reason without a value",
                self.locate(here),
                key=spelled(here),
                expected="'value' beside 'because'",
                suggestion=f"write {place[-1]}: {{value: ..., because: ...}}, or leave the reason out",
            )
        if isinstance(value, dict):
            return problem(
                "a reason for keys, not for a value",
                self.locate((*place, VALUE)),
                key=spelled((*place, VALUE)),
                expected="a single value or a list",
                suggestion="give the reason beside each value below",
            )
        if not isinstance(reason, str):
            return problem(
                f"wrong type: {shown(reason)}",
                self.locate(here),
                key=spelled(here),
                expected="text",
                suggestion="put it in quotes",
            )
        if not reason.strip() or len(reason) > LONGEST_REASON:
            return problem(
                f"a reason of {len(reason):,} characters" if reason.strip() else "the reason is empty",
                self.locate(here),
                key=spelled(here),
                expected=f"1 to {LONGEST_REASON} characters",
                suggestion="say it in a sentence, and the rest in 'description'",
            )
        return None

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


def gives_reason(entry: PlainDict) -> bool:
    """Whether keys are a value with its reason; an id may be ``because``, too, and has keys below it."""
    return BECAUSE in entry and (VALUE in entry or not isinstance(entry[BECAUSE], dict))


def _brief(value: Plain) -> str:
    return "..." if isinstance(value, dict | list) else str(value)[:20]
