"""Room in a world for innovations that are born during a run: slots with the attributes of their kind."""

from __future__ import annotations

from dataclasses import fields, replace
from functools import lru_cache
from typing import Any

import numpy as np

from diffusion.arrays import Bools
from diffusion.world.innovations import InnovationRow, innovation_table, kind_defaults
from diffusion.world.tables import InnovationTable, World

ARRIVAL, SPIN_OUT = "arrival-", "spin-out-"
#: kinds in turn: arrivals are mixed as the default pipeline is; what clinicians found is mostly digital or a device
ARRIVAL_KINDS = ("digital", "device", "drug", "digital", "pathway", "device", "drug", "digital", "device", "drug",
                 "digital", "pathway", "digital")  # fmt: skip
SPIN_OUT_KINDS = ("digital", "device", "digital", "pathway", "digital", "device")
#: spread of benefit of what is born: as in the pipeline
_BENEFIT = {"benefit": None, "benefit_mean": 0.3, "benefit_sd": 0.7, "benefit_truncated": False}


def is_born(table: InnovationTable) -> Bools:
    """Return bool[K]: the slots of a table."""
    return np.array([name.startswith((ARRIVAL, SPIN_OUT)) for name in table.ids], dtype=bool)


@lru_cache(maxsize=8)
def with_slots(world: World, arrivals: int, spin_outs: int) -> World:
    """Return ``world`` with slots behind its innovations; none is live until it is filled."""
    names = [(f"{ARRIVAL}{n:03d}", ARRIVAL_KINDS[n % len(ARRIVAL_KINDS)]) for n in range(arrivals)]
    names += [(f"{SPIN_OUT}{n:03d}", SPIN_OUT_KINDS[n % len(SPIN_OUT_KINDS)]) for n in range(spin_outs)]
    if not names:
        return world
    rows = [InnovationRow(id=name, name=name.replace("-", " "), kind=kind) for name, kind in names]
    resolved = [{**kind_defaults()[kind], **_BENEFIT} for _, kind in names]
    sectors = world.trusts.sector_names
    slots = innovation_table(rows, resolved, sectors)
    joined: dict[str, Any] = {}
    for item in fields(InnovationTable):
        old, new = getattr(world.innovations, item.name), getattr(slots, item.name)
        joined[item.name] = old + new if isinstance(old, tuple) else np.concatenate([old, new])
    joined["live_month"] = joined["live_month"].copy()
    joined["live_month"][-len(names) :] = np.iinfo(np.int32).max // 2
    sector = np.array(sectors, dtype=object)[world.trusts.sector]
    usable = np.array([[name in allowed for allowed in slots.eligible_sectors] for name in sector], dtype=bool)
    cut = None if world.cut is None else replace(world.cut, whole=with_slots(world.cut.whole, arrivals, spin_outs))
    eligible = np.concatenate([world.eligible, usable], axis=1)
    return replace(world, innovations=InnovationTable(**joined), eligible=eligible, cut=cut)
