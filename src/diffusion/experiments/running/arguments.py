"""What a call in Python hands over, checked before anything runs: replicates, seed, jobs, scenarios."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

import numpy as np

from diffusion.arrays import Longs
from diffusion.errors import InputError
from diffusion.reading.numbers import whole_number

if TYPE_CHECKING:
    pass


def replicate_numbers(replicates: object) -> Longs:
    """Return the numbers of the replicates, int64[R]: of a count, 0 to count - 1; of a list, each once.

    Raises
    ------
    InputError
        No whole numbers of 0 or more, none at all, or one that comes twice: it would be counted as two runs.
    """
    listed = isinstance(replicates, Sequence) and not isinstance(replicates, str | bytes)
    if not listed and not (isinstance(replicates, np.ndarray) and replicates.ndim == 1):
        return np.arange(whole_number(replicates, "replicates", 1))
    numbers = [whole_number(number, "replicates") for number in cast("Sequence[object]", replicates)]
    if not numbers:
        raise InputError("there are no replicates", key="replicates", expected="at least one")
    twice, times = Counter(numbers).most_common(1)[0]
    if times > 1:
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
