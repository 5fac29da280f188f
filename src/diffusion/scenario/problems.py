"""Every fault of a scenario file at once: pydantic faults become messages with file, line, key and a suggestion."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import InitErrorDetails, from_json, to_json

from diffusion.engine.parameters import stated
from diffusion.errors import InputError, did_you_mean
from diffusion.reading.several import MOST_TOLD as MOST_TOLD
from diffusion.reading.several import InputErrors as InputErrors
from diffusion.reading.several import problems_of as problems_of
from diffusion.reading.several import raise_all as raise_all
from diffusion.reading.validation import input_error, written
from diffusion.reading.yaml_lines import Key, KeyPath, PlainDict


@dataclass(frozen=True)
class Origin:
    """Where a value was written; ``line`` counts from 1, None for a setting on the command line."""

    file: Path | str
    line: int | None


def problem(
    message: str, origin: Origin | None, *, key: str | None, expected: str | None, suggestion: str | None
) -> InputError:
    """Return an InputError at the place where a value was written."""
    file, line = (origin.file, origin.line) if origin else (None, None)
    return InputError(message, file=file, line=line, key=key, expected=expected, suggestion=suggestion)


def spelled(path: KeyPath) -> str:
    """Write a key path with dots, as ``--set`` takes it."""
    return ".".join(str(part) for part in path)


def shown(value: object) -> str:
    """Show a value in at most 40 characters."""
    text = repr(value)
    return text if len(text) <= 40 else text[:37] + "..."


Model = TypeVar("Model", bound=BaseModel)
Locate = Callable[[KeyPath], Origin | None]


def and_more(number: int, what: str, origin: Origin | None, key: str | None) -> InputError:
    """Return the problem that stands for ``number`` others of its kind."""
    return problem(
        f"and {number:,} more {what}",
        origin,
        key=key,
        expected=None,
        suggestion="mend the first ones, then check again",
    )


def validated(
    model: type[Model], data: object, prefix: KeyPath, locate: Locate, problems: list[InputError]
) -> Model | None:
    """Return ``data`` as ``model``, or None after adding every fault to ``problems``.

    The types are those of the file: text is not a number, 1 is not true. (Strict mode of pydantic on JSON says so
    and accepts lists where the model holds tuples; the second pass keeps keys that are whole numbers.)
    """
    try:
        model.model_validate_json(to_json(data, inf_nan_mode="constants"), strict=True)
        return model.model_validate(data)
    except ValidationError as error:
        problems += _translated(error, model, data, prefix, locate)
        return None


def _translated(
    error: ValidationError, model: type[BaseModel], data: object, prefix: KeyPath, locate: Locate
) -> list[InputError]:
    seen: set[KeyPath] = set()
    more: KeyPath = ()
    result: list[InputError] = []
    for fault in error.errors(include_url=False):
        place = _written_path(fault["loc"], data, missing=fault["type"] == "missing")
        if place in seen:  # several branches of a union refuse the same value
            continue
        seen.add(place)
        if len(seen) > MOST_TOLD:
            more = more or place
            continue
        details = InitErrorDetails(
            type=fault["type"], loc=fault["loc"], input=_short(fault["input"]), ctx=fault.get("ctx", {})
        )
        base = input_error(
            ValidationError.from_exception_data(model.__name__, [details]), model, file=None, line_of=lambda path: None
        )
        field = _field(model, place)
        result.append(
            problem(
                base.message,
                locate((*prefix, *place)),
                key=spelled((*prefix, *place)),
                expected=_expected(base.expected, field),
                suggestion=base.suggestion or _hint(fault["type"], place, field, base.expected),
            )
        )
    if more:
        where = (*prefix, *more)
        result.append(and_more(len(seen) - MOST_TOLD, "faults", locate(where), spelled(where)))
    return result


def _short(value: object) -> object:
    """Lists and mappings are named by their shape, not printed."""
    return from_json(to_json(value)[:1000], allow_partial=True) if isinstance(value, dict | list) else value


def _written_path(loc: KeyPath, data: object, *, missing: bool) -> KeyPath:
    """Drop from a pydantic location the parts that name branches of a union instead of keys in the file."""
    path: list[Key] = []
    current = data
    for index, part in enumerate(loc):
        if isinstance(current, dict):
            key = part if part in current else next((key for key in current if str(key) == str(part)), None)
            if key is not None:
                path.append(key)
                current = current[key]
                continue
        elif isinstance(current, list) and isinstance(part, int) and part < len(current):
            path.append(part)
            current = current[part]
            continue
        if missing and index == len(loc) - 1:
            path.append(part)
    return tuple(path)


def _field(model: type[BaseModel], path: KeyPath) -> FieldInfo | None:
    fields, info = model.model_fields, None
    for part in path:
        info = fields.get(str(part))
        if info is None:
            return None
        fields = getattr(info.annotation, "model_fields", {})
    return info


def _expected(expected: str | None, field: FieldInfo | None) -> str | None:
    """Add unit and plausible range of a parameter to what pydantic expected."""
    said = stated(field) if field else None
    if said is None:
        return expected
    parts = [] if said.unit in ("1", "yes/no", "name") else [f"in {said.unit}"]
    if said.plausible:
        parts.append(f"plausible {said.plausible}")
    return f"{expected or 'a value'} ({', '.join(parts)})" if parts else expected


def _hint(kind: str, place: KeyPath, field: FieldInfo | None, expected: str | None) -> str:
    """Say what to do where no name is near."""
    if kind == "extra_forbidden":
        return "remove the key; 'diffusion scenarios schema' and 'diffusion parameters' show all of them"
    if kind == "missing":
        return f"add a line '{place[-1]}: ...'"
    default = field.get_default() if field and not field.is_required() else None
    if isinstance(default, bool):
        return f"write true or false without quotes, for example '{place[-1]}: {str(default).lower()}'"
    if isinstance(default, int | float | str) and default != "":
        return f"the default is {default:g}" if isinstance(default, float) else f"the default is {default}"
    if expected and expected.startswith(("a number", "a whole number", "a finite number")):
        return "write a plain number, without quotes or unit" if expected[-1].isalpha() else f"try {_within(expected)}"
    if expected and expected.startswith("one of"):
        return f"write one of them, for example {expected.split(', ')[0].removeprefix('one of ')}"
    if expected == "keys with values":
        return "write the keys on indented lines below"
    if expected == "a list":
        return "write [one, two]"
    return "'diffusion scenarios schema' and docs/scenarios.md describe the key"


def _within(expected: str) -> str:
    """Return a number that ``a number > 0`` and the like allow."""
    *_, sign, limit = expected.split()
    if sign not in ("<", ">"):
        return limit
    number = float(limit)
    step = max(1.0, abs(number) / 2)
    return written(number + step if sign == ">" else number - step)


def without_unknown(
    data: PlainDict, known: Iterable[str], prefix: KeyPath, locate: Locate, problems: list[InputError]
) -> PlainDict:
    """Return ``data`` without keys that are not ``known``, each of which is added to ``problems``."""
    names = list(known)
    unknown = [key for key in data if key not in names]
    for key in unknown[:MOST_TOLD]:
        problems.append(
            problem(
                "unknown key",
                locate((*prefix, key)),
                key=spelled((*prefix, key)),
                expected="one of " + ", ".join(names),
                suggestion=did_you_mean(str(key), names) or _hint("extra_forbidden", (), None, None),
            )
        )
    if more := unknown[MOST_TOLD:]:
        place = (*prefix, more[0])
        problems.append(and_more(len(more), "unknown keys", locate(place), spelled(place)))
    return {key: value for key, value in data.items() if key in names}


def unknown_name(
    what: str, name: str, known: Iterable[str], *, origin: Origin | None, key: str | None, otherwise: str
) -> InputError:
    """Return the error for a name that does not exist: the nearest one is suggested, or ``otherwise``."""
    names = list(known)
    listed = ", ".join(names[:12]) + (", ..." if len(names) > 12 else "")
    return problem(
        f"unknown {what} '{name}'",
        origin,
        key=key,
        expected=f"one of {listed}" if listed else None,
        suggestion=did_you_mean(name, names) or otherwise,
    )
