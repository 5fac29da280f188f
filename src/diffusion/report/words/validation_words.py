"""The words of the page of validation: what was counted, how near it came, what stands on which rung."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from diffusion.evidence.series import QUANTITIES
from diffusion.report.words.numbers import plain, signed
from diffusion.report.words.sentences import list_of

if TYPE_CHECKING:
    from diffusion.calibration.comparison import Compared, Tally
    from diffusion.calibration.curves import Track
    from diffusion.calibration.predicted import Place
    from diffusion.calibration.validation import Validation
    from diffusion.evidence.reading import NamedSeries

#: With fewer runs the ends of a 95 % interval are those of single runs.
FEW_RUNS = 40

#: From slow to fast: what carries an innovation, and the time to half as dated series of the NHS have it.
LADDER: tuple[tuple[str, str, str], ...] = (
    ("guidance or skill", "Guidance alone, or limited by skill", "more than 10 years"),
    ("peers", "Peers and champions", "5 to 6 years"),
    ("network and payment", "A network and a payment", "about 4 years"),
    ("money and monitoring", "Money and monitoring", "about 1 year"),
    ("emergency mandate", "An emergency mandate", "weeks"),
)

LIMITS: tuple[str, ...] = (
    "A point inside an interval does not prove the model right: an interval wide enough holds everything. Look at the "
    "width too.",
    "Series that were fitted to cannot test the model. Those that are only shown can, but some count other units than "
    "trusts (practices, sites), and their shares are set beside shares of trusts.",
    "Counts are those of programmes and published statistics. Organisations, sites, units and practices are not the "
    "same; where the number at risk is a guess, the note says so.",
    "All series run in one world and compete for the same change time, as if they had begun in the same month. A "
    "series keeps the distance between its own dates, not its calendar.",
    "How many staff a programme had, or how strong a push was, is often assumed. The settings in force stand beside "
    "each figure.",
)


def percent(share: float, places: int = 1) -> str:
    """Write a share in per cent, without the sign."""
    return plain(100 * share, places)


def reach_text(low: float, high: float, points: bool = False) -> str:
    """Write an interval of shares in per cent, or of differences in percentage points."""
    if points:
        return f"{signed(100 * low, 1)} to {signed(100 * high, 1)}"
    return f"{percent(low)} to {percent(high)}"


def months_text(value: float, last: int) -> str:
    """Write a time in months; one that did not come by the last month as such."""
    if math.isinf(value):
        return f"after {last}"
    return plain(value, 1 if value < 20 else 0)


def observed_months(low: float, high: float) -> str:
    """Write an observed time: a month, or on which side of a point it lies."""
    if math.isinf(low) and math.isinf(high):
        return "not known"
    if math.isinf(low):
        return f"by {plain(high, 0)}"
    if math.isinf(high):
        return f"after {plain(low, 0)}"
    return plain(low, 1 if low < 20 else 0)


def observed_text(place: Place) -> str:
    """Write an observation as the source has it: ``31 of 152``, or with its standard error."""
    point = place.point
    if point.count is not None:
        least = "at least " if point.at_least else ""
        return f"{least}{point.count:,} of {place.item.series.at_risk:,}"
    return f"standard error {percent(point.standard_error or 0.0)}"


def verdict(item: Compared) -> str:
    """Say where an observation lies."""
    if not item.comparable:
        return "not counted"
    if item.inside80:
        return "inside 80 %"
    return "inside 95 %" if item.inside95 else "outside"


def counted(track: Track) -> str:
    """Say what a track counts, of whom."""
    series = track.item.series
    if track.effect:
        return f"difference without the levers: {QUANTITIES[track.quantity]}"
    return QUANTITIES[track.quantity] if track.quantity != "scaled" else f"{QUANTITIES['scaled']} ({series.kind})"


def in_force(item: NamedSeries) -> str:
    """Return the levers and shocks of a series with their dates."""
    parts = []
    for key, entry in {**item.series.levers, **item.series.shocks}.items():
        until = f" until {entry.end}" if entry.end is not None else ""
        parts.append(f"{key.replace('-', ' ')} from {entry.start}{until}")
    return "; ".join(parts) if parts else "none of its own"


def tally_sentence(found: Tally, fitted: bool) -> str:
    """Say how many points and series lie inside."""
    what = "fitted to" if fitted else "only shown"
    if not found.points:
        return f"No point is {what}."
    points, series = "point" if found.points == 1 else "points", found.series
    return (
        f"Of {found.points} {points} {what}, the middle 80 % of the runs holds {found.inside80} and the middle 95 % "
        f"holds {found.inside95}. All points {what} lie inside 80 % in {found.series80} of {series} series, inside "
        f"95 % in {found.series95}. The median width of the middle 80 % is {percent(found.median_width80)} percentage "
        "points."
    )


def answer(found: Validation) -> list[str]:
    """Return the answer: how much of the evidence the model meets, and where it is farthest off."""
    sentences = [tally_sentence(found.fitted, True), tally_sentence(found.shown, False)]
    misses = [item for item in found.compared if item.comparable and not item.inside95]
    if misses:
        names = list(dict.fromkeys(item.place.item.series.title for item in misses))[:3]
        sentences.append(f"Farthest off: {list_of(names)}.")
    sides = [item for item in misses if not math.isnan(item.logits)]
    below = sum(item.logits > 0 for item in sides)
    if sides:
        sentences.append(
            f"Of the {len(sides)} shares outside the middle 95 %, the model is too low in {below} and too high in "
            f"{len(sides) - below}."
        )
    sentences.append(doubt(found))
    return sentences


def doubt(found: Validation) -> str:
    """Say what the intervals hold."""
    runs = f"{found.curves.runs:,} runs"
    if found.draws:
        return (
            f"The intervals hold chance and prior doubt: {runs}, {found.draws:,} draws of all parameters from their "
            f"plausible ranges with {found.replicates:,} replicates each. Nothing was fitted in them."
        )
    changed = f", with {len(found.settings)} settings changed" if found.settings else ""
    few = f" With so few runs the ends of an interval are those of single runs; take {FEW_RUNS} or more."
    return (
        f"The intervals hold chance alone: {runs} at one value of each parameter{changed}. Doubt about the parameters "
        f"comes on top: --draws shows it.{few if found.curves.runs < FEW_RUNS else ''}"
    )
