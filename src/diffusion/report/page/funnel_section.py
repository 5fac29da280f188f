"""The funnel: where pairs stand at the end, what holds up those under way, and where most of the others stop."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from diffusion.analysis.results.funnel import HELD, MOVED, ORDER, UNDER_WAY, Funnel, funnel
from diffusion.analysis.results.intervals import MINIMUM_REPLICATES_FOR_CLAIM, estimate_mean, least_runs
from diffusion.analysis.results.tables import ResultTables, drawn
from diffusion.arrays import Floats
from diffusion.engine.stages import ADOPTER_STAGES, STAGES
from diffusion.report.page.cells import Cell, PageTable
from diffusion.report.words.labels import scenario_labels
from diffusion.report.words.limits import mismatched
from diffusion.report.words.numbers import plain
from diffusion.report.words.sentences import list_of

#: what each stage is called in the table, and in a sentence
ROWS: dict[str, tuple[str, str]] = {
    "unaware": ("Unaware: the trust has not heard of it", "not heard of"),
    "aware": ("Aware, not taken up", "known and not taken up"),
    "evaluating": ("In evaluation, or accepted and waiting for a pilot", "in evaluation"),
    "pilot": ("In pilot", "in pilot"),
    "rollout": ("Adopted: in rollout", "in rollout"),
    "sustained": ("Adopted: sustained use", "in sustained use"),
    "no_use": ("No use for it", "of no use to the trust"),
    "rejected": ("Evaluated and rejected", "rejected"),
    "abandoned": ("Pilot ended, or use given up", "ended as pilots or given up"),
}
#: what a sentence says of the share in a stage that is no adoption
SAYS: dict[str, str] = {
    "unaware": "have not been heard of",
    "aware": "are known and not taken up",
    "evaluating": "are in evaluation",
    "pilot": "are in pilot",
    "no_use": "turn out to be of no use to the trust",
    "rejected": "were rejected",
    "abandoned": "were ended as pilots or given up",
}
#: the terms that act on leaving a stage, and how a sentence calls them; at least one lever writes each
MOVED_BY: dict[str, tuple[tuple[str, ...], str]] = {
    "unaware": (("awareness_push",), "pushes on awareness"),
    "aware": (("triage_push", "alignment"), "pushes on triage and strategic alignment"),
    "evaluating": (("capacity", "evaluation_time"), "change time and the length of evaluations"),
    "pilot": (("rollout_push", "capacity"), "pushes on rollout and change time"),
    "rejected": (("reconsideration",), "reconsideration"),
    "abandoned": (("reconsideration", "champion_stock"), "reconsideration and champions"),
}
HELD_ROWS: dict[str, tuple[str, str]] = {
    "blocked_time": ("Less change time than they need", "change time"),
    "blocked_money": ("Waiting for money", "money"),
    "blocked_burden": ("Burden too high (above 1.25)", "burden"),
    "blocked_limit": ("Waiting at the limit on pilots", "the limit on pilots"),
}
MOVED_ROWS: dict[str, str] = {
    "pilots_started": "Pilots started",
    "pilots_to_rollout": "Pilots that went on to rollout",
    "pilots_ended": "Pilots that ended without rollout",
    "evaluations_rejected": "Evaluations that rejected",
    "adoptions_abandoned": "Adoptions given up",
}
_ADOPTED = {STAGES[stage] for stage in ADOPTER_STAGES}
assert (set(ROWS), set(HELD_ROWS), set(MOVED_ROWS)) == (set(ORDER), set(HELD), set(MOVED))
assert set(SAYS) == set(ORDER) - _ADOPTED
#: in so many of the runs one state must be the largest to be named as the largest
_SURE = 0.95
_LARGEST_TOLD = 3
#: what holds up less than this share of the pairs under way holds up few of them
_LITTLE = 0.1
#: what differs clearly from the first option is told from so many percentage points on
_TOLD_PP, _TOLD_WORDS = 0.5, "half a percentage point"


class FunnelSection(NamedTuple):
    """Sentences, on the first option and on what differs clearly in others, and tables.

    Empty where a result of an earlier version does not have the counts.
    """

    sentences: list[str]
    tables: list[PageTable]


def funnel_section(tables: Sequence[ResultTables]) -> FunnelSection:
    """Return the funnel of every option."""
    found = [each for each in map(funnel, tables) if each is not None]
    if len(found) < len(tables):
        return FunnelSection([], [])
    labels = scenario_labels(tables)
    if mismatched(tables) or len(found[0].eligible) < least_runs(drawn(tables[0])):  # no difference is claimed
        sentences = [funnel_sentence(label, each) for label, each in zip(labels, found)]
    else:
        sentences = [funnel_sentence(labels[0], found[0]), *other_sentences(labels, found, drawn(tables[0]))]
    more = [*_largest(labels, found), *_held(labels, found), *_moved(labels, found)]
    return FunnelSection(sentences, [_stages(labels, found), *more])


def _stages(labels: Sequence[str], found: Sequence[Funnel]) -> PageTable:
    rows = [(ROWS[stage][0], [_share(each.share(stage)) for each in found]) for stage in ORDER]
    rows.append(("Adopted in all: rollout and sustained use", [_share(_adopted(each)) for each in found]))
    pairs = ", ".join(dict.fromkeys(plain(float(each.eligible.mean()), 0) for each in found))
    note = (
        f"Share of {pairs} eligible pairs of trust and innovation, which all rows but the last share out. Small "
        "print: middle 80 % of runs. “Unaware” includes what is not yet on the market; the rejected may return."
    )
    return PageTable("Where pairs stand at the end, % of eligible pairs", ("State", *labels), rows, note)


def _largest(labels: Sequence[str], found: Sequence[Funnel]) -> list[PageTable]:
    """In how many runs each state that levers act on is the largest of them; none where too few runs tell."""
    if len(found[0].eligible) < MINIMUM_REPLICATES_FOR_CLAIM:
        return []
    often = [_how_often({stage: each.share(stage) for stage in MOVED_BY}) for each in found]
    rows = [
        (ROWS[stage][0], [Cell(plain(100 * each.get(stage, 0.0), 0)) for each in often])
        for stage in MOVED_BY
        if any(stage in each for each in often)
    ]
    note = "Runs that tie are shared. Other states no lever moves, or they are adoption itself."
    return (
        [PageTable("The largest state that levers act on, % of runs", ("State", *labels), rows, note)] if rows else []
    )


def _held(labels: Sequence[str], found: Sequence[Funnel]) -> list[PageTable]:
    rows = [
        (words, [_share(_held_share(each, name)) for each in found])
        for name, (words, _) in HELD_ROWS.items()
        if all(name in each.held for each in found)
    ]
    if not rows:
        return []
    rows.insert(0, ("Under way in all: in evaluation, pilot or rollout", [_share(_under_way(each)) for each in found]))
    note = (
        "Of pairs in evaluation, pilot or rollout, in the last month. A pair may count in several rows: they do not "
        "add up. Money also holds up pilots that could be rolled out."
    )
    caption = "What holds up pairs under way, % of eligible pairs"
    return [PageTable(caption, ("Held up by", *labels), rows, note)]


def _moved(labels: Sequence[str], found: Sequence[Funnel]) -> list[PageTable]:
    rows = [
        (words, [_count(each.moved[name]) for each in found])
        for name, words in MOVED_ROWS.items()
        if all(name in each.moved for each in found)
    ]
    note = "Moves over the whole run; a pair that begins again counts again. Small print: middle 80 % of runs."
    return [PageTable("What pilots and evaluations came to", ("Number", *labels), rows, note)] if rows else []


def _adopted(each: Funnel) -> Floats:
    return np.asarray(sum(each.share(STAGES[stage]) for stage in ADOPTER_STAGES))


def _under_way(each: Funnel) -> Floats:
    return np.asarray(sum(each.share(stage) for stage in UNDER_WAY))


def _held_share(each: Funnel, name: str) -> Floats:
    return np.asarray(100 * each.held[name] / np.maximum(1, each.eligible))


def _share(values: Floats) -> Cell:
    return Cell(*_texts(values, 1))


def _count(values: Sequence[int] | np.ndarray) -> Cell:
    return Cell(*_texts(np.asarray(values, dtype=np.float64), 0))


def _texts(values: Floats, decimals: int) -> tuple[str, str]:
    """Return the mean and the middle 80 % of runs."""
    low, high = np.quantile(values, (0.1, 0.9))
    return plain(float(values.mean()), decimals), f"{plain(float(low), decimals)} to {plain(float(high), decimals)}"


def funnel_sentence(label: str, each: Funnel) -> str:
    """Say why the level is what it is: who has adopted, where most of the others stand, and what holds them up."""
    means = {stage: float(each.share(stage).mean()) for stage in SAYS}
    largest = [stage for stage in sorted(means, key=lambda name: -means[name]) if means[stage] > 0][:_LARGEST_TOLD]
    told = ", ".join(f"{_percent(means[stage])} {SAYS[stage]}" for stage in largest)
    first = f"In {label}, {_percent(float(_adopted(each).mean()))} of possible uses are adopted at the end"
    level = f"{first}; {told}." if told else f"{first}."
    if len(each.eligible) < MINIMUM_REPLICATES_FOR_CLAIM:
        return f"{level} Too few runs to name a bottleneck."
    return f"{level} {_bottleneck(each)}{_holding(each)}"


def other_sentences(labels: Sequence[str], found: Sequence[Funnel], over_draws: bool) -> list[str]:
    """Say what differs clearly from the first option, largest first, and of which options nothing does."""
    first, sentences, alike = found[0], [], []
    for label, each in zip(labels[1:], found[1:]):
        told = _differences(each, first, labels[0], over_draws)
        if told:
            sentences.append(f"Under {label}, {list_of(told)}.{_other_bottleneck(each, first)}")
        else:
            alike.append(label)
    if alike:
        sentences.append(f"Under {list_of(alike)}, no state clearly differs from {labels[0]} by {_TOLD_WORDS} or more.")
    return sentences


def _differences(each: Funnel, first: Funnel, reference: str, over_draws: bool) -> list[str]:
    says = {"adopted": "are adopted", **SAYS}
    values = {"adopted": (_adopted(each), _adopted(first))}
    values |= {stage: (each.share(stage), first.share(stage)) for stage in SAYS}
    changes = {state: estimate_mean(one - other, over_draws) for state, (one, other) in values.items()}
    clear = [state for state in values if changes[state].clear and abs(float(changes[state].mean)) >= _TOLD_PP]
    clear = sorted(clear, key=lambda state: -abs(float(changes[state].mean)))[:_LARGEST_TOLD]
    told: list[str] = []
    for state in sorted(clear, key=list(values).index):
        one, other = (float(part.mean()) for part in values[state])
        than = _percent(other) if told else f"in {reference} {_percent(other)}"
        told.append(f"{_percent(one)} {says[state]} ({than})")
    return told


def _other_bottleneck(each: Funnel, first: Funnel) -> str:
    """Say which group is the largest where that is sure and another than in the first option."""
    ours, theirs = (_how_often({stage: one.share(stage) for stage in MOVED_BY}) for one in (each, first))
    if not ours or next(iter(ours.values())) < _SURE:
        return ""
    stage = next(iter(ours))
    alike = bool(theirs) and next(iter(theirs)) == stage and theirs[stage] >= _SURE
    return "" if alike else f" {_bottleneck(each)}"


def _percent(value: float) -> str:
    return f"{plain(value, 1)} %"


def _bottleneck(each: Funnel) -> str:
    often = _how_often({stage: each.share(stage) for stage in MOVED_BY})
    if not often:
        return "Nobody is left in a state that a lever could move."
    stage, part = next(iter(often.items()))
    if part >= _SURE:
        return (
            f"The largest group that policies can move is “{ROWS[stage][1]}”{_in_runs(part)}; {MOVED_BY[stage][1]} act "
            "on leaving it. That is where most stop, not how many of them would go on to adopt."
        )
    named = ", ".join(
        f"“{ROWS[name][1]}” in {100 * often[name]:.0f} % of the runs" for name in list(often)[:_LARGEST_TOLD]
    )
    return f"No single group that policies can move is the largest in nearly all runs: {named}."


def _holding(each: Funnel) -> str:
    """Say what holds up most of the pairs under way, where one does so in nearly all runs, or that little does."""
    under_way = float(_under_way(each).mean())
    if not each.held or under_way == 0:
        return ""
    most = max(float(_held_share(each, name).mean()) for name in each.held)
    if most < _LITTLE * under_way:
        named = list_of([HELD_ROWS[name][1] for name in each.held])
        return (
            f" Under way are {_percent(under_way)}; none of {named} holds up more than {_percent(most)} of "
            "possible uses in the last month."
        )
    often = _how_often(each.held)
    name, part = next(iter(often.items()))
    if part < _SURE:
        return ""
    share = float(_held_share(each, name).mean())
    return (
        f" Under way are {_percent(under_way)}; {HELD_ROWS[name][1]} holds up more of them than anything else "
        f"({_percent(share)} of possible uses in the last month)."
    )


def _how_often(values: Mapping[str, Floats]) -> dict[str, float]:
    """Return the share of runs in which each is the largest, most often first; runs that tie are shared."""
    if not values:
        return {}
    stacked = np.stack([np.asarray(each, dtype=np.float64) for each in values.values()])
    top = (stacked == stacked.max(axis=0)) & (stacked > 0)
    parts = (top / np.maximum(1, top.sum(axis=0))).mean(axis=1)
    found = {name: float(part) for name, part in zip(values, parts) if part > 0}
    return dict(sorted(found.items(), key=lambda item: -item[1]))


def _in_runs(part: float) -> str:
    return " in every run" if part == 1 else f" in {100 * part:.0f} % of the runs"
