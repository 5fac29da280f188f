"""Settings from the command line: ``parameters.awareness.push_per_month=0.05``."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from typing import get_origin

from pydantic import BaseModel

from diffusion.engine.calendar import Month
from diffusion.errors import InputError, did_you_mean, nearest
from diffusion.levers.registry import all_levers
from diffusion.reading.validation import below, choices, model_in
from diffusion.reading.yaml_lines import Plain, parse_yaml, plain_scalar
from diffusion.scenario.problems import Origin, unknown_name
from diffusion.scenario.schema import Scenario
from diffusion.scenario.sections import LEVER_KEYS
from diffusion.scenario.sources import PATCH_FOLDER, scenario_names
from diffusion.scenario.tree import Tree

SOURCE = "--set"
#: types of values that have no keys below them
_SINGLE = (int, float, bool, str, type(None), Month)


def apply_settings(tree: Tree, settings: Sequence[str]) -> None:
    """Lay ``key.below=value`` settings over a tree; values are YAML: numbers, true, text, [lists].

    A lever is set where the scenario has it; to add one, stack it. Raises InputError.
    """
    seen: dict[str, str] = {}
    for text in settings:
        key, value = _split(_readable(text))
        if key in seen and seen[key] != text:
            raise InputError(
                f"set twice: {seen[key]} and {text}",
                file=SOURCE,
                key=key,
                expected="one value",
                suggestion="leave one of the two out",
            )
        seen[key] = text
        lever = lever_of(key)
        levers = tree.data.get("levers")
        known = [str(name) for name in levers] if isinstance(levers, dict) else []
        if lever is not None and lever not in known:
            raise unknown_name(
                "lever in this scenario",
                lever,
                known,
                origin=Origin(SOURCE, None),
                key=key,
                otherwise=how_to_have(lever),
            )
        plain = _value(key, value)
        _check_key(key, value, plain, tree.data.get("levers"))
        tree.set_kept(key, plain, Origin(SOURCE, None))


def plain_settings(scenario: Scenario, settings: Sequence[str]) -> dict[str, Plain]:
    """Return ``key.below=value`` settings as values by key, after they were checked against a scenario."""
    apply_settings(scenario.written.copy(), settings)
    return {key: _value(key, value) for key, value in map(_split, settings)}


def keys_of(levers: Plain = None) -> list[str]:
    """Return the dotted keys of single values that a scenario with these levers may set."""
    return [
        *_keys_below(Scenario, ""),
        *(
            inner
            for name, model in _lever_models(levers).items()
            for inner in (f"levers.{name}.enabled", *_keys_below(model, f"levers.{name}."))
        ),
    ]


def keys_meant(key: str, levers: Plain = None) -> list[str]:
    """Return the keys that an unknown ``key`` may stand for: those that end in it, else the nearest ones."""
    known = keys_of(levers)
    if ending := [name for name in known if name.endswith(f".{key}")]:
        return ending
    parts = key.split(".")
    depth, names = _fault(parts, levers)
    if depth is not None and (near := nearest(parts[depth], names)):
        mended = [*parts[:depth], near, *parts[depth + 1 :]]
        if _fault(mended, levers)[0] is None:
            return [".".join(mended)]
    close = difflib.get_close_matches(parts[-1], {name.rpartition(".")[2] for name in known}, n=1, cutoff=0.75)
    return [name for name in known if close and name.endswith(f".{close[0]}")]


def _fault(parts: list[str], levers: Plain) -> tuple[int | None, list[str]]:
    """Return the place of the first part that cannot stand there and the names that can; (None, []) if all can."""
    model: type[BaseModel] | None = Scenario
    first = 0
    if parts[0] == "levers" and len(parts) > 2:
        model, first = _lever_models(levers).get(parts[1]), 2
        if parts[2:] in (["lever"], ["enabled"]):
            return None, []
    annotation: object = model
    for depth in range(first, len(parts)):
        inner = model_in(annotation)
        names = list(inner.model_fields) if inner is not None else []
        names += LEVER_KEYS if depth == first == 2 and names else ()
        if names and parts[depth] not in names:
            return depth, names
        if annotation is not None and all(choice in _SINGLE for choice in choices(annotation)):
            return depth, []
        annotation = below(annotation, parts[depth])
    return None, []


def _lever_models(levers: Plain) -> dict[str, type[BaseModel]]:
    known = all_levers()
    found: dict[str, type[BaseModel]] = {}
    for key, entry in levers.items() if isinstance(levers, dict) else ():
        kind = entry.get("lever", key) if isinstance(entry, dict) else key
        if isinstance(kind, str) and kind in known:
            found[str(key)] = known[kind]
    return found


def _keys_below(model: type[BaseModel], prefix: str) -> Iterator[str]:
    for name, info in model.model_fields.items():
        inner = model_in(info.annotation)
        if name == "levers" and model is Scenario:
            continue
        if inner is None:
            yield prefix + name
        elif dict not in {get_origin(choice) for choice in choices(info.annotation)}:
            yield from _keys_below(inner, f"{prefix}{name}.")


def _check_key(key: str, text: str, value: Plain, levers: Plain) -> None:
    """Raise InputError, which lies with the command line, for a key that no scenario has or that holds keys."""
    parts = key.split(".")
    depth, names = _fault(parts, levers)
    if depth is not None and not names:
        above = ".".join(parts[:depth])
        raise InputError(
            f"'{above}' has no keys below it",
            file=SOURCE,
            key=key,
            expected="a value of its own",
            suggestion=f"write --set {above}={text}",
        )
    if depth is not None:
        meant = [f"--set {name}={text}" for name in keys_meant(key, levers)]
        listed = ", ".join(names[:12]) + (", ..." if len(names) > 12 else "")
        raise InputError(
            "unknown key",
            file=SOURCE,
            key=key,
            expected=f"one of {listed}" + (f" after '{'.'.join(parts[:depth])}.'" if depth else ""),
            suggestion=("write " + " or ".join(meant[:3]) + (" ..." if len(meant) > 3 else ""))
            if meant
            else "'diffusion scenarios schema' and 'diffusion parameters' show all of them",
        )
    inside = [name for name in keys_of(levers) if name.startswith(f"{key}.")]
    if inside and value is not None and not isinstance(value, dict):
        # a lever is meant to be that strong
        first = next((name for name in inside if name.startswith("levers.") and name.endswith(".strength")), inside[0])
        raise InputError(
            "this holds keys, not a value",
            file=SOURCE,
            key=key,
            expected=f"one of the keys below '{key}.'",
            suggestion=f"for example --set {first}={text if first.endswith('.strength') else '...'}",
        )


def _readable(text: str) -> str:
    """Return ``text`` if it is UTF-8; the shell may hand over anything."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise InputError(
            f"{text!a} is not UTF-8", file=SOURCE, expected="UTF-8 text", suggestion="type it again"
        ) from None
    return text


def how_to_have(lever: str, scenario: str = "SCENARIO") -> str:
    """Say how a scenario gets a lever that it does not have; one that exists nowhere cannot be stacked."""
    inside = f"{PATCH_FOLDER}/"
    stackable = {name.removeprefix(inside) for name in scenario_names() if name.startswith(inside)}
    if lever in stackable:
        return f"stack it first: {scenario}+{lever}"
    if lever in all_levers():  # one of the user's own
        return f"give the scenario file the lever first, under levers: '{lever}: {{}}'"
    return did_you_mean(lever, all_levers()) or "'diffusion levers list' shows the levers"


def lever_of(key: str) -> str | None:
    """Return the lever id that a dotted key concerns, or None."""
    parts = key.split(".")
    return parts[1] if parts[0] == "levers" and len(parts) > 2 else None


def _split(text: str) -> tuple[str, str]:
    key, sign, value = text.partition("=")
    key = key.strip()
    if not sign or not key or any(not part for part in key.split(".")) or not value.strip():
        raise InputError(
            f"'{text}' is not a setting",
            file=SOURCE,
            key=key or text,
            expected="key.below=value",
            suggestion="for example --set parameters.awareness.push_per_month=0.05",
        )
    return key, value.strip()


def _value(key: str, text: str) -> Plain:
    if text[0] not in "[{'\"":
        return plain_scalar(text)
    try:
        return parse_yaml(text).data
    except InputError as error:
        raise InputError(
            error.message, file=SOURCE, key=key, expected="a YAML value", suggestion="for example [one, two]"
        ) from None
