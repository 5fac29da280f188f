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

    from diffusion.analysis.results.intervals import Band, Estimate

_DASHED = (0, (4, 2))
_HEIGHT = 2.7


def region_level_panel(own: Sequence[ResultTables], whole: Sequence[ResultTables], scenario: int) -> Figure:
    """One panel: the spread of a region's runs in one scenario, and the mean of all trusts (dashed)."""
    band, england = adoption_band(own[scenario]), adoption_band(whole[scenario])
    limits = (0.0, max(highest_level(own), *(1.05 * float(adoption_band(each).mean.max()) for each in whole)))
    return _panel(own, whole, scenario, band, england, limits, "adopter share (%)", "share adopted")


def region_change_panel(own: Sequence[ResultTables], whole: Sequence[ResultTables], scenario: int) -> Figure:
    """One panel: the paired change of a region's adopter share with its intervals, and that of all trusts (dashed)."""
    change, england = (adoption_difference(each[scenario], each[0]) for each in (own, whole))
    limits = _limits_of_changes(own, whole)
    return _panel(own, whole, scenario, change, england, limits, "change (percentage points)", "change")


def _panel(
    own: Sequence[ResultTables],
    whole: Sequence[ResultTables],
    scenario: int,
    region: Band | Estimate,
    england: Band | Estimate,
    limits: tuple[float, float],
    unit: str,
    what: str,
) -> Figure:
    years, colour = decimal_years(own[0]), colour_of(scenario)
    with figure_style():
        figure = new_figure(PANEL_INCHES, _HEIGHT)
        axes = figure.add_subplot()
        axes.fill_between(years, region.low95, region.high95, color=colour, alpha=0.15, linewidth=0)
        axes.fill_between(years, region.low80, region.high80, color=colour, alpha=0.28, linewidth=0)
        axes.plot(years, region.mean, color=colour)
        axes.plot(years, england.mean, color=INK, linewidth=1.2, linestyle=_DASHED)
        if limits[0] < 0:
            axes.axhline(0, color=REFERENCE_COLOUR, linewidth=1.0)
        draw_time_axis(axes, own)
        axes.set_ylim(*limits)
        round_ticks(axes)
        axes.set_ylabel(unit)
        axes.set_title(wrap(f"{scenario_labels(own)[scenario]}: {what}", 34), color=colour)
        ends = [float(region.mean[-1]), float(england.mean[-1])]
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
