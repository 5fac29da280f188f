"""Figures of validation: observed points over the fan of simulated curves, and effects as a forest plot."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from diffusion.calibration.comparison import LEVELS, Compared, observed_error
from diffusion.calibration.curves import Track
from diffusion.report.figures.style import FAINT, INK, LOSS, PANEL_INCHES, figure_style, new_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from diffusion.arrays import Floats
    from diffusion.calibration.predicted import Place
    from diffusion.calibration.validation import Validation

HEIGHT = 3.0
FAN = "#0072B2"
#: the bands, from the narrow to the wide one
_SHADES: tuple[str, ...] = ("#6fadd4", "#aacfe6", "#d9e9f3")
#: months drawn at least, and room to the right of the last point
_LEAST_MONTHS, _ROOM = 12, 1.12
_Z95 = 1.96


def fan(values: Floats) -> list[tuple[Floats, Floats]]:
    """Return (low, high) by month of the middle 50, 80 and 95 % of the runs."""
    return [
        (np.quantile(values, 0.5 - level / 2, axis=0), np.quantile(values, 0.5 + level / 2, axis=0)) for level in LEVELS
    ]


def track_figure(track: Track, values: Floats) -> Figure:
    """Draw the points of a track over the fan of its curve, against months since the start."""
    from matplotlib.ticker import MaxNLocator

    points = [place for place in track.places if place.observed <= 1.0]
    known = np.flatnonzero(np.isfinite(values).all(axis=0))
    last = max((place.month for place in track.places), default=_LEAST_MONTHS)
    end = min(int(known[-1]), max(_LEAST_MONTHS, round(_ROOM * last)))
    months, shown = np.arange(end + 1), 100 * values[:, : end + 1]
    with figure_style():
        figure = new_figure(PANEL_INCHES, HEIGHT)
        axes = figure.add_subplot()
        for (low, high), shade, level in reversed([*zip(fan(shown), _SHADES, LEVELS)]):
            label = f"middle {100 * level:g} %"
            axes.fill_between(months, low, high, color=shade, linewidth=0, label=label)
        axes.plot(months, shown.mean(axis=0), color=FAN, linewidth=1.6, label="mean of runs")
        _draw_points(axes, points)
        if track.effect:
            axes.axhline(0, color=FAINT, linewidth=0.8)
            axes.set_ylabel("difference (percentage points)")
        else:
            axes.set_ylabel(f"share of {'pilots that ended' if track.quantity == 'scaled' else 'those at risk'} (%)")
            top = max([float(shown.max()), *(100 * place.observed for place in points)])
            axes.set_ylim(0, 104 if top > 60 else max(10.0, 1.25 * top))
        axes.set_xlim(-0.01 * end, end * 1.01)
        axes.xaxis.set_major_locator(MaxNLocator(7, integer=True))
        axes.set_xlabel("months since the start")
        axes.grid(axis="y")
        figure.legend(loc="outside lower center", ncols=3, fontsize=7.5, frameon=False, handlelength=1.6)
    return figure


def _draw_points(axes: Axes, points: Sequence[Place]) -> None:
    """Draw what was observed with its 95 % error: filled where fitted to, open where only shown, up where at least."""
    named = set()
    for place in points:
        label = "observed" if place.fitted else "observed, only shown"
        error = _Z95 * observed_error(place)
        middle = place.observed
        low, high = (0.0, 1.0) if place.point.effect is None else (-1.0, 1.0)
        reach = [[100 * (middle - max(low, middle - error))], [100 * (min(high, middle + error) - middle)]]
        axes.errorbar(
            [place.month],
            [100 * middle],
            yerr=reach,
            fmt="^" if place.point.at_least else "o",
            color=INK,
            markerfacecolor=INK if place.fitted else "white",
            markersize=5,
            linewidth=1.1,
            capsize=2.5,
            label=label if label not in named else "_",
            zorder=4,
            clip_on=False,
        )
        named.add(label)


def effects_figure(found: Sequence[Compared]) -> Figure:
    """Draw effects of levers as a forest plot: observed with 95 % error, simulated with the middle 80 and 95 %."""
    rows = np.arange(len(found))
    with figure_style():
        figure = new_figure(PANEL_INCHES, 1.7 + 0.6 * len(found))
        axes = figure.add_subplot()
        axes.axvline(0, color=FAINT, linewidth=1.0, zorder=1)
        observed = np.array([100 * item.observed for item in found])
        errors = np.array([100 * _Z95 * item.error for item in found])
        axes.errorbar(
            observed, rows - 0.15, xerr=errors, fmt="o", color=INK, markersize=5, linewidth=1.2, capsize=2.5,
            label="observed, 95 % error",
        )  # fmt: skip
        bounds = np.array([item.simulated[1:] for item in found]) * 100
        axes.hlines(rows + 0.18, bounds[:, 4], bounds[:, 5], color=LOSS, linewidth=1.2, label="simulated, middle 95 %")
        axes.hlines(rows + 0.18, bounds[:, 2], bounds[:, 3], color=LOSS, linewidth=4.0, label="simulated, middle 80 %")
        means = [100 * item.simulated.mean for item in found]
        axes.plot(means, rows + 0.18, "D", color="white", mec=LOSS, markersize=5.5, label="simulated, mean")
        names = [f"{item.place.item.series.title}, month {item.place.month}" for item in found]
        axes.set_yticks(rows, [textwrap.fill(name, 20) for name in names])
        axes.set_ylim(len(found) - 0.4, -0.6)
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
        axes.grid(axis="x")
        axes.set_xlabel("difference from no lever (percentage points)")
        figure.legend(loc="outside lower center", ncols=2, fontsize=7.5, frameon=False)
    return figure


def track_name(track: Track) -> str:
    """Return a name for the files of a track: the series, and what is counted where that is not its own."""
    own = track.item.series.quantity == track.quantity
    return track.item.id + ("" if own else f"_{track.quantity}") + ("_effect" if track.effect else "")


def figure_makers(found: Validation) -> dict[str, Callable[[], Figure]]:
    """Return name -> function that makes the figure: every track, series in the order of the page, then effects."""
    place = {item.id: n for n, item in enumerate(found.evidence)}
    tracks = sorted(zip(found.curves.tracks, found.curves.values), key=lambda pair: place[pair[0].item.id])
    makers: dict[str, Callable[[], Figure]] = {
        track_name(track): partial(track_figure, track, values) for track, values in tracks
    }
    if found.effects:
        makers["effects"] = partial(effects_figure, found.effects)
    return makers
