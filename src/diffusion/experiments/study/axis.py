"""Factors bound to the scenarios they vary: values from a share of probability, units, plausible ranges."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from diffusion.arrays import Floats
from diffusion.engine.calendar import Month
from diffusion.experiments.study.scenario_keys import KeyInfo
from diffusion.experiments.study.schema import TIMES, Factor

#: Shares of probability beyond which the tails of a boundless distribution are left out where a design asks for its
#: ends (Morris, plausibility).
TAIL = 0.005
DEFAULT_LEVELS = 5


@dataclass(frozen=True)
class Axis:
    """One factor: its column, the scenario keys it sets, and how values follow from a share u in [0, 1]."""

    name: str
    keys: tuple[str, ...]
    spec: Factor
    info: KeyInfo

    @property
    def kind(self) -> str:
        """Kind of the values: those of the key, but plain numbers where they multiply."""
        return "number" if self.spec.multiply else self.info.kind

    @property
    def unit(self) -> str:
        """Unit of the values; empty where they have none."""
        return TIMES if self.spec.multiply else "" if self.info.unit in ("1", "yes/no", "name") else self.info.unit

    @property
    def label(self) -> str:
        """Readable name without the unit: as labelled, or what the key means, with where it acts."""
        if self.spec.label:
            return self.spec.label
        section, _, name = self.name.rpartition(".")
        above = section.rpartition(".")[2]
        meaning = self.info.description if self.keys == (self.name,) and len(self.info.description) <= 60 else ""
        words = meaning or name.replace("_", " ").replace("-", " ")
        return f"{above.replace('_', ' ').replace('-', ' ')}: {words}" if above else words

    @property
    def span(self) -> str:
        """The values in words: ``0.5 to 16 WTE``, or how many are listed."""
        reach = self.reach()
        unit = "x" if self.spec.multiply else self.unit
        if reach is not None:
            return f"{reach[0]:.4g} to {reach[1]:.4g} {unit}".strip()
        ends = self.spec.range or (self.spec.values[0], self.spec.values[-1]) if self.spec.values else self.spec.range
        return f"{ends[0]} to {ends[1]}" if ends else ""

    @property
    def bounds(self) -> tuple[float, float] | None:
        """Ends of a range as numbers (months as numbers of months); None without a range."""
        if self.spec.plausible:
            return float(self.info.low or 0.0), float(self.info.high or 0.0)
        if self.spec.range is not None:
            low, high = (Month(x) if isinstance(x, str) else x for x in self.spec.range)
            return float(low), float(high)
        return None

    def at(self, share: Floats, ends: bool = False) -> list[object]:
        """Return the values at shares of probability ``share``; ``ends`` leaves out the tails of boundless shapes."""
        u = np.asarray(share, dtype=np.float64)
        if self.spec.values is not None:
            chosen = np.minimum((u * len(self.spec.values)).astype(np.int64), len(self.spec.values) - 1)
            return [self.spec.values[i] for i in chosen]
        if self.bounds is not None:
            return self._typed(self._in_range(u))
        if ends and self._boundless:
            u = TAIL + u * (1 - 2 * TAIL)
        return self._typed(quantile(self.spec, u))

    def grid(self, levels: int) -> list[object]:
        """Return the points of a full grid: all listed values, ends and steps of a range, or middle quantiles."""
        if self.spec.values is not None:
            return list(self.spec.values)
        n = self.spec.levels or levels
        if self.bounds is None:
            return _unique(self.at((np.arange(n) + 0.5) / n))
        low, high = self.bounds
        points = np.geomspace(low, high, n) if self.spec.scale == "log" else np.linspace(low, high, n)
        return _unique(self._typed(np.clip(points, low, high)))

    def reach(self) -> tuple[float, float] | None:
        """Return the lowest and highest value (of the middle 99 % of a boundless shape); None without numbers."""
        if self.spec.values is not None:
            numbers = [x for x in self.spec.values if isinstance(x, int | float) and not isinstance(x, bool)]
            return (min(numbers), max(numbers)) if numbers and len(numbers) == len(self.spec.values) else None
        if self.kind == "month" or (self.bounds is None and self.spec.distribution is None):
            return None
        low, high = (x for x in self.at(np.array([0.0, 1.0]), ends=True) if isinstance(x, int | float))
        return float(low), float(high)

    @property
    def _boundless(self) -> bool:
        shape = self.spec.distribution
        return shape in ("normal", "lognormal") and (self.spec.low is None or self.spec.high is None)

    def _in_range(self, u: Floats) -> Floats:
        assert self.bounds is not None
        low, high = self.bounds
        whole = self.kind in ("whole", "month")
        if self.spec.scale == "log":
            # whole numbers: an equal step on the log scale from low - 1/2 to high + 1/2
            a, b = (max(low - 0.5, 0.5), high + 0.5) if whole else (low, high)
            points = np.exp(np.log(a) + u * (np.log(b) - np.log(a)))
        else:
            points = low + u * (high - low + 1) - 0.5 if whole else low + u * (high - low)
        return np.asarray(np.clip(np.round(points) if whole else points, low, high))

    def _typed(self, numbers: Floats) -> list[object]:
        if self.kind == "month":
            return [str(Month(round(float(x)))) for x in numbers]
        if self.kind == "whole":
            return [round(float(x)) for x in numbers]
        return [float(x) for x in numbers]


def quantile(spec: Factor, u: Floats) -> Floats:
    """Return the quantiles of a distribution, cut off at ``low`` and ``high`` where it is normal or lognormal."""
    from scipy.special import betaincinv, ndtr, ndtri

    with np.errstate(divide="ignore"):
        if spec.distribution == "uniform":
            low, high = _stated(spec.low), _stated(spec.high)
            return np.asarray(low + u * (high - low))
        if spec.distribution == "triangular":
            low, mode, high = _stated(spec.low), _stated(spec.mode), _stated(spec.high)
            rising = u * (high - low) < mode - low
            left = low + np.sqrt(u * (high - low) * (mode - low))
            right = high - np.sqrt((1 - u) * (high - low) * (high - mode))
            return np.where(rising, left, right)
        if spec.distribution == "beta":
            low, high = spec.low if spec.low is not None else 0.0, spec.high if spec.high is not None else 1.0
            return np.asarray(low + (high - low) * betaincinv(spec.alpha, spec.beta, u))
        logs = spec.distribution == "lognormal"
        centre = float(np.log(_stated(spec.median))) if logs else _stated(spec.mean)
        width = _stated(spec.sigma if logs else spec.sd)
        low = -np.inf if spec.low is None else spec.low
        high = np.inf if spec.high is None else spec.high
        cuts = [np.log(max(cut, 0.0)) if logs else cut for cut in (low, high)]
        below, above = (float(ndtr((cut - centre) / width)) for cut in cuts)
        z = centre + width * ndtri(below + u * (above - below))
        return np.asarray(np.clip(np.exp(z) if logs else z, low, high))


def _stated(number: float | None) -> float:
    """Return a number of a distribution, which the check of the study has seen to be there."""
    assert number is not None
    return number


def _unique(values: Sequence[object]) -> list[object]:
    return list(dict.fromkeys(values))
