"""The question and the answer in three sentences: what goes furthest, by how much, and what it costs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from diffusion.analysis.results.compare import Comparison
from diffusion.analysis.results.outcomes import MAIN_OUTCOME
from diffusion.analysis.results.tables import ResultTables
from diffusion.report.words.health_words import health_sentence
from diffusion.report.words.labels import end_of, month_name, scenario_labels
from diffusion.report.words.numbers import plain
from diffusion.report.words.sentences import change_sentence, leader_sentence, list_of, milestone, speed_sentence


def question(tables: Sequence[ResultTables]) -> str:
    """Return the question that the page answers."""
    labels = scenario_labels(tables)
    if len(tables) == 1:
        return f"How far do innovations spread? {tables[0].scenario.title or labels[0]}"
    if len(tables) == 2:
        return f"Does {labels[1]} spread innovations further than {labels[0]}?"
    return f"Which spreads innovations furthest and fastest: {_or_list(labels[1:])}?"


def _or_list(labels: Sequence[str]) -> str:
    return list_of(labels).replace(" and ", " or ") if len(labels) < 2 else ", ".join(labels[:-1]) + " or " + labels[-1]


def level_sentence(tables: ResultTables, comparison: Comparison, label: str) -> str:
    """Say how far adoption has come in the first scenario."""
    mean, spread = comparison.level(MAIN_OUTCOME, 0)
    return (
        f"In {label}, {plain(float(mean.mean), 2)} % of the pairs of a trust and an innovation that could adopt have "
        f"adopted by the end of {month_name(end_of(tables))} "
        f"(middle 80 % of runs: {plain(float(spread.low80), 2)} to {plain(float(spread.high80), 2)} %)."
    )


def foremost(comparison: Comparison) -> int:
    """Return the scenario that the answer is about: of those after the first, the one with the best mean."""
    means = [float(np.nanmean(values)) for values in comparison.values[MAIN_OUTCOME][1:]]
    return 1 + int(np.argmax(means))


def answer_sentences(tables: Sequence[ResultTables], comparison: Comparison) -> list[str]:
    """Return the answer in three sentences at most: the order, the size, and what it is worth to the public system."""
    labels = scenario_labels(tables)
    if len(tables) == 1:
        return _single(tables[0], comparison, labels[0])
    option = foremost(comparison)
    sentences = [
        leader_sentence(comparison, labels),
        change_sentence(labels[option], labels[0], comparison.difference(MAIN_OUTCOME, option)),
    ]
    # health is outside a net present value, so that it never stands alone
    worth = health_sentence(tables, comparison, option)
    return sentences if worth is None else [*sentences, worth]


def _single(tables: ResultTables, comparison: Comparison, label: str) -> list[str]:
    sentences = [level_sentence(tables, comparison, label)]
    level = milestone(comparison)
    if level is not None:
        months = float(comparison.values[f"months_to_{level}_pct"][0].mean())
        sentences.append(f"Every run reaches {level} % of eligible pairs, after {plain(months, 1)} months on average.")
    return sentences


def detail_sentences(tables: Sequence[ResultTables], comparison: Comparison) -> list[str]:
    """Return what the answer leaves out: the reference's level, the other options' changes, speed."""
    labels = scenario_labels(tables)
    if len(tables) == 1:
        return []
    told = foremost(comparison)
    return [
        level_sentence(tables[0], comparison, labels[0]),
        *(
            change_sentence(labels[i], labels[0], comparison.difference(MAIN_OUTCOME, i))
            for i in range(1, len(tables))
            if i != told
        ),
        speed_sentence(comparison, labels),
    ]
