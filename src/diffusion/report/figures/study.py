"""Figures of a study of the parameters: value of information, and how a difference turns with one parameter."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from diffusion.analysis.results.intervals import Estimate
from diffusion.analysis.uncertainty.switching import Switch
from diffusion.analysis.uncertainty.value_of_information import Bounds
from diffusion.arrays import Floats
from diffusion.report.figures.style import (
    FAINT,
    GAIN,
    INK,
    PANEL_INCHES,
    REFERENCE_COLOUR,
    UNCLEAR,
    figure_style,
    new_figure,
)
from diffusion.report.words.labels import wrap

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_M = 1e-6


def evpi_panel(worth_gbp: Floats, bounds: Sequence[Bounds], worth_label: str) -> Figure:
    """Return the value of perfect information by what a unit of effect is worth, lower and upper estimate."""
    upper = np.array([float(item.upper.mean) for item in bounds]) * _M
    lower = np.array([float(item.lower.mean) for item in bounds]) * _M
    with figure_style():
        figure = new_figure(PANEL_INCHES, 3.1)
        axes = figure.add_subplot()
        axes.fill_between(worth_gbp, lower, upper, color=GAIN, alpha=0.25, linewidth=0)
        axes.plot(worth_gbp, upper, color=GAIN, linestyle="-", label="upper: chance of runs counted")
        axes.plot(worth_gbp, lower, color=GAIN, linestyle="--", label="lower: chosen by half of the runs")
        axes.set_xlim(worth_gbp[0], worth_gbp[-1])
        axes.set_ylim(bottom=min(0.0, float(np.nanmin(lower)) * 1.1))
        axes.grid(axis="y")
        axes.xaxis.set_major_formatter("{x:,.0f}")
        axes.set_xlabel(worth_label)
        axes.set_ylabel("value of perfect information (£ million)")
        axes.legend(frameon=False, fontsize=8, loc="upper left")
    return figure


def evppi_panel(names: Sequence[str], values: Sequence[Estimate], clear: Sequence[bool]) -> Figure:
    """Return the value of knowing single parameters, largest on top, with 95 % intervals; grey where not clear."""
    rows = np.arange(len(names))
    mean, low, high = (
        np.array([float(getattr(value, bound)) * _M for value in values]) for bound in ("mean", "low95", "high95")
    )
    colours = [GAIN if known else UNCLEAR for known in clear]
    with figure_style():
        figure = new_figure(PANEL_INCHES, 0.9 + 0.34 * len(names))
        axes = figure.add_subplot()
        axes.axvline(0, color=INK, linewidth=1.0)
        axes.hlines(rows, low, high, color=colours, linewidth=1.4)
        axes.scatter(mean, rows, s=26, facecolors=colours, edgecolors="white", linewidths=0.6, zorder=4)
        axes.set_ylim(len(rows) - 0.4, -0.6)
        axes.set_yticks(rows, [wrap(name, 26) for name in names], fontsize=7)
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
        axes.grid(axis="x")
        axes.set_xlabel("value of knowing it (£ million)")
    return figure


def switch_panel(switch: Switch, factor_label: str, difference_label: str) -> Figure:
    """Return the mean difference of two options over one parameter, with its interval and where it changes sign."""
    found = switch.curve
    with figure_style():
        figure = new_figure(PANEL_INCHES, 3.1)
        axes = figure.add_subplot()
        axes.fill_between(found.at, found.low, found.high, color=GAIN, alpha=0.2, linewidth=0)
        axes.plot(found.at, found.mean, color=GAIN)
        axes.axhline(0, color=INK, linewidth=1.0)
        axes.axvline(switch.start, color=FAINT, linewidth=0.9, linestyle=(0, (2, 2)))
        axes.annotate(
            "default",
            (switch.start, 1),
            xycoords=("data", "axes fraction"),
            xytext=(3, -1),
            textcoords="offset points",
            fontsize=7.5,
            color=FAINT,
            va="top",
        )
        if switch.switches:
            axes.scatter([switch.at], [0], s=40, color=REFERENCE_COLOUR, zorder=5)
        axes.set_xlim(found.at[0], found.at[-1])
        axes.grid(axis="y")
        axes.set_xlabel(wrap(factor_label, 50))
        axes.set_ylabel(difference_label)
    return figure
