"""Localities by code: which trusts are in the boards (ICSs) or networks (AHSNs) that a setting names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from diffusion.arrays import Bools
from diffusion.errors import InputError
from diffusion.world.codes import code_hint

if TYPE_CHECKING:
    from diffusion.world.facts import Word
    from diffusion.world.tables import World


def in_boards(world: World, codes: Sequence[str], key: str) -> Bools:
    """Return bool[N]: trusts in the ICSs named; raises InputError, with ``key``, for one that the world has not."""
    trusts = world.trusts
    return _named(trusts.ics, trusts.ics_codes, codes, key, world.facts.words.board)


def in_networks(world: World, codes: Sequence[str], key: str) -> Bools:
    """Return bool[N]: trusts in the AHSNs named; raises InputError, with ``key``, for one that the world has not."""
    return _named(world.trusts.ahsn, world.ahsns.codes, codes, key, world.facts.words.network)


def _named(column: np.ndarray, known: tuple[str, ...], codes: Sequence[str], key: str, what: Word) -> Bools:
    for code in codes:
        if code not in known:
            raise InputError(
                f"unknown {what.short} '{code}'",
                key=key,
                expected=f"{what.one} code of the trusts table",
                suggestion=code_hint(code, known),
            )
    return np.isin(column, [known.index(code) for code in codes])
