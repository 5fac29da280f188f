"""A region over time: its level beside that of England, and its change beside that of England."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from diffusion.analysis.results.adoption import adoption_band, adoption_difference
from diffusion.analysis.results.tables import ResultTables
from diffusion.report.figures.curves import draw_time_axis, highest_level, round_ticks
from diffusion.report.figures.style import (
    INK,
    PANEL_INCHES,
    REFERENCE_COLOUR,
    colour_of,
    figure_style,
    label_lines,
    new_figure,
)
from diffusion.report.regions.region_words import whole_words
from diffusion.report.words.labels import decimal_years, scenario_labels, wrap

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_DASHED = (0, (4, 2))
_HEIGHT = 2.7


def region_level_panel(own: Sequence[ResultTables], whole: Sequence[ResultTables], scenario: int) -> Figure:
    """One panel: the spread of a region's runs in one scenario, and the mean of all trusts (dashed)."""
    years, colour = decimal_years(own[0]), colour_of(scenario)
    band, england = adoption_band(own[scenario]), adoption_band(whole[scenario])
    with figure_style():
        figure = new_figure(PANEL_INCHES, _HEIGHT)
        axes = figure.add_subplot()
        axes.fill_between(years, band.low95, band.high95, color=colour, alpha=0.15, linewidth=0)
        axes.fill_between(years, band.low80, band.high80, color=colour, alpha=0.28, linewidth=0)
        axes.plot(years, band.mean, color=colour)
        axes.plot(years, england.mean, color=INK, linewidth=1.2, linestyle=_DASHED)
        draw_time_axis(axes, own)
        axes.set_ylim(0, max(highest_level(own), *(1.05 * float(adoption_band(each).mean.max()) for each in whole)))
        round_ticks(axes)
        axes.set_ylabel("adopter share (%)")
        axes.set_title(wrap(f"{scenario_labels(own)[scenario]}: share adopted", 34), color=colour)
        ends = [float(band.mean[-1]), float(england.mean[-1])]
        label_lines(axes, years[-1], ends, ["region", whole_words(whole)], [colour, INK])
    return figure


def region_change_panel(own: Sequence[ResultTables], whole: Sequence[ResultTables], scenario: int) -> Figure:
    """One panel: the paired change of a region's adopter share with its intervals, and that of all trusts (dashed)."""
    years, colour = decimal_years(own[0]), colour_of(scenario)
    change = adoption_difference(own[scenario], own[0])
    england = adoption_difference(whole[scenario], whole[0])
    with figure_style():
        figure = new_figure(PANEL_INCHES, _HEIGHT)
        axes = figure.add_subplot()
        axes.fill_between(years, change.low95, change.high95, color=colour, alpha=0.15, linewidth=0)
        axes.fill_between(years, change.low80, change.high80, color=colour, alpha=0.28, linewidth=0)
        axes.plot(years, change.mean, color=colour)
        axes.plot(years, england.mean, color=INK, linewidth=1.2, linestyle=_DASHED)
        axes.axhline(0, color=REFERENCE_COLOUR, linewidth=1.0)
        draw_time_axis(axes, own)
        axes.set_ylim(*_limits_of_changes(own, whole))
        round_ticks(axes)
        axes.set_ylabel("change (percentage points)")
        axes.set_title(wrap(f"{scenario_labels(own)[scenario]}: change", 34), color=colour)
        ends = [float(change.mean[-1]), float(england.mean[-1])]
        label_lines(axes, years[-1], ends, ["region", whole_words(whole)], [colour, INK])
    return figure


def _limits_of_changes(own: Sequence[ResultTables], whole: Sequence[ResultTables]) -> tuple[float, float]:
    """Return ends of the axis of changes that hold every option's, so that panels beside each other compare."""
    found = [0.0]
    for i in range(1, len(own)):
        change, england = adoption_difference(own[i], own[0]), adoption_difference(whole[i], whole[0])
        for values in (change.low95, change.high95, change.mean, england.mean):
            found += [float(value) for value in values if np.isfinite(value)]
    low, high = min(found), max(found)
    margin = max(0.05 * (high - low), (0.25 - (high - low)) / 2)  # never blow up differences too small to matter
    return low - margin, high + margin
