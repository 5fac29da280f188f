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

#: options that stand beside each other in columns; of more, a page of 1280 pixels would show a part
MOST_BESIDE = 3


def asked_table(tables: Sequence[ResultTables], comparison: Comparison) -> PageTable | None:
    """Adopter share of what was asked about by date: the level in the first scenario, changes in the others."""
    asked = comparison.asked
    if asked is None:
        return None
    by_date, labels = asked_comparison(comparison), scenario_labels(tables)
    start, ranked = int(start_of(tables[0])), not mismatched(tables)
    if len(tables) > MOST_BESIDE:
        return _below_each_other(tables, comparison)
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
    return PageTable(_caption(comparison), ("Date", *heads), rows, _note(tables, comparison, f"under {labels[0]}"))


def _below_each_other(tables: Sequence[ResultTables], comparison: Comparison) -> PageTable:
    """The same with a row for each option at each date, so that the table is no wider with more options."""
    asked = comparison.asked
    assert asked is not None
    by_date, start, ranked = asked_comparison(comparison), int(start_of(tables[0])), not mismatched(tables)
    rows: list[tuple[str, list[Cell]]] = []
    for date in asked.dates:
        outcome = asked.outcome(date)
        words = date_words(asked, date, start)
        for i, label in enumerate(scenario_labels(tables)):
            best = Cell(f"{100 * float(by_date.best[outcome.name][i]):.0f} %") if ranked else Cell("–", "", False)
            change = change_cell(by_date.difference(outcome.name, i)) if i else Cell("reference", "", False)
            rows.append((f"{words[:1].upper()}{words[1:]}: {label}", [level_cell(by_date, outcome, i), change, best]))
    heads = ("Date and option", "Share adopted, %", "Change, pp", "Best")
    return PageTable(_caption(comparison), heads, rows, _note(tables, comparison, "under the share"))


def _caption(comparison: Comparison) -> str:
    assert comparison.asked is not None
    what = target_words(comparison) if comparison.asked.target.grouping else "of all eligible pairs"
    return f"Adopter share {what}, by date"


def _note(tables: Sequence[ResultTables], comparison: Comparison, where: str) -> str:
    runs = runs_word(comparison.over_draws)
    note = f"Small print: middle 80 % of {runs} {where}"
    if len(tables) > 1:
        note += (
            f", {change_note(comparison.over_draws)} under each change. pp: percentage points. Best: share of {runs} "
            "in which the option is best of all on that date"
        )
    return f"{note}."
