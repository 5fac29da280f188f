"""What a budget bought, on the page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from diffusion.analysis.results.compare import Comparison
from diffusion.analysis.results.outcomes import MAIN_OUTCOME
from diffusion.report.page.cells import Cell, PageTable, change_cell
from diffusion.report.words.spending_words import (
    DEFINITION,
    cost_texts,
    heading,
    millions,
    period_text,
    purpose_words,
    strengths_text,
)

if TYPE_CHECKING:
    from diffusion.experiments.searches.spending import Spending


def spending_page_table(comparison: Comparison, rows: Sequence[Spending], labels: Sequence[str]) -> PageTable:
    """Return strength, cost and change by option; ``labels`` are those of all scenarios."""
    lines: list[tuple[str, list[Cell]]] = []
    for row in rows:
        purposes = ", ".join(f"{purpose_words(name)} {cost_texts(e)[0]}" for name, e in row.by_purpose.items())
        cells = [Cell(strengths_text(row.fit), period_text(row.fit)), Cell(*cost_texts(row.total)), Cell(purposes)]
        cells += [Cell(millions(row.unspent)), change_cell(comparison.difference(MAIN_OUTCOME, row.scenario))]
        lines.append((labels[row.scenario], cells))
    heads = (
        "Option",
        "Strength reached",
        "Cost, £ million a year",
        "By purpose",
        "Unspent",
        "Adopter share, change in percentage points",
    )
    note = f"{DEFINITION} Mean a year over the months under each strength. Small print: 95 % interval of the mean."
    return PageTable(heading(rows), heads, lines, note)
