"""The difference between an option and the first scenario as a waterfall: level, parts with intervals, level."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from diffusion.experiments.searches.why import Why
from diffusion.report.figures.style import (
    FAINT,
    GAIN,
    INK,
    LOSS,
    PANEL_INCHES,
    REFERENCE_COLOUR,
    UNCLEAR,
    beside_axes,
    figure_style,
    new_figure,
)
from diffusion.report.reasons.why_words import part_words, places_of
from diffusion.report.words.labels import wrap
from diffusion.report.words.numbers import plain, signed

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_ROW_INCHES = 0.42
#: Bars are pale, so that the intervals stand out.
_PALE = {GAIN: "#99c7e0", LOSS: "#eebf99", UNCLEAR: "#d0d0d0"}


def waterfall(why: Why, level: float, label: str, reference: str) -> Figure:
    """Return the figure; ``level`` is the mean of the first scenario, in per cent.

    Bars begin where the one above ends. Blue: gives, orange: takes away, grey: the 95 % interval includes 0. The axis
    does not begin at 0, so levels are points and not bars.
    """
    leaves, places = why.leaves, places_of(why)
    part = why.estimate(np.stack([leaf.values for leaf in leaves], axis=1))
    begin = level + np.concatenate([[0.0], np.cumsum(part.mean)[:-1]])
    end = begin + part.mean
    after = level + float(why.whole.mean())
    rows = np.arange(1, len(leaves) + 1)
    colours = np.where(part.direction > 0, GAIN, np.where(part.direction < 0, LOSS, UNCLEAR))
    ends = [level, after, *begin, *end]
    with figure_style():
        figure = new_figure(PANEL_INCHES, 1.25 + _ROW_INCHES * (len(leaves) + 2))
        axes = figure.add_subplot()
        axes.barh(rows, part.mean, left=begin, height=0.6, color=[_PALE[str(c)] for c in colours], zorder=2)
        if np.isfinite(part.low95).all():
            axes.hlines(rows, begin + part.low95, begin + part.high95, color=colours, linewidth=1.1, zorder=3)
            axes.hlines(rows, begin + part.low80, begin + part.high80, color=colours, linewidth=3.0, zorder=3)
            ends += [*(begin + part.low95), *(begin + part.high95)]
        for row, x in zip(range(len(leaves) + 1), [level, *end]):
            axes.vlines(x, row, row + 1, color=FAINT, linewidth=0.8, linestyle=":", zorder=1)
        axes.scatter([level, after], [0, len(leaves) + 1], s=42, color=[REFERENCE_COLOUR, INK], marker="D", zorder=4)
        names = [reference, *(part_words(leaf, why, short=True) for leaf in leaves), label]
        texts = [plain(level, places), *(signed(float(x), places) for x in part.mean), plain(after, places)]
        axes.set_yticks(range(len(names)), [wrap(name, 24) for name in names])
        for row, text in enumerate(texts):
            axes.annotate(
                text,
                (1.0, row),
                xycoords=("axes fraction", "data"),
                xytext=(1.0, row),
                textcoords=(beside_axes(axes, 6), axes.transData),
                va="center",
                ha="left",
                fontsize=8.5,
                annotation_clip=False,
            )
        low, high = min(ends), max(ends)
        pad = max(0.06 * (high - low), 0.02)
        axes.set_xlim(low - pad, high + pad)
        axes.set_ylim(len(names) - 0.4, -0.6)
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
        axes.grid(axis="x")
        axes.set_xlabel("adopter share of eligible pairs (%)")
        axes.set_title(wrap(f"From {reference} to {label}", 30))
    return figure
