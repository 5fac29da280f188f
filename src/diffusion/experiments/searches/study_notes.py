"""What a user should know of a study before it runs: its scenarios, and factors and draws that can do nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from diffusion.errors import InputError
from diffusion.experiments.study.bound_factors import study_warnings
from diffusion.experiments.study.points import listed_axes
from diffusion.experiments.study.scenario_keys import scenarios_with
from diffusion.experiments.study.scenarios import scenarios_of
from diffusion.levers.outlook import first_few
from diffusion.scenario.check import check_scenario
from diffusion.scenario.felt.content import outlook_of, reason_for, same_run, unfelt_keys
from diffusion.scenario.felt.notes import Checked, notes_between, notes_of, number_of_nothing

if TYPE_CHECKING:
    from diffusion.experiments.study.design import Design
    from diffusion.experiments.study.schema import Study
    from diffusion.scenario.schema import Scenario
    from diffusion.world.tables import World

#: draws that are looked at for a factor: all of small designs, evenly chosen ones of large designs
MOST_DRAWS = 24
#: designs of at most so many draws are searched for draws that can only give the same results
MOST_COMPARED = 64


def study_notes(study: Study, design: Design | None = None) -> list[str]:
    """Return one sentence for each thing that a user should know of a study before it runs.

    Parameters
    ----------
    design: the study's design; without it nothing is said of draws
    """
    checked = [Checked(scenario, check_scenario(scenario)) for scenario in scenarios_of(study)]
    varied = {key for name in study.factors for key in study.keys_of(name)}
    notes = list(_set(study, checked))
    for each in checked:
        own = notes_of(each.scenario, each.world)
        # what a factor sets is told of the factor
        notes += [
            f"scenario {each.scenario.name}: {text}"
            for text in own[: number_of_nothing(own)]
            if not any(key in text for key in varied)
        ]
    if not varied:
        notes += notes_between(checked)
    if design is not None:
        notes += list(_factors(design, checked))
        notes += list(_draws(design, checked))
    return [*notes, *study_warnings(study, listed_axes(study))]


def _set(study: Study, checked: list[Checked]) -> Iterator[str]:
    """Keys of ``set`` that no scenario of the study can feel."""
    for key, value in study.set.items():
        reasons: set[str] = set()
        for index in scenarios_with(key, [each.scenario for each in checked]):
            here = checked[index]
            why = unfelt_keys(here.scenario, outlook_of(here.scenario, here.world))
            named, reason = reason_for(key, why)
            if named not in why and ".".join(key.split(".")[:2]) not in why:
                reasons.clear()
                break
            reasons.add(reason)
        if reasons:
            yield f"set: {key} = {value} does nothing: {'; '.join(sorted(reasons))}"


def _factors(design: Design, checked: list[Checked]) -> Iterator[str]:
    """Factors that no run of any scenario can feel, in the draws that are looked at."""
    chosen = _evenly(design.n_draws, MOST_DRAWS)
    worlds = _Worlds(checked)
    felt: set[str] = set()
    reasons: dict[str, set[str]] = {name: set() for name in design.factors}
    for name in design.factors:
        if len(set(map(str, design.columns[name]))) == 1 and design.n_draws > 1:
            yield f"factor {name}: all {design.n_draws} draws have the value {design.columns[name][0]}"
    for index in range(len(checked)):
        for draw in chosen:
            if len(felt) == len(design.factors):
                return
            scenario = design.scenario(index, draw)
            why = unfelt_keys(scenario, outlook_of(scenario, worlds.of(index, scenario)))
            for name in design.factors:
                keys = _keys_of(design, name, index)
                found = [reason_for(key, why) for key in keys]
                if any(not _is_unfelt(key, why) for key in keys):
                    felt.add(name)
                reasons[name] |= {reason for _, reason in found}
    where = "in any draw" if len(chosen) == design.n_draws else f"in any of {len(chosen)} draws looked at"
    told: dict[str, list[str]] = {}
    for name in design.factors:
        if name not in felt:
            because = "; ".join(sorted(reasons[name])[:3]) or "no scenario of the study has it"
            told.setdefault(because, []).append(name)
    for because, names in told.items():
        does = "factor" if len(names) == 1 else "factors"
        yield f"{does} {first_few(names, 5)} {'does' if len(names) == 1 else 'do'} nothing {where}: {because}"


def _keys_of(design: Design, name: str, index: int) -> list[str]:
    """Return the keys of a factor that concern a scenario."""
    return [key for key in design.study.keys_of(name) if scenarios_with(key, [design.bases[index]])]


def _is_unfelt(key: str, why: dict[str, str]) -> bool:
    parts = key.split(".")
    return key in why or (parts[0] == "levers" and ".".join(parts[:2]) in why)


def _draws(design: Design, checked: list[Checked]) -> Iterator[str]:
    """Draws that can only give the results of an earlier one, in every scenario."""
    if not 1 < design.n_draws <= MOST_COMPARED or not design.factors:
        return
    worlds = _Worlds(checked)
    scenarios = [[design.scenario(index, draw) for index in range(len(checked))] for draw in range(design.n_draws)]
    kept: list[int] = []
    again: list[str] = []
    for draw, here in enumerate(scenarios):
        twin = next(
            (
                other
                for other in kept
                if all(
                    same_run(one, two, (worlds.of(i, one), worlds.of(i, two)))
                    for i, (one, two) in enumerate(zip(scenarios[other], here))
                )
            ),
            None,
        )
        if twin is None:
            kept.append(draw)
        else:
            again.append(f"{draw} as {twin}")
    if again:
        number = f"{len(again)} of {design.n_draws} draws"
        yield f"{number} can only give the results of an earlier draw, to the bit: {first_few(again, 5)}"


def _evenly(number: int, most: int) -> list[int]:
    if number <= most:
        return list(range(number))
    return sorted({round(place * (number - 1) / (most - 1)) for place in range(most)})


class _Worlds:
    """Worlds of draws, built only where a factor changes them."""

    def __init__(self, checked: list[Checked]) -> None:
        self._checked = checked
        self._built: dict[str, World] = {}

    def of(self, index: int, scenario: Scenario) -> World:
        base = self._checked[index]
        if scenario.world == base.scenario.world:
            return base.world
        text = f"{index} {scenario.world.model_dump_json()}"
        if text not in self._built:
            try:
                self._built[text] = scenario.build_world()
            except InputError:  # the design's own check says so
                return base.world
        return self._built[text]
