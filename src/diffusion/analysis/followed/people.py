"""People followed, by profession: who is outside the NHS, who has returned, who has founded a start-up.

Where people are at a date is a count at that date: who has left and come back is among the returned, not among those
who left. A person returns or founds once at least or not; how often is not counted.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from diffusion.analysis.outcomes.counted import PROFESSIONS, people_followed
from diffusion.analysis.results.tables import ResultTables
from diffusion.arrays import Floats

#: name -> label of what is counted of the people of a profession
COUNTED: Mapping[str, str] = {
    "followed": "Followed",
    "outside_at_start": "Outside the NHS at the start",
    "left": "Left for other work, at the end",
    "abroad": "Abroad, at the end",
    "returned": "Have returned to the NHS",
    "founded": "Have founded a start-up",
}
#: those that an option can change
CHANGING: tuple[str, ...] = ("left", "abroad", "returned", "founded")
#: all professions together
ALL = "all"
_SERIES: tuple[str, ...] = ("people_followed", "people_outside", "people_left", "people_returned", "startups_founded")


class PeopleCounts(NamedTuple):
    """People by what is counted and by profession, ``ALL`` among them, float64[R] each."""

    counts: Mapping[str, Mapping[str, Floats]]

    def share_pct(self, counted: str, profession: str) -> Floats:
        """Return the share of those followed, per cent, [R]; NaN where nobody of the profession is."""
        number = self.counts["followed"][profession]
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(number > 0, 100.0 * self.counts[counted][profession] / number, np.nan)


def people_counts(table: ResultTables) -> PeopleCounts | None:
    """Return the counts of one scenario; None where nobody is followed, or a result does not tell by profession."""
    monthly = table.monthly
    names = [f"{stem}_{profession}" for stem in _SERIES for profession in PROFESSIONS]
    if not people_followed(monthly) or any(name not in monthly for name in names):
        return None

    def at(stem: str, month: int) -> dict[str, Floats]:
        found = {each: np.asarray(monthly[f"{stem}_{each}"][:, month], dtype=np.float64) for each in PROFESSIONS}
        return found | {ALL: np.sum(list(found.values()), axis=0)}

    outside, left = at("people_outside", -1), at("people_left", -1)
    return PeopleCounts(
        {
            "followed": at("people_followed", -1),
            "outside_at_start": at("people_outside", 0),
            "left": left,
            "abroad": {each: outside[each] - left[each] for each in outside},
            "returned": at("people_returned", -1),
            "founded": at("startups_founded", -1),
        }
    )
