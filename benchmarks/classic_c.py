"""The classic workload by the plain C kernel beside this file, compiled on first use and called through ctypes."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
import tempfile
import time
from functools import cache
from pathlib import Path

import numpy as np

from classic import MONTHS, P_PER_MONTH, Q_PER_MONTH, neighbour_rows

SOURCE = Path(__file__).with_name("classic_kernel.c")
#: Without contraction to fused multiply-adds the last bits are those of any other compiler.
COMPILE = ("gcc", "-O3", "-march=native", "-ffp-contract=off", "-shared", "-fPIC")


def available() -> bool:
    """Whether there is a compiler to build the kernel with."""
    return shutil.which(COMPILE[0]) is not None


@cache
def _kernel() -> ctypes.CDLL:
    with tempfile.TemporaryDirectory() as folder:
        library = Path(folder) / "classic.so"
        subprocess.run([*COMPILE, "-o", str(library), str(SOURCE), "-lm"], check=True)
        return ctypes.CDLL(str(library))


def simulate(starts: np.ndarray, neighbours: np.ndarray, replicates: int, seed: int) -> tuple[float, np.ndarray]:
    """Return CPU seconds of the kernel and adopters, int64[replicates, MONTHS+1], on a network in compressed rows."""
    kernel, n = _kernel().classic, len(starts) - 1
    adopted, adopting_neighbours, joined = np.empty(n, np.uint8), np.empty(n, np.uint32), np.empty(n, np.uint32)
    adopters = np.empty((replicates, MONTHS + 1), np.int64)

    def pointer(array: np.ndarray) -> ctypes.c_void_p:
        return ctypes.c_void_p(array.ctypes.data)

    network = (ctypes.c_int64(n), pointer(starts), pointer(neighbours))
    rule = (ctypes.c_double(P_PER_MONTH), ctypes.c_double(Q_PER_MONTH), ctypes.c_int64(MONTHS), ctypes.c_uint64(seed))
    work = (pointer(adopted), pointer(adopting_neighbours), pointer(joined))
    start = time.process_time()
    for replicate in range(replicates):
        kernel(*network, *rule, ctypes.c_uint64(replicate), *work, pointer(adopters[replicate]))
    return time.process_time() - start, adopters


def c_classic(n: int, replicates: int, seed: int = 1) -> tuple[float, np.ndarray]:
    """Return CPU seconds of the kernel and mean adopters, float64[MONTHS+1]."""
    cpu_s, adopters = simulate(*neighbour_rows(n), replicates, seed)
    return cpu_s, adopters.mean(axis=0)
