"""What a job tells while it runs: the share of adopters in each option so far, and how far it is from the first."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from diffusion.analysis.results.compare import compare_values
from diffusion.analysis.results.outcomes import MAIN_OUTCOME, OUTCOME_BY_NAME
from diffusion.report.words.labels import scenario_labels
from diffusion.storage.scenario_entry import Json

if TYPE_CHECKING:
    from diffusion.analysis.results.intervals import Estimate
    from diffusion.analysis.results.tables import ResultTables
    from diffusion.arrays import Floats


def so_far(tables: Sequence[ResultTables], values: Sequence[Sequence[Mapping[str, Floats]]], drawn: bool) -> Json:
    """Return the rows of the table of a job that runs.

    ``tables`` are results of any part, for their names; ``values`` the outcomes by scenario and part. Levels and
    changes are in percent of pairs, with the 95 % interval; the first scenario has no change.
    """
    shares = [np.concatenate([part[MAIN_OUTCOME] for part in parts]) for parts in values]
    found = compare_values(
        [{MAIN_OUTCOME: share} for share in shares], len(shares[0]), [OUTCOME_BY_NAME[MAIN_OUTCOME]], None, drawn
    )
    rows = []
    for place, label in enumerate(scenario_labels(tables)):
        level, _ = found.level(MAIN_OUTCOME, place)
        row: Json = {"label": label, "level": _told(level), "change": None, "clear": False}
        if place:
            change = found.difference(MAIN_OUTCOME, place).estimate
            row |= {"change": _told(change), "clear": bool(change.clear)}
        rows.append(row)
    return {"rows": rows, "replicates": len(shares[0]), "over_draws": found.over_draws, "least": found.least_runs}


def _told(estimate: Estimate) -> list[float | None]:
    """Return mean, low and high; None for what so few runs do not say."""
    numbers = [float(estimate.mean), float(estimate.low95), float(estimate.high95)]
    return [number if math.isfinite(number) else None for number in numbers]
