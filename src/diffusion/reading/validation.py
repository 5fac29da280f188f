"""From a pydantic error to one message that names file, line, key, what was expected and the nearest valid name."""

from __future__ import annotations

import types
import typing
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from pydantic import BaseModel, ValidationError

from diffusion.errors import InputError, did_you_mean
from diffusion.reading.numbers import how_to_write
from diffusion.reading.yaml_lines import Key, KeyPath, dotted

#: What codes and ids look like.
CODE_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9_.:/-]{0,63}$"

_BOUNDS = {"greater_than": ">", "greater_than_equal": ">=", "less_than": "<", "less_than_equal": "<="}
_TYPES = {
    "float": "a number",
    "int": "a whole number",
    "bool": "true or false",
    "string": "text",
    "list": "a list",
    "tuple": "a list",
    "dict": "keys with values",
    "mapping": "keys with values",
    "model": "keys with values",
    "model_attributes": "keys with values",
    "frozen_set": "a list",
    "set": "a list",
}


def input_error(
    error: ValidationError,
    model: type[BaseModel],
    *,
    file: Path | None,
    line_of: Callable[[KeyPath], int | None],
    prefix: KeyPath = (),
) -> InputError:
    """Return the first fault of a ValidationError as an InputError.

    ``line_of`` gives the line of a key path (for a union, pydantic's own path parts that stand nowhere in the file
    are dropped by looking up the nearest parent); ``prefix`` is put before the path.
    """
    faults = error.errors(include_url=False)
    # An unknown key explains best: a misspelt key shows up as missing as well.
    fault = next((item for item in faults if item["type"] == "extra_forbidden"), faults[0])
    location = tuple(part for part in fault["loc"] if not _is_union_part(part))
    path = (*prefix, *location)
    kind = str(fault["type"])
    context: Mapping[str, object] = fault.get("ctx", {})
    expected: str | None
    suggestion: str | None = None
    if kind == "extra_forbidden":
        known = known_keys(model, location[:-1])
        message, expected = "unknown key", "one of " + ", ".join(known) if known else None
        suggestion = did_you_mean(str(location[-1]), known)
    elif kind == "missing":
        message, expected = "missing", "a value"
    elif kind == "too_short" and context.get("actual_length") == 0:
        message, expected = "it is empty", "one entry at least"
    elif kind in _BOUNDS:
        limit = next(value for name, value in context.items() if name in ("gt", "ge", "lt", "le"))
        message, expected = f"{shown(fault['input'])} is out of range", f"a number {_BOUNDS[kind]} {written(limit)}"
    elif kind == "finite_number":
        message, expected = f"{shown(fault['input'])} is not finite", "a finite number"
    elif kind == "literal_error":
        choices = [choice.strip("' ") for choice in str(context["expected"]).replace(" or ", ", ").split(",")]
        message, expected = f"unknown value {shown(fault['input'])}", "one of " + ", ".join(choices)
        suggestion = did_you_mean(str(fault["input"]), choices)
    elif kind == "string_pattern_mismatch":
        message, expected = f"{shown(fault['input'])} is not allowed", _pattern(str(context["pattern"]))
    elif kind == "value_error":
        # an error of our own may say what was expected, and what to write
        said = context["error"]
        message, expected = str(said), getattr(said, "expected", None)
        suggestion = getattr(said, "suggestion", None)
    elif _type_of(kind) in _TYPES:
        message, expected = f"wrong type: {shown(fault['input'])}", _TYPES[_type_of(kind)]
        if expected == "text":
            suggestion = "put it in quotes"
        elif expected in ("a number", "a whole number") and isinstance(fault["input"], str):
            suggestion = how_to_write(fault["input"])
    else:
        message, expected = str(fault["msg"]), None
    return InputError(
        message, file=file, line=line_of(path), key=dotted(path) or None, expected=expected, suggestion=suggestion
    )


def written(number: object) -> str:
    """Write a number as a file may hold it: whole numbers in full, for 1e+06 is no whole number there."""
    if isinstance(number, int | float) and float(number).is_integer() and abs(number) < 1e15:
        return str(int(number))
    return f"{number:g}" if isinstance(number, int | float) else str(number)


def shown(value: object) -> str:
    """Show a user's value shortly."""
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def known_keys(model: type[BaseModel], path: Sequence[Key]) -> list[str]:
    """Return the keys that the model accepts below ``path``."""
    current: object = model
    for part in path:
        current = below(current, part)
    found = model_in(current)
    return list(found.model_fields) if found else []


def below(annotation: object, part: Key) -> object:
    """Return the type of what stands under ``part`` of a value of this type; None where that is not known."""
    found = model_in(annotation)
    if found and isinstance(part, str) and part in found.model_fields:
        return found.model_fields[part].annotation
    for choice in choices(annotation):
        arguments = typing.get_args(choice)
        if arguments and typing.get_origin(choice) in (dict, list, tuple):
            return arguments[-1] if arguments[-1] is not Ellipsis else arguments[0]
    return None


def choices(annotation: object) -> list[object]:
    """Return the types that an annotation allows, without ``Annotated``."""
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        return [inner for choice in typing.get_args(annotation) for inner in choices(choice)]
    if typing.get_origin(annotation) is typing.Annotated:
        return choices(typing.get_args(annotation)[0])
    return [annotation]


def model_in(annotation: object) -> type[BaseModel] | None:
    """Return the pydantic model among the types that an annotation allows."""
    for choice in choices(annotation):
        if isinstance(choice, type) and issubclass(choice, BaseModel):
            return choice
    return None


def _is_union_part(part: Key) -> bool:
    """Tell whether a path part is pydantic's name for a branch of a union, not a key."""
    return isinstance(part, str) and (part in _TYPES or part.startswith(("literal[", "list[", "dict[", "constrained-")))


def _type_of(kind: str) -> str:
    for ending in ("_type", "_parsing", "_from_float", "_parsing_size"):
        if kind.endswith(ending):
            return kind.removesuffix(ending)
    return kind


def _pattern(pattern: str) -> str:
    if pattern == CODE_PATTERN:
        return "letters, digits and _ . : / - (at most 64, no spaces)"
    return f"text like {pattern}"
