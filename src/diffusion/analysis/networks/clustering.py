"""Do adopters stand close together in a network? Moran's I, with a permutation test."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from diffusion.analysis.networks.exposures import dealt_out
from diffusion.analysis.observed.ties import Ties
from diffusion.analysis.observed.times import Adoption
from diffusion.analysis.results.intervals import MIDDLE_95
from diffusion.arrays import Floats, Longs
from diffusion.world.keys import keyed_uniform, stable_keys


def morans_i(values: ArrayLike, ties: Ties) -> Floats:
    """Return Moran's I of each column of ``values`` [N] or [N, T].

    ``I = (N / S0) * sum_ij w_ij z_i z_j / sum_i z_i^2`` (Moran 1950), z the deviation from the mean and w the ties'
    weights with rows scaled to sum 1; S0 is their sum (N less those without ties, who stay in N and in the mean, as in
    netdiffuseR). Above -1/(N-1): adopters look to adopters. NaN where all values are the same.
    """
    z = np.asarray(values, dtype=np.float64)
    z = z[:, None] if z.ndim == 1 else z
    z = z - z.mean(axis=0)
    matrix = ties.matrix()
    total = np.asarray(matrix.sum(axis=1)).ravel()
    scale = np.divide(1.0, total, out=np.zeros_like(total), where=total > 0)
    s0 = float((total > 0).sum())
    if not s0:
        return np.full(z.shape[1], np.nan)
    with np.errstate(invalid="ignore", divide="ignore"):
        cross = (z * (matrix @ z) * scale[:, None]).sum(axis=0)
        square = (z**2).sum(axis=0)
        return np.asarray(np.where(square > 1e-12, len(z) / s0 * cross / square, np.nan))


class Moran(NamedTuple):
    """Moran's I of adoption by period [T], its expectation without clustering, and permutation results.

    ``low95`` and ``high95`` hold the middle 95 % of I when the same adopters are dealt out anew; ``p_value`` is the
    share of such deals with an I at least as high (one-sided, with the observed one counted: never 0).
    """

    period: Longs
    observed: Floats
    expected: float
    low95: Floats
    high95: Floats
    p_value: Floats


def moran_of_adoption(
    adoption: Adoption, ties: Ties, seed: int = 1, permutations: int = 999, strata: Sequence[str] | None = None
) -> Moran:
    """Return Moran's I of being an adopter at the end of each period, with a keyed permutation test.

    With ``strata``, a label for each organisation, adopters are dealt out within each.
    """
    have = adoption.adopters().astype(np.float64)
    observed = morans_i(have, ties)
    n, periods = have.shape
    keys = stable_keys(adoption.codes)
    draws = np.empty((permutations, periods))
    for d in range(permutations):
        order = dealt_out(keyed_uniform("analysis/moran", seed, d, keys), strata)
        draws[d] = morans_i(have[order], ties)
    with np.errstate(invalid="ignore"):
        p_value = (1 + (draws >= observed - 1e-12).sum(axis=0)) / (1 + permutations)
    known = np.isfinite(observed)
    low, high = np.full(periods, np.nan), np.full(periods, np.nan)
    low[known], high[known] = np.quantile(draws[:, known], MIDDLE_95, axis=0)
    return Moran(adoption.periods, observed, -1 / (n - 1), low, high, np.where(known, p_value, np.nan))
