"""Settings from the command line: ``parameters.awareness.push_per_month=0.05``."""

from __future__ import annotations

from collections.abc import Sequence

from diffusion.errors import InputError, did_you_mean
from diffusion.levers.registry import all_levers
from diffusion.reading.yaml_lines import Plain, parse_yaml, plain_scalar
from diffusion.scenario.problems import Origin, unknown_name
from diffusion.scenario.sources import PATCH_FOLDER, scenario_names
from diffusion.scenario.tree import Tree

SOURCE = "--set"


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
        tree.set(key, _value(key, value), Origin(SOURCE, None))


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
    stackable = {name.removeprefix(f"{PATCH_FOLDER}/") for name in scenario_names()}
    if lever in stackable:
        return f"stack it first: {scenario}+{lever}"
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
