"""Large arrays whose memory is used again: first use of fresh memory costs as much as the month's kernels do.

Blocks of replicates follow one another in the same sizes. What :func:`empty` and :func:`zeros` return is an ordinary
array; when it and all views of it are gone, its memory is kept for the next array of that size.
"""

from __future__ import annotations

import weakref
from typing import Any, Final

import numpy as np

#: arrays below this many bytes come from NumPy as usual
SMALLEST_BYTES: Final = 1 << 17
#: at most so many bytes are kept for later
MOST_BYTES: Final = 1 << 30
_STEP_BYTES: Final = 1 << 16


class Kept:
    """Memory that nobody uses, by its size in bytes."""

    def __init__(self) -> None:
        self._free: dict[int, list[np.ndarray]] = {}
        self.n_bytes = 0

    def take(self, n_bytes: int) -> np.ndarray:
        """Return uint8[n_bytes], used before or new."""
        try:
            memory = self._free[n_bytes].pop()
        except (KeyError, IndexError):
            return np.empty(n_bytes, dtype=np.uint8)
        self.n_bytes -= n_bytes
        return memory

    def give(self, memory: np.ndarray) -> None:
        """Keep ``memory`` for later, unless enough is kept."""
        if self.n_bytes + memory.nbytes <= MOST_BYTES:
            self.n_bytes += memory.nbytes
            self._free.setdefault(memory.nbytes, []).append(memory)


KEPT = Kept()


def empty(shape: tuple[int, ...], dtype: Any = np.float64) -> np.ndarray:
    """Return an array of this shape whose values are to be written before they are read."""
    dtype, count = np.dtype(dtype), int(np.prod(shape, dtype=np.int64))
    if count * dtype.itemsize < SMALLEST_BYTES:
        return np.empty(shape, dtype)
    memory = KEPT.take(-(-count * dtype.itemsize // _STEP_BYTES) * _STEP_BYTES)
    # views of views refer to this array, never to the memory below it, so that it dies with the last of them
    array = np.frombuffer(memoryview(memory), dtype=dtype, count=count)
    weakref.finalize(array, KEPT.give, memory).atexit = False
    return array.reshape(shape)


def zeros(shape: tuple[int, ...], dtype: Any = np.float64) -> np.ndarray:
    """Return an array of zeros."""
    if int(np.prod(shape, dtype=np.int64)) * np.dtype(dtype).itemsize < SMALLEST_BYTES:
        return np.zeros(shape, dtype)
    array = empty(shape, dtype)
    array[...] = 0
    return array
