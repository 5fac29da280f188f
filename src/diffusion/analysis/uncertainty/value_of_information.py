"""Value of information: what it would be worth to know the parameters, all (EVPI) or one (EVPPI), before choosing.

Net benefit is in one unit for all options, mostly GBP. With d* the option of the best mean,
EVPI = E[max_d NB(d, x)] - max_d E[NB(d, x)]: the mean loss of choosing d* where another option would have been best.
EVPPI of a parameter is the same with NB replaced by its mean given that parameter (Briggs, Claxton and Sculpher 2006).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from diffusion.analysis.results.intervals import Estimate, estimate_mean, student_t
from diffusion.analysis.uncertainty.smooth import MINIMUM_DRAWS, basis

#: Parts of the draws; the choice for each part is learnt from the other parts.
FOLDS = 10


def best_option(net_benefit: ArrayLike) -> int:
    """Return the row of ``net_benefit`` [S, D] with the best mean."""
    return int(np.asarray(net_benefit, dtype=np.float64).mean(axis=1).argmax())


def evpi(net_benefit: ArrayLike) -> Estimate:
    """Return the expected value of perfect information with its interval, from net benefit [S, D] by draw.

    The interval is Student's t over draws of the loss, with the option of the best mean taken as given. Where net
    benefit by draw is itself a mean of few replicates, their chance is counted as if it could be known: see
    :func:`evpi_bounds`.
    """
    values = np.asarray(net_benefit, dtype=np.float64)
    return estimate_mean(values.max(axis=0) - values[best_option(values)])


@dataclass(frozen=True)
class Bounds:
    """The value of information between a lower and an upper estimate, each with the interval of its own mean."""

    lower: Estimate
    upper: Estimate


def evpi_bounds(net_benefit: ArrayLike) -> Bounds:
    """Return EVPI from net benefit [S, D, R] with R replicates a draw, free of their chance from below and above.

    Upper: the option is chosen and valued by the mean over the same replicates, so luck looks like knowledge. Lower:
    the option is chosen by one half of the replicates and valued by the other, both ways round, so that the choice is
    worse than with the draw's true mean. The true value lies between, up to sampling error. With one replicate the
    lower estimate is NaN.
    """
    values = np.asarray(net_benefit, dtype=np.float64)
    draws, replicates = values.shape[1:]
    upper = evpi(values.mean(axis=2))
    if replicates < 2:
        return Bounds(estimate_mean(np.full((draws,), np.nan)), upper)
    chosen = best_option(values.mean(axis=2))
    halves = values[:, :, 0::2].mean(axis=2), values[:, :, 1::2].mean(axis=2)
    gains = []
    for choose, value in (halves, halves[::-1]):
        gains.append(value[choose.argmax(axis=0), np.arange(draws)] - value[chosen])
    return Bounds(estimate_mean((gains[0] + gains[1]) / 2), upper)


def evppi(net_benefit: ArrayLike, parameter: ArrayLike) -> Estimate:
    """Return the expected value of knowing one parameter, from net benefit [S, D] and the parameter's draws [D].

    Regression (Strong, Oakley and Brennan 2014, Med Decis Making 34:311-326): the mean of each option's net benefit
    given the parameter is a cubic B-spline in it, by least squares. The draws are cut into ten parts; the option is
    chosen by curves fitted to the other nine and valued by the net benefit of the tenth. Over-fitting therefore costs
    value instead of adding it: a parameter that does not matter is worth about 0, and may come out below. The interval
    is Student's t over draws. Replicates' chance averages out.

    Raises
    ------
    ValueError
        With fewer than MINIMUM_DRAWS draws.
    """
    values, x = np.asarray(net_benefit, dtype=np.float64), np.asarray(parameter, dtype=np.float64)
    draws = values.shape[1]
    if draws < MINIMUM_DRAWS:
        raise ValueError(f"{draws} draws are too few for a regression: at least {MINIMUM_DRAWS} are needed")
    design = basis(x)
    # draws of Latin hypercubes and sequences may be ordered; a fixed shuffle keeps the parts alike and the answer fixed
    part = np.random.default_rng(20260101).permutation(draws) % FOLDS
    gain = np.empty(draws)
    # of all draws: one learnt from the other parts would be worse in its own part by construction where options tie
    default = best_option(values)
    for fold in range(FOLDS):
        out, rest = part == fold, part != fold
        weights = np.linalg.lstsq(design[rest], values[:, rest].T, rcond=None)[0]
        choice = (design[out] @ weights).argmax(axis=1)
        held = values[:, out]
        gain[out] = held[choice, np.arange(held.shape[1])] - held[default]
    return estimate_mean(gain)


def clear_among(estimate: Estimate, tried: int) -> bool:
    """Whether a value above 0 may be claimed for one of ``tried`` parameters (Student's t, Bonferroni, one-sided)."""
    t = student_t(1 - 2 * 0.025 / max(tried, 1), estimate.replicates - 1)
    return bool(float(estimate.mean) > t * float(estimate.standard_error))


def evppi_by_parameter(net_benefit: ArrayLike, factors: Mapping[str, ArrayLike]) -> dict[str, Estimate]:
    """Return parameter -> :func:`evppi`, the most valuable first."""
    found = {name: evppi(net_benefit, values) for name, values in factors.items()}
    return dict(sorted(found.items(), key=lambda item: -float(item[1].mean)))
