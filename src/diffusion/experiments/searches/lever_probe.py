"""What a lever writes, and which of its settings are behind it: looked at in short runs of the scenario it stands in.

Nothing here follows from the lever's name or from what it says of itself, so that users' own levers are seen as well.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from pydantic import ValidationError

from diffusion.engine.parameters import Stated, stated
from diffusion.engine.term_groups import GROUP_OF, GROUPS
from diffusion.engine.term_values import Part
from diffusion.engine.terms import TERMS
from diffusion.experiments.running.runner import simulation_of
from diffusion.experiments.searches.subsets import with_changed_levers
from diffusion.levers.base import Lever

if TYPE_CHECKING:
    from diffusion.scenario.schema import Scenario
    from diffusion.world.tables import World

#: Replicates looked at: some levers draw what they do, and a group that was never seen is left in the rest.
LOOKED_AT = 2
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
    """What a lever was seen to write: its groups in the order of the table, and digests of them by month."""

    lever: str
    scenario: Scenario
    world: World
    seed: int
    groups: tuple[str, ...]
    months: tuple[dict[str, bytes], ...]


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


def months_written(scenario: Scenario, world: World, lever: str, seed: int) -> Iterator[dict[str, bytes]]:
    """Yield for each month a digest by group of what ``lever`` has written that is not neutral.

    A month in which it does not write keeps what it wrote before.
    """
    simulation = simulation_of(scenario, world)
    size = 1 if simulation.hooks.active else LOOKED_AT
    block = simulation.open(np.arange(size), seed)
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
    """Look at the lever ``name`` of ``scenario``: the groups that it writes."""
    months = tuple(months_written(scenario, world, name, seed))
    written = {group for month in months for group in month}
    groups = tuple(group.name for group in GROUPS if group.name in written and group.name not in NO_WAY)
    return Look(name, scenario, world, seed, groups, months)


def settings_behind(look: Look) -> Behind:
    """Find the settings of a lever that are behind each group it writes.

    A setting is behind a group if another value of it changes what is written to the group in the first month in which
    it changes anything: until then all else is the same.
    """
    scenario, lever = look.scenario, look.scenario.levers[look.lever]
    behind: dict[str, list[GradedSetting]] = {group: [] for group in look.groups}
    runs = 0
    for setting, said, variants in _settings(lever):
        for variant in variants:
            runs += 1
            other = with_changed_levers(scenario, {**scenario.levers, look.lever: variant})
            changed = next(
                (
                    {group for group in now.keys() | then.keys() if now.get(group) != then.get(group)}
                    for now, then in zip(months_written(other, look.world, look.lever, look.seed), look.months)
                    if now != then
                ),
                set(),
            )
            for group in changed & behind.keys():
                behind[group].append(graded(lever, setting, said))
            if changed:
                break
    return Behind({group: tuple(found) for group, found in behind.items()}, runs)


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
