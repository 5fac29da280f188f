"""What a factor may say wrongly of itself: contradictions, empty ranges, values that cannot stand under its key.

And what is watched, of the scenarios: names that are taken, months after the end, innovations that are not there.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from diffusion.analysis.outcomes.own import own_outcomes
from diffusion.analysis.results.outcomes import OUTCOME_BY_NAME
from diffusion.engine.calendar import Month
from diffusion.errors import InputError, did_you_mean
from diffusion.experiments.study.schema import KEYS, STATUS, Factor, Study
from diffusion.reading.yaml_lines import KeyPath
from diffusion.scenario.schema import Scenario
from diffusion.world.codes import merged_hint

#: Numbers that a distribution needs.
NUMBERS: dict[str, tuple[str, ...]] = {
    "uniform": ("low", "high"),
    "triangular": ("low", "mode", "high"),
    "normal": ("mean", "sd"),
    "lognormal": ("median", "sigma"),
    "beta": ("alpha", "beta"),
}
#: Larger numbers are not exact as floating-point numbers, and no key has such.
LARGEST = 1e15
_ALL_NUMBERS = ("low", "high", "mode", "mean", "sd", "median", "sigma", "alpha", "beta")
_EXAMPLES = {
    "number": "[0.5, 1, 2]",
    "whole": "[1, 2, 4]",
    "month": "[2017-07, 2018-07]",
    "yes/no": "[true, false]",
    "text": "[one, two]",
    "other": "[[one, two], [three]]",
}


class Fault(NamedTuple):
    """What is wrong below one key of a factor."""

    key: str
    message: str
    expected: str | None
    suggestion: str


def spec_faults(spec: Factor, kind: str) -> list[Fault]:
    """Return all that a factor says wrongly of itself; ``kind`` is what its key holds."""
    ways = [name for name in ("values", "range", "distribution", "plausible") if getattr(spec, name) is not None]
    if len(ways) > 1:
        return [
            Fault(ways[1], f"'{ways[0]}' says already what the values are", "one of the two", f"remove '{ways[1]}'")
        ]
    if misplaced := list(_misplaced_numbers(spec)):
        return misplaced
    if spec.values is not None:
        return list(_value_faults(spec.values, kind))
    if spec.range is not None:
        return list(_range_faults(spec, kind))
    return list(_distribution_faults(spec, kind)) if spec.distribution is not None else []


def misfit(value: object, kind: str) -> str | None:
    """Return what was expected if ``value`` cannot stand under a key of this kind, else None."""
    number = value if isinstance(value, int | float) and not isinstance(value, bool) else None
    held = number is not None and abs(number) <= LARGEST  # false of NaN, too
    if kind == "number" and not held:
        return f"finite numbers up to {LARGEST:g}"
    if kind == "whole" and not (number is not None and held and float(number).is_integer()):
        return "whole numbers"
    if kind == "month" and not _is_month(value):
        return "months written YYYY-MM"
    if kind == "yes/no" and not isinstance(value, bool):
        return "true or false"
    return "text" if kind == "text" and not isinstance(value, str) else None


def _is_month(value: object) -> bool:
    try:
        return isinstance(value, str) and Month(value) > 0
    except ValueError:
        return False


def _misplaced_numbers(spec: Factor) -> Iterator[Fault]:
    """Yield numbers that belong to another distribution, and numbers that the distribution needs."""
    shape = spec.distribution or ""
    needed = NUMBERS.get(shape, ())
    allowed = (*needed, *(("low", "high") if shape in ("normal", "lognormal", "beta") else ()))
    for name in _ALL_NUMBERS:
        given = getattr(spec, name) is not None
        if given and abs(getattr(spec, name)) > LARGEST:
            yield Fault(name, f"{getattr(spec, name):g} is out of range", f"a number up to {LARGEST:g}", "try 1")
        if given and name not in allowed:
            of = f"a {shape} distribution has" if shape else "without a distribution a factor has"
            yield Fault(name, f"{of} no '{name}'", ", ".join(allowed) or "values or range", f"remove '{name}'")
        if not given and name in needed:
            yield Fault(
                "distribution", f"a {shape} distribution needs '{name}'", ", ".join(needed), f"add '{name}: ...'"
            )
    if spec.scale == "log" and spec.range is None and not spec.plausible:
        yield Fault("scale", "only a range has a scale", "range or plausible beside it", "remove 'scale'")


def _value_faults(values: Sequence[object], kind: str) -> Iterator[Fault]:
    if not values:
        yield Fault("values", "an empty list of values", "at least one value", f"write values: {_EXAMPLES[kind]}")
    texts = [json.dumps(value, sort_keys=True) for value in values]
    for index, value in enumerate(values):
        if texts[index] in texts[:index]:
            yield Fault("values", f"{texts[index]} stands twice", "different values", "remove one of them")
        elif expected := misfit(value, kind):
            yield Fault("values", f"wrong type: {value!r}", expected, f"write values such as {_EXAMPLES[kind]}")


def _range_faults(spec: Factor, kind: str) -> Iterator[Fault]:
    assert spec.range is not None
    first, last = (f"{end:g}" if isinstance(end, int | float) else end for end in spec.range)
    if kind not in ("number", "whole", "month"):
        yield Fault("range", f"a key that holds {kind} has no range", "values", f"write values: {_EXAMPLES[kind]}")
        return
    for value in spec.range:
        if expected := misfit(value, kind):
            yield Fault("range", f"wrong type: {value!r}", expected, "write range: [lowest, highest]")
            return
    low, high = (Month(x) if isinstance(x, str) else x for x in spec.range)
    if low > high:
        yield Fault(
            "range", f"an empty range: {first} is above {last}", "[lowest, highest]", f"write range: [{last}, {first}]"
        )
    elif low == high:
        yield Fault("range", f"an empty range: from {first} to {last}", "[lowest, highest]", f"write values: [{first}]")
    elif spec.scale == "log" and low <= 0:
        yield Fault("range", f"a log scale cannot begin at {low:g}", "a lowest value above 0", "write scale: linear")


def _distribution_faults(spec: Factor, kind: str) -> Iterator[Fault]:
    low, mode, high = spec.low, spec.mode, spec.high
    if kind not in ("number", "whole"):
        yield Fault(
            "distribution", f"a key that holds {kind} has no distribution", "values", f"write values: {_EXAMPLES[kind]}"
        )
    elif low is not None and high is not None and not low < high:
        yield Fault(
            "low",
            f"an empty range: {low:g} is not below {high:g}",
            "low below high",
            f"try low: {high:g}, high: {low:g}",
        )
    elif mode is not None and low is not None and high is not None and not low <= mode <= high:
        yield Fault("mode", f"{mode:g} lies outside {low:g} to {high:g}", "a mode between them", f"try {low:g}")
    elif spec.distribution == "lognormal" and high is not None and high <= 0:
        yield Fault("high", f"a lognormal value is above 0, never up to {high:g}", "a number > 0", "remove 'high'")


def watch_faults(study: Study, scenarios: Sequence[Scenario]) -> Iterator[InputError]:
    """Yield what is wrong with what a study watches; its scenarios are known to have the same world and months."""
    if not study.watch:
        return
    months, world = scenarios[0].months, scenarios[0].build_world()
    ids, codes = world.innovations.ids, world.trusts.codes
    for name, item in study.watch.items():
        place: KeyPath = ("watch", name)
        if not name or name in (*KEYS, *STATUS) or name in OUTCOME_BY_NAME or name in (*own_outcomes(), *study.factors):
            what = f"'{name}' is a column of the results" if name else "a name is missing"
            yield study.problem(place, what, "another name", f"for example {f'my-{name}' if name else 'adopters-12'}")
        if item.month > months:
            yield study.problem(
                (*place, "month"), f"month {item.month} is after the end of the run", f"0 to {months}", f"try {months}"
            )
        for index, one in enumerate(item.innovations):
            where: KeyPath = (*place, "innovations", index)
            if one not in ids:
                listed = ", ".join(ids[:12]) + (", ..." if len(ids) > 12 else "")
                advice = did_you_mean(one, ids) or f"for example {ids[0]}"
                yield study.problem(where, f"unknown innovation '{one}'", f"one of {listed}", advice)
            elif one in item.innovations[:index]:
                yield study.problem(where, f"'{one}' stands twice", "different innovations", "remove one of them")
        for group in ("among", "less"):
            for index, code in enumerate(getattr(item, group) or ()):
                if code not in codes:
                    hint = merged_hint(code, codes) or did_you_mean(code, codes) or f"for example {codes[0]}"
                    yield study.problem((*place, group, index), f"unknown trust '{code}'", "codes of trusts", hint)
