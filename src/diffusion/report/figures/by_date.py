"""What was asked about, by date: levels and paired changes with their intervals, where no series by month is kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from diffusion.analysis.results.compare import Comparison, asked_comparison
from diffusion.analysis.results.intervals import Band, Estimate
from diffusion.analysis.results.tables import ResultTables
from diffusion.report.figures.curves import PANEL_HEIGHT, change_label, round_ticks
from diffusion.report.figures.style import INK, PANEL_INCHES, colour_of, figure_style, label_lines, new_figure
from diffusion.report.words.answer import date_words
from diffusion.report.words.labels import scenario_labels, start_of, wrap, wrapped

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: How much of the room between two dates the options of one date take.
_WIDE = 0.5
_LINES = ((95, 1.1), (80, 3.2))


def asked_levels_panel(tables: Sequence[ResultTables], comparison: Comparison) -> Figure:
    """One panel: the adopter share of what was asked about, of every option, by date."""
    with figure_style():
        figure = new_figure(PANEL_INCHES, PANEL_HEIGHT)
        draw_asked_levels(figure.add_subplot(), tables, comparison)
    return figure


def asked_changes_panel(tables: Sequence[ResultTables], comparison: Comparison) -> Figure:
    """One panel: its paired change from the first scenario, by date."""
    with figure_style():
        figure = new_figure(PANEL_INCHES, PANEL_HEIGHT)
        draw_asked_changes(figure.add_subplot(), tables, comparison)
    return figure


def draw_asked_levels(axes: Axes, tables: Sequence[ResultTables], comparison: Comparison) -> None:
    """Draw means with the middle 80 % (thick) and 95 % (thin) of runs, points of an option joined by a line."""
    names, by_date = _dates(axes, tables, comparison)
    labels, places = scenario_labels(tables), _places(len(tables))
    ends = []
    for i, place in enumerate(places):
        spreads = [by_date.level(name, i)[1] for name in names]
        _draw(axes, np.arange(len(names)) + place, spreads, colour_of(i))
        ends.append(float(spreads[-1].mean))
    axes.set_ylim(0, None)
    round_ticks(axes)
    axes.set_ylabel("adopter share (%)")
    if len(tables) > 1:
        colours = [colour_of(i) for i in range(len(tables))]
        label_lines(axes, len(names) - 1 + places[-1], ends, wrapped(labels, 18), colours)


def draw_asked_changes(axes: Axes, tables: Sequence[ResultTables], comparison: Comparison) -> None:
    """Draw every option's paired change from the first with its 80 % (thick) and 95 % (thin) intervals."""
    names, by_date = _dates(axes, tables, comparison)
    labels, places = scenario_labels(tables), _places(len(tables) - 1)
    ends = []
    for i, place in enumerate(places, start=1):
        found = [by_date.difference(name, i).estimate for name in names]
        _draw(axes, np.arange(len(names)) + place, found, colour_of(i))
        ends.append(float(found[-1].mean))
    axes.axhline(0, color=INK, linewidth=1.0)
    axes.set_ylabel(change_label(labels))
    colours = [colour_of(i) for i in range(1, len(tables))]
    label_lines(axes, len(names) - 1 + places[-1], ends, wrapped(labels, 18)[1:], colours)


def _places(number: int) -> list[float]:
    """Return where the options stand beside a date, so that their intervals do not hide each other."""
    return [_WIDE * (i - (number - 1) / 2) / max(number, 4) for i in range(number)]


def _dates(axes: Axes, tables: Sequence[ResultTables], comparison: Comparison) -> tuple[list[str], Comparison]:
    """Set up the dates of the answer along the bottom; return the outcomes at them and their comparison."""
    asked = comparison.asked
    assert asked is not None
    start = int(start_of(tables[0]))
    words = [date_words(asked, date, start) for date in asked.dates]
    axes.set_xticks(range(len(words)), [wrap(text[:1].upper() + text[1:], 14) for text in words])
    axes.set_xlim(-0.5, len(words) - 0.5)
    axes.grid(axis="y")
    return [asked.outcome(date).name for date in asked.dates], asked_comparison(comparison)


def _draw(axes: Axes, x: np.ndarray, found: Sequence[Band] | Sequence[Estimate], colour: str) -> None:
    for level, thickness in _LINES:
        low, high = ([float(getattr(each, f"{end}{level}")) for each in found] for end in ("low", "high"))
        axes.vlines(x, low, high, color=colour, linewidth=thickness, zorder=3)
    means = [float(each.mean) for each in found]
    axes.plot(x, means, color=colour, linewidth=0.8, marker="o", markersize=5, markeredgecolor="white", zorder=4)
