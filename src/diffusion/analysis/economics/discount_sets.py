"""Discount rates as dated sets: Green Book, Green Book with health at its own rate, NICE reference case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache

import numpy as np
from numpy.typing import ArrayLike

from diffusion.analysis.results.discounting import Rates, discount_weights
from diffusion.arrays import Floats
from diffusion.errors import InputError, did_you_mean
from diffusion.reading.files import packaged

#: Sets shown side by side in reports; the first is the one that headline figures use.
SHOWN: tuple[str, ...] = ("green-book", "nice", "undiscounted")


@dataclass(frozen=True)
class DiscountSet:
    """Real discount rates for costs and for health, with the date from which the guidance ``source`` sets them."""

    name: str
    title: str
    valid_from: date
    costs: Rates
    health: Rates
    source: str


@cache
def discount_sets() -> tuple[DiscountSet, ...]:
    """Return the packaged sets, in the order of their file."""
    import yaml

    with packaged("discount_sets.yaml").open(encoding="utf-8") as stream:
        rows = yaml.safe_load(stream)["sets"]
    return tuple(
        DiscountSet(
            row["name"], row["title"], row["valid_from"], _rates(row["costs"]), _rates(row["health"]), row["source"]
        )
        for row in rows
    )


def _rates(steps: Sequence[Mapping[str, float]]) -> Rates:
    return tuple((float(step["from_year"]), float(step["rate_per_year"])) for step in steps)


def discount_set(name: str) -> DiscountSet:
    """Return the set called ``name``; raises InputError with the nearest name if there is none."""
    known = [item.name for item in discount_sets()]
    if name not in known:
        raise InputError(
            f"there is no discount set '{name}'",
            key="--discount",
            expected=f"one of {', '.join(known)}",
            suggestion=did_you_mean(name, known),
        )
    return discount_sets()[known.index(name)]


def in_force(day: date, guidance: str) -> DiscountSet:
    """Return the set of ``guidance`` (``green-book`` or ``nice``) that was in force on ``day``.

    Raises
    ------
    ValueError
        If the guidance had not set any rates by then.
    """
    dated = [item for item in discount_sets() if item.name.startswith(guidance) and item.valid_from <= day]
    if not dated:
        raise ValueError(f"no discount set of '{guidance}' was in force on {day}")
    return max(dated, key=lambda item: item.valid_from)


def present(monthly: ArrayLike, rates: Rates) -> Floats:
    """Return sum_m x_m weight_m over the last axis, months 0..T."""
    # of one piece, so that the order of summing, and with it the last bit, does not hang on where the numbers lie
    values = np.ascontiguousarray(monthly, dtype=np.float64)
    return np.asarray(values @ discount_weights(values.shape[-1] - 1, rates))
