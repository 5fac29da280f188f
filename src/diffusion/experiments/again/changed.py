"""A request with some of it changed: settings in its scenarios, replicates, seed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from diffusion.errors import InputError, did_you_mean
from diffusion.experiments.again.request import Request
from diffusion.scenario.problems import problems_of, raise_all
from diffusion.scenario.schema import HEADER, Scenario
from diffusion.scenario.settings import SOURCE, apply_settings, lever_of
from diffusion.storage.scenario_entry import Json


def with_settings(request: Request, settings: Sequence[str]) -> Request:
    """Return the request with ``key.below=value`` set in its scenarios; a lever's in those that have it.

    Raises
    ------
    InputError
        A key or value that no scenario may have, or a lever that none has.
    """
    if not settings:
        return request
    of_levers = {text: lever for text in settings if (lever := lever_of(text.partition("=")[0].strip())) is not None}
    known = list(dict.fromkeys(key for scenario in request.scenarios for key in scenario.levers))
    for text, lever in of_levers.items():
        if lever not in known:
            raise InputError(
                "no option of this result has this lever",
                file=SOURCE,
                key=text.partition("=")[0].strip(),
                expected=f"one of {', '.join(known)}" if known else "no lever: the result has none",
                suggestion=did_you_mean(lever, known)
                or "a new comparison can stack one: 'diffusion levers list' shows them",
            )
    problems: list[InputError] = []
    changed: list[Scenario] = []
    for scenario in request.scenarios:
        fitting = [text for text in settings if of_levers.get(text) is None or of_levers[text] in scenario.levers]
        try:
            changed.append(_with(scenario, fitting))
        except InputError as error:
            problems += problems_of(error)
    raise_all(problems)
    return replace(request, scenarios=tuple(changed))


def settings_of_nothing(request: Request, settings: Sequence[str]) -> list[str]:
    """Return the settings that change nothing in any scenario of a request: that is what stands there already."""
    before = [_content(scenario) for scenario in request.scenarios]
    return [
        text
        for text in settings
        if before == [_content(scenario) for scenario in with_settings(request, [text]).scenarios]
    ]


def _content(scenario: Scenario) -> Json:
    return {key: value for key, value in scenario.resolved().items() if key not in HEADER}


def _with(scenario: Scenario, settings: Sequence[str]) -> Scenario:
    tree = scenario.written.copy()
    apply_settings(tree, settings)
    changed = Scenario.from_tree(tree, scenario.folder)
    changed._packaged, changed._said = scenario.packaged, scenario.said
    changed.build_world()
    return changed


def with_runs(request: Request, replicates: int | None, seed: int | None) -> Request:
    """Return the request with another number of replicates, or another seed; None leaves what it is."""
    number = request.replicates if replicates is None else replicates
    most = None if request.most_replicates is None else max(request.most_replicates, number)
    return replace(request, replicates=number, most_replicates=most, seed=request.seed if seed is None else seed)
