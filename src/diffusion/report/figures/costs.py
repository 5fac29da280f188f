"""The cost-effectiveness plane, acceptability curves, and effect by budget, of runs or of a study's draws."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from diffusion.analysis.economics.acceptability import Acceptability
from diffusion.arrays import Floats
from diffusion.report.figures.style import (
    FAINT,
    INK,
    PANEL_INCHES,
    colour_of,
    figure_style,
    label_lines,
    legend_label,
    line_style_of,
    new_figure,
)
from diffusion.report.words.labels import shortened, wrapped

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from diffusion.experiments.searches.spending import Spending

#: More points than this are drawn as a picture inside the vector file.
VECTOR_POINTS = 1_000
MARKERS: tuple[str, ...] = ("o", "s", "^", "D", "v", "P", "X")


def plane_panel(
    effects: Sequence[Floats], costs_gbp: Sequence[Floats], labels: Sequence[str], effect_label: str, effect_unit: float
) -> Figure:
    """Return the cost-effectiveness plane: extra effect and extra net cost [D] of each option, and their means.

    ``labels`` and colours start with the first option after the reference; ``effect_unit`` is what one unit of the
    axis stands for, 1,000 patients say.
    """
    with figure_style():
        figure = new_figure(PANEL_INCHES, 3.3)
        axes = figure.add_subplot()
        raster = sum(len(effect) for effect in effects) > VECTOR_POINTS
        for i, (effect, cost) in enumerate(zip(effects, costs_gbp), start=1):
            marker = MARKERS[(i - 1) % len(MARKERS)]
            axes.scatter(
                effect / effect_unit,
                cost * 1e-6,
                s=7,
                color=colour_of(i),
                alpha=0.35,
                linewidths=0,
                marker=marker,
                rasterized=raster,
            )
            axes.scatter(
                effect.mean() / effect_unit,
                cost.mean() * 1e-6,
                s=75,
                color=colour_of(i),
                marker=marker,
                edgecolors="white",
                linewidths=1.0,
                zorder=5,
                label=legend_label(shortened(labels, 24)[i - 1]),
            )
        axes.axhline(0, color=INK, linewidth=0.9, zorder=1)
        axes.axvline(0, color=INK, linewidth=0.9, zorder=1)
        axes.grid(visible=True)
        axes.set_xlabel(effect_label)
        axes.set_ylabel("extra net cost (£ million)")
        axes.annotate(
            "saves money, more effect", (0.99, 0.02), xycoords="axes fraction", ha="right", fontsize=7.5, color=FAINT
        )
        axes.legend(frameon=False, fontsize=8, loc="upper left", bbox_to_anchor=(0.0, 1.16), ncols=2, columnspacing=1.0)
    return figure


def acceptability_panel(found: Acceptability, labels: Sequence[str], worth_label: str) -> Figure:
    """Return acceptability curves of all options, the reference included, with 95 % bands of the probability."""
    with figure_style():
        figure = new_figure(PANEL_INCHES, 3.3)
        axes = figure.add_subplot()
        for i in range(len(labels)):
            axes.fill_between(
                found.worth_gbp,
                100 * found.low95[:, i],
                100 * found.high95[:, i],
                color=colour_of(i),
                alpha=0.15,
                linewidth=0,
            )
            axes.plot(found.worth_gbp, 100 * found.probability[:, i], color=colour_of(i), linestyle=line_style_of(i))
        axes.set_xlim(found.worth_gbp[0], found.worth_gbp[-1])
        axes.set_ylim(0, 100)
        axes.grid(axis="y")
        axes.xaxis.set_major_formatter("{x:,.0f}")
        axes.set_xlabel(worth_label)
        axes.set_ylabel("probability of the highest net benefit (%)")
        label_lines(
            axes,
            float(found.worth_gbp[-1]),
            [100 * float(x) for x in found.probability[-1]],
            wrapped(labels, 18),
            [colour_of(i) for i in range(len(labels))],
        )
    return figure


def budget_panel(rows: Sequence[Spending], labels: Sequence[str]) -> Figure:
    """Return the change of the adopter share by programme cost a year, a line an option, with 95 % intervals.

    ``labels`` are those of all scenarios. Points stand at what was spent; a line begins at nothing spent and nothing
    changed only where an option of strength 0 is the first scenario, so none is drawn to there.
    """
    with figure_style():
        figure = new_figure(PANEL_INCHES, 3.3)
        axes = figure.add_subplot()
        axes.axhline(0, color=INK, linewidth=0.9, zorder=1)
        axes.axvline(rows[0].fit.budget_gbp_per_year * 1e-6, color=FAINT, linewidth=0.9, linestyle="--", zorder=1)
        for row in rows:
            i = row.scenario
            cost = np.array([float(point.cost.mean) * 1e-6 for point in row.curve])
            mean, low, high = (
                np.array([float(getattr(point.change, bound)) for point in row.curve])
                for bound in ("mean", "low95", "high95")
            )
            axes.vlines(cost, low, high, color=colour_of(i), linewidth=1.2)
            axes.plot(
                cost,
                mean,
                color=colour_of(i),
                linestyle=line_style_of(i),
                marker=MARKERS[(i - 1) % len(MARKERS)],
                markersize=5,
                markeredgecolor="white",
                label=legend_label(shortened(labels, 24)[i]),
            )
        axes.set_xlim(left=0)
        axes.grid(axis="y")
        axes.set_xlabel("programme cost (£ million a year)")
        axes.set_ylabel("change of adopter share (pp)")
        axes.legend(frameon=False, fontsize=8, loc="upper left", bbox_to_anchor=(0.0, 1.16), ncols=2, columnspacing=1.0)
    return figure
