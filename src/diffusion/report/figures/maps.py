"""Maps by trust: a point at each headquarters, sized by staff, coloured by level or by paired change."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from diffusion.analysis.results.groups import adopter_share_by_trust, gains, there_at_end
from diffusion.analysis.results.tables import ResultTables
from diffusion.arrays import Bools, Floats, Longs
from diffusion.report.figures.england import ISLE_OF_WIGHT, LONDON_BOX, MIDDLE_LATITUDE, OUTLINE, in_england, in_london
from diffusion.report.figures.style import FAINT, GAIN, LOSS, PANEL_INCHES, UNCLEAR, figure_style, new_figure
from diffusion.report.words.labels import scenario_labels, short_ahsn, wrapped
from diffusion.report.words.numbers import signed

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.collections import PathCollection
    from matplotlib.colors import Colormap
    from matplotlib.figure import Figure

#: From loss (orange) to gain (blue), the colours of the interval plots.
CHANGE_STOPS: tuple[str, ...] = ("#7a3500", LOSS, "#f7f7f7", GAIN, "#003350")
LEVEL_COLOURS = "viridis_r"
Limits = tuple[float, float]
#: More points than this are drawn as a picture inside the vector file.
VECTOR_POINTS = 2_000
_MAP_HEIGHT = 5.3


def can_map(tables: ResultTables) -> bool:
    """Whether the trusts have coordinates that differ."""
    trusts = tables.world.trusts
    known = np.isfinite(trusts.latitude) & np.isfinite(trusts.longitude)
    return bool(known.all() and len(known) > 1 and (np.ptp(trusts.latitude) > 0 or np.ptp(trusts.longitude) > 0))


#: Upper bounds of staff, relative to the median trust, and areas of their points (square points).
SIZE_CLASSES: tuple[tuple[float, float], ...] = ((0.5, 9.0), (1.0, 20.0), (2.0, 42.0), (np.inf, 80.0))


def _size_classes(staff: Floats) -> Longs:
    middle = float(np.nanmedian(staff)) if np.isfinite(staff).any() else 1.0
    relative = np.nan_to_num(staff / (middle or 1.0), nan=1.0)
    return np.searchsorted([bound for bound, _ in SIZE_CLASSES[:-1]], relative)


def change_colours() -> Colormap:
    """Return the scale from loss to gain."""
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("loss-gain", CHANGE_STOPS)


def _points(
    axes: Axes,
    tables: ResultTables,
    values: Floats,
    clear: Bools,
    limits: Limits,
    colours: Colormap | str,
    scale: float = 1.0,
) -> PathCollection:
    """Draw unclear points hollow below, clear ones coloured above; within each, large ones first."""
    trusts = tables.world.trusts
    size_class = _size_classes(np.asarray(trusts.staff_fte, dtype=np.float64))
    raster = len(size_class) > VECTOR_POINTS
    there = there_at_end(tables)
    points = None
    for coloured in (False, True):
        for index, (_, area) in reversed(list(enumerate(SIZE_CLASSES))):
            chosen = np.flatnonzero((size_class == index) & (clear == coloured) & there)
            where = trusts.longitude[chosen], trusts.latitude[chosen]
            if coloured:
                points = axes.scatter(
                    *where,
                    c=values[chosen],
                    cmap=colours,
                    vmin=limits[0],
                    vmax=limits[1],
                    edgecolors="#333333",
                    linewidths=0.5,
                    s=scale * area,
                    rasterized=raster,
                    zorder=3 + coloured,
                )
            elif len(chosen):
                axes.scatter(
                    *where,
                    facecolors="white",
                    edgecolors=UNCLEAR,
                    linewidths=0.7,
                    s=scale * area,
                    rasterized=raster,
                    zorder=3 + coloured,
                )
    assert points is not None
    return points


def _outline(axes: Axes) -> None:
    for ring in (OUTLINE, ISLE_OF_WIGHT):
        latitude, longitude = zip(*ring)
        axes.fill(longitude, latitude, facecolor="#f3f3f0", edgecolor="#b5b5b0", linewidth=0.8, zorder=1)


def draw_map(
    axes: Axes,
    tables: ResultTables,
    values: Floats,
    clear: Bools,
    limits: Limits,
    colours: Colormap | str,
    names: bool = True,
) -> PathCollection:
    """Draw trusts; those that are not ``clear`` are hollow. Returns the coloured points for a colour bar."""
    trusts = tables.world.trusts
    british = in_england(trusts.latitude, trusts.longitude)
    axes.set_axis_off()
    if british:
        _outline(axes)
        axes.set_xlim(-6.0, 3.4)
        axes.set_ylim(49.8, 55.9)
    else:
        axes.margins(0.06)
    mean_latitude = MIDDLE_LATITUDE if british else float(np.mean(trusts.latitude))
    aspect = 1 / max(math.cos(math.radians(mean_latitude)), 0.05) if np.abs(trusts.latitude).max() <= 90 else 1.0
    axes.set_aspect(aspect)
    points = _points(axes, tables, values, clear, limits, colours)
    if british and names and len(tables.world.ahsns.names) <= 20:
        _ahsn_names(axes, tables)
    if british and in_london(trusts.latitude, trusts.longitude).sum() >= 8:
        _london(axes, tables, values, clear, limits, colours)
    return points


#: Where AHSN names stand clear of most points, (latitude, longitude); others stand at the network's centre.
_NAME_PLACES: dict[str, tuple[float, float, str]] = {
    "NENC": (55.28, -1.35, "left"),
    "YH": (53.95, 0.12, "left"),
    "NWC": (53.85, -3.25, "right"),
    "GM": (53.43, -3.35, "right"),
    "EM": (53.22, 0.55, "left"),
    "WM": (52.45, -3.30, "right"),
    "EAST": (52.20, 1.75, "left"),
    "WE": (51.55, -3.15, "right"),
    "SW": (51.08, -4.65, "right"),
    "WX": (50.52, -1.65, "center"),
    "KSS": (50.78, 0.60, "left"),
    "OX": (51.93, -1.25, "center"),
}


def _ahsn_names(axes: Axes, tables: ResultTables) -> None:
    ahsns = tables.world.ahsns
    for code, name, latitude, longitude in zip(ahsns.codes, ahsns.names, ahsns.latitude, ahsns.longitude):
        if not (np.isfinite(latitude) and np.isfinite(longitude)) or in_london(latitude, longitude):
            continue
        y, x, side = _NAME_PLACES.get(code, (latitude, longitude, "center"))
        if code in _NAME_PLACES:
            axes.plot([x, longitude], [y, latitude], color="#bdbdb6", linewidth=0.6, zorder=2)
        axes.annotate(
            short_ahsn(name).replace(" and ", " and\n"),
            (x, y),
            fontsize=7,
            color=FAINT,
            ha=side,
            va="center",
            zorder=5,
            annotation_clip=False,
        )


def _london(
    axes: Axes,
    tables: ResultTables,
    values: Floats,
    clear: Bools,
    limits: Limits,
    colours: Colormap | str,
) -> None:
    south, north, west, east = LONDON_BOX
    inset = axes.inset_axes((0.67, 0.745, 0.33, 0.215))
    inset.set_facecolor("#f3f3f0")
    _points(inset, tables, values, clear, limits, colours, scale=0.8)
    inset.set_xlim(west, east)
    inset.set_ylim(south, north)
    inset.set_aspect(1 / math.cos(math.radians(51.5)))
    inset.set_xticks([])
    inset.set_yticks([])
    for side in inset.spines.values():
        side.set_visible(True)
        side.set_color("#999999")
    inset.set_title("London", fontsize=7.5, fontweight="normal", color=FAINT, pad=2)
    axes.plot(
        [west, east, east, west, west], [south, south, north, north, south], color="#999999", linewidth=0.8, zorder=5
    )


def _round_up(value: float) -> float:
    if value <= 0 or not math.isfinite(value):
        return 1.0
    unit = 10.0 ** math.floor(math.log10(value))
    return next(step * unit for step in (1, 2, 3, 5, 10) if step * unit >= value - 1e-12)


def change_limit(tables: Sequence[ResultTables]) -> float:
    """Return a symmetric colour limit that all maps of change share, in percentage points."""
    changes = [np.abs(gains(table, tables[0], "trust").change.mean) for table in tables[1:]]
    return _round_up(float(np.quantile(np.concatenate(changes), 0.98)))


def _map_title(axes: Axes, title: str) -> None:
    axes.text(0.0, 0.99, title, transform=axes.transAxes, fontsize=10, fontweight="bold", va="top")


def level_limit(tables: Sequence[ResultTables]) -> float:
    """Return the upper end of a colour scale of levels that all scenarios share, per cent."""
    shares = [100 * adopter_share_by_trust(t)[:, there_at_end(t)].mean(axis=0) for t in tables]
    return _round_up(max(float(np.quantile(share, 0.98)) for share in shares))


def _level_map(figure: Figure, axes: Axes, tables: ResultTables, title: str, limit: float) -> None:
    values = 100 * adopter_share_by_trust(tables).mean(axis=0)
    limits = (0.0, limit)
    points = draw_map(axes, tables, values, np.ones(len(values), dtype=bool), limits, LEVEL_COLOURS)
    _map_title(axes, title)
    bar = figure.colorbar(points, ax=axes, orientation="horizontal", fraction=0.035, pad=0.01, aspect=30)
    bar.set_label("adopter share of the trust's eligible innovations (%)", fontsize=8)
    bar.outline.set_visible(False)


def _change_map(figure: Figure, axes: Axes, tables: Sequence[ResultTables], scenario: int, limit: float) -> None:
    gain = gains(tables[scenario], tables[0], "trust")
    # a gain by trust has the trusts of the first scenario, in its order
    points = draw_map(axes, tables[0], gain.change.mean, gain.change.clear, (-limit, limit), change_colours())
    _map_title(axes, wrapped(scenario_labels(tables), 18)[scenario])
    bar = figure.colorbar(
        points,
        ax=axes,
        orientation="horizontal",
        fraction=0.035,
        pad=0.01,
        aspect=30,
        extend="both",
        ticks=[-limit, -limit / 2, 0, limit / 2, limit],
    )
    decimals = next(d for d in range(9) if abs(round(limit / 2, d) - limit / 2) < 1e-9)
    bar.ax.set_xticklabels([signed(tick, decimals) for tick in (-limit, -limit / 2, 0, limit / 2, limit)])
    bar.set_label("paired change of adopter share (percentage points)", fontsize=8)
    bar.outline.set_visible(False)


def map_panel(tables: Sequence[ResultTables], scenario: int) -> Figure:
    """One panel: the change against the first scenario, or the level where there is only one."""
    with figure_style():
        figure = new_figure(PANEL_INCHES, _MAP_HEIGHT)
        axes = figure.add_subplot()
        if len(tables) == 1:
            _level_map(figure, axes, tables[0], wrapped(scenario_labels(tables), 18)[0], level_limit(tables))
        else:
            _change_map(figure, axes, tables, scenario, change_limit(tables))
    return figure


def lottery_panel(tables: Sequence[ResultTables], scenario: int) -> Figure:
    """One panel: the level by trust in one scenario, on a scale that all scenarios share."""
    with figure_style():
        figure = new_figure(PANEL_INCHES, _MAP_HEIGHT)
        _level_map(
            figure,
            figure.add_subplot(),
            tables[scenario],
            wrapped(scenario_labels(tables), 18)[scenario],
            level_limit(tables),
        )
    return figure


def map_figure(tables: Sequence[ResultTables]) -> Figure:
    """Whole figure: one map per scenario compared, or one map of levels."""
    if len(tables) == 1:
        return map_panel(tables, 0)
    n = len(tables) - 1
    columns = min(n, 3)
    rows = -(-n // columns)
    limit = change_limit(tables)
    with figure_style():
        figure = new_figure(4.1 * columns, _MAP_HEIGHT * rows + 0.3)
        panels = figure.subplots(rows, columns, squeeze=False)
        for i, axes in enumerate(panels.flat, start=1):
            if i > n:
                axes.set_visible(False)
                continue
            _change_map(figure, axes, tables, i, limit)
        figure.suptitle(
            f"Change from {scenario_labels(tables)[0]} by trust; area: staff; hollow: 95 % interval includes 0. "
            "Illustrative: no prediction about a named trust.",
            x=0.01,
            ha="left",
            fontsize=8.5,
        )
    return figure
