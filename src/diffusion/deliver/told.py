"""What is told of scenarios beside their results: what was changed, and what their levers rest on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from diffusion.storage.departures import Told

if TYPE_CHECKING:
    from diffusion.analysis.results.tables import ResultTables


def told_of(results: Sequence[ResultTables]) -> list[Told]:
    """Return what is told of the scenario of each result; nothing of one that is no scenario of this package."""
    from diffusion.scenario.departures import departures
    from diffusion.scenario.felt.in_force import settings_in_force
    from diffusion.scenario.schema import Scenario

    found = []
    for result in results:
        scenario = result.scenario
        if isinstance(scenario, Scenario):
            changed = departures(scenario)
            found.append(Told(changed, settings_in_force(scenario, result.world, changed)))
        else:
            found.append(Told())
    return found
