"""Adopters and the adopter share: the one definition that results, monthly measures, outcomes and pages share."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from diffusion.arrays import Bools, Floats, Ints, Longs
from diffusion.engine.stages import ROLLOUT, SUSTAINED


def adopters(stage_counts: Ints) -> Longs:
    """Return the trusts that have adopted, [..., G], from counts by stage [..., S, G]: ROLLOUT or SUSTAINED."""
    return stage_counts[..., ROLLOUT, :].astype(np.int64) + stage_counts[..., SUSTAINED, :]


def adopters_of(stage_counts: Ints, chosen: Bools) -> Longs:
    """Return :func:`adopters` summed over the groups ``chosen`` [G], [...]; the counts are read in place."""
    weight = chosen.astype(stage_counts.dtype)  # of one type: nothing is converted
    return np.asarray(stage_counts[..., ROLLOUT, :] @ weight + stage_counts[..., SUSTAINED, :] @ weight)


def share_of_eligible(number: ArrayLike, eligible: Bools, chosen: Bools) -> Floats:
    """Return a number of pairs over the eligible pairs of the innovations ``chosen`` [K]; ``eligible`` is [N, K]."""
    return np.asarray(np.asarray(number) / max(1, int(eligible[:, chosen].sum())))


def adopter_share(stage_counts: Ints, eligible: Bools, chosen: Bools) -> Floats:
    """Return adopting pairs over eligible pairs, [...], of the innovations ``chosen`` [K]; 0 where none is eligible.

    ``stage_counts`` is [..., S, K], ``eligible`` [N, K]. The share of a run is that of the portfolio: of the
    innovations that are there from the start.
    """
    return share_of_eligible(adopters_of(stage_counts, chosen), eligible, chosen)
