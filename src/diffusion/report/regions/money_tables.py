"""Money in a region: what its trusts pay and get, and their share by size of what has no place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from diffusion.analysis.regions.money import sizes, total_pence
from diffusion.analysis.regions.tables import RegionTables
from diffusion.analysis.results.intervals import estimate_mean
from diffusion.analysis.results.payers import parties_of
from diffusion.analysis.results.tables import ResultTables, drawn
from diffusion.arrays import Floats
from diffusion.report.page.cells import Cell, PageTable, estimate_cell
from diffusion.report.regions.money_words import millions, money_sentences, paid, payment_words, received
from diffusion.report.regions.region_tables import level, small_print
from diffusion.report.regions.region_words import short_title, whole_words
from diffusion.report.words.labels import scenario_labels, words_of
from diffusion.report.words.numbers import plain
from diffusion.world.regions import Region

#: Payments between private parties, which no region has a part in.
_PRIVATE = frozenset({"investment", "company_burn"})


class MoneySection(NamedTuple):
    """What the page says of money; no tables where the runs had none."""

    sentences: list[str]
    tables: list[PageTable]


def money_section(region: Region, own: Sequence[RegionTables], whole: Sequence[ResultTables]) -> MoneySection:
    """Return the region's own payments and its share of national ones, by option."""
    flows = whole[0].money_flows
    if not flows or any(table.money_flows != flows for table in whole):
        return MoneySection([], [])
    size = sizes(whole[0].world)
    share = 100 * float(size[region.members(whole[0].world)].sum() / size.sum())
    shared = _shared_table(region, own, whole)
    lead = f"{short_title(region)} has {plain(share, 1)} % of the size (staff) of {whole_words(whole)}."
    if shared is not None:
        lead += " National money has no place; what the region's share of it by size would be is in the last table."
    tables = [_trusts_table(own, whole), _beside_table(region, own, whole), shared]
    return MoneySection([*money_sentences(region, own, whole), lead], [table for table in tables if table])


def _trusts_table(own: Sequence[RegionTables], whole: Sequence[ResultTables]) -> PageTable | None:
    """What has a trust of the region at one end, with what comes out of it."""
    labels, over = scenario_labels(whole), drawn(whole[0])
    rows = _payments(own, whole, of_trusts=True)
    if not rows:
        return None
    for words, values in (
        ("Paid in all", [paid(each) for each in own]),
        ("Got in all", [received(each) for each in own]),
        ("Net: got minus paid", [received(each) - paid(each) for each in own]),
    ):
        rows.append((words, [level(values[0]), Cell("–"), *_changes(values, over)]))
    note = f"Whole period, 2015/16 prices, not discounted. {_small(whole)}"
    return PageTable("Paid by and to the trusts of the region", _heads(labels, whole), rows, note)


def _beside_table(region: Region, own: Sequence[RegionTables], whole: Sequence[ResultTables]) -> PageTable | None:
    """What belongs to the region although no trust of it pays or gets it."""
    rows = _payments(own, whole, of_trusts=False)
    if not rows:
        return None
    note = (
        f"Money that falls on {short_title(region)} and is booked by trust, but that its trusts neither pay nor get. "
        f"Money of {words_of(whole).network.one} counts where its members are. Whole period, 2015/16 prices, "
        f"not discounted. {_small(whole)}"
    )
    return PageTable("For the region, but paid by and to others", _heads(scenario_labels(whole), whole), rows, note)


def _payments(
    own: Sequence[RegionTables], whole: Sequence[ResultTables], of_trusts: bool
) -> list[tuple[str, list[Cell]]]:
    over, totals, rows = drawn(whole[0]), total_pence(whole[0]), []
    for flow, payment in enumerate(whole[0].money_flows):
        values = [millions(each.data.own[:, flow]) for each in own]
        if ("trust" in parties_of(payment)) == of_trusts and any(column.any() for column in values):
            cells = [level(values[0]), _share(values[0], millions(totals[:, flow])), *_changes(values, over)]
            rows.append((payment_words(payment, words_of(whole)), cells))
    return rows


def _heads(labels: Sequence[str], whole: Sequence[ResultTables]) -> tuple[str, ...]:
    changes = (f"{label}: change, £ million" for label in labels[1:])
    return ("Payment", f"{labels[0]}, £ million", f"Share of {whole_words(whole)}, %", *changes)


def _shared_table(region: Region, own: Sequence[RegionTables], whole: Sequence[ResultTables]) -> PageTable | None:
    labels, over, rows = scenario_labels(whole), drawn(whole[0]), []
    for flow, payment in enumerate(whole[0].money_flows):
        values = [millions(each.data.shared[:, flow]) for each in own]
        if payment[0] not in _PRIVATE and any(column.any() for column in values):
            rows.append((payment_words(payment, words_of(whole)), [level(values[0]), *_changes(values, over)]))
    if not rows:
        return None
    heads = ("Payment", f"{labels[0]}, £ million", *(f"{label}: change, £ million" for label in labels[1:]))
    note = (
        f"Nobody in {short_title(region)} pays or gets this: it is what would fall on the region if national money "
        f"were shared out by size. Whole period, 2015/16 prices, not discounted. {_small(whole)}"
    )
    return PageTable("Share of national money, by size", heads, rows, note)


def _small(whole: Sequence[ResultTables]) -> str:
    return small_print(whole, "under amounts").replace(" pp: percentage points.", "")


def _changes(values: Sequence[Floats], over: bool) -> list[Cell]:
    return [estimate_cell(estimate_mean(column - values[0], over), 2) for column in values[1:]]


def _share(values: Floats, of_all: Floats) -> Cell:
    total = float(of_all.sum())
    return Cell(plain(100 * float(values.sum()) / total, 1) if total else "–")
