"""How what levers wrote to one term becomes one array: parts for whole axes, and values of single pairs over them."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

#: base arrays up to this many values are compared with last month's, so that the same values stay the same array
_COMPARED_VALUES = 1 << 16

#: replicates, trusts and innovations of single pairs, int64[P] each; every pair once
Pairs = tuple[np.ndarray, np.ndarray, np.ndarray]


class Part(NamedTuple):
    """What one lever wrote with one call."""

    array: np.ndarray  # (1 or R, 1 or N or A, 1 or K), or float64[P] for pairs
    by_ahsn: bool = False
    pairs: Pairs | None = None

    def same_as(self, other: Part) -> bool:
        """Whether this is known to hold what ``other`` held: the same locked array for the same pairs."""
        same = self.array is other.array and self.by_ahsn == other.by_ahsn and self.pairs is other.pairs
        return same and not self.array.flags.writeable


class Combined:
    """A term's values: ``base`` for whole axes, and ``value``, which differs from it at ``pairs`` only.

    ``value`` is kept from month to month and only single pairs of it are written anew: a programme for few pairs costs
    what few pairs cost. ``base`` is the same object as long as its values are the same.
    """

    def __init__(self, shape: tuple[int, int, int]) -> None:
        self._shape = shape
        self.base = np.zeros((1, 1, 1))
        self.value = self.base
        self.pairs: list[Pairs] = []
        self._under: np.ndarray | None = None

    def put(self, base: np.ndarray, single: list[Part], rule: Callable[..., np.ndarray]) -> None:
        """Take the values of this month: ``base``, and over it the parts of single pairs by ``rule``."""
        old = self.base
        small = base.size <= _COMPARED_VALUES and base.shape == old.shape
        self.base = old if small and np.array_equal(base, old) else np.ascontiguousarray(base)
        if not single:
            self.value, self.pairs, self._under = self.base, [], None
            return
        if self._under is None:
            self.value = np.empty(self._shape)
        if self._under is not self.base:
            self.value[:] = self._under = self.base
        else:
            below = np.broadcast_to(self.base, self._shape)
            for pairs in self.pairs:
                self.value[pairs] = below[pairs]
        self.pairs = []
        for part in single:
            assert part.pairs is not None
            self.value[part.pairs] = rule(self.value[part.pairs], part.array)
            self.pairs.append(part.pairs)

    def extremes(self) -> tuple[float, float]:
        """Return a lower and an upper bound of the values."""
        parts = [self.base, *(self.value[pairs] for pairs in self.pairs)]
        return min(float(part.min()) for part in parts), max(float(part.max()) for part in parts)
