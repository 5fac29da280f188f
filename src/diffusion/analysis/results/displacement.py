"""Displacement: what an option does to innovations that none of its levers aims at."""

from __future__ import annotations

import numpy as np

from diffusion.analysis.results.groups import adopters_and_eligible, portfolio
from diffusion.analysis.results.outcomes import Outcome
from diffusion.analysis.results.tables import ResultTables
from diffusion.arrays import Bools, Floats

AIMED = Outcome(
    "aimed_share_pct",
    "Adopter share of innovations aimed at",
    "%",
    2,
    1,
    precision=0.1,
    smallest=0.1,
    change_unit="pp",
    phrase="adoption of the innovations that it aims at",
)
OTHERS = Outcome(
    "others_share_pct",
    "Adopter share of the other innovations",
    "%",
    2,
    1,
    precision=0.1,
    smallest=0.1,
    change_unit="pp",
    phrase="adoption of the innovations that it does not aim at",
)


def aimed_at(tables: ResultTables, reference: ResultTables) -> Bools:
    """Return bool[K] over the portfolio: innovations that a lever of ``tables``, but not of ``reference``, aims at.

    A lever without targets among innovations aims at all of them.
    """
    world, kept = tables.world, portfolio(tables)
    aimed = np.zeros(len(world.innovations.ids), dtype=bool)
    for name, lever in (tables.scenario.levers or {}).items():
        if name not in (reference.scenario.levers or {}):
            aimed |= lever.targets.innovation_mask(world)
    return np.asarray(aimed[kept])


def shares_of(tables: ResultTables, chosen: Bools) -> Floats:
    """Return adopters over eligible pairs of the chosen innovations at the end, per cent [R]."""
    adopters, eligible = adopters_and_eligible(tables, "innovation")
    pairs = np.maximum(eligible[:, chosen].sum(axis=1), 1)
    return np.asarray(100 * adopters[:, -1][:, chosen].sum(axis=1) / pairs)
