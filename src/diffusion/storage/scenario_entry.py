"""One scenario in the manifest, as plain data: :func:`scenario_entry` writes it, :func:`stored_scenario` reads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

import numpy as np

from diffusion.arrays import Bools, Longs
from diffusion.engine.calendar import Month
from diffusion.world.facts import WorldFacts

#: Plain data as JSON holds it.
Json: TypeAlias = dict[str, Any]


class HasIds(Protocol):
    """Innovations, as far as targets look at them."""

    @property
    def ids(self) -> tuple[str, ...]: ...


class World(Protocol):
    """A world, as far as targets and the manifest look at it."""

    @property
    def name(self) -> str: ...
    @property
    def provenance(self) -> Mapping[str, str]: ...
    @property
    def facts(self) -> WorldFacts: ...
    @property
    def innovations(self) -> HasIds: ...


class Targets(Protocol):
    """What a lever aims at."""

    def innovation_mask(self, world: Any) -> Bools: ...


class Lever(Protocol):
    """A lever, as far as the manifest tells of it."""

    @property
    def title(self) -> str: ...
    @property
    def grade(self) -> str: ...
    @property
    def source(self) -> str: ...
    @property
    def targets(self) -> Targets: ...


class Scenario(Protocol):
    """A scenario, as far as the manifest tells of it."""

    @property
    def name(self) -> str: ...
    @property
    def content_hash(self) -> str: ...
    @property
    def levers(self) -> Mapping[str, Lever] | None: ...
    def resolved(self) -> Json: ...


class Runs(Protocol):
    """Finished runs of one scenario, as far as the manifest tells of them."""

    @property
    def scenario(self) -> Scenario: ...
    @property
    def world(self) -> World: ...
    @property
    def seed(self) -> int: ...
    @property
    def replicates(self) -> Longs: ...
    @property
    def months(self) -> int: ...


@dataclass(frozen=True)
class StoredTargets:
    """The innovations that a lever aims at, by id; None means all."""

    aims_at: tuple[str, ...] | None

    def innovation_mask(self, world: World) -> Bools:
        """Return bool[K]."""
        ids = world.innovations.ids
        if self.aims_at is None:
            return np.ones(len(ids), dtype=bool)
        return np.isin(np.array(ids), self.aims_at)


@dataclass(frozen=True)
class StoredLever:
    """A lever as the manifest tells it."""

    name: str
    title: str
    grade: str
    source: str
    start: Month | None
    end: Month | None
    strength: float
    targets: StoredTargets


@dataclass(frozen=True)
class StoredScenario:
    """A scenario as the manifest tells it."""

    name: str
    title: str
    description: str
    start: Month
    months: int
    policy_start: Month | None
    levers: Mapping[str, StoredLever]
    content_hash: str
    data: Json
    own_titles: tuple[str, ...] = ()

    def resolved(self) -> Json:
        return self.data

    @property
    def drawn(self) -> bool:
        """Whether replicates differ in their parameters."""
        return bool((self.data.get("doubt") or {}).get("source", "defaults") != "defaults")


def scenario_entry(runs: Runs) -> Json:
    """Return what the manifest says of a scenario and its world: the data, and of levers what is not in them.

    ``titles`` are those that users gave, by part of the name: labels are made of them.
    """
    scenario, world = runs.scenario, runs.world
    return {
        "name": scenario.name,
        "sha256": scenario.content_hash,
        "titles": list(getattr(scenario, "own_titles", ())),
        "resolved": scenario.resolved(),
        "levers": {key: _lever_facts(key, lever, world) for key, lever in (scenario.levers or {}).items()},
        "world": {
            "name": world.name,
            "facts": world.facts.model_dump(mode="json"),
            "provenance": dict(world.provenance),
            "board_successors": [list(each) for each in getattr(world, "board_successors", ())],
        },
    }


def stored_scenario(entry: Json) -> StoredScenario:
    """Return the scenario of an entry."""
    data = entry["resolved"]
    return StoredScenario(
        entry["name"],
        data.get("title", ""),
        data.get("description", ""),
        Month(data["start"]),
        int(data["months"]),
        _month_or_none(data, "policy_start"),
        {key: _stored_lever(key, facts, data.get("levers", {}).get(key, {})) for key, facts in entry["levers"].items()},
        entry["sha256"],
        data,
        tuple(str(title) for title in entry.get("titles", ())),
    )


def _lever_facts(key: str, lever: Lever, world: World) -> Json:
    """Return what a page says of a lever beyond its settings; ``aims_at`` are innovation ids, None for all."""
    aimed = lever.targets.innovation_mask(world)
    ids = [name for name, chosen in zip(world.innovations.ids, aimed) if chosen]
    return {
        "title": lever.title or key,
        "grade": lever.grade,
        "source": lever.source,
        "aims_at": None if len(ids) == len(aimed) else ids,
    }


def _stored_lever(key: str, facts: Json, settings: Json) -> StoredLever:
    aims = facts["aims_at"]
    return StoredLever(
        name=str(settings.get("lever", key)),
        title=facts["title"],
        grade=facts["grade"],
        source=facts["source"],
        start=_month_or_none(settings, "start"),
        end=_month_or_none(settings, "end"),
        strength=float(settings.get("strength", 1.0)),
        targets=StoredTargets(None if aims is None else tuple(aims)),
    )


def _month_or_none(data: Json, key: str) -> Month | None:
    value = data.get(key)
    return None if value is None else Month(value)
