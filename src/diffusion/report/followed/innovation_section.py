"""One innovation: its curve in every option, how long it took, and where trusts stand with it at the end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from diffusion.analysis.followed.time_to_share import times_of_all
from diffusion.analysis.results.groups import adopter_share_by_group, gains_of_all, group_names
from diffusion.analysis.results.intervals import band
from diffusion.analysis.results.tables import ResultTables, drawn
from diffusion.engine.stages import STAGES
from diffusion.report.figures.curves import PANEL_HEIGHT, draw_time_axis, round_ticks
from diffusion.report.figures.style import PANEL_INCHES, colour_of, figure_style, label_lines, line_style_of, new_figure
from diffusion.report.followed.time_section import times_of_one
from diffusion.report.page.cells import Cell, PageTable, estimate_cell
from diffusion.report.page.html import Picture, Pictures, fill
from diffusion.report.words.doubt_words import interval_note, runs_word
from diffusion.report.words.labels import decimal_years, scenario_labels, stage_words, wrapped
from diffusion.report.words.numbers import plain

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

#: with more options than this the bands of one figure would hide each other
_MOST_TOGETHER = 3
_STAGES = tuple(stage for stage in STAGES if stage != "ineligible")


def render_innovation(tables: Sequence[ResultTables], innovation: str, curves: pd.DataFrame | None) -> str:
    """Return what a page shows of one innovation, as HTML text.

    ``curves`` are the rows of the table ``by_innovation`` of this innovation, by scenario in the order of ``tables``
    and month (mean and quantiles over runs of the trusts at each stage); None where the result has none.
    """
    codes, names = group_names(tables[0], "innovation")
    name = names[codes.index(innovation)]
    labels = scenario_labels(tables)
    parts = [] if curves is None else _by_scenario(curves, len(tables))
    times = times_of_all(tables)
    context = {
        "name": name,
        "labels": labels,
        "several": len(tables) > 1,
        "runs": runs_word(drawn(tables[0])),
        "pictures": _pictures(tables, name, parts) if parts else [],
        "level": _level_table(tables, innovation),
        "times": None if times is None or innovation not in times[0].ids else times_of_one(tables, times, innovation),
        "stages": _stage_table(labels, parts) if parts else None,
    }
    return fill("innovation.html.j2", context)


def _by_scenario(curves: pd.DataFrame, number: int) -> list[pd.DataFrame]:
    months = len(curves) // number
    return [curves.iloc[i * months : (i + 1) * months] for i in range(number)]


def _pictures(tables: Sequence[ResultTables], name: str, parts: Sequence[pd.DataFrame]) -> list[Picture]:
    labels, make = scenario_labels(tables), Pictures()
    hint = "The numbers at the end are in the tables on this page."
    bands = f"middle 80 % and 95 % of {runs_word(drawn(tables[0]))}"
    groups = [list(range(len(tables)))] if len(tables) <= _MOST_TOGETHER else [[0, i] for i in range(1, len(tables))]
    top = max(1.0, 1.05 * max(float(part["adopters_q975"].max()) for part in parts))
    return [
        make(
            innovation_panel(tables, parts, chosen, top),
            f"Trusts that use {name} over time: {', '.join(labels[i] for i in chosen)}",
            hint,
            f"Trusts that use it (roll it out or sustain it). Lines: means; bands: {bands}.",
        )
        for chosen in groups
    ]


def innovation_panel(
    tables: Sequence[ResultTables], parts: Sequence[pd.DataFrame], chosen: Sequence[int], top: float
) -> Figure:
    """One panel: the trusts that use an innovation over time in the ``chosen`` options, with bands of runs."""
    years = decimal_years(tables[0])
    ends = []
    with figure_style():
        figure = new_figure(PANEL_INCHES, PANEL_HEIGHT)
        axes = figure.add_subplot()
        for i in chosen:
            low95, low80, high80, high95, mean = (
                parts[i][f"adopters_{column}"].to_numpy(np.float64) for column in ("q025", "q10", "q90", "q975", "mean")
            )
            axes.fill_between(years, low95, high95, color=colour_of(i), alpha=0.1, linewidth=0)
            axes.fill_between(years, low80, high80, color=colour_of(i), alpha=0.18, linewidth=0)
            axes.plot(years, mean, color=colour_of(i), linestyle=line_style_of(i), zorder=3 - 0.01 * i)
            ends.append(float(mean[-1]))
        draw_time_axis(axes, tables)
        axes.set_ylim(0, top)
        round_ticks(axes)
        axes.set_ylabel("trusts that use it")
        labels = wrapped(scenario_labels(tables), 18)
        label_lines(axes, years[-1], ends, [labels[i] for i in chosen], [colour_of(i) for i in chosen])
    return figure


def _level_table(tables: Sequence[ResultTables], innovation: str) -> PageTable:
    """Share of the trusts with a use for it that use it at the end, and paired changes."""
    labels, over = scenario_labels(tables), drawn(tables[0])
    codes, _ = group_names(tables[0], "innovation")
    share = 100 * adopter_share_by_group(tables[0], "innovation")[:, codes.index(innovation)]
    spread = band(share)
    small = f"{plain(float(spread.low80), 1)} to {plain(float(spread.high80), 1)}" if len(share) > 1 else ""
    cells = [Cell(f"{plain(float(spread.mean), 1)} %", small)]
    for gain in gains_of_all(tables, "innovation") if len(tables) > 1 else ():
        known = innovation in gain.codes
        cells.append(estimate_cell(gain.change[gain.codes.index(innovation)], 2) if known else Cell("–", "", False))
    heads = ("Innovation", labels[0], *(f"{label}: change, pp" for label in labels[1:]))
    note = f"Of all trusts for which it is meant. Small print: middle 80 % of {runs_word(over)} under {labels[0]}"
    note += f", {interval_note(over)} of each change (pp: percentage points). " if len(tables) > 1 else ". "
    note += "Pale: the interval includes 0." if len(tables) > 1 else ""
    return PageTable("Share of trusts that use it at the end", heads, [("Adopter share", cells)], note.strip())


def _stage_table(labels: Sequence[str], parts: Sequence[pd.DataFrame]) -> PageTable:
    """Mean number of trusts by stage at the end, a column an option."""
    last = [part.iloc[-1] for part in parts]
    rows = [
        (stage_words(stage).capitalize(), [Cell(plain(float(row[f"{stage}_mean"]), 1)) for row in last])
        for stage in _STAGES
        if f"{stage}_mean" in last[0].index
    ]
    return PageTable("Trusts by stage at the end, mean over runs", ("Stage", *labels), rows)
