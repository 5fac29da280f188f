"""Choosing under uncertainty: how often each option is best, what a wrong choice costs, where the order turns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from diffusion.analysis.results.compare import best_share
from diffusion.analysis.results.intervals import Estimate, estimate_mean
from diffusion.arrays import Floats


@dataclass(frozen=True)
class Regret:
    """By option: share of draws in which it is best, mean regret with its interval, and the largest regret.

    Regret is how far an option falls short of the best one of the same draw, in the outcome's unit.
    """

    best: Floats
    mean: Estimate
    largest: Floats

    @property
    def minimax(self) -> int:
        """The option whose largest regret is smallest."""
        return int(self.largest.argmin())

    @property
    def least(self) -> int:
        """The option of the smallest mean regret, which is that of the best mean outcome."""
        return int(np.asarray(self.mean.mean).argmin())


def regret(values: ArrayLike, higher_is_better: bool = True, over_draws: bool = False) -> Regret:
    """Return the regret of S options from an outcome [S, D] over draws (or replicates) that they share."""
    table = np.asarray(values, dtype=np.float64)
    signed = table if higher_is_better else -table
    short = signed.max(axis=0) - signed
    return Regret(best_share(list(table), higher_is_better), estimate_mean(short.T, over_draws), short.max(axis=1))


@dataclass(frozen=True)
class Reversal:
    """How stable the order of two options is: ``share`` of draws in which the one with the worse mean is ahead.

    ``towards`` is, by factor, the rank correlation of the factor with the lead of the better option: the factors far
    from 0 are those that turn the order.
    """

    better: int
    worse: int
    share: float
    towards: Mapping[str, float]


def rank_reversals(
    values: ArrayLike, factors: Mapping[str, ArrayLike], higher_is_better: bool = True
) -> list[Reversal]:
    """Return a row for every pair of S options of an outcome [S, D], the least stable order first."""
    from scipy.stats import spearmanr

    table = np.asarray(values, dtype=np.float64)
    signed = table if higher_is_better else -table
    rows = []
    for one in range(len(signed)):
        for other in range(one):
            lead = signed[one] - signed[other]
            better, worse = (one, other) if lead.mean() >= 0 else (other, one)
            lead = lead if better == one else -lead
            towards = {
                name: float(spearmanr(column, lead).statistic) if np.ptp(lead) > 0 else float("nan")
                for name, column in factors.items()
            }
            rows.append(Reversal(better, worse, float((lead < 0).mean()), towards))
    return sorted(rows, key=lambda row: -row.share)
