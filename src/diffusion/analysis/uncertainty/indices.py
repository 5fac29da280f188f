"""Which inputs move an outcome: Morris screening, Sobol indices, and variance split into parameters and chance.

All functions take ``values`` [draws, replicates]: an outcome, or the paired difference of an outcome between two
scenarios. Replicate r has the same seed in every draw, so draws and replicates are crossed:
``y[d, r] = f(x_d) + b_r + e[d, r]`` with f the expected outcome, b_r what a lucky seed adds everywhere, and e the rest.
Where there are two replicates or more, squares are taken as products of different replicates,
``(sum y)^2 - sum y^2) / (R (R - 1))``, whose expectation is free of chance.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from diffusion.analysis.results.ranks import ranks
from diffusion.arrays import Floats, Longs

RESAMPLES = 1000
#: resamples computed together
_AT_ONCE = 50
LEVEL = 0.95
#: Fewer trajectories, base samples or draws give no interval worth printing.
FEWEST = 4
#: Shares of a variance that cannot be told from 0 would mean nothing.
NO_MORE_THAN_CHANCE = "the expected outcome cannot be told to vary at all: chance explains what is seen"


@dataclass(frozen=True)
class Index:
    """An index per factor with its 95 % bootstrap interval, each [factors] (or [factors, factors] for pairs)."""

    value: Floats
    low: Floats
    high: Floats


@dataclass(frozen=True)
class Morris:
    """Elementary effects over the whole range of each factor, in the unit of the outcome.

    ``mu_star``: mean absolute effect (how much); ``mu``: mean effect (which way); ``sigma``: spread of effects
    (interaction, or a bent response). ``kept`` of ``trajectories`` were complete.
    """

    names: tuple[str, ...]
    mu: Floats
    mu_star: Index
    sigma: Floats
    kept: int
    trajectories: int


@dataclass(frozen=True)
class Sobol:
    """Shares of the variance of the expected outcome: ``first`` by a factor alone, ``total`` with all its interactions.

    ``second`` [F, F] is what a pair does beyond both alone (upper triangle, NaN elsewhere), None if not asked for.
    """

    names: tuple[str, ...]
    first: Index
    total: Index
    second: Index | None
    variance: float
    kept: int
    base_samples: int


@dataclass(frozen=True)
class VarianceSplit:
    """The variance of one run's outcome by the law of total variance: Var E(Y | x) + E Var(Y | x).

    ``parameters`` is the first part; ``chance`` the second, of which ``chance_common`` is shared by all draws under one
    seed. Estimates are unbiased and may come out below 0. ``share`` is parameters / (parameters + chance), with a 95 %
    interval within 0 to 1; NaN with one replicate or without any variance.
    """

    parameters: float
    chance: float
    chance_common: float
    share: float
    low: float
    high: float
    draws: int
    replicates: int


def pair_product(values: Floats, others: Floats | None = None) -> Floats:
    """Return the mean product of two different replicates over the last axis; of the same one where there is only one.

    For values with independent chance in each replicate its expectation is the product of the expected values.
    """
    b = values if others is None else others
    n = values.shape[-1]
    if n == 1:
        return np.asarray((values * b)[..., 0])
    return np.asarray((values.sum(axis=-1) * b.sum(axis=-1) - (values * b).sum(axis=-1)) / (n * (n - 1)))


def morris_effects(shares: ArrayLike, values: ArrayLike, names: Sequence[str], levels: int, seed: int = 1) -> Morris:
    """Return Morris's measures by SALib, on means over replicates.

    Parameters
    ----------
    shares: points in the unit cube [draws, factors], trajectories of factors + 1 points one after the other
    values: outcome [draws, replicates]; trajectories with a missing value are left out
    levels: grid levels of the design

    Raises
    ------
    ValueError
        If fewer than two trajectories are complete.
    """
    from SALib.analyze import morris

    x, y = np.asarray(shares, dtype=np.float64), np.asarray(values, dtype=np.float64)
    step = len(names) + 1
    whole = np.asarray(np.isfinite(y).all(axis=1).reshape(-1, step).all(axis=1))
    if whole.sum() < 2:
        raise ValueError(f"only {int(whole.sum())} of {len(whole)} trajectories are complete")
    kept = np.repeat(whole, step)
    problem = {"num_vars": len(names), "names": list(names), "bounds": [[0.0, 1.0]] * len(names)}
    found = morris.analyze(
        problem, x[kept], y[kept].mean(axis=1), num_resamples=RESAMPLES, conf_level=LEVEL, num_levels=levels, seed=seed
    )
    star, reach = (np.asarray(found[key], dtype=np.float64) for key in ("mu_star", "mu_star_conf"))
    if whole.sum() < FEWEST:
        reach = np.full_like(star, np.nan)
    return Morris(
        tuple(names),
        np.asarray(found["mu"], dtype=np.float64),
        Index(star, np.maximum(star - reach, 0), star + reach),
        np.asarray(found["sigma"], dtype=np.float64),
        int(whole.sum()),
        len(whole),
    )


def sobol_indices(values: ArrayLike, names: Sequence[str], second_order: bool, seed: int = 1) -> Sobol:
    """Return Sobol indices of the expected outcome, on a design of SALib's ``sobol.sample``.

    First order by Saltelli et al. (2010), total by Jansen (1999), the estimators of SALib, to which they are equal with
    one replicate; with more, products are of different replicates, so that chance does not count as an effect. Base
    samples with a missing value are left out; intervals resample base samples.

    Parameters
    ----------
    values: outcome [draws, replicates], draws in the order of the design

    Raises
    ------
    ValueError
        If fewer than two base samples are complete, or the outcome varies no more than chance explains.
    """
    y = np.asarray(values, dtype=np.float64)
    n = len(names)
    step = 2 * n + 2 if second_order else n + 2
    blocks = y.reshape(-1, step, y.shape[1])
    whole = np.asarray(np.isfinite(blocks).all(axis=(1, 2)))
    blocks = blocks[whole]
    if len(blocks) < 2:
        raise ValueError(f"only {len(blocks)} of {len(whole)} base samples are complete")
    if np.ptp(blocks, axis=(0, 1)).max() == 0:
        raise ValueError("the outcome is the same in every draw")

    def measures(sample: Floats) -> Floats:
        """Return all indices of one sample of base rows, flat: first, total, pairs."""
        centred = sample - sample.mean(axis=(0, 1))
        a, b = centred[:, 0], centred[:, -1]
        ab = centred[:, 1 : n + 1]
        ends = np.concatenate([a, b])
        variance = pair_product(ends - ends.mean(axis=0)).mean()
        with np.errstate(divide="ignore", invalid="ignore"):
            first = pair_product(np.broadcast_to(b[:, None], ab.shape), ab - a[:, None]).mean(axis=0) / variance
            total = 0.5 * pair_product(a[:, None] - ab).mean(axis=0) / variance
            parts = [first, total]
            if second_order:
                ba = centred[:, n + 1 : 2 * n + 1]
                crossed = pair_product(ba[:, :, None], ab[:, None]).mean(axis=0) - pair_product(a, b).mean()
                parts.append((crossed / variance - first[:, None] - first[None]).reshape(-1))
            return np.concatenate([*parts, [variance]])

    found = measures(blocks)
    low, high = _bootstrap(len(blocks), lambda rows: measures(blocks[rows]), seed)
    if min(found[-1], np.nan_to_num(low[-1], nan=found[-1])) <= 0:
        raise ValueError(NO_MORE_THAN_CHANCE)
    first, total = (Index(found[part], low[part], high[part]) for part in (slice(0, n), slice(n, 2 * n)))
    second = None
    if second_order:
        upper = np.triu(np.ones((n, n), dtype=bool), 1)
        square = [np.where(upper, x[2 * n : -1].reshape(n, n), np.nan) for x in (found, low, high)]
        second = Index(*square)
    return Sobol(tuple(names), first, total, second, float(found[-1]), len(blocks), len(whole))


def split_variance(values: ArrayLike, seed: int = 1) -> VarianceSplit:
    """Return how much of the variance of single runs is due to parameters and how much to chance.

    Two-way random effects: with mean squares of draws, replicates and residual, parameters = (MS_d - MS_e) / R,
    chance_common = (MS_r - MS_e) / D, chance = chance_common + MS_e. The interval resamples draws, and scales the mean
    square of replicates by its chi-square distribution, since replicates may be few.

    Parameters
    ----------
    values: outcome [draws, replicates]; draws independent of one another; draws with a missing value are left out
    """
    y = np.asarray(values, dtype=np.float64)
    y = y[np.isfinite(y).all(axis=1)]
    n, r = y.shape
    if n < 2 or r < 2:
        variance = float(y.mean(axis=1).var(ddof=1)) if n > 1 else np.nan
        nan = float("nan")
        return VarianceSplit(variance if r > 1 else nan, nan, nan, nan, nan, nan, n, r)
    parameters, common, rest = (float(part) for part in _components(y))
    chance = common + rest
    total = parameters + chance
    share = parameters / total if total > 0 else np.nan
    generator = np.random.default_rng(seed)
    rows, scales = np.empty((RESAMPLES, n), dtype=np.int64), np.empty(RESAMPLES)
    for k in range(RESAMPLES):
        rows[k] = generator.integers(0, n, n)
        scales[k] = (r - 1) / generator.chisquare(r - 1)
    parts = np.concatenate(
        [
            np.maximum(_components(y[rows[first : first + _AT_ONCE]], scales[first : first + _AT_ONCE]), 0.0)
            for first in range(0, RESAMPLES, _AT_ONCE)
        ],
        axis=1,
    )
    whole = parts.sum(axis=0)
    shares = np.divide(parts[0], whole, out=np.full(RESAMPLES, np.nan), where=whole > 0)
    enough = n >= FEWEST and np.isfinite(shares).any()
    low, high = np.nanquantile(shares, [(1 - LEVEL) / 2, (1 + LEVEL) / 2]) if enough else (np.nan, np.nan)
    return VarianceSplit(parameters, chance, common, float(share), float(low), float(high), n, r)


def independent_draws(method: str, n_draws: int, n_factors: int, second_order: bool = True) -> Longs:
    """Return the draws of a design that are independent samples of the inputs: of Sobol's, the two base matrices."""
    if method != "sobol":
        return np.arange(n_draws)
    step = 2 * n_factors + 2 if second_order else n_factors + 2
    first = np.arange(0, n_draws, step)
    return np.sort(np.concatenate([first, first + step - 1]))


def rank_correlations(columns: ArrayLike, values: ArrayLike, names: Sequence[str], seed: int = 1) -> Index:
    """Return the partial rank correlation of each factor with the mean outcome, the others held fixed, -1 to 1.

    Parameters
    ----------
    columns: numbers [draws, factors]
    values: outcome [draws, replicates]; draws with a missing value are left out

    Raises
    ------
    ValueError
        If there are not more draws than factors plus two.
    """
    x, y = np.asarray(columns, dtype=np.float64), np.asarray(values, dtype=np.float64)
    kept = np.isfinite(y).all(axis=1)
    x, mean = x[kept], y[kept].mean(axis=1)
    if len(mean) <= len(names) + 2:
        raise ValueError(f"{len(mean)} complete draws are too few for {len(names)} factors")

    def measures(rows: Longs) -> Floats:
        table = np.column_stack([ranks(column) for column in (*x[rows].T, mean[rows])])
        table = table - table.mean(axis=0)
        found = np.empty(len(names))
        for i in range(len(names)):
            others = np.delete(table[:, :-1], i, axis=1)
            both = table[:, [i, -1]]
            left = both - others @ np.linalg.lstsq(others, both, rcond=None)[0] if others.shape[1] else both
            size = np.sqrt((left**2).sum(axis=0))
            # what is left of a constant is rounding
            flat = size <= 1e-9 * np.sqrt((both**2).sum(axis=0)) + 1e-300
            found[i] = 0.0 if flat.any() else float((left[:, 0] * left[:, 1]).sum() / (size[0] * size[1]))
        return found

    low, high = _bootstrap(len(mean), measures, seed)
    return Index(measures(np.arange(len(mean))), low, high)


def _components(y: Floats, scale: Floats | float = 1.0) -> Floats:
    """Return (parameters, common chance, residual chance) of crossed values [..., draws, replicates], float64[3, ...].

    ``scale`` multiplies the mean square of replicates.
    """
    n, r = y.shape[-2:]
    by_draw, by_replicate = y.mean(axis=-1), y.mean(axis=-2)
    ms_draws = r * by_draw.var(axis=-1, ddof=1)
    ms_replicates = n * by_replicate.var(axis=-1, ddof=1) * scale
    left = y - by_draw[..., None] - by_replicate[..., None, :] + y.mean(axis=(-2, -1))[..., None, None]
    ms_rest = (left**2).sum(axis=(-2, -1)) / ((n - 1) * (r - 1))
    return np.array([(ms_draws - ms_rest) / r, (ms_replicates - ms_rest) / n, ms_rest])


def _bootstrap(n: int, measure: Callable[[Longs], Floats], seed: int) -> tuple[Floats, Floats]:
    """Return 95 % percentile limits of ``measure`` of n rows drawn with replacement; NaN with too few rows."""
    if n < FEWEST:
        empty = np.full_like(measure(np.arange(n)), np.nan)
        return empty, empty
    generator = np.random.default_rng(seed)
    found = np.array([measure(generator.integers(0, n, n)) for _ in range(RESAMPLES)])
    limits = np.nanquantile(found, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=0)
    return limits[0], limits[1]
