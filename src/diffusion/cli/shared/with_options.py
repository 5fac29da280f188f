"""``--with``: one more option without a file, a scenario that is compared with settings of its own."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from diffusion.errors import InputError, did_you_mean

if TYPE_CHECKING:
    from diffusion.scenario.schema import Scenario

OPTION = "--with"
_EXAMPLE = f"for example {OPTION} parameters.awareness.push_per_month=0.05"
#: A comma parts two settings where a key and its sign follow.
_PARTS = re.compile(r",(?=\s*[\w-]+(?:\.[\w.-]+)?\s*=)")
_LONGEST_VALUE = 30


class WithOption(NamedTuple):
    """The scenario that is taken, as it was typed, and what is set in it."""

    scenario: str
    settings: tuple[str, ...]

    @property
    def name(self) -> str:
        """What the option is called in tables."""
        return f"{self.scenario} with {', '.join(self.settings)}"


def with_options(texts: Sequence[str] | None, scenarios: Sequence[str]) -> list[WithOption]:
    """Return the options that ``--with [SCENARIO:]KEY=VALUE[,KEY=VALUE]`` asks for.

    Without a scenario it is the last one that was named.

    Raises
    ------
    InputError
        No setting, or a scenario that is not compared.
    """
    return [_with_option(text, scenarios) for text in texts or ()]


def _with_option(text: str, scenarios: Sequence[str]) -> WithOption:
    before, sign, after = text.partition("=")
    named, colon, key = before.rpartition(":")
    if not sign or not key.strip() or not after.strip():
        raise InputError(
            f"'{text}' sets nothing",
            key=OPTION,
            expected="KEY=VALUE, or SCENARIO:KEY=VALUE",
            suggestion=_EXAMPLE,
        )
    scenario = named.strip() if colon else scenarios[-1]
    if scenario not in scenarios:
        raise InputError(
            f"'{scenario}' is not a scenario that is compared",
            key=OPTION,
            expected=f"one of {', '.join(dict.fromkeys(scenarios))}, or none before the key: the last one named",
            suggestion=did_you_mean(scenario, scenarios)
            or f"for example {OPTION} {scenarios[-1]}:{key.strip()}={after}",
        )
    parts = _PARTS.split(f"{key}={after}")
    return WithOption(scenario, tuple(part.strip() for part in parts))


def settings_with(settings: Sequence[str], own: Sequence[str]) -> list[str]:
    """Return settings of all scenarios with those of one option in the place of those of the same key."""
    keys = {_key(text) for text in own}
    return [*(text for text in settings if _key(text) not in keys), *own]


def _key(text: str) -> str:
    return text.partition("=")[0].strip()


def as_with(error: InputError) -> InputError:
    """Return an error about a setting as one about ``--with``."""
    if error.file != "--set":
        return error
    return error.at(OPTION, suggestion=(error.suggestion or "").replace("--set ", f"{OPTION} ") or None)


def called(scenario: Scenario, option: WithOption, label: str) -> Scenario:
    """Return the scenario of an option under a name and a title of its own: ``Tariff (strength 0.5)``."""
    title = f"{label} ({'; '.join(_change_words(text) for text in option.settings)})"
    named = scenario.model_copy(update={"name": option.name, "title": title})
    tree = scenario.written.copy()
    tree.data |= {"name": option.name, "title": title}
    named._tree, named._said = tree, replace(scenario.said, titles=(title,))
    return named


def _change_words(text: str) -> str:
    """Return ``strength 0.5`` for ``levers.tariff.strength=0.5``."""
    key, _, value = text.partition("=")
    words = re.sub(r"\bwte\b", "WTE", key.strip().rpartition(".")[2].replace("_", " ").replace("-", " "))
    value = value.strip()
    return f"{words} {value if len(value) <= _LONGEST_VALUE else value[: _LONGEST_VALUE - 1] + '…'}"
