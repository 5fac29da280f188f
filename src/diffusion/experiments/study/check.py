"""Checks of a study file: every fault at once, each with file, line, key, what was expected and a suggestion."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import cast

from diffusion.analysis.outcomes.own import own_outcomes
from diffusion.analysis.results.joining import check_joinable
from diffusion.analysis.results.outcomes import OUTCOME_BY_NAME
from diffusion.errors import InputError
from diffusion.experiments.study.bound_factors import bound_axes
from diffusion.experiments.study.factor_faults import watch_faults
from diffusion.experiments.study.points import read_points
from diffusion.experiments.study.scenario_keys import numeric_keys
from diffusion.experiments.study.scenarios import scenarios_of
from diffusion.experiments.study.schema import ALL_PARAMETERS, AllParameters, Factor, Study
from diffusion.reading.yaml_lines import Key, KeyPath
from diffusion.scenario.problems import (
    MOST_TOLD,
    and_more,
    problem,
    problems_of,
    raise_all,
    spelled,
    unknown_name,
    validated,
)
from diffusion.scenario.schema import Scenario
from diffusion.scenario.tree import Tree

#: Options of a design, by method.
OPTIONS: dict[str, tuple[str, ...]] = {
    "full grid": ("levels",),
    "latin hypercube": ("draws",),
    "sobol": ("base_samples", "second_order"),
    "morris": ("trajectories", "levels"),
    "points": ("file",),
}
#: What a method cannot do without, and an example.
NEEDED: dict[str, tuple[str, int | str]] = {
    "latin hypercube": ("draws", 64),
    "sobol": ("base_samples", 64),
    "morris": ("trajectories", 10),
    "points": ("file", "points.csv"),
}


def checked_study(tree: Tree, path: Path) -> Study:
    """Return the study that a tree of keys says; raises all its problems at once."""
    problems: list[InputError] = []
    data: dict[Key, object] = {"name": path.stem, **_plainer(tree.data)}
    if isinstance(data.get("end_by"), str):
        data["end_by"] = [data["end_by"]]
    factors = data.get("factors")
    every = factors.pop(ALL_PARAMETERS, None) if isinstance(factors, dict) else None
    wide = None
    if every is not None:
        entry = {} if every in ("plausible", True) else every
        wide = validated(AllParameters, entry, ("factors", ALL_PARAMETERS), tree.locate, problems)
    if twice := _scenarios_twice(data.get("scenarios"), tree):
        problems += twice
        data["scenarios"] = {name: name for name in cast("list[str]", data["scenarios"])}
    study = validated(Study, data, (), tree.locate, problems)
    if study is None:
        problems += _unknown_outcomes(data.get("outcomes"), tree)
        raise_all(_of_studies(problems))
    assert study is not None
    study.placed(path, tree)
    problems += _unknown_outcomes(study.outcomes, tree)
    problems += _design_faults(study)
    try:
        scenarios = scenarios_of(study)
    except InputError as error:
        raise_all([*problems, *problems_of(error)])
        raise
    if wide is not None:
        study = _with_all_parameters(study, tree, wide, scenarios, problems)
    list(bound_axes(study, scenarios, problems))
    if not problems:
        problems += _apart(study, scenarios)
    if not problems:
        problems += watch_faults(study, scenarios)
    if not problems:
        problems += _points_faults(study)
    raise_all(problems)
    return study


def _apart(study: Study, scenarios: tuple[Scenario, ...]) -> list[InputError]:
    """Return why the scenarios cannot be compared: other months, trusts or innovations, before anything is run."""
    try:
        worlds = [scenario.build_world() for scenario in scenarios]
    except InputError:
        return []  # told with its place when the design is made
    found = []
    for index, label in list(enumerate(study.scenarios))[1:]:
        try:
            check_joinable([scenarios[0], scenarios[index]], [worlds[0], worlds[index]])
        except InputError as error:
            place: KeyPath = ("scenarios", label if isinstance(study.written("scenarios"), dict) else index)
            advice = "make it a study of its own"
            if scenarios[index].months != scenarios[0].months or scenarios[index].start != scenarios[0].start:
                advice = f"write under 'set': months: {scenarios[0].months} and start: {scenarios[0].start}"
            found.append(study.problem(place, error.message, error.expected, advice))
    return found


def _plainer(data: Mapping[Key, object]) -> dict[Key, object]:
    """Write out short forms: a list of scenarios, ``design: full grid``, ``factor: [1, 2]``, ``factor: plausible``."""
    plain = {key: value for key, value in data.items() if value is not None}
    scenarios = plain.get("scenarios")
    if isinstance(scenarios, str):
        scenarios = [scenarios]
    if isinstance(scenarios, list) and all(isinstance(name, str) for name in scenarios):
        plain["scenarios"] = {name: name for name in scenarios} if len(set(scenarios)) == len(scenarios) else scenarios
    if isinstance(plain.get("design"), str):
        plain["design"] = {"method": plain["design"]}
    if plain.get("outcomes") == "all":
        del plain["outcomes"]
    elif isinstance(plain.get("outcomes"), str):
        plain["outcomes"] = [plain["outcomes"]]
    elif isinstance(listed := plain.get("outcomes"), list) and listed.count("all") == 1:
        # those of the package, and further own ones
        rest = [name for name in listed if name != "all"]
        plain["outcomes"] = [*(name for name in OUTCOME_BY_NAME if name not in rest), *rest]
    factors = plain.get("factors")
    if isinstance(factors, dict):
        plain["factors"] = {key: _plain_factor(key, value) for key, value in factors.items()}
    return plain


def _plain_factor(key: object, value: object) -> object:
    if key == ALL_PARAMETERS:
        return value
    if isinstance(value, list):
        return {"values": value}
    return {"plausible": True} if value == "plausible" else value


#: Suggestions of the checks of scenarios, and what they are of a study.
_INSTEAD = {
    "'diffusion scenarios schema' and 'diffusion parameters' show all of them": "'diffusion studies schema' shows them",
    "'diffusion scenarios schema' and docs/scenarios.md": "'diffusion studies schema' and docs/studies.md",
}


def _of_studies(problems: list[InputError]) -> list[InputError]:
    """Return the problems with suggestions that speak of studies in place of scenarios."""
    found = []
    for item in problems:
        suggestion = item.suggestion or ""
        for scenario, study in _INSTEAD.items():
            suggestion = suggestion.replace(scenario, study)
        found.append(item.at(suggestion=suggestion or None))
    return found


def _scenarios_twice(listed: object, tree: Tree) -> list[InputError]:
    if not isinstance(listed, list) or not all(isinstance(name, str) for name in listed):
        return []
    return [
        problem(
            f"'{name}' stands twice",
            tree.locate(("scenarios", index)),
            key=spelled(("scenarios", index)),
            expected="different scenarios",
            suggestion="remove one of them",
        )
        for index, name in enumerate(listed)
        if name in listed[:index]
    ]


def _unknown_outcomes(names: object, tree: Tree) -> list[InputError]:
    found: list[InputError] = []
    known = {**OUTCOME_BY_NAME, **own_outcomes()}
    listed = list(names) if isinstance(names, list | tuple) else []
    for index, name in enumerate(listed):
        if len(found) >= MOST_TOLD:
            place: KeyPath = ("outcomes", index)
            left = len(listed) - index
            return [*found, and_more(left, "outcomes, which were not looked at", tree.locate(place), spelled(place))]
        if isinstance(name, str) and name not in known:
            place = ("outcomes", index)
            found.append(
                unknown_name(
                    "outcome",
                    name,
                    known,
                    origin=tree.locate(place),
                    key=spelled(place),
                    otherwise="'diffusion describe outputs' lists them; name the module of an own one with --python",
                )
            )
        elif isinstance(name, str) and name in listed[:index]:
            place = ("outcomes", index)
            found.append(
                problem(
                    f"'{name}' stands twice",
                    tree.locate(place),
                    key=spelled(place),
                    expected="different outcomes",
                    suggestion="remove one of them",
                )
            )
    return found


def _design_faults(study: Study) -> list[InputError]:
    design, found = study.design, []
    allowed = OPTIONS[design.method]
    for name in (name for names in OPTIONS.values() for name in names):
        if name in design.model_fields_set and name not in allowed:
            found.append(
                study.problem(
                    ("design", name),
                    f"a {design.method} design has no '{name}'",
                    "method" + "".join(f" or {option}" for option in allowed),
                    f"remove '{name}'",
                )
            )
    needed, example = NEEDED.get(design.method, ("", ""))
    if needed and getattr(design, needed) is None:
        found.append(
            study.problem(
                ("design", needed),
                "missing",
                f"'{needed}' of a {design.method} design",
                f"write design: {{method: {design.method}, {needed}: {example}}}",
            )
        )
    size = design.base_samples
    if size is not None and size & (size - 1):
        found.append(
            study.problem(
                ("design", "base_samples"),
                f"{size} is no power of 2",
                "2, 4, 8, ...",
                f"try {1 << (size.bit_length() - 1)} or {1 << size.bit_length()}",
            )
        )
    if design.method == "morris" and design.levels is not None and design.levels % 2:
        found.append(
            study.problem(
                ("design", "levels"), f"{design.levels} is odd", "an even number of levels", f"try {design.levels + 1}"
            )
        )
    least = {"morris": 2, "sobol": 2, "latin hypercube": 1, "points": 0, "full grid": 0}[design.method]
    written = study.written("factors")
    if len(study.factors) < least and not (isinstance(written, dict) and ALL_PARAMETERS in written):
        found.append(
            study.problem(
                ("factors",),
                f"a {design.method} design over {len(study.factors)} factors",
                f"at least {least}",
                "add a factor, or write 'design: full grid'",
            )
        )
    return found


def _with_all_parameters(
    study: Study, tree: Tree, wide: AllParameters, scenarios: tuple[Scenario, ...], problems: list[InputError]
) -> Study:
    """Return the study with a plausible factor for every numeric parameter that no other factor sets."""
    first = scenarios[0].parameters
    sections = list(type(first).model_fields)
    for field, names in (("sections", wide.sections or ()), ("except", wide.except_)):
        for index, name in enumerate(names):
            if name not in sections and not (field == "except" and "." in name):
                problems.append(
                    unknown_name(
                        "section",
                        name,
                        sections,
                        origin=tree.locate(("factors", ALL_PARAMETERS, field, index)),
                        key=f"factors.{ALL_PARAMETERS}.{field}",
                        otherwise=f"for example {sections[0]}",
                    )
                )
    keys = [
        key
        for section in sections
        if wide.sections is None or section in wide.sections
        for key in numeric_keys(getattr(first, section), f"parameters.{section}")
    ]
    if wide.levers:
        levers = {name: lever for scenario in scenarios for name, lever in scenario.levers.items()}
        for name, lever in sorted(levers.items()):
            keys += numeric_keys(lever, f"levers.{name}")
    left_out = {*wide.except_, *(key for factor in study.factors.values() for key in factor.keys or ())}
    factors = dict(study.factors)
    for key in keys:
        if key not in factors and key not in left_out and key.split(".")[1] not in left_out:
            factors[key] = Factor(plausible=True)
    known = {*keys, *factors}
    for index, name in enumerate(wide.except_):
        if "." in name and name not in known:
            problems.append(
                unknown_name(
                    "parameter",
                    name,
                    keys,
                    origin=tree.locate(("factors", ALL_PARAMETERS, "except", index)),
                    key=f"factors.{ALL_PARAMETERS}.except",
                    otherwise="'diffusion parameters' shows them",
                )
            )
    return study.model_copy(update={"factors": factors}).placed(study.file, tree, scenarios)


def _points_faults(study: Study) -> list[InputError]:
    if study.design.method != "points":
        return []
    try:
        read_points(study)
    except InputError as error:
        return problems_of(error)
    return []
