"""What can only be checked against the world: codes of trusts and innovations that a scenario names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from diffusion.errors import InputError, did_you_mean
from diffusion.scenario.initial import initial_pairs
from diffusion.scenario.plugins import agent_classes
from diffusion.scenario.problems import MOST_TOLD, and_more, problems_of, raise_all
from diffusion.scenario.schema import Scenario
from diffusion.world.building.usable import nobody_may_adopt
from diffusion.world.codes import code_hint

if TYPE_CHECKING:
    from diffusion.levers.base import Lever
    from diffusion.world.tables import World


def check_scenario(scenario: Scenario) -> World:
    """Build the world and check every name that the scenario uses; return the world.

    Raises InputError for a world in which nothing can be adopted, and for an unknown trust, AHSN, ICS, region,
    innovation, kind, tag or cohort, with its line.
    """
    world = scenario.build_world()
    problems: list[InputError] = []
    if (nobody := nobody_may_adopt(world)) is not None:
        problems.append(scenario.placed(nobody, "world"))
    if world.cut is not None and scenario.parameters.supply.followed:
        people = InputError(
            "people who may found companies are followed for the whole, not for one region",
            key="world.region",
            expected="a whole world where people are followed",
            suggestion="leave world.region out, and ask for a page of the region with --region",
        )
        problems.append(scenario.placed(people, "world"))
    for group, policies in (("levers", scenario.levers), ("shocks", scenario.shocks)):
        for key, policy in policies.items():
            for error in name_faults(policy, world, f"{group}.{key}"):
                problems.append(_placed(scenario, error, error.key or f"{group}.{key}"))
    adopters = scenario.initial.adopters
    if adopters is not None:
        ids = world.innovations.ids
        # an example that the adopters can adopt, if there is one
        fitting = initial_pairs(adopters.model_copy(update={"innovations": None}), world).any(axis=0)
        for field, names, known, example in (
            ("codes", adopters.codes or (), world.trusts.codes, world.trusts.codes[0]),
            ("innovations", adopters.innovations or (), ids, ids[int(fitting.argmax())]),
        ):
            problems += [
                _placed(scenario, error, "initial.adopters")
                for error in _unknown(names, known, example, f"initial.adopters.{field}")
            ]
        if adopters.count is not None and adopters.count > world.n_trusts:
            problems.append(
                _placed(
                    scenario,
                    InputError(
                        f"{adopters.count} adopters among {world.n_trusts} trusts",
                        key="initial.adopters.count",
                        expected=f"a number <= {world.n_trusts}",
                        suggestion=f"try {world.n_trusts}",
                    ),
                    "initial.adopters",
                )
            )
        if not problems and (adopters.count or adopters.codes) and not initial_pairs(adopters, world).any():
            field = "count" if adopters.codes is None else "codes"
            problems.append(
                _placed(
                    scenario,
                    InputError(
                        "none of these trusts can adopt any of these innovations",
                        key=f"initial.adopters.{field}",
                        expected="at least one eligible pair",
                        suggestion="'diffusion describe world' counts the trusts that can adopt each innovation; "
                        "write count: 0 for no adopters",
                    ),
                    "initial.adopters",
                )
            )
    try:
        agent_classes(scenario)
    except InputError as error:
        problems.append(error)
    raise_all(problems)
    return world


def name_faults(policy: Lever, world: World, at: str) -> Iterator[InputError]:
    """Yield the faults of a lever's or shock's names, each with its whole key; ``at`` is the key of the policy."""
    for inside, fault in policy.name_faults(world):
        for error in problems_of(fault):
            own = error.key or ""
            keys = (at, inside, own.removeprefix("targets.") if own == "targets.innovations" and inside else own)
            yield error.at(key=".".join(part for part in keys if part))


def _placed(scenario: Scenario, error: InputError, key: str) -> InputError:
    own = error.key or ""
    error = error.at(
        key=own if own.startswith(key) else f"{key}.{own}".rstrip("."),
        suggestion=error.suggestion or "'diffusion describe world --scenario NAME --names' lists the names",
    )
    return scenario.placed(error, key)


def _unknown(names: Iterable[str], known: tuple[str, ...], example: str, key: str) -> list[InputError]:
    there = set(known)
    unknown = [name for name in names if name not in there]
    found = [
        InputError(
            f"unknown name '{name}'",
            key=key,
            expected=f"one of {len(known)} known names, such as {example}",
            suggestion=code_hint(name, known)
            if key.endswith(".codes")
            else did_you_mean(name, known) or f"for example {example}",
        )
        for name in unknown[:MOST_TOLD]
    ]
    return [*found, and_more(len(unknown) - MOST_TOLD, "unknown names", None, key)] if unknown[MOST_TOLD:] else found
