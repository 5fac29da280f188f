"""The chart of the short forms: what each option changes, at each date, with its intervals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from diffusion.analysis.results.compare import Comparison, asked_comparison
from diffusion.analysis.results.outcomes import MAIN_OUTCOME
from diffusion.analysis.results.tables import ResultTables
from diffusion.report.figures.by_date import draw_asked_levels
from diffusion.report.figures.curves import draw_level, highest_level
from diffusion.report.figures.style import INK, UNCLEAR, figure_style, new_figure
from diffusion.report.words.answer import date_words
from diffusion.report.words.asked_words import asked_of_part, target_words
from diffusion.report.words.doubt_words import runs_word
from diffusion.report.words.labels import (
    distinct,
    end_of,
    month_name,
    scenario_labels,
    shorten,
    start_of,
    wrap,
    wrapped,
)
from diffusion.report.words.limits import mismatched

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_MOST_DATES = 3
_LABEL_LETTERS = 24


def dated(tables: Sequence[ResultTables], comparison: Comparison) -> tuple[Comparison, list[tuple[str, str]]]:
    """Return a comparison of what was asked, and (outcome, words of its date): at most three dates, the last the end.

    Without dates it is the main outcome at the end.
    """
    asked = comparison.asked
    if asked is None:
        return comparison, [(MAIN_OUTCOME, f"at the end, in {month_name(end_of(tables[0]))}")]
    start = int(start_of(tables[0]))
    dates = [*asked.dates[:-1][: _MOST_DATES - 1], asked.dates[-1]]
    return asked_comparison(comparison), [(asked.outcome(date).name, date_words(asked, date, start)) for date in dates]


#: Letters of an option's name in the short forms.
NAME_LETTERS = 44


def short_labels(tables: Sequence[ResultTables]) -> list[str]:
    """Return a name for each option that is short enough for a table of one page; no two are the same."""
    return distinct([shorten(label, NAME_LETTERS) for label in scenario_labels(tables)])


def chart(tables: Sequence[ResultTables], comparison: Comparison, width: float, height: float) -> Figure:
    """Return the figure, ``width`` by ``height`` inches: changes by option, or one scenario over time."""
    with figure_style():
        figure = new_figure(width, height)
        if len(tables) == 1:
            axes = figure.add_subplot()
            if asked_of_part(comparison):
                draw_asked_levels(axes, tables, comparison)
            else:
                draw_level(axes, tables, 0, highest_level(tables))
            axes.set_title("")
            axes.set_ylabel("share adopted (%)")
            return figure
        by_date, dates = dated(tables, comparison)
        labels = short_labels(tables)
        panels = figure.subplots(1, len(dates), sharex=True, squeeze=False)[0]
        for number, (axes, (name, when)) in enumerate(zip(panels, dates)):
            _draw_changes(axes, by_date, name, [] if number else labels[1:], claims=not mismatched(tables))
            axes.set_title(wrap(f"{when[:1].upper()}{when[1:]}", 26 if len(dates) > 1 else 60), fontsize=8.5)
        panels[0].set_xlim(*_limits(by_date, [name for name, _ in dates]))
        part = f" {shorten(target_words(comparison), 50)}\n" if asked_of_part(comparison) else " "
        what = f"change from {shorten(labels[0], 40)} in the share adopted{part}(percentage points)"
        figure.supxlabel(what, fontsize=9)
    return figure


def chart_words(tables: Sequence[ResultTables], comparison: Comparison) -> str:
    """Return how the chart is read."""
    runs = runs_word(comparison.over_draws)
    if len(tables) == 1:
        if asked_of_part(comparison):
            return (
                f"Share adopted {target_words(comparison)}, by date. Point: mean; thick bar: middle 80 % of {runs}; "
                "thin: 95 %."
            )
        return f"Share of possible uses that are adopted. Line: mean; bands: middle 80 % and 95 % of {runs}."
    held = f"middle 80 % of {runs}" if comparison.over_draws else "80 % interval of the mean"
    part = f" {target_words(comparison)}" if asked_of_part(comparison) else ""
    bars = f"Point: mean change{part}; thick bar: {held}; thin: 95 %."
    if mismatched(tables):
        return f"{bars} Grey: options that do not match, of which nothing is claimed."
    if not comparison.enough:
        return f"{bars} Grey: too few {runs} to claim anything."
    return f"{bars} Dark: clear; grey and hollow: not clear, as the thin bar holds 0."


def _draw_changes(axes: Axes, comparison: Comparison, name: str, labels: Sequence[str], claims: bool) -> None:
    found = [comparison.difference(name, i) for i in range(1, comparison.n_scenarios)]
    rows = np.arange(len(found))
    sign = [int(each.estimate.direction) if claims and each.estimate.enough else 0 for each in found]
    # direction is told by the axis; the colours of options mean nothing here
    colours = [INK if way else UNCLEAR for way in sign]
    fills = [INK if way else "white" for way in sign]
    axes.axvline(0, color=INK, linewidth=1.0, zorder=1)
    for level, thickness in ((95, 1.3), (80, 4.0)):
        low, high = (
            np.array([float(getattr(each.estimate, f"{end}{level}")) for each in found]) for end in ("low", "high")
        )
        axes.hlines(rows, low, high, color=colours, linewidth=thickness, zorder=2)
    means = [float(each.estimate.mean) for each in found]
    axes.scatter(means, rows, s=34, facecolors=fills, edgecolors=colours, linewidths=1.3, zorder=4)
    axes.set_ylim(len(found) - 0.4, -0.6)
    axes.set_yticks(rows, wrapped(labels, _LABEL_LETTERS) if labels else [""] * len(found))
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x")


def _limits(comparison: Comparison, names: Sequence[str]) -> tuple[float, float]:
    estimates = [comparison.difference(name, i).estimate for name in names for i in range(1, comparison.n_scenarios)]
    ends = [float(end) for each in estimates for end in (each.low95, each.high95, each.mean) if np.isfinite(end)]
    low, high = min([0.0, *ends]), max([0.0, *ends])
    pad = max(0.05 * (high - low), 0.05)
    return low - pad, high + pad
