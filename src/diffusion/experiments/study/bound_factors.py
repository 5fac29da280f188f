"""Factors of a study bound to its scenarios, and what is wrong between the two."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from diffusion.analysis.outcomes.own import own_outcomes
from diffusion.analysis.results.outcomes import OUTCOME_BY_NAME
from diffusion.errors import InputError
from diffusion.experiments.study.axis import Axis
from diffusion.experiments.study.factor_faults import spec_faults
from diffusion.experiments.study.scenario_keys import KeyInfo, key_info, scenarios_with
from diffusion.experiments.study.scenarios import scenarios_of
from diffusion.experiments.study.schema import KEYS, STATUS, Study
from diffusion.reading.yaml_lines import KeyPath
from diffusion.scenario.problems import MOST_TOLD, raise_all
from diffusion.scenario.schema import Scenario

_WAYS = ("values", "range", "distribution", "plausible")


def axes_of(study: Study) -> tuple[Axis, ...]:
    """Return the factors of a study bound to its scenarios, in the order of the file; raises InputError."""
    problems: list[InputError] = []
    axes = tuple(bound_axes(study, scenarios_of(study), problems))
    raise_all(problems)
    return axes


def bound_axes(study: Study, scenarios: Sequence[Scenario], problems: list[InputError]) -> Iterator[Axis]:
    """Yield the factors that are in order; what is wrong with the others goes to ``problems``."""
    set_by: dict[str, str] = {}
    before = len(problems)
    for number, (name, spec) in enumerate(study.factors.items()):
        place: KeyPath = ("factors", name)
        if len(problems) - before >= MOST_TOLD:
            left = len(study.factors) - number
            more = f"and {left:,} more factors, which were not looked at"
            problems.append(study.problem(place, more, None, "mend the first ones, then check again"))
            return
        if name in KEYS or name in STATUS or name in OUTCOME_BY_NAME or name in own_outcomes():
            problems.append(
                study.problem(place, f"'{name}' is a column of the results", "another name", f"for example my-{name}")
            )
            continue
        keys, infos = study.keys_of(name), []
        for index, key in enumerate(keys):
            where: KeyPath = (*place, "keys", index) if spec.keys else place
            problems += _claims(study, where, name, key, set_by)
            fitting = scenarios_with(key, scenarios)
            try:
                infos.append(key_info(scenarios[fitting[0]] if fitting else scenarios[0], key))
            except InputError as error:
                message = f"{error.message}: {key}" if spec.keys else error.message
                problems.append(study.problem(where, message, error.expected, error.suggestion or ""))
        if len(infos) < len(keys):
            continue
        axis = Axis(name, tuple(keys), spec, infos[0])
        faults = list(_faults(study, place, axis, infos))
        problems += faults
        if not faults:
            yield axis


def _claims(study: Study, where: KeyPath, name: str, key: str, set_by: dict[str, str]) -> Iterator[InputError]:
    """Yield an error if something else of the study sets ``key`` too, or a key inside or above it."""
    if key in study.set:
        yield study.problem(where, f"'set' fixes {key}", "a key in one place", "remove it below 'set'")
    if key in set_by:
        message = f"{key} stands twice" if set_by[key] == name else f"the factor '{set_by[key]}' sets {key} as well"
        yield study.problem(where, message, "a key in one place", "remove one of the two")
        return
    clash = next((other for other in set_by if key.startswith(f"{other}.") or other.startswith(f"{key}.")), None)
    if clash is not None:
        yield study.problem(
            where,
            f"the factor '{set_by[clash]}' sets {clash}, inside or above this key",
            "keys that do not contain one another",
            "remove one of the two",
        )
    set_by[key] = name


def _faults(study: Study, place: KeyPath, axis: Axis, infos: list[KeyInfo]) -> Iterator[InputError]:
    """Yield what is wrong between a factor and its keys; where several things are, the first explains the others."""
    spec, info = axis.spec, axis.info
    if not any(getattr(spec, way) is not None for way in _WAYS) and study.design.method != "points":
        yield study.problem(
            place, "the factor says nothing of its values", "one of " + ", ".join(_WAYS), "for example values: [1, 2]"
        )
    elif spec.multiply and (bad := next((item for item in infos if not item.numeric or item.value is None), None)):
        yield study.problem(
            (*place, "multiply"), f"{bad.key} has no number to multiply", "keys of numbers", "remove 'multiply'"
        )
    elif not spec.multiply and len({item.kind for item in infos}) > 1:
        yield study.problem(
            (*place, "keys"),
            "the keys hold different kinds: " + ", ".join(f"{i.key} ({i.kind})" for i in infos),
            "keys of one kind",
            "write two factors, or multiply: true",
        )
    elif spec.plausible and (spec.multiply or info.low is None or info.high is None):
        what = "'multiply' needs numbers of its own" if spec.multiply else f"{info.key} declares no plausible range"
        yield study.problem(place, what, "values, range or distribution", "for example range: [0.5, 2]")
    elif spec.plausible and spec.scale == "log" and not float(info.low or 0) > 0:
        yield study.problem(
            (*place, "scale"),
            f"a log scale cannot begin at {info.low:g}",
            "a plausible range above 0",
            f"write range: [{float(info.high or 1) / 100:g}, {info.high:g}]",
        )
    else:
        unit = "" if spec.multiply else info.unit
        if spec.unit is not None and spec.unit != unit:
            yield study.problem(
                (*place, "unit"),
                f"the unit of this factor is {unit or 'none'}, not {spec.unit}",
                unit or None,
                f"write the values in {unit}" if unit not in ("", "1") else "remove 'unit'",
            )
        for fault in spec_faults(spec, axis.kind):
            yield study.problem((*place, fault.key), fault.message, fault.expected, fault.suggestion)


def with_points(axes: Sequence[Axis], columns: Mapping[str, Sequence[object]]) -> tuple[Axis, ...]:
    """Return factors that say nothing of their values with those that are listed in columns, each once."""
    return tuple(
        replace(axis, spec=axis.spec.model_copy(update={"values": tuple(_once(columns[axis.name]))}))
        if not any(getattr(axis.spec, way) is not None for way in _WAYS)
        else axis
        for axis in axes
    )


def _once(values: Sequence[object]) -> list[object]:
    unique = list({repr(value): value for value in values}.values())
    if all(isinstance(value, int | float) for value in unique):
        return sorted(unique, key=lambda value: float(value) if isinstance(value, int | float) else 0.0)
    return unique


def study_warnings(study: Study, axes: Sequence[Axis] | None = None) -> list[str]:
    """Return one sentence per factor that reaches outside the plausible range of a key it sets."""
    warnings = []
    scenarios = scenarios_of(study)
    for axis in axes_of(study) if axes is None else axes:
        reach = axis.reach()
        for key in axis.keys if reach is not None else ():
            fitting = scenarios_with(key, scenarios)
            info = key_info(scenarios[fitting[0]], key)
            if info.low is None or info.high is None or reach is None:
                continue
            low, high = sorted(end * info.number for end in reach) if axis.spec.multiply else reach
            if low < info.low or high > info.high:
                unit = "" if info.unit in ("", "1") else f" ({info.unit})"
                warnings.append(
                    f"{axis.name}: {key} from {low:g} to {high:g} leaves its plausible range, "
                    f"{info.low:g} to {info.high:g}{unit}"
                )
    return warnings
