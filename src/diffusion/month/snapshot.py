"""Stop and resume: a block as copies of all it remembers, and back; a resumed run goes on to the bit."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

import numpy as np

from diffusion.engine.state import allocate
from diffusion.engine.terms import as_term
from diffusion.mechanisms.beliefs import national_beliefs, rebase_use
from diffusion.mechanisms.exposure import open_activity
from diffusion.mechanisms.supply.companies import opening_companies
from diffusion.mechanisms.supply.people import People
from diffusion.month.block import Block
from diffusion.month.workspace import make_space

if TYPE_CHECKING:
    from diffusion.month.compiled import Model

_PARTS = ("pairs", "units", "attributes", "counters", "people", "companies")


def take_snapshot(block: Block) -> dict[str, Any]:
    """Return everything a block remembers, as a dict of copies that can be pickled."""
    space = block.space
    return {
        "seed": block.seed,
        "replicates": block.replicates.copy(),
        "month": block.month,
        "own": deepcopy(block.own),
        "mean_rollout": space.frame["mean_rollout"].copy(),
        "published": [values.copy() for values in space.published],
        "monitored_before": space.monitored_before.copy(),
        "money": space.frame["money"].copy(),
        **{
            part: {name: np.array(values, order="C") for name, values in getattr(block, part)._asdict().items()}
            for part in _PARTS
        },
    }


def resume_block(model: Model, taken: dict[str, Any]) -> Block:
    """Return the block of which ``taken`` is the snapshot, ready for its next month.

    Levers write their terms anew from what they remember, the month and the state.
    """
    world = model.world
    n_groups = taken["counters"]["by_group"].shape[2]
    block = Block.of(
        allocate(
            taken["seed"],
            taken["replicates"],
            world.n_trusts,
            world.n_innovations,
            n_groups,
            len(world.trusts.ics_codes),
        ),
        People(**{name: values.copy() for name, values in taken["people"].items()}),
        opening_companies(len(taken["replicates"]), world.n_innovations),
    )
    for part in _PARTS:
        for name, values in taken[part].items():
            getattr(getattr(block, part), name)[...] = values
    block.month = taken["month"]
    block.own = deepcopy(taken["own"])
    space = make_space(model, block)
    space.frame["mean_rollout"][:] = taken["mean_rollout"]
    space.published = [values.copy() for values in taken["published"]]
    # no lever has written yet: what was monitored counts as withdrawn until one monitors again
    space.monitored_before = taken["monitored_before"].copy()
    space.frame["monitoring_withdrawn"] = as_term(space.monitored_before)
    space.frame["money"][:] = taken["money"]
    rebase_use(space.address, 1.0)
    open_activity(space.address)
    national_beliefs(space.address)
    return block
