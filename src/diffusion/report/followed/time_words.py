"""How long adoption took, in words and as cells: months until shares of the trusts with a use for an innovation."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from diffusion.analysis.followed.time_to_share import SHARES, Reaching, Times, reaching, times_of_all
from diffusion.analysis.results.compare import Comparison
from diffusion.analysis.results.tables import ResultTables
from diffusion.report.words.doubt_words import runs_word
from diffusion.report.words.labels import month_name, scenario_labels, start_of


def asked_innovation(comparison: Comparison) -> str | None:
    """Return the id of the innovation that is asked about; None where another question is."""
    asked = comparison.asked
    return asked.target.code if asked is not None and asked.target.grouping == "innovation" else None


def months_text(months: float, watched: int) -> str:
    """Write a number of months, or that it is more than were watched; a dash where there is none."""
    if np.isnan(months):
        return "–"
    return f"{months:.0f}" if np.isfinite(months) else f">{watched}"


def interval_words(found: Reaching, watched: int) -> str:
    """Write the middle 80 % of all runs."""
    low, high = months_text(found.low80, watched), months_text(found.high80, watched)
    return high if np.isinf(found.low80) else f"{low} to {high}"


def never_words(found: Reaching, runs: str) -> str:
    """Say in how many runs the share is not reached; ``runs`` is what a run is called."""
    if not found.runs:
        return "nobody has a use for it"
    if found.reached in (0, found.runs):
        return f"{'never' if not found.reached else 'always'} within the run"
    return f"not within the run in {100 * found.never_share:.0f} % of {runs}"


def went_live(tables: Sequence[ResultTables], times: Times, innovation: str) -> str:
    """Return the calendar month in which an innovation became live."""
    return month_name(start_of(tables[0]) + int(times.live_month[times.ids.index(innovation)]))


def time_lines(tables: Sequence[ResultTables], comparison: Comparison) -> list[str]:
    """Say of the innovation asked about how long each option takes to each share, a line a share; else nothing."""
    innovation, times = asked_innovation(comparison), times_of_all(tables)
    if innovation is None or times is None or innovation not in times[0].ids:
        return []
    labels, runs = scenario_labels(tables), runs_word(comparison.over_draws)
    k = times[0].ids.index(innovation)
    watched = int(times[0].watched[k])
    lines = []
    for place, share in enumerate(SHARES):
        parts = []
        for label, each in zip(labels, times):
            found = reaching(each.of(innovation)[:, place])
            text = f"{months_text(found.median, watched)} (80 % of {runs}: {interval_words(found, watched)}; "
            parts.append((f"{label} " if len(tables) > 1 else "") + f"{text}{never_words(found, runs)})")
        what = (
            f"Median months from {went_live(tables, times[0], innovation)} to {share} % of the trusts with a use for it"
        )
        lines.append(f"{what}: {', '.join(parts)}.")
    return lines
