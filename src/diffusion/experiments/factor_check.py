"""What a factor may say wrongly of itself: contradictions, empty ranges, values that cannot stand under its key."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from diffusion.engine.calendar import Month
from diffusion.experiments.study import Factor

_NUMBERS: dict[str, tuple[str, ...]] = {
    "uniform": ("low", "high"),
    "triangular": ("low", "mode", "high"),
    "normal": ("mean", "sd"),
    "lognormal": ("median", "sigma"),
    "beta": ("alpha", "beta"),
}
_EXAMPLES = {
    "number": "[0.5, 1, 2]", "whole": "[1, 2, 4]", "month": "[2017-07, 2018-07]", "yes/no": "[true, false]",
    "text": "[one, two]", "other": "[[one, two], [three]]",
}  # fmt: skip


class Fault(NamedTuple):
    """What is wrong below one key of a factor."""

    key: str
    message: str
    expected: str | None
    suggestion: str


def spec_faults(spec: Factor, kind: str) -> list[Fault]:
    """Return (key below the factor, message, expected, suggestion) for all that a factor says wrongly of itself."""
    ways = [name for name in ("values", "range", "distribution", "plausible") if getattr(spec, name) is not None]
    if len(ways) > 1:
        return [
            Fault(
                ways[1],
                f"'{ways[0]}' and '{ways[1]}' both say what the values are",
                "one of them",
                f"leave '{ways[1]}' out",
            )
        ]
    faults: list[Fault] = []
    used = _NUMBERS.get(spec.distribution or "", ())
    cut = ("low", "high") if spec.distribution in ("normal", "lognormal", "beta") else ()
    for name in ("low", "high", "mode", "mean", "sd", "median", "sigma", "alpha", "beta"):
        given = getattr(spec, name) is not None
        if given and name not in (*used, *cut):
            what = (
                f"a {spec.distribution} distribution"
                if spec.distribution
                else f"a factor with '{ways[0]}'"
                if ways
                else "it"
            )
            faults.append(
                Fault(name, f"'{name}' is no number of {what}", ", ".join((*used, *cut)) or None, f"remove '{name}'")
            )
        if not given and name in used:
            faults.append(
                Fault(
                    "distribution",
                    f"a {spec.distribution} distribution needs '{name}'",
                    ", ".join(used),
                    f"add '{name}: ...'",
                )
            )
    if spec.scale == "log" and spec.range is None and not spec.plausible:
        faults.append(Fault("scale", "only a range has a scale", "range or plausible beside it", "remove 'scale'"))
    if faults:
        return faults
    if spec.values is not None:
        faults += _value_faults(spec.values, kind)
    if spec.range is not None:
        faults += _range_faults(spec, kind)
    if spec.distribution is not None:
        faults += _distribution_faults(spec, kind)
    return faults


def _value_faults(values: Sequence[Any], kind: str) -> list[Fault]:
    if not values:
        return [Fault("values", "an empty list of values", "at least one value", "write values: [1, 2, 4]")]
    faults: list[Fault] = []
    texts = [json.dumps(value, sort_keys=True) for value in values]
    for index, value in enumerate(values):
        if texts[index] in texts[:index]:
            faults.append(Fault("values", f"{texts[index]} stands twice", "different values", "remove one of them"))
        elif expected := misfit(value, kind):
            faults.append(
                Fault("values", f"wrong type: {value!r}", expected, f"write values such as {_EXAMPLES[kind]}")
            )
    return faults


def misfit(value: Any, kind: str) -> str | None:
    """Return what was expected if ``value`` cannot stand under a key of this kind, else None."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if kind == "number" and not (number and np.isfinite(value)):
        return "finite numbers"
    if kind == "whole" and not (number and float(value).is_integer()):
        return "whole numbers"
    if kind == "month" and not _is_month(value):
        return "months written YYYY-MM"
    if kind == "yes/no" and not isinstance(value, bool):
        return "true or false"
    return "text" if kind == "text" and not isinstance(value, str) else None


def _is_month(value: Any) -> bool:
    try:
        return isinstance(value, str) and Month(value) is not None
    except ValueError:
        return False


def _range_faults(spec: Factor, kind: str) -> list[Fault]:
    assert spec.range is not None
    if kind not in ("number", "whole", "month"):
        return [Fault("range", f"{kind} has no range", "values", f"write values: {_EXAMPLES[kind]}")]
    for value in spec.range:
        if expected := misfit(value, kind):
            return [Fault("range", f"wrong type: {value!r}", expected, "write range: [lowest, highest]")]
    low, high = (Month(x) if isinstance(x, str) else x for x in spec.range)
    if not low < high:
        return [
            Fault("range", f"an empty range: {spec.range[0]} is not below {spec.range[1]}", "[lowest, highest]",
             f"write range: [{spec.range[1]}, {spec.range[0]}]" if low > high else f"write values: [{spec.range[0]}]")
        ]  # fmt: skip
    if spec.scale == "log" and low <= 0:
        return [Fault("range", f"a log scale cannot begin at {low:g}", "a lowest value above 0", "write scale: linear")]
    return []


def _distribution_faults(spec: Factor, kind: str) -> list[Fault]:
    if kind not in ("number", "whole"):
        return [Fault("distribution", f"{kind} has no distribution", "values", f"write values: {_EXAMPLES[kind]}")]
    low, high = spec.low, spec.high
    if low is not None and high is not None and not low < high:
        return [
            Fault(
                "low",
                f"an empty range: {low:g} is not below {high:g}",
                "low below high",
                f"try low: {high:g} and high: {low:g}",
            )
        ]
    if spec.distribution == "triangular" and not low <= spec.mode <= high:  # type: ignore[operator]
        return [
            Fault(
                "mode", f"{spec.mode:g} lies outside {low:g} to {high:g}", "a mode between low and high", f"try {low:g}"
            )
        ]
    if spec.distribution == "lognormal" and high is not None and high <= 0:
        return [Fault("high", f"a lognormal distribution has no value up to {high:g}", "a number > 0", "remove 'high'")]
    return []
