"""How what levers wrote to one term becomes one array: parts for all innovations, and single innovations over them."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

#: base arrays up to this many values are compared with last month's, so that the same values stay the same array
_COMPARED_VALUES = 1 << 16
_NO_INNOVATIONS = np.zeros(0, dtype=np.int64)


class Part(NamedTuple):
    """What one lever wrote with one call."""

    array: np.ndarray  # (1 or R, 1 or N or A, 1 or K), or as many in the last place as ``innovations``
    by_ahsn: bool = False
    innovations: np.ndarray | None = None  # int64, numbers of the innovations it is written for; None for all

    def same_as(self, other: Part) -> bool:
        """Whether this is known to hold what ``other`` held: the same locked array for the same innovations."""
        if self.array is not other.array or self.array.flags.writeable or self.by_ahsn != other.by_ahsn:
            return False
        if self.innovations is None or other.innovations is None:
            return self.innovations is other.innovations
        return np.array_equal(self.innovations, other.innovations)


class Combined:
    """A term's values: ``base`` for all innovations, and ``value`` that differs from it at ``innovations`` only.

    ``value`` is kept from month to month, and only the columns of those innovations are written anew: a programme for
    a few innovations costs what a few innovations cost. ``base`` is the same object as long as its values are the same.
    """

    def __init__(self, n_innovations: int) -> None:
        self._n_innovations = n_innovations
        self.base = np.zeros((1, 1, 1))
        self.value = self.base
        self.innovations = _NO_INNOVATIONS
        self._under: np.ndarray | None = None

    def put(self, base: np.ndarray, narrow: list[Part], rule: Callable[..., np.ndarray]) -> None:
        """Take the values of this month: ``base``, and over it the parts of single innovations by ``rule``."""
        old = self.base
        small = base.size <= _COMPARED_VALUES and base.shape == old.shape
        self.base = old if small and np.array_equal(base, old) else np.ascontiguousarray(base)
        if not narrow:
            self.value, self.innovations, self._under = self.base, _NO_INNOVATIONS, None
            return
        innovations = np.unique(np.concatenate([part.innovations for part in narrow if part.innovations is not None]))
        over = self.base[:, :, innovations] if self.base.shape[2] > 1 else self.base
        for part in narrow:
            assert part.innovations is not None
            place = np.searchsorted(innovations, part.innovations)
            wide = np.broadcast_shapes(over.shape, (*part.array.shape[:2], len(innovations)))
            over = np.broadcast_to(over, wide).copy()
            over[:, :, place] = rule(over[:, :, place], part.array)
        shape = (*over.shape[:2], self._n_innovations)
        if self._under is None or self.value.shape != shape:
            self.value, self._under = np.empty(shape), None
        if self._under is not self.base:
            self.value[:] = self.base
        else:
            stale = np.setdiff1d(self.innovations, innovations)
            self.value[:, :, stale] = self.base[:, :, stale] if self.base.shape[2] > 1 else self.base
        self.value[:, :, innovations] = over
        self.innovations, self._under = innovations, self.base
