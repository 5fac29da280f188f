"""One line for the terminal on reported and modelled; the table is on the page."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from diffusion.analysis.reported.comparison import count_inside, reported_rows
from diffusion.analysis.results.tables import ResultTables
from diffusion.report.words.labels import scenario_labels


def print_reported(console: Console, tables: Sequence[ResultTables]) -> None:
    """Print, in one line, how many of the figures that programmes reported lie inside the runs; nothing without any."""
    parts = []
    for label, table in zip(scenario_labels(tables), tables):
        rows = reported_rows(table)
        if rows:
            inside, told = count_inside(rows)
            parts.append(f"{label} {inside} of {told}")
    if parts:
        text = "Figures that programmes reported, inside the middle 95 % of runs: "
        console.print(Text(f"{text}{', '.join(parts)} (table on the page, 'What programmes count')."))
