"""Large arrays whose memory is used again: first use of fresh memory costs as much as the month's kernels do.

Blocks of replicates follow one another in the same sizes. What :func:`empty` and :func:`zeros` return is an ordinary
array; when it and all views of it are gone, its memory is kept for the next array of that size.
"""

from __future__ import annotations

import weakref
from contextlib import suppress
from threading import Lock
from typing import Final

import numpy as np
from numpy.typing import DTypeLike

#: arrays below this many bytes come from NumPy as usual
SMALLEST_BYTES: Final = 1 << 17
#: at most about so many bytes are kept for later
MOST_BYTES: Final = 1 << 30
_STEP_BYTES: Final = 1 << 16
#: arrays are cut from slabs, which the system can map in large pages; larger ones stand alone
_SLAB_BYTES: Final = 1 << 25
_PAGE_BYTES: Final = 1 << 21
#: between neighbours: arrays that begin at the same place of a page would compete for the same cache lines
_GAP_BYTES: Final = 33 * 64


def _aligned(n_bytes: int) -> np.ndarray:
    """Return new uint8[n_bytes] that begins with a large page: a pair's record then stands in one cache line."""
    memory = np.empty(n_bytes + _PAGE_BYTES, dtype=np.uint8)
    first = -memory.__array_interface__["data"][0] % _PAGE_BYTES
    return memory[first : first + n_bytes]


class Kept:
    """Memory that nobody uses, by its size in bytes."""

    def __init__(self) -> None:
        self._free: dict[int, list[np.ndarray]] = {}
        self._slab = np.empty(0, dtype=np.uint8)
        self._lock = Lock()
        self.n_bytes = 0

    def take(self, n_bytes: int) -> np.ndarray:
        """Return uint8[n_bytes], used before or new."""
        try:
            memory = self._free[n_bytes].pop()
        except (KeyError, IndexError):
            return self._new(n_bytes)
        self.n_bytes -= n_bytes
        return memory

    def _new(self, n_bytes: int) -> np.ndarray:
        if n_bytes > _SLAB_BYTES // 2:
            return _aligned(n_bytes)
        with self._lock:
            if len(self._slab) < n_bytes:
                self._slab = _aligned(_SLAB_BYTES)
            memory, self._slab = self._slab[:n_bytes], self._slab[n_bytes + _GAP_BYTES :]
        return memory

    def give(self, memory: np.ndarray) -> None:
        """Keep ``memory`` for later; where enough is kept, sizes that were needed first make room."""
        while self.n_bytes + memory.nbytes > MOST_BYTES:
            if not self._drop():
                return
        self.n_bytes += memory.nbytes
        self._free.setdefault(memory.nbytes, []).append(memory)

    def _drop(self) -> bool:
        for n_bytes, free in list(self._free.items()):
            with suppress(IndexError):  # another thread may take the last
                free.pop()
                self.n_bytes -= n_bytes
                return True
        return False


KEPT = Kept()


def empty(shape: tuple[int, ...], dtype: DTypeLike = np.float64) -> np.ndarray:
    """Return an array of this shape whose values are to be written before they are read."""
    dtype, count = np.dtype(dtype), int(np.prod(shape, dtype=np.int64))
    if count * dtype.itemsize < SMALLEST_BYTES:
        return np.empty(shape, dtype)
    memory = KEPT.take(-(-count * dtype.itemsize // _STEP_BYTES) * _STEP_BYTES)
    # views of views refer to this array, never to the memory below it, so that it dies with the last of them
    array = np.frombuffer(memory.data, dtype=dtype, count=count)
    weakref.finalize(array, KEPT.give, memory).atexit = False
    return array.reshape(shape)


def zeros(shape: tuple[int, ...], dtype: DTypeLike = np.float64) -> np.ndarray:
    """Return an array of zeros."""
    if int(np.prod(shape, dtype=np.int64)) * np.dtype(dtype).itemsize < SMALLEST_BYTES:
        return np.zeros(shape, dtype)
    array = empty(shape, dtype)
    array[...] = 0
    return array
