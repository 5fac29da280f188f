"""The table of reported and modelled: one row per scenario and figure that its levers are about."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from diffusion.analysis.reported.comparison import ReportedRow, reported_rows
from diffusion.analysis.results.tables import ResultTables
from diffusion.storage.columns import scenario_names
from diffusion.storage.table_files import Columns

#: name of the table
REPORTED_TABLE = "reported"
_TEXTS = ("quantity", "unit", "date", "bound", "basis", "not_modelled", "note", "source")
_NUMBERS = ("mean", "low80", "high80", "low95", "high95")


def reported_makers(tables: Sequence[ResultTables]) -> dict[str, Callable[[], Columns]]:
    """Return table name -> function that computes its columns; empty where no programme reported anything."""
    rows = [(name, row) for name, table in zip(scenario_names(tables), tables) for row in reported_rows(table)]
    return {REPORTED_TABLE: lambda: _columns(rows)} if rows else {}


def _columns(rows: Sequence[tuple[str, ReportedRow]]) -> Columns:
    columns: Columns = {"scenario": [name for name, _ in rows]}
    figures = [row.figure for _, row in rows]
    columns["figure"] = [figure.id for figure in figures]
    columns["lever"] = [figure.lever for figure in figures]
    columns |= {name: [str(getattr(figure, name)) for figure in figures] for name in _TEXTS[:3]}
    columns["months_after_start"] = np.array([figure.months_after_start for figure in figures], dtype=np.int32)
    columns["reported"] = np.array([figure.value for figure in figures])
    columns[_TEXTS[3]] = [figure.bound for figure in figures]
    for number in _NUMBERS:
        values = [np.nan if row.runs is None else float(getattr(row.runs, number)) for _, row in rows]
        columns[f"modelled_{number}"] = np.array(values)
    columns["verdict"] = [row.verdict for _, row in rows]
    return columns | {name: [str(getattr(figure, name)) for figure in figures] for name in _TEXTS[4:]}
