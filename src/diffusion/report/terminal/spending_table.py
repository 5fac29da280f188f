"""What a budget bought, as a table and sentences for the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from diffusion.analysis.results.compare import Comparison
from diffusion.analysis.results.outcomes import MAIN_OUTCOME
from diffusion.analysis.results.tables import ResultTables
from diffusion.report.words.labels import scenario_labels, shortened
from diffusion.report.words.numbers import signed
from diffusion.report.words.sentences import decimals_for
from diffusion.report.words.spending_words import (
    DEFINITION,
    cost_texts,
    for_all_sentence,
    heading,
    millions,
    payer_words,
    purpose_words,
    same_money_sentence,
    spending_sentence,
)

if TYPE_CHECKING:
    from diffusion.experiments.searches.spending import Spending


def print_spending(
    console: Console, tables: Sequence[ResultTables], comparison: Comparison, rows: Sequence[Spending]
) -> None:
    """Print the table of what the budget bought, and how to read it."""
    labels, words = scenario_labels(tables), comparison.words
    short = shortened(labels, 26)
    table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False)
    table.add_column("", overflow="fold")
    for head in ("cost", "95 % interval", "unspent", "adopter share, pp"):
        table.add_column(head, justify="right", no_wrap=True)
    for row in rows:
        difference = comparison.difference(MAIN_OUTCOME, row.scenario)
        change = signed(float(difference.estimate.mean), decimals_for(difference))
        label = Text(short[row.scenario], "bold")
        table.add_row(label, *cost_texts(row.total), millions(row.unspent), change)
        for purpose, estimate in row.by_purpose.items():
            what = f"  {purpose_words(purpose, words)} ({payer_words(row.payers[purpose], words)})"
            texts = (what, *cost_texts(estimate))
            table.add_row(*(Text(text, "dim") for text in texts))
    console.print()
    console.print(Text(f"{heading(rows)}: programme cost, £ million a year", "underline"))
    console.print(table)
    console.print()
    for row in rows:
        console.print(Text(spending_sentence(row, labels[row.scenario])))
    if (cannot := for_all_sentence(rows, labels)) is not None:
        console.print(Text(cannot))
    console.print(Text(same_money_sentence(rows)))
    console.print(Text(words.say(DEFINITION)))
    console.print()
    _print_curve(console, rows, labels)


def _print_curve(console: Console, rows: Sequence[Spending], labels: Sequence[str]) -> None:
    """Print the change of the adopter share by option at every budget."""
    table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False)
    table.add_column("budget a year, £ million", overflow="fold")
    short = shortened(labels, 20)
    for row in rows:
        table.add_column(short[row.scenario], justify="right", overflow="fold")
    for points in zip(*(row.curve for row in rows)):
        cells = []
        for point in points:
            text = signed(float(point.change.mean), 2)
            spent = f" ({millions(float(point.cost.mean))} spent)" if point.status != "met" else ""
            cells.append(f"{text}{spent}")
        table.add_row(millions(points[0].budget_gbp_per_year), *cells)
    console.print(Text("Change of adopter share at other budgets, pp", "underline"))
    console.print(table)
    fit = rows[0].fit
    console.print(Text(f"Searched for with runs of {fit.replicates} replicates; intervals: tables/budget_curve."))
