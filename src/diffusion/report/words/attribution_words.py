"""How exactly the effects of an ablation are told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from diffusion.experiments.searches.ablation import Ablation


def decimals(found: Ablation) -> int:
    """Return decimals at which no clear part rounds to 0, at most two more than the outcome's usual ones."""
    part, places = found.attribution.part, found.outcome.decimals
    bounds = np.abs([part.low95, part.high95])[:, part.clear]
    while places < found.outcome.decimals + 2 and (np.round(bounds, places) == 0).any():
        places += 1
    return places
