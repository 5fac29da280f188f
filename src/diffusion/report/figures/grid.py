"""Effects over a full grid as pictures: a curve over one factor, curves over two, a map over three or more."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from diffusion.analysis.results.intervals import Estimate, estimate_mean
from diffusion.analysis.uncertainty.grid import as_grid, level_codes
from diffusion.report.figures.style import (
    FAINT,
    GAIN,
    INK,
    LINE_STYLES,
    LOSS,
    SCENARIO_COLOURS,
    UNCLEAR,
    figure_style,
    legend_label,
    new_figure,
)
from diffusion.report.words.numbers import signed

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from diffusion.experiments.searches.sensitivity import Sensitivity

#: More lines in one panel than this are drawn as a map.
MOST_LINES = 6


def grid_figures(found: Sequence[Sensitivity]) -> dict[str, Figure]:
    """Return name -> figure of one outcome over the points of a full grid whose runs are all there.

    One or two factors: curves, a panel per subject; more: a map per subject. Intervals are 95 % over replicates, paired
    where a subject is a difference.
    """
    axes = found[0].axes
    codes, levels = level_codes(found[0].columns)
    cells = [estimate_mean(np.moveaxis(as_grid(codes, item.values), -1, 0)) for item in found]
    name = f"effects-{found[0].outcome.name}"
    with figure_style():
        if len(axes) > 2 or (len(axes) == 2 and len(levels[1]) > MOST_LINES):
            return {f"{name}-{item.subject.file_name}": _map(item, cell, levels) for item, cell in zip(found, cells)}
        return {name: _curves(found, cells, levels)}


def _text(value: object) -> str:
    return f"{value:g}" if isinstance(value, int | float) and not isinstance(value, bool) else str(value)


def _axis_label(found: Sensitivity, i: int) -> str:
    axis = found.axes[i]
    return f"{axis.label} ({axis.unit})" if axis.unit else axis.label


def _decimals(cells: Estimate) -> int:
    size = float(np.nanmax(np.abs(cells.mean), initial=1e-12))
    return int(np.clip(1 - np.floor(np.log10(size)), 0, 4))


def _curves(found: Sequence[Sensitivity], cells: Sequence[Estimate], levels: list[list[object]]) -> Figure:
    count = len(found)
    figure = new_figure(max(5.2, 3.5 * count + 0.4), 4.3)
    panels = figure.subplots(1, count, squeeze=False, sharey=len({item.unit for item in found}) == 1 and count < 3)[0]
    lines = levels[1] if len(levels) > 1 else [None]
    for panel, item, cell in zip(panels, found, cells):
        x = np.arange(len(levels[0]))
        for number, level in enumerate(lines):
            one = cell if level is None else cell[:, number]
            colour = INK if level is None else SCENARIO_COLOURS[1 + number % (len(SCENARIO_COLOURS) - 1)]
            shift = 0.0 if level is None else 0.06 * (number - (len(lines) - 1) / 2)
            panel.plot(
                x + shift,
                one.mean,
                color=colour,
                linewidth=1.3,
                linestyle=LINE_STYLES[number % len(LINE_STYLES)],
                marker="o",
                markersize=4,
                label=None if level is None else legend_label(_text(level)),
                zorder=3,
            )
            panel.vlines(x + shift, one.low95, one.high95, color=colour, linewidth=1.1, zorder=2)
            if level is None and item.subject.minus is not None:
                _mark(panel, x, one)
        if item.subject.minus is not None:
            panel.axhline(0, color=FAINT, linewidth=1.0, zorder=1)
        panel.set_xticks(x, [_text(value) for value in levels[0]])
        panel.set_title(item.subject.name, fontsize=9.5)
        panel.set_xlabel(textwrap.fill(_axis_label(item, 0), 44))
        panel.grid(axis="y")
    panels[0].set_ylabel(_title(found[0], "").lower() if found[0].unit != "£ million" else found[0].unit)
    if len(levels) > 1:
        figure.legend(
            *panels[0].get_legend_handles_labels(),
            loc="outside right upper",
            frameon=False,
            fontsize=8.5,
            title=textwrap.fill(_axis_label(found[0], 1), 18),
            title_fontsize=8.5,
        )
    figure.suptitle(_title(found[0], ""), x=0.01, ha="left", fontsize=10.5, fontweight="bold")
    marked = "; filled: the interval excludes 0" if len(levels) == 1 and found[0].subject.minus else ""
    _caption(figure, f"Lines: 95 % intervals over {cells[0].replicates} replicates{marked}.", 62 * count)
    return figure


def _mark(panel: Axes, x: np.ndarray, one: Estimate) -> None:
    """Fill points by direction where a difference may be claimed, leave the others open."""
    fills = np.where(one.direction > 0, GAIN, np.where(one.direction < 0, LOSS, "#ffffff"))
    edges = np.where(one.direction > 0, GAIN, np.where(one.direction < 0, LOSS, UNCLEAR))
    panel.scatter(x, one.mean, s=42, c=list(fills), edgecolors=list(edges), linewidths=1.3, zorder=4)


def _map(found: Sensitivity, cells: Estimate, levels: list[list[object]]) -> Figure:
    """Draw the first factor across, the last upwards, and a panel per combination of those between."""
    from matplotlib.colors import LinearSegmentedColormap, TwoSlopeNorm

    between = [*np.ndindex(*(len(values) for values in levels[1:-1]))] or [()]
    columns = min(3, len(between))
    rows = -(-len(between) // columns)
    height = 1.35 + rows * (1.0 + 0.5 * len(levels[-1]))
    figure = new_figure(1.6 + columns * (0.7 + 0.52 * len(levels[0])), height)
    grid = figure.subplots(rows, columns, squeeze=False, sharex=True, sharey=True)
    reach = float(np.nanmax(np.abs(cells.mean), initial=1e-12))
    colours = LinearSegmentedColormap.from_list("effect", [LOSS, "#f7f7f7", GAIN])
    places, image = _decimals(cells), None
    for number, panel in enumerate(grid.flat):
        if number >= len(between):
            panel.set_axis_off()
            continue
        chosen = (slice(None), *between[number], slice(None))
        part = cells[chosen]
        image = panel.imshow(
            part.mean.T, origin="lower", aspect="auto", cmap=colours, norm=TwoSlopeNorm(0, -reach, reach)
        )
        for i, j in np.ndindex(part.mean.shape):
            _cell(panel, i, j, float(part.mean[i, j]), bool(part.clear[i, j]), places, reach)
        panel.set_xticks(np.arange(len(levels[0])), [_text(value) for value in levels[0]])
        panel.set_yticks(np.arange(len(levels[-1])), [_text(value) for value in levels[-1]])
        panel.tick_params(length=0)
        panel.set_title(_between(found, levels, between[number]), fontsize=9)
    assert image is not None
    for panel in grid[-1]:
        panel.set_xlabel(textwrap.fill(_axis_label(found, 0), 34), fontsize=8.5)
    for panel in grid[:, 0]:
        panel.set_ylabel(textwrap.fill(_axis_label(found, len(levels) - 1), 26), fontsize=8.5)
    bar = figure.colorbar(image, ax=grid.ravel().tolist(), shrink=0.8, pad=0.02)
    bar.outline.set_visible(False)
    bar.set_label(found.unit, fontsize=8.5)
    title = textwrap.fill(_title(found, f": {found.subject.name}"), 40 * columns)
    figure.suptitle(title, x=0.01, ha="left", fontsize=10.5, fontweight="bold")
    better = _better(found)
    _caption(
        figure,
        f"{better}Hatched: the 95 % interval over {cells.replicates} paired replicates includes 0. One cell in twenty "
        f"would be unhatched by chance alone if there were no difference anywhere.",
        42 * columns,
    )
    return figure


def _cell(panel: Axes, i: int, j: int, mean: float, clear: bool, places: int, reach: float) -> None:
    from matplotlib.patches import Rectangle

    if not clear:
        panel.add_patch(
            Rectangle((i - 0.5, j - 0.5), 1, 1, fill=False, hatch="////", edgecolor="#b5b5b5", linewidth=0, zorder=2)
        )
    strong = clear and abs(mean) > 0.6 * reach
    box = None if clear else {"facecolor": "white", "edgecolor": "none", "pad": 0.8, "alpha": 0.8}
    panel.text(
        i,
        j,
        signed(mean, places),
        ha="center",
        va="center",
        fontsize=7.5,
        zorder=3,
        bbox=box,
        color="white" if strong else INK,
    )


def _between(found: Sensitivity, levels: list[list[object]], chosen: tuple[int, ...]) -> str:
    parts = [
        f"{found.axes[i].label}: {_text(levels[i][place])} {found.axes[i].unit}".strip()
        for i, place in enumerate(chosen, 1)
    ]
    return textwrap.fill("; ".join(parts), 46)


def _better(found: Sensitivity) -> str:
    """Say which colour stands for whom, where more or less of the outcome is better."""
    if found.subject.minus is None or not found.outcome.better:
        return ""
    first, second = found.subject.scenario, found.subject.minus
    blue, orange = (first, second) if found.outcome.better > 0 else (second, first)
    return f"Blue: {blue} does better; orange: {orange} does. "


def _title(found: Sensitivity, subject: str) -> str:
    return f"{found.outcome.label}{f' ({found.unit})' if found.unit else ''}{subject}"


def _caption(figure: Figure, text: str, letters: int) -> None:
    figure.supxlabel(textwrap.fill(text, letters), x=0.01, ha="left", fontsize=8.0, color=FAINT)
