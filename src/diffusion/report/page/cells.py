"""Rows of the tables on the page: texts only, so that the template decides nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from diffusion.analysis.results.compare import Comparison, PairedDifference, unchanged
from diffusion.analysis.results.intervals import Estimate, estimate_mean
from diffusion.analysis.results.outcomes import MAIN_OUTCOME, OUTCOME_BY_NAME, Outcome
from diffusion.analysis.results.payers import flow_totals
from diffusion.analysis.results.tables import ResultTables, drawn
from diffusion.report.page.html import Picture
from diffusion.report.words.asked_words import of_all
from diffusion.report.words.doubt_words import change_note, interval_note, runs_that_count, runs_word
from diffusion.report.words.labels import name_words, outcome_label, scenario_labels, words_of
from diffusion.report.words.limits import mismatched
from diffusion.report.words.numbers import plain, signed
from diffusion.report.words.sentences import decimals_for, interval_text


class Cell(NamedTuple):
    """A cell: main text, small text below, and whether a claim stands behind it (else it is pale)."""

    text: str
    small: str = ""
    clear: bool = True


class PageTable(NamedTuple):
    """A table: caption, column heads, rows of (row head, cells), a note below."""

    caption: str
    heads: tuple[str, ...]
    rows: list[tuple[str, list[Cell]]]
    note: str = ""


class PagePart(NamedTuple):
    """What the page says of one option in a section: sentences, figures, tables."""

    label: str
    sentences: list[str]
    pictures: list[Picture]
    tables: list[PageTable]


def change_cell(difference: PairedDifference) -> Cell:
    """Return the paired change with its 95 % interval, over draws of the parameters also with that of 80 %."""
    estimate, outcome = difference.estimate, difference.outcome
    counted = runs_that_count(estimate.replicates, difference.runs, estimate.over_draws)
    if unchanged(difference):
        return Cell("no change", f"identical in {counted}" if counted else "identical in every run", False)
    text = signed(float(estimate.mean) * outcome.factor, decimals_for(difference))
    small = interval_text(difference)
    if estimate.over_draws:
        small = f"{interval_text(difference, 80)}; {small}"
    return Cell(text, f"{small}; {counted}" if counted else small, bool(estimate.clear))


def estimate_cell(estimate: Estimate, decimals: int, factor: float = 1.0) -> Cell:
    """Return a paired change, ``factor`` times it, with its 95 % interval."""
    mean, low, high = (float(value) * factor for value in (estimate.mean, estimate.low95, estimate.high95))
    if estimate.replicates > 1 and mean == 0 and low == high:
        return Cell("no change", "identical in every run", False)
    places = decimals
    while bool(estimate.clear) and places < decimals + 3 and any(round(abs(x), places) == 0 for x in (low, high)):
        places += 1
    small = f"{signed(low, places)} to {signed(high, places)}" if np.isfinite(low) else ""
    return Cell(signed(mean, places), small, bool(estimate.clear))


def level_cell(comparison: Comparison, outcome: Outcome, scenario: int) -> Cell:
    """Return the mean with the middle 80 % of runs."""
    mean, spread = comparison.level(outcome.name, scenario)
    low, high = (plain(float(value) * outcome.factor, outcome.decimals) for value in (spread.low80, spread.high80))
    counted = runs_that_count(mean.replicates, comparison.replicates, comparison.over_draws)
    small = f"{low} to {high}" + (f"; {counted}" if counted else "")
    return Cell(plain(float(mean.mean) * outcome.factor, outcome.decimals), small)


def harm_cell(difference: PairedDifference) -> Cell:
    """Return the share of runs in which the outcome is worse than in the reference."""
    return Cell("never" if unchanged(difference) else f"{100 * difference.worse_share:.0f} %")


def _small_print(comparison: Comparison, level: str, change: str) -> str:
    note = f"Small print: middle 80 % of {runs_word(comparison.over_draws)} {level}"
    if comparison.n_scenarios == 1:
        return f"{note}."
    return f"{note}, {change_note(comparison.over_draws)} {change}. Pale: the 95 % interval includes 0."


def options_table(tables: Sequence[ResultTables], comparison: Comparison) -> PageTable:
    """The main outcome by option."""
    outcome = OUTCOME_BY_NAME[MAIN_OUTCOME]
    labels, ranked = scenario_labels(tables), not mismatched(tables)
    rows = []
    for i, label in enumerate(labels):
        cells = [level_cell(comparison, outcome, i)]
        if len(tables) > 1:
            cells += [
                change_cell(comparison.difference(MAIN_OUTCOME, i)) if i else Cell("reference", "", False),
                Cell(f"{100 * float(comparison.best[MAIN_OUTCOME][i]):.0f} %")
                if ranked
                else Cell("–", "not ranked", False),
                harm_cell(comparison.difference(MAIN_OUTCOME, i)) if i and ranked else Cell("–", "", False),
            ]
        rows.append((label, cells))
    heads: tuple[str, ...] = ("Option", "Adopter share, %")
    if len(tables) > 1:
        runs = runs_word(comparison.over_draws).capitalize()
        heads += (
            f"Change from {labels[0]}, percentage points",
            f"{runs} in which it is best",
            f"{runs} in which it is worse than {labels[0]}",
        )
    note = _small_print(comparison, "under the share", "under the change")
    caption = f"Adopter share of eligible pairs at the end, by option{of_all(comparison)}"
    return PageTable(caption, heads, rows, note)


def outcomes_table(tables: Sequence[ResultTables], comparison: Comparison, names: Sequence[str]) -> PageTable:
    """Further outcomes: level in the first scenario, paired change in the others."""
    labels = scenario_labels(tables)
    rows = []
    for outcome in comparison.outcomes:
        if outcome.name not in names or not all(np.isfinite(v).any() for v in comparison.values[outcome.name]):
            continue
        cells = [level_cell(comparison, outcome, 0)]
        cells += [change_cell(comparison.difference(outcome.name, i)) for i in range(1, len(tables))]
        rows.append((outcome_label(outcome), cells))
    heads = ("Outcome", labels[0], *(f"{label}: change" for label in labels[1:]))
    note = _small_print(comparison, f"under {labels[0]}", "under each change")
    return PageTable("Other outcomes", heads, rows, note)


def _million_cell(estimate: Estimate, change: bool) -> Cell:
    mean, low, high = (float(value) * 1e-6 for value in (estimate.mean, estimate.low95, estimate.high95))
    places = 0 if abs(mean) >= 20 else 1
    show = signed if change else plain
    if change and mean == 0 and low == high:
        return Cell("no change", "", False)
    small = f"{show(low, places)} to {show(high, places)}" if np.isfinite(low) else ""
    return Cell(show(mean, places), small, bool(estimate.clear) if change else True)


def payments_table(tables: Sequence[ResultTables]) -> PageTable | None:
    """Payments by purpose over the whole period, GBP million: level in the first scenario, change in the others."""
    if not tables[0].money_flows or any(table.money_flows != tables[0].money_flows for table in tables):
        return None
    labels = scenario_labels(tables)
    totals = [flow_totals(table) for table in tables]
    over, words = drawn(tables[0]), words_of(tables)
    rows = []
    for column, (purpose, payer, payee) in enumerate(tables[0].money_flows):
        if all(not total[:, column].any() for total in totals):
            continue
        cells = [_million_cell(estimate_mean(totals[0][:, column], over), change=False)]
        cells += [
            _million_cell(estimate_mean(total[:, column] - totals[0][:, column], over), True) for total in totals[1:]
        ]
        rows.append((words.say(f"{name_words(purpose)} ({_party(payer)} to {_party(payee)})"), cells))
    heads = ("Payment", f"{labels[0]}, £ million", *(f"{label}: change" for label in labels[1:]))
    note = f"Whole period, 2015/16 prices, not discounted. Small print: {interval_note(over)}."
    return PageTable("Payments by purpose", heads, rows, note)


def _party(account: str) -> str:
    return {"ahsn": "AHSN", "national": "national bodies"}.get(account, account.replace("_", " "))


def certainty_table(tables: Sequence[ResultTables], comparison: Comparison) -> PageTable:
    """How precise the differences in the main outcome are, and what the common draws gain."""
    rows = []
    wanted = ""
    for i, label in enumerate(scenario_labels(tables)[1:], start=1):
        difference = comparison.difference(MAIN_OUTCOME, i)
        estimate = difference.estimate
        wanted = f"{difference.precision:g}" if difference.precision is not None else ""
        ratio = difference.variance_ratio
        ratio_text = "–" if np.isnan(ratio) else "identical" if np.isinf(ratio) else f"{ratio:,.0f} times as large"
        more = difference.more_replicates
        rows.append(
            (
                label,
                [
                    Cell(str(estimate.replicates)),
                    Cell(
                        "–"
                        if np.isnan(estimate.standard_error)
                        else f"±{plain(float(estimate.half_width_of_mean95), 3)}"
                    ),
                    Cell("–" if more is None else "none" if more == 0 else f"{more:,}"),
                    Cell(ratio_text),
                ],
            )
        )
    heads = (
        "Option",
        "Runs",
        "95 % interval of the mean change, percentage points",
        f"More runs needed for ±{wanted}",
        "Its variance on independent draws",
    )
    return PageTable("Precision of the change in adopter share", heads, rows)
