"""Weights of the months of an appraisal, whose rates may change over the years."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np

from diffusion.arrays import Floats

#: (first year of the appraisal, real rate a year), years upwards.
Rates: TypeAlias = tuple[tuple[float, float], ...]


def discount_weights(months: int, rates: Rates) -> Floats:
    """Return the weight of month m = 0..months: prod over steps of (1 + rate)^-(years spent under it), [months + 1]."""
    years = np.arange(months + 1) / 12
    starts = [start for start, _ in rates]
    ends = [*starts[1:], np.inf]
    weight = np.ones(months + 1)
    for (start, rate), end in zip(rates, ends):
        weight *= (1 + rate) ** -(np.clip(years, start, end) - start)
    return weight
