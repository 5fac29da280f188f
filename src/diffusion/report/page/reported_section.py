"""The section on what programmes reported of themselves, beside what the model gives; and the outcomes they count."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from diffusion.analysis.outcomes.outcome import Outcome
from diffusion.analysis.outcomes.programmes import PROGRAMME_GROUPS, PROGRAMME_OUTCOMES, group_names, programme_values
from diffusion.analysis.reported.comparison import ReportedRow, count_inside, reported_rows
from diffusion.analysis.reported.figures import ReportedFigure
from diffusion.analysis.results.compare import Comparison
from diffusion.analysis.results.intervals import band
from diffusion.analysis.results.tables import ResultTables
from diffusion.arrays import Floats
from diffusion.reading.run_months import MONTH_NAMES
from diffusion.report.page.cells import Cell, PageTable, outcomes_table
from diffusion.report.words.labels import outcome_label, scenario_labels, words_of
from diffusion.report.words.numbers import plain

_BOUNDS = {"exact": "", "about": "about ", "at_least": "more than "}
_BASES = {
    "": "",
    "set": "inputs of the model stand for it",
    "fitted": "parameters were fitted to it, among others",
    "free": "neither an input nor fitted",
}


class ReportedLine(NamedTuple):
    """A line of the table of reported and modelled, as texts."""

    quantity: str
    note: str
    reported: str
    when: str
    mean: str
    inner: str
    outer: str
    verdict: str
    basis: str
    clear: bool
    source: str


class ReportedTable(NamedTuple):
    """The table of one scenario, with its caption and a sentence on it."""

    caption: str
    sentence: str
    lines: list[ReportedLine]


class ReportedSection(NamedTuple):
    """What the section shows: reported and modelled by scenario, and outcomes by what they are about."""

    reported: list[ReportedTable]
    outcomes: list[PageTable]


def reported_words(figure: ReportedFigure) -> str:
    """Return the figure as it was reported, with its unit: ``more than £8 million``."""
    value, unit = figure.value, "" if figure.unit in ("GBP", "%") else f" {figure.unit}"
    text = f"{plain(value * 1e-6, 0)} million" if value >= 1e6 else plain(value, 0)
    text = {"GBP": f"£{text}", "%": f"{text} %"}.get(figure.unit, text)
    return f"{_BOUNDS[figure.bound]}{text}{unit}"


def modelled_words(values: Sequence[float], unit: str) -> str:
    """Return one modelled value, or the ends of an interval, in the unit of the figure."""
    values = [value * 1e-6 if unit == "GBP" else value for value in values]
    places = 0 if max(values) >= 1_000 else 1
    text = " to ".join(f"{'£' if unit == 'GBP' else ''}{plain(value, places)}" for value in values)
    return text + {"GBP": " million", "%": " %"}.get(unit, "")


def when_words(figure: ReportedFigure) -> str:
    """Return the date of a figure, and the month of the programme that it is of."""
    year, _, month = figure.date.partition("-")
    date = f"{MONTH_NAMES[int(month) - 1]} {year}" if month else year
    return f"{date}, month {figure.months_after_start}"


def reported_line(row: ReportedRow) -> ReportedLine:
    """Return the texts of a row."""
    figure, runs = row.figure, row.runs
    mean, inner, outer = "–", "", ""
    if runs is not None:
        mean = modelled_words([float(runs.mean)], figure.unit)
        inner, outer = (
            f"{level} %: {modelled_words([float(low), float(high)], figure.unit)}"
            for level, low, high in ((80, runs.low80, runs.high80), (95, runs.low95, runs.high95))
        )
    note = figure.not_modelled or figure.note
    basis = _BASES[figure.basis]
    clear = row.verdict.startswith("inside")
    return ReportedLine(
        figure.quantity,
        note,
        reported_words(figure),
        when_words(figure),
        mean,
        inner,
        outer,
        row.verdict,
        basis,
        clear,
        figure.source,
    )


def reported_sentence(rows: Sequence[ReportedRow]) -> str:
    """Return one sentence on all rows: how many figures lie inside, of how many that are modelled."""
    inside, told = count_inside(rows)
    unmodelled = sum(row.verdict == "not modelled" for row in rows)
    later = len(rows) - told - unmodelled
    lie = "lies" if inside == 1 else "lie"
    text = f"Of {told} reported figures that these runs have a count for, {inside} {lie} inside the middle 95 % of runs"
    text += f"; {unmodelled} more {'is' if unmodelled == 1 else 'are'} not modelled" if unmodelled else ""
    return text + (f"; {later} cannot be told from these runs." if later else ".")


def reported_tables(tables: Sequence[ResultTables]) -> list[ReportedTable]:
    """Return a table for each scenario with a programme that reported figures of itself."""
    found = []
    for label, table in zip(scenario_labels(tables), tables):
        rows = reported_rows(table)
        if rows:
            caption = f"Reported and modelled: {label}, {len(table.replicates)} runs"
            found.append(ReportedTable(caption, reported_sentence(rows), [reported_line(row) for row in rows]))
    return found


def single_outcomes(tables: Sequence[ResultTables], comparison: Comparison) -> PageTable:
    """Return the table of outcomes that some options can tell and others cannot: levels alone, no difference."""
    compared = {outcome.name for outcome in comparison.outcomes}
    values = [programme_values(table) for table in tables]
    rows = []
    for outcome in PROGRAMME_OUTCOMES:
        told = [row.get(outcome.name, np.zeros(0)) for row in values]
        if outcome.name in compared or not any(np.isfinite(found).any() for found in told):
            continue
        rows.append(
            (
                words_of(tables).say(outcome_label(outcome)),
                [_level(outcome, found[np.isfinite(found)]) for found in told],
            )
        )
    heads = ("Outcome", *scenario_labels(tables))
    note = "Small print: middle 80 % of runs. –: the option has no such programme, or follows no people."
    return PageTable("Outcomes of some options alone", heads, rows, note)


def _level(outcome: Outcome, values: Floats) -> Cell:
    if not len(values):
        return Cell("–", "", False)
    found = band(outcome.factor * values)
    low, high = (plain(float(value), outcome.decimals) for value in (found.low80, found.high80))
    return Cell(plain(float(found.mean), outcome.decimals), f"{low} to {high}")


def reported_section(tables: Sequence[ResultTables], comparison: Comparison) -> ReportedSection:
    """Return what the section shows; outcomes that no option can tell are left out.

    Those that all options can tell are compared; those of some options alone stand in a table of their own.
    """
    outcomes = []
    for number, (title, _) in enumerate(PROGRAMME_GROUPS):
        table = outcomes_table(tables, comparison, group_names(number))
        if table.rows:
            outcomes.append(table._replace(caption=title))
    alone = single_outcomes(tables, comparison)
    if alone.rows:
        outcomes.append(alone)
    return ReportedSection(reported_tables(tables), outcomes)
