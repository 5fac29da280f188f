"""The section on what programmes reported of themselves, beside what the model gives; and the outcomes they count."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from diffusion.analysis.outcomes.programmes import PROGRAMME_GROUPS, group_names
from diffusion.analysis.reported.comparison import ReportedRow, count_inside, reported_rows
from diffusion.analysis.results.compare import Comparison
from diffusion.analysis.results.tables import ResultTables
from diffusion.report.page.cells import PageTable, outcomes_table
from diffusion.report.words.labels import MONTH_NAMES, scenario_labels
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


def amount(value: float, unit: str) -> str:
    """Return a number in the unit of a figure: pounds in million, counts with one place where they are small."""
    if unit == "GBP":
        return f"£{plain(value * 1e-6, 1)} million"
    if unit == "%":
        return f"{plain(value, 0)} %"
    return plain(value, 0 if value == round(value) or abs(value) >= 1_000 else 1)


def reported_line(row: ReportedRow) -> ReportedLine:
    """Return the texts of a row."""
    figure, runs = row.figure, row.runs
    when = f"{MONTH_NAMES[int(figure.date[5:]) - 1]} {figure.date[:4]}, month {figure.months_after_start}"
    unit = "" if figure.unit in ("GBP", "%") else f" {figure.unit}"
    reported = f"{_BOUNDS[figure.bound]}{amount(figure.value, figure.unit)}{unit}"
    mean, inner, outer = "–", "", ""
    if runs is not None:
        mean = amount(float(runs.mean), figure.unit)
        inner, outer = (
            f"{level} %: {amount(float(low), figure.unit)} to {amount(float(high), figure.unit)}"
            for level, low, high in ((80, runs.low80, runs.high80), (95, runs.low95, runs.high95))
        )
    note = f"not modelled: {figure.not_modelled}" if figure.not_modelled else figure.note
    basis = _BASES[figure.basis]
    clear = row.verdict.startswith("inside")
    return ReportedLine(
        figure.quantity, note, reported, when, mean, inner, outer, row.verdict, basis, clear, figure.source
    )


def reported_sentence(rows: Sequence[ReportedRow]) -> str:
    """Return one sentence on all rows: how many figures lie inside, of how many that are modelled."""
    inside, told = count_inside(rows)
    unmodelled = sum(row.verdict == "not modelled" for row in rows)
    later = len(rows) - told - unmodelled
    text = f"Of {told} reported figures that these runs have a count for, {inside} lie inside the middle 95 % of runs"
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


def reported_section(tables: Sequence[ResultTables], comparison: Comparison) -> ReportedSection:
    """Return what the section shows; outcomes that these results do not have are left out."""
    outcomes = []
    for number, (title, _) in enumerate(PROGRAMME_GROUPS):
        table = outcomes_table(tables, comparison, group_names(number))
        if table.rows:
            outcomes.append(table._replace(caption=title))
    return ReportedSection(reported_tables(tables), outcomes)
