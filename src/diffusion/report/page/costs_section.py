"""What the options cost, whom, and what that buys: tables and sentences from the appraisal."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from diffusion.analysis.economics.appraisal import Appraisal, Ratio, appraise, split_incentive
from diffusion.analysis.economics.break_even import break_even_of
from diffusion.analysis.economics.discount_sets import SHOWN, DiscountSet, discount_set
from diffusion.analysis.results.intervals import Estimate
from diffusion.analysis.results.payers import PUBLIC_PARTIES, net_cost_by_party
from diffusion.analysis.results.tables import ResultTables, drawn
from diffusion.report.page.cells import Cell, PageTable, estimate_cell
from diffusion.report.words.doubt_words import interval_note
from diffusion.report.words.health_words import worth_texts
from diffusion.report.words.labels import scenario_labels, words_of
from diffusion.report.words.limits import mismatched
from diffusion.report.words.numbers import plain, signed
from diffusion.report.words.sentences import list_of

#: less than this is the rounding of sums
_HALF_A_PENNY_GBP = 0.005
_M = 1e-6
_PARTY_WORDS = {
    "trust": "trusts",
    "commissioner": "commissioners",
    "national": "national bodies",
    "ahsn": "AHSNs",
}


def can_appraise(tables: Sequence[ResultTables]) -> bool:
    """Whether there are options to compare and money to compare them by."""
    return len(tables) > 1 and all(table.money_flows for table in tables)


def appraisals(tables: Sequence[ResultTables], discount: DiscountSet) -> list[Appraisal]:
    """Return every option against the first scenario."""
    return [appraise(table, tables[0], discount) for table in tables[1:]]


def million(estimate: Estimate) -> Cell:
    """Return a change in GBP million with one decimal, so that sentences and tables round alike."""
    return estimate_cell(estimate, 1, _M)


def ratio_cell(ratio: Ratio, decimals: int, factor: float = 1.0, neutral: float = 0.0) -> Cell:
    """Return ``factor`` times a ratio with its interval; a dash where it has no meaning.

    Pale where the interval holds ``neutral``, at which there is neither gain nor loss.
    """
    if not ratio.known:
        return Cell("–", "not defined", False)
    show = signed if ratio.low95 < 0 and neutral == 0 else plain
    value, low, high = (factor * x for x in (ratio.value, ratio.low95, ratio.high95))
    clear = not ratio.low95 <= neutral <= ratio.high95
    return Cell(show(value, decimals), f"{show(low, decimals)} to {show(high, decimals)}", clear)


def appraisal_table(tables: Sequence[ResultTables]) -> PageTable:
    """Spending, savings, net present value and benefit-cost ratio by option, headline discount set."""
    chosen = discount_set(SHOWN[0])
    rows = []
    for label, found in zip(scenario_labels(tables)[1:], appraisals(tables, chosen)):
        cells = [million(found.estimate(values)) for values in (found.spending, found.savings, found.npv)]
        rows.append((label, [*cells, ratio_cell(found.benefit_cost_ratio, 2, neutral=1.0)]))
    heads = (
        "Option",
        "Extra spending, £ million",
        "Extra savings, £ million",
        "Net present value, £ million",
        "Savings per £ spent",
    )
    note = (
        f"Against {scenario_labels(tables)[0]}; present values at {plain(100 * chosen.costs[0][1], 1)} % a year "
        f"({chosen.title}). Public system: trusts, commissioners, national bodies, "
        f"{words_of(tables).network.many}; what one pays another "
        f"cancels. Pale: the interval includes 0, of savings per £ spent 1. Small print: "
        f"{interval_note(drawn(tables[0]))}" + ("." if drawn(tables[0]) else " (of the ratio: Fieller).")
    )
    return PageTable("Costs and savings, by option", heads, rows, note)


def effects_table(tables: Sequence[ResultTables]) -> PageTable:
    """Extra adoptions and patients by option, and what one of them costs, headline discount set."""
    chosen = discount_set(SHOWN[0])
    rows = []
    for label, found in zip(scenario_labels(tables)[1:], appraisals(tables, chosen)):
        npv = found.estimate(found.npv)
        cells = [
            estimate_cell(found.estimate(found.adoptions), 1),
            _net_cell(found.cost_per(found.adoptions), npv, 1e-3),
        ]
        cells.append(ratio_cell(found.spending_per(found.adoptions), 0, 1e-3))
        if found.patients is not None:
            cells += [
                estimate_cell(found.estimate(found.patients), 1, 1e-3),
                _net_cell(found.cost_per(found.patients), npv),
                _turning_cell(found),
            ]
        rows.append((label, cells))
    heads: tuple[str, ...] = (
        "Option",
        "Extra adoptions",
        "Net cost of one, £ thousand",
        "Spending for one, £ thousand",
    )
    if len(rows[0][1]) > len(heads) - 1:
        patients = ("Extra patients, thousand", "Net cost of one, £", "Worth of one at which it turns, £")
        heads = (*heads, *patients)
    note = (
        f"An adoption is a pair of a trust and an innovation at the end; patients benefiting count at "
        f"{plain(100 * chosen.health[0][1], 1)} % a year. Net cost: spending minus savings. Where an option saves "
        "money and gains, a net cost of one has no meaning: it saves. Not defined: the gain is not clearly above 0. "
        "It turns: net present value and patients point opposite ways, and balance at that worth of a patient."
    )
    return PageTable("What the money buys, by option", heads, rows, note)


def _turning_cell(found: Appraisal) -> Cell:
    """Return the worth of a patient at which the answer turns, or why there is none."""
    turning = break_even_of(found)
    if turning is not None and turning.turns:
        return Cell(*worth_texts(turning.gbp_per_patient))
    if turning is not None and turning.same_way:
        return Cell("none", "both point the same way")
    return Cell("–", "not clear", False)


def _net_cell(ratio: Ratio, npv: Estimate, factor: float = 1.0) -> Cell:
    """Return a net cost per unit of effect; in words where the option saves money (a negative ratio ranks nothing)."""
    if ratio.known and int(npv.direction) > 0:
        return Cell("saves", "net saving")
    return ratio_cell(ratio, 0, factor)


def discount_table(tables: Sequence[ResultTables]) -> PageTable:
    """Net present value by option under every discount set shown."""
    sets = [discount_set(name) for name in SHOWN]
    found = [appraisals(tables, item) for item in sets]
    rows = [
        (label, [million(row[i].estimate(row[i].npv)) for row in found])
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
        word = words_of(tables).say(_PARTY_WORDS[party])
        rows.append((word[:1].upper() + word[1:], [million(split.by_party[party]) for split in found]))
    heads = ("Who", *(f"{label}, £ million" for label in labels[1:]))
    note = (
        f"Extra net cost against {labels[0]}, present value: paid minus received; negative is a gain. The four sum to "
        "minus the net present value. Innovation funds that trusts have not spent count as received."
    ) + networks_spend_all(tables)
    return PageTable("Who pays and who gains, by option", heads, rows, note)


def networks_spend_all(tables: Sequence[ResultTables]) -> str:
    """Say why the net cost of networks is 0 where it is in all runs: else a change in them would look free."""
    costs = [net_cost_by_party(table).get("ahsn") for table in tables]
    if any(cost is None or (np.abs(cost) > _HALF_A_PENNY_GBP).any() for cost in costs):
        return ""
    many = words_of(tables).network.many
    return (
        f" {many} spend what they are given in every run, so that their net cost is 0, also where they end: what is "
        "paid for them is a cost of national bodies."
    )


def split_sentences(tables: Sequence[ResultTables]) -> list[str]:
    """Say for every option who clearly gains and who clearly pays, as the table of payers has it."""
    sentences: list[str] = []
    if mismatched(tables):
        return sentences
    parties = {party: words_of(tables).say(words) for party, words in _PARTY_WORDS.items()}
    for label, item in zip(scenario_labels(tables)[1:], appraisals(tables, discount_set(SHOWN[0]))):
        split = split_incentive(item)
        if not split.npv.enough:
            sentences.append(f"Under {label}: too few runs to tell who pays and who gains.")
            continue
        gain = [_amount(parties[party], split.by_party[party], "gain") for party in split.gainers]
        pay = [_amount(parties[party], split.by_party[party], "pay") for party in split.payers]
        if gain and pay:
            text = f"Under {label}, {list_of(gain)}, while {list_of(pay)}: who pays is not who gains."
        elif gain or pay:
            text = f"Under {label}, {list_of(gain or pay)}; no other public body clearly gains or pays."
        else:
            text = f"Under {label}, no public body clearly gains or pays."
        sentences.append(text)
    return sentences


def _amount(who: str, cost: Estimate, verb: str) -> str:
    ends = sorted((abs(float(cost.low95)), abs(float(cost.high95))))  # both of one sign: it is clear
    size, low, high = (plain(value * _M, 1) for value in (abs(float(cost.mean)), *ends))
    return f"{who} {verb} £{size} million (95 % interval {low} to {high})"


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
