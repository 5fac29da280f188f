"""Why options differ, on the page: a waterfall, sentences, and tables of parts, grades and settings by option."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from diffusion.analysis.results.compare import Comparison
from diffusion.analysis.results.intervals import Estimate
from diffusion.analysis.results.outcomes import MAIN_OUTCOME, OUTCOME_BY_NAME
from diffusion.experiments.searches.lever_probe import weakest
from diffusion.experiments.searches.why import Contribution, Explained, Why
from diffusion.report.page.cells import Cell, PagePart, PageTable
from diffusion.report.page.html import Pictures
from diffusion.report.reasons.waterfall import waterfall
from diffusion.report.reasons.why_tables import share_of
from diffusion.report.reasons.why_words import (
    GRADE_WORDS,
    HOW,
    HOW_MANY,
    by_grade,
    cost_sentence,
    interval,
    part_words,
    places_of,
    why_sentences,
)
from diffusion.report.words.labels import shortened
from diffusion.report.words.numbers import plain, signed

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: of the labels in a waterfall, which stand on two lines beside its bars and above it
_LETTERS = 22
_CAPTION = (
    "From level to level: each bar begins where the one above ends. Blue: raises, orange: lowers, grey: the 95 % "
    "interval includes 0. Thick line: 80 % interval of the part, thin: 95 %."
)


def why_figures(found: Explained, comparison: Comparison, labels: Sequence[str]) -> dict[str, Callable[[], Figure]]:
    """Return file name -> function that makes the waterfall of an option."""
    level, short = _level(comparison), shortened(labels, _LETTERS)
    return {
        f"why_{labels[why.scenario]}": partial(waterfall, why, level, short[why.scenario], short[0])
        for why in found.options
        if why.leaves
    }


def _level(comparison: Comparison) -> float:
    """Return the mean of the first scenario, in per cent."""
    mean, _ = comparison.level(MAIN_OUTCOME, 0)
    return float(mean.mean) * OUTCOME_BY_NAME[MAIN_OUTCOME].factor


def why_parts(found: Explained, comparison: Comparison, labels: Sequence[str]) -> list[PagePart]:
    """Return a part of the page by option; ``labels`` are those of all scenarios."""
    make, figures = Pictures("why"), why_figures(found, comparison, labels)
    parts = []
    for why in found.options:
        label = labels[why.scenario]
        pictures = []
        if why.leaves:
            title = f"What the difference between {label} and {labels[0]} is made of"
            figure = figures[f"why_{label}"]()
            pictures = [make(figure, title, "The numbers are in the table below.", _CAPTION)]
        tables = [parts_table(why, label, labels[0])]
        if by_grade(why):
            tables.append(grades_table(why))
        if any(part.settings for part in why.contributions):
            tables.append(settings_table(why))
        parts.append(PagePart(label, why_sentences(why, label, labels[0]), pictures, tables))
    return parts


def why_note(found: Explained) -> str:
    """Return how all of it was found, and what it took."""
    many = "" if all(why.exact for why in found.options) else f" {HOW_MANY}"
    return f"{HOW}{many} {cost_sentence(found.runs, found.looks, len(found.options[0].whole))}"


def _cells(estimate: Estimate, places: int) -> list[Cell]:
    if estimate.replicates > 1 and float(estimate.mean) == 0 and estimate.low95 == estimate.high95:
        return [Cell("nothing", "in any run", False), Cell("–", "", False), Cell("–", "", False)]
    clear = bool(estimate.clear)
    return [
        Cell(signed(float(estimate.mean), places), "", clear),
        # small print does not break
        Cell("", interval(estimate, places, 80), clear),
        Cell("", interval(estimate, places, 95), clear),
    ]


def _share(share: float) -> Cell:
    return Cell("–", "", False) if np.isnan(share) else Cell(f"{plain(100 * share, 0)} %")


def shown_parts(why: Why) -> list[Contribution]:
    """Return the parts that tables show: a lever alone with its groups is the whole, and is not told twice."""
    alone = len([part for part in why.contributions if part.kind not in ("group", "rest", "whole")]) == 1
    split = any(part.kind == "group" for part in why.contributions)
    return [part for part in why.contributions if not (part.kind == "lever" and alone and split)]


def row_words(part: Contribution, why: Why) -> str:
    """Return the head of a row, with a capital."""
    words = part_words(part, why)
    return words[:1].upper() + words[1:]


def _note(why: Why) -> str:
    what = "the middle 80 and 95 % of futures" if why.over_draws else "of the mean (chance only)"
    return f"Intervals: {what}. Pale: the 95 % interval includes 0."


def parts_table(why: Why, label: str, reference: str) -> PageTable:
    """The parts, with intervals, shares and the grade that each rests on."""
    places, rows = places_of(why), []
    for part in shown_parts(why):
        estimate = why.estimate(part.values)
        grade = weakest(part.settings)
        cells = [*_cells(estimate, places), _share(share_of(why, part.values)), Cell(grade or "–")]
        rows.append((row_words(part, why), cells))
    heads = ("Part", "Gives, percentage points", "80 % interval", "95 % interval", "Share", "Evidence grade")
    note = (
        f"{_note(why)} The grade is the weakest of the lever's settings behind the part; what trusts then do follows "
        "from parameters of the model with grades of their own. No share where the part or the whole is pale, or where "
        "some part works against the whole."
    )
    return PageTable(f"What the difference of {label} from {reference} is made of", heads, rows, note)


def grades_table(why: Why) -> PageTable:
    """What of the difference rests on which grade."""
    places, rows = places_of(why), []
    for row in by_grade(why):
        estimate = why.estimate(row.values)
        names = ", ".join(part_words(part, why, short=True) for part in row.parts)
        head = f"{row.grade}: {GRADE_WORDS[row.grade]}" if row.grade else GRADE_WORDS[""]
        rows.append((head, [*_cells(estimate, places), _share(share_of(why, row.values)), Cell(names)]))
    heads = ("Grade", "Gives, percentage points", "80 % interval", "95 % interval", "Share", "Parts")
    return PageTable("On what evidence the difference rests", heads, rows, _note(why))


def settings_table(why: Why) -> PageTable:
    """The settings of levers behind each part."""
    rows = [
        (row_words(part, why), [Cell(item.name), Cell(item.grade), Cell(item.source)])
        for part in why.contributions
        for item in part.settings
    ]
    note = "A setting is behind a part if another value of it changes what the lever writes there."
    return PageTable("Settings behind the parts", ("Part", "Setting", "Grade", "Source"), rows, note)
