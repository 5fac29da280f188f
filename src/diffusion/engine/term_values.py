"""How what levers wrote to one term becomes one array: parts for whole axes, and values of single pairs over them."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from diffusion.engine.array_pool import empty

#: arrays up to this many values are compared with last month's, so that the same values stay the same array
COMPARED_VALUES = 1 << 16

#: replicates, trusts and innovations of single pairs, int64[P] each; every pair once
Pairs = tuple[np.ndarray, np.ndarray, np.ndarray]


class Part(NamedTuple):
    """What one lever wrote with one call."""

    array: np.ndarray  # (1 or R, 1 or N or A, 1 or K), or float64[P] for pairs
    by_ahsn: bool = False
    pairs: Pairs | None = None
    kept: bool = False  # whether ``array`` is nobody else's, so that it still holds what was written
    flat: np.ndarray | None = None  # int64[P], where ``pairs`` stand in an array (R, N, K)

    def same_as(self, other: Part) -> bool:
        """Whether this is known to hold what ``other`` held: the same locked array, or equal values that were kept."""
        if self.by_ahsn != other.by_ahsn or self.pairs is not other.pairs:
            return False
        if self.array is other.array:
            return self.kept or not self.array.flags.writeable
        return other.kept and self.array.shape == other.array.shape and bool((self.array == other.array).all())


class LeverFault(Exception):
    """What a lever wrote cannot be used; the month says which lever it was, and when."""

    def __init__(self, message: str, expected: str, suggestion: str) -> None:
        super().__init__(message)
        self.expected, self.suggestion = expected, suggestion


class NotFinite(LeverFault):
    """A lever wrote NaN or an infinite number."""

    def __init__(self, message: str) -> None:
        where = "look for blanks in its data, and for divisions by 0; write nothing where there is no value"
        super().__init__(message, "finite numbers", where)


class NotFiniteTogether(NotFinite):
    """Finite numbers of one or several levers have a sum or a product that is not."""

    def __init__(self, term: str, bad: float) -> None:
        super().__init__(f"term '{term}' is {bad} where what they wrote comes together")
        self.term, self.suggestion = term, "look for numbers that are far too large"


class OutOfRange(LeverFault):
    """A lever wrote a number that the term cannot have."""

    def __init__(self, message: str, low: float, high: float) -> None:
        most = "" if high == np.inf else f" and at most {high:g}"
        super().__init__(message, f"at least {low:g}{most}", "a discount of 20 % is 0.8, a subsidy of 20 % is 0.2")


class OutOfRangeTogether(OutOfRange):
    """What one or several levers wrote has a sum or a product that the term's equation cannot take."""

    def __init__(self, term: str, bad: float, low: float, high: float, neutral: float) -> None:
        super().__init__(f"term '{term}' is {bad:g} where what they wrote comes together", low, high)
        take = "take away less" if bad < low else "write smaller numbers"
        self.term, self.suggestion = term, f"{take}; {neutral:g} is what the term is where no lever writes"


def numbers(value: object, what: str) -> np.ndarray:
    """Return ``value`` as float64; ``what`` is what it is called where it cannot be used.

    Raises
    ------
    LeverFault
        Text, dates, complex numbers, lists of unequal length; masked values, which have no number.
    """
    if isinstance(value, np.ma.MaskedArray):
        if np.ma.is_masked(value):
            raise NotFinite(f"{what} holds masked values")
        value = value.data
    try:
        array = np.asarray(value)
        if array.dtype.kind in "biufO":
            return np.asarray(array, dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        pass
    shown = repr(value).replace("\n", " ")
    raise LeverFault(
        f"{what} is {shown if len(shown) <= 60 else shown[:57] + '...'}",
        "real numbers, one or an array",
        "write for example 0.2, or an array of float64",
    )


def check_pairs(pairs: Pairs, what: str, shape: tuple[int, int, int]) -> None:
    """Raise LeverFault unless ``pairs`` are three int64[P] with places in an array of this shape."""
    good = (
        isinstance(pairs, tuple)
        and len(pairs) == 3
        and all(isinstance(axis, np.ndarray) and axis.ndim == 1 and axis.dtype.kind in "iu" for axis in pairs)
        and len({axis.size for axis in pairs}) == 1
    )
    if not good or any(axis.size and (axis.min() < 0 or axis.max() >= room) for axis, room in zip(pairs, shape)):
        r, n, k = shape
        raise LeverFault(
            f"the pairs of {what} cannot be used",
            f"three arrays int64[P]: replicates below {r}, trusts below {n}, innovations below {k}",
            "np.nonzero of a bool[R, N, K] gives them",
        )


def first_not_finite(array: np.ndarray, infinity: bool = False) -> float | None:
    """Return the first value that is NaN or infinite, None where all are finite.

    ``infinity`` allows plus infinity, which is neutral for terms that combine by their minimum. One sum tells of
    nearly every array that it is good: NaN and infinity stay in it.
    """
    if not infinity:
        with np.errstate(over="ignore", invalid="ignore"):
            if np.isfinite(np.add.reduce(array, axis=None)):
                return None
    bad = np.isnan(array) | (array == -np.inf) if infinity else ~np.isfinite(array)
    return float(array[bad][0]) if bad.any() else None


def seat_of(part: Part, bad: float) -> str:
    """Say where the first bad value of a part stands, if the part has more than one value."""
    if part.array.size == 1:
        return ""
    same = np.isnan(part.array) if np.isnan(bad) else part.array == bad
    at = int(np.argmax(same))
    if part.pairs is not None:
        r, i, k = (int(axis[at]) for axis in part.pairs)
    else:
        r, i, k = (int(axis) for axis in np.unravel_index(at, part.array.shape))
    return f" (replicate {r}, {'AHSN' if part.by_ahsn else 'trust'} {i}, innovation {k}, counted from 0)"


def outside(array: np.ndarray, low: float, high: float) -> float | None:
    """Return the first value below ``low`` or above ``high``, None where there is none."""
    if array.size == 0 or (array.min() >= low and array.max() <= high):
        return None
    return float(array[(array < low) | (array > high)][0])


def largest(gbp: ArrayLike) -> float:
    """Return the first amount that is NaN, else the largest one."""
    amounts = np.asarray(gbp, dtype=np.float64).reshape(-1)
    return float(amounts[int(np.argmax(np.where(np.isnan(amounts), np.inf, np.abs(amounts))))])


def blank_in(where: ArrayLike) -> float | None:
    """Return NaN where a mask has one: it would count as false."""
    mask = np.asarray(where)
    return float("nan") if mask.dtype.kind == "f" and bool(np.isnan(mask).any()) else None


def fold(rule: Callable[..., np.ndarray], arrays: list[np.ndarray]) -> np.ndarray:
    """Return the arrays joined by ``rule`` from the first to the last; what is this function's own is written over."""
    total, own = arrays[0], False
    for array in arrays[1:]:
        if own and all(size in (1, room) for size, room in zip(array.shape, total.shape)):
            rule(total, array, out=total)
        else:
            total, own = rule(total, array), True
    return total


class Combined:
    """A term's values: ``base`` for whole axes, and ``value``, which differs from it at ``pairs`` only.

    ``value`` is kept from month to month and only single pairs of it are written anew: a programme for few pairs costs
    what few pairs cost. ``base`` is the same object as long as its values are the same.
    """

    def __init__(self, shape: tuple[int, int, int]) -> None:
        self._shape = shape
        self.base = np.zeros((1, 1, 1))
        self.value = self.base
        #: the parts of single pairs
        self.single: list[Part] = []
        self._bounds: tuple[np.ndarray, float, float] | None = None  # lowest and highest value of a base
        # room for all pairs, the base that lies in it, and the parts that lie over it
        self._wide: np.ndarray | None = None
        self._under: np.ndarray | None = None
        self._over: list[Part] = []

    def put(self, base: np.ndarray, single: list[Part], rule: Callable[..., np.ndarray]) -> None:
        """Take the values of this month: ``base``, and over it the parts of single pairs by ``rule``."""
        old = self.base
        small = base.size <= COMPARED_VALUES and base.shape == old.shape
        self.base = old if small and np.array_equal(base, old) else np.ascontiguousarray(base)
        self.single = single
        if not single:
            self.value = self.base
            return
        if self._wide is None:
            self._wide = empty(self._shape)
        self.value = wide = self._wide
        if self._under is not self.base:
            wide[:] = self._under = self.base
        else:
            below = None if self.base.size == 1 else np.broadcast_to(self.base, self._shape)
            for part in self._over:
                wide.reshape(-1)[part.flat] = self.base.item() if below is None else below[part.pairs]
        values = wide.reshape(-1)
        for part in single:
            values[part.flat] = rule(values[part.flat], part.array)
        self._over = single

    def extremes(self) -> tuple[float, float]:
        """Return a lower and an upper bound of the values."""
        if self._bounds is None or self._bounds[0] is not self.base:
            self._bounds = self.base, float(self.base.min()), float(self.base.max())
        _, low, high = self._bounds
        parts = [self.value.reshape(-1)[part.flat] for part in self.single]
        return min([low, *(float(part.min()) for part in parts)]), max([high, *(float(part.max()) for part in parts)])
