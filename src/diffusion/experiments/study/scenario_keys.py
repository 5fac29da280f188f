"""What a scenario key holds: its kind, unit, plausible range and value, found by walking the scenario's own schema."""

from __future__ import annotations

import typing
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from diffusion.engine.calendar import Month
from diffusion.errors import InputError, did_you_mean
from diffusion.reading.validation import choices, model_in
from diffusion.scenario.schema import HEADER, Scenario

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
    value: Any = None

    @property
    def numeric(self) -> bool:
        return self.kind in ("number", "whole")


def key_info(scenario: Scenario, key: str) -> KeyInfo:
    """Return what the dotted ``key`` holds in ``scenario``.

    Raises
    ------
    InputError
        Without file and line: an unknown part, or a mapping where a value is meant.
    """
    current: Any = scenario
    annotation: Any = Scenario
    info: FieldInfo | None = None
    parts = key.split(".")
    for depth, part in enumerate(parts):
        known, below = _below(current, annotation, parts[:depth])
        if part not in known and below is None:
            raise InputError(
                "unknown key" if known else f"'{'.'.join(parts[:depth])}' has no keys below it",
                key=key,
                expected="one of " + ", ".join(known) if known else None,
                suggestion=_suggestion(part, known, parts[:depth]),
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
    extra: Mapping[str, Any] = info.json_schema_extra if info and isinstance(info.json_schema_extra, dict) else {}
    low, high = extra.get("plausible", (None, None))
    unit = str(extra.get("unit", "")) or ("months" if key == "months" else "")
    description = (info.description if info else "") or ""
    return KeyInfo(key, _kind(annotation), unit, low, high, description, str(extra.get("symbol", "")), current)


def numeric_keys(model: BaseModel | type[BaseModel], prefix: str) -> list[str]:
    """Return the dotted keys of all numbers with a plausible range below a model, in its order."""
    found = []
    fields = model.model_fields if isinstance(model, type) else type(model).model_fields
    for name, info in fields.items():
        inner = model_in(info.annotation)
        if inner is not None:
            found += numeric_keys(inner, f"{prefix}.{name}")
            continue
        extra = info.json_schema_extra
        if not isinstance(extra, dict) or _kind(info.annotation) not in ("number", "whole"):
            continue
        low, high = extra.get("plausible") or (None, None)  # type: ignore[misc, str-unpack]
        if low is not None and high is not None and low < high:  # type: ignore[operator]
            found.append(f"{prefix}.{name}")
    return found


def _below(current: Any, annotation: Any, above: list[str]) -> tuple[dict[str, Any], Any]:
    """Return (field by name, annotation of any other key or None) of what may stand below a value."""
    if isinstance(current, Mapping):
        # a scenario has the levers that it has; layers and arguments may be added
        other = None if above == ["levers"] else _item_of(annotation)
        return {key: _Entry(type(value)) for key, value in current.items()}, other
    model = type(current) if isinstance(current, BaseModel) else model_in(annotation)
    if model is None:
        return {}, None
    return {name: info for name, info in model.model_fields.items() if above or name not in HEADER}, None


class _Entry:
    """Stands for the field of a mapping's key."""

    json_schema_extra = None
    description = ""

    def __init__(self, annotation: Any) -> None:
        self.annotation = annotation


def _value(current: Any, part: str) -> Any:
    if isinstance(current, Mapping):
        return current.get(part)
    return getattr(current, part, None) if isinstance(current, BaseModel) else None


def _item_of(annotation: Any) -> Any:
    for choice in choices(annotation):
        if typing.get_origin(choice) is dict:
            return typing.get_args(choice)[1]
    return None


def _kind(annotation: Any) -> Kind:
    kinds: dict[Any, Kind] = {bool: "yes/no", Month: "month", int: "whole", float: "number", str: "text"}
    for choice in choices(annotation):
        if typing.get_origin(choice) is Literal:
            return "text"
        if choice in kinds:
            return kinds[choice]
    return "other"


def _suggestion(part: str, known: Mapping[str, Any], above: list[str]) -> str:
    for name, info in known.items():
        extra = getattr(info, "json_schema_extra", None)
        if isinstance(extra, dict) and extra.get("symbol") == part:
            return f"did you mean '{name}'?"
    if near := did_you_mean(part, known):
        return near
    if above == ["levers"]:
        return f"no scenario of the study has this lever; stack it: SCENARIO+{part}"
    return "'diffusion scenarios schema' and 'diffusion parameters' show all keys"
