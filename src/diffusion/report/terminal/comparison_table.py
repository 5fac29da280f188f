"""The comparison as a table for the terminal, readable at 80 columns."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from rich.console import Console
from rich.table import Table
from rich.text import Text

from diffusion.analysis.outcomes.programmes import PROGRAMME_NAMES
from diffusion.analysis.results.compare import Comparison, PairedDifference, asked_comparison, unchanged
from diffusion.analysis.results.intervals import wilson
from diffusion.analysis.results.outcomes import MAIN_OUTCOME, OUTCOME_BY_NAME, Outcome
from diffusion.analysis.results.tables import ResultTables
from diffusion.report.words.answer import answer_sentences, date_words
from diffusion.report.words.doubt_words import chance_lines, holds, runs_word, too_few
from diffusion.report.words.labels import end_of, month_name, outcome_label, scenario_labels, shortened, start_of
from diffusion.report.words.limits import cautions, mismatched, unlike_in_worlds
from diffusion.report.words.numbers import plain, signed
from diffusion.report.words.sentences import (
    change_sentence,
    decimals_for,
    interval_text,
    speed_sentence,
    told_milestone,
)

#: letters of a label, at least, and at most where there is room beside the numbers
_LABEL_WIDTH, _LONGEST_LABEL = 18, 28
_COLUMNS = 80
#: Outcomes printed, in this order, beside the months to the highest milestone.
PRINTED: tuple[str, ...] = (
    MAIN_OUTCOME,
    "organisations_using",
    "patients_benefiting_total",
    "gap_centres_pp",
    "bad_adopter_pairs",
    "system_npv_gbp",
)


def printed_outcomes(comparison: Comparison) -> list[Outcome]:
    """Return the outcomes of the terminal table: those these results have, with one milestone, and own ones last."""
    by_name = {outcome.name: outcome for outcome in comparison.outcomes}
    level = told_milestone(comparison)
    own = [name for name in by_name if name not in OUTCOME_BY_NAME]
    names = [*PRINTED[:2], f"months_to_{level}_pct", *PRINTED[2:], *own]
    return [by_name[name] for name in names if name in by_name and _known(comparison, name)]


def _known(comparison: Comparison, name: str) -> bool:
    return all(np.isfinite(values).any() for values in comparison.values[name])


def _row(comparison: Comparison, outcome: Outcome, scenario: int, label: str) -> list[str | Text]:
    mean, _ = comparison.level(outcome.name, scenario)
    level = plain(float(mean.mean) * outcome.factor, outcome.decimals)
    if scenario == 0:
        best = comparison.best.get(outcome.name) if comparison.over_draws else None
        first = "" if best is None else f"{100 * float(best[0]):.0f} %"
        return [label, level, "", "", "", first if comparison.over_draws else str(mean.replicates), ""]
    difference = comparison.difference(outcome.name, scenario)
    estimate = difference.estimate
    change = signed(float(estimate.mean) * outcome.factor, decimals_for(difference))
    style = "bold" if bool(estimate.clear) else "dim"
    more = "" if difference.more_replicates is None else f"{difference.more_replicates:,}"
    last = [str(estimate.replicates), more]
    if comparison.over_draws:
        best = comparison.best.get(outcome.name)
        last = ["" if best is None else f"{100 * float(best[scenario]):.0f} %", _worse(difference)]
    return [
        label,
        level,
        Text(change, style),
        Text(interval_text(difference, 80), style),
        Text(interval_text(difference, 95), style),
        *last,
    ]


def _worse(difference: PairedDifference) -> str:
    return "" if np.isnan(difference.worse_share) else f"{100 * difference.worse_share:.0f} %"


def comparison_tables(tables: Sequence[ResultTables], comparison: Comparison) -> list[tuple[str, Table]]:
    """Return (heading, table) by outcome: level, paired difference from the first scenario, intervals, runs."""
    labels = scenario_labels(tables)
    outcomes = printed_outcomes(comparison)
    numbers = [[_row(comparison, outcome, i, "")[1:] for i in range(len(labels))] for outcome in outcomes]
    last = ("best", "worse") if comparison.over_draws else ("runs", "more")
    heads = ("", "mean", "change", "80 % interval", "95 % interval", *last)
    widths = [max(len(head), *(len(row[c]) for block in numbers for row in block)) for c, head in enumerate(heads[1:])]
    room = _COLUMNS - sum(widths) - len(heads) - len("  ")
    names = [f"  {label}" for label in shortened(labels, max(_LABEL_WIDTH, min(room, _LONGEST_LABEL)))]
    widths = [max(map(len, names)), *widths]
    blocks = [[[name, *row] for name, row in zip(names, block)] for block in numbers]
    rendered = []
    for number, (outcome, block) in enumerate(zip(outcomes, blocks)):
        table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False, show_header=number == 0)
        for head, width in zip(heads, widths):
            table.add_column(head, justify="right" if head else "left", width=width, overflow="fold")
        for row in block:
            table.add_row(*row)
        rendered.append((outcome_label(outcome), table))
    return rendered


def _says_nothing(comparison: Comparison, outcome: Outcome) -> bool:
    """Whether a level is reached in no run, or by all when they begin."""
    level = outcome.name.removeprefix("months_to_").removeprefix("reached_")
    if level == outcome.name:
        return False
    reached, months = (comparison.values[f"{what}_{level}"][0].max() for what in ("reached", "months_to"))
    return bool(reached == 0 or months == 0)


def levels_table(comparison: Comparison) -> Table:
    """Return the table of a single scenario: mean, its 95 % interval, and the middle 80 % of runs."""
    table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False)
    table.add_column("")
    last = ("95 % of futures", "80 % of futures") if comparison.over_draws else ("95 % of mean", "80 % of runs")
    for name in ("mean", *last):
        table.add_column(name, justify="right", no_wrap=True)
    for outcome in comparison.outcomes:
        if outcome.name in PROGRAMME_NAMES:  # those stand on the page
            continue
        if not _known(comparison, outcome.name) or _says_nothing(comparison, outcome):
            continue
        mean, spread = comparison.level(outcome.name, 0)
        if outcome.name.startswith("reached_"):  # yes or no in a run: quantiles of it tell nothing
            values = comparison.values[outcome.name][0]
            low, high = (100 * float(end) for end in wilson(values.sum(), len(values)))
            share = plain(float(mean.mean) * outcome.factor, outcome.decimals)
            table.add_row(outcome_label(outcome), share, f"{low:.0f} to {high:.0f} (share)", "–")
            continue
        numbers = [
            plain(float(value) * outcome.factor, outcome.decimals) if np.isfinite(value) else "–"
            for value in (mean.mean, mean.low95, mean.high95, spread.low80, spread.high80)
        ]
        label = outcome_label(outcome)
        table.add_row(label, numbers[0], f"{numbers[1]} to {numbers[2]}", f"{numbers[3]} to {numbers[4]}")
    return table


def notes(tables: Sequence[ResultTables], comparison: Comparison) -> list[str]:
    """Return the lines below the table: how to read it, and how much the common draws gain."""
    labels = scenario_labels(tables)
    main = [comparison.difference(MAIN_OUTCOME, i) for i in range(1, len(tables))]
    lines = [*answer_sentences(tables, comparison), *cautions(tables)]
    if not mismatched(tables):
        lines.append(speed_sentence(comparison, labels))
    lines += [
        change_sentence(label, labels[0], difference)
        for label, difference in zip(labels[1:], main)
        if unchanged(difference)
    ]
    lines.append(
        f"Change: from {labels[0]} in the same {runs_word(comparison.over_draws)}, at the end of "
        f"{month_name(end_of(tables[0]))}; "
        f"bold where the 95 % interval excludes 0. {holds(tables)}"
    )
    lines += chance_lines(comparison, labels)
    lines[:0] = unlike_in_worlds(tables)
    wanted = main[0].precision
    level = told_milestone(comparison)
    if (f"reached_{level}_pct" in comparison.values) and any(
        values.min() < 1 for values in comparison.values[f"reached_{level}_pct"]
    ):
        lines.append(f"Months to {level} %: a run that does not get there counts with the last month.")
    if comparison.over_draws:
        lines.append(
            f"{comparison.replicates:,} futures, each with a draw of the parameters. Best: share of them in which the "
            f"option is best of all. Worse: in which it is worse than {labels[0]}."
        )
    elif wanted is not None:
        lines.append(
            f"More: runs still needed for a 95 % interval of ±{wanted:g} percentage points of adopter share "
            "(other outcomes: ±1 trust, ±0.5 months)."
        )
    ratios = ", ".join(_ratio_text(label, difference) for label, difference in zip(labels[1:], main))
    lines.append(f"How many times as much the changes would vary (variance) on independent draws: {ratios}.")
    if not comparison.enough:
        few = too_few(comparison.replicates, comparison.least_runs, comparison.over_draws)
        lines.append(f"{few[:1].upper()}{few[1:]}: no difference is claimed.")
    return lines


def _ratio_text(label: str, difference: PairedDifference) -> str:
    ratio = difference.variance_ratio
    if np.isnan(ratio):
        return f"{label} –"
    return f"{label} {'identical' if np.isinf(ratio) else f'{ratio:,.0f}'}"


def dates_table(tables: Sequence[ResultTables], comparison: Comparison) -> tuple[str, Table] | None:
    """Return (heading, table) of what was asked by date; None where there is one date of the main outcome only."""
    asked = comparison.asked
    if asked is None or (len(asked.dates) < 2 and not asked.target.grouping):
        return None
    by_date, labels = asked_comparison(comparison), shortened(scenario_labels(tables), _LONGEST_LABEL)
    table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False)
    table.add_column("", overflow="fold")
    runs = runs_word(comparison.over_draws)
    several = ("mean", "change", "80 % interval", "95 % interval")
    for head in several if len(tables) > 1 else ("mean", f"80 % of {runs}", f"95 % of {runs}"):
        table.add_column(head, justify="right", no_wrap=True)
    start = int(start_of(tables[0]))
    for date in asked.dates:
        outcome = asked.outcome(date)
        words = date_words(asked, date, start)
        words = f"{words[:1].upper()}{words[1:]}"
        if len(tables) == 1:
            mean, spread = by_date.level(outcome.name, 0)
            ends = [(spread.low80, spread.high80), (spread.low95, spread.high95)]
            texts = [f"{plain(float(low), 2)} to {plain(float(high), 2)}" for low, high in ends]
            table.add_row(words, plain(float(mean.mean), 2), *texts)
            continue
        table.add_row(words)
        for i, label in enumerate(labels):
            row = _row(by_date, outcome, i, f"  {label}")[:5]
            table.add_row(*row)
    what = f"of {asked.target.name}" if asked.target.grouping else "of eligible pairs"
    return f"Adopter share {what}, by date, %", table


def print_comparison(console: Console, tables: Sequence[ResultTables], comparison: Comparison) -> None:
    """Print the table and its notes."""
    console.print()
    if len(tables) == 1:
        console.print(Text(f"{scenario_labels(tables)[0]}, {comparison.replicates} runs", "bold"))
        console.print(levels_table(comparison))
        if (by_date := dates_table(tables, comparison)) is not None:
            console.print(Text(by_date[0], "underline"))
            console.print(by_date[1])
        for line in (
            *answer_sentences(tables, comparison),
            *cautions(tables),
            holds(tables),
            *chance_lines(comparison, scenario_labels(tables)),
        ):
            console.print(Text(line))
        return
    shown = [*comparison_tables(tables, comparison)]
    if (by_date := dates_table(tables, comparison)) is not None:
        shown.insert(1, by_date)
    for heading, table in shown:
        console.print(Text(heading, "underline"))
        console.print(table)
    console.print()
    for line in notes(tables, comparison):
        console.print(Text(line))
