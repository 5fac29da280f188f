"""What a lever writes, and which of its settings are behind it: looked at in short runs of the scenario it stands in.

Nothing here follows from the lever's name or from what it says of itself, so that users' own levers are seen as well.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from pydantic import ValidationError

from diffusion.arrays import Longs
from diffusion.engine.parameters import Stated, stated
from diffusion.engine.term_groups import GROUP_OF, GROUPS
from diffusion.engine.term_specs import TERMS
from diffusion.engine.term_values import Part
from diffusion.experiments.running.simulations import simulation_of
from diffusion.experiments.searches.subsets import with_changed_levers
from diffusion.levers.base import Lever

if TYPE_CHECKING:
    from diffusion.scenario.schema import Scenario
    from diffusion.world.tables import World

#: Replicates looked at together, and at most: what some levers do follows from chance, such as a mandate for what is
#: believed to save. A group that was never seen stays mute in no run, and what it does is told in the rest.
AT_ONCE, MOST_LOOKS = 4, 25
#: What is booked in the accounts is no way to act: adoption does not feel it.
NO_WAY = frozenset({"accounts"})
#: Of a value outside the range in which its source holds.
OUTSIDE = "outside the plausible range of its source"


class GradedSetting(NamedTuple):
    """A setting of a lever with the evidence for it: grade A, B or C, and source."""

    name: str
    grade: str
    source: str


def weakest(settings: tuple[GradedSetting, ...]) -> str:
    """Return the grade of what these settings give together: that of the weakest; empty if none states one."""
    return max((setting.grade for setting in settings), default="")


class Look(NamedTuple):
    """What a lever was seen to write: its groups in the order of the table.

    ``parts`` are numbers of replicates in which a group was seen that had not been seen before, with digests of all
    groups by month; ``runs`` is how many short runs it took.
    """

    lever: str
    scenario: Scenario
    world: World
    seed: int
    groups: tuple[str, ...]
    parts: tuple[tuple[Longs, tuple[dict[str, bytes], ...]], ...]
    runs: int


class Behind(NamedTuple):
    """The settings behind each group that a lever writes, and how many short runs it took to find them."""

    settings: dict[str, tuple[GradedSetting, ...]]
    runs: int


def _nothing(name: str, written: Part | tuple[object, ...]) -> bool:
    """Whether what was written is neutral."""
    if isinstance(written, Part):
        spec = TERMS[name]
        return not (written.array != (0.0 if spec.combine == "add" else spec.neutral)).any()
    last = np.asarray(written[0] if name == "launch" else written[-1])
    if name == "launch":
        return last.size == 0
    return bool((last == 1.0).all()) if name == "mentor" else not last.any()


def _bytes_of(written: Part | tuple[object, ...]) -> bytes:
    parts = [written.array, written.by_ahsn, *(written.pairs or ())] if isinstance(written, Part) else list(written)
    return b"|".join(str(part.shape).encode() + part.tobytes() for part in map(np.asarray, parts))


def months_written(
    scenario: Scenario, world: World, lever: str, seed: int, numbers: Longs
) -> Iterator[dict[str, bytes]]:
    """Yield for each month a digest by group of what ``lever`` has written that is not neutral in these replicates.

    A month in which it does not write keeps what it wrote before.
    """
    simulation = simulation_of(scenario, world)
    block = simulation.open(numbers, seed)
    found: dict[str, hashlib.blake2b] = {}
    heard: list[str] = []
    kept: dict[str, bytes] = {}

    def hear(name: str, term: str, written: Part | tuple[object, ...]) -> None:
        if name != lever:
            return
        heard.append(term)
        if not _nothing(term, written):
            group = found.setdefault(GROUP_OF[term], hashlib.blake2b(digest_size=16))
            group.update(term.encode() + _bytes_of(written))

    block.space.terms.listener = hear
    for _ in range(scenario.months):
        found.clear()
        heard.clear()
        simulation.step(block)
        if heard:
            kept = {group: digest.digest() for group, digest in found.items()}
        yield kept


def look_at(scenario: Scenario, world: World, name: str, seed: int) -> Look:
    """Look at the lever ``name`` of ``scenario``: the groups that it writes.

    It is looked at until all that it says it writes was seen, or in as many replicates as are ever looked at.
    """
    said = {GROUP_OF[term] for term in scenario.levers[name].writes if term in GROUP_OF}
    size = 1 if scenario.agents else AT_ONCE
    written: set[str] = set()
    parts: list[tuple[Longs, tuple[dict[str, bytes], ...]]] = []
    runs = 0
    for first in range(0, size * MOST_LOOKS, size):
        numbers = np.arange(first, first + size)
        months = tuple(months_written(scenario, world, name, seed, numbers))
        runs += 1
        new = {group for month in months for group in month} - written
        if new or not parts:
            parts.append((numbers, months))
        written |= new
        if said and written >= said:
            break
    groups = tuple(group.name for group in GROUPS if group.name in written and group.name not in NO_WAY)
    return Look(name, scenario, world, seed, groups, tuple(parts), runs)


def settings_behind(look: Look) -> Behind:
    """Find the settings of a lever that are behind each group it writes.

    A setting is behind a group if another value of it changes what is written to the group in the first month in which
    it changes anything: until then all else is the same.
    """
    scenario, lever = look.scenario, look.scenario.levers[look.lever]
    behind: dict[str, list[GradedSetting]] = {group: [] for group in look.groups}
    runs = 0
    for numbers, months in look.parts:
        for setting, said, variants in _settings(lever):
            for variant in variants:
                runs += 1
                other = with_changed_levers(scenario, {**scenario.levers, look.lever: variant})
                written = months_written(other, look.world, look.lever, look.seed, numbers)
                changed = next((_changed(now, then) for now, then in zip(written, months) if now != then), set())
                for group in changed & behind.keys():
                    if (found := graded(lever, setting, said)) not in behind[group]:
                        behind[group].append(found)
                if changed:
                    break
    return Behind({group: tuple(found) for group, found in behind.items()}, runs)


def _changed(now: dict[str, bytes], then: dict[str, bytes]) -> set[str]:
    return {group for group in now.keys() | then.keys() if now.get(group) != then.get(group)}


def graded(lever: Lever, setting: str, said: Stated) -> GradedSetting:
    """Return the evidence for a setting's value; where it is outside its plausible range, it is an assumption."""
    value = getattr(lever, setting)
    if isinstance(value, int | float) and not isinstance(value, bool):
        low, high = (said.low is None or value >= said.low), (said.high is None or value <= said.high)
        # 0 is below many ranges: it switches something off, and nothing is claimed of it
        if not (low and high) and value != 0:
            return GradedSetting(setting, "C", OUTSIDE)
    return GradedSetting(setting, said.grade, said.source)


def changed_settings(one: Lever, two: Lever) -> tuple[GradedSetting, ...]:
    """Return the settings in which two levers of one kind differ, as the second has them; those that state a grade."""
    fields = type(two).model_fields
    return tuple(
        graded(two, name, said)
        for name, info in fields.items()
        if (said := stated(info)) is not None and getattr(one, name, None) != getattr(two, name)
    )


def _settings(lever: Lever) -> Iterator[tuple[str, Stated, list[Lever]]]:
    """Yield the lever's own settings that state a grade, each with levers in which it alone is another."""
    for name, info in type(lever).model_fields.items():
        said = stated(info)
        if said is None or name in Lever.model_fields:
            continue
        value = getattr(lever, name)
        if isinstance(value, bool):
            others: list[float | bool] = [not value]
        elif isinstance(value, int | float):
            others = [x for x in (said.high, said.low, 2 * value) if x is not None and x != value]
            others = [round(x) for x in others] if isinstance(value, int) else others
        else:
            continue
        variants = []
        for other in others:
            try:
                variants.append(type(lever).model_validate({**dict(lever), name: other}))
            except ValidationError:
                continue
        yield name, said, variants[:2]
