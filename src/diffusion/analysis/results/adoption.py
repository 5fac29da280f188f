"""Adopters and the adopter share: the one definition that results, monthly measures, outcomes and pages share."""

from __future__ import annotations

import numpy as np

from diffusion.arrays import Bools, Floats, Ints, Longs
from diffusion.engine.stages import ROLLOUT, SUSTAINED


def adopters(stage_counts: Ints) -> Longs:
    """Return the trusts that have adopted, [..., G], from counts by stage [..., 9, G]: ROLLOUT or SUSTAINED."""
    return stage_counts[..., ROLLOUT, :].astype(np.int64) + stage_counts[..., SUSTAINED, :]


def adopter_share(adopters_by_innovation: Longs, eligible: Bools, chosen: Bools) -> Floats:
    """Return adopting pairs over eligible pairs, [...], of the innovations ``chosen`` [K]; 0 where none is eligible.

    ``adopters_by_innovation`` is [..., K], ``eligible`` [N, K]. The share of a run is that of the portfolio: of the
    innovations that are there from the start.
    """
    pairs = max(1, int(eligible[:, chosen].sum()))
    return np.asarray(adopters_by_innovation[..., chosen].sum(axis=-1) / pairs)
