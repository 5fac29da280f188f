"""Own responses to exposure: functions of users, ``g = f(exposure, personal parameter)``, that kernels call compiled.

Registered with ``@df.response("steep")`` in a module that the user names, or by an installed entry point of the group
``diffusion.responses``, and named in ``parameters.exposure.response``. A value that is NaN or outside the declared
range stops the run: screens take the upper end for the most that a response can be.
"""

from __future__ import annotations

import hashlib
import inspect
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from importlib.metadata import entry_points
from types import FunctionType
from typing import TYPE_CHECKING, TypeVar

from diffusion.engine.kernels.own_functions import NotCompiled, Scalar, ScalarFunction
from diffusion.engine.parameters import MOST
from diffusion.errors import InputError, did_you_mean

if TYPE_CHECKING:
    from diffusion.engine.kernels.frame import Frame
    from diffusion.world.tables import World

#: the responses of the model itself, in the order of their numbers, with what g is
BUILT_IN = {
    "linear": "exposure x itself",
    "hill": "x^h / (x^h + theta^h)",
    "threshold": "1 from the personal threshold on, else 0",
    "count": "1 from a personal number of distinct adopters among ties on, else 0",
}
ENTRY_POINTS = "diffusion.responses"
KEY = "parameters.exposure.response"
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}")
F = TypeVar("F", bound=Scalar)


@dataclass(frozen=True)
class OwnResponse:
    """A response that a user wrote; its values are from ``low`` to ``high``."""

    name: str
    label: str
    low: float
    high: float
    function: FunctionType
    compiled: ScalarFunction

    @property
    def address(self) -> int:
        """Where kernels call it, in this process.

        Raises
        ------
        InputError
            It is no function of numbers alone.
        """
        try:
            return self.compiled.address
        except NotCompiled as reason:
            file, line = _place(self.function)
            raise InputError(
                f"the response '{self.name}' cannot be compiled: {reason}",
                file=file,
                line=line,
                key=KEY,
                expected="numbers, comparisons, loops and the functions of math",
                suggestion="write all of it in this function, or put @numba.njit over the functions that it calls",
            ) from reason

    @property
    def code(self) -> str:
        """SHA-256 of what it computes: its source, its range, and what it takes from its module."""
        said = [f"{self.low!r} {self.high!r}", *_sources(self.function, set())]
        return hashlib.sha256("\0".join(said).encode()).hexdigest()


#: names of parameters that say which of the two they are
_FIRST, _SECOND = ("exposure", "x"), ("personal", "personal_parameter", "threshold", "threshold_share")
_OWN: dict[str, OwnResponse] = {}
#: responses that stored scenarios name and whose code need not be loaded while they are read
_READ: ContextVar[frozenset[str]] = ContextVar("_READ", default=frozenset())


def response(name: str, *, label: str = "", low: float = 0.0, high: float = 1.0) -> Callable[[F], F]:
    """Decorator: make a function of (exposure, personal parameter) known as the response ``name``.

    Exposure is a share, 0 or more; the personal parameter is the column ``threshold`` of the table of trusts, or
    ``parameters.exposure.threshold_share`` where it states none. The function returns g, a number from ``low`` to
    ``high``, which stands for exposure in T2, T3 and T4. It takes and returns numbers alone, always gives the same for
    the same two, and is compiled when a run needs it.

    Raises
    ------
    ValueError
        A name that is taken or is no name, a range that is none, or what is no function of two numbers.
    """

    def register(function: F) -> F:
        plain = _checked(name, function, low, high)
        _OWN[name] = OwnResponse(name, label or name, float(low), float(high), plain, ScalarFunction(plain))
        return function

    return register


def _checked(name: str, given: object, low: float, high: float) -> FunctionType:
    """Return the function that is registered, as it was written; raises ValueError as :func:`response`."""
    function = getattr(given, "py_func", given)  # Numba may have it in hand already
    if not _NAME.fullmatch(name):
        raise ValueError(f"'{name}' is no name of a response: letters, digits, _ and -, a letter first")
    if name in BUILT_IN:
        raise ValueError(f"a response named '{name}' exists already, in the model itself")
    if not isinstance(function, FunctionType):
        raise ValueError(f"the response '{name}' is not a function defined with def")
    known = _OWN.get(name)
    if known is not None and _origin(known.function) != _origin(function):
        raise ValueError(f"a response named '{name}' exists already: {'.'.join(_origin(known.function))}")
    if not 0.0 <= low <= high <= MOST:
        raise ValueError(f"the response '{name}' is declared from {low:g} to {high:g}: low is 0 or more, high finite")
    code = function.__code__
    if code.co_argcount != 2 or code.co_kwonlyargcount or code.co_flags & (inspect.CO_VARARGS | inspect.CO_VARKEYWORDS):
        raise ValueError(f"the response '{name}' takes two numbers: exposure and the personal parameter")
    first, second = code.co_varnames[:2]
    if first in _SECOND or second in _FIRST:
        raise ValueError(
            f"the response '{name}' names its parameters ({first}, {second}), but is given exposure first, and then "
            "the personal parameter"
        )
    if "random" in code.co_names:
        raise ValueError(f"the response '{name}' draws at random: a response gives the same for the same two numbers")
    return function


def _origin(function: FunctionType) -> tuple[str, str]:
    return function.__module__, function.__qualname__


@cache
def _load_installed() -> None:
    for point in entry_points(group=ENTRY_POINTS):
        point.load()  # its module registers the function


def own_response(name: str) -> OwnResponse | None:
    """Return the own response of this name, None for one of the model.

    Raises
    ------
    InputError
        Its code is not loaded.
    """
    if name in BUILT_IN:
        return None
    _load_installed()
    if name not in _OWN:
        raise InputError(
            f"the code of the response '{name}' is not loaded",
            key=KEY,
            expected="one of " + ", ".join(response_names()),
            suggestion="name the file of your response with --python FILE",
        )
    return _OWN[name]


def own_responses() -> Mapping[str, OwnResponse]:
    """Return all own responses that are loaded, by name."""
    _load_installed()
    return dict(sorted(_OWN.items()))


def response_names() -> tuple[str, ...]:
    """Return the names of all responses: those of the model first."""
    return (*BUILT_IN, *own_responses())


class UnknownResponse(ValueError):
    """A name that no response has, with what was expected and what to write."""

    def __init__(self, name: str) -> None:
        super().__init__(f"unknown value {name!r}")
        names = response_names()
        self.expected = "one of " + ", ".join(names)
        near = did_you_mean(name, names)
        self.suggestion = f"{near} " if near else ""
        self.suggestion += "if it is your own, name its file with --python FILE"


def check_known(name: str) -> str:
    """Return ``name`` where a response has it; raises UnknownResponse."""
    if name not in BUILT_IN and name not in _READ.get() and name not in response_names():
        raise UnknownResponse(name)
    return name


@contextmanager
def also_without_code(names: Iterable[str]) -> Iterator[None]:
    """While it lasts, scenarios may name these responses although their code is not loaded: to be read, not run."""
    before = _READ.set(_READ.get() | frozenset(names))
    try:
        yield
    finally:
        _READ.reset(before)


def check_values(frame: Frame, name: str, world: World, month: object) -> None:
    """Raise InputError if the own response ``name`` gave a value out of its range this month.

    Told is the first such value of the first replicate that has one.
    """
    told = frame["response_fault"]
    faulty = [row for row in range(len(told)) if told[row, 0] != 0.0]
    if not faulty:
        return
    own = own_response(name)
    assert own is not None
    row = faulty[0]
    trust, innovation = int(told[row, 1]), int(told[row, 2])
    exposure, personal, value = (float(number) for number in told[row, 3:])
    told[:] = 0.0
    ids = world.innovations.ids
    where = f"replicate {int(frame['replicates'][row])}, trust {world.trusts.codes[trust]}"
    where += f", {ids[innovation]}" if innovation < len(ids) else ""
    file, line = _place(own.function)
    raise InputError(
        f"the response '{name}' gives {value:g} in {month} for exposure {exposure!r} and personal parameter "
        f"{personal!r} ({where}){_raised(own, exposure, personal)}",
        file=file,
        line=line,
        key=KEY,
        expected=f"a number from {own.low:g} to {own.high:g}",
        suggestion=_mended(own, value),
    )


def _mended(own: OwnResponse, value: float) -> str:
    """Say what to do: another range where the value could be one, else another function."""
    if not math.isfinite(value) or value < 0.0 or value > MOST:
        return "mend the function: it must give a number for every exposure from 0 on"
    low, high = min(own.low, math.floor(value)), max(own.high, math.ceil(value))
    return f"mend the function, or declare its range: @df.response('{own.name}', low={low:g}, high={high:g})"


def _raised(own: OwnResponse, exposure: float, personal: float) -> str:
    """Say what the function raises for two numbers, where it does."""
    try:
        own.function(exposure, personal)
    except Exception as error:
        return f": it raises {type(error).__name__}: {error}"
    return ""


def _place(function: FunctionType) -> tuple[str | None, int | None]:
    """Return (file, line) of a function, None where it has none."""
    try:
        return inspect.getsourcefile(function), inspect.getsourcelines(function)[1]
    except (TypeError, OSError):
        return None, None


def _sources(function: FunctionType, seen: set[object]) -> list[str]:
    """Return the source of a function, and what it takes from its module: numbers, and functions likewise."""
    if function in seen:
        return []
    seen.add(function)
    try:
        found = [inspect.getsource(function)]
    except (TypeError, OSError):
        found = [f"{function.__code__.co_code.hex()} {function.__code__.co_consts!r}"]
    taken = inspect.getclosurevars(function)
    for name, value in sorted({**taken.globals, **taken.nonlocals}.items()):
        inner = getattr(value, "py_func", value)
        if isinstance(inner, FunctionType):
            found += [name, *_sources(inner, seen)]
        elif isinstance(value, bool | int | float | str | tuple):
            found.append(f"{name}={value!r}")
    return found
