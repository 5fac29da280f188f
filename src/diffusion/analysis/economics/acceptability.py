"""Cost-effectiveness: the plane of extra effect and extra cost, and the curve of acceptability."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from diffusion.analysis.results.compare import best_share
from diffusion.analysis.results.intervals import wilson
from diffusion.arrays import Floats, Longs


def net_benefit(effect: ArrayLike, cost_gbp: ArrayLike, worth_gbp: float) -> Floats:
    """Return worth * effect - cost in GBP, of the shape of ``effect``; ``worth_gbp`` is that of a unit of effect."""
    return np.asarray(worth_gbp * np.asarray(effect, dtype=np.float64) - np.asarray(cost_gbp, dtype=np.float64))


@dataclass(frozen=True)
class Acceptability:
    """Probability that each option has the highest net benefit, by what a unit of effect is worth.

    ``worth_gbp`` is [W], ``probability`` [W, S] with 95 % Wilson intervals, ``frontier`` [W] the option with the
    highest mean net benefit. ``draws`` is over how many draws the probability was taken.
    """

    worth_gbp: Floats
    probability: Floats
    low95: Floats
    high95: Floats
    frontier: Longs
    draws: int


def acceptability(effect: ArrayLike, cost_gbp: ArrayLike, worth_gbp: ArrayLike) -> Acceptability:
    """Return the acceptability curves of S options from effect and cost [S, D] over draws (or replicates).

    Options that tie in a draw share it equally.
    """
    effects, costs = np.asarray(effect, dtype=np.float64), np.asarray(cost_gbp, dtype=np.float64)
    worth = np.asarray(worth_gbp, dtype=np.float64)
    benefits = [net_benefit(effects, costs, float(value)) for value in worth]
    probability = np.array([best_share(list(benefit)) for benefit in benefits])
    draws = effects.shape[1]
    low, high = wilson(np.asarray(probability) * draws, draws)
    frontier = np.array([benefit.mean(axis=1).argmax() for benefit in benefits], dtype=np.int64)
    return Acceptability(worth, probability, low, high, frontier, draws)


#: Quarters of the plane: (more effect, more cost).
QUARTERS: tuple[tuple[str, bool, bool], ...] = (
    ("more effect, saves money", True, False),
    ("more effect, costs more", True, True),
    ("less effect, saves money", False, False),
    ("less effect, costs more", False, True),
)


def quarters(extra_effect: ArrayLike, extra_cost_gbp: ArrayLike) -> dict[str, float]:
    """Return the share of draws in each quarter of the cost-effectiveness plane; they sum to 1.

    No extra effect counts as less, no extra cost as saving.
    """
    effect, cost = np.asarray(extra_effect) > 0, np.asarray(extra_cost_gbp) > 0
    return {name: float(((effect == more) & (cost == dearer)).mean()) for name, more, dearer in QUARTERS}
