"""A scenario file while it is written: what it says itself, and what it has from the files that it extends.

Its text is the truth: keys are changed in what the text says, and written back. What a form does not know stays.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from diffusion.errors import InputError
from diffusion.outlets import yaml_text
from diffusion.reading.yaml_lines import KeyPath, Plain, PlainDict, parse_yaml
from diffusion.scenario.stack import inherited
from diffusion.scenario.tree import BECAUSE, VALUE, gives_reason


class Missing:
    """Stands for a key that is not there."""


MISSING: Final = Missing()


@dataclass
class Draft:
    """``own`` is what the file says, ``below`` what it has from others; ``fault`` is why it says nothing that can be
    changed: it is not YAML, or no keys with values."""

    text: str
    own: PlainDict = field(default_factory=dict)
    below: PlainDict = field(default_factory=dict)
    fault: InputError | None = None

    @classmethod
    def of(cls, text: str, path: Path) -> Draft:
        """Return the draft of a text that lies at ``path``."""
        try:
            data = parse_yaml(text, path).data
            if not isinstance(data, dict):
                raise InputError("the file holds no keys", file=path, line=1, expected="keys with values")
        except InputError as error:
            return cls(text, fault=error)
        try:
            return cls(text, data, inherited(data.get("extends"), path).data)
        except InputError:
            return cls(text, data)  # what it extends is at fault, and told when it is checked

    def said(self, place: KeyPath) -> Plain | Missing:
        """Return what the file says itself at ``place``, without its reason."""
        found = _at(self.own, place)
        if isinstance(found, dict) and gives_reason(found):
            return found.get(VALUE, MISSING)
        return found

    def reason(self, place: KeyPath) -> str:
        """Return the reason that the file gives at ``place``."""
        found = _at(self.own, place)
        return str(found[BECAUSE]) if isinstance(found, dict) and gives_reason(found) else ""

    def has_from_below(self, place: KeyPath) -> Plain | Missing:
        """Return what the files below say at ``place``."""
        return _at(self.below, place)

    def value(self, place: KeyPath) -> Plain | Missing:
        """Return what holds at ``place``: what the file says, else what it has from below."""
        own = self.said(place)
        return own if not isinstance(own, Missing) else self.has_from_below(place)

    def say(self, place: KeyPath, value: Plain, reason: str = "") -> None:
        """Let the file say ``value`` at ``place``; the keys above are made where they are not there."""
        current = self.own
        for part in place[:-1]:
            held = current.get(part)
            if not isinstance(held, dict):
                held = current[part] = {}
            current = held
        current[place[-1]] = {VALUE: value, BECAUSE: reason} if reason else value

    def unsay(self, place: KeyPath) -> None:
        """Take a key out of the file, and keys above that hold nothing then and are there from below."""
        above = [_at(self.own, place[:end]) for end in range(len(place))]
        if not isinstance(above[-1], dict) or place[-1] not in above[-1]:
            return
        del above[-1][place[-1]]
        for end in range(len(place) - 1, 0, -1):
            held, holder = above[end], above[end - 1]
            # a lever is there because it is named: an empty entry of one that is not there from below stays
            needed = place[0] == "levers" and end == 2 and not isinstance(_at(self.below, place[:end]), dict)
            if held == {} and isinstance(holder, dict) and not needed:
                del holder[place[end - 1]]

    def written(self) -> str:
        """Return the text: as it was where nothing was changed."""
        return self.text if parse_yaml(self.text).data == self.own else yaml_text(self.own)

    def copy(self) -> Draft:
        return Draft(self.text, deepcopy(self.own), self.below, self.fault)


def _at(data: PlainDict, place: KeyPath) -> Plain | Missing:
    current: Plain = data
    for part in place:
        if not isinstance(current, dict) or part not in current:
            return MISSING
        current = current[part]
    return current
