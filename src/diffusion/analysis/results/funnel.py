"""The funnel: where every eligible pair of trust and innovation stands at the end, what holds up those under way, and
how many pilots and evaluations came to what over the whole run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

import numpy as np

from diffusion.analysis.results.groups import portfolio
from diffusion.analysis.results.tables import ResultTables
from diffusion.arrays import Floats, Longs
from diffusion.engine.stages import INELIGIBLE, STAGES

#: from where nothing has begun to where all is done, then the ways out
ORDER: tuple[str, ...] = (
    *("unaware", "aware", "evaluating", "pilot", "rollout", "sustained"),
    *("no_use", "rejected", "abandoned"),
)
#: stages in which something is being done, and can be held up
UNDER_WAY = ("evaluating", "pilot", "rollout")
#: monthly measures of what holds pairs up, in the last month; a pair may count in several
HELD: tuple[str, ...] = ("blocked_time", "blocked_money", "blocked_burden", "blocked_limit")
#: moves over the whole run, by the flows that they are the sum of
MOVED: dict[str, tuple[str, ...]] = {
    "pilots_started": ("pilot", "pilot:placed"),
    "pilots_to_rollout": ("rollout",),
    "pilots_ended": (
        "pilot ended:recall", "pilot ended:money ended", "pilot ended:evidence", "pilot ended:other",
        "pilot ended:company exit",
    ),
    "evaluations_rejected": (
        "rejected:evidence", "rejected:money", "rejected:alignment", "rejected:complexity",
    ),
    "adoptions_abandoned": (
        "abandoned:recall", "abandoned:monitoring ended", "abandoned:evidence", "abandoned:money",
        "abandoned:no champion", "abandoned:other", "abandoned:company exit",
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Funnel:
    """Counts of one scenario by replicate, int64[R] or float64[R] each.

    ``stages`` sum to ``eligible``: pairs of the portfolio, by the stage that they are in at the end. ``held`` are of
    all innovations, in the last month; ``moved`` over the whole run. Where results do not have them they are empty.
    """

    eligible: Longs
    stages: Mapping[str, Longs]
    held: Mapping[str, Floats]
    moved: Mapping[str, Longs]

    def share(self, stage: str) -> Floats:
        """Return the share of eligible pairs in a stage, per cent, [R]."""
        return np.asarray(100 * self.stages[stage] / np.maximum(1, self.eligible))


def funnel(table: ResultTables) -> Funnel | None:
    """Return the funnel of a scenario; None where a result of an earlier version does not have the counts."""
    missing = object()
    kept = getattr(table, "stages_at_end", missing)
    if kept is None:
        return None
    stages = end_stages(table) if kept is missing else cast("Longs", kept)
    held = {name: np.asarray(table.monthly[name][:, -1]) for name in HELD if name in table.monthly}
    eligible = np.delete(stages, INELIGIBLE, axis=1).sum(axis=1)
    return Funnel(eligible, {name: stages[:, STAGES.index(name)] for name in ORDER}, held, moves_in_all(table))


def end_stages(table: ResultTables) -> Longs:
    """Return the pairs of the portfolio by stage at the end, int64[R, stage]."""
    return np.asarray(table.stage_by_innovation[:, -1][..., portfolio(table)].sum(axis=2, dtype=np.int64))


def moves_in_all(table: ResultTables) -> Mapping[str, Longs]:
    """Return moves over the whole run, int64[R] each, as far as the results have them."""
    kept = getattr(table, "moved", None)
    if kept is not None:
        return cast("Mapping[str, Longs]", kept)
    if not {name for names in MOVED.values() for name in names} <= set(table.flow_names):
        return {}
    total = table.flows.sum(axis=1, dtype=np.int64)
    return {
        name: np.asarray(total[:, [table.flow_names.index(flow) for flow in flows]].sum(axis=1))
        for name, flows in MOVED.items()
    }
