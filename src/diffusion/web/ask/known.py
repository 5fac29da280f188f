"""What a world has to choose from, as (name in files, words) for fields."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from diffusion.world.tables import KINDS

if TYPE_CHECKING:
    from diffusion.world.tables import World

Choices = tuple[tuple[str, str], ...]


def names_of(target: str, world: World) -> Choices:
    """Return the choices of one of the keys of ``targets``; none where there are too many, as of trusts."""
    return _of_world(world).get(target, ()) if _few(world) else ()


def _few(world: World) -> bool:
    return world.n_innovations <= 200 and world.n_ahsns <= 100


@lru_cache(maxsize=8)
def _of_world(world: World) -> dict[str, Choices]:
    trusts, innovations = world.trusts, world.innovations
    return {
        "sectors": tuple((name, name.replace("_", " ")) for name in trusts.sector_names),
        "regions": tuple((name, name) for name in trusts.region_names),
        "ahsns": tuple(zip(world.ahsns.codes, world.ahsns.names)),
        "ics": tuple(zip(trusts.ics_codes, trusts.ics_names)),
        "innovations": tuple(sorted(zip(innovations.ids, innovations.names), key=lambda each: each[1])),
        "kinds": tuple((name, name.replace("_", " ")) for name in KINDS),
        "tags": tuple((tag, tag.replace("-", " ")) for tag in sorted(set().union(*innovations.tags))),
        "cohorts": tuple((name, name) for name in sorted(set(innovations.cohort) - {""})),
    }
