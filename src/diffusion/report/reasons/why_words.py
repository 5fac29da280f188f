"""Why an option differs, in sentences that say no more than the intervals carry."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from diffusion.analysis.results.intervals import Estimate
from diffusion.analysis.results.outcomes import MAIN_OUTCOME, OUTCOME_BY_NAME
from diffusion.arrays import Floats
from diffusion.engine.term_groups import GROUP_BY_NAME
from diffusion.experiments.searches.lever_probe import weakest
from diffusion.experiments.searches.why import Contribution, Why
from diffusion.report.reasons.why_tables import share_of
from diffusion.report.words.doubt_words import too_few
from diffusion.report.words.labels import name_words
from diffusion.report.words.numbers import plain, signed
from diffusion.report.words.sentences import list_of

#: Grade -> words; "" is what no graded setting of a lever stands behind.
GRADE_WORDS = {
    "A": "trial or controlled study",
    "B": "uncontrolled, or by analogy",
    "C": "assumption",
    "": "no setting with a grade",
}
#: How the parts are found, for notes.
HOW = (
    "Parts are Shapley values: what each adds, averaged over all orders in which they can be added, on the same draws. "
    "Inside a lever they are what it acts through: in runs between, it writes nothing to the other groups of terms. "
    "The parts add up to the whole."
)
HOW_MANY = (
    "With more than three levers that differ, each has what is lost if it alone is taken back, and what is left of the "
    "whole is told as levers together."
)


class GradePart(NamedTuple):
    """What of a difference rests on one grade: its parts, float64[R] of their sum."""

    grade: str
    parts: tuple[Contribution, ...]
    values: Floats


def part_words(part: Contribution, why: Why, short: bool = False) -> str:
    """Return what a part is called; the lever is named where several are taken apart."""
    several = len({each.lever for each in why.contributions if each.lever}) > 1
    stem = f"{name_words(part.lever)}: " if several else ""
    if part.kind in ("group", "rest"):
        return stem + inner_words(part, short)
    if part.kind == "lever":
        return name_words(part.lever)
    return {
        "other": "settings that are no lever's",
        "together": "levers together",
        "whole": "the whole difference",
    }[part.kind]


def inner_words(part: Contribution, short: bool = True) -> str:
    """Return what a part inside a lever is called, without the lever."""
    if part.kind == "rest":
        return "what is left when all of these are mute"
    words = GROUP_BY_NAME[part.group].words
    return words.split(":")[0] if short else words


def places_of(why: Why) -> int:
    """Return decimals at which no clear part rounds to 0, at most two more than the outcome's usual ones."""
    usual = OUTCOME_BY_NAME[MAIN_OUTCOME].decimals
    places = usual
    found = [why.estimate(part.values) for part in why.contributions]
    bounds = [abs(float(x)) for estimate in found if bool(estimate.clear) for x in (estimate.low95, estimate.high95)]
    while places < usual + 2 and any(round(bound, places) == 0 for bound in bounds):
        places += 1
    return places


def interval(estimate: Estimate, places: int, level: int) -> str:
    """Return ``+0.12 to +0.30``, or a dash where there is no interval."""
    low, high = (estimate.low80, estimate.high80) if level == 80 else (estimate.low95, estimate.high95)
    if not (np.isfinite(low) and np.isfinite(high)):
        return "–"
    return f"{signed(float(low), places)} to {signed(float(high), places)}"


def _both(estimate: Estimate, places: int) -> str:
    return f"80 % interval {interval(estimate, places, 80)}, 95 % {interval(estimate, places, 95)}"


def by_grade(why: Why) -> list[GradePart]:
    """Return the finest parts by the grade that they rest on, which is the weakest of their settings; A first."""
    found = []
    for grade in GRADE_WORDS:
        parts = tuple(part for part in why.leaves if weakest(part.settings) == grade)
        if parts:
            found.append(GradePart(grade, parts, np.sum([part.values for part in parts], axis=0)))
    return found


def why_sentences(why: Why, label: str, reference: str) -> list[str]:
    """Say what the difference of one option from the first scenario is made of."""
    whole, places, leaves = why.estimate(why.whole), places_of(why), why.leaves
    if not any(part.values.any() for part in leaves):
        return [f"{label} is as {reference} in every run: there is nothing to take apart."]
    if not whole.enough:
        few = too_few(whole.replicates, whole.least_runs, why.over_draws)
        return [f"{few} to say why {label} differs from {reference}."]
    size = f"{signed(float(whole.mean), places)} percentage points (95 % interval {interval(whole, places, 95)})"
    if bool(whole.clear):
        lead = f"Of the {size} between {label} and {reference}"
    else:
        lead = f"It is not clear whether {label} differs from {reference} at all ({size}); of this"
    ordered = sorted(leaves, key=lambda part: -abs(float(part.values.mean())))
    estimates = {id(part): why.estimate(part.values) for part in ordered}
    clear = [part for part in ordered if bool(estimates[id(part)].clear)]
    told = [
        f"{part_words(part, why, short=True)} gives {signed(float(estimates[id(part)].mean), places)} "
        f"({_both(estimates[id(part)], places)})"
        for part in clear
    ]
    sentences = [f"{lead}, {'; '.join(told)}."] if told else [f"{lead}, no single part can be told from 0."]
    doubtful = [part for part in ordered if not any(part is known for known in clear) and part.values.any()]
    sentences += [
        f"Whether {part_words(part, why, short=True)} gives anything is not clear "
        f"({_both(estimates[id(part)], places)})."
        for part in (doubtful if told else ())
    ]
    if idle := [part_words(part, why, short=True) for part in ordered if not part.values.any()]:
        sentences.append(f"Nothing comes of {list_of(idle)} in any run.")
    sentences += _largest(why, ordered, bool(whole.clear), float(whole.mean))
    return sentences + _grade_sentences(why, places)


def _largest(why: Why, ordered: Sequence[Contribution], clear: bool, whole: float) -> list[str]:
    """Say which part carries the difference, if its lead over every other is clear, run by run."""
    if not clear or len(ordered) < 2:
        return []
    sign = 1.0 if whole > 0 else -1.0
    top = max(ordered, key=lambda part: sign * float(part.values.mean()))
    leads = [why.estimate(sign * (top.values - part.values)) for part in ordered if part is not top]
    if not all(bool(lead.clear) and lead.mean > 0 for lead in leads):
        return []
    others = "the other" if len(leads) == 1 else f"each of the other {len(leads)} parts"
    verb = "raises" if whole > 0 else "lowers"
    name = part_words(top, why, short=True)
    return [f"What {verb} the share most is {name}: its lead over {others} is clear at 95 %."]


def _grade_sentences(why: Why, places: int) -> list[str]:
    told, doubtful = [], []
    for row in by_grade(why):
        words = f"grade {row.grade} ({GRADE_WORDS[row.grade]})" if row.grade else "no setting with a grade"
        estimate = why.estimate(row.values)
        if not bool(estimate.clear):
            doubtful += [words] if row.values.any() else []
            continue
        share = share_of(why, row.values)
        part = "" if np.isnan(share) else f", {plain(100 * share, 0)} % of it,"
        told.append(f"{signed(float(estimate.mean), places)}{part} rests on {words} ({_both(estimate, places)})")
    sentences = [f"By the weakest evidence behind each part, {'; '.join(told)}."] if told else []
    if told and doubtful:
        sentences.append(f"Whether anything rests on {list_of(doubtful)} is not clear.")
    if all(row.grade != "A" for row in by_grade(why)):
        sentences.append("No part of it rests on grade A.")
    return sentences


def cost_sentence(runs: int, looks: int, replicates: int) -> str:
    """Say what it took."""
    of = f" of {replicates} replicates" if replicates != 1 else " of one replicate"
    return f"To say why took {runs} more runs{of}, and {looks} short ones to see what levers write."
