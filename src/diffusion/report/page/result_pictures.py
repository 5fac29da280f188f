"""The figures of the result page, each with what it shows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from diffusion.analysis.economics.acceptability import acceptability
from diffusion.analysis.economics.appraisal import patients_benefiting, spending_and_savings
from diffusion.analysis.economics.discount_sets import SHOWN, discount_set
from diffusion.analysis.results.compare import Comparison
from diffusion.analysis.results.groups import gains
from diffusion.analysis.results.tables import ResultTables, drawn
from diffusion.report.figures.by_date import asked_changes_panel, asked_levels_panel
from diffusion.report.figures.costs import acceptability_panel, plane_panel
from diffusion.report.figures.curves import band_panel, difference_bands, difference_panel, levels_panel
from diffusion.report.figures.gains import gains_panel, group_labels, levels_by_group_panel
from diffusion.report.figures.maps import can_map, lottery_panel, map_panel
from diffusion.report.figures.stages import funnel_panel, stages_panel
from diffusion.report.page.costs_section import appraisals, can_appraise, worth_axis
from diffusion.report.page.html import Picture, Pictures
from diffusion.report.words.answer import foremost
from diffusion.report.words.asked_words import OF_ALL, asked_of_part, of_all, target_words
from diffusion.report.words.doubt_words import runs_word
from diffusion.report.words.labels import scenario_labels, words_of
from diffusion.report.words.sentences import gains_sentence, list_of


def _holds(tables: Sequence[ResultTables]) -> str:
    return "Parameters and chance." if drawn(tables[0]) else "Chance only, not doubt about assumptions."


def gain_sentences(tables: Sequence[ResultTables], grouping: str) -> list[str]:
    """Say for every option which groups gain and which lose."""
    sentences, words = [], words_of(tables)
    for label, table in zip(scenario_labels(tables)[1:], tables[1:]):
        gain = gains(table, tables[0], grouping)
        sentences.append(gains_sentence(label, gain, group_labels(grouping, gain.names, 60), words))
    return sentences


def together(labels: Sequence[str], sentences: Sequence[str]) -> list[str]:
    """Return sentences that begin with the name of an option and a colon, those that go on alike put into one."""
    alike: dict[str, list[str]] = {}
    for label, sentence in zip(labels, sentences):
        alike.setdefault(sentence.removeprefix(label), []).append(label)
    return [list_of(named) + rest for rest, named in alike.items()]


def result_pictures(tables: Sequence[ResultTables], comparison: Comparison) -> dict[str, list[Picture]]:
    """Return the figures of every place on the page that these results allow."""
    labels = scenario_labels(tables)
    make = Pictures()
    several = len(tables) > 1
    compared = range(1, len(tables))
    table_hint = "The numbers are in the tables on this page and in the folder tables."
    pictures: dict[str, list[Picture]] = {
        name: [] for name in ("main", "map", "lottery", "costs", "ahsn", "sector", "innovation")
    }
    whole, part = of_all(comparison), asked_of_part(comparison)
    pictures["asked"] = _asked_pictures(tables, comparison, make) if part else []
    if several:
        pictures["main"] = [
            make(
                levels_panel(tables),
                "Mean adopter share over time by option",
                table_hint,
                f"Mean adopter share{whole}. Grey band: middle 80 % of runs of {labels[0]}.",
            ),
            make(
                difference_panel(tables),
                f"Change of adopter share from {labels[0]} over time",
                table_hint,
                f"Paired change from {labels[0]}{whole}. Bands: {difference_bands(tables)}.",
            ),
        ]
    pictures["bands"] = [
        make(band_panel(tables, i), f"Spread of runs: {label}", table_hint, f"Of {OF_ALL}." if part else "")
        for i, label in enumerate(labels)
    ]
    pictures["stages"] = [
        make(stages_panel(tables, i), f"Stages over time: {label}", table_hint) for i, label in enumerate(labels)
    ]
    pictures["funnel"] = [
        make(
            funnel_panel(tables),
            "Where pairs stand at the end, by option",
            table_hint,
            "Mean share of eligible pairs by stage at the end.",
        )
    ]
    if can_map(tables[0]):
        pictures["map"] = [
            make(map_panel(tables, i), f"Map of trusts: {labels[i]}", "Points at the headquarters of trusts.")
            for i in (compared if several else (0,))
        ]
        if several:
            pictures["lottery"] = [
                make(
                    lottery_panel(tables, i),
                    f"Map of adopter shares: {labels[i]}",
                    "Points at the headquarters of trusts, coloured by the share of innovations adopted.",
                )
                for i in (0, foremost(comparison))
            ]
    if can_appraise(tables) and all("patients_benefiting" in table.monthly for table in tables):
        pictures["costs"] = _cost_pictures(tables, make)
    for grouping in ("ahsn", "sector", "innovation"):
        if several:
            pictures[grouping] = [
                make(gains_panel(tables, i, grouping), f"Change by {grouping}: {labels[i]}", sentence)
                for i, sentence in zip(compared, gain_sentences(tables, grouping))
            ]
        else:
            pictures[grouping] = [
                make(levels_by_group_panel(tables[0], grouping), f"Adopter share by {grouping}", table_hint)
            ]
    return pictures


def _asked_pictures(tables: Sequence[ResultTables], comparison: Comparison, make: Pictures) -> list[Picture]:
    """Return what was asked about by date: levels, and changes where there are options to compare."""
    labels, what, runs = scenario_labels(tables), target_words(comparison), runs_word(comparison.over_draws)
    hint = "The numbers are in the table of adopter shares by date on this page."
    levels = make(
        asked_levels_panel(tables, comparison),
        f"Adopter share {what}, by date",
        hint,
        f"Adopter share {what}. Point: mean; thick: middle 80 % of {runs}; thin: 95 %.",
    )
    if len(tables) == 1:
        return [levels]
    held = f"middle 80 % of {runs}" if comparison.over_draws else "80 % interval of the mean"
    changes = make(
        asked_changes_panel(tables, comparison),
        f"Change of adopter share {what} from {labels[0]}, by date",
        hint,
        f"Paired change {what} from {labels[0]}. Point: mean; thick: {held}; thin: 95 %.",
    )
    return [levels, changes]


def _cost_pictures(tables: Sequence[ResultTables], make: Pictures) -> list[Picture]:
    labels = scenario_labels(tables)
    chosen = discount_set(SHOWN[0])
    found = appraisals(tables, chosen)
    patients = [item.patients for item in found if item.patients is not None]
    flows = [spending_and_savings(table, chosen) for table in tables]
    curves = acceptability(
        np.stack([patients_benefiting(table, chosen) for table in tables]),
        np.stack([leaves - enters for leaves, enters in flows]),
        worth_axis(tables),
    )
    return [
        make(
            plane_panel(
                patients, [-item.npv for item in found], labels[1:], "extra patients benefiting (thousand)", 1e3
            ),
            "Cost-effectiveness plane",
            "Each small point is one run; the table above has the means.",
            f"Each small point: one run against {labels[0]}. Large: the mean. {_holds(tables)}",
        ),
        make(
            acceptability_panel(curves, labels, "worth of one extra patient benefiting (£)"),
            "Cost-effectiveness acceptability curves",
            "Runs in which each option has the highest net benefit.",
            "Share of runs in which the option has the highest net benefit, by what one extra patient is worth. "
            f"Bands: 95 % interval of the share. {_holds(tables)}",
        ),
    ]
