"""What the short forms say: question, answer, one table, one caveat, and how to make it again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from diffusion.analysis.economics.appraisal import Appraisal
from diffusion.analysis.economics.discount_sets import SHOWN, discount_set
from diffusion.analysis.results.compare import Comparison, unchanged
from diffusion.analysis.results.groups import portfolio
from diffusion.analysis.results.intervals import Estimate
from diffusion.analysis.results.outcomes import OUTCOME_BY_NAME
from diffusion.analysis.results.tables import ResultTables
from diffusion.report.brief.caveat import caveat_of
from diffusion.report.brief.chart import dated, short_labels
from diffusion.report.page.cells import Cell, PageTable, level_cell
from diffusion.report.page.costs_section import appraisals, can_appraise
from diffusion.report.words.answer import answer_sentences, question
from diffusion.report.words.asked_words import OF_ALL, asked_of_part, of_all, target_words
from diffusion.report.words.doubt_words import runs_word
from diffusion.report.words.labels import end_of, month_name, outcome_label, scenario_labels, start_of
from diffusion.report.words.limits import PRICES, cautions, opening_date
from diffusion.report.words.numbers import plain, signed
from diffusion.report.words.reproduction import Reproduction
from diffusion.report.words.sentences import decimals_for, interval_text
from diffusion.report.words.spending_words import money_answer
from diffusion.storage.departures import Told

if TYPE_CHECKING:
    from diffusion.experiments.searches.spending import Spending

#: Outcomes of a single scenario that a short table has.
_OF_ONE = (
    "adopter_share_pct",
    "organisations_using",
    "patients_benefiting_total",
    "bad_adopter_pairs",
    "system_npv_gbp",
)


class Brief(NamedTuple):
    """Texts and the table of a short form; ``again`` are (what, text) on how to make it again.

    ``cautions`` stand beside the answer.
    """

    eyebrow: str
    question: str
    answer: list[str]
    table: PageTable
    caveat: str
    again: list[tuple[str, str]]
    cautions: Sequence[str] = ()


def brief_of(
    tables: Sequence[ResultTables],
    comparison: Comparison,
    reproduction: Reproduction,
    told: Sequence[Told],
    bought: Sequence[Spending] | None,
) -> Brief:
    """Return what is said of these results in short."""
    answer = answer_sentences(tables, comparison)
    answer += money_answer(bought, scenario_labels(tables)) if bought else []
    short = shortener(tables)
    world = tables[0].world
    period = f"{month_name(start_of(tables[0]))} to {month_name(end_of(tables[0]))}"
    return Brief(
        f"Simulated spread of innovations, {world.n_trusts} organisations, {period}",
        short(question(tables, comparison)),
        [short(text) for text in answer],
        short_table(tables, comparison),
        short(caveat_of(tables, comparison, reproduction, told)),
        _again(tables, comparison, reproduction),
        [short(text) for text in cautions(tables)],
    )


def shortener(tables: Sequence[ResultTables]) -> Callable[[str], str]:
    """Return a function that puts the short names of options into a text, where they differ."""
    # long names first: one may be the beginning of another
    names = sorted(zip(scenario_labels(tables), short_labels(tables)), key=lambda pair: -len(pair[0]))
    changed = [(name, short) for name, short in names if name != short]

    def short(text: str) -> str:
        for name, shorter in changed:
            text = text.replace(name, shorter)
        return text

    return short


def _again(tables: Sequence[ResultTables], comparison: Comparison, reproduction: Reproduction) -> list[tuple[str, str]]:
    world, opened = tables[0].world, opening_date(tables)
    stand = f", as of {opened}" if opened else ""
    version = f"{reproduction.version}{', ' if reproduction.git else ''}{reproduction.git}"
    return [
        ("Command", reproduction.command),
        ("Version", f"{version}; seed {tables[0].seed}, {comparison.replicates} runs of every option"),
        (
            "Data",
            f"{world.name}: {world.n_trusts} trusts{stand}, {int(portfolio(tables[0]).sum())} innovations; {PRICES}",
        ),
    ]


def short_table(tables: Sequence[ResultTables], comparison: Comparison) -> PageTable:
    """Return a row for each option: share adopted, its change, cost and patients with 80 % intervals."""
    if len(tables) == 1:
        return _table_of_one(tables, comparison)
    by_date, dates = dated(tables, comparison)
    name = dates[-1][0]
    outcome = next(each for each in by_date.outcomes if each.name == name)
    labels, priced = short_labels(tables), can_appraise(tables)
    found = appraisals(tables, discount_set(SHOWN[0])) if priced else []
    patients = any(each.patients is not None for each in found)
    rows = []
    for i, label in enumerate(labels):
        cells = [level_cell(by_date, outcome, i), _change(by_date, name, i) if i else _REFERENCE]
        if priced:
            cells += _money(found[i - 1], patients) if i else [_NONE] * (2 + patients)
        rows.append((label, cells))
    end = month_name(end_of(tables[0]))
    heads: tuple[str, ...] = ("Option", f"Share adopted by {end}, %", "Change, percentage points")
    if priced:
        heads += ("Extra spending, £ million", "Net present value, £ million")
        heads += ("Extra patients who benefit, thousand",) if patients else ()
    runs = runs_word(comparison.over_draws)
    held = f"middle 80 % of {runs}"
    if not comparison.over_draws:
        held = f"80 % interval of the mean (chance only); under the share, {held}"
    note = f"Small print: {held}. Pale: the 95 % interval holds 0."
    what = f"Money{' and patients' if patients else ''}"
    if priced:
        note += (
            f" {what}: present values against {labels[0]}; money is that of the public system: net "
            "present value is savings, mostly not cash, minus spending."
        )
    caption = "The options in numbers"
    if asked_of_part(comparison):
        caption += f": share adopted {target_words(comparison)}"
        caption += f"; {what.lower()} of {OF_ALL}" if priced else ""
    return PageTable(caption, heads, rows, note)


_REFERENCE, _NONE = Cell("reference", "", False), Cell("–", "", False)


def _change(comparison: Comparison, name: str, option: int) -> Cell:
    difference = comparison.difference(name, option)
    if unchanged(difference):
        return Cell("no change", "same in every run", False)
    estimate = difference.estimate
    text = signed(float(estimate.mean) * difference.outcome.factor, decimals_for(difference))
    return Cell(text, interval_text(difference, 80), bool(estimate.clear))


def _money(found: Appraisal, patients: bool) -> list[Cell]:
    cells = [_cell80(found.estimate(found.spending), 1e-6), _cell80(found.estimate(found.npv), 1e-6)]
    if patients:
        cells.append(_NONE if found.patients is None else _cell80(found.estimate(found.patients), 1e-3))
    return cells


def money_table(tables: Sequence[ResultTables], comparison: Comparison) -> PageTable:
    """Return spending, savings and net present value by option, with the same intervals as :func:`short_table`."""
    chosen = discount_set(SHOWN[0])
    rows = [
        (label, [_cell80(found.estimate(values), 1e-6) for values in (found.spending, found.savings, found.npv)])
        for label, found in zip(scenario_labels(tables)[1:], appraisals(tables, chosen))
    ]
    heads = ("Option", "Extra spending, £ million", "Extra savings, £ million", "Net present value, £ million")
    runs = runs_word(comparison.over_draws)
    held = f"middle 80 % of {runs}" if comparison.over_draws else "80 % interval of the mean (chance only)"
    note = (
        f"Against {scenario_labels(tables)[0]}{of_all(comparison)}; present values at "
        f"{plain(100 * chosen.costs[0][1], 1)} % a year. Public system: trusts, commissioners, national bodies, "
        f"{comparison.words.network.many}; what one pays another cancels. Small print: {held}. "
        "Pale: the 95 % interval holds 0."
    )
    return PageTable("Costs and savings, by option", heads, rows, note)


def _cell80(estimate: Estimate, factor: float) -> Cell:
    """Return a mean change with its 80 % interval."""
    mean, low, high = (float(value) * factor for value in (estimate.mean, estimate.low80, estimate.high80))
    if estimate.replicates > 1 and mean == 0 and low == high:
        return Cell("no change", "same in every run", False)
    small = f"{signed(low, 1)} to {signed(high, 1)}" if np.isfinite(low) else ""
    return Cell(signed(mean, 1), small, bool(estimate.clear))


def _table_of_one(tables: Sequence[ResultTables], comparison: Comparison) -> PageTable:
    by_date, dates = dated(tables, comparison)
    rows: list[tuple[str, list[Cell]]] = []
    part = asked_of_part(comparison)
    if part:
        for name, when in dates:
            outcome = next(each for each in by_date.outcomes if each.name == name)
            rows.append((f"Share adopted {when}, %", [level_cell(by_date, outcome, 0)]))
    for name in _OF_ONE:
        if name in comparison.values and np.isfinite(comparison.values[name][0]).any():
            outcome = OUTCOME_BY_NAME[name]
            rows.append((f"{'All: ' if part else ''}{outcome_label(outcome)}", [level_cell(comparison, outcome, 0)]))
    note = f"Small print: middle 80 % of {runs_word(comparison.over_draws)}."
    caption = "The result in numbers"
    if part:
        caption += f": share adopted {target_words(comparison)}; “All”: {OF_ALL}"
    return PageTable(caption, ("Outcome", short_labels(tables)[0]), rows, note)
