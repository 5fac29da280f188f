"""What a scenario key holds: its kind, unit, plausible range and value, found by walking the scenario's own schema."""

from __future__ import annotations

import typing
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from diffusion.engine.calendar import Month
from diffusion.engine.parameters import stated
from diffusion.errors import InputError, did_you_mean
from diffusion.reading.validation import choices, model_in
from diffusion.scenario.schema import HEADER, Scenario
from diffusion.scenario.settings import how_to_have, keys_meant

Kind = Literal["number", "whole", "month", "yes/no", "text", "other"]


@dataclass(frozen=True)
class KeyInfo:
    """One key of a scenario: what may stand there, and what stands there now (None if nothing does)."""

    key: str
    kind: Kind
    unit: str = ""
    low: float | None = None
    high: float | None = None
    description: str = ""
    symbol: str = ""
    value: object = None

    @property
    def numeric(self) -> bool:
        return self.kind in ("number", "whole")

    @property
    def number(self) -> float:
        """The number that stands there; only for keys that hold one."""
        assert isinstance(self.value, int | float)
        return self.value


def scenarios_with(key: str, scenarios: Sequence[Scenario]) -> list[int]:
    """Return the positions of the scenarios that ``key`` concerns: all, or those that have its lever."""
    parts = key.split(".")
    if parts[0] != "levers" or len(parts) < 2:
        return list(range(len(scenarios)))
    return [index for index, scenario in enumerate(scenarios) if parts[1] in scenario.levers]


def key_info(scenario: Scenario, key: str) -> KeyInfo:
    """Return what the dotted ``key`` holds in ``scenario``.

    Raises
    ------
    InputError
        Without file and line: an unknown part, or a mapping where a value is meant.
    """
    current: object = scenario
    annotation: object = Scenario
    info: FieldInfo | None = None
    parts = key.split(".")
    for depth, part in enumerate(parts):
        known, below = _below(current, annotation, parts[:depth])
        if part not in known and below is None:
            raise InputError(
                "unknown key" if known else f"'{'.'.join(parts[:depth])}' has no keys below it",
                key=key,
                expected="one of " + ", ".join(known) if known else None,
                suggestion=_suggestion(part, known, parts[:depth], parts[depth + 1 :], list(scenario.levers)),
            )
        info = known.get(part)
        annotation = info.annotation if info is not None else below
        current = _value(current, part)
    if isinstance(current, BaseModel | Mapping) or model_in(annotation) is not None:
        inner, _ = _below(current, annotation, parts)
        raise InputError(
            "this holds keys, not a value",
            key=key,
            expected=f"one of {', '.join(inner)} after '{key}.'",
            suggestion=f"for example {key}.{next(iter(inner), 'KEY')}",
        )
    said = stated(info) if info is not None else None
    unit = said.unit if said is not None else "months" if key == "months" else ""
    low, high, symbol = (said.low, said.high, said.symbol) if said is not None else (None, None, "")
    description = (info.description if info is not None else "") or ""
    return KeyInfo(key, _kind(annotation), unit, low, high, description, symbol, current)


def numeric_keys(model: BaseModel | type[BaseModel], prefix: str) -> list[str]:
    """Return the dotted keys of all numbers with a plausible range below a model, in its order."""
    found = []
    fields = model.model_fields if isinstance(model, type) else type(model).model_fields
    for name, info in fields.items():
        inner = model_in(info.annotation)
        if inner is not None:
            found += numeric_keys(inner, f"{prefix}.{name}")
            continue
        said = stated(info)
        if said is None or said.low is None or said.high is None or not said.low < said.high:
            continue
        if _kind(info.annotation) in ("number", "whole"):
            found.append(f"{prefix}.{name}")
    return found


def _below(current: object, annotation: object, above: list[str]) -> tuple[dict[str, FieldInfo], object]:
    """Return (field by name, annotation of any other key or None) of what may stand below a value."""
    if isinstance(current, Mapping):
        # a scenario has the levers that it has; layers and arguments may be added
        other = None if above == ["levers"] else _item_of(annotation)
        return {key: FieldInfo(annotation=type(value)) for key, value in current.items()}, other
    model = type(current) if isinstance(current, BaseModel) else model_in(annotation)
    if model is None:
        return {}, None
    return {name: info for name, info in model.model_fields.items() if above or name not in HEADER}, None


def _value(current: object, part: str) -> object:
    if isinstance(current, Mapping):
        return current.get(part)
    return getattr(current, part, None) if isinstance(current, BaseModel) else None


def _item_of(annotation: object) -> object:
    for choice in choices(annotation):
        if typing.get_origin(choice) is dict:
            item: object = typing.get_args(choice)[1]
            return item
    return None


def _kind(annotation: object) -> Kind:
    kinds: dict[object, Kind] = {bool: "yes/no", Month: "month", int: "whole", float: "number", str: "text"}
    for choice in choices(annotation):
        if typing.get_origin(choice) is Literal:
            return "text"
        if choice in kinds:
            return kinds[choice]
    return "other"


def _suggestion(
    part: str, known: Mapping[str, FieldInfo], above: list[str], after: list[str], levers: Sequence[str]
) -> str:
    for name, info in known.items():
        said = stated(info)
        if said is not None and said.symbol == part:
            return f"did you mean '{name}'?"
    meant = keys_meant(".".join([*above, part, *after]), dict.fromkeys(levers))
    if meant and not above:  # a section or a lever without what stands above it
        return "write " + " or ".join(meant[:3])
    if near := did_you_mean(part, known):
        return near
    if above == ["levers"]:
        return f"no scenario of the study has this lever; {how_to_have(part)}"
    if meant:
        return "write " + " or ".join(meant[:3])
    return "'diffusion scenarios schema' and 'diffusion parameters' show all keys"
