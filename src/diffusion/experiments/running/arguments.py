"""What a call in Python hands over, checked before anything runs: replicates, seed, jobs, scenarios."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

import numpy as np

from diffusion.arrays import Longs
from diffusion.engine.ledger import all_flows
from diffusion.errors import InputError
from diffusion.reading.numbers import whole_number

if TYPE_CHECKING:
    from diffusion.scenario.schema import Scenario


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
    check_one_source(cast("Sequence[Scenario]", scenarios))


def check_payments(scenarios: Sequence[Scenario]) -> None:
    """Raise InputError where levers, of one scenario or of several, name other payers or payees for one purpose."""
    all_flows((name, lever.purposes) for each in scenarios for name, lever in sorted(each.levers.items()))


def check_one_source(scenarios: Sequence[Scenario]) -> None:
    """Raise InputError where some scenarios draw their parameters from one source and others do not."""
    said = [scenario.doubt.source if scenario.doubt is not None else "defaults" for scenario in scenarios]
    for scenario, source in zip(scenarios, said):
        if source != said[0]:
            raise InputError(
                f"'{scenarios[0].name}' has its parameters from {said[0]}, '{scenario.name}' from {source}",
                key="doubt.source",
                expected="one source for all scenarios that are compared",
                suggestion=f"scenario.drawing_from('{said[0]}'), or doubt: {{source: {said[0]}}} in its file",
            )
