"""Functions of users inside kernels: two numbers in, one out, compiled once in a process and called by their address.

A kernel is given the address in the frame: ``call_scalar(c.own_response, x, c.threshold[i])``. Where kernels run as
plain Python the address is a number of a table, and the function runs as it stands.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from types import FunctionType
from typing import SupportsInt, cast

import numpy as np

from diffusion.engine.kernels.jit import JIT, Intrinsic

Scalar = Callable[[float, float], float]


class NotCompiled(Exception):
    """A function that is not one of numbers alone; the message says what stands in the way."""


class ScalarFunction:
    """A user's function of two numbers, as kernels call it."""

    def __init__(self, function: Scalar) -> None:
        self.function = function
        self._address = 0
        self._code: object = None  # what keeps the machine code alive

    @property
    def address(self) -> int:
        """Address of the machine code; compiles it where that was not done before.

        Raises
        ------
        NotCompiled
            The function cannot be compiled.
        """
        if not self._address:
            self._address = self._compiled() if JIT else self._noted()
        return self._address

    def _compiled(self) -> int:
        from numba.core.errors import NumbaError

        from diffusion.engine.kernels.compiler import LOCK, scalar_function

        with LOCK:
            if self._address:
                return self._address
            try:
                made = scalar_function(self.function)
            except NumbaError as error:
                raise NotCompiled(_first_reason(str(error))) from error
        self._code = made
        return int(made.address)

    def _noted(self) -> int:
        _PLAIN.append(_as_compiled(self.function))
        return len(_PLAIN)


def _first_reason(text: str) -> str:
    """Return the line of Numba's message that says why, without where in Numba it was found."""
    if "NRT required" in text:
        return "it makes a list, an array or text"
    lines = [line.strip() for line in text.splitlines()]
    told = [line for line in lines if line and not line.startswith(("Failed in", "During:", "File ", "- "))]
    return told[0] if told else "Numba gives no reason"


#: functions of users where kernels run as plain Python; their addresses count from 1
_PLAIN: list[Scalar] = []


def _call_plain(function: SupportsInt, first: float, second: float) -> float:
    try:
        return float(_PLAIN[int(function) - 1](np.float64(first), np.float64(second)))
    except Exception:  # as in compiled code, which then gives NaN
        return math.nan


def _as_compiled(function: Scalar) -> Scalar:
    """Return a plain Python ``function`` whose ``math`` overflows to infinity and gives NaN, as compiled code does."""
    if not isinstance(function, FunctionType):
        return function
    names = {name: _quiet(value) for name, value in function.__globals__.items()}
    return FunctionType(function.__code__, names, function.__name__, function.__defaults__, function.__closure__)


class _QuietMath:
    """The module ``math`` without exceptions."""

    def __getattr__(self, name: str) -> object:
        return _quiet(getattr(math, name))


def _quiet(value: object) -> object:
    if value is math:
        return _QuietMath()
    if getattr(value, "__module__", None) != "math" or not callable(value):
        return value

    def call(*arguments: float) -> np.float64:
        try:
            return np.float64(value(*arguments))
        except OverflowError:
            return np.float64(math.inf)
        except ValueError:
            return np.float64(-math.inf if value is math.log and arguments[0] == 0 else math.nan)

    return call


#: ``call_scalar(function, first, second)`` inside a kernel: call the function at an address with two float64
call_scalar = cast("Callable[[SupportsInt, float, float], float]", Intrinsic(_call_plain, "call_scalar"))
