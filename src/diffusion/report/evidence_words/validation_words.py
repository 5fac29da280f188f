"""The words of the page of validation: what was counted, how near it came, what stands on which rung."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from diffusion.month.measures import QUANTITIES
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

#: A point that more of the draws come near is one that parameters within their ranges can give.
ENOUGH_DRAWS = 0.25

#: What a point counts, in short.
SHORT: dict[str, str] = {
    "adopters": "in rollout or sustained use",
    "ever": "ever used it",
    "using": "in pilot or use",
    "aware": "heard of it",
    "complete": "rolled it out to 90 %",
    "enrolled": "enrolled",
    "use": "mean use inside trusts",
    "scaled": "pilots that went on",
}
SIMULATED: dict[str, str] = {
    "adopters": "trusts in rollout or sustained use",
    "ever": "trusts that have ever been in rollout or sustained use",
    "using": "trusts in pilot, rollout or sustained use",
    "aware": "trusts that have heard of it",
    "complete": "trusts that have rolled it out to nine tenths or more",
    "enrolled": "trusts enrolled in the national programme",
    "use": "use inside trusts, mean over those at risk",
    "scaled": "pilots that went on to rollout, of all that have ended",
}
assert set(SHORT) == set(SIMULATED) == set(QUANTITIES)

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
    "“Fitted to” marks points that a fit may use. A model that was fitted to them is not tested by them. Points that "
    "are only shown can test it, but some count other units than trusts (practices, sites).",
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
    return f"{percent(low)}–{percent(high)}"


def months_text(value: float, last: int) -> str:
    """Write a time in months; one that did not come by the last month as such."""
    if math.isinf(value):
        return f"after {last}"
    if value == 0:
        return "at the start"
    return plain(value, 1 if value < 20 else 0)


def observed_months(low: float, high: float) -> str:
    """Write an observed time: a month, or on which side of a point it lies."""
    if math.isinf(low) and math.isinf(high):
        return "not known"
    if math.isinf(low):
        return f"by {plain(high, 0)}"
    if math.isinf(high):
        return f"after {plain(low, 0)}"
    if low == high == 0:
        return "at the start"
    return plain(low, 1 if low < 20 else 0)


def observed_text(place: Place) -> str:
    """Write an observation as the source has it: ``31 of 152``, or with its standard error."""
    point = place.point
    if point.count is not None:
        least = "≥ " if point.at_least else ""
        return f"{least}{point.count:,} of {place.item.series.at_risk:,}"
    return f"s.e. {percent(point.standard_error or 0.0)}"


def verdict(item: Compared) -> str:
    """Say where an observation lies."""
    if not item.comparable:
        return "not counted"
    if item.inside80:
        return "inside 80 %"
    return "inside 95 %" if item.inside95 else "outside"


def why_not_counted(item: Compared) -> str:
    """Say why a point is not counted; nothing where it is."""
    if item.comparable:
        return ""
    return "set at the start" if item.place.month <= 0 else "a wider unit"


def simulated_words(track: Track) -> str:
    """Say what is simulated for a track."""
    words = SIMULATED[track.quantity]
    if track.effect:
        return f"Simulated: {words}; difference from the same runs without the levers of this series."
    return f"Simulated: {words}."


def in_force(item: NamedSeries) -> str:
    """Return the levers and shocks of a series with their dates and settings."""
    parts = []
    for key, entry in {**item.series.levers, **item.series.shocks}.items():
        until = f" until {entry.end}" if entry.end is not None else ""
        settings = entry.model_dump(mode="json", exclude_unset=True, exclude={"start", "end"})
        more = f" ({_settings(settings)})" if settings else ""
        parts.append(f"{key.replace('-', ' ')} from {entry.start}{until}{more}")
    return "; ".join(parts) if parts else "none of its own"


def _settings(value: object) -> str:
    """Write settings on one line, as a reader says them; whose programme it is, and money that is none, go unsaid."""
    if isinstance(value, dict):
        parts = []
        for key, inner in value.items():
            name = str(key).replace("_", " ").replace(" wte", " WTE").replace(" gbp", " £")
            if key == "programmes" and isinstance(inner, dict):
                parts += [f"programme {title}: {_settings(entry)}" for title, entry in inner.items()]
            elif key != "innovations" and not (isinstance(inner, dict) and not any(inner.values())):
                parts.append(f"{name} {_settings(inner)}")
        return ", ".join(parts)
    if isinstance(value, list):
        return ", ".join(_settings(inner) for inner in value)
    if isinstance(value, bool):
        return "on" if value else "off"
    return f"{value:g}" if isinstance(value, float) else str(value)


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
        what = "share lies" if len(sides) == 1 else "shares lie"
        sentences.append(
            f"{len(sides)} {what} outside the middle 95 %: the model is too low in {below} and too high in "
            f"{len(sides) - below}."
        )
    for row in found.who_first:
        if not row.inside80:
            show = signed if row.observed < 0 or row.simulated.low80 < 0 else plain
            low, high = (show(value, 2) for value in (row.simulated.low80, row.simulated.high80))
            sentences.append(
                f"Who adopts first: the {row.what} of {row.item.series.title} is {plain(row.observed, 2)} and lies "
                f"outside the middle 80 % of the runs ({low} to {high})."
            )
    if found.draws:
        sentences.append(near_sentence(found))
    sentences.append(doubt(found))
    return sentences


def near_sentence(found: Validation) -> str:
    """Say how many points enough draws come near, and which they do not."""
    counted = [item for item in found.compared if item.comparable]
    far = [item for item in counted if item.reached <= ENOUGH_DRAWS]
    names = list(dict.fromkeys(item.place.item.series.title for item in far))
    but = f" Not so: {list_of(names)}." if far else ""
    return (
        f"Of {len(counted)} points, {len(counted) - len(far)} have more than {percent(ENOUGH_DRAWS, 0)} % of the draws "
        f"near them.{but}"
    )


def doubt(found: Validation) -> str:
    """Say what the intervals hold."""
    runs = f"{found.curves.runs:,} runs"
    if found.from_posterior:
        return (
            f"The intervals hold chance and the doubt that is left after a fit to the points marked so: {runs}, "
            f"{found.draws:,} draws of the posterior with {found.replicates:,} replicates each."
        )
    if found.draws:
        return (
            f"The intervals hold chance and prior doubt: {runs}, {found.draws:,} draws of all parameters from their "
            f"plausible ranges with {found.replicates:,} replicates each. Nothing was fitted in them."
        )
    changed = f", with {len(found.settings)} settings changed" if found.settings else ""
    few = f" With so few runs the ends of an interval are those of single runs; take {FEW_RUNS} or more."
    return (
        f"The intervals hold chance alone: {runs} at one value of each parameter{changed}. Doubt about the parameters "
        f"comes on top: diffusion validate --draws 50 shows it.{few if found.curves.runs < FEW_RUNS else ''}"
    )
