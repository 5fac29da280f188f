"""Numba: the compiler options of all kernels, and how they are compiled or read back.

Loaded when the first kernel is needed, see ``jit.py``; what only compiling needs is in ``operations``.
"""

# Numba has no types for these
# mypy: disable-error-code="call-overload,attr-defined,no-untyped-call"

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol, cast

import numba
from numba import types
from numba.core import sigutils
from numba.core.ccallback import CFunc
from numba.core.compiler_lock import global_compiler_lock
from numba.core.registry import cpu_target

from diffusion.engine.kernels.kernel_cache import cache_folder
from diffusion.engine.kernels.sound_cache import keep_soundly

#: the one lock of all compiling, Numba's own (a thread may take it again): a second one could be taken in another order
LOCK = global_compiler_lock
numba.config.CACHE_DIR = str(cache_folder())

#: no fastmath, no parallel reductions: the same bits everywhere; ``_nrt`` false: no reference counting
_OPTIONS = {
    "kernel": {"nogil": True, "cache": True, "error_model": "numpy", "_nrt": False},
    "shared": {"nogil": True, "error_model": "numpy", "_nrt": False},
    "inline": {"nogil": True, "error_model": "numpy", "forceinline": True, "_nrt": False},
}
_OF_C = {"error_model": "numpy", "_nrt": False}


class NumbaType(Protocol):
    """A type of Numba's."""


class Dispatcher(Protocol):
    """A compiled function."""

    _numba_type_: NumbaType

    def __call__(self, *arguments: object) -> object: ...


class CFunction(Protocol):
    """A function compiled to be called by its address."""

    @property
    def address(self) -> int: ...


@contextmanager
def _compiling() -> Iterator[None]:
    """Compile although NUMBA_DISABLE_JIT may be set for other code: kernels without it are DIFFUSION_NO_JIT's."""
    disabled, numba.config.DISABLE_JIT = numba.config.DISABLE_JIT, 0
    try:
        yield
    finally:
        numba.config.DISABLE_JIT = disabled


def dispatcher(function: Callable[..., object], kind: str) -> Dispatcher:
    """Return ``function`` as Numba compiles it; ``kind`` is kernel, shared or inline."""
    with _compiling():
        made = numba.njit(**_OPTIONS[kind])(function)
    if _OPTIONS[kind].get("cache"):
        keep_soundly(made)
    return cast("Dispatcher", made)


def c_function(function: Callable[[int], None]) -> CFunction:
    """Return ``function`` of one int64 as a C function."""
    # as numba.cfunc does, which would look into the cache before its files can be checked
    made = CFunc(function, sigutils.normalize_signature(types.void(types.int64)), {}, _OF_C)
    made.enable_caching()
    keep_soundly(made)
    made.compile()
    return cast("CFunction", made)


def scalar_function(function: Callable[[float, float], float]) -> CFunction:
    """Return a user's ``function`` of two float64 as a C function; it gives NaN where the function raises.

    It is compiled anew in every process (0.5 s): a file of compiled code would have to follow all that the function
    takes from its module.

    Raises
    ------
    numba.core.errors.NumbaError
        The function is not one of numbers alone.
    """
    with _compiling():
        inner = numba.njit(**_OPTIONS["inline"])(function)

        def guarded(first, second):  # type: ignore[no-untyped-def]
            try:
                return inner(first, second) * 1.0
            except Exception:
                return math.nan

        made = CFunc(guarded, sigutils.normalize_signature(types.float64(types.float64, types.float64)), {}, _OF_C)
        made.compile()
    return cast("CFunction", made)


def intrinsic_type(name: str) -> NumbaType:
    """Return the type of an operation that only exists inside kernels."""
    from diffusion.engine.kernels.operations import INTRINSICS

    context = cpu_target.typing_context
    context.refresh()
    return cast("NumbaType", context.resolve_value_type(INTRINSICS[name]))
