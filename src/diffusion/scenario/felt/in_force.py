"""On what the levers of a scenario rest: the grade of every setting that a run can feel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diffusion.engine.departure import OWN_GRADE, Departure, InForce
from diffusion.engine.parameters import describe_section
from diffusion.scenario.felt.content import outlook_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from diffusion.scenario.schema import Scenario
    from diffusion.world.tables import World

#: as specified at 1: it is no assumption of its own
_STRENGTH = "strength"


def settings_in_force(scenario: Scenario, world: World, changed: Iterable[Departure]) -> dict[str, tuple[InForce, ...]]:
    """Return lever id -> its declared settings that a run can feel and that are set to something.

    A lever that nothing can come of has none, nor has a setting of 0 or no: a tariff that pays nothing rests on no
    trial of payments. What is ``changed``, and all of an own lever, has the grade of whoever set it.
    """
    look = outlook_of(scenario, world)
    keys = {departure.key for departure in changed}
    found: dict[str, tuple[InForce, ...]] = {}
    for key, lever in scenario.levers.items():
        rows: list[InForce] = []
        if lever.why_idle(look) is None:
            unfelt = lever.all_unfelt(look)
            for row in describe_section(key, type(lever)):
                own = not lever.number or f"levers.{key}.{row.name}" in keys
                specified = row.name == _STRENGTH and lever.strength == 1
                if row.name in unfelt or specified or not getattr(lever, row.name):
                    continue
                rows.append(InForce(row.name, OWN_GRADE, "") if own else InForce(row.name, row.grade, row.source))
        found[key] = tuple(rows)
    return found
