"""Settings as fields of a form: made from the models that scenarios are checked with, own levers' included."""

from __future__ import annotations

import re
import typing
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Literal

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from diffusion.engine.calendar import Month
from diffusion.engine.parameters import OneOf, stated
from diffusion.levers.base import Lever
from diffusion.mechanisms.parameters import Parameters
from diffusion.reading.validation import choices
from diffusion.reading.yaml_lines import KeyPath, Plain

#: ``keys`` are keys with values below, written as YAML; ``list`` is written with commas between
Kind = Literal["number", "whole", "yes_no", "month", "text", "choice", "list", "keys"]
#: fields of a lever that stand first, as in every lever
BASICS = ("start", "end", "strength", "ramp_months")
#: units that are no words
_NO_UNITS = ("", "1", "yes/no", "name")
_ABBREVIATIONS = re.compile(r"\b(gbp|wte|ics|ahsn|ahsns|nice|nhs)\b")
_NAMES = {"ics": "ICS", "ahsns": "AHSNs"}


@dataclass(frozen=True)
class Setting:
    """A field: where it stands below its lever or section, how it is written, and what is known of it."""

    place: KeyPath
    kind: Kind
    description: str
    default: Plain
    optional: bool
    unit: str = ""
    plausible: str = ""
    grade: str = ""
    source: str = ""
    choices: tuple[str, ...] = ()
    #: what each of a list is
    member: Kind = "text"

    @property
    def unit_shown(self) -> str:
        """The unit, where the label does not have it already."""
        return "" if self.unit.casefold() in self.label.casefold() else self.unit

    @property
    def label(self) -> str:
        return words_of(str(self.place[-1]))


def words_of(key: str) -> str:
    """Return a key as words: ``cost_gbp`` is ``Cost GBP``."""
    text = re.sub(r"[_-]+", " ", key)
    text = _ABBREVIATIONS.sub(lambda found: _NAMES.get(found[0], found[0].upper()), text)
    return text[:1].upper() + text[1:]


@cache
def settings_of(model: type[BaseModel]) -> tuple[Setting, ...]:
    """Return the settings of a lever or of a section, in the order of the model; those of targets one by one."""
    return tuple(_below(model, ()))


def _below(model: type[BaseModel], place: KeyPath) -> Iterator[Setting]:
    for name, info in model.model_fields.items():
        inner = choices(info.annotation)
        if len(inner) == 1 and isinstance(inner[0], type) and issubclass(inner[0], BaseModel):
            yield from _below(inner[0], (*place, name))
        else:
            yield setting_of((*place, name), info)


def setting_of(place: KeyPath, info: FieldInfo) -> Setting:
    """Return the setting that a field of a model is."""
    kinds = choices(info.annotation)
    kind, named, member = _kind(kinds)
    if names := next((each.names() for each in info.metadata if isinstance(each, OneOf)), ()):
        kind, named = "choice", names
    default = None if info.is_required() else info.get_default(call_default_factory=True)
    said = stated(info)
    return Setting(
        place,
        kind,
        info.description or "",
        _plain(default),
        type(None) in kinds,
        "" if said is None or said.unit in _NO_UNITS else said.unit,
        "" if said is None else said.plausible,
        "" if said is None else said.grade,
        "" if said is None else said.source,
        named,
        member,
    )


def _kind(kinds: list[object]) -> tuple[Kind, tuple[str, ...], Kind]:
    """Return the kind of what may be any of ``kinds``, the names it may be, and what each is where it is a list."""
    one = [kind for kind in kinds if kind is not type(None)]
    if len(one) != 1:
        return ("number" if set(one) == {int, float} else "keys"), (), "text"
    kind, arguments = typing.get_origin(one[0]) or one[0], typing.get_args(one[0])
    if kind is Literal:
        return "choice", tuple(str(each) for each in arguments), "text"
    if kind in (tuple, list):
        # a list of what is itself keys or a list is written as YAML
        inner, named, _ = _kind(choices(arguments[0])) if arguments else ("keys", (), "text")
        return ("keys", (), "text") if inner in ("keys", "list") else ("list", named, inner)
    known: dict[object, Kind] = {bool: "yes_no", int: "whole", float: "number", str: "text", Month: "month"}
    return known.get(kind, "keys"), (), "text"


def _plain(value: object) -> Plain:
    if isinstance(value, BaseModel):
        return {key: _plain(each) for key, each in value.model_dump(mode="json", exclude_none=True).items()}
    if isinstance(value, Month):
        return str(value)
    if isinstance(value, tuple | list):
        return [_plain(each) for each in value]
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    return value if isinstance(value, bool | int | float | str) else None


def parameter_of(key: str) -> Setting | None:
    """Return the setting of ``section.name`` below ``parameters``; None where there is no such."""
    return parameters().get(key.strip().removeprefix("parameters."))


@cache
def parameters() -> dict[str, Setting]:
    """Return all parameters of the mechanisms by ``section.name``."""
    return {".".join(map(str, each.place)): each for each in settings_of(Parameters)}


def lever_settings(lever: type[Lever]) -> tuple[list[Setting], list[Setting], list[Setting]]:
    """Return the settings of a lever: those that all levers have first, whom it concerns, and its own."""
    every = settings_of(lever)
    first = [each for name in BASICS for each in every if each.place == (name,)]
    whom = [each for each in every if each.place[0] == "targets"]
    own = [each for each in every if each not in first and each not in whom]
    # what every lever has beside these, such as what it is silent about, stands last
    return first, whom, sorted(own, key=lambda each: str(each.place[0]) in Lever.model_fields)
