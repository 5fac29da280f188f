"""Adoption over time: levels with the spread of runs, and paired differences with their intervals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from diffusion.analysis.results.adoption import adoption_band, adoption_difference
from diffusion.analysis.results.tables import ResultTables, drawn
from diffusion.report.figures.style import (
    FAINT,
    INK,
    PANEL_INCHES,
    REFERENCE_COLOUR,
    colour_of,
    figure_style,
    label_lines,
    legend_label,
    line_style_of,
    new_figure,
)
from diffusion.report.words.labels import decimal_years, policy_start_of, scenario_labels, shortened, wrapped

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PANEL_HEIGHT = 3.1
#: With more scenarios than this the 80 % intervals of differences are left out: the bands would hide each other.
MOST_BANDS = 5


def draw_time_axis(axes: Axes, tables: Sequence[ResultTables], dense: bool = True, say_policy: bool = True) -> None:
    """Set up calendar years along the bottom and mark the policies' first month; ``dense`` false halves the ticks."""
    years = decimal_years(tables[0])
    axes.set_xlim(years[0], years[-1])
    span = years[-1] - years[0]
    step = (1 if span <= 4 else 2 if span <= 14 else 5 if span <= 40 else 20) * (1 if dense else 2)
    ticks = [year for year in range(int(np.ceil(years[0] - 1e-9)), int(years[-1]) + 1) if year % step == 0]
    axes.set_xticks(ticks, [str(year) for year in ticks])
    axes.grid(axis="y")
    policy = policy_start_of(tables)
    if policy is None:
        return
    x = int(policy) / 12.0
    axes.axvline(x, color=FAINT, linewidth=0.8, linestyle=(0, (2, 2)), zorder=2.5)
    if say_policy:
        axes.annotate(
            "policies start",
            (x, 1),
            xycoords=("data", "axes fraction"),
            xytext=(3, -1),
            textcoords="offset points",
            fontsize=7.5,
            color=FAINT,
            va="top",
        )


def round_ticks(axes: Axes) -> None:
    """Put few ticks at round numbers on the level axis."""
    from matplotlib.ticker import MaxNLocator

    axes.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))


def draw_all_levels(axes: Axes, tables: Sequence[ResultTables]) -> None:
    """Draw the mean adopter share of every scenario, with the spread of the reference's runs behind."""
    labels = scenario_labels(tables)
    years = decimal_years(tables[0])
    bands = [adoption_band(table) for table in tables]
    axes.fill_between(years, bands[0].low80, bands[0].high80, color=REFERENCE_COLOUR, alpha=0.14, linewidth=0)
    for i, band in enumerate(bands):
        axes.plot(years, band.mean, color=colour_of(i), linestyle=line_style_of(i), zorder=3 - 0.01 * i)
    draw_time_axis(axes, tables)
    axes.set_ylim(0, None)
    round_ticks(axes)
    axes.set_ylabel("adopter share of eligible pairs (%)")
    label_lines(
        axes,
        years[-1],
        [float(band.mean[-1]) for band in bands],
        wrapped(labels, 18),
        [colour_of(i) for i in range(len(tables))],
    )


def draw_difference(axes: Axes, tables: Sequence[ResultTables]) -> None:
    """Draw every scenario's paired difference from the first, with 80 % and 95 % intervals."""
    labels = scenario_labels(tables)
    years = decimal_years(tables[0])
    ends = []
    for i, table in enumerate(tables[1:], start=1):
        difference = adoption_difference(table, tables[0])
        colour = colour_of(i)
        strength = 0.15 if len(tables) <= MOST_BANDS else 0.08
        axes.fill_between(years, difference.low95, difference.high95, color=colour, alpha=strength, linewidth=0)
        if len(tables) <= MOST_BANDS:
            axes.fill_between(years, difference.low80, difference.high80, color=colour, alpha=0.28, linewidth=0)
        axes.plot(years, difference.mean, color=colour, linestyle=line_style_of(i), linewidth=1.5)
        ends.append(float(difference.mean[-1]))
    axes.axhline(0, color=INK, linewidth=1.0)
    draw_time_axis(axes, tables)
    low, high = axes.get_ylim()
    pad = max(0.25 - (high - low), 0) / 2  # never blow up differences below the smallest of interest
    axes.set_ylim(low - pad, high + pad)
    axes.set_ylabel(change_label(labels))
    label_lines(
        axes,
        years[-1],
        ends,
        wrapped(labels, 18)[1:],
        [colour_of(i) for i in range(1, len(tables))],
    )


def change_label(labels: Sequence[str]) -> str:
    """Return what the level axis of changes from the first scenario is called, on two lines: one would not fit."""
    return f"change from {shortened(labels, 30)[0]}\n(percentage points)"


def difference_bands(tables: Sequence[ResultTables]) -> str:
    """Return which intervals a plot of differences shows."""
    which = "80 % and 95 % interval" if len(tables) <= MOST_BANDS else "95 % interval"
    return f"{which} over draws of the parameters, with chance" if drawn(tables[0]) else f"{which} of the mean"


def draw_level(
    axes: Axes, tables: Sequence[ResultTables], scenario: int, top: float, dense: bool = True, say_policy: bool = True
) -> None:
    """Draw one scenario's spread over runs and mean, with the reference's mean as a dashed line."""
    years = decimal_years(tables[0])
    band = adoption_band(tables[scenario])
    colour = colour_of(scenario)
    axes.fill_between(years, band.low95, band.high95, color=colour, alpha=0.15, linewidth=0)
    axes.fill_between(years, band.low80, band.high80, color=colour, alpha=0.28, linewidth=0)
    axes.plot(years, band.mean, color=colour)
    if scenario:
        reference = adoption_band(tables[0])
        axes.plot(
            years,
            reference.mean,
            color=REFERENCE_COLOUR,
            linewidth=1.2,
            linestyle=(0, (4, 2)),
            label=legend_label(scenario_labels(tables)[0]),
        )
    draw_time_axis(axes, tables, dense, say_policy)
    axes.set_ylim(0, top)
    round_ticks(axes)
    axes.set_title(wrapped(scenario_labels(tables), 24)[scenario], color=colour)


def levels_panel(tables: Sequence[ResultTables]) -> Figure:
    """One panel: all levels."""
    with figure_style():
        figure = new_figure(PANEL_INCHES, PANEL_HEIGHT)
        draw_all_levels(figure.add_subplot(), tables)
    return figure


def difference_panel(tables: Sequence[ResultTables]) -> Figure:
    """One panel: paired differences from the first scenario."""
    with figure_style():
        figure = new_figure(PANEL_INCHES, PANEL_HEIGHT)
        draw_difference(figure.add_subplot(), tables)
    return figure


def band_panel(tables: Sequence[ResultTables], scenario: int) -> Figure:
    """One panel: the spread of one scenario's runs."""
    with figure_style():
        figure = new_figure(PANEL_INCHES, 2.6)
        axes = figure.add_subplot()
        draw_level(axes, tables, scenario, highest_level(tables))
        axes.set_ylabel("adopter share (%)")
    return figure


def highest_level(tables: Sequence[ResultTables]) -> float:
    """Return a common top for level axes, in per cent."""
    return max(0.5, 1.05 * max(float(adoption_band(table).high95.max()) for table in tables))


def adoption_figure(tables: Sequence[ResultTables]) -> Figure:
    """Whole figure: the spread of every scenario's runs above, paired differences below."""
    n = len(tables)
    columns = min(n, 4)
    rows = -(-n // columns)
    width = 9.6 if n > 1 else 6.4
    with figure_style():
        figure = new_figure(width, (2.7 * rows + 3.6) if n > 1 else 4.2)
        if n == 1:
            axes = figure.add_subplot()
            draw_level(axes, tables, 0, highest_level(tables))
            axes.set_ylabel("adopter share of eligible pairs (%)")
            axes.set_title("Line: mean. Bands: middle 80 % and 95 % of runs.", fontsize=8.5, fontweight="normal")
            return figure
        above, below = figure.subfigures(2, 1, height_ratios=[2.7 * rows, 3.6])  # type: ignore[misc]
        top = highest_level(tables)
        panels = above.subplots(rows, columns, sharey=True, squeeze=False)
        for i, axes in enumerate(panels.flat):
            if i >= n:
                axes.set_visible(False)
                continue
            draw_level(axes, tables, i, top, dense=False, say_policy=i == 0)
            if i % columns == 0:
                axes.set_ylabel("adopter share (%)")
        above.suptitle(
            "Adopter share of eligible trust–innovation pairs. Line: mean; bands: middle 80 % and 95 % of runs; "
            f"dashed: mean of {scenario_labels(tables)[0]}",
            x=0.01,
            ha="left",
            fontsize=8.5,
        )
        axes = below.add_subplot()
        draw_difference(axes, tables)
        axes.set_title(
            f"Paired difference from {scenario_labels(tables)[0]}, same draws; {difference_bands(tables)}",
            fontsize=8.5,
            fontweight="normal",
        )
    return figure


def change_figure(tables: Sequence[ResultTables]) -> Figure:
    """Whole figure: paired differences from the first scenario over time, with a line that says what bands are."""
    with figure_style():
        figure = new_figure(7.6, 4.2)
        axes = figure.add_subplot()
        draw_difference(axes, tables)
        reference = shortened(scenario_labels(tables), 30)[0]
        axes.set_title(
            f"Paired difference from {reference}, same draws; {difference_bands(tables)}",
            fontsize=8.5,
            fontweight="normal",
        )
    return figure
