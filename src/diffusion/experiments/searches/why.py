"""Why an option differs from the first scenario: lever by lever, and inside a lever by what it acts through.

The main outcome of the option minus that of the first scenario is taken apart in three steps, replicate by replicate:

- what else differs (parameters, world, shocks, dates, agents): the option with the first's levers, minus the first;
- each lever that the option adds, removes or sets otherwise: with up to ``EXACT_LEVERS`` its Shapley value over all
  subsets, beyond that what is lost if it alone goes back to what it is in the first, and the rest as "together";
- inside an added or removed lever, the groups of terms that it writes (``engine/term_groups.py``): the Shapley value
  over all subsets of groups of runs in which the lever writes nothing to the other groups. With several levers this is
  done beside every subset of the others, weighted as in the lever's own value: Owen's (1977) value of a game with
  unions. What is left when all groups are mute is told as the rest.

The parts add up to the whole in every replicate.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import combinations
from math import factorial
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from diffusion.analysis.results.attribution import all_subsets, exact_shapley
from diffusion.analysis.results.intervals import Estimate, estimate_mean
from diffusion.analysis.results.outcomes import MAIN_OUTCOME, OUTCOME_BY_NAME, outcome_values
from diffusion.arrays import Floats
from diffusion.engine.term_groups import GROUP_OF
from diffusion.errors import InputError
from diffusion.experiments.running.runner import compare
from diffusion.experiments.searches.lever_probe import (
    NO_WAY,
    GradedSetting,
    Look,
    changed_settings,
    look_at,
    settings_behind,
)
from diffusion.experiments.searches.subsets import SUBSETS_AT_ONCE, with_changed_levers

if TYPE_CHECKING:
    from diffusion.experiments.running.results import Results
    from diffusion.levers.base import Lever
    from diffusion.progress import Report
    from diffusion.scenario.schema import Scenario
    from diffusion.world.tables import World

#: Up to so many levers that differ, each gets its Shapley value; beyond, what is lost if it alone is taken back.
EXACT_LEVERS = 3
#: No comparison makes more runs than this to say why, as no ablation does without being asked.
MOST_RUNS = 256
#: Groups that a user's own lever is taken to write, before it has been looked at.
USUAL_GROUPS = 3

Kind = Literal["other", "lever", "group", "rest", "together", "whole"]
#: How a lever that differs stands: as in the first scenario, as in the option, or between: the groups of terms that are
#: as in the option already.
State = frozenset[str] | Literal["first", "option"]
#: How every lever that differs stands, by its id.
Standing = dict[str, State]


class Contribution(NamedTuple):
    """A part of the difference: float64[R] in the printed unit, whose it is, and the settings behind it."""

    kind: Kind
    lever: str
    group: str
    values: Floats
    settings: tuple[GradedSetting, ...] = ()


@dataclass(frozen=True)
class Why:
    """What the difference of one option, by its number, is made of; ``exact`` if levers have their Shapley values.

    ``over_draws`` says that each replicate has a draw of the parameters of its own.
    ``contributions`` begin with what is no lever and end with the whole; groups follow their lever and add up to it.
    """

    scenario: int
    contributions: tuple[Contribution, ...]
    exact: bool
    over_draws: bool = False

    def estimate(self, values: Floats) -> Estimate:
        """Return the mean of a part, float64[R, ...], with its intervals."""
        return estimate_mean(values, self.over_draws)

    @property
    def whole(self) -> Floats:
        return self.contributions[-1].values

    @property
    def leaves(self) -> tuple[Contribution, ...]:
        """The finest parts: each adds to the others, and all of them are the whole."""
        split = {part.lever for part in self.contributions if part.kind == "group"}
        return tuple(
            part
            for part in self.contributions
            if part.kind != "whole" and not (part.kind == "lever" and part.lever in split)
        )


@dataclass(frozen=True)
class Explained:
    """All options of a comparison, the runs made for it, and the short runs in which levers were looked at."""

    options: tuple[Why, ...]
    runs: int
    looks: int
    seconds: float = 0.0


@dataclass(frozen=True)
class Side:
    """A lever that differs: as in the first scenario, as in the option, and the groups it is taken apart by."""

    name: str
    first: Lever | None
    option: Lever | None
    groups: tuple[str, ...] = ()
    settings: dict[str, tuple[GradedSetting, ...]] = field(default_factory=dict)

    @property
    def states(self) -> tuple[State, ...]:
        """The ways in which it must have stood to take it apart."""
        return ("first", "option", *(all_subsets(self.groups) if self.groups else ()))

    def standing(self, state: State) -> Lever | None:
        """Return the lever in this state, None where it is not there.

        Between, an added lever writes to the groups that are as in the option; one that is removed does not.
        """
        if state == "first" or state == "option":
            return self.first if state == "first" else self.option
        lever = self.option or self.first
        assert lever is not None
        mute = state if self.option is None else frozenset(self.groups) - state
        # as it is written: a group that the scenario itself mutes stays so
        return lever.model_copy(update={"mute": tuple(sorted(mute | set(lever.mute or ()))) or None})

    def parts(self, values: dict[State, Floats]) -> dict[str, Floats]:
        """Return what each group adds, by the outcome in all :attr:`states`; "" is what is left beside the groups."""
        every = frozenset(self.groups)
        game = {frozenset(state): value for state, value in values.items() if not isinstance(state, str)}
        parts = dict(zip(self.groups, exact_shapley(self.groups, game)))
        rest = game[frozenset()] - values["first"] + (values["option"] - game[every])
        return parts | {"": rest}


@dataclass(frozen=True)
class Plan:
    """What is to be run to explain one option."""

    number: int
    first: Scenario
    option: Scenario
    world: World
    sides: tuple[Side, ...]
    looks: int = 0

    @property
    def exact(self) -> bool:
        return len(self.sides) <= EXACT_LEVERS

    def scenario(self, standing: Standing) -> Scenario:
        """Return the option with levers that stand so; all else is as in the option."""
        levers = dict(self.option.levers)
        for side in self.sides:
            levers.pop(side.name, None)
            if (lever := side.standing(standing[side.name])) is not None:
                levers[side.name] = lever
        return with_changed_levers(self.option, dict(sorted(levers.items())))

    def beside(self, side: Side) -> Iterator[tuple[float, Standing]]:
        """Yield (weight, how the other levers stand): every subset of them as in the option, or only all of them."""
        others = [other.name for other in self.sides if other is not side]
        n = len(self.sides)
        for size in range(n) if self.exact else (n - 1,):
            weight = factorial(size) * factorial(n - 1 - size) / factorial(n) if self.exact else 1.0
            for chosen in combinations(others, size):
                yield weight, {other: "option" if other in chosen else "first" for other in others}

    @cached_property
    def keys(self) -> dict[frozenset[tuple[str, State]], str]:
        """Content hash of the scenario by how levers stand, for all that is needed."""
        return {frozenset(standing.items()): self.scenario(standing).content_hash for standing in self._needed()}

    def _needed(self) -> Iterator[Standing]:
        yield {side.name: "first" for side in self.sides}
        for side in self.sides:
            for _, others in self.beside(side):
                for state in side.states:
                    yield others | {side.name: state}

    def missing(self) -> dict[str, Scenario]:
        """Return the scenarios to be run, by content hash: all but the option and, if that is one, the first."""
        known = {self.option.content_hash, *self.known_first}
        found: dict[str, Scenario] = {}
        for standing, key in self.keys.items():
            if key not in known and key not in found:
                found[key] = self.scenario(dict(standing))
        return found

    @property
    def known_first(self) -> tuple[str, ...]:
        """The first scenario's hash, where paths in both worlds mean the same files."""
        return (self.first.content_hash,) if self.first.folder == self.option.folder else ()

    def explain(self, values: dict[str, Floats], before: Floats) -> Why:
        """Return the contributions, from the outcome by content hash and that of the first scenario."""

        def value(standing: Standing) -> Floats:
            return values[self.keys[frozenset(standing.items())]]

        after = values[self.option.content_hash]
        base = value({side.name: "first" for side in self.sides})
        found = [Contribution("other", "", "", base - before)]
        left = after - base
        for side in self.sides:
            whole, parts = np.zeros(len(after)), dict.fromkeys((*side.groups, ""), np.zeros(len(after)))
            for weight, others in self.beside(side):
                seen = {state: value(others | {side.name: state}) for state in side.states}
                whole = whole + weight * (seen["option"] - seen["first"])
                if side.groups:
                    parts = {name: parts[name] + weight * part for name, part in side.parts(seen).items()}
            left = left - whole
            found.append(Contribution("lever", side.name, "", whole, side.settings.get("", ())))
            if side.groups:
                for name in side.groups:
                    found.append(Contribution("group", side.name, name, parts[name], side.settings.get(name, ())))
                found.append(Contribution("rest", side.name, "", parts[""]))
        if not self.exact:
            found.append(Contribution("together", "", "", left))
        kept = [part for part in found if part.kind in ("lever", "group", "together") or part.values.any()]
        return Why(self.number, (*kept, Contribution("whole", "", "", after - before)), self.exact, self.option.drawn)


def differing(first: Scenario, option: Scenario) -> list[str]:
    """Return the ids of levers that one of the two has and the other has not, or has with other settings."""
    names = sorted(first.levers.keys() | option.levers.keys())
    return [name for name in names if first.levers.get(name) != option.levers.get(name)]


def expected_runs(scenarios: Sequence[Scenario]) -> int:
    """Return about how many runs it takes to explain all options, from what levers say that they write."""
    total = 0
    for option in scenarios[1:]:
        names = differing(scenarios[0], option)
        contexts = 2 ** (len(names) - 1) if len(names) <= EXACT_LEVERS else 1
        for name in names:
            lever, before = option.levers.get(name), scenarios[0].levers.get(name)
            alone = lever or before
            said = () if alone is None else alone.writes
            groups = {GROUP_OF[term] for term in said if term in GROUP_OF} - NO_WAY
            number = len(groups) if said else USUAL_GROUPS
            total += contexts * (1 if lever is not None and before is not None else 2**number)
    return total


def plan_why(scenarios: Sequence[Scenario], seed: int = 1) -> list[Plan]:
    """Look at the levers in which options differ from the first scenario, and plan the runs that explain them.

    Raises
    ------
    InputError
        More runs than ``MOST_RUNS`` would be needed; nothing has been run by then but short looks.
    """
    first = scenarios[0]
    worlds = [scenario.build_world() for scenario in scenarios]
    looks: dict[tuple[int, str], Look] = {}
    plans = []
    for number, option in enumerate(scenarios[1:], start=1):
        sides = []
        for name in differing(first, option):
            before, after = first.levers.get(name), option.levers.get(name)
            if before is None or after is None:
                there, world = (first, worlds[0]) if after is None else (option, worlds[number])
                looks[number, name] = look_at(there, world, name, seed)
                sides.append(Side(name, before, after, looks[number, name].groups))
            else:
                settings = changed_settings(before, after) if type(before) is type(after) else ()
                sides.append(Side(name, before, after, (), {"": settings}))
        plans.append(Plan(number, first, option, worlds[number], tuple(sides)))
    if (runs := sum(len(plan.missing()) for plan in plans)) > MOST_RUNS:
        _refuse(scenarios, runs)
    return [_with_settings(plan, looks) for plan in plans]


def _with_settings(plan: Plan, looks: Mapping[tuple[int, str], Look]) -> Plan:
    """Return the plan with the settings behind each group of its levers."""
    sides, runs = [], 0
    for side in plan.sides:
        look = looks.get((plan.number, side.name))
        if look is not None:
            behind = settings_behind(look)
            side, runs = replace(side, settings=behind.settings), runs + look.runs + behind.runs
        sides.append(side)
    return replace(plan, sides=tuple(sides), looks=runs)


def _refuse(scenarios: Sequence[Scenario], runs: int) -> None:
    most = max(scenarios[1:], key=lambda option: len(differing(scenarios[0], option)))
    raise InputError(
        f"to say why takes {runs:,} runs: '{most.name}' differs from '{scenarios[0].name}' in "
        f"{len(differing(scenarios[0], most))} levers",
        key="--why",
        expected=f"{MOST_RUNS} runs at most",
        suggestion="compare one option at a time"
        if len(scenarios) > 2
        else f"leave --why out; what each lever does alone says: diffusion ablate {most.name}",
    )


def explain(
    plans: Sequence[Plan],
    results: Sequence[Results],
    jobs: int | None = None,
    progress: Report | None = None,
    processes: bool = False,
) -> Explained:
    """Run what is missing on the draws of ``results``, and take the difference of each option apart.

    ``results`` are those of the first scenario and of all options, in the order of ``plans``; ``progress`` is called
    with (what, done, total), counting replicates. ``processes`` is as in ``runner.run``.
    """
    began = time.perf_counter()
    before = _main(results[0])
    numbers = [int(number) for number in results[0].replicates]
    whys, runs = [], 0
    total = sum(len(plan.missing()) for plan in plans) * len(numbers)
    for plan in plans:
        values = dict.fromkeys(plan.known_first, before) | {plan.option.content_hash: _main(results[plan.number])}
        missing = list(plan.missing().items())
        for start in range(0, len(missing), SUBSETS_AT_ONCE):
            batch = missing[start : start + SUBSETS_AT_ONCE]

            def told(done: int, so_far: int = runs * len(numbers)) -> None:
                if progress is not None:
                    progress("Saying why", so_far + done, total)

            found = compare(
                [scenario for _, scenario in batch],
                numbers,
                results[0].seed,
                jobs,
                progress=told,
                worlds=[plan.world] * len(batch),
                processes=processes,
            )
            values |= {key: _main(result) for (key, _), result in zip(batch, found)}
            runs += len(batch)
        whys.append(plan.explain(values, before))
    return Explained(tuple(whys), runs, sum(plan.looks for plan in plans), time.perf_counter() - began)


def _main(results: Results) -> Floats:
    """Return the main outcome, float64[R], in its printed unit."""
    return np.asarray(outcome_values(results)[MAIN_OUTCOME] * OUTCOME_BY_NAME[MAIN_OUTCOME].factor, dtype=np.float64)
