"""Who uses an innovation when it becomes live: trial sites and early access, more often in large and teaching trusts.

``P(early) = 1 / (1 + exp(-(epsilon_k + vZ ln size_i + vT teaching_i)))`` for a trust that has a use for it, once, in
the first month in which the innovation is live; epsilon_k is the log-odds of ``early_use_share`` of the portfolio, or
of the parameter ``share`` where the portfolio states no initial and no pilot sites. Early users go to ROLLOUT without
evaluation or pilot, and pay nothing upfront.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from diffusion.engine.draws import EARLY_USE, draw_base, uniform
from diffusion.engine.kernels.jit import inline
from diffusion.engine.parameters import FITTED, Section, param

if TYPE_CHECKING:
    from diffusion.arrays import Bools, Floats
    from diffusion.engine.kernels.frame_view import FrameView
    from diffusion.world.tables import InnovationTable, World


class EarlyUseParameters(Section):
    """Trial sites and early access."""

    share: float = param(
        0.094,
        "non-teaching trusts of the median size that use an innovation when it becomes live",
        unit="share",
        low=0,
        high=0.1,
        ge=0,
        le=1,
        grade="B",
        source=FITTED,
    )
    size_weight: float = param(
        1.0, "log-odds of early use per unit of log size", unit="log-odds", low=0, high=2, symbol="vZ"
    )
    teaching_weight: float = param(
        1.0, "log-odds of early use added in teaching trusts", unit="log-odds", low=0, high=2, symbol="vT"
    )


def has_trial_sites(table: InnovationTable) -> Bools:
    """Return bool[K]: innovations whose trial sites are stated, as sites from the start or as pilot sites."""
    return np.asarray((table.initial_sites_max > 0) | np.array([bool(sites) for sites in table.pilot_sites]))


def early_log_odds(par: EarlyUseParameters, world: World) -> Floats:
    """Return epsilon_k, float64[K]: minus infinity where nobody uses it early."""
    table = world.innovations
    share = np.where(has_trial_sites(table), 0.0, par.share)
    share = np.where(np.isnan(table.early_use_share), share, table.early_use_share)
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(share) - np.log1p(-share))


def early_leaning(par: EarlyUseParameters, world: World) -> Floats:
    """Return ``vZ ln size + vT teaching``, float64[N]; a trust without staff counts as one of a thousandth."""
    size = np.log(np.maximum(world.trusts.size, 1e-3))
    return np.asarray(par.size_weight * size + par.teaching_weight * world.trusts.teaching)


@inline
def uses_early(c: FrameView, r, i, k):
    """Whether trust i uses innovation k from the start; the same in every month in which it is asked."""
    odds = c.early_log_odds[k]
    if odds == -math.inf or c.no_use[r, i, k]:
        return False
    u = uniform(draw_base(c.seed, c.replicates[r], EARLY_USE, 0), c.trust_keys[i], c.innovation_keys[r, k])
    return u < 1.0 / (1.0 + math.exp(-(odds + c.early_leaning[i])))
