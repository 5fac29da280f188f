"""What the options cost, whom, and what that buys: tables and sentences from the appraisal."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from diffusion.analysis.discounting import SHOWN, DiscountSet, discount_set
from diffusion.analysis.economics import Appraisal, Ratio, appraise, split_incentive
from diffusion.analysis.intervals import MINIMUM_REPLICATES_FOR_CLAIM, Estimate, estimate_mean
from diffusion.analysis.money import PUBLIC_PARTIES
from diffusion.analysis.tables import ResultTables
from diffusion.report.labels import scenario_labels
from diffusion.report.page_tables import Cell, PageTable, estimate_cell
from diffusion.report.sentences import list_of
from diffusion.report.style import plain, signed

_M = 1e-6
_PARTY_WORDS = {
    "trust": "trusts", "commissioner": "commissioners", "national": "national bodies", "ahsn": "AHSNs",
}  # fmt: skip


def can_appraise(tables: Sequence[ResultTables]) -> bool:
    """Whether there are options to compare and money to compare them by."""
    return len(tables) > 1 and all(table.money_flows for table in tables)


def appraisals(tables: Sequence[ResultTables], discount: DiscountSet) -> list[Appraisal]:
    """Return every option against the first scenario."""
    return [appraise(table, tables[0], discount) for table in tables[1:]]


def million(estimate: Estimate) -> Cell:
    """Return a change in GBP million with one decimal, so that sentences and tables round alike."""
    return estimate_cell(estimate, 1, _M)


def ratio_cell(ratio: Ratio, decimals: int) -> Cell:
    """Return a ratio with its interval; a dash where it has no meaning."""
    if not ratio.known:
        return Cell("–", "not defined", False)
    show = signed if ratio.low95 < 0 else plain
    return Cell(show(ratio.value, decimals), f"{show(ratio.low95, decimals)} to {show(ratio.high95, decimals)}")


def appraisal_table(tables: Sequence[ResultTables]) -> PageTable:
    """Costs, savings, net present value, benefit-cost ratio and cost per effect by option, headline discount set."""
    chosen = discount_set(SHOWN[0])
    rows = []
    for label, found in zip(scenario_labels(tables)[1:], appraisals(tables, chosen)):
        rows.append(
            (
                label,
                [
                    million(estimate_mean(found.spending)),
                    million(estimate_mean(found.savings)),
                    million(estimate_mean(found.npv)),
                    ratio_cell(found.benefit_cost_ratio, 2),
                    ratio_cell(found.cost_per(found.adoptions), 0),
                    ratio_cell(found.cost_per(found.patients), 0),
                    ratio_cell(found.spending_per(found.adoptions), 0),
                ],
            )
        )
    heads = (
        "Option", "Extra spending, £ million", "Extra savings, £ million", "Net present value, £ million",
        "Savings per £ spent", "Net cost per extra adoption, £", "Net cost per extra patient, £",
        "Spending per extra adoption, £",
    )  # fmt: skip
    note = (
        f"Against {scenario_labels(tables)[0]}; present values, {chosen.title}: money at "
        f"{plain(100 * chosen.costs[0][1], 1)} % a year, patients at {plain(100 * chosen.health[0][1], 1)} %. Public "
        "system: trusts, commissioners, national bodies, AHSNs. A negative net cost is a net saving. Small print: 95 % "
        "interval (ratios: Fieller). A ratio is not defined where what it divides by is not clearly above 0."
    )
    return PageTable("Costs and what they buy, by option", heads, rows, note)


def discount_table(tables: Sequence[ResultTables]) -> PageTable:
    """Net present value by option under every discount set shown."""
    sets = [discount_set(name) for name in SHOWN]
    found = [appraisals(tables, item) for item in sets]
    rows = [
        (label, [million(estimate_mean(row[i].npv)) for row in found])
        for i, label in enumerate(scenario_labels(tables)[1:])
    ]
    heads = ("Option", *(f"{item.title}, £ million" for item in sets))
    sources = "; ".join(f"{item.title}: {item.source}" for item in sets[:-1])
    note = f"Money is discounted alike by the first two; they differ in health. {sources}."
    return PageTable("Net present value under other discount rates", heads, rows, note)


def payers_table(tables: Sequence[ResultTables]) -> PageTable:
    """Extra net cost by public party, present values, headline discount set."""
    labels = scenario_labels(tables)
    found = [split_incentive(item) for item in appraisals(tables, discount_set(SHOWN[0]))]
    rows = []
    for party in PUBLIC_PARTIES:
        word = _PARTY_WORDS[party]
        rows.append((word[:1].upper() + word[1:], [million(split.by_party[party]) for split in found]))
    heads = ("Who", *(f"{label}, £ million" for label in labels[1:]))
    note = (
        f"Extra net cost against {labels[0]}, present value: paid minus received; negative is a gain. The four sum to "
        "minus the net present value. Innovation funds that trusts have not spent count as received."
    )
    return PageTable("Who pays and who gains, by option", heads, rows, note)


def split_sentences(tables: Sequence[ResultTables]) -> list[str]:
    """Say for every option who clearly gains and who clearly pays, as the table of payers has it."""
    sentences = []
    for label, item in zip(scenario_labels(tables)[1:], appraisals(tables, discount_set(SHOWN[0]))):
        split = split_incentive(item)
        if split.npv.replicates < MINIMUM_REPLICATES_FOR_CLAIM:
            sentences.append(f"{label}: too few runs to tell who pays and who gains.")
            continue
        gain = [_amount(party, split.by_party[party], "gain") for party in split.gainers]
        pay = [_amount(party, split.by_party[party], "pay") for party in split.payers]
        if gain and pay:
            text = f"{label} splits the incentive: {list_of(gain)}, while {list_of(pay)}."
        elif gain or pay:
            text = f"{label}: {list_of(gain or pay)}; no other public body clearly gains or pays."
        else:
            text = f"{label}: no public body clearly gains or pays."
        sentences.append(text)
    return sentences


def _amount(party: str, cost: Estimate, verb: str) -> str:
    million_text = million(cost).text.lstrip("+−")
    return f"{_PARTY_WORDS[party]} {verb} £{million_text} million"


def worth_axis(tables: Sequence[ResultTables]) -> np.ndarray:
    """Return values of an extra patient in GBP, 0 to a round number beyond the largest net cost or saving per patient.

    61 values, so that round numbers are among them.
    """
    largest = 100.0
    for item in appraisals(tables, discount_set(SHOWN[0])):
        ratio = item.spending_per(item.patients)
        if ratio.known:
            largest = max(largest, 1.5 * abs(ratio.value))
    unit = 10.0 ** np.floor(np.log10(largest))
    top = next(step * unit for step in (1, 2, 3, 5, 10) if step * unit >= largest)
    return np.linspace(0.0, top, 61)
