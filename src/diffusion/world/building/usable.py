"""Whether anything can come of a world: a world in which nobody may adopt anything is refused before it is run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from diffusion.errors import InputError

if TYPE_CHECKING:
    from diffusion.world.tables import World


def nobody_may_adopt(world: World) -> InputError | None:
    """Return the error that no trust may use any innovation; None where one may use one at least."""
    if world.eligible.any():
        return None
    return InputError(
        "no trust of this world may use any of its innovations",
        key="world",
        expected="at least one trust and innovation that fit",
        suggestion="compare 'eligible_sectors' of the innovations with the sectors of the trusts",
    )


def thin_places(world: World) -> Iterator[str]:
    """Yield what can be run and leaves little to see: sectors that may adopt nothing, networks without trusts."""
    trusts, words = world.trusts, world.facts.words
    if world.n_trusts == 1:
        yield "the world has one trust: nothing spreads between trusts, and no group is beside another"
    may, used_anywhere = (np.asarray(world.eligible.any(axis=axis), dtype=bool) for axis in (1, 0))
    for place, name in enumerate(trusts.sector_names):
        inside = trusts.sector == place
        if inside.any() and not may[inside].any():
            number = int(inside.sum())
            yield f"no innovation may be used in the sector {name} ({number} trust{'s' if number > 1 else ''})"
    used = np.unique(trusts.ahsn)
    if empty := [code for place, code in enumerate(world.ahsns.codes) if place not in used]:
        word = words.network.short if len(empty) == 1 else words.network.many
        yield f"{len(empty)} {word} {'has' if len(empty) == 1 else 'have'} no trust: {', '.join(empty[:8])}"
    unused = [name for name, any_trust in zip(world.innovations.ids, used_anywhere) if not any_trust]
    if unused:
        number = len(unused)
        told = ", ".join(unused[:8]) + (", ..." if number > 8 else "")
        yield f"no trust may use {number} innovation{'s' if number > 1 else ''}: {told}"
