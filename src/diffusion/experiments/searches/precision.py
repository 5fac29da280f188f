"""Adding replicates until the differences are as precise as asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from diffusion.analysis.results.outcomes import MAIN_OUTCOME, outcome_values
from diffusion.analysis.results.precision import Plan, plan

if TYPE_CHECKING:
    from diffusion.experiments.running.results import Results
    from diffusion.progress import Report


#: Replicates at most, unless asked otherwise: four scenarios of England take about 4 GB of memory at 1,000.
MOST_REPLICATES = 1_000


@dataclass(frozen=True)
class Precise:
    """Results with as many replicates as the precision needed, and the last look at them."""

    results: list[Results]
    last: Plan
    looks: int


def add_until_precise(
    results: Sequence[Results],
    wanted: float,
    most: int,
    jobs: int | None,
    report: Report,
    processes: bool = False,
) -> Precise:
    """Run more replicates of all scenarios until every change of the adopter share from the first is precise.

    ``wanted`` is the half width of its 95 % interval in percentage points, ``most`` the number of replicates not to go
    beyond. The result is that of a single run with so many replicates, bit for bit. ``results`` are used up.
    ``processes`` is as in ``runner.run``.
    """
    from diffusion.experiments.running.results import join
    from diffusion.experiments.running.runner import compare

    found = list(results)
    scenarios = [result.scenario for result in found]
    events = found[0].events is not None
    looks = 1
    while True:
        shares = [outcome_values(result)[MAIN_OUTCOME] for result in found]
        look = plan([share - shares[0] for share in shares[1:]], wanted, most)
        if look.reached or look.total == look.replicates:
            return Precise(found, look, looks)
        number = len(scenarios) * (look.total - look.replicates)
        added = compare(
            scenarios,
            replicates=range(look.replicates, look.total),
            seed=found[0].seed,
            jobs=jobs,
            processes=processes,
            events=events,
            worlds=[result.opening_world for result in found],
            by_trust=found[0].end_by_trust is not None,
            progress=lambda done, number=number, total=look.total: report(  # type: ignore[misc]
                f"Adding runs, to {total:,}", done, number
            ),
        )
        for i in range(len(found)):
            found[i] = join([found[i], added[i]])
            added[i] = None  # type: ignore[call-overload]
        looks += 1
