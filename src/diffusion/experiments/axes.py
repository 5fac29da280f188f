"""Factors of a study bound to its scenarios, and what is wrong between the two."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from diffusion.analysis.outcomes import OUTCOME_BY_NAME
from diffusion.errors import InputError
from diffusion.experiments.factor_check import spec_faults
from diffusion.experiments.factors import Axis
from diffusion.experiments.key_info import KeyInfo, key_info
from diffusion.experiments.study import Study
from diffusion.scenario.problems import raise_all
from diffusion.scenario.schema import Scenario
from diffusion.world.yaml_lines import KeyPath

#: Columns of the results that no factor may be called.
RESERVED = ("draw", "run", "scenario", "replicate", "seed")


def scenarios_with(key: str, scenarios: Sequence[Scenario]) -> list[int]:
    """Return the positions of the scenarios that ``key`` concerns: all, or those that have its lever."""
    parts = key.split(".")
    if parts[0] != "levers" or len(parts) < 2:
        return list(range(len(scenarios)))
    return [index for index, scenario in enumerate(scenarios) if parts[1] in scenario.levers]


def axes_of(study: Study) -> tuple[Axis, ...]:
    """Return the factors of a study bound to its scenarios, in the order of the file; raises InputError."""
    problems: list[InputError] = []
    axes = tuple(bound_axes(study, study.loaded(), problems))
    raise_all(problems)
    return axes


def bound_axes(study: Study, scenarios: Sequence[Scenario], problems: list[InputError]) -> Iterator[Axis]:
    set_by: dict[str, str] = {}
    for name, spec in study.factors.items():
        place: KeyPath = ("factors", name)
        keys = spec.keys or (name,)
        if name in RESERVED or name in OUTCOME_BY_NAME:
            problems.append(
                study.problem(
                    place, f"'{name}' is a column of the results", "another name", f"for example {name}-factor"
                )
            )
            continue
        infos = []
        for key in keys:
            fitting = scenarios_with(key, scenarios)
            where: KeyPath = (*place, "keys", keys.index(key)) if spec.keys else place
            try:
                infos.append(key_info(scenarios[fitting[0]] if fitting else scenarios[0], key))
            except InputError as error:
                message = error.message + (f" '{key}'" if spec.keys else "")
                problems.append(study.problem(where, message, error.expected, error.suggestion or ""))
                continue
            if key in set_by:
                problems.append(
                    study.problem(
                        where, f"'{key}' is set by the factor '{set_by[key]}' as well" if set_by[key] != name else f"'{key}' stands twice",
                        "a key in one factor", "remove it from one of the two",
                    )
                )  # fmt: skip
            elif clash := next((key for other in set_by for key in [other] if _nested(other, keys)), None):
                problems.append(
                    study.problem(
                        where, f"the factor '{set_by[clash]}' sets '{clash}', inside or above this key",
                        "keys that do not contain one another", "remove one of the two",
                    )
                )  # fmt: skip
            set_by.setdefault(key, name)
            if key in study.set:
                problems.append(
                    study.problem(
                        where, f"'{key}' is also fixed under 'set'", "one of the two", "remove it under 'set'"
                    )
                )
        if len(infos) < len(keys):
            continue
        axis = Axis(name, tuple(keys), spec, infos[0])
        faults = list(_axis_faults(study, place, axis, infos))
        problems += faults
        if not faults:
            yield axis


def _nested(other: str, keys: tuple[str, ...]) -> bool:
    return any(key != other and (key.startswith(f"{other}.") or other.startswith(f"{key}.")) for key in keys)


def _axis_faults(study: Study, place: KeyPath, axis: Axis, infos: list[KeyInfo]) -> Iterator[InputError]:
    spec, info = axis.spec, axis.info
    ways = [name for name in ("values", "range", "distribution", "plausible") if getattr(spec, name) is not None]
    if not ways and study.design.method != "points":
        yield study.problem(
            place, "the factor says nothing of its values", "one of values, range, distribution, plausible",
            "for example values: [1, 2, 4]",
        )  # fmt: skip
        return
    if spec.multiply and (bad := next((item for item in infos if not item.numeric), None)):
        yield study.problem(
            (*place, "multiply"), f"'{bad.key}' is not a number", "keys of numbers", "remove 'multiply'"
        )
        return
    if spec.multiply and (bad := next((item for item in infos if item.value is None), None)):
        yield study.problem((*place, "multiply"), f"'{bad.key}' has no value to multiply", "a key with a value",
                            "remove 'multiply' and write the values")  # fmt: skip
        return
    if not spec.multiply and len({item.kind for item in infos}) > 1:
        yield study.problem(
            (*place, "keys"), "the keys hold different kinds: " + ", ".join(f"{i.key} {i.kind}" for i in infos),
            "keys of one kind", "write two factors, or multiply: true",
        )  # fmt: skip
        return
    if spec.plausible and (spec.multiply or info.low is None or info.high is None):
        yield study.problem(
            place, "'multiply' needs numbers of its own" if spec.multiply else f"'{info.key}' declares no plausible range",
            "values, range or distribution", "for example range: [0.5, 2]",
        )  # fmt: skip
        return
    if spec.unit is not None and spec.unit != (axis.unit if not spec.multiply else "1") and spec.unit != info.unit:
        yield study.problem(
            (*place, "unit"), f"the unit of '{info.key}' is {info.unit or 'none'}, not {spec.unit}",
            info.unit or None, f"write the values in {info.unit}" if info.unit else "remove 'unit'",
        )  # fmt: skip
    for fault in spec_faults(spec, axis.kind):
        yield study.problem((*place, fault.key), fault.message, fault.expected, fault.suggestion)
    if spec.plausible and spec.scale == "log" and not float(info.low or 0) > 0:
        yield study.problem(
            (*place, "scale"), f"a log scale cannot begin at {info.low:g}", "a plausible range above 0",
            f"write range: [{max(float(info.high or 1) / 100, 0.001):g}, {info.high:g}]",
        )  # fmt: skip
