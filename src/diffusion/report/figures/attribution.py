"""The attribution as a picture: a bar per lever with its intervals, and its effects alone and last beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from diffusion.analysis.results.intervals import estimate_mean
from diffusion.report.figures.style import FAINT, GAIN, INK, LOSS, UNCLEAR, figure_style, new_figure
from diffusion.report.words.attribution_words import decimals
from diffusion.report.words.labels import end_of, month_name, name_words, shorten
from diffusion.report.words.numbers import plain, signed

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from diffusion.experiments.searches.ablation import Ablation

_ROW_INCHES = 0.36
#: Bars are pale, so that the intervals stand out; solid, so that the grid does not shine through.
_PALE = {GAIN: "#99c7e0", LOSS: "#eebf99", UNCLEAR: "#d0d0d0"}


def _unit(found: Ablation) -> str:
    unit = found.outcome.difference_unit
    return {"pp": "percentage points", "1": ""}.get(unit, unit)


def _amount(number: str, unit: str) -> str:
    """Return a printed number with its unit: ``14.9 %``, ``+2.3 percentage points``, ``−£12 million``."""
    if not unit.startswith("£"):
        return f"{number} {unit}".strip()
    sign = number[0] if number[:1] in ("+", "−") else ""
    return f"{sign}£{number.removeprefix(sign)}{unit[1:]}"


def _draw(axes: Axes, found: Ablation, order: np.ndarray) -> None:
    a = found.attribution
    rows, part = np.arange(len(order)), a.part[order]
    colours = np.where(part.direction > 0, GAIN, np.where(part.direction < 0, LOSS, UNCLEAR))
    axes.axvline(0, color=INK, linewidth=1.0, zorder=1)
    axes.barh(rows, part.mean, height=0.62, color=[_PALE[str(colour)] for colour in colours], linewidth=0, zorder=2)
    if np.isfinite(part.low95).all():
        axes.hlines(rows, part.low95, part.high95, color=colours, linewidth=1.1, zorder=3)
        axes.hlines(rows, part.low80, part.high80, color=colours, linewidth=3.0, zorder=3)
    alone, last = a.alone.mean(axis=1)[order], a.last.mean(axis=1)[order]
    for x, dy, marker, size, label in (
        (alone, -0.2, "o", 20, "alone, against none of them"),
        (last, 0.2, "D", 15, "last, against all the others"),
    ):
        axes.scatter(
            x,
            rows + dy,
            marker=marker,
            label=label,
            s=size,
            facecolors="white",
            edgecolors=INK,
            linewidths=0.9,
            zorder=4,
        )
    axes.set_ylim(len(order) - 0.4, -0.6)
    axes.set_yticks(rows, [shorten(name_words(a.players[i]), 30) for i in order])
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x")


def attribution_figure(found: Ablation) -> Figure:
    """Return the figure: Shapley parts, the largest on top; grey where the 95 % interval includes 0."""
    a, outcome = found.attribution, found.outcome
    order = np.argsort(-a.part.mean, kind="stable")
    places = decimals(found)
    whole, left_over = estimate_mean(a.whole, a.over_draws), float(a.left_over.mean())
    unit, level_unit = _unit(found), "" if outcome.unit == "1" else outcome.unit
    before, after = (_amount(plain(float(x.mean()), outcome.decimals), level_unit) for x in (a.none, a.every))
    with figure_style():
        figure = new_figure(7.6, 1.75 + _ROW_INCHES * len(order))
        axes = figure.add_subplot()
        _draw(axes, found, order)
        axes.set_xlabel(f"effect on {outcome.words.removeprefix('the ')}" + (f" ({unit})" if unit else ""))
        interval = (
            f" (95 % interval {signed(float(whole.low95), places)} to {signed(float(whole.high95), places)})"
            if np.isfinite(whole.low95)
            else ""
        )
        base = "without them" if found.always else "without any lever"
        figure.suptitle(
            f"{outcome.label}, end of {month_name(end_of(found))}: "
            f"{before} {base}, {after} with all"
            f"\nAll {len(a.players)} together: {_amount(signed(float(whole.mean), places), unit)}{interval}; "
            f"interaction left over: {signed(left_over, places)}",
            x=0.01,
            ha="left",
            fontsize=9.0,
        )
        axes.legend(
            loc="lower left",
            bbox_to_anchor=(0.0, 1.0),
            ncols=2,
            frameon=False,
            fontsize=8.5,
            borderaxespad=0.2,
            handletextpad=0.3,
            labelcolor=INK,
        )
        sampled = "" if a.orders is None else f"; orders sampled: {len(a.orders)}"
        figure.supxlabel(
            "Bar: the lever's part, its effect averaged over all orders of adding levers (Shapley); parts sum to the "
            "whole."
            f"\nThick line: 80 % interval, thin: 95 %; grey: the 95 % interval includes 0{sampled}.",
            x=0.01,
            ha="left",
            fontsize=8.0,
            color=FAINT,
        )
    return figure
