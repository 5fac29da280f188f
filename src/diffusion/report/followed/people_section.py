"""People followed, by profession: the section of the page, where an option is about them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from diffusion.analysis.followed.people import ALL, CHANGING, COUNTED, PeopleCounts, people_counts
from diffusion.analysis.outcomes.counted import PROFESSIONS
from diffusion.analysis.results.intervals import band, estimate_mean
from diffusion.analysis.results.tables import ResultTables, drawn
from diffusion.month.measures import PROFESSION_LABELS
from diffusion.report.followed.people_figure import people_panel
from diffusion.report.page.cells import Cell, PageTable, estimate_cell
from diffusion.report.page.html import Picture, Pictures
from diffusion.report.words.doubt_words import interval_note, runs_word
from diffusion.report.words.labels import scenario_labels
from diffusion.report.words.numbers import plain

#: rows of the tables: profession -> label
ROWS = {**PROFESSION_LABELS, ALL: "All professions"}


class PeopleSection(NamedTuple):
    """A table for every option, and a panel for every count that an option can change."""

    tables: list[PageTable]
    pictures: list[Picture]


def people_section(tables: Sequence[ResultTables]) -> PeopleSection | None:
    """Return the section; None where people are not followed in every option, or a result does not tell."""
    people = [each for each in map(people_counts, tables) if each is not None]
    if len(people) < len(tables):
        return None
    labels = scenario_labels(tables)
    alike = len(tables) > 1 and all(_alike(each, people[0]) for each in people[1:])
    if alike:  # no option is about people: one table says it all
        shown = [_table("all options, which do not differ in it", people[0], None, tables)]
        people, labels = people[:1], ["All options"]
    else:
        shown = [
            _table(label, each, people[0] if i else None, tables) for i, (label, each) in enumerate(zip(labels, people))
        ]
    make = Pictures("people")
    pictures = [
        make(
            people_panel(people, labels, counted, [ROWS[each] for each in PROFESSIONS]),
            f"{COUNTED[counted]}, by profession and option",
            "The numbers are in the tables of this section.",
        )
        for counted in CHANGING
    ]
    return PeopleSection(shown, pictures)


def _alike(one: PeopleCounts, other: PeopleCounts) -> bool:
    return all(
        np.array_equal(one.counts[counted][each], other.counts[counted][each]) for counted in COUNTED for each in ROWS
    )


def _table(label: str, here: PeopleCounts, first: PeopleCounts | None, tables: Sequence[ResultTables]) -> PageTable:
    over = drawn(tables[0])
    rows = [
        (words, [_cell(here, first, counted, profession, over) for counted in COUNTED])
        for profession, words in ROWS.items()
    ]
    note = f"People, mean; small print: middle 80 % of {runs_word(over)}"
    if first is not None:
        reference = scenario_labels(tables)[0]
        note += f", and the change from {reference} with its {interval_note(over)} where it is not 0 in every run"
    note += (
        ". They are potential entrepreneurs, not all staff: so many are followed by assumption. Who left and came back "
        "is counted as returned."
    )
    return PageTable(f"People followed by profession: {label}", ("Profession", *COUNTED.values()), rows, note)


def _cell(here: PeopleCounts, first: PeopleCounts | None, counted: str, profession: str, over_draws: bool) -> Cell:
    values = here.counts[counted][profession]
    spread = band(values)
    if spread.low80 == spread.high80 == spread.mean and first is None:
        return Cell(plain(float(spread.mean), 0))
    small = f"{plain(float(spread.low80), 0)} to {plain(float(spread.high80), 0)}"
    if first is not None:
        change = values - first.counts[counted][profession]
        if change.any():
            cell = estimate_cell(estimate_mean(change, over_draws), 1)
            small = "; ".join(part for part in (small, f"change {cell.text}", cell.small) if part)
    return Cell(plain(float(spread.mean), 1), small)
