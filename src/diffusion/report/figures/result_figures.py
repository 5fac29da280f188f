"""All figures of a result folder, as SVG and PNG."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from diffusion.analysis.results.joining import joined
from diffusion.analysis.results.tables import ResultTables
from diffusion.report.figures.curves import adoption_figure
from diffusion.report.figures.gains import gains_figure, levels_by_group_panel
from diffusion.report.figures.maps import can_map, map_figure
from diffusion.report.figures.stages import stages_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def figure_makers(tables: Sequence[ResultTables]) -> dict[str, Callable[[], Figure]]:
    """Return file name -> function that makes the figure, for the figures these results allow."""
    tables = joined(tables)
    makers: dict[str, Callable[[], Figure]] = {
        "adoption": lambda: adoption_figure(tables),
        "stages": lambda: stages_figure(tables),
    }
    if can_map(tables[0]):
        makers["map"] = lambda: map_figure(tables)
    for grouping in ("ahsn", "innovation", "sector"):
        if len(tables) > 1:
            makers[f"gains_by_{grouping}"] = partial(gains_figure, tables, grouping)
        else:
            makers[f"by_{grouping}"] = partial(levels_by_group_panel, tables[0], grouping)
    return makers
