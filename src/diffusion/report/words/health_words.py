"""Health beside money: a net present value counts none, so what a patient must be worth for it to turn is said."""

from __future__ import annotations

import math
from collections.abc import Sequence

from diffusion.analysis.economics.appraisal import Ratio, appraise
from diffusion.analysis.economics.break_even import BreakEven, break_even_of
from diffusion.analysis.economics.discount_sets import SHOWN, discount_set
from diffusion.analysis.results.compare import Comparison
from diffusion.analysis.results.intervals import Estimate
from diffusion.analysis.results.tables import ResultTables
from diffusion.report.words.labels import scenario_labels
from diffusion.report.words.limits import mismatched
from diffusion.report.words.numbers import plain
from diffusion.report.words.sentences import change_sentence

_M = 1e-6
_NPV = "system_npv_gbp"


def health_sentence(tables: Sequence[ResultTables], comparison: Comparison, option: int) -> str | None:
    """Say what an option is worth to the public system, what comes of it in health, and where the answer turns.

    ``option`` is its place among ``tables``, the first of which is the reference. Where patients are not counted it is
    the sentence on money alone; None where money is not counted.
    """
    if _NPV not in comparison.values:
        return None
    labels, difference = scenario_labels(tables), comparison.difference(_NPV, option)
    money = change_sentence(labels[option], labels[0], difference)
    found = break_even_of(appraise(tables[option], tables[0], discount_set(SHOWN[0])))
    return money if found is None else balance_sentence(found, money, bool(difference.estimate.clear))


def health_sentences(tables: Sequence[ResultTables], comparison: Comparison) -> list[str]:
    """Return :func:`health_sentence` of every option after the first."""
    if mismatched(tables):
        return []
    found = (health_sentence(tables, comparison, option) for option in range(1, len(tables)))
    return [sentence for sentence in found if sentence is not None]


def balance_sentence(found: BreakEven, money: str, clear: bool) -> str:
    """Return ``money``, a sentence on net present value, with why, and with health beside it.

    Why, and where the answer turns, are said only where the direction of ``money`` is ``clear``.
    """
    if not found.npv.enough:
        return money
    if not (clear and int(found.npv.direction)):
        return f"{money} This counts no health: {_health(found, clear=False)}."
    return f"{money.removesuffix('.')}{_why(found)}. This counts no health: {_health(found, clear=True)}{_turn(found)}"


def worth_texts(worth: Ratio) -> tuple[str, str]:
    """Return the worth of a patient at which the answer turns, and its interval, three digits each."""
    return _rounded(worth.value), f"{_rounded(worth.low95)} to {_rounded(worth.high95)}"


def _why(found: BreakEven) -> str:
    """Return where a net present value comes from, as far as that is clear: spending, savings."""
    paid, saved = int(found.spending.direction), int(found.savings.direction)
    parts = [
        (-paid, f"{_pounds(found.spending)} {'more' if paid > 0 else 'less'} is paid for programmes and services"),
        (saved, f"{_pounds(found.savings)} {'more' if saved > 0 else 'less'} is saved"),
    ]
    sign = int(found.npv.direction)
    towards, against = ([text for way, text in parts if way == side * sign] for side in (1, -1))
    if not towards:
        return ""
    but = f", although {against[0]}" if against else ""
    return f", because {' and '.join(towards)}{but}"


def _pounds(estimate: Estimate) -> str:
    size = abs(float(estimate.mean)) * _M
    return f"£{plain(size, 1 if size >= 0.1 else 3)} million"


def _health(found: BreakEven, clear: bool) -> str:
    """Return the clause on patients."""
    mean = float(found.patients.mean)
    if mean == 0 and float(found.patients.low95) == float(found.patients.high95):
        return "as many patients benefit in every run"
    if not int(found.patients.direction):
        return _unclear(found, clear)
    size, places = abs(mean) * 1e-3, 1
    while round(size, places) == 0:
        places += 1
    ends = sorted(abs(float(end)) * 1e-3 for end in (found.patients.low95, found.patients.high95))  # of one sign
    low, high = (plain(end, places) for end in ends)
    word = "more" if mean > 0 else "fewer"
    return f"about {plain(size, places)} thousand {word} patients benefit (95 % interval {low} to {high})"


def _unclear(found: BreakEven, clear: bool) -> str:
    """Return the clause on patients where the direction is not clear, with the odds where parameters are drawn."""
    text = "it is not clear whether more or fewer patients benefit"
    mean = float(found.patients.mean)
    if not found.patients.over_draws or mean == 0:
        return text
    share = found.more_share if mean > 0 else found.fewer_share
    word = "more" if mean > 0 else "fewer"
    text += f" ({word} in {100 * share:.0f} % of futures, {plain(abs(mean) * 1e-3, 1)} thousand {word} on average)"
    worth = found.worth_on_average_gbp
    if clear and math.isfinite(worth):
        text += (
            f"; at the means the answer turns where the benefit to each is worth £{_rounded(worth)}, to which no "
            "interval can be given"
        )
    return text


def _turn(found: BreakEven) -> str:
    """Return how the sentence ends: the worth at which the answer turns."""
    if found.same_way:
        return " as well, so no worth of a patient turns the answer."
    if not found.turns:
        return "."
    to = "negative" if int(found.npv.direction) > 0 else "positive"
    worth, interval = worth_texts(found.gbp_per_patient)
    return (
        f". With health counted, the answer turns {to} if the benefit to each is worth more than £{worth} "
        f"(95 % interval {interval})."
    )


def _rounded(value: float) -> str:
    """Return a number of three digits with separators; of what is small, more decimals."""
    if value == 0:
        return "0"
    places = 2 - math.floor(math.log10(abs(value)))
    return plain(round(value, places), max(0, min(places, 2)) if abs(value) < 100 else 0)
