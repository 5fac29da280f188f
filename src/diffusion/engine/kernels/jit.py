"""Decorators of kernels, and where compiled kernels are kept.

A decorated function is compiled when it is first called, or when another kernel that calls it is: loading the package
does not load Numba. With ``DIFFUSION_NO_JIT=1`` in the environment all of them run as plain Python, for a debugger and
for ``print``; a month of a small world then takes seconds.

Kernels allocate nothing and count no references; work space stands in the frame they are given.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable
from functools import cached_property, update_wrapper
from typing import TYPE_CHECKING, ParamSpec, SupportsInt, TypeVar, cast

import numpy as np

if TYPE_CHECKING:
    from diffusion.engine.kernels.compiler import CFunction, Dispatcher, NumbaType

#: whether kernels are compiled; else they run as plain Python
JIT = os.environ.get("DIFFUSION_NO_JIT", "").strip().lower() not in ("1", "true", "yes", "on")

P = ParamSpec("P")
R = TypeVar("R")


class _Lazy:
    """A function that Numba compiles when it is first needed: by a call from Python, or by a kernel that calls it."""

    def __init__(self, function: Callable[..., object], kind: str) -> None:
        self.function = function
        self.kind = kind
        self._made: Dispatcher | None = None
        update_wrapper(self, function)

    @property
    def _dispatcher(self) -> Dispatcher:
        if self._made is None:
            from diffusion.engine.kernels.compiler import LOCK, dispatcher

            with LOCK:
                if self._made is None:
                    self._made = dispatcher(self.function, self.kind)
        return self._made

    @property
    def _numba_type_(self) -> NumbaType:
        """What Numba asks a global of a kernel for: a call of this function is a call of the compiled one."""
        return self._dispatcher._numba_type_

    def __call__(self, *arguments: object) -> object:
        return self._dispatcher(*arguments) if JIT else _in_python(self.function, *arguments)


class Intrinsic(_Lazy):
    """An operation that only exists inside kernels; ``function`` does the same in plain Python."""

    @property
    def _numba_type_(self) -> NumbaType:
        from diffusion.engine.kernels.compiler import intrinsic_type

        return intrinsic_type(self.kind)

    def __call__(self, *arguments: object) -> object:
        if JIT:
            raise TypeError(f"'{self.kind}' is for kernels")
        return self.function(*arguments)


def _in_python(function: Callable[..., object], *arguments: object) -> object:
    """Call a kernel as it stands; numbers wrap around and divide by zero without a word, as in compiled code."""
    with np.errstate(all="ignore"):
        return function(*arguments)


def kernel(function: Callable[P, R]) -> Callable[P, R]:
    """Decorator of functions called from Python; cached on disk, no fastmath, no parallel reductions.

    They give the same bits everywhere.
    """
    return cast("Callable[P, R]", _Lazy(function, "kernel"))


def shared(function: Callable[P, R]) -> Callable[P, R]:
    """Decorator of functions that kernels call; an equation exists once."""
    return cast("Callable[P, R]", _Lazy(function, "shared"))


def inline(function: Callable[P, R]) -> Callable[P, R]:
    """Decorator of small scalar functions, always inlined."""
    return cast("Callable[P, R]", _Lazy(function, "inline"))


class PhaseKernel:
    """A kernel of one phase: takes the address of a frame and works on its replicates ``first`` to ``last``.

    It is a plain C function, so that a compiled month can call the kernels of all phases by their addresses.
    """

    def __init__(self, function: Callable[[int], None]) -> None:
        self.function = function
        self._made: CFunction | None = None
        self.__name__, self.__doc__, self.__module__ = function.__name__, function.__doc__, function.__module__

    @cached_property
    def _call(self) -> Callable[[int], None]:
        return ctypes.CFUNCTYPE(None, ctypes.c_int64)(self.address)

    @property
    def address(self) -> int:
        """Address of the machine code; compiles it where that was not done before."""
        if not JIT:
            raise RuntimeError("DIFFUSION_NO_JIT is set: kernels run as plain Python and have no address")
        if self._made is None:
            from diffusion.engine.kernels.compiler import LOCK, c_function

            with LOCK:
                if self._made is None:
                    self._made = c_function(self.function)
        return int(self._made.address)

    def __call__(self, address: int) -> None:
        if JIT:
            self._call(address)
        else:
            _in_python(self.function, address)


#: decorator of the kernels of phases
phase_kernel = PhaseKernel


def _no_call(function: int, argument: int) -> None:
    raise TypeError("addresses are called by compiled code only")


def _no_prefetch(field: object, r: int, i: int, k: int) -> None:
    """Nothing: plain Python has no use for it."""


#: ``call_address(function, argument)`` inside a kernel: call the C function at address ``function`` with one int64
call_address = cast("Callable[[SupportsInt, SupportsInt], None]", Intrinsic(_no_call, "call_address"))
#: ``prefetch(field, r, i, k)`` inside a kernel: begin loading the cache line of ``field[r, i, k]``, without waiting
prefetch = cast("Callable[[object, int, int, int], None]", Intrinsic(_no_prefetch, "prefetch"))
