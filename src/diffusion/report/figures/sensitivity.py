"""Sensitivity as pictures: which factors move an outcome, by how much, how surely, and what is left to chance."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import numpy as np

from diffusion.analysis.uncertainty.indices import Index, Morris
from diffusion.report.figures.style import FAINT, GAIN, INK, LOSS, UNCLEAR, figure_style, new_figure
from diffusion.report.words.labels import wrap
from diffusion.report.words.sensitivity_words import split_text, title_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from diffusion.experiments.searches.sensitivity import Sensitivity

#: Factors shown; the others are in the table.
MOST = 20
_PALE = "#99c7e0"
_NAMED = 8
_LETTERS = 46


def sensitivity_figure(found: Sensitivity) -> Figure:
    """Return the figure for the method of a design; intervals are 95 %."""
    with figure_style():
        if found.morris is not None:
            return _morris_figure(found, found.morris)
        return _bar_figure(found)


def _names(found: Sensitivity, order: np.ndarray) -> list[str]:
    # values stay on one line
    spans = [found.axes[i].span.replace(" ", "\N{NO-BREAK SPACE}") for i in order]
    return [wrap(f"{found.axes[i].label} ({span})", _LETTERS) for i, span in zip(order, spans)]


def _heading(figure: Figure, found: Sensitivity, below: str) -> None:
    figure.suptitle(title_of(found), x=0.01, ha="left", fontsize=10.5, fontweight="bold")
    figure.supxlabel(f"{below}\n{split_text(found)}", x=0.01, ha="left", fontsize=8.0, color=FAINT)


def _rows(axes: Axes, names: list[str]) -> None:
    axes.set_yticks(np.arange(len(names)), names, fontsize=8)
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x")


def _error_bars(axes: Axes, index: Index, order: np.ndarray, rows: np.ndarray, colour: str) -> None:
    if np.isfinite(index.low[order]).all():
        axes.hlines(rows, index.low[order], index.high[order], color=colour, linewidth=1.1, zorder=4)


def _bar_figure(found: Sensitivity) -> Figure:
    order = found.order()[:MOST]
    rows = np.arange(len(order))
    figure = new_figure(8.2, 1.9 + 0.42 * len(order))
    axes = figure.add_subplot()
    axes.axvline(0, color=INK, linewidth=1.0, zorder=3)
    if found.sobol is not None:
        first, total = found.sobol.first, found.sobol.total
        axes.barh(rows - 0.19, first.value[order], height=0.34, color=GAIN, zorder=2, label="alone (first order)")
        axes.barh(
            rows + 0.19, total.value[order], height=0.34, color=_PALE, zorder=2, label="with all interactions (total)"
        )
        _error_bars(axes, first, order, rows - 0.19, INK)
        _error_bars(axes, total, order, rows + 0.19, INK)
        axes.set_xlabel("share of the variance of the expected outcome")
        lowest = np.nanmin([first.value[order], np.nan_to_num(first.low[order], nan=0.0)])
        highest = np.nanmax([total.value[order], np.nan_to_num(total.high[order], nan=0.0)])
        axes.set_xlim(float(np.clip(lowest, -0.5, 0)) - 0.02, float(np.clip(highest, 1, 1.5)) + 0.02)
        axes.legend(loc="lower right", frameon=False, fontsize=8.5)
        if found.method == "sobol":
            below = f"Sobol indices from {found.sobol.kept} base samples; lines: 95 % bootstrap intervals."
        else:
            below = "Shares of the variance over the points of the grid; lines: 95 % intervals over replicates."
    else:
        assert found.ranks is not None
        value = found.ranks.value[order]
        clear = (found.ranks.low[order] > 0) | (found.ranks.high[order] < 0)
        colours = np.where(clear, np.where(value > 0, GAIN, LOSS), UNCLEAR)
        axes.barh(rows, value, height=0.6, color=list(colours), zorder=2)
        _error_bars(axes, found.ranks, order, rows, INK)
        axes.set_xlim(-1, 1)
        axes.set_xlabel("partial rank correlation with the outcome, other factors held fixed")
        below = "Blue raises, orange lowers the outcome; grey and lines: 95 % bootstrap interval includes 0."
    _rows(axes, _names(found, order))
    _heading(figure, found, below)
    return figure


def _morris_figure(found: Sensitivity, m: Morris) -> Figure:
    order = found.order()[:MOST]
    rows = np.arange(len(order))
    unit = f" ({found.effect_unit})" if found.effect_unit else ""
    figure = new_figure(10.6, max(3.6, 1.7 + 0.36 * len(order)))
    left, right = figure.subplots(1, 2, width_ratios=[1.25, 1.0])
    sign = np.where(np.abs(m.mu) < 0.5 * m.mu_star.value, 0, np.sign(m.mu))
    colours = np.where(sign > 0, GAIN, np.where(sign < 0, LOSS, UNCLEAR))
    left.barh(rows, m.mu_star.value[order], height=0.6, color=list(colours[order]), alpha=0.55, zorder=2)
    _error_bars(left, m.mu_star, order, rows, INK)
    left.set_xlabel(f"μ*, mean absolute effect over the whole range{unit}")
    left.set_xlim(left=0)
    _rows(left, _names(found, order))
    wide, tall = (1.08 * float(max(values.max(), 1e-12)) for values in (m.mu_star.value, m.sigma))
    top = min(wide, tall)
    right.plot([0, top], [0, top], color=FAINT, linewidth=1.0, linestyle=":", zorder=1)
    right.annotate("σ = μ*", (top, top), ha="right", va="bottom", fontsize=8, color=FAINT)
    right.scatter(m.mu_star.value, m.sigma, s=22, c=list(colours), zorder=3, linewidths=0)
    for rank, i in enumerate(found.order()[:_NAMED]):
        right.annotate(
            str(rank + 1), (m.mu_star.value[i], m.sigma[i]), xytext=(4, 3), textcoords="offset points", fontsize=8
        )
    right.set_xlim(0, wide)
    right.set_ylim(0, tall)
    right.set_xlabel(f"μ*{unit}")
    right.set_ylabel(f"σ, spread of the effect{unit}")
    right.set_title("Numbers: place in the list at the left", fontsize=8.5, fontweight="normal")
    right.grid()
    rest = len(found.axes) - len(order)
    more = f" {rest} more factors have smaller effects." if rest else ""
    below = (
        f"{m.kept} trajectories. Blue raises, orange lowers, grey does either; lines: 95 % bootstrap intervals. "
        f"Above the diagonal the effect depends on the other factors or is bent.{more}"
    )
    _heading(figure, found, textwrap.fill(below, 150))
    return figure
