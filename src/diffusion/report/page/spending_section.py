"""What a budget bought, on the page: the table, the sentences above it, cost and effect at five budgets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from diffusion.analysis.results.compare import Comparison
from diffusion.analysis.results.outcomes import MAIN_OUTCOME
from diffusion.report.figures.costs import budget_panel
from diffusion.report.page.cells import Cell, PageTable, change_cell, estimate_cell
from diffusion.report.page.html import Picture, Pictures
from diffusion.report.words.doubt_words import interval_note
from diffusion.report.words.spending_words import (
    DEFINITION,
    cost_texts,
    for_all_sentence,
    heading,
    millions,
    months_text,
    payer_words,
    purpose_words,
    same_money_sentence,
    strengths_text,
)

if TYPE_CHECKING:
    from diffusion.experiments.searches.spending import Spending


class SpendingSection(NamedTuple):
    """Sentences, table and figure of what a budget bought."""

    sentences: list[str]
    table: PageTable
    curve: PageTable
    pictures: list[Picture]


def spending_section(comparison: Comparison, rows: Sequence[Spending], labels: Sequence[str]) -> SpendingSection:
    """Return what the page shows of a budget; ``labels`` are those of all scenarios."""
    sentences = [same_money_sentence(rows)]
    if (cannot := for_all_sentence(rows, labels)) is not None:
        sentences.append(cannot)
    picture = Pictures("budget")(
        budget_panel(rows, labels),
        "Change of adopter share by what is spent",
        "The numbers are in the table of cost and effect at five budgets.",
        f"Change of adopter share from {labels[0]} at five budgets; bars: 95 % interval. Dashed: the budget. "
        "Points that lie on each other: no more can be spent.",
    )
    return SpendingSection(
        sentences, spending_page_table(comparison, rows, labels), curve_page_table(rows, labels), [picture]
    )


def spending_page_table(comparison: Comparison, rows: Sequence[Spending], labels: Sequence[str]) -> PageTable:
    """Return strength, cost and change by option."""
    lines: list[tuple[str, list[Cell]]] = []
    words = comparison.words
    for row in rows:
        purposes = ", ".join(
            f"{purpose_words(name, words)} {cost_texts(e)[0]} ({payer_words(row.payers[name], words)})"
            for name, e in row.by_purpose.items()
        )
        cells = [
            change_cell(comparison.difference(MAIN_OUTCOME, row.scenario)),
            Cell(*cost_texts(row.total)),
            Cell(cost_texts(row.total, row.fit.period.discounted_years)[0]),
            Cell(millions(row.unspent)),
            Cell(strengths_text(row.fit.strengths), months_text(*row.fit.in_force)),
            Cell(purposes),
        ]
        lines.append((labels[row.scenario], cells))
    heads = (
        "Option",
        "Adopter share, change in points",
        "Cost, £ million a year",
        "Present value, £ million",
        "Unspent, £ million a year",
        "Strength reached",
        "Who pays for what, £ million a year",
    )
    note = (
        f"{words.say(DEFINITION)} Points: percentage points. Small print: {interval_note(comparison.over_draws)}; "
        "months in force."
    )
    return PageTable(heading(rows), heads, lines, note)


def curve_page_table(rows: Sequence[Spending], labels: Sequence[str]) -> PageTable:
    """Return what was spent and the change of the adopter share by option and budget."""
    lines = []
    for row in rows:
        for point in row.curve:
            unspent = {"met": "", "unspent": "all it can spend", "over": "more than the budget", "jump": "below a step"}
            cells = [
                Cell(millions(point.budget_gbp_per_year)),
                Cell(cost_texts(point.cost)[0], unspent[point.status]),
                Cell(cost_texts(point.cost, row.fit.period.discounted_years)[0]),
                Cell(strengths_text(point.strengths)),
                estimate_cell(point.change, 2),
            ]
            lines.append((labels[row.scenario], cells))
    heads = (
        "Option",
        "Budget, £ million a year",
        "Cost, £ million a year",
        "Present value, £ million",
        "Strength",
        "Adopter share, change in points",
    )
    fit, final = rows[0].fit, max(point.change.replicates for point in rows[0].curve)
    note = (
        f"The budget itself: {final} runs; the others, found with the runs of the search: {fit.replicates}. Small "
        f"print: {interval_note(rows[0].total.over_draws)}. Points: percentage points. Pale: the interval includes 0."
    )
    return PageTable("Cost and effect at five budgets", heads, lines, note)
