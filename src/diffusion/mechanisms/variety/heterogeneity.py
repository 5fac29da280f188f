"""What makes one innovation spread otherwise than another of its kind: drawn once per replicate, by its id.

``push = exp(sP zP)`` multiplies pA X^A and pE X^E; ``scale-up = exp(sR zR)`` multiplies p4 X^R + q4 g; ``ending =
exp(-sR (rho zR + sqrt(1 - rho^2) zE))`` multiplies mu_P; ``compliance = exp(sC zC)`` multiplies mA, mE and mR. A
portfolio may state the exponents instead. At a spread of 0 every factor is 1.

The z are standard normals, ``z = sqrt(1 - w) z_k + sqrt(w) z_0``: z_k of the innovation, z_0 of the world, and w the
share of their variance that the innovations of a world have in common of which no series of adoption is known.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np

from diffusion.engine import draws as d
from diffusion.engine.draws import draw_base, normal, uniform
from diffusion.engine.kernels.jit import shared
from diffusion.engine.parameters import FITTED, Section, param

if TYPE_CHECKING:
    from diffusion.engine.kernels.frame_view import FrameView
    from diffusion.engine.state import Attributes
    from diffusion.world.tables import InnovationTable

#: the "month" under which a world draws what its innovations have in common
OF_WORLD: Final = 1


class HeterogeneityParameters(Section):
    """Spread between innovations of one kind."""

    push_sd: float = param(
        0.27,
        "standard deviation of the log push of an innovation (T1, T2)",
        unit="1",
        low=0,
        high=2,
        ge=0,
        le=5,
        symbol="sP",
        grade="B",
        source=FITTED,
    )
    scale_up_sd: float = param(
        0.8,
        "standard deviation of the log scale-up of an innovation: rollout up, pilot endings down (T4)",
        unit="1",
        low=0,
        high=2,
        ge=0,
        le=5,
        symbol="sR",
        source="assumption: dated series differ by two logits beyond kind and lever",
    )
    scale_up_correlation: float = param(
        0.7,
        "correlation of faster rollout with rarer endings of pilots",
        unit="1",
        low=0,
        high=1,
        ge=-1,
        le=1,
        symbol="rho_R",
    )
    compliance_sd: float = param(
        0.5,
        "standard deviation of the log compliance with a mandate, between innovations",
        unit="1",
        low=0,
        high=1.5,
        ge=0,
        le=5,
        symbol="sC",
    )


def draw_heterogeneity(
    par: HeterogeneityParameters, table: InnovationTable, a: Attributes, draws: d.Draws, traits_shared: float = 0.0
) -> None:
    """Fill the four factors [R, K] of ``a``; an exponent that the table states stands in place of the draw.

    ``traits_shared`` is w, 0 to 1: what the innovations of this world have in common, of the variance of each z.
    """

    def z(process: int) -> np.ndarray:
        own = draws.normal(process, by="innovation")[:, 0, :]
        if traits_shared == 0.0:
            return own
        common = draws.normal(process, OF_WORLD, by="")[:, 0, :]
        return np.asarray(math.sqrt(1.0 - traits_shared) * own + math.sqrt(traits_shared) * common)

    a.push[:] = 1.0
    a.scale_up[:] = 1.0
    a.ending[:] = 1.0
    a.compliance[:] = 1.0
    if par.push_sd > 0:
        a.push[:] = np.exp(par.push_sd * z(d.PUSH))
    if par.scale_up_sd > 0:
        rho = par.scale_up_correlation
        up = z(d.SCALE_UP)
        a.scale_up[:] = np.exp(par.scale_up_sd * up)
        a.ending[:] = np.exp(-par.scale_up_sd * (rho * up + math.sqrt(1.0 - rho * rho) * z(d.ENDING)))
    if par.compliance_sd > 0:
        a.compliance[:] = np.exp(par.compliance_sd * z(d.COMPLIANCE))
    for out, stated in (
        (a.push, table.log_push),
        (a.scale_up, table.log_scale_up),
        (a.ending, table.log_pilot_ending),
        (a.compliance, table.log_compliance),
    ):
        out[:] = np.where(np.isnan(stated), out, np.exp(np.nan_to_num(stated)))


@shared
def draw_spread(c: FrameView, r, k):
    """Draw the four factors of an innovation that is born during a run, by its key."""
    key = c.innovation_keys[r, k]
    c.push[r, k] = _factor(c, r, d.PUSH, key, c.push_sd)
    c.scale_up[r, k] = c.ending[r, k] = 1.0
    if c.scale_up_sd > 0.0:
        up = _z(c, r, d.SCALE_UP, key)
        rho = c.scale_up_correlation
        c.scale_up[r, k] = math.exp(c.scale_up_sd * up)
        c.ending[r, k] = math.exp(-c.scale_up_sd * (rho * up + math.sqrt(1.0 - rho * rho) * _z(c, r, d.ENDING, key)))
    c.compliance[r, k] = _factor(c, r, d.COMPLIANCE, key, c.compliance_sd)


@shared
def _z(c: FrameView, r, process, key):
    own = normal(uniform(draw_base(c.seed, c.replicates[r], process, 0), np.uint64(0), key))
    if c.traits_shared == 0.0:
        return own
    common = normal(uniform(draw_base(c.seed, c.replicates[r], process, OF_WORLD), np.uint64(0), np.uint64(0)))
    return math.sqrt(1.0 - c.traits_shared) * own + math.sqrt(c.traits_shared) * common


@shared
def _factor(c: FrameView, r, process, key, sd):
    return math.exp(sd * _z(c, r, process, key)) if sd > 0.0 else 1.0
