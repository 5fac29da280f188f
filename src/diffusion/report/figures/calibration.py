"""Figures of a calibration: priors and posteriors, families left out, ranks of known parameters, policies."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from diffusion.report.figures.style import FAINT, GRID, INK, PANEL_INCHES, UNCLEAR, figure_style, new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from diffusion.arrays import Floats
    from diffusion.calibration.fit.checks import Predicted
    from diffusion.calibration.fit.policies import Effect

POSTERIOR = "#0072B2"
#: bins of the ranks, and panels beside each other
_BINS, _ACROSS = 5, 5


def learnt_figure(names: Sequence[str], z: Floats) -> Figure:
    """Draw where posteriors lie in their priors.

    Parameters
    ----------
    names: of the parameters
    z: float64[draws, parameters], draws of the standard normal behind each prior
    """
    from scipy.special import ndtr

    rows = np.arange(len(names))
    low95, low80, middle, high80, high95 = 100 * ndtr(np.quantile(z, (0.025, 0.1, 0.5, 0.9, 0.975), axis=0))
    with figure_style():
        figure = new_figure(2 * PANEL_INCHES, 1.2 + 0.24 * len(names))
        axes = figure.add_subplot()
        axes.axvspan(10, 90, color="#efefef", linewidth=0, label="prior, middle 80 %")
        axes.axvline(50, color=FAINT, linewidth=0.8)
        axes.hlines(rows, low95, high95, color=POSTERIOR, linewidth=1.2, label="posterior, middle 95 %")
        axes.hlines(rows, low80, high80, color=POSTERIOR, linewidth=4.0, label="posterior, middle 80 %")
        axes.plot(middle, rows, "o", color="white", mec=POSTERIOR, markersize=5, label="posterior, median")
        axes.set_yticks(rows, names)
        axes.set_ylim(len(names) - 0.4, -0.6)
        axes.set_xlim(0, 100)
        axes.tick_params(axis="y", length=0)
        axes.set_xlabel("where it lies in its prior (percentile)")
        figure.legend(loc="outside lower center", ncols=4, fontsize=7.5, frameon=False)
    return figure


def predicted_figure(found: Sequence[Predicted]) -> Figure:
    """Draw observed points over their intervals, in the order given."""
    rows = np.arange(len(found))
    bounds = 100 * np.array([(p.low95, p.low80, p.median, p.high80, p.high95) for p in found])
    observed = np.array([100 * p.observed for p in found])
    with figure_style():
        figure = new_figure(2 * PANEL_INCHES, 1.2 + 0.24 * len(found))
        axes = figure.add_subplot()
        axes.hlines(rows, bounds[:, 0], bounds[:, 4], color=POSTERIOR, linewidth=1.2, label="middle 95 %")
        axes.hlines(rows, bounds[:, 1], bounds[:, 3], color=POSTERIOR, linewidth=4.0, label="middle 80 %")
        axes.plot(bounds[:, 2], rows, "|", color="white", markersize=7, mew=1.6)
        axes.plot(observed, rows, "o", color=INK, markersize=5, label="observed")
        axes.axvline(0, color=FAINT, linewidth=0.8)
        axes.set_yticks(rows, [p.target.label for p in found])
        axes.set_ylim(len(found) - 0.4, -0.6)
        axes.tick_params(axis="y", length=0)
        axes.grid(axis="x")
        axes.set_xlabel("share of those at risk (%); effects and gaps: percentage points")
        figure.legend(loc="outside lower center", ncols=3, fontsize=7.5, frameon=False)
    return figure


def ranks_figure(names: Sequence[str], ranks: Floats) -> Figure:
    """Draw histograms of the ranks of known parameters among the draws of fits to made-up data.

    Parameters
    ----------
    ranks: float64[data sets, parameters], share of draws below the truth
    """
    from scipy.stats import binom

    number = len(ranks)
    low, high = binom.ppf((0.025, 0.975), number, 1.0 / _BINS)
    down = math.ceil(len(names) / _ACROSS)
    edges = np.linspace(0.0, 1.0, _BINS + 1)
    with figure_style():
        figure = new_figure(2 * PANEL_INCHES, 0.7 + 1.45 * down)
        grid = figure.subplots(down, min(_ACROSS, len(names)), squeeze=False, sharex=True, sharey=True)
        for axes in grid.flat[len(names) :]:
            axes.set_visible(False)
        for axes, name, column in zip(grid.flat, names, ranks.T):
            axes.axhspan(low, high, color="#e3e3e3", linewidth=0)
            axes.axhline(number / _BINS, color=FAINT, linewidth=0.8)
            counts, _ = np.histogram(column, edges)
            axes.bar(edges[:-1], counts, width=1.0 / _BINS, align="edge", color=POSTERIOR, edgecolor="white", alpha=0.8)
            section, _, what = name.partition(".")
            axes.set_title(f"{section}\n{what}", fontsize=7.0, fontweight="normal", pad=3)
            axes.set_xlim(0, 1)
            axes.set_xticks((0, 0.5, 1))
            axes.set_ylim(0, max(2.0 * number / _BINS, float(high) + 2))
        figure.supxlabel("rank of the truth among the draws (0: below all)", fontsize=9)
        figure.supylabel("data sets", fontsize=9)
    return figure


def policies_figure(found: Mapping[str, Sequence[Effect]], year: int) -> Figure:
    """Draw what levers do after some years: prior and posterior, each one future's middle 80 and 95 %."""
    drawn = {name: [effect for effect in rows if effect.year == year] for name, rows in found.items()}
    names = [effect.policy for effect in drawn["posterior"]]
    rows = np.arange(len(names))
    with figure_style():
        figure = new_figure(PANEL_INCHES, 1.4 + 0.5 * len(names))
        axes = figure.add_subplot()
        axes.axvline(0, color=FAINT, linewidth=1.0)
        for name, colour, shift in (("prior", UNCLEAR, -0.16), ("posterior", POSTERIOR, 0.16)):
            bounds = np.array([(e.low95, e.low80, e.mean, e.high80, e.high95) for e in drawn[name]])
            axes.hlines(rows + shift, bounds[:, 0], bounds[:, 4], color=colour, linewidth=1.2)
            axes.hlines(rows + shift, bounds[:, 1], bounds[:, 3], color=colour, linewidth=4.0, label=name)
            axes.plot(bounds[:, 2], rows + shift, "o", color="white", mec=colour, markersize=5)
        axes.set_yticks(rows, [textwrap.fill(name, 14) for name in names])
        axes.set_ylim(len(names) - 0.4, -0.6)
        axes.tick_params(axis="y", length=0)
        axes.grid(axis="x", color=GRID)
        axes.set_title(f"{year} years after they begin")
        axes.set_xlabel("change of adopter share (percentage points)")
        figure.legend(loc="outside lower center", ncols=2, fontsize=7.5, frameon=False)
    return figure
