"""Two finished results held against each other: read from their folders, printed, and as a table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from diffusion.analysis.differences.difference import Difference, Told, difference_of
from diffusion.analysis.differences.held import Side
from diffusion.analysis.results.compare import Comparison
from diffusion.analysis.results.tables import ResultTables
from diffusion.deliver.outbox import Manifest
from diffusion.deliver.rebuild import read_result
from diffusion.errors import InputError
from diffusion.reading.as_written import as_written
from diffusion.report.words.doubt_words import source_of
from diffusion.report.words.labels import scenario_labels
from diffusion.storage.columns import scenario_names

if TYPE_CHECKING:
    from rich.console import Console


def told_of_result(title: str, manifest: Manifest, tables: Sequence[ResultTables], comparison: Comparison) -> Told:
    """Return finished results as a side of a difference."""
    side = Side(
        scenario_names(tables),
        [table.scenario.content_hash for table in tables],
        comparison,
        int(tables[0].seed),
        np.asarray(tables[0].replicates, dtype=np.int64),
        source_of(tables) if comparison.over_draws else "",
    )
    return Told(title, manifest, side, scenario_labels(tables))


def read_side(folder: Path, accept_altered: bool, tell: Callable[[str], None]) -> Told:
    """Return a finished folder as a side of a difference; raises InputError as :func:`read_result`."""
    result = read_result(folder, accept_altered)
    for text in result.finished.altered:
        tell(f"{folder}: accepted although it is not as it was written: {text}")
    return told_of_result(str(folder), result.manifest, result.tables, result.comparison)


def difference_of_folders(
    one: Path, other: Path, *, accept_altered: bool = False, tell: Callable[[str], None] = lambda text: None
) -> Difference:
    """Return in what two finished results differ.

    Raises
    ------
    InputError
        One is no finished result, or they have no option in common.
    """
    sides = [read_side(folder, accept_altered, tell) for folder in (one, other)]
    with as_written(other, "run its command again, into another folder"):
        found = difference_of(*sides)
    if found is None:
        mine, theirs = (", ".join(side.side.names) for side in sides)
        raise InputError(
            f"the two results have nothing in common: A has {mine}, B has {theirs}",
            file=other,
            key="B",
            expected="two results with an option of the same name or the same settings",
            suggestion=f"for example {one} and what 'diffusion rerun {one}' writes",
        )
    return found


def show_difference(found: Difference, console: Console) -> None:
    """Print in what two results differ."""
    from diffusion.report.terminal.difference_table import print_difference

    print_difference(console, found)
