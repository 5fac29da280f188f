"""One place for the compiler options of all kernels."""

from __future__ import annotations

import numba

#: kernels called from Python; cached on disk, no fastmath, no parallel reductions: the same bits everywhere
kernel = numba.njit(nogil=True, cache=True, error_model="numpy")
#: scalar functions that kernels share; always inlined, so that an equation exists once
inline = numba.njit(nogil=True, error_model="numpy", forceinline=True)
