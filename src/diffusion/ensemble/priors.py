"""Priors of the model's parameters, and draws from them by the parameter's own name.

Rates, capacity and sums of money are log-uniform over their plausible range, weights and everything else are normal
around its middle with a quarter of its width, cut to the range; spreads between innovations are half normal. Switches
and loads keep their values: only capacity over load can be told from adoption.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from diffusion.arrays import Floats
from diffusion.engine.parameters import ParameterInfo
from diffusion.mechanisms.parameters import all_parameters
from diffusion.world.keys import stable_key

#: units whose values are told in factors
_IN_FACTORS = ("1/month", "1/year", "WTE", "GBP", "GBP/month")
#: spreads between innovations: half normal with this scale
_SPREADS = {"heterogeneity.push_sd": 1.0, "heterogeneity.scale_up_sd": 1.0, "heterogeneity.compliance_sd": 1.0}
#: what stands for a smallest value of 0 where a prior is told in factors
_SMALLEST_SHARE = 0.01


class Prior(NamedTuple):
    """The prior of one parameter."""

    key: str  # dotted, as --set takes it
    shape: str  # log-uniform, uniform, normal, half-normal
    low: float
    high: float
    whole: bool  # of whole numbers

    def quantile(self, u: Floats) -> Floats:
        """Return the quantiles at ``u`` in (0, 1)."""
        from scipy.special import ndtr, ndtri

        if self.shape == "log-uniform":
            low = max(self.low, _SMALLEST_SHARE * self.high)
            value = np.exp(math.log(low) + u * (math.log(self.high) - math.log(low)))
        elif self.shape == "half-normal":
            least, most = (2.0 * ndtr(bound / self.scale) - 1.0 for bound in (max(self.low, 0.0), self.high))
            value = self.scale * ndtri(0.5 + 0.5 * (least + u * (most - least)))
        elif self.shape == "normal":
            middle, sd = 0.5 * (self.low + self.high), 0.25 * (self.high - self.low)
            below = ndtr((self.low - middle) / sd)
            value = middle + sd * ndtri(below + u * (1.0 - 2.0 * below))
        else:
            value = self.low + u * (self.high - self.low)
        # twelve decimals: libraries differ in the last bits of special functions
        value = np.clip(value, self.low, self.high)
        return np.asarray(np.rint(value) if self.whole else np.round(value, 12), dtype=np.float64)

    @property
    def scale(self) -> float:
        return _SPREADS.get(self.key.removeprefix("parameters."), 1.0)


def prior_of(row: ParameterInfo) -> Prior | None:
    """Return the prior of a parameter; None for one that keeps its value."""
    name = f"{row.section}.{row.name}"
    if row.low is None or row.high is None or row.high <= row.low or row.name.startswith("load_"):
        return None
    if isinstance(row.default, bool) or not isinstance(row.default, int | float):
        return None
    shape = "normal"
    if name in _SPREADS:
        shape = "half-normal"
    elif (row.unit in _IN_FACTORS and row.high > 0 and row.low >= 0) or name == "early_use.share":
        shape = "log-uniform"
    return Prior(f"parameters.{name}", shape, float(row.low), float(row.high), isinstance(row.default, int))


def priors() -> list[Prior]:
    """Return the priors of all parameters of the mechanisms, in their order."""
    found = (prior_of(row) for row in all_parameters())
    return [prior for prior in found if prior is not None]


def prior_draw(number: int, seed: int = 1) -> dict[str, float | int | bool]:
    """Return draw ``number``: settings by dotted key. Each parameter is drawn under its own name."""
    settings: dict[str, float | int | bool] = {"parameters.relevance.limited": True}
    for prior in priors():
        key = stable_key(f"prior/{seed}/{number}/{prior.key}")
        u = np.asarray((int(key) >> 11) * 2.0**-53)
        value = float(prior.quantile(np.clip(u, 1e-12, 1.0 - 1e-12)))
        settings[prior.key] = round(value) if prior.whole else value
    return settings
