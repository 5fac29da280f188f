"""Health beside money: a net present value counts none, so what a patient must be worth for it to turn is said."""

from __future__ import annotations

import math
from collections.abc import Sequence

from diffusion.analysis.economics.appraisal import Ratio, appraise
from diffusion.analysis.economics.break_even import BreakEven, break_even
from diffusion.analysis.economics.discount_sets import SHOWN, discount_set
from diffusion.analysis.results.compare import Comparison
from diffusion.analysis.results.intervals import MINIMUM_REPLICATES_FOR_CLAIM, Estimate
from diffusion.analysis.results.tables import ResultTables
from diffusion.report.words.labels import scenario_labels
from diffusion.report.words.numbers import plain, signed
from diffusion.report.words.sentences import change_sentence

_M = 1e-6


def money_sentence(tables: Sequence[ResultTables], comparison: Comparison, option: int) -> str | None:
    """Say what an option is worth to the public system, with health beside it where patients are counted.

    None where no money is.
    """
    if "system_npv_gbp" not in comparison.values:
        return None
    labels = scenario_labels(tables)
    npv = change_sentence(labels[option], labels[0], comparison.difference("system_npv_gbp", option))
    return health_sentence(tables, option, npv) or npv


def money_sentences(tables: Sequence[ResultTables], comparison: Comparison) -> list[str]:
    """Return :func:`money_sentence` of every option after the first."""
    found = (money_sentence(tables, comparison, option) for option in range(1, len(tables)))
    return [sentence for sentence in found if sentence is not None]


def health_sentence(tables: Sequence[ResultTables], option: int, unclear: str = "") -> str | None:
    """Say what the net present value of an option leaves out, and the worth of a patient at which it turns.

    ``option`` is its place among ``tables``, the first of which is the reference; ``unclear`` says of money what there
    is to say where its direction is not clear. None where money or patients are not counted.
    """
    reference, table = tables[0], tables[option]
    if not (table.money_flows and reference.money_flows):
        return None
    found = break_even(appraise(table, reference, discount_set(SHOWN[0])))
    labels = scenario_labels(tables)
    return None if found is None else balance_sentence(found, labels[option], labels[0], unclear)


def balance_sentence(found: BreakEven, label: str, reference: str, unclear: str = "") -> str:
    """Return the sentence of one option; as :func:`health_sentence`."""
    if found.npv.replicates < MINIMUM_REPLICATES_FOR_CLAIM:
        return unclear or f"Under {label}: too few runs to weigh money against health."
    if not int(found.npv.direction):
        money = unclear or f"Under {label}, it is not clear which way the net present value goes."
        return f"{money} It counts no health: {_health(found)}."
    return f"{_money(found, label, reference)} It counts no health: {_health(found)}{_turn(found)}"


def _same(estimate: Estimate) -> bool:
    return float(estimate.mean) == 0 and float(estimate.low95) == float(estimate.high95)


def _pounds(estimate: Estimate) -> str:
    return f"£{plain(abs(float(estimate.mean)) * _M, _places(estimate))} million"


def _places(estimate: Estimate) -> int:
    """Return decimals at which an amount in millions does not read as 0."""
    size = abs(float(estimate.mean)) * _M
    return 0 if size >= 20 else 1 if size >= 0.1 else 3


def _money(found: BreakEven, label: str, reference: str) -> str:
    """Return the sentence on money: how much beside the reference, and what it comes from where that is clear."""
    direction = int(found.npv.direction)
    places = _places(found.npv)
    low, high = (signed(float(bound) * _M, places) for bound in (found.npv.low95, found.npv.high95))
    mean = signed(float(found.npv.mean) * _M, places)
    head = (
        f"Net present value under {label} is {mean[0]}£{mean[1:]} million from {reference} "
        f"(95 % interval {low} to {high})"
    )
    paid, saved = int(found.spending.direction), int(found.savings.direction)
    parts = [
        (-paid, f"{_pounds(found.spending)} {'more' if paid > 0 else 'less'} is paid for programmes and services"),
        (saved, f"{_pounds(found.savings)} {'more' if saved > 0 else 'less'} is saved"),
    ]
    towards, against = ([text for way, text in parts if way == sign * direction] for sign in (1, -1))
    if not towards:
        return f"{head}."
    but = f", although {against[0]}" if against else ""
    return f"{head}, because {' and '.join(towards)}{but}."


def _health(found: BreakEven) -> str:
    """Return the clause on patients."""
    if _same(found.patients):
        return "as many patients benefit in every run"
    if not int(found.patients.direction):
        return "whether more or fewer patients benefit is not clear"
    word = "more" if found.patients.mean > 0 else "fewer"
    size, places = abs(float(found.patients.mean)) * 1e-3, 1
    while round(size, places) == 0:
        places += 1
    return f"about {plain(size, places)} thousand {word} patients benefit"


def _turn(found: BreakEven) -> str:
    """Return how the sentence ends: the worth at which the answer turns."""
    if found.same_way:
        return " as well, so no worth of a patient turns the answer."
    if not found.turns:
        return "."
    to = "negative" if int(found.npv.direction) > 0 else "positive"
    worth, interval = worth_texts(found.gbp_per_patient)
    return f". It turns {to} if each is worth more than £{worth} (95 % interval {interval})."


def worth_texts(worth: Ratio) -> tuple[str, str]:
    """Return the worth of a patient at which the answer turns, and its interval, three digits each."""
    return _rounded(worth.value), f"{_rounded(worth.low95)} to {_rounded(worth.high95)}"


def _rounded(value: float) -> str:
    """Return a number of three digits with separators; of what is small, more decimals."""
    if value == 0:
        return "0"
    places = 2 - math.floor(math.log10(abs(value)))
    return plain(round(value, places), max(0, min(places, 2)) if abs(value) < 100 else 0)
