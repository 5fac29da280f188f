"""Tables on the page of a region: beside England, ranks, regions like it, its trusts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from diffusion.analysis.regions.similar import likeness, most_similar
from diffusion.analysis.regions.standing import (
    Rank,
    comparable_groups,
    england_share,
    rank_by_change,
    rank_by_share,
    share_of_groups,
)
from diffusion.analysis.regions.tables import RegionTables
from diffusion.analysis.results.groups import group_names, portfolio, there_at_end
from diffusion.analysis.results.intervals import band, estimate_mean
from diffusion.analysis.results.tables import ResultTables, drawn
from diffusion.arrays import Floats
from diffusion.report.page.cells import Cell, PageTable, estimate_cell
from diffusion.report.regions.region_words import short_title, whole_words
from diffusion.report.words.doubt_words import interval_note, runs_word
from diffusion.report.words.labels import scenario_labels, short_ahsn, words_of
from diffusion.report.words.numbers import plain
from diffusion.world.regions import Region


def level(values: Floats, decimals: int = 2) -> Cell:
    """Return the mean over runs with the middle 80 % of them; 0 alone where it is 0 in all."""
    if not values.any():
        return Cell("0")
    spread = band(values)
    low, high = (plain(float(bound), decimals) for bound in (spread.low80, spread.high80))
    return Cell(plain(float(values.mean()), decimals), f"{low} to {high}")


def _share(own: RegionTables) -> Floats:
    return np.asarray(100 * own.monthly["adopter_share"][:, -1])


def small_print(tables: Sequence[ResultTables], of_level: str) -> str:
    """Return what stands in small print under levels and under changes."""
    over = drawn(tables[0])
    note = f"Small print: middle 80 % of {runs_word(over)} {of_level}"
    if len(tables) == 1:
        return f"{note}."
    return f"{note}, {interval_note(over)} under differences. Pale: the interval includes 0. pp: percentage points."


def beside_england(region: Region, own: Sequence[RegionTables], whole: Sequence[ResultTables]) -> PageTable:
    """Adopter share of the region and of England at the end, and what the two differ by, in level and in change."""
    labels, over = scenario_labels(whole), drawn(whole[0])
    ours, theirs = [_share(each) for each in own], england_share(whole)
    rows = []
    for i, label in enumerate(labels):
        cells = [level(ours[i]), level(theirs[i]), estimate_cell(estimate_mean(ours[i] - theirs[i], over), 2)]
        if not own[i].data.eligible:
            cells[0] = cells[2] = Cell("–")
        if len(labels) > 1:
            changes = [Cell("reference", "", False)] * 3 if i == 0 else _changes(ours, theirs, i, over)
            if i and not (own[0].data.eligible and own[i].data.eligible):
                changes[0] = changes[2] = Cell("–")
            cells += changes
        rows.append((label, cells))
    name = whole_words(whole)
    heads: tuple[str, ...] = ("Option", "Region, %", f"{name}, %", f"Region minus {name}, pp")
    if len(labels) > 1:
        heads += (
            "Change: region, pp",
            f"Change: {name}, pp",
            "Difference of the changes, pp",
        )
    note = small_print(whole, "under shares")
    what = f"Adopter share of eligible pairs at the end: {short_title(region)} beside {name}"
    return PageTable(what, heads, rows, note)


def _changes(ours: Sequence[Floats], theirs: Sequence[Floats], i: int, over: bool) -> list[Cell]:
    one, other = ours[i] - ours[0], theirs[i] - theirs[0]
    return [estimate_cell(estimate_mean(values, over), 2) for values in (one, other, one - other)]


def ranks_table(region: Region, whole: Sequence[ResultTables]) -> PageTable | None:
    """Ranks of the region among those of its grouping; none for a list of trusts, or where it is alone."""
    codes = comparable_groups(whole, region)
    if len(codes) < 2:
        return None
    labels, rows = scenario_labels(whole), []
    for i, label in enumerate(labels):
        cells = [_rank(rank_by_share(whole[i], region, codes))]
        if len(labels) > 1:
            same = Cell("reference", "", False)
            cells.append(_rank(rank_by_change(whole[i], whole[0], region, codes)) if i else same)
        rows.append((label, cells))
    many = words_of(whole).of(region.grouping).many
    heads: tuple[str, ...] = ("Option", "Rank by adopter share")
    if len(labels) > 1:
        heads += (f"Rank by change from {labels[0]}",)
    runs = runs_word(drawn(whole[0]))
    note = (
        f"1 is the highest of {len(codes)}. Median over {runs}; small print: middle 80 %, then middle 95 % of {runs}. "
        "Those that tie share their mean rank. A rank moves by chance as much as its interval is wide."
    )
    if apart := len(likeness(whole[0].world, region.grouping).groups) - len(codes):
        others = "1 other has" if apart == 1 else f"{apart} others have"
        note += f" {others} no trust that may use any of these innovations, or not the same trusts in all options."
    return PageTable(f"Rank among the {len(codes)} {many}", heads, rows, note)


def _rank(rank: Rank) -> Cell:
    spread = rank.spread
    ends = ((spread.low80, spread.high80), (spread.low95, spread.high95))
    return Cell(
        _place(spread.median), "; ".join(f"{plain(float(low), 0)} to {plain(float(high), 0)}" for low, high in ends)
    )


def _place(value: Floats) -> str:
    number = float(value)
    return plain(number, 0 if abs(number - round(number)) < 0.05 else 1)


def similar_table(region: Region, own: Sequence[RegionTables], whole: Sequence[ResultTables]) -> PageTable | None:
    """The region beside the most similar ones: what they are like, adopter share, change by option."""
    near = most_similar(whole[0].world, region, comparable_groups(whole, region))
    if not near:
        return None
    world, labels, over = whole[0].world, scenario_labels(whole), drawn(whole[0])
    like = likeness(world, region.grouping)
    codes, titles = group_names(whole[0], region.grouping)
    sectors = [name.replace("_", " ") for name in world.trusts.sector_names]
    rows = []
    for group, distance in [(codes.index(region.code), 0.0), *near]:
        place = list(like.groups).index(group)
        largest = int(np.argmax(like.mix[place]))
        column = [100 * share_of_groups(table, region.grouping, [codes[group]])[:, 0] for table in whole]
        cells = [
            Cell(plain(distance, 2)),
            Cell(str(int(like.number[place])), f"{100 * like.mix[place, largest]:.0f} % {sectors[largest]}"),
            Cell(plain(float(like.size[place]), 2)),
            Cell(plain(float(like.imd[place]), 1)),
            level(column[0]),
            *(estimate_cell(estimate_mean(values - column[0], over), 2) for values in column[1:]),
        ]
        rows.append((short_ahsn(titles[group]) if region.grouping == "ahsn" else titles[group], cells))
    word = words_of(whole).of(region.grouping)
    one, many = word.short, word.many
    heads = (
        one,
        "Distance",
        "Trusts",
        "Mean size",
        "Deprivation",
        f"{labels[0]}, %",
        *(f"{label}: change, pp" for label in labels[1:]),
    )
    note = (
        f"Distance in four things that count alike: number of trusts and their mean size (logarithms), mean "
        f"deprivation of their catchments (IMD score, by size), and the mix of sectors; each in standard deviations "
        f"over the {len(like.groups)} {many}, the root of the mean square of the four. Size: staff over the national "
        f"median of trusts. {small_print(whole, 'under shares')}"
    )
    return PageTable(f"Beside the most similar {many}", heads, rows, note)


def trusts_table(region: Region, whole: Sequence[ResultTables]) -> PageTable:
    """Innovations adopted at the end by trust, and the change of their number by option."""
    labels, over, world = scenario_labels(whole), drawn(whole[0]), whole[0].world
    places = np.flatnonzero(region.members(world) & there_at_end(whole[0]))
    eligible = np.asarray(world.eligible[:, portfolio(whole[0])].sum(axis=1))
    adopted = [np.asarray(table.adopters_by_trust[:, -1], dtype=np.float64) for table in whole]
    sectors = world.trusts.sector_names
    rows = []
    for i in places:
        sector = sectors[int(world.trusts.sector[i])].replace("_", " ")
        cells = [Cell(str(int(eligible[i])), sector), level(adopted[0][:, i], 1)]
        cells += [estimate_cell(estimate_mean(each[:, i] - adopted[0][:, i], over), 2) for each in adopted[1:]]
        rows.append((world.trusts.names[int(i)], cells))
    heads = ("Trust", "Innovations it may adopt", f"Adopted, {labels[0]}", *(f"{x}: change" for x in labels[1:]))
    note = (
        f"Number of innovations in rollout or sustained use at the end. {small_print(whole, 'under numbers')} "
        "Illustrative: no prediction about a named trust."
    )
    return PageTable("Trusts of the region", heads, rows, note.replace(" pp: percentage points.", ""))
