"""What a world of one region alone leaves out, and how it has its part of what is national."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

from diffusion.levers.healthy_new_towns import HealthyNewTowns
from diffusion.levers.local_first import LocalFirst
from diffusion.levers.outlook import first_few
from diffusion.levers.test_beds import TestBeds

if TYPE_CHECKING:
    from diffusion.scenario.schema import Scenario
    from diffusion.world.tables import World


def left_out(scenario: Scenario, world: World) -> list[str]:
    """Return what a user should know of a world of one region alone, a sentence each; nothing of a whole world."""
    if world.cut is None:
        return []
    share = 100.0 * world.share
    return [
        f"the world is one region alone, {world.provenance['region']}; national evidence grows from these "
        "trusts alone, which is slower than in the whole",
        f"what is chosen in the whole is here as far as it lies inside: {'; '.join(_chosen(scenario, world))}",
        f"national money that no trust gets counts by size, {share:.1f} % of the whole, although what it does is "
        f"felt in full; {world.facts.words.network.one}'s money by its members here; companies sell outside as they "
        "sell here, and their own money is that of the whole",
    ]


def _chosen(scenario: Scenario, world: World) -> Iterator[str]:
    """Yield what is chosen in the whole: initial sites, sites of levers, leads, towns."""
    whole, table = world.whole, world.whole.innovations
    if scenario.initial.adopters is None and np.any(table.initial_sites_max):
        low, high = int(table.initial_sites_min.sum()), int(table.initial_sites_max.sum())
        number = f"{low}" if low == high else f"{low} to {high}"
        yield f"initial sites ({number} in the whole, by innovation and trust)"
    inside = set(world.trusts.codes)
    if outside := [code for code in dict.fromkeys(chain.from_iterable(table.pilot_sites)) if code not in inside]:
        yield f"pilot sites (outside: {first_few(outside)})"
    for key, lever in scenario.levers.items():
        if isinstance(lever, TestBeds):
            able, here = lever.candidates(whole), lever.candidates(world)
            yield (
                f"test beds of levers.{key} ({lever.sites_per_wave} a wave; {int(here.sum())} of the "
                f"{int(able.sum())} trusts that may be one are here)"
            )
        elif isinstance(lever, LocalFirst):
            leads, here = lever.leads(whole), lever.leads(world)
            yield f"leads of levers.{key} ({int(here.sum())} of {int(leads.sum())} are here)"
        elif isinstance(lever, HealthyNewTowns):
            towns, near = (int(np.asarray(lever.near(each).any(axis=0)).sum()) for each in (whole, world))
            yield f"towns of levers.{key} ({near} of {towns} have a trust near here)"
        elif lever.targets.trusts is not None:
            outside = [code for code in lever.targets.trusts if code not in inside]
            if outside:
                yield f"trusts that levers.{key} names (outside: {first_few(outside)})"
    yield world.facts.words.say("all else that names trusts, AHSNs or ICSs outside reaches nobody")
