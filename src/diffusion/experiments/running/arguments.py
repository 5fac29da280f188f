"""What a call in Python hands over, checked before anything runs: replicates, seed, jobs, scenarios."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from diffusion.arrays import Longs
from diffusion.errors import InputError

if TYPE_CHECKING:
    pass

#: replicates and seeds are hashed as 64 bits; a number below is one on every system
_MOST = 2**63 - 1


def whole_number(value: object, key: str, low: int = 0, high: int = _MOST) -> int:
    """Return ``value`` as an int; raises InputError unless it is a whole number from ``low`` to ``high``."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or not low <= int(value) <= high:
        upwards = f"{low} or more" if high == _MOST else f"from {low} to {high}"
        raise InputError(
            f"{value!r} is no whole number that can be used here",
            key=key,
            expected=f"a whole number, {upwards}",
            suggestion=f"for example {key}={max(1, low)}",
        )
    return int(value)


def replicate_numbers(replicates: object) -> Longs:
    """Return the numbers of the replicates, int64[R]: of a count, 0 to count - 1; of a list, each once.

    Raises
    ------
    InputError
        No whole numbers of 0 or more, none at all, or one that comes twice: it would be counted as two runs.
    """
    if isinstance(replicates, int | np.integer) or not isinstance(replicates, Sequence | np.ndarray | range):
        return np.arange(whole_number(replicates, "replicates", 1))
    if isinstance(replicates, str | bytes):
        return np.arange(whole_number(replicates, "replicates", 1))
    numbers = [whole_number(number, "replicates") for number in replicates]
    if not numbers:
        raise InputError("there are no replicates", key="replicates", expected="at least one")
    if len(set(numbers)) < len(numbers):
        twice = next(number for number in numbers if numbers.count(number) > 1)
        raise InputError(
            f"replicate {twice} is listed twice: it would stand as two runs",
            key="replicates",
            expected="each number once",
            suggestion="replicates=range(3), for example",
        )
    return np.asarray(numbers, dtype=np.int64)


def check_scenarios(scenarios: Sequence[object] | None) -> None:
    """Raise InputError unless these are one or more scenarios."""
    from diffusion.scenario.schema import Scenario

    wrong = [item for item in scenarios or () if not isinstance(item, Scenario)]
    if not scenarios or wrong:
        raise InputError(
            f"{wrong[0]!r} is no scenario" if wrong else "there is no scenario",
            key="scenario",
            expected="scenarios, as load returns them",
            suggestion="for example diffusion.load('baseline')",
        )
