"""Who may have influenced whom: infectiousness and susceptibility, sources of each adoption, degree and time.

None of this proves influence: organisations that look to one another are also alike and under the same pushes.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from diffusion.analysis.observed.ties import Ties
from diffusion.analysis.observed.times import Adoption
from diffusion.analysis.results.intervals import MIDDLE_95
from diffusion.analysis.results.ranks import ranks
from diffusion.arrays import Floats, Longs
from diffusion.world.keys import keyed_uniform


def _lag_weights(horizon: int, discount: float | None) -> Floats:
    k = np.arange(1, horizon + 1, dtype=np.float64)
    return k if discount is None else (1.0 + discount) ** (k - 1)


def infectiousness(
    adoption: Adoption, ties: Ties, horizon: int = 1, *, discount: float | None = None, normalise: bool = True
) -> Floats:
    """Return I_i, float64[N]: of those who look to i and adopt later, what share does so right after i.

    ``I_i = sum_k sum_j x_ji z_j(t_i+k)/w_k / sum_k sum_j x_ji z_j(>= t_i+k)/w_k``, k = 1..``horizon``, w_k = k, or
    (1+r)^(k-1) with ``discount`` r (Valente, Dyal, Chu, Wipfli & Fujimoto 2015; Vega Yon & Valente, netdiffuseR).
    ``normalise`` divides by all adoptions of those periods, sum_k sum_j z_j(t_i+k)/w_k. Ties count 0 or 1.

    NaN for those that did not adopt, and where nobody who looks to i adopts later; netdiffuseR has 0 there.
    """
    return _spread(adoption, ties.reversed(), horizon, discount, normalise, sign=1)


def susceptibility(
    adoption: Adoption, ties: Ties, horizon: int = 1, *, discount: float | None = None, normalise: bool = True
) -> Floats:
    """Return S_i, float64[N]: of those i looks to and who had adopted before, what share did so right before i.

    ``S_i = sum_k sum_j x_ij z_j(t_i-k)/w_k / sum_k sum_j x_ij z_j(<= t_i-k)/w_k``; else as :func:`infectiousness`.
    """
    return _spread(adoption, ties, horizon, discount, normalise, sign=-1)


def _spread(adoption: Adoption, ties: Ties, horizon: int, discount: float | None, normalise: bool, sign: int) -> Floats:
    """Both measures: ties from i to others j, whose times are compared with t_i + sign k."""
    time = np.where(adoption.event, adoption.time, np.nan)  # those there before: when they adopted, nobody saw
    lag = sign * (time[ties.target] - time[ties.source])  # NaN where either did not adopt
    top, bottom, everyone = np.zeros(ties.n), np.zeros(ties.n), np.zeros(ties.n)
    own = adoption.own_column
    counts = np.bincount(own[adoption.event], minlength=len(adoption.periods))
    for k, weight in enumerate(_lag_weights(horizon, discount), start=1):
        top += np.bincount(ties.source, lag == k, ties.n) / weight
        bottom += np.bincount(ties.source, lag >= k, ties.n) / weight
        then = own + sign * k
        inside = (then >= 0) & (then < len(counts))
        everyone += np.where(inside, counts[np.clip(then, 0, len(counts) - 1)], 0) / weight
    with np.errstate(invalid="ignore", divide="ignore"):
        result = np.where(bottom > 0, top / bottom, np.nan)
        if normalise:
            result = np.where(top > 0, result / everyone, result)
    return np.asarray(np.where(adoption.event, result, np.nan))


class Sources(NamedTuple):
    """One entry per adoption and tie to an earlier adopter: arrays of one length.

    ``adopter`` and ``source`` are rows of the table, ``lag`` periods between their adoptions, ``credit`` the tie's
    share in the weights of all the adopter's ties to earlier adopters: credits of an adopter sum to 1.
    """

    adopter: Longs
    source: Longs
    lag: Longs
    credit: Floats


def sources_of_adoption(adoption: Adoption, ties: Ties, within: int | None = None) -> Sources:
    """Return who had adopted before each adopter among those it looks to, with shares of credit by tie weight.

    ``within`` counts only adoptions at most so many periods earlier. Adopters without such a tie have no entry.
    """
    # those there before adopted in the period before the first, or earlier: their lags are the least that they can be
    time = np.where(adoption.already, adoption.first - 1.0, adoption.time)
    gap = time[ties.source] - time[ties.target]
    keep = (gap >= 1) & adoption.event[ties.source]
    if within is not None:
        keep &= gap <= within
    adopter, source, weight = ties.source[keep], ties.target[keep], ties.weight[keep]
    total = np.bincount(adopter, weight, ties.n)
    return Sources(adopter, source, gap[keep].astype(np.int64), weight / total[adopter])


class DegreeAndTime(NamedTuple):
    """Correlation of degree with time of adoption among adopters, with 95 % bootstrap intervals (percentiles).

    ``rank_*`` is Spearman's with non-adopters ranked after all adopters, so that it uses every organisation.
    """

    degree: str
    adopters: int
    pearson: float
    low95: float
    high95: float
    rank: float
    rank_low95: float
    rank_high95: float


def degree_and_time(adoption: Adoption, degree: ArrayLike, name: str, seed: int = 1, draws: int = 999) -> DegreeAndTime:
    """Correlate ``degree`` [N] with time; negative: the better connected adopt earlier.

    netdiffuseR correlates among adopters only (``pearson``). Bootstrap draws are keyed by ``seed``.
    """
    d = np.asarray(degree, dtype=np.float64)
    use = np.flatnonzero(adoption.event)
    late = np.where(adoption.adopted, adoption.time, np.inf)
    late[adoption.already] = adoption.first - 1  # before all others, in ranks
    everyone = np.flatnonzero(~adoption.adopted & (adoption.exit >= adoption.last) | adoption.adopted)
    first, low, high = _bootstrap(d[use], adoption.time[use], seed, draws, "analysis/degree")
    rank_d, rank_t = ranks(d[everyone]), ranks(late[everyone])
    rank, rank_low, rank_high = _bootstrap(rank_d, rank_t, seed, draws, "analysis/degree-rank")
    return DegreeAndTime(name, len(use), first, low, high, rank, rank_low, rank_high)


#: values drawn at once, so that memory does not grow with the number of draws
_AT_ONCE = 2_000_000


def _bootstrap(x: Floats, y: Floats, seed: int, draws: int, process: str) -> tuple[float, float, float]:
    if len(x) < 3 or np.ptp(x) == 0 or np.ptp(y) == 0:
        return float("nan"), float("nan"), float("nan")
    one, other = (np.arange(m, dtype=np.uint64) for m in (draws, len(x)))
    rows = max(1, _AT_ONCE // len(x))
    values = np.empty(draws)
    for first in range(0, draws, rows):
        part = one[first : first + rows]
        pick = (keyed_uniform(process, seed, part[:, None], other[None, :]) * len(x)).astype(np.int64)
        values[first : first + rows] = _correlate(x[pick], y[pick])
    low, high = np.nanquantile(values, MIDDLE_95)
    return float(_correlate(x[None], y[None])[0]), float(low), float(high)


def _correlate(x: Floats, y: Floats) -> Floats:
    x, y = x - x.mean(axis=1, keepdims=True), y - y.mean(axis=1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray((x * y).sum(axis=1) / np.sqrt((x**2).sum(axis=1) * (y**2).sum(axis=1)))
