"""The differences of two results as a table to take away: a row by option, outcome, and level or change."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from diffusion.analysis.differences.difference import Difference
from diffusion.storage.table_files import Columns, as_arrow, write_csv


def difference_columns(found: Difference) -> Columns:
    """Return the columns, in the units of the tables of results; intervals hold all rows at once."""
    held, rows = found.held, found.held.quantities
    family = held.family
    beyond = np.zeros(len(rows), dtype=bool)
    beyond[held.beyond] = True
    return {
        "option": [found.labels[row.option] for row in rows],
        "outcome": [row.outcome.name for row in rows],
        "label": [row.outcome.label for row in rows],
        "quantity": ["change from the first" if row.change else "level" for row in rows],
        "mean_a": held.one,
        "mean_b": held.other,
        "difference": family.mean,
        "standard_error": family.error,
        "low95_all_at_once": family.low,
        "high95_all_at_once": family.high,
        "p_adjusted": family.p,
        "beyond_chance": ["yes" if each else "no" for each in beyond],
        "replicates_a": np.full(len(rows), held.replicates[0]),
        "replicates_b": np.full(len(rows), held.replicates[1]),
        "paired": ["yes" if held.paired else "no"] * len(rows),
    }


def write_difference(found: Difference, path: Path) -> None:
    """Write the table as CSV."""
    write_csv(as_arrow(difference_columns(found)), path)
