"""The question and the answer: what goes furthest, by how much, when, what it costs, and how sure that is."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from diffusion.analysis.results.asked import Asked, Date
from diffusion.analysis.results.compare import Comparison, asked_comparison
from diffusion.analysis.results.outcomes import MAIN_OUTCOME
from diffusion.analysis.results.tables import ResultTables
from diffusion.report.words.health_words import health_sentence
from diffusion.report.words.labels import end_of, month_name, scenario_labels, start_of
from diffusion.report.words.limits import mismatched
from diffusion.report.words.numbers import plain
from diffusion.report.words.sentences import change_sentence, leader_sentence, list_of, milestone, speed_sentence


def spread_words(asked: Asked | None) -> str:
    """Return what spreads, as the beginning of a sentence."""
    if asked is None or not asked.target.grouping:
        return "Innovations spread"
    name = asked.target.name
    if asked.target.grouping == "innovation":
        return f"{name} spreads"
    if asked.target.grouping == "kind":
        return f"{name[:1].upper()}{name[1:]} spread"
    return f"In {name}, innovations spread"


def _no_leader(tables: Sequence[ResultTables], asked: Asked | None) -> str:
    """Say that none is clearly ahead, and when: earlier it may have been."""
    ahead = "No option clearly spreads {} further than the others"
    if len(tables) == 2:
        ahead = "Neither option clearly spreads {} further than the other"
    when = f"by {month_name(end_of(tables[0]))}"
    if asked is None or not asked.target.grouping:
        return f"{ahead.format('innovations')} {when}."
    name, grouping = asked.target.name, asked.target.grouping
    if grouping in ("innovation", "kind"):
        return f"{ahead.format(name)} {when}."
    return f"{ahead.format('innovations')} in {name} {when}."


def _whom(asked: Asked | None) -> str:
    """Return what spreads, inside a question."""
    if asked is None or not asked.target.grouping:
        return "innovations"
    name = asked.target.name
    return name if asked.target.grouping in ("innovation", "kind") else f"innovations in {name}"


def question(tables: Sequence[ResultTables], comparison: Comparison) -> str:
    """Return the question that the page answers; of the fastest only where there are times to tell."""
    labels, whom = scenario_labels(tables), _whom(comparison.asked)
    if len(tables) == 1:
        verb = "does" if comparison.asked and comparison.asked.target.grouping == "innovation" else "do"
        return f"How far {verb} {whom} spread? {tables[0].scenario.title or labels[0]}"
    if len(tables) == 2:
        return f"Does {labels[1]} spread {whom} further than {labels[0]}?"
    timed = milestone(comparison) is not None and whom == "innovations"
    return f"Which spreads {whom} furthest{' and fastest' if timed else ''}: {_or_list(labels[1:])}?"


def _or_list(labels: Sequence[str]) -> str:
    return list_of(labels).replace(" and ", " or ") if len(labels) < 2 else ", ".join(labels[:-1]) + " or " + labels[-1]


def level_sentence(tables: ResultTables, comparison: Comparison, label: str) -> str:
    """Say how far adoption has come in the first scenario."""
    mean, spread = comparison.level(MAIN_OUTCOME, 0)
    runs = "futures" if comparison.over_draws else "runs"
    return (
        f"In {label}, {plain(float(mean.mean), 2)} % of possible uses, an innovation in a trust for which it is meant, "
        f"are adopted by the end of {month_name(end_of(tables))} "
        f"(middle 80 % of {runs}: {plain(float(spread.low80), 2)} to {plain(float(spread.high80), 2)} %)."
    )


def _place(asked: Asked) -> str:
    return "of" if asked.target.grouping in ("innovation", "kind") else "in"


def _asked_level(tables: ResultTables, by_date: Comparison, asked: Asked, label: str) -> str:
    """Say how far what was asked about has come in the first scenario."""
    mean, spread = by_date.level(asked.outcome(asked.dates[-1]).name, 0)
    runs = "futures" if by_date.over_draws else "runs"
    return (
        f"In {label}, {plain(float(mean.mean), 2)} % of the possible uses {_place(asked)} {asked.target.name} are "
        f"adopted by the end of {month_name(end_of(tables))} (middle 80 % of {runs}: "
        f"{plain(float(spread.low80), 2)} to {plain(float(spread.high80), 2)} %)."
    )


def foremost(comparison: Comparison, name: str = MAIN_OUTCOME) -> int:
    """Return the scenario that the answer is about: of those after the first, the one with the best mean."""
    means = [float(np.nanmean(values)) for values in comparison.values[name][1:]]
    return 1 + int(np.argmax(means))


def answer_sentences(tables: Sequence[ResultTables], comparison: Comparison) -> list[str]:
    """Return the answer: the order, the size, how it is at earlier dates, and what it is worth to the public system.

    Where scenarios do not match nothing is ranked and no difference is claimed; it is said why.
    """
    labels = scenario_labels(tables)
    if len(tables) == 1:
        return _single(tables[0], comparison, labels[0])
    if why := mismatched(tables):
        return [f"These options are not ranked: {'; '.join(why)}. Part of the differences is not the options' doing."]
    asked, others = comparison.asked, range(1, len(tables))
    if asked is not None and asked.target.grouping:
        by_date = asked_comparison(comparison)
        name = asked.outcome(asked.dates[-1]).name
        option = foremost(by_date, name)
        sentences = [
            leader_sentence(by_date, labels, name, spread_words(asked), _no_leader(tables, asked)),
            change_sentence(labels[option], labels[0], by_date.difference(name, option)),
            *date_sentences(tables, comparison),
        ]
    else:
        option = foremost(comparison)
        sentences = [
            leader_sentence(comparison, labels, none=_no_leader(tables, None)),
            change_sentence(labels[option], labels[0], comparison.difference(MAIN_OUTCOME, option)),
            *date_sentences(tables, comparison),
        ]
    if asked is not None and asked.target.grouping:
        worth = health_sentence(tables, comparison, option)
        if worth is None:
            return sentences
        of_all = "Over all innovations and trusts: "
        # labels keep their letters
        return [*sentences, of_all + (f"under {worth[6:]}" if worth.startswith("Under ") else worth)]
    if len(tables) > 2 and all(float(comparison.difference(MAIN_OUTCOME, i).estimate.mean) < 0 for i in others):
        # where all options lower adoption, the least bad one is not the answer
        sentences[2:2] = [
            change_sentence(labels[i], labels[0], comparison.difference(MAIN_OUTCOME, i)) for i in others if i != option
        ]
    # health is outside a net present value, so that it never stands alone
    worth = health_sentence(tables, comparison, option)
    return sentences if worth is None else [*sentences, worth]


def date_words(asked: Asked, date: Date, start: int) -> str:
    """Return ``2 years on, in June 2019``; of an innovation that came later ``2 years after it became available``."""
    when = month_name(asked.since + (date.entry - (int(asked.since) - start) - 1))
    if date.years is None:
        return f"at the end, in {when}"
    return f"{date.years} years {'after it became available' if asked.from_live else 'on'}, in {when}"


def date_sentences(tables: Sequence[ResultTables], comparison: Comparison) -> list[str]:
    """Say, for each date before the end, which option is furthest and how sure that is."""
    asked = comparison.asked
    if asked is None or len(asked.dates) < 2 or not comparison.enough:
        return []
    labels, by_date = scenario_labels(tables), asked_comparison(comparison)
    sentences = []
    for date in asked.dates[:-1]:
        name = asked.outcome(date).name
        option = foremost(by_date, name)
        when = date_words(asked, date, int(start_of(tables[0])))
        told = change_sentence(labels[option], labels[0], by_date.difference(name, option))
        sentences.append(f"{when[:1].upper()}{when[1:]}: {told[:1].lower()}{told[1:]}")
    return sentences


def _single(tables: ResultTables, comparison: Comparison, label: str) -> list[str]:
    asked = comparison.asked
    if asked is not None and asked.target.grouping:
        return [_asked_level(tables, asked_comparison(comparison), asked, label)]
    sentences = [level_sentence(tables, comparison, label)]
    level = milestone(comparison)
    if level is not None:
        months = float(comparison.values[f"months_to_{level}_pct"][0].mean())
        sentences.append(f"Every run reaches {level} % of possible uses, after {plain(months, 1)} months on average.")
    return sentences


def detail_sentences(tables: Sequence[ResultTables], comparison: Comparison) -> list[str]:
    """Return what the answer leaves out: the reference's level, the other options' changes, speed."""
    labels = scenario_labels(tables)
    if len(tables) == 1:
        return []
    level = level_sentence(tables[0], comparison, labels[0])
    if mismatched(tables):
        return [level]
    asked = comparison.asked
    told = foremost(comparison) if asked is None or not asked.target.grouping else 0
    return [
        level,
        *(
            change_sentence(labels[i], labels[0], comparison.difference(MAIN_OUTCOME, i))
            for i in range(1, len(tables))
            if i != told
        ),
        speed_sentence(comparison, labels),
    ]
