"""Burden B: what rules, governance, contracts and data terms add to the work of a pair (MODEL 4, 10.5).

``B_ik = [1 + .15 risk + .25 gov + .30 contract (1 - price agreed) + .30 data digital (1 - terms)] / mean``, the mean
over the default portfolio in July 2015, so that 1 is today's normal; levers multiply; clipped.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING

import numpy as np

from diffusion.engine.parameters import Section, param

if TYPE_CHECKING:
    from diffusion.engine.terms import Terms
    from diffusion.world.tables import World


class BurdenParameters(Section):
    """Regulatory, governance, contract and data burden; 1 is the average of July 2015."""

    risk_weight: float = param(0.15, "burden per risk class", unit="1", low=0, high=0.3, ge=0)
    governance_weight: float = param(0.25, "burden per governance layer", unit="1", low=0, high=0.5, ge=0)
    contract_weight: float = param(
        0.30, "burden of a contract whose price is not agreed nationally", unit="1", low=0, high=0.6, ge=0
    )
    data_weight: float = param(
        0.30, "burden of data terms for digital innovations without standard terms", unit="1", low=0, high=0.6, ge=0
    )
    lowest: float = param(0.4, "burden is clipped from below", unit="1", low=0.2, high=1, gt=0)
    highest: float = param(3.0, "burden is clipped from above", unit="1", low=2, high=5, gt=0)

    def scale_for_mean(self, mean: float, risk: float, price_agreed: float, standard_terms: float) -> float:
        """Factor (0 to 1) on what is left of the burden, its parts being changed so, that makes its mean ``mean``."""
        return _scale_for_mean(self, mean, risk, price_agreed, standard_terms)


def governance_layers(world: World) -> np.ndarray:
    """Return float64[N]: 2 for trusts on an AHSN boundary and care trusts, else 1."""
    names = world.trusts.sector_names
    care = world.trusts.sector == names.index("care_trust") if "care_trust" in names else np.zeros(world.n_trusts, bool)
    return np.where(world.trusts.ahsn_boundary | care, 2.0, 1.0)


def raw_burden(
    world: World,
    par: BurdenParameters,
    risk: np.ndarray,
    price_agreed: np.ndarray,
    standard_terms: np.ndarray,
    layers: np.ndarray | None = None,
) -> np.ndarray:
    """Return the burden before normalising, shaped (1 or R, N, K); the factors broadcast to it.

    ``layers`` are the governance layers of the rows wanted, default: those of all trusts.
    """
    table = world.innovations
    layers = governance_layers(world) if layers is None else layers
    raw: np.ndarray = (
        1.0
        + par.risk_weight * table.risk_class * risk
        + par.governance_weight * layers[None, :, None]
        + par.contract_weight * table.contract * (1.0 - price_agreed)
        + par.data_weight * table.digital * (1.0 - standard_terms)
    )
    return raw


@cache
def normal_burden(par: BurdenParameters) -> float:
    """Return the mean raw burden over the eligible pairs of the packaged trusts and the default portfolio."""
    from diffusion.world.building.build import build_world

    world = build_world()
    none = np.zeros((1, 1, 1))
    return float(raw_burden(world, par, none + 1.0, none, none)[0][world.eligible].mean())


@cache
def _scale_for_mean(
    par: BurdenParameters, mean: float, risk: float, price_agreed: float, standard_terms: float
) -> float:
    """The mean is over the same pairs as in :func:`normal_burden`, clipping included."""
    from diffusion.world.building.build import build_world

    world = build_world()
    parts = (np.full((1, 1, 1), value) for value in (risk, price_agreed, standard_terms))
    left = raw_burden(world, par, *parts)[0][world.eligible] / normal_burden(par)
    low, high = 0.0, 1.0
    if np.clip(left, par.lowest, par.highest).mean() <= mean:
        return high
    scale = mean / float(left.mean())
    if left.min() * scale >= par.lowest and left.max() * scale <= par.highest:
        return scale
    for _ in range(60):  # where clipping bites there is no formula; the mean grows with the factor
        scale = (low + high) / 2.0
        if np.clip(left * scale, par.lowest, par.highest).mean() < mean:
            low = scale
        else:
            high = scale
    return high


@lru_cache(maxsize=4)
def _layers_and_rows(world: World) -> tuple[np.ndarray, np.ndarray]:
    """Return (the different numbers of governance layers, int64[N] which of them each trust has)."""
    layers, row = np.unique(governance_layers(world), return_inverse=True)
    return layers, row.reshape(-1).astype(np.int64)


def burden(world: World, par: BurdenParameters, terms: Terms) -> tuple[np.ndarray, np.ndarray]:
    """Return (B, row of each trust): B is (1 or R, rows, K), one row for all trusts whose burden is the same.

    Trusts differ by their governance layers alone unless a lever tells them apart.
    """
    parts = [terms.value(name) for name in ("burden_risk", "price_agreed", "standard_terms", "burden")]
    if all(part.shape[1] == 1 for part in parts):
        layers, row = _layers_and_rows(world)
    else:
        layers, row = governance_layers(world), np.arange(world.n_trusts)
    raw = raw_burden(world, par, parts[0], parts[1], parts[2], layers)
    return np.clip(raw / normal_burden(par) * parts[3], par.lowest, par.highest), row
