"""Plain sentences from numbers, never stronger than the intervals allow.

A difference is claimed only where its 95 % interval excludes 0 and enough runs stand behind it; everything else is
called not clear. Words of claims are in ``CLAIMS``; a sentence without a claim contains none of them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from diffusion.analysis.results.compare import Comparison, PairedDifference, unchanged
from diffusion.analysis.results.groups import Gains
from diffusion.analysis.results.outcomes import MAIN_OUTCOME, MILESTONES_PCT, Outcome
from diffusion.report.words.doubt_words import runs_that_count, too_few
from diffusion.report.words.numbers import plain, signed
from diffusion.world.facts import Words

#: Words that claim a difference.
CLAIMS: tuple[str, str] = ("higher", "lower")
#: Differences of the adopter share below this are said to be too small to matter, in percentage points.
SMALLEST_OF_INTEREST_PP = 0.1
_UNIT_WORDS = {"pp": "percentage points", "%": "per cent", "1": "", "£ million": "million"}


#: Outcomes of which it is said that somebody gains or loses: who, and how that is counted.
_GAINS_OR_LOSES = {"system_npv_gbp": ("the public system", "in net present value")}


def claims_of(outcome: Outcome) -> tuple[str, str]:
    """Return the words that claim that an outcome is above, and below, that of the reference."""
    return ("better off", "worse off") if outcome.name in _GAINS_OR_LOSES else CLAIMS


def quantity(value: float, outcome: Outcome, decimals: int | None = None) -> str:
    """Return a size in words: ``0.97 percentage points``, ``£190.7 million``."""
    places = outcome.decimals if decimals is None else decimals
    unit = outcome.difference_unit
    number = ("£" if unit.startswith("£") else "") + plain(abs(value), places)
    return f"{number} {_UNIT_WORDS.get(unit, unit)}".strip()


def decimals_for(difference: PairedDifference) -> int:
    """Return decimals at which no bound of an interval that excludes 0 rounds to 0, at most three more than usual."""
    outcome, estimate = difference.outcome, difference.estimate
    places = outcome.decimals
    numbers = [abs(float(x)) * outcome.factor for x in (estimate.low95, estimate.high95) if np.isfinite(x) and x != 0]
    while estimate.clear and places < outcome.decimals + 3 and any(round(number, places) == 0 for number in numbers):
        places += 1
    return places


def interval_text(difference: PairedDifference, level: int = 95) -> str:
    """Return ``+0.88 to +1.06`` in the outcome's unit, or a dash where there is no interval."""
    estimate, outcome = difference.estimate, difference.outcome
    low, high = (estimate.low95, estimate.high95) if level == 95 else (estimate.low80, estimate.high80)
    if not (np.isfinite(low) and np.isfinite(high)):
        return "–"
    places = decimals_for(difference)
    return f"{signed(float(low) * outcome.factor, places)} to {signed(float(high) * outcome.factor, places)}"


def change_sentence(label: str, reference: str, difference: PairedDifference) -> str:
    """Say what ``label`` does to one outcome, compared with ``reference``."""
    outcome, estimate = difference.outcome, difference.estimate
    what = outcome.words
    if unchanged(difference):
        why = f": {difference.why_same}" if difference.why_same else ""
        counted = runs_that_count(estimate.replicates, difference.runs, estimate.over_draws)
        runs = f"the {counted} that have it" if counted else "every run"
        return f"Under {label}, {what} is as in {reference} in {runs}{why}."
    if not estimate.enough:
        few = too_few(estimate.replicates, estimate.least_runs, estimate.over_draws)
        return f"Under {label}: {few} to say anything about {what}."
    size = quantity(float(estimate.mean) * outcome.factor, outcome, decimals_for(difference))
    interval = intervals_text(difference)
    if not estimate.clear:
        if _negligible(difference):
            limit = quantity(float(outcome.smallest or 0) * outcome.factor, outcome, 1)
            return f"Under {label}, {what} is within ±{limit} of that in {reference} ({interval})."
        unclear = f"Under {label}, it is not clear whether {what} differs from that in {reference}"
        if outcome.name in _GAINS_OR_LOSES:
            who, how = _GAINS_OR_LOSES[outcome.name]
            unclear = f"Under {label}, it is not clear whether {who} gains or loses against {reference}, {how}"
        if estimate.over_draws:
            return f"{unclear}: {signed_quantity(difference)} on average ({interval}); {_odds(difference)}."
        return f"{unclear} ({interval})."
    word = claims_of(outcome)[0 if estimate.mean > 0 else 1]
    if outcome.name in _GAINS_OR_LOSES:
        who, how = _GAINS_OR_LOSES[outcome.name]
        return f"Under {label}, {who} is {size} {word} than in {reference}, {how} ({interval})."
    sentence = f"Under {label}, {what} is {size} {word} than in {reference} ({interval})"
    if outcome.smallest is not None and abs(float(estimate.mean)) < outcome.smallest:
        sentence += f", less than the {quantity(outcome.smallest * outcome.factor, outcome, 1)} we hold to matter"
    return sentence + "."


def intervals_text(difference: PairedDifference) -> str:
    """Return the intervals as a sentence has them in brackets: over draws of the parameters that of 80 % first."""
    if difference.estimate.over_draws:
        return f"80 % interval {interval_text(difference, 80)}, 95 % {interval_text(difference)}"
    return f"95 % interval {interval_text(difference)}, chance only"


def signed_quantity(difference: PairedDifference) -> str:
    """Return the mean change in words: ``+0.38 percentage points``, ``−£47 million``."""
    outcome, mean = difference.outcome, float(difference.estimate.mean)
    places = decimals_for(difference)
    number = signed(mean * outcome.factor, places)
    sign = number[:1] if number[:1] in "+−" else ""
    return f"{sign}{quantity(mean * outcome.factor, outcome, places)}"


def _odds(difference: PairedDifference) -> str:
    """Say in how many futures the outcome is worse, or above where neither direction is."""
    if difference.outcome.better:
        same = 1.0 - difference.above_share - difference.below_share
        alike = f", the same in {100 * same:.0f} %" if same >= 0.01 else ""
        return f"worse in {100 * difference.worse_share:.0f} % of futures, better in {_better(difference)} %{alike}"
    return f"above in {100 * difference.above_share:.0f} % of futures"


def _better(difference: PairedDifference) -> str:
    share = difference.above_share if difference.outcome.better > 0 else difference.below_share
    return f"{100 * share:.0f}"


def _alone(over_draws: bool) -> str:
    """Return what to add where an interval holds chance alone."""
    return "" if over_draws else ", chance only"


def _negligible(difference: PairedDifference) -> bool:
    smallest, estimate = difference.outcome.smallest, difference.estimate
    return smallest is not None and -smallest < float(estimate.low95) and float(estimate.high95) < smallest


def leaders(comparison: Comparison, name: str = MAIN_OUTCOME) -> list[int]:
    """Return the scenarios not clearly worse than the one with the best mean, that one first."""
    outcome = next(outcome for outcome in comparison.outcomes if outcome.name == name)
    sign = -1.0 if outcome.better < 0 else 1.0
    means = [sign * float(np.nanmean(values)) for values in comparison.values[name]]
    top = int(np.argmax(means))
    tied = [top]
    for other in range(comparison.n_scenarios):
        if other == top:
            continue
        difference = comparison.difference(name, max(top, other), min(top, other))
        worse = sign * int(difference.estimate.direction) * (1 if top > other else -1)
        if worse <= 0:
            tied.append(other)
    return tied


def _gap_pp(comparison: Comparison, first: int, second: int, name: str) -> float:
    """Return the size of the mean difference of the adopter share between two scenarios, percentage points."""
    difference = comparison.difference(name, max(first, second), min(first, second))
    return abs(float(difference.estimate.mean) * difference.outcome.factor)


def list_of(names: Sequence[str]) -> str:
    """Return ``A, B and C``."""
    if len(names) < 2:
        return "".join(names)
    return ", ".join(names[:-1]) + " and " + names[-1]


def leader_sentence(
    comparison: Comparison,
    labels: Sequence[str],
    name: str = MAIN_OUTCOME,
    what: str = "Innovations spread",
    none: str = "No option clearly spreads innovations further than the others.",
) -> str:
    """Say which scenario spreads ``what`` furthest, if the intervals of the adopter share ``name`` tell.

    ``none`` is said where no option is clearly ahead of another.
    """
    tied = leaders(comparison, name)
    if not comparison.enough:
        few = too_few(comparison.replicates, comparison.least_runs, comparison.over_draws)
        return f"{few[:1].upper()}{few[1:]} to rank the options."
    if len(tied) == 1:
        others = comparison.n_scenarios - 1
        against = f"each of the other {others}" if others > 1 else next(x for x in labels if x != labels[tied[0]])
        sure = f"clear at 95 %{_alone(comparison.over_draws)}"
        head = f"{what} furthest under {labels[tied[0]]}: its lead over {against} is {sure}"
        gaps = {
            other: _gap_pp(comparison, tied[0], other, name)
            for other in range(comparison.n_scenarios)
            if other != tied[0]
        }
        rival = min(gaps, key=lambda other: gaps[other])
        if gaps[rival] >= SMALLEST_OF_INTEREST_PP:
            return f"{head}."
        return (
            f"{head}, but over {labels[rival]} it is only {plain(gaps[rival], 2)} percentage points, less than the "
            f"{SMALLEST_OF_INTEREST_PP} that would matter."
        )
    if len(tied) == comparison.n_scenarios:
        return none
    rest = list_of([labels[i] for i in tied[1:]])
    behind = [label for i, label in enumerate(labels) if i not in tied]
    return (
        f"{what} furthest on average under {labels[tied[0]]}, but {rest} cannot be told apart from it; "
        f"{list_of(behind)} {'is' if len(behind) == 1 else 'are'} clearly behind."
    )


def open_milestones(comparison: Comparison) -> list[int]:
    """Return the levels, in per cent, that not every run of every scenario has when it begins."""
    return [
        level
        for level in MILESTONES_PCT
        if any(values.max() > 0 for values in comparison.values[f"months_to_{level}_pct"])
    ]


def milestone(comparison: Comparison) -> int | None:
    """Return the highest level, in per cent, that every run of every scenario reaches, and not all begin with."""
    reached = [
        level
        for level in open_milestones(comparison)
        if all(values.min() >= 1 for values in comparison.values[f"reached_{level}_pct"])
    ]
    return max(reached) if reached else None


def told_milestone(comparison: Comparison) -> int | None:
    """Return the level whose months are told: :func:`milestone`, else the lowest that is still to be reached."""
    found = milestone(comparison)
    return found if found is not None else next(iter(open_milestones(comparison)), None)


def speed_sentence(comparison: Comparison, labels: Sequence[str]) -> str:
    """Say which scenario is fastest to the highest level that all runs reach."""
    level = milestone(comparison)
    if level is None:
        next_level = told_milestone(comparison)
        if next_level is None:
            known = f"All runs begin with {MILESTONES_PCT[-1]} % of possible uses or more"
        else:
            known = f"Not every run reaches {next_level} % of possible uses"
        return f"{known}, so how fast options are is told by the curves only."
    name = f"months_to_{level}_pct"
    tied = leaders(comparison, name)
    if not comparison.enough or len(tied) == comparison.n_scenarios:
        return f"No option clearly reaches {level} % of possible uses before the others."
    months = plain(float(comparison.values[name][tied[0]].mean()), 0)
    if len(tied) == 1:
        return f"{level} % of possible uses is reached first under {labels[tied[0]]}, after {months} months on average."
    fastest = list_of([labels[i] for i in tied])
    return (
        f"{level} % of possible uses is reached first under {fastest}, after about {months} months; they cannot be "
        "told apart with these runs."
    )


_NAMES = Words()
_GROUP_WORDS = {
    "sector": ("sector", "sectors"),
    "innovation": ("innovation", "innovations"),
    "trust": ("trust", "trusts"),
    "centre": ("group", "groups"),
}


def gains_sentence(label: str, gain: Gains, names: Sequence[str] | None = None, words: Words = _NAMES) -> str:
    """Count the groups that gain, lose, or show no clear change; name the losers while they are few."""
    of_world = words.of(gain.grouping) if gain.grouping not in _GROUP_WORDS else None
    one, many = _GROUP_WORDS[gain.grouping] if of_world is None else (of_world.short, of_world.many)
    if not gain.change.enough:
        return f"{label}: too few runs to tell who gains and who loses."
    display = dict(zip(gain.names, names if names is not None else gain.names))
    total, up, down = len(gain.names), len(gain.gained), len(gain.lost)
    unclear = total - up - down
    parts = []
    if up:
        parts.append(f"{up} of {total} {many if total > 1 else one} gain" + ("s" if up == 1 else ""))
    if down:
        named = f" ({list_of([display[name] for name in gain.lost])})" if down <= 4 else ""
        parts.append((f"{down} of {total} {many}" if not up else str(down)) + f" lose{'s' if down == 1 else ''}{named}")
    if not parts:
        return f"{label}: no clear change in any of the {total} {many}."
    text = f"{label}: " + list_of(parts) + (f"; no clear change in {unclear}" if unclear else "")
    if up + down < beyond_chance(total):
        text += f" (among {total}, as many could stand out by chance)"
    return text + "."


def beyond_chance(comparisons: int, level: float = 0.95) -> int:
    """Return the number of 95 % intervals excluding 0 that chance alone exceeds or reaches in under 5 % of cases.

    The smallest c with P(Binomial(comparisons, 1 - level) >= c) < .05, as if the comparisons were independent.
    """
    miss = 1 - level
    below, c = 0.0, 0
    while 1 - below >= 0.05 and c <= comparisons:
        below += math.comb(comparisons, c) * miss**c * (1 - miss) ** (comparisons - c)
        c += 1
    return c
