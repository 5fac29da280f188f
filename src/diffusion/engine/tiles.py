"""A compiled month: all kernels of a month, one after another, for a few replicates at a time."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np

from diffusion.engine.kernels.frame import FIRST_WORD, LAST_WORD, Frame
from diffusion.engine.kernels.jit import JIT, PhaseKernel, call_address, kernel
from diffusion.engine.state import State

#: pairs of a tile: their records (64 bytes each) fit a core's second-level cache with room for all else
PAIRS_PER_TILE = 16_384


def tile_size(block: State) -> int:
    """Return how many replicates go through a month together."""
    _, n, k = block.pairs.stage.shape
    return int(max(1, PAIRS_PER_TILE // max(1, n * k)))


def run_month(frame: Frame, block: State, kernels: Sequence[PhaseKernel]) -> None:
    """Call all ``kernels`` for a few replicates of ``block`` at a time; ``frame`` is its table.

    Kernels work on the replicates that the frame names as ``first`` to ``last``.
    """
    if JIT:
        _run_tiles(frame.words, _addresses(tuple(kernels)), block.n_replicates, tile_size(block))
        return
    for kernel_ in kernels:
        kernel_(frame.address)


@cache
def _addresses(kernels: tuple[PhaseKernel, ...]) -> np.ndarray:
    """Return int64[kernels]."""
    return np.array([each.address for each in kernels], dtype=np.int64)


@kernel
def _run_tiles(words, kernels, n_replicates, size):
    """Call all ``kernels`` (int64 addresses) for ``size`` replicates at a time; ``words`` is the frame itself."""
    address = np.int64(words.ctypes.data)
    for first in range(0, n_replicates, size):
        words[FIRST_WORD] = first
        words[LAST_WORD] = min(first + size, n_replicates)
        for n in range(kernels.shape[0]):
            call_address(kernels[n], address)
    words[FIRST_WORD] = 0
    words[LAST_WORD] = n_replicates
