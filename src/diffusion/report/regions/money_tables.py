"""Money in a region: what its trusts pay and get, and their share by size of what has no place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from diffusion.analysis.regions.money import sizes, total_pence
from diffusion.analysis.regions.tables import RegionTables
from diffusion.analysis.results.intervals import estimate_mean
from diffusion.analysis.results.payers import parties_of
from diffusion.analysis.results.tables import ResultTables, drawn
from diffusion.arrays import Floats, Longs
from diffusion.report.page.cells import Cell, PageTable, estimate_cell
from diffusion.report.regions.region_tables import level, small_print
from diffusion.report.regions.region_words import short_title, whole_words
from diffusion.report.words.labels import name_words, scenario_labels
from diffusion.report.words.numbers import plain
from diffusion.world.regions import Region

#: Payments between private parties, which no region has a part in.
_PRIVATE = frozenset({"investment", "company_burn"})
_PENCE_TO_MILLION = 1e-8
_ACCOUNTS = {"ahsn": "AHSN", "national": "national bodies"}


class MoneySection(NamedTuple):
    """What the page says of money; no tables where the runs had none."""

    lead: str
    tables: list[PageTable]


def money_section(region: Region, own: Sequence[RegionTables], whole: Sequence[ResultTables]) -> MoneySection:
    """Return the region's own payments and its share of national ones, by option."""
    flows = whole[0].money_flows
    if not flows or any(table.money_flows != flows for table in whole):
        return MoneySection("", [])
    size = sizes(whole[0].world)
    share = 100 * float(size[region.members(whole[0].world)].sum() / size.sum())
    tables = [table for table in (_own_table(region, own, whole), _shared_table(region, own, whole)) if table]
    lead = (
        f"{short_title(region)} has {plain(share, 1)} % of the size (staff) of {whole_words(whole)}. Payments with a "
        "trust at one of their ends are booked by trust while the model runs, and those of an AHSN go to its members: "
        "they are the region's own. What has no place is national; the region's share of it by size is shown apart."
    )
    return MoneySection(lead, tables)


def _own_table(region: Region, own: Sequence[RegionTables], whole: Sequence[ResultTables]) -> PageTable | None:
    labels, over, name = scenario_labels(whole), drawn(whole[0]), whole_words(whole)
    totals, rows = total_pence(whole[0]), []
    for flow, payment in enumerate(whole[0].money_flows):
        values = [_millions(each.data.own[:, flow]) for each in own]
        if any(column.any() for column in values):
            of_all = _millions(totals[:, flow])
            rows.append((_words(payment), [level(values[0]), _share(values[0], of_all), *_changes(values, over)]))
    if not rows:
        return None
    net = [_net(each) for each in own]
    rows.append(("Net: received by its trusts minus paid by them", [level(net[0]), Cell("–"), *_changes(net, over)]))
    heads = (
        "Payment",
        f"{labels[0]}, £ million",
        f"Share of {name}, %",
        *(f"{label}: change, £ million" for label in labels[1:]),
    )
    note = (
        f"Whole period, 2015/16 prices, not discounted. {_small(whole)} Net: with the innovation funds of its trusts, "
        "and with what they save and keep, which is mostly staff time."
    )
    return PageTable("Paid by and to the trusts of the region", heads, rows, note)


def _shared_table(region: Region, own: Sequence[RegionTables], whole: Sequence[ResultTables]) -> PageTable | None:
    labels, over, rows = scenario_labels(whole), drawn(whole[0]), []
    for flow, payment in enumerate(whole[0].money_flows):
        values = [_millions(each.data.shared[:, flow]) for each in own]
        if payment[0] not in _PRIVATE and any(column.any() for column in values):
            rows.append((_words(payment), [level(values[0]), *_changes(values, over)]))
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


def _millions(pence: Longs) -> Floats:
    return np.asarray(pence * _PENCE_TO_MILLION, dtype=np.float64)


def _changes(values: Sequence[Floats], over: bool) -> list[Cell]:
    return [estimate_cell(estimate_mean(column - values[0], over), 2) for column in values[1:]]


def _share(values: Floats, of_all: Floats) -> Cell:
    total = float(of_all.sum())
    return Cell(plain(100 * float(values.sum()) / total, 1) if total else "–")


def _net(each: RegionTables) -> Floats:
    """Return what its trusts get minus what they pay, £ million, [R]."""
    net = np.zeros(len(each.replicates))
    for flow, payment in enumerate(each.payments):
        payer, payee = parties_of(payment)
        net += (int(payee == "trust") - int(payer == "trust")) * _millions(each.data.own[:, flow])
    return net


def _words(payment: tuple[str, str, str]) -> str:
    purpose, payer, payee = payment
    ends = (_ACCOUNTS.get(account, account.replace("_", " ")) for account in (payer, payee))
    return f"{name_words(purpose)} ({' to '.join(ends)})"
