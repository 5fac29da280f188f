"""The scenarios of a study, with what its ``set`` says of them."""

from __future__ import annotations

from pathlib import Path

from diffusion.errors import InputError
from diffusion.experiments.study.scenario_keys import key_info, scenarios_with
from diffusion.experiments.study.schema import Study
from diffusion.reading.files import is_file
from diffusion.reading.yaml_lines import KeyPath
from diffusion.scenario.load import load_scenario
from diffusion.scenario.problems import MOST_TOLD, problems_of, raise_all
from diffusion.scenario.schema import Scenario
from diffusion.scenario.sources import SUFFIXES


def scenarios_of(study: Study) -> tuple[Scenario, ...]:
    """Return the scenarios of a study with its ``set`` applied, loaded once.

    Raises
    ------
    InputError
        Placed in the study's file.
    """
    if study._scenarios is None:
        study._scenarios = _loaded(study)
    return study._scenarios


def _loaded(study: Study) -> tuple[Scenario, ...]:
    problems: list[InputError] = []
    found: list[Scenario] = []
    for index, (label, text) in enumerate(study.scenarios.items()):
        by_label = isinstance(study.written("scenarios"), dict)
        place: KeyPath = ("scenarios", label if by_label else index)
        if len(problems) >= MOST_TOLD:
            left = len(study.scenarios) - index
            more = f"and {left:,} more scenarios, which were not looked at"
            problems.append(study.problem(place, more, None, "mend the first ones, then check again"))
            break
        try:
            found.append(_named(load_scenario(_beside(text, study.folder)), label))
        except InputError as error:
            problems += [
                study.problem(
                    place, item.message, item.expected, item.suggestion or "'diffusion scenarios list' shows them"
                )
                if item.line is None and item.key in ("scenario", None)
                else item
                for item in problems_of(error)
            ]
    raise_all(problems)
    if study.set:
        found = _with_settings(study, found)
    return tuple(found)


def _beside(text: str, folder: Path) -> str:
    """Name files beside the study by their full path."""
    parts = [part.strip() for part in text.split("+")]
    return "+".join(
        str(folder / part) if part.endswith(SUFFIXES) and is_file(folder / part) else part for part in parts
    )


def _named(scenario: Scenario, label: str) -> Scenario:
    """Return the scenario with the study's label as its name."""
    assert scenario._tree is not None  # it was read from files
    tree = scenario._tree.copy()
    tree.set("name", label)
    named = scenario.model_copy(update={"name": label})
    named._folder, named._tree = scenario._folder, tree
    return named


def _with_settings(study: Study, scenarios: list[Scenario]) -> list[Scenario]:
    problems: list[InputError] = []
    per_scenario: list[dict[str, object]] = [{} for _ in scenarios]
    for number, (key, value) in enumerate(study.set.items()):
        if len(problems) >= MOST_TOLD:
            left = len(study.set) - number
            more = f"and {left:,} more settings, which were not looked at"
            problems.append(study.problem(("set", key), more, None, "mend the first ones, then check again"))
            break
        fitting = scenarios_with(key, scenarios)
        try:
            key_info(scenarios[fitting[0]] if fitting else scenarios[0], key)
        except InputError as error:
            problems.append(study.problem(("set", key), error.message, error.expected, error.suggestion or ""))
            continue
        for index in fitting:
            per_scenario[index][key] = value
    raise_all(problems)
    changed = []
    for scenario, settings in zip(scenarios, per_scenario):
        try:
            changed.append(scenario.changed(settings))
        except InputError as error:
            for item in problems_of(error):
                key = next((key for key in settings if (item.key or "").startswith(key)), "")
                problems.append(study.problem(("set", key), item.message, item.expected, item.suggestion or ""))
    raise_all(problems)
    return changed
