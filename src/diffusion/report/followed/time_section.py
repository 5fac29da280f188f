"""How long adoption took: the section of the page, of the innovation asked about or of all together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from diffusion.analysis.followed.time_to_share import (
    SHARES,
    Change,
    Times,
    change_of,
    innovations_reaching,
    reaching,
    times_of_all,
)
from diffusion.analysis.outcomes.outcome import Outcome
from diffusion.analysis.results.compare import Comparison, paired_difference
from diffusion.analysis.results.intervals import band
from diffusion.analysis.results.tables import ResultTables, drawn
from diffusion.report.followed.time_words import (
    asked_innovation,
    interval_words,
    months_text,
    went_live,
)
from diffusion.report.page.cells import Cell, PageTable, change_cell, estimate_cell
from diffusion.report.words.doubt_words import change_note, interval_note, runs_word
from diffusion.report.words.labels import scenario_labels
from diffusion.report.words.numbers import plain


class TimesSection(NamedTuple):
    """One table; ``asked`` where it is of the innovation that the question is about."""

    asked: bool
    table: PageTable


def times_section(tables: Sequence[ResultTables], comparison: Comparison) -> TimesSection | None:
    """Return the section; None where a result does not tell who has a use for what."""
    times = times_of_all(tables)
    if times is None:
        return None
    innovation = asked_innovation(comparison)
    if innovation is not None and innovation in times[0].ids:
        return TimesSection(True, times_of_one(tables, times, innovation))
    return TimesSection(False, _of_all(tables, times))


def times_of_one(tables: Sequence[ResultTables], times: Sequence[Times], innovation: str) -> PageTable:
    """Median months of one innovation by share and option, and the paired changes where both get there."""
    labels, over = scenario_labels(tables), drawn(tables[0])
    runs = runs_word(over)
    k = times[0].ids.index(innovation)
    watched = int(times[0].watched[k])
    rows: list[tuple[str, list[Cell]]] = []
    for place, share in enumerate(SHARES):
        cells = []
        for i, each in enumerate(times):
            found = reaching(each.of(innovation)[:, place])
            never = f"never: {100 * found.never_share:.0f} %" if found.runs else "nobody has a use for it"
            small = f"{interval_words(found, watched)}; {never}"
            cells.append(Cell(months_text(found.median, watched), small))
            if i:
                change = change_of(each, times[0], innovation, place, over)
                cells.append(_change(change, labels[i], labels[0]))
        rows.append((f"{share} %", cells))
    heads = [f"{labels[0]}, months"]
    for label in labels[1:]:
        heads += [f"{label}, months", f"{label}: change, months"]
    since = went_live(tables, times[0], innovation)
    note = (
        f"Median over all {runs}, with the middle 80 % of them below it, from the beginning of {since} to the end of "
        f"the month in which the share is first reached; a later fall does not count. {watched} months are simulated "
        f"from then on: “>{watched}” lies beyond the end of the run, and “never” is the share of {runs} that do not "
        "get there within it."
    )
    if len(tables) > 1:
        note += (
            f" Change: mean over the {runs} in which both options get there, with the {interval_note(over)}; below it, "
            "how many these are, and in how many one option alone does, which the mean leaves out. Pale: too few, or "
            "the interval includes 0."
        )
    caption = f"{times[0].names[k]}: months until a share of the trusts with a use for it are adopters"
    return PageTable(caption, ("Share of those trusts", *heads), rows, note)


def _change(change: Change, label: str, first: str) -> Cell:
    alone = f"{label} alone: {change.only_here}; {first} alone: {change.only_first}"
    if not change.both:
        return Cell("–", f"both: 0; {alone}", False)
    cell = estimate_cell(change.estimate, 1)
    parts = [part for part in (cell.small, f"both: {change.both}", alone) if part]
    return Cell(cell.text, "; ".join(parts), cell.clear)


def _of_all(tables: Sequence[ResultTables], times: Sequence[Times]) -> PageTable:
    """How many innovations get to each share: the level in the first option, paired changes in the others."""
    labels, over = scenario_labels(tables), drawn(tables[0])
    rows: list[tuple[str, list[Cell]]] = []
    for place, share in enumerate(SHARES):
        counts = [innovations_reaching(each, place) for each in times]
        spread = band(counts[0])
        low, high = (plain(float(end), 1) for end in (spread.low80, spread.high80))
        outcome = Outcome(f"innovations_at_{share}_pct", f"Innovations that get to {share} %", "innovations", 1, 1)
        changes = [
            change_cell(paired_difference(outcome, [counts[0], count], 1, over_draws=over)) for count in counts[1:]
        ]
        rows.append((f"{share} %", [Cell(plain(float(spread.mean), 1), f"{low} to {high}"), *changes]))
    note = (
        f"Of {len(times[0].ids)} innovations, each over the trusts that have a use for it, in any month until the end; "
        f"what comes late is watched for less. Small print: middle 80 % of {runs_word(over)} under {labels[0]}"
    )
    note += f", {change_note(over)} under each change. " if len(tables) > 1 else ". "
    note += "Months by innovation are in the table time_to_share; --for innovation:ID shows one of them here."
    heads = ("Share of the trusts with a use for it", labels[0], *(f"{label}: change" for label in labels[1:]))
    return PageTable("Innovations that get to a share of the trusts with a use for them", heads, rows, note)
