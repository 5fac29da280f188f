"""The page of validation: every point against what is simulated, misses first; one self-contained HTML file."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from diffusion.calibration.summaries import SHARES
from diffusion.report.evidence_words.validation_words import (
    LADDER,
    LIMITS,
    SHORT,
    answer,
    in_force,
    months_text,
    observed_months,
    observed_text,
    percent,
    reach_text,
    simulated_words,
    verdict,
    why_not_counted,
)
from diffusion.report.figures.validation import figure_makers, track_name
from diffusion.report.page.cells import Cell, PageTable
from diffusion.report.page.html import Picture, Pictures, fill
from diffusion.report.words.numbers import plain, signed

if TYPE_CHECKING:
    from diffusion.calibration.comparison import Compared
    from diffusion.calibration.summaries import Speed, Summary
    from diffusion.calibration.validation import Validation
    from diffusion.calibration.who_first import WhoFirst
    from diffusion.evidence.reading import NamedSeries

QUESTION = "Does the model spread innovations as the NHS did?"


class PointRow(NamedTuple):
    """A row of the table of points: title, what is counted when, cells."""

    title: str
    about: str
    cells: list[Cell]


class PointTable(NamedTuple):
    """The table of points."""

    caption: str
    heads: tuple[str, ...]
    rows: list[PointRow]
    note: str


class SeriesPart(NamedTuple):
    """What the page shows of one series."""

    id: str
    title: str
    verdict: str
    pictures: list[Picture]
    facts: list[tuple[str, str]]


def points_table(found: Validation) -> PointTable:
    """All points, misses first."""
    heads = (
        "Series, and what is counted",
        "Observed, %",
        "Simulated mean, %",
        "Where it lies",
        "Distance, logits",
        "Middle 80 % of the runs; 50 and 95 %",
        *(("Draws near it, %",) if found.draws else ()),
    )
    near = (
        " Draws near it: those whose mean lies within two standard deviations of what was observed, chance and the "
        "error of the observation taken together."
    )
    note = (
        "Misses first. Shares of those at risk in per cent; rows with a sign are effects of levers, in percentage "
        "points. Month: since the start of the series. Where it lies: inside the middle 80 % of the runs, inside the "
        "middle 95 % only, or outside both. A count that is known to be no less agrees with any higher value. Within "
        "error: the 95 % error of the observation itself reaches into the middle 80 %. Distance: logit of the observed "
        "share less that of the simulated mean; above 0 the model is too low; 1 is from 50 to 73 %. s.e.: standard "
        "error. Not counted: the opening, which is set by hand, and what is counted in a wider unit. Pale: inside 80 %."
    )
    rows = [
        PointRow(
            item.place.item.series.title,
            _about(item),
            [*_cells(item), *([Cell(plain(100 * item.reached, 0))] if found.draws else [])],
        )
        for item in found.compared
    ]
    note += near if found.draws else ""
    return PointTable("Every point of the evidence against the model", heads, rows, note)


def _about(item: Compared) -> str:
    place = item.place
    shown = "" if place.fitted else ", only shown"
    return f"month {place.month} ({place.point.date}): {SHORT[place.quantity]}{shown}"


def _cells(item: Compared) -> list[Cell]:
    effect, clear = item.place.point.effect is not None, item.comparable and not item.inside80
    s = item.simulated

    def share(value: float) -> str:
        return signed(100 * value, 1) if effect else percent(value)

    inner, outer = (reach_text(*bounds, effect) for bounds in ((s.low50, s.high50), (s.low95, s.high95)))
    distance = "–" if math.isnan(item.logits) else signed(item.logits, 1)
    reaches = "within error" if clear and item.within_error else why_not_counted(item)
    return [
        Cell(share(item.observed), observed_text(item.place), clear),
        Cell(share(s.mean), "", clear),
        Cell(verdict(item), reaches, clear),
        Cell(distance, "", clear),
        Cell(reach_text(s.low80, s.high80, effect), f"50 %: {inner}\n95 %: {outer}", clear),
    ]


def series_parts(found: Validation, make: Pictures) -> list[SeriesPart]:
    """Return every series with its figures and its words, misses first."""
    makers = figure_makers(found)
    parts = []
    for item in found.evidence:
        pictures = []
        for track in found.curves.tracks:
            if track.item.id == item.id:
                text = simulated_words(track)
                title = f"{item.series.title}: observed and simulated"
                pictures.append(make(makers[track_name(track)](), title, text, text))
        own = [point for point in found.compared if point.place.item.id == item.id]
        parts.append(SeriesPart(item.id, item.series.title, _inside(own), pictures, _facts(item)))
    return parts


def _inside(points: Sequence[Compared]) -> str:
    chosen = [item for item in points if item.comparable]
    inside = sum(item.inside80 for item in chosen)
    number = "1 point" if len(chosen) == 1 else f"{len(chosen)} points"
    return f"{inside} of {number} inside the middle 80 %" if chosen else "no point that counts"


def _facts(item: NamedSeries) -> list[tuple[str, str]]:
    series = item.series
    use = "fitted to" if series.use == "fit" else "only shown"
    source = f"{series.source} (grade {series.grade}, {use})"
    notes = [series.note, *(f"{point.date}: {point.note}" for point in series.points if point.note)]
    facts = [
        ("Observed", series.what),
        ("At risk", f"{series.whom}; {series.kind}, from {series.start}"),
        ("In force", in_force(item)),
        ("Source", source),
    ]
    text = "; ".join(note for note in notes if note)
    return [*facts, ("Note", text)] if text else facts


def summaries_table(found: Validation) -> PageTable | None:
    """Early over late, level at the last point, time to half."""
    if not found.summaries:
        return None
    rows = [(_summary_head(row), _summary_cells(row, found.curves.months)) for row in found.summaries]
    heads = ("Summary", "Observed", "Simulated median", "Middle 80 %", "Fits")
    note = (
        "Early over late: share at the first point over that at the last; the higher, the earlier the curve rises. "
        "Time to 50 %: months since the start; observed, by a straight line between two points, or before or after a "
        "point where that is all that can be told. “After” the last month of the run: not reached in it."
    )
    return PageTable("The shape of the curves", heads, rows, note)


def _summary_head(row: Summary) -> str:
    own = "" if row.track.quantity == row.track.item.series.quantity else f" ({row.track.quantity})"
    return f"{row.track.item.series.title}{own}: {row.what}"


def _summary_cells(row: Summary, last: int) -> list[Cell]:
    s = row.simulated
    if row.unit == "months":
        observed = observed_months(row.low, row.high)
        middle, low, high = (months_text(value, last) for value in (row.median, s.low80, s.high80))
    elif row.unit == "share":
        observed = f"{percent(row.low)} %" + (" or more" if math.isinf(row.high) else "")
        middle, low, high = (f"{percent(value)} %" for value in (row.median, s.low80, s.high80))
    else:
        observed = plain(row.low, 2)
        middle, low, high = ("–" if math.isnan(v) else plain(v, 2) for v in (row.median, s.low80, s.high80))
    reach = low if low == high else f"{low} to {high}"
    if row.known == 0:
        return [Cell(observed), Cell("cannot be told", "", False), Cell("–"), Cell("–")]
    return [Cell(observed), Cell(middle), Cell(reach), Cell("yes" if row.inside80 else "no", "", not row.inside80)]


def speeds_table(found: Validation) -> PageTable | None:
    """Months to 10, 50 and 80 % by series."""
    if not found.speeds:
        return None
    last = found.curves.months
    rows = []
    for speed in found.speeds:
        cells = [_time_cell(*times, last) for times in speed.months]
        rows.append((speed.track.item.series.title, [*cells, Cell(observed_months(*speed.observed50))]))
    heads = ("Series", *(f"Months to {100 * share:.0f} %" for share in SHARES), "Observed, months to 50 %")
    note = (
        f"Median of the runs; small print: middle 80 %. The run has {last} months; “after {last}” is not reached in it."
    )
    return PageTable("How long each innovation takes", heads, rows, note)


def _time_cell(median: float, low: float, high: float, last: int) -> Cell:
    text, small = months_text(median, last), [months_text(value, last) for value in (low, high)]
    return Cell(text, "" if small[0] == small[1] == text else f"{small[0]} to {small[1]}")


def ladder_table(found: Validation) -> PageTable | None:
    """The ladder from slow to fast, with the series that stand on its rungs."""
    by_rung: dict[str, list[Speed]] = {}
    for speed in found.speeds:
        by_rung.setdefault(speed.track.item.series.ladder or "", []).append(speed)
    rows = []
    for rung, words, time in LADDER:
        for speed in by_rung.get(rung, []):
            observed = observed_months(*speed.observed50)
            cells = [Cell(time), Cell(speed.track.item.series.title), Cell(observed)]
            rows.append((words, [*cells, _time_cell(*speed.months[SHARES.index(0.5)], found.curves.months)]))
    if not rows:
        return None
    heads = ("Carried by", "Time to 50 %", "Series", "Observed, months", "Simulated, months")
    note = (
        "From slow to fast. Time to 50 %: our reading of the dated series that are packaged here, not a published "
        "table. Series without a rung of their own are left out."
    )
    return PageTable("The ladder of speeds", heads, rows, note)


def reach_table(found: Validation) -> PageTable:
    """How many of the portfolio's innovations ever pass 10, 50 and 80 % of trusts with a use."""
    rows = []
    for row in found.reach:
        low, high = row.passed.low80, row.passed.high80
        head = f"{100 * row.share:.0f} % of the trusts with a use for it"
        rows.append((head, [Cell(percent(row.passed.mean), reach_text(low, high))]))
    n, years = len(found.curves.portfolio), plain(found.curves.months / 12, 0)
    note = f"Of {n} innovations, in {years} years. Small print: middle 80 % of the runs."
    heads = ("Ever adopted by", "Innovations of the portfolio, %")
    return PageTable("How far the portfolio comes", heads, rows, note)


def who_first_table(found: Validation) -> PageTable | None:
    """Size gap, teaching gap and clustering, observed against simulated."""
    if not found.who_first:
        return None
    heads = ("Measure", "Observed", "Simulated mean", "Middle 80 %", "Middle 95 %", "Inside 80 %")
    rows = [(_who_head(row), _who_cells(row)) for row in found.who_first]
    item = found.who_first[0]
    note = (
        f"From the first month of use of {item.trusts} trusts by the last point of the series. Size gap: share of the "
        "larger half of the trusts (by staff) that had used it, less that of the smaller half. Teaching gap: teaching "
        "trusts less the others. F: variance between networks over that within; about 1 where networks make no "
        "difference."
    )
    return PageTable("First users, observed and simulated", heads, rows, note)


def _who_head(row: WhoFirst) -> str:
    words = {
        "size gap": "size gap, percentage points",
        "teaching gap": "teaching gap, percentage points",
        "F over AHSNs": "clustering by AHSN, F",
    }
    return f"{row.item.series.title}: {words[row.what]}"


def _who_cells(row: WhoFirst) -> list[Cell]:
    if row.known == 0 or math.isnan(row.observed):
        return [Cell("–"), Cell("cannot be told", "", False), Cell("–"), Cell("–"), Cell("–")]

    def show(value: float) -> str:
        return signed(100 * value, 1) if "gap" in row.what else plain(value, 2)

    s = row.simulated
    reach80, reach95 = f"{show(s.low80)} to {show(s.high80)}", f"{show(s.low95)} to {show(s.high95)}"
    inside = Cell("yes" if row.inside80 else "no", "", not row.inside80)
    return [Cell(show(row.observed)), Cell(show(s.mean)), Cell(reach80), Cell(reach95), inside]


def render_validation(found: Validation, command: str, version: str, files: Sequence[tuple[str, str]]) -> str:
    """Return the page as HTML text; the same validation gives the same text."""
    make = Pictures()
    parts = series_parts(found, make)
    effects = None
    if found.effects:
        text = "Effects of levers: observed with 95 % error, simulated with the middle 80 and 95 % of the runs."
        effects = make(figure_makers(found)["effects"](), "Effects of levers", text, text)
    context = {
        "question": QUESTION,
        "eyebrow": f"{len(found.evidence)} series, {found.curves.runs:,} runs of {found.curves.months} months",
        "answer": answer(found),
        "points": points_table(found),
        "parts": parts,
        "effects": effects,
        "summaries": summaries_table(found),
        "who_first": who_first_table(found),
        "speeds": speeds_table(found),
        "ladder": ladder_table(found),
        "reach": reach_table(found),
        "limits": LIMITS,
        "command": command,
        "version": version,
        "files": files,
        "settings": [(key, str(value)) for key, value in found.settings.items()],
        "replicates": found.replicates,
        "seed": found.seed,
        "draws": found.draws,
    }
    return fill("validation.html.j2", context)
