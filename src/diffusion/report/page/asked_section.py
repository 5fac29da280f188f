"""What was asked, by date: the adopter share of the target in every option, with its change and doubt."""

from __future__ import annotations

from collections.abc import Sequence

from diffusion.analysis.results.compare import Comparison, asked_comparison
from diffusion.analysis.results.tables import ResultTables
from diffusion.report.page.cells import Cell, PageTable, change_cell, level_cell
from diffusion.report.words.answer import date_words
from diffusion.report.words.asked_words import target_words
from diffusion.report.words.doubt_words import change_note, runs_word
from diffusion.report.words.labels import scenario_labels, start_of
from diffusion.report.words.limits import mismatched


def asked_table(tables: Sequence[ResultTables], comparison: Comparison) -> PageTable | None:
    """Adopter share of what was asked about by date: the level in the first scenario, changes in the others."""
    asked = comparison.asked
    if asked is None:
        return None
    by_date, labels = asked_comparison(comparison), scenario_labels(tables)
    start, ranked = int(start_of(tables[0])), not mismatched(tables)
    rows: list[tuple[str, list[Cell]]] = []
    for date in asked.dates:
        outcome = asked.outcome(date)
        words = date_words(asked, date, start)
        cells = [level_cell(by_date, outcome, 0)]
        for i in range(1, len(tables)):
            cells += [
                change_cell(by_date.difference(outcome.name, i)),
                Cell(f"{100 * float(by_date.best[outcome.name][i]):.0f} %") if ranked else Cell("–", "", False),
            ]
        rows.append((f"{words[:1].upper()}{words[1:]}", cells))
    heads = [f"{labels[0]}, %"]
    for label in labels[1:]:
        heads += [f"{label}: change, pp", f"{label}: best"]
    what = target_words(comparison) if asked.target.grouping else "of all eligible pairs"
    runs = runs_word(comparison.over_draws)
    note = f"Small print: middle 80 % of {runs} under {labels[0]}"
    if len(tables) > 1:
        note += (
            f", {change_note(comparison.over_draws)} under each change. pp: percentage points. Best: share of {runs} "
            "in which the option is best of all on that date"
        )
    return PageTable(f"Adopter share {what}, by date", ("Date", *heads), rows, f"{note}.")
