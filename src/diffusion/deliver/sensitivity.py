"""Sensitivity analyses as files: the table of indices, and figures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from diffusion.deliver.outbox import write_figures
from diffusion.experiments.searches.sensitivity import Sensitivity
from diffusion.report.figures.grid import grid_figures
from diffusion.report.figures.sensitivity import sensitivity_figure
from diffusion.report.files.sensitivity_tables import index_columns
from diffusion.storage.table_files import as_arrow, write_csv

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def write_sensitivity(found: Sequence[Sensitivity], folder: Path) -> list[Path]:
    """Write ``sensitivity.csv`` and figures (SVG and PNG): indices by subject and outcome, effects over a full grid.

    Returns what was written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    table = folder / "sensitivity.csv"
    write_csv(as_arrow(index_columns(found)), table)
    return [table, *write_figures(_figure_makers(found), folder)]


def _figure_makers(found: Sequence[Sensitivity]) -> dict[str, Callable[[], Figure]]:
    makers: dict[str, Callable[[], Figure]] = {
        f"{item.outcome.name}-{item.subject.file_name}": partial(sensitivity_figure, item)
        for item in found
        if not item.problem and not (len(item.axes) == 1 and item.sobol is not None)  # one factor has all of it
    }
    for outcome in dict.fromkeys(item.outcome.name for item in found):
        whole = [item for item in found if item.outcome.name == outcome and not item.missing]
        if whole and whole[0].method == "full grid":
            makers |= {name: partial(_drawn, figure) for name, figure in grid_figures(whole).items()}
    return makers


def _drawn(figure: Figure) -> Figure:
    return figure
