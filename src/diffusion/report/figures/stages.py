"""Stages over time and at the end: how far along the pairs of trust and innovation are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from diffusion.analysis.results.adoption import mean_stage_shares
from diffusion.analysis.results.tables import ResultTables
from diffusion.engine.stages import STAGES
from diffusion.report.figures.curves import draw_time_axis
from diffusion.report.figures.style import (
    INK,
    PANEL_INCHES,
    STAGE_COLOURS,
    beside_axes,
    colour_of,
    figure_style,
    new_figure,
    spread_labels,
)
from diffusion.report.words.labels import decimal_years, scenario_labels, stage_words, wrapped

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def draw_stages(axes: Axes, tables: Sequence[ResultTables], scenario: int, names: bool) -> None:
    """Draw mean shares of eligible pairs by stage, furthest along at the bottom, exits at the top."""
    years = decimal_years(tables[scenario])
    shares = mean_stage_shares(tables[scenario])
    order = [STAGES.index(name) for name in STAGE_COLOURS]
    axes.stackplot(years, shares[:, order].T, colors=list(STAGE_COLOURS.values()), linewidth=0.4, edgecolor="white")
    draw_time_axis(axes, tables, say_policy=False)
    axes.grid(visible=False)
    axes.set_ylim(0, 100)
    axes.set_title(wrapped(scenario_labels(tables), 40)[scenario], color=colour_of(scenario))
    if not names:
        return
    tops = shares[-1, order].cumsum()
    middles = [float(top - share / 2) for top, share in zip(tops, shares[-1, order])]
    marks, texts = beside_axes(axes, 10), beside_axes(axes, 16)
    for name, y, middle in zip(STAGE_COLOURS, spread_labels(middles, 7.0), middles):
        axes.annotate(
            "",
            (1.0, middle / 100),
            xycoords="axes fraction",
            xytext=(1.0, y / 100),
            textcoords=marks,
            annotation_clip=False,
            arrowprops={"arrowstyle": "-", "color": "#999999", "linewidth": 0.6, "shrinkA": 0, "shrinkB": 0},
        )
        axes.text(1.0, y / 100, stage_words(name), transform=texts, fontsize=8.5, va="center", color=INK)
        axes.plot(
            [1.0],
            [y / 100],
            marker="s",
            markersize=5.5,
            color=STAGE_COLOURS[name],
            markeredgecolor="#999999",
            markeredgewidth=0.4,
            transform=marks,
            clip_on=False,
            zorder=5,
        )


def stages_panel(tables: Sequence[ResultTables], scenario: int) -> Figure:
    """One panel: stages in one scenario."""
    with figure_style():
        figure = new_figure(PANEL_INCHES, 2.9)
        axes = figure.add_subplot()
        draw_stages(axes, tables, scenario, names=True)
        axes.set_ylabel("eligible pairs (%)")
    return figure


def stages_figure(tables: Sequence[ResultTables]) -> Figure:
    """Whole figure: one panel per scenario."""
    n = len(tables)
    columns = 1 if n == 1 else 2
    rows = -(-n // columns)
    with figure_style():
        figure = new_figure(5.6 if n == 1 else 9.6, 3.0 * rows + 0.2)
        panels = figure.subplots(rows, columns, squeeze=False, sharey=True)
        for i, axes in enumerate(panels.flat):
            if i >= n:
                axes.set_visible(False)
                continue
            draw_stages(axes, tables, i, names=i % columns == columns - 1 or i == n - 1)
            if i % columns == 0:
                axes.set_ylabel("eligible pairs (%)")
    return figure


#: shares from which a bar holds its number, per cent
_ROOM_FOR_NUMBER = 6.0


def funnel_panel(tables: Sequence[ResultTables]) -> Figure:
    """One panel: a bar per scenario, its eligible pairs at the end shared out by stage (means)."""
    labels = wrapped(scenario_labels(tables), 14)
    shares = np.stack([mean_stage_shares(table)[-1] for table in tables])
    places = np.arange(len(tables))[::-1]
    with figure_style():
        figure = new_figure(PANEL_INCHES, 1.3 + 0.42 * len(tables))
        axes = figure.add_subplot()
        left = np.zeros(len(tables))
        for name, colour in STAGE_COLOURS.items():
            share = shares[:, STAGES.index(name)]
            axes.barh(
                places,
                share,
                left=left,
                height=0.72,
                color=colour,
                edgecolor="#999999",
                linewidth=0.4,
                label=stage_words(name),
            )
            ink = "white" if name in ("sustained", "rollout") else INK
            for y, begin, width in zip(places, left, share):
                if width >= _ROOM_FOR_NUMBER:
                    axes.text(begin + width / 2, y, f"{width:.0f}", ha="center", va="center", color=ink, fontsize=8)
            left = left + share
        axes.set_yticks(places, labels)
        for text, i in zip(axes.get_yticklabels(), range(len(tables))):
            text.set_color(colour_of(i))
        axes.set_xlim(0, 100)
        axes.grid(visible=False)
        axes.tick_params(axis="y", length=0)
        axes.set_xlabel("eligible pairs at the end (%)")
        figure.legend(loc="outside upper left", ncols=3, frameon=False, fontsize=8.5, handlelength=1.0)
    return figure
