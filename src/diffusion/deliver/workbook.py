"""The workbook of a folder: its tables as stored, and what they are."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from diffusion.analysis.results.compare import Comparison
from diffusion.analysis.results.tables import ResultTables
from diffusion.report.files.workbook import SHEETS, about_lines, write_workbook
from diffusion.report.words.reproduction import Reproduction
from diffusion.storage.table_files import read_parquet


def workbook_of(
    folder: Path, reproduction: Reproduction, tables: Sequence[ResultTables], comparison: Comparison, path: Path
) -> None:
    """Write the workbook of the Parquet tables in ``folder``/tables to ``path``."""
    frames = {}
    for _, table, _ in SHEETS:
        stored = folder / "tables" / f"{table}.parquet"
        if stored.is_file():
            read = read_parquet(stored)
            frames[table] = {name: read.column(name).to_pylist() for name in read.column_names}
    write_workbook(frames, about_lines(reproduction, tables, comparison), path, comparison.words)
