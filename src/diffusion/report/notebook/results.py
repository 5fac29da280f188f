"""Results in a notebook: what the command line says of them, no surer, with the main outcomes in a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from diffusion.analysis.results.compare import Comparison
from diffusion.experiments.running.compared import Compared
from diffusion.experiments.running.results import Results
from diffusion.report.notebook.block import Block, BlockCell, BlockGroup, BlockRow, BlockTable, group_of, heads_of
from diffusion.report.page.cells import Cell, change_cell, level_cell
from diffusion.report.terminal.ablation_table import attribution_table, heading
from diffusion.report.terminal.ablation_table import notes as attribution_notes
from diffusion.report.terminal.comparison_table import comparison_tables, levels_table, notes, printed_outcomes
from diffusion.report.words.answer import answer_sentences
from diffusion.report.words.doubt_words import chance_lines, change_note, holds, runs_word, too_few
from diffusion.report.words.labels import end_of, month_name, outcome_label, scenario_labels, shortened
from diffusion.report.words.limits import cautions, unlike_in_worlds

if TYPE_CHECKING:
    from diffusion.analysis.results.tables import ResultTables
    from diffusion.experiments.searches.ablation import Ablation

#: scenarios in a table; of more the others are counted
MOST_SCENARIOS = 8
_LONGEST_LABEL = 60


def results_block(given: Results | Compared) -> Block:
    """Return what is said of the results of one scenario or of several."""
    compared = Compared([given]) if isinstance(given, Results) else given
    if not compared:
        return Block("No results")
    comparison = compared.outcomes()
    return _levels(compared, comparison) if len(compared) == 1 else _differences(compared, comparison)


def _levels(tables: Sequence[ResultTables], comparison: Comparison) -> Block:
    labels = scenario_labels(tables)
    headline, *lines = answer_sentences(tables, comparison)
    shown = replace(comparison, outcomes=tuple(printed_outcomes(comparison)))
    table = levels_table(shown)
    caption = f"{labels[0]}, {comparison.replicates:,} {_runs(comparison)}, end of {month_name(end_of(tables[0]))}"
    groups = [group_of("", table)]
    told = [*cautions(tables), holds(tables), *_chance(comparison, labels)]
    return Block(headline, lines, [BlockTable(caption, ["Outcome", *heads_of(table)[1:]], groups, True)], told)


def _runs(comparison: Comparison) -> str:
    runs = runs_word(comparison.over_draws)
    return runs if comparison.replicates != 1 else runs[:-1]


def _chance(comparison: Comparison, labels: Sequence[str]) -> list[str]:
    """Say how much is chance only where runs were made to tell: those of a notebook have none."""
    return chance_lines(comparison, labels) if comparison.twins else []


def _differences(tables: Sequence[ResultTables], comparison: Comparison) -> Block:
    labels = scenario_labels(tables)
    unlike, (headline, *lines) = unlike_in_worlds(tables), answer_sentences(tables, comparison)
    made = comparison_tables(tables, comparison)
    full = shortened(labels, _LONGEST_LABEL)
    groups = [_first(group_of(name, table, full)) for name, table in made]
    caption = f"{comparison.replicates:,} {_runs(comparison)} of each scenario on common draws"
    heads = ["Outcome and scenario", *heads_of(made[0][1])[1:]]
    said = {headline, *lines, *unlike, *(() if comparison.twins else chance_lines(comparison, labels))}
    rest = [line for line in notes(tables, comparison) if line not in said]
    if len(tables) > MOST_SCENARIOS:
        rest.append(f"{len(tables) - MOST_SCENARIOS} more scenarios are in frame().")
    return Block(headline, [*lines, *unlike], [BlockTable(caption, heads, groups, True)], rest)


def _first(group: BlockGroup) -> BlockGroup:
    return BlockGroup(group.heading, group.rows[:MOST_SCENARIOS])


def comparison_block(comparison: Comparison) -> Block:
    """Return what is said of outcomes that were compared; scenarios have their numbers, names stand in the results."""
    numbers = range(min(comparison.n_scenarios, MOST_SCENARIOS))
    rows = []
    for outcome in printed_outcomes(comparison) if comparison.n_scenarios > 1 else comparison.outcomes[:12]:
        cells = [_text(level_cell(comparison, outcome, 0))]
        cells += [_text(change_cell(comparison.difference(outcome.name, i))) for i in numbers[1:]]
        rows.append(BlockRow(outcome_label(outcome), cells))
    heads = ["Outcome", "Scenario 0", *(f"Scenario {i}: change" for i in numbers[1:])]
    runs = runs_word(comparison.over_draws)
    told = [f"In brackets: middle 80 % of {runs} under scenario 0, {change_note(comparison.over_draws)} under changes."]
    if not comparison.enough:
        few = too_few(comparison.replicates, comparison.least_runs, comparison.over_draws)
        told.append(f"{few[:1].upper()}{few[1:]}: no difference is claimed.")
    if not comparison.over_draws:
        told.append("The intervals hold the chance of the simulation only, at one set of parameters.")
    headline = (
        f"{len(comparison.outcomes)} outcomes of {comparison.n_scenarios} scenarios, {comparison.replicates:,} "
        f"{_runs(comparison)} of each"
    )
    return Block(headline, (), [BlockTable("Main outcomes", heads, [BlockGroup("", rows)], True)], told)


def _text(cell: Cell) -> BlockCell:
    return BlockCell(cell.text + (f" ({cell.small})" if cell.small else ""), "" if cell.clear else "pale")


def ablation_block(found: Ablation) -> Block:
    """Return what the terminal says of an ablation."""
    table = attribution_table(found)
    unit = found.outcome.difference_unit
    caption = "Effects" + ("" if unit == "1" else f", {unit}")
    heads = ["Lever", *heads_of(table)[1:]]
    return Block(
        heading(found), (), [BlockTable(caption, heads, [group_of("", table)], True)], attribution_notes(found)
    )
