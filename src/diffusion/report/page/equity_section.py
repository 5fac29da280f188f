"""Who gains and who loses: gaps and slopes between trusts, groups of trusts, AHSNs, and those who stay behind."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from diffusion.analysis.results.compare import Comparison, compare_values
from diffusion.analysis.results.equity import (
    EQUITY_OUTCOMES,
    equity_values,
    laggard_probability,
    share_of_groups,
    trust_groupings,
)
from diffusion.analysis.results.groups import adopter_share_by_trust, gains_of_all, portfolio
from diffusion.analysis.results.intervals import estimate_mean
from diffusion.analysis.results.joining import joined
from diffusion.analysis.results.outcomes import OUTCOMES
from diffusion.analysis.results.tables import ResultTables, drawn
from diffusion.report.page.cells import Cell, PageTable, estimate_cell, outcomes_table
from diffusion.report.words.doubt_words import interval_note
from diffusion.report.words.equity_words import CENTRES, DEPRIVED, gap_sentence
from diffusion.report.words.labels import scenario_labels, short_ahsn, words_of
from diffusion.report.words.numbers import plain
from diffusion.report.words.sentences import change_sentence

#: Outcomes of every comparison that tell of variation between trusts.
VARIATION: tuple[str, ...] = ("over_dispersion", "gini_trusts", "gap_centres_pp")
#: A trust stays behind if it is among the lowest tenth in so many runs: twice what chance alone gives.
OFTEN_BEHIND = 0.2
_GROUPING_WORDS = {
    "deprivation": "Deprivation",
    "size": "Size",
    "region": "Region",
    "sector": "Sector",
    "centre": "Excellence",
}


def equity_comparison(tables: Sequence[ResultTables], comparison: Comparison) -> Comparison:
    """Return the comparison of the equity measures and of the outcomes that tell of variation."""
    values = [equity_values(table) for table in joined(tables)]
    for i, row in enumerate(values):
        row |= {name: comparison.values[name][i] for name in VARIATION if name in comparison.values}
    outcomes = (*(outcome for outcome in OUTCOMES if outcome.name in VARIATION), *EQUITY_OUTCOMES)
    return compare_values(values, comparison.replicates, outcomes, over_draws=comparison.over_draws)


def equity_table(tables: Sequence[ResultTables], equity: Comparison) -> PageTable:
    """Variation between trusts: the level in the first scenario, paired changes in the others."""
    found = outcomes_table(tables, equity, [outcome.name for outcome in equity.outcomes])
    return found._replace(caption="Variation between trusts")


def equity_sentences(
    tables: Sequence[ResultTables], comparison: Comparison, options: Sequence[int] | None = None
) -> list[str]:
    """Say for every option, or for those asked for, who gains more: deprived areas, centres of excellence, laggards."""
    labels, equity = scenario_labels(tables), equity_comparison(tables, comparison)
    tables = joined(tables)
    chosen = range(1, len(tables)) if options is None else options
    sentences = []
    if "slope_deprivation_pp" in equity.values:
        for i in chosen:
            slope, mean = equity.difference("slope_deprivation_pp", i), _mean_change(tables, i)
            half = float(slope.estimate.mean) / 2  # the fitted line passes through the mean at the middle rank
            sentences.append(gap_sentence(labels[i], DEPRIVED, slope, (mean + half, mean - half)))
    if "gap_centres_pp" in equity.values:
        for i in chosen:
            gap = equity.difference("gap_centres_pp", i)
            sentences.append(gap_sentence(labels[i], CENTRES, gap, _centre_changes(tables, i)))
    if "lowest_tenth_pct" in equity.values:
        lowest = [equity.difference("lowest_tenth_pct", i) for i in chosen]
        sentences += [change_sentence(labels[i], labels[0], each) for i, each in zip(chosen, lowest)]
    return sentences


def _mean_change(tables: Sequence[ResultTables], option: int) -> float:
    """Return the mean change of the adopter share over trusts, every trust counting alike, percentage points."""
    kept = np.asarray(tables[0].world.eligible[:, portfolio(tables[0])].any(axis=1))
    shares = [100 * adopter_share_by_trust(table)[:, kept].mean() for table in (tables[option], tables[0])]
    return float(shares[0] - shares[1])


def _centre_changes(tables: Sequence[ResultTables], option: int) -> tuple[float, float]:
    """Return the mean changes of the adopter share in centres of excellence and in the other trusts."""
    codes, names = trust_groupings(tables[0])["centre"]
    levels = [share_of_groups(table, codes, names).mean(axis=0) for table in (tables[option], tables[0])]
    return float(levels[0][0] - levels[1][0]), float(levels[0][1] - levels[1][1])


def _changes(levels: Sequence[np.ndarray], names: Sequence[str], over_draws: bool) -> list[tuple[str, list[Cell]]]:
    """Return rows by group from levels [R, G] in per cent, one per scenario; groups without pairs are left out."""
    rows = []
    for group, name in enumerate(names):
        columns = [level[:, group] for level in levels]
        if not all(np.isfinite(column).all() for column in columns):
            continue
        cells = [Cell(plain(float(columns[0].mean()), 2))]
        cells += [estimate_cell(estimate_mean(column - columns[0], over_draws), 2) for column in columns[1:]]
        rows.append((name, cells))
    return rows


def groups_table(tables: Sequence[ResultTables]) -> PageTable:
    """Adopter share by group of trusts: the level in the first scenario, paired changes in the others."""
    labels = scenario_labels(tables)
    rows = []
    tables = joined(tables)
    for grouping, (codes, names) in trust_groupings(tables[0]).items():
        levels = [share_of_groups(table, codes, names) for table in tables]
        words = [f"{_GROUPING_WORDS[grouping]}: {name.replace('_', ' ')}" for name in names]
        rows += _changes(levels, words, drawn(tables[0]))
    heads = ("Group of trusts", f"{labels[0]}, %", *(f"{label}: change, pp" for label in labels[1:]))
    note = "pp: percentage points." + (
        f" Small print: {interval_note(drawn(tables[0]))}. Pale: the interval includes 0." if len(tables) > 1 else ""
    )
    return PageTable("Adopter share by group of trusts", heads, rows, note)


def ahsn_table(tables: Sequence[ResultTables]) -> PageTable:
    """Adopter share by AHSN: the level in the first scenario, paired changes in the others."""
    labels = scenario_labels(tables)
    found = gains_of_all(tables, "ahsn")
    rows = []
    for i, name in enumerate(found[0].names):
        cells = [Cell(plain(float(found[0].level_pct[i]), 2))]
        cells += [estimate_cell(gain.change[i], 2) for gain in found]
        rows.append((short_ahsn(name), cells))
    word = words_of(tables).network.short
    heads = (word, f"{labels[0]}, %", *(f"{label}: change, pp" for label in labels[1:]))
    note = f"pp: percentage points. Small print: {interval_note(drawn(tables[0]))}. Pale: the interval includes 0."
    return PageTable(f"Adopter share by {word}", heads, rows, note)


def laggards_table(tables: Sequence[ResultTables]) -> PageTable:
    """Trusts that are among the lowest tenth clearly more often than chance would have it, and whether they stay so."""
    labels = scenario_labels(tables)
    behind, most = [], []
    for table in joined(tables):
        kept = table.world.eligible[:, portfolio(table)].any(axis=1)
        often = np.zeros(table.world.n_trusts)
        often[kept] = laggard_probability(adopter_share_by_trust(table)[:, kept])
        behind.append(often >= OFTEN_BEHIND)
        most.append(float(often.max()))
    rows = [
        (label, [Cell(str(int(row.sum()))), Cell(str(int((row & behind[0]).sum()))), Cell(f"{100 * top:.0f} %")])
        for label, row, top in zip(labels, behind, most)
    ]
    heads = (
        "Option",
        f"Trusts among the lowest tenth in {100 * OFTEN_BEHIND:.0f} % of runs or more",
        f"Of these, also in {labels[0]}",
        "Most often: share of runs",
    )
    note = (
        "Were it chance alone, every trust would be among the lowest tenth in 10 % of the runs. Trusts that tie share "
        "the places."
    )
    return PageTable("Trusts that stay behind", heads, rows, note)
