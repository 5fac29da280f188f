"""Sensitivity analyses as files: the table of indices, and figures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from diffusion.deliver.outbox import Manifest, Outbox, write_figures
from diffusion.experiments.searches.sensitivity import Sensitivity
from diffusion.report.figures.grid import grid_figures
from diffusion.report.figures.sensitivity import sensitivity_figure
from diffusion.report.files.sensitivity_tables import index_columns
from diffusion.storage.folder import DISTRIBUTION
from diffusion.storage.manifest import FORMAT, dependency_versions, machine, package_version
from diffusion.storage.table_files import as_arrow, write_csv

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def write_sensitivity(found: Sequence[Sensitivity], box: Outbox) -> list[Path]:
    """Write ``sensitivity.csv`` and figures (SVG and PNG): indices by subject and outcome, effects over a full grid.

    All or nothing, with a manifest. Returns what was written.
    """
    with box.draft(_manifest) as draft:
        table = draft.folder / "sensitivity.csv"
        write_csv(as_arrow(index_columns(found)), table)
        written = [table, *write_figures(_figure_makers(found), draft.folder)]
        names = [path.relative_to(draft.folder) for path in written]
    assert box.out is not None
    return [box.out / name for name in names]


def _manifest(
    *,
    command: Sequence[str],
    duration_seconds: float,
    finished: str,
    files: dict[str, str],
    source: Manifest | None,
) -> Manifest:
    return {
        "format": FORMAT,
        "package": {"name": DISTRIBUTION, "version": package_version(), "git": source},
        "command": list(command),
        "dependencies": dependency_versions(),
        "machine": machine(),
        "duration_seconds": round(duration_seconds, 2),
        "finished": finished,
        "files": files,
    }


def _figure_makers(found: Sequence[Sensitivity]) -> dict[str, Callable[[], Figure]]:
    makers: dict[str, Callable[[], Figure]] = {
        f"{item.outcome.name}-{item.subject.file_name}": partial(sensitivity_figure, item)
        for item in found
        if not item.problem and not (len(item.axes) == 1 and item.sobol is not None)  # one factor has all of it
    }
    for outcome in dict.fromkeys(item.outcome.name for item in found):
        whole = [item for item in found if item.outcome.name == outcome and not item.left_out]
        if whole and whole[0].method == "full grid":
            makers |= {name: partial(_drawn, figure) for name, figure in grid_figures(whole).items()}
    return makers


def _drawn(figure: Figure) -> Figure:
    return figure
