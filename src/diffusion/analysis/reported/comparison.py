"""Reported and modelled side by side: the figures that a scenario's levers are about, and what its runs give."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np

from diffusion.analysis.outcomes.counted import COUNTS, programme_start
from diffusion.analysis.reported.figures import ReportedFigure, packaged_figures
from diffusion.analysis.results.intervals import Band, band
from diffusion.analysis.results.tables import ResultTables

Verdict = Literal["inside 80 %", "inside 95 %", "outside", "not modelled", "not in this run"]
#: two values are the same within this share of them
_ROUNDING = 1e-9


class ReportedRow(NamedTuple):
    """One reported figure beside a scenario's runs: mean, and the middle 80 and 95 % of them; NaN without a count."""

    figure: ReportedFigure
    runs: Band | None
    replicates: int
    verdict: Verdict


def verdict_on(figure: ReportedFigure, runs: Band) -> Verdict:
    """Return in which interval of the runs the figure lies, or what is rounded to it.

    One that is known only from below lies in it where the upper end reaches it, that is, where such runs are among the
    middle 80 or 95 %.
    """
    slack = 0.5 * figure.rounded_to + _ROUNDING * abs(figure.value)
    bounds: tuple[tuple[Verdict, float, float], ...] = (
        ("inside 80 %", float(runs.low80), float(runs.high80)),
        ("inside 95 %", float(runs.low95), float(runs.high95)),
    )
    for name, low, high in bounds:
        if (figure.bound == "at_least" or figure.value >= low - slack) and figure.value <= high + slack:
            return name
    return "outside"


def reported_rows(runs: ResultTables, figures: Sequence[ReportedFigure] | None = None) -> list[ReportedRow]:
    """Return a row for each figure about a lever of this scenario; an empty list without such a lever.

    The model is read as many months after the lever's start as the programme was when the figure was counted, on
    whatever date that is. ``figures`` are by default the packaged ones. Those that were counted before the first start
    for which the world stands are of other organisations, and are left out.
    """
    rows = []
    first = runs.world.facts.first_start
    for figure in packaged_figures() if figures is None else figures:
        start = programme_start(runs, figure.lever)
        if start is None or figure.date < first[: len(figure.date)]:
            continue
        rows.append(_row(runs, figure, start))
    return rows


def _row(runs: ResultTables, figure: ReportedFigure, start: int) -> ReportedRow:
    if not figure.modelled:
        return ReportedRow(figure, None, 0, "not modelled")
    month = start + figure.months_after_start
    found = COUNTS[figure.modelled].of(runs, start, month) if 0 <= month <= runs.months and start >= 0 else None
    known = np.zeros(0) if found is None else found[np.isfinite(found)]
    if not len(known):
        return ReportedRow(figure, None, 0, "not in this run")
    modelled = band(known)
    return ReportedRow(figure, modelled, len(known), verdict_on(figure, modelled))


def count_inside(rows: Sequence[ReportedRow]) -> tuple[int, int]:
    """Return how many figures lie inside the 95 % interval, and how many the model has a count for in these runs."""
    told = [row for row in rows if row.runs is not None]
    return sum(row.verdict != "outside" for row in told), len(told)
