"""The two-sided layer between clinical entrepreneurs and their mentors: industry partners and AHSNs."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from diffusion.engine.state import NEVER
from diffusion.levers.clinical_entrepreneurs import ClinicalEntrepreneurs, EntrepreneurState
from diffusion.mechanisms.supply.people import PROFESSIONS

if TYPE_CHECKING:
    from diffusion.month.block import Block
    from diffusion.month.compiled import Model

#: name of the lever that matches people with mentors
LEVER = ClinicalEntrepreneurs.name


class MentorTie(NamedTuple):
    """A person of one replicate and the mentor given on appointment."""

    replicate: int
    entrepreneur: str
    profession: str
    trust: str
    appointed: str
    mentor: str
    kind: str


def mentor_ties(model: Model, block: Block, row: int = 0) -> dict[int, MentorTie]:
    """Return the ties of replicate number ``row`` of a block, by number of the person."""
    people, world = block.people, model.world
    ties: dict[int, MentorTie] = {}
    for name, lever in model.levers.items():
        own = block.own.get(name)
        if not isinstance(lever, ClinicalEntrepreneurs) or not isinstance(own, EntrepreneurState):
            continue
        mentor, appointed = own.mentor[row], people.appointed[row]
        for person in np.flatnonzero((mentor >= 0) & (appointed != NEVER)):
            code, kind = lever.mentor(int(mentor[person]), world)
            ties[int(person)] = MentorTie(
                int(block.replicates[row]),
                f"person-{person}",
                PROFESSIONS[people.profession[row, person]],
                world.trusts.codes[people.home[row, person]],
                str(model.calendar(int(appointed[person]))),
                code,
                kind,
            )
    return dict(sorted(ties.items()))
