"""How to run a result again."""

from __future__ import annotations

from typing import NamedTuple


class Reproduction(NamedTuple):
    """What a reader needs to run it again; ``altered`` is what is not as the run wrote it, a phrase each."""

    command: str
    version: str
    git: str
    hashes: tuple[tuple[str, str], ...]
    world_hashes: tuple[tuple[str, str], ...]
    altered: tuple[str, ...] = ()
