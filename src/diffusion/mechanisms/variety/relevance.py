"""Which trusts have a use for an innovation: drawn once per pair, by the ids of both.

``P(use) = 1 / (1 + exp(-(alpha_k + bZ ln size_i + gT teaching_i)))``, alpha_k normal between innovations, or stated in
the portfolio as the share of non-teaching trusts of the median size that have a use (``use_share``). A trust without a
use that hears of the innovation finds that out (stage NO_USE), and goes no further. Initial sites have a use.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from diffusion.engine import draws as d
from diffusion.engine.draws import draw_base, normal, uniform
from diffusion.engine.kernels.jit import shared
from diffusion.engine.parameters import FITTED, Section, param

if TYPE_CHECKING:
    from diffusion.arrays import Bools, Floats
    from diffusion.engine.kernels.frame_view import FrameView
    from diffusion.world.tables import World


class RelevanceParameters(Section):
    """Which eligible trusts have a use for an innovation."""

    limited: bool = param(
        True, "not every eligible trust has a use for every innovation; off, only stated shares hold", unit="yes/no"
    )
    log_odds: float = param(
        0.91,
        "log-odds that a non-teaching trust of the median size has a use, mean over innovations",
        unit="log-odds",
        low=-0.5,
        high=2.5,
        symbol="alpha",
        grade="B",
        source=FITTED,
    )
    log_odds_sd: float = param(
        1.5,
        "standard deviation of these log-odds between innovations",
        unit="log-odds",
        low=0,
        high=2.5,
        ge=0,
        symbol="s_alpha",
    )
    size_weight: float = param(
        1.0, "log-odds of having a use per unit of log size", unit="log-odds", low=0, high=2, symbol="bZ"
    )
    teaching_weight: float = param(
        0.0, "log-odds of having a use added in teaching trusts", unit="log-odds", low=-0.5, high=1, symbol="gT"
    )


def stated_log_odds(use_share: Floats) -> Floats:
    """Return the log-odds of stated shares, NaN where none is stated; infinite at 0 and 1."""
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(use_share) - np.log1p(-use_share))


def leaning(par: RelevanceParameters, world: World) -> Floats:
    """Return ``bZ ln size + gT teaching``, float64[N]; a trust without staff counts as one of a thousandth."""
    size = np.log(np.maximum(world.trusts.size, 1e-3))
    return np.asarray(par.size_weight * size + par.teaching_weight * world.trusts.teaching)


def draw_no_use(par: RelevanceParameters, world: World, draws: d.Draws) -> Bools | None:
    """Return bool[R, N, K], pairs that have no use although eligible; None where all have."""
    stated = stated_log_odds(world.innovations.use_share)
    if not par.limited and bool(np.all(np.isnan(stated) | (stated == np.inf))):
        return None
    alpha = np.broadcast_to(np.inf, (len(draws.replicates), world.n_innovations))
    if par.limited:
        alpha = par.log_odds + par.log_odds_sd * draws.normal(d.RELEVANCE, by="innovation")[:, 0, :]
    alpha = np.where(np.isnan(stated), alpha, stated)
    with np.errstate(over="ignore"):
        share = 1.0 / (1.0 + np.exp(-(alpha[:, None, :] + leaning(par, world)[:, None])))
    return np.asarray((draws.uniform(d.USE_FOR_IT, by="trust innovation") >= share) & world.eligible)


@shared
def draw_use(c: FrameView, r, k):
    """Draw which trusts have a use for an innovation that is born during a run, and count them."""
    key = c.innovation_keys[r, k]
    alpha = c.use_log_odds[k]
    if math.isnan(alpha):
        alpha = math.inf
        if c.use_limited:
            base = draw_base(c.seed, c.replicates[r], d.RELEVANCE, 0)
            alpha = c.use_mean + c.use_sd * normal(uniform(base, np.uint64(0), key))
    base = draw_base(c.seed, c.replicates[r], d.USE_FOR_IT, 0)
    number = 0
    for i in range(c.need.shape[1]):
        share = 1.0 if alpha == math.inf else 1.0 / (1.0 + math.exp(-(alpha + c.use_leaning[i])))
        none = c.eligible[i, k] != 0 and share < 1.0 and uniform(base, c.trust_keys[i], key) >= share
        c.no_use[r, i, k] = none
        number += c.eligible[i, k] != 0 and not none
    c.n_with_use[r, k] = number
