"""One place for the compiler options of all kernels, and for where compiled kernels are kept.

Kernels allocate nothing and count no references (``_nrt=False``); work space stands in the frame they are given.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Any

import numba
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from diffusion.paths import PACKAGE

#: rooms that hold kernels, or functions that kernels call
KERNEL_ROOMS = ("engine", "mechanisms", "month")


def _cache_folder() -> str:
    """Return a folder for compiled kernels that changes with any source a kernel may have been inlined from.

    Numba itself only looks at the file that holds the kernel, and would keep using outdated code.
    """
    digest = hashlib.sha256(numba.__version__.encode())
    for room in KERNEL_ROOMS:
        for path in sorted((PACKAGE / room).rglob("*.py")):
            digest.update(path.read_bytes())
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return str(Path(base) / "nhs-diffusion" / digest.hexdigest()[:16])


if not os.environ.get("NUMBA_CACHE_DIR"):
    numba.config.CACHE_DIR = _cache_folder()  # type: ignore[attr-defined]


def compiled_marker() -> Path:
    """Return the file that exists once all kernels have been compiled on this machine."""
    return Path(str(numba.config.CACHE_DIR)) / "complete"  # type: ignore[attr-defined]


#: numba's stubs do not know the option that switches reference counting off
_njit: Any = numba.njit
#: functions called from Python; cached on disk, no fastmath, no parallel reductions: the same bits everywhere
kernel: Any = _njit(nogil=True, cache=True, error_model="numpy", _nrt=False)
#: functions that kernels call; an equation exists once
shared: Any = _njit(nogil=True, error_model="numpy", _nrt=False)
#: small scalar functions, always inlined
inline: Any = _njit(nogil=True, error_model="numpy", forceinline=True, _nrt=False)


class PhaseKernel:
    """A kernel of one phase: takes the address of a frame and works on its replicates ``first`` to ``last``.

    It is a plain C function, so that a compiled month can call the kernels of all phases by their addresses.
    """

    def __init__(self, function: Callable[[int], None]) -> None:
        self.function = function
        self.__name__, self.__doc__, self.__module__ = function.__name__, function.__doc__, function.__module__

    @cached_property
    def _compiled(self) -> Any:
        c_function: Any = numba.cfunc
        options = {"cache": True, "error_model": "numpy", "_nrt": False}
        return c_function(types.void(types.int64), **options)(self.function)

    @cached_property
    def _call(self) -> Any:
        return ctypes.CFUNCTYPE(None, ctypes.c_int64)(self.address)

    @cached_property
    def address(self) -> int:
        """Address of the machine code; compiles it where that was not done before."""
        return int(self._compiled.address)

    def __call__(self, address: int) -> None:
        self._call(address)


#: decorator of the kernels of phases
phase_kernel = PhaseKernel


@intrinsic
def _call_address(typingctx: Any, function: Any, argument: Any) -> Any:
    """Inside a kernel: call the C function at address ``function`` with one int64."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        signature_c = ir.FunctionType(ir.VoidType(), [ir.IntType(64)])
        builder.call(builder.inttoptr(args[0], signature_c.as_pointer()), [args[1]])
        return context.get_dummy_value()

    return types.void(types.int64, types.int64), codegen


#: ``call_address(function, argument)`` inside a kernel
call_address: Any = _call_address


@intrinsic
def _prefetch(typingctx: Any, field: Any, r: Any, i: Any, k: Any) -> Any:
    """Inside a kernel: begin loading the cache line of ``field[r, i, k]``, without waiting for it."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        array = context.make_array(signature.args[0])(context, builder, args[0])
        offset = ir.Constant(ir.IntType(64), 0)
        for index, stride in zip(args[1:], cgutils.unpack_tuple(builder, array.strides)):
            offset = builder.add(offset, builder.mul(index, stride))
        pointer = builder.gep(builder.bitcast(array.data, cgutils.voidptr_t), [offset])
        number = ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [cgutils.voidptr_t, number, number, number])
        function = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0i8")
        builder.call(function, [pointer, number(1), number(3), number(1)])
        return context.get_dummy_value()

    return types.void(field, types.int64, types.int64, types.int64), codegen


#: ``prefetch(field, r, i, k)`` inside a kernel
prefetch: Any = _prefetch
