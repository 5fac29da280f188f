"""People by profession: a point and the middle 80 % of runs for each option, as a share of those followed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from diffusion.analysis.followed.people import COUNTED, PeopleCounts
from diffusion.analysis.outcomes.counted import PROFESSIONS
from diffusion.report.figures.style import PANEL_INCHES, colour_of, figure_style, legend_label, new_figure
from diffusion.report.words.labels import shorten, wrap

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: markers tell options apart where colours do not
MARKERS: tuple[str, ...] = ("o", "s", "^", "D", "v", "P", "X")
_ROW_INCHES = 0.2


def people_panel(people: Sequence[PeopleCounts], labels: Sequence[str], counted: str, names: Sequence[str]) -> Figure:
    """One panel: the share of those followed, by profession (``names``) and option; 80 % of runs as a line."""
    options = len(people)
    with figure_style():
        figure = new_figure(PANEL_INCHES, 1.3 + len(PROFESSIONS) * (0.16 + _ROW_INCHES * options) + 0.2 * options)
        axes = figure.add_subplot()
        step = 0.7 / max(options, 2)
        for i, (each, label) in enumerate(zip(people, labels)):
            values = [each.share_pct(counted, profession) for profession in PROFESSIONS]
            known = [part[np.isfinite(part)] for part in values]
            rows = np.arange(len(PROFESSIONS)) + (i - (options - 1) / 2) * step
            ends = np.array([np.quantile(part, (0.1, 0.9)) if len(part) else (np.nan, np.nan) for part in known])
            means = [part.mean() if len(part) else np.nan for part in known]
            axes.hlines(rows, ends[:, 0], ends[:, 1], color=colour_of(i), linewidth=2.0, zorder=2)
            axes.scatter(
                means,
                rows,
                s=26,
                marker=MARKERS[i % len(MARKERS)],
                facecolors=colour_of(i),
                edgecolors="white",
                linewidths=0.6,
                zorder=3,
                label=legend_label(shorten(label, 34)),
            )
        axes.set_ylim(len(PROFESSIONS) - 0.45, -0.55)
        axes.set_yticks(np.arange(len(PROFESSIONS)), [wrap(name, 16) for name in names])
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
        axes.grid(axis="x")
        axes.set_xlim(left=0)
        axes.set_xlabel("% of those followed (line: middle 80 % of runs)")
        axes.set_title(COUNTED[counted])
        if options > 1:
            figure.legend(loc="outside lower left", frameon=False, fontsize=8.5)
    return figure
