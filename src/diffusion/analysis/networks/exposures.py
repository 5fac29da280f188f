"""Exposure to adopters among those one looks to, and the threshold at which each organisation adopted.

``E_it = sum_j W_ij A_j(t-lag) / sum_j W_ij`` (share) or without the denominator (count), A_j(t) = 1 from the period in
which j adopts on (Marsden & Friedkin 1993; Valente 1995). An organisation without ties has no exposure (NaN).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from diffusion.analysis.observed.ties import Ties
from diffusion.analysis.observed.times import Adoption
from diffusion.arrays import Floats, Longs


def exposure(
    adoption: Adoption,
    ties: Ties,
    lag: int = 1,
    *,
    count: bool = False,
    weighted: bool = True,
    none_before: bool = False,
) -> Floats:
    """Return float64[N, T], exposure in each period to those who had adopted ``lag`` periods before.

    ``count`` gives the number (or summed weight) of adopters looked to, not their share; ``weighted`` false gives all
    ties weight 1. To count who looks to i instead, pass ``ties.reversed()``. The first ``lag`` periods are NaN, since
    nothing was seen before them; with ``none_before`` they take those already adopters at the start, and nobody else.
    With lag 0 a period's own adoptions count.

    Raises
    ------
    ValueError
        If ``lag`` is negative or the ties are of another number of organisations.
    """
    if lag < 0:
        raise ValueError("lags are 0 or more")
    if ties.n != len(adoption):
        raise ValueError(f"ties among {ties.n} organisations, adoption of {len(adoption)}")
    matrix = (ties if weighted else ties.unweighted()).matrix()
    have = adoption.adopters().astype(np.float64)
    periods = have.shape[1]
    result = np.full(have.shape, np.nan)
    if lag < periods:
        result[:, lag:] = matrix @ have[:, : periods - lag]
    if none_before:
        result[:, :lag] = (matrix @ adoption.already.astype(np.float64))[:, None]
    total = np.asarray(matrix.sum(axis=1)).ravel()
    if count:
        result[total == 0] = np.nan
        return result
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(total[:, None] > 0, result / total[:, None], np.nan))


def at_adoption(adoption: Adoption, by_period: Floats) -> Floats:
    """Return float64[N]: the entry of ``by_period`` [N, T] at each organisation's own time; NaN where none was seen."""
    return np.where(adoption.event, by_period[np.arange(len(adoption)), adoption.own_column], np.nan)


def network_thresholds(adoption: Adoption, ties: Ties, lag: int = 0, *, weighted: bool = True) -> Floats:
    """Return each adopter's network threshold: the share of those it looks to who had adopted when it did (Valente
    1995). ``lag`` 0 counts those who adopt in the same period; with 1 only earlier ones can have set an example.

    netdiffuseR leaves out adopters of the first period unless told to include them; here they count, with the exposure
    of that period.
    """
    known = bool(adoption.already.any())  # who had adopted before the first period
    return at_adoption(adoption, exposure(adoption, ties, lag, weighted=weighted, none_before=known))


def exposure_by_layer(
    adoption: Adoption, layers: Sequence[Ties], lag: int = 1, *, none_before: bool = False
) -> dict[str, Floats]:
    """Return lagged exposure (share) by name of layer, float64[N, T] each; ``none_before`` as in :func:`exposure`."""
    return {ties.name: exposure(adoption, ties, lag, none_before=none_before) for ties in layers}


def dealt_out(draws: Floats, strata: Sequence[str] | None = None) -> Longs:
    """Return int64[N], whose history each organisation takes when they are dealt out by ``draws`` [N].

    With ``strata``, a label for each organisation, everyone takes one of its own stratum.
    """
    if strata is None:
        return np.argsort(draws, kind="stable").astype(np.int64)
    code = np.unique(np.asarray(strata, dtype=object).astype(str), return_inverse=True)[1]
    order = np.empty(len(draws), dtype=np.int64)
    order[np.argsort(code, kind="stable")] = np.lexsort((draws, code))
    return order
