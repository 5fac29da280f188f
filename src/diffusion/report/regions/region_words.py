"""How a region is called, and sentences on how it stands."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from diffusion.analysis.regions.standing import comparable_groups, england_share, rank_by_share
from diffusion.analysis.regions.tables import RegionTables
from diffusion.analysis.results.intervals import Estimate, estimate_mean
from diffusion.analysis.results.tables import ResultTables, drawn
from diffusion.engine.calendar import Month
from diffusion.report.words.doubt_words import runs_word, too_few
from diffusion.report.words.labels import end_of, month_name, scenario_labels, short_ahsn, words_of
from diffusion.report.words.numbers import plain, signed
from diffusion.world.regions import Region


def short_title(region: Region) -> str:
    """Return the name of a region for heads and axes."""
    return short_ahsn(region.title) if region.grouping == "ahsn" else region.title


def full_title(region: Region, whole: Sequence[ResultTables]) -> str:
    """Return the name of a region with what it is: ``Greater Manchester (AHSN)``."""
    if region.is_group:
        return f"{short_title(region)} ({words_of(whole).of(region.grouping).short})"
    return f"{region.title} ({plural(len(region.trusts), 'trust')})"


def whole_words(whole: Sequence[ResultTables]) -> str:
    """Return what all trusts of the run are called."""
    world = whole[0].world
    england = "england" in str(world.name).lower() and "region" not in world.provenance
    return "England" if england else "all trusts"


def board_merged(region: Region, whole: Sequence[ResultTables]) -> list[str]:
    """Say of a board that goes on in another during the runs when and in which: the page keeps its trusts.

    The table of boards of the world that the runs stand on says so, where it has one.
    """
    world = whole[0].world
    found = {each.code: each for each in getattr(world, "board_successors", ())}
    if region.grouping != "ics" or region.code not in found:
        return []
    _, month, into, name = found[region.code]
    if Month(month) > end_of(whole[0]):
        return []
    when, since = month_name(Month(month)), month_name(Month(world.facts.data_month))
    part_of = f"{name} ({into})" if name else into
    return [
        f"In {when} this {words_of(whole).board.short} became part of {part_of}. This page "
        f"is of the trusts that it had in {since}, throughout."
    ]


def plural(number: int, word: str) -> str:
    """Return ``1 trust`` or ``8 trusts``."""
    return f"{number:,} {word}{'' if number == 1 else 's'}"


def standing_sentences(region: Region, own: Sequence[RegionTables], whole: Sequence[ResultTables]) -> list[str]:
    """Say how the region stands beside England and the others, in the first scenario and in gains by option."""
    labels, over, name = scenario_labels(whole), drawn(whole[0]), short_title(region)
    if none_eligible := without_pairs(region, own, whole):
        return none_eligible
    all_of = whole_words(whole)
    ours = [np.asarray(100 * each.monthly["adopter_share"][:, -1]) for each in own]
    theirs = england_share(whole)
    gap = estimate_mean(ours[0] - theirs[0], over)
    if not gap.enough:
        few = too_few(gap.replicates, gap.least_runs, over)
        return [f"{few[:1].upper()}{few[1:]} to say how {name} stands beside {all_of}."]
    sentences = [_gap_sentence(f"In {labels[0]}, the adopter share of {name} is", f"that of {all_of}", gap)]
    codes = comparable_groups(whole, region)
    if region.is_group and not codes:
        word = words_of(whole).of(region.grouping)
        sentences.append(
            f"{name} is not {word.one} of the same trusts in all options: it has no rank among "
            f"the {word.many}, and none is told that is like it."
        )
    if len(codes) > 1:
        rank = rank_by_share(whole[0], region, codes)
        spread, runs = rank.spread, runs_word(over)
        sentences.append(
            f"It ranks {_of(float(spread.median))} of {rank.of} {words_of(whole).of(region.grouping).many} by "
            "adopter share "
            f"in the median of {runs} (middle 80 %: {plain(float(spread.low80), 0)} to "
            f"{plain(float(spread.high80), 0)})."
        )
    for i, label in enumerate(labels[1:], start=1):
        more = estimate_mean((ours[i] - ours[0]) - (theirs[i] - theirs[0]), over)
        sentences.append(_gain_sentence(label, name, all_of, more))
    return sentences


def without_pairs(region: Region, own: Sequence[RegionTables], whole: Sequence[ResultTables]) -> list[str]:
    """Say in which options no trust of a region may use any innovation; nothing where some may in all."""
    labels = [label for label, each in zip(scenario_labels(whole), own) if not each.data.eligible]
    if not labels:
        return []
    where = "" if len(labels) == len(own) else f"In {' and '.join(labels)}: "
    return [
        f"{where}{'n' if where else 'N'}o trust in {short_title(region)} may use any of these innovations: a "
        "share of 0 is one of nothing there. It has no rank, and none is told that is like it."
    ]


def _of(rank: float) -> str:
    return plain(rank, 0 if abs(rank - round(rank)) < 0.05 else 1)


def _interval(estimate: Estimate) -> str:
    low, high = float(estimate.low95), float(estimate.high95)
    return f"95 % interval {signed(low, 2)} to {signed(high, 2)}"


def _gap_sentence(head: str, than: str, gap: Estimate) -> str:
    mean = float(gap.mean)
    if not bool(gap.clear):
        return f"{head} not clearly apart from {than} ({signed(mean, 2)} percentage points, {_interval(gap)})."
    word = "higher" if mean > 0 else "lower"
    return f"{head} {plain(abs(mean), 2)} percentage points {word} than {than} ({_interval(gap)})."


def _gain_sentence(label: str, name: str, all_of: str, more: Estimate) -> str:
    mean = float(more.mean)
    if float(more.standard_error) == 0 and mean == 0:
        return f"Under {label}, {name} changes as {all_of} in every run."
    if not bool(more.clear):
        return (
            f"Under {label}, it is not clear whether {name} changes otherwise than {all_of} "
            f"({signed(mean, 2)} percentage points, {_interval(more)})."
        )
    word = "higher" if mean > 0 else "lower"
    return (
        f"Under {label}, the change in {name} is {plain(abs(mean), 2)} percentage points {word} than that of {all_of} "
        f"({_interval(more)})."
    )
