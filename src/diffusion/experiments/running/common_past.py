"""How long runs of two scenarios are one and the same: until a lever that only one of them has begins.

A lever at level 0 is not called and leaves every output as it is, to the bit; so what was run up to then for one
scenario is a run of the other too, and need not be run again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from diffusion.month.simulation import in_force

if TYPE_CHECKING:
    from diffusion.month.simulation import Simulation
    from diffusion.scenario.schema import Scenario

#: Fewer months than this, with those before the run, are not worth going on from.
_WORTH_MONTHS = 6
#: Levers of one's own may remember what no snapshot knows of.
_OWN_PACKAGE = __name__.partition(".")[0] + "."


def common_months(one: Simulation[Scenario], other: Simulation[Scenario]) -> int | None:
    """Return the last month up to which both run alike, at most that of their end; None where it is not worth it."""
    a, b = one.scenario, other.scenario
    alike = (
        one.world is other.world
        and (a.start, a.months, a.initial, a.parameters) == (b.start, b.months, b.initial, b.parameters)
        and one.model.numbers["records_money"] == other.model.numbers["records_money"]
    )
    if not alike or one.hooks.active or other.hooks.active:
        return None
    levers, others = in_force(a), in_force(b)
    if any(not type(lever).__module__.startswith(_OWN_PACKAGE) for lever in (*levers.values(), *others.values())):
        return None
    differing = [
        lever
        for name in levers.keys() | others.keys()
        if levers.get(name) != others.get(name)
        for lever in (levers.get(name), others.get(name))
        if lever is not None
    ]
    warm_up, month = one.model.warm_up, -one.model.warm_up
    while month < a.months and all(lever.level(a.start + month) <= 0.0 for lever in differing):
        month += 1
    return month if month >= 0 and month + warm_up >= _WORTH_MONTHS else None
