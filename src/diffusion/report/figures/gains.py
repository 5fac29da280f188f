"""Who gained and who lost: a point and an interval per group, sorted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from diffusion.analysis.results.groups import Gains, adopter_share_by_group, gains, gains_of_all, group_names
from diffusion.analysis.results.intervals import band
from diffusion.analysis.results.tables import ResultTables
from diffusion.arrays import Longs
from diffusion.report.figures.style import (
    GAIN,
    INK,
    LOSS,
    PANEL_INCHES,
    REFERENCE_COLOUR,
    UNCLEAR,
    figure_style,
    new_figure,
)
from diffusion.report.words.labels import scenario_labels, short_ahsn, shortened, wrapped

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_ROW_INCHES = 0.205


def group_labels(grouping: str, names: Sequence[str], length: int = 32) -> list[str]:
    """Return the names of groups for an axis: cut where they are long, and told apart still."""
    return shortened([_group_name(grouping, name) for name in names], length)


def _group_name(grouping: str, name: str) -> str:
    if grouping == "ahsn":
        name = short_ahsn(name)
    elif grouping in ("sector", "centre"):
        name = name.replace("_", " ")
        name = name[:1].upper() + name[1:]
    elif grouping == "innovation":
        name = name.removesuffix(" (archetype)")
        name = name[:1].upper() + name[1:] if " " in name else name
    return name


def draw_gains(axes: Axes, gain: Gains, order: Longs, names: bool = True, one_ink: bool = False) -> None:
    """Draw mean changes with 80 % (thick) and 95 % (thin) intervals; grey where the 95 % interval includes 0.

    ``one_ink`` is for places where colours stand for options: dark where clear, hollow where not.
    """
    rows = np.arange(len(order))
    change = gain.change[order]
    up, down = (INK, INK) if one_ink else (GAIN, LOSS)
    colours = np.where(change.direction > 0, up, np.where(change.direction < 0, down, UNCLEAR))
    axes.axvline(0, color=INK, linewidth=1.0, zorder=1)
    axes.hlines(rows, change.low95, change.high95, color=colours, linewidth=1.1, zorder=2)
    axes.hlines(rows, change.low80, change.high80, color=colours, linewidth=3.0, zorder=3)
    fills = np.where(change.direction != 0, INK, "white") if one_ink else colours
    edges = colours.tolist() if one_ink else "white"
    axes.scatter(change.mean, rows, s=24, facecolors=fills, edgecolors=edges, linewidths=0.6, zorder=4)
    axes.set_ylim(len(order) - 0.4, -0.6)
    labels = group_labels(gain.grouping, gain.names)
    axes.set_yticks(rows, [labels[i] if names else "" for i in order])
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x")


def _sorted(gain: Gains) -> Longs:
    return np.argsort(-gain.change.mean, kind="stable")


def common_limits(tables: Sequence[ResultTables], grouping: str) -> tuple[float, float]:
    """Return limits of the axis of changes that hold every scenario's intervals, and 0."""
    changes = [gains(table, tables[0], grouping).change for table in tables[1:]]
    ends = np.concatenate([np.concatenate([c.low95, c.high95, c.mean, [0.0]]) for c in changes])
    low, high = float(np.nanmin(ends)), float(np.nanmax(ends))
    pad = max(0.04 * (high - low), 0.02)
    return low - pad, high + pad


def gains_panel(tables: Sequence[ResultTables], scenario: int, grouping: str, one_ink: bool = False) -> Figure:
    """One panel: changes of one scenario by group, the largest gain on top; all panels share their limits."""
    gain = gains(tables[scenario], tables[0], grouping)
    with figure_style():
        figure = new_figure(PANEL_INCHES, 1.0 + _ROW_INCHES * len(gain.names))
        axes = figure.add_subplot()
        draw_gains(axes, gain, _sorted(gain), one_ink=one_ink)
        axes.set_xlim(*common_limits(tables, grouping))
        axes.set_xlabel("percentage points")
        axes.set_title(wrapped(scenario_labels(tables), 30)[scenario])
    return figure


def gains_figure(tables: Sequence[ResultTables], grouping: str) -> Figure:
    """Whole figure: one panel per scenario compared, all in the order of the first panel."""
    compared = gains_of_all(tables, grouping)
    order = _sorted(compared[-1])
    labels = scenario_labels(tables)
    n = len(compared)
    columns = min(n, 4)
    rows = -(-n // columns)
    with figure_style():
        figure = new_figure(2.4 + 2.6 * columns, 0.6 + rows * (0.8 + _ROW_INCHES * len(order)))
        panels = figure.subplots(rows, columns, squeeze=False, sharex=True)
        for i, axes in enumerate(panels.flat):
            if i >= n:
                axes.set_visible(False)
                continue
            draw_gains(axes, compared[i], order, names=i % columns == 0)
            axes.set_title(wrapped(labels, 30)[i + 1])
        panels.flat[0].set_xlim(*common_limits(tables, grouping))
        figure.supxlabel(f"change of adopter share from {labels[0]} (percentage points)", fontsize=9)
        figure.suptitle(
            f"Thick: 80 % interval, thin: 95 %; grey: the 95 % interval includes 0. Sorted by {labels[n]}.",
            x=0.01,
            ha="left",
            fontsize=8.5,
        )
    return figure


def levels_by_group_panel(tables: ResultTables, grouping: str) -> Figure:
    """One panel: adopter share by group in a single scenario, with the spread of runs."""
    _, names = group_names(tables, grouping)
    share = 100 * adopter_share_by_group(tables, grouping)
    kept = np.flatnonzero(np.isfinite(share).all(axis=0))
    spread = band(share[:, kept])
    order = np.argsort(-spread.mean, kind="stable")
    rows = np.arange(len(order))
    labels = group_labels(grouping, [names[i] for i in kept])
    with figure_style():
        figure = new_figure(PANEL_INCHES, 1.0 + _ROW_INCHES * len(order))
        axes = figure.add_subplot()
        axes.hlines(rows, spread.low95[order], spread.high95[order], color=REFERENCE_COLOUR, linewidth=1.1)
        axes.hlines(rows, spread.low80[order], spread.high80[order], color=REFERENCE_COLOUR, linewidth=3.0)
        axes.scatter(
            spread.mean[order], rows, s=24, facecolors=REFERENCE_COLOUR, edgecolors="white", linewidths=0.6, zorder=4
        )
        axes.set_ylim(len(order) - 0.4, -0.6)
        axes.set_yticks(rows, [labels[i] for i in order])
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
        axes.grid(axis="x")
        axes.set_xlim(left=0)
        axes.set_xlabel("adopter share (%)")
    return figure
