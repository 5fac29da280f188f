"""How many have come how far: shares of organisations, or of pilots, at one moment of a run."""

from __future__ import annotations

from typing import Literal

import numpy as np

from diffusion.arrays import Floats, Longs
from diffusion.engine.stages import ADOPTER_STAGES, HEARD_STAGES, USING_STAGES
from diffusion.month.block import Block
from diffusion.world.tables import World

#: What is counted of the organisations that could adopt; ``use`` is a mean over them, ``scaled`` is of pilots.
Quantity = Literal["adopters", "ever", "using", "aware", "complete", "enrolled", "use", "scaled"]
QUANTITIES: dict[str, str] = {
    "adopters": "in rollout or sustained use at the date",
    "ever": "have been in rollout or sustained use by the date",
    "using": "in pilot, rollout or sustained use at the date",
    "aware": "have heard of it by the date",
    "complete": "have rolled it out to nine tenths or more at the date",
    "enrolled": "enrolled in a national programme by the date",
    "use": "rollout inside the organisation, mean over those at risk, at the date",
    "scaled": "pilots that went on to rollout, of all that ended by the date",
}
#: from this share of its rollout on an organisation does it for all
COMPLETE = 0.9


def share_now(quantity: str, innovations: Longs, world: World, block: Block, any_of: bool = False) -> Floats:
    """Return float64[R]: the share of eligible organisations of which ``quantity`` is true now.

    Parameters
    ----------
    quantity: one of :data:`QUANTITIES`
    innovations: over which it is counted: int64[n], columns of the world's table
    any_of: organisations for which it is true of any of them, of all organisations; else pairs, of eligible ones
    """
    k = innovations
    eligible = world.eligible[:, k]
    stage = block.pairs.stage[:, :, k]
    if quantity == "scaled":
        went_on, ended = block.counters.trials[:, :, k].sum(axis=2).T
        return np.asarray(went_on / np.maximum(1, went_on + ended), dtype=np.float64)
    if quantity == "use":
        value = np.where(np.isin(stage, ADOPTER_STAGES), block.pairs.rollout[:, :, k], 0.0)
    elif quantity == "complete":
        value = np.isin(stage, ADOPTER_STAGES) & (block.pairs.rollout[:, :, k] >= COMPLETE)
    elif quantity == "ever":
        value = block.pairs.ever[:, :, k] > 0
    elif quantity == "enrolled":
        term = block.space.terms.value("enrolled")
        value = np.broadcast_to(term, block.pairs.stage.shape)[:, :, k] > 0
    else:
        stages = {"adopters": ADOPTER_STAGES, "using": USING_STAGES, "aware": HEARD_STAGES}[quantity]
        value = np.isin(stage, stages)
    if any_of:
        return np.asarray((value & eligible).any(axis=2).mean(axis=1), dtype=np.float64)
    return np.asarray((value * eligible).sum(axis=(1, 2)) / max(1, int(eligible.sum())), dtype=np.float64)
