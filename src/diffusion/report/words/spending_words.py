"""What a budget bought, in words: the amount a year and as present value, strengths, months, how the search went."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from diffusion.analysis.results.intervals import Estimate
from diffusion.engine.calendar import Month
from diffusion.experiments.searches.budget import amount_text
from diffusion.experiments.searches.programme_cost import rates
from diffusion.report.words.labels import month_name
from diffusion.report.words.numbers import plain
from diffusion.report.words.sentences import list_of
from diffusion.world.facts import Words

if TYPE_CHECKING:
    from diffusion.experiments.searches.spending import Spending

_M = 1e-6
DEFINITION = (
    "Programme cost: what is paid for programmes above the first scenario, whoever pays: national bodies, "
    "commissioners, AHSNs, trusts. Not in it: the price of what is adopted, ordinary fund refills, savings, money "
    "returned."
)
_PAYERS = {"national": "national bodies", "commissioner": "commissioners", "ahsn": "AHSNs", "trust": "trusts"}


def heading(rows: Sequence[Spending]) -> str:
    """Return what the table is of."""
    return f"What a budget of £{plain(rows[0].fit.budget_gbp_per_year * _M, 2)} million a year buys"


def same_money_sentence(rows: Sequence[Spending]) -> str:
    """Say what the amount a year is as present value, which is the same for every option."""
    fit = rows[0].fit
    worth, months = fit.period.present_value(fit.budget_gbp_per_year), months_text(fit.period.begin, fit.period.end)
    return (
        f"£{millions(fit.budget_gbp_per_year)} million in every year from {months} is a present value of "
        f"£{millions(worth)} million at the start of the run, at {plain(100 * rates()[0][1], 1)} % a year. Every "
        "option is given that, whenever it spends it; costs a year are present values spread over the same years."
    )


def money_answer(rows: Sequence[Spending], labels: Sequence[str]) -> list[str]:
    """Return what the answer says of the money: how much each option was given, and which could not spend it."""
    fit = rows[0].fit
    worth, months = fit.period.present_value(fit.budget_gbp_per_year), months_text(fit.period.begin, fit.period.end)
    given = (
        f"Each option is given £{millions(fit.budget_gbp_per_year)} million a year from {months}, a present value of "
        f"£{millions(worth)} million."
    )
    cannot = for_all_sentence(rows, labels)
    return [given] if cannot is None else [given, cannot]


def for_all_sentence(rows: Sequence[Spending], labels: Sequence[str]) -> str | None:
    """Say which options cannot spend the budget, and the largest that all can; None where all can."""
    left = [labels[row.scenario] for row in rows if row.fit.status == "unspent"]
    if not left:
        return None
    cannot = (
        f"{list_of(left)} cannot spend the budget at a plausible strength, so that the options do not cost the same."
    )
    for_all = rows[0].fit.budget_for_all
    if for_all is None:
        return f"{cannot} No budget was found that all of them can spend."
    worth = rows[0].fit.period.present_value(for_all)
    return (
        f"{cannot} The largest budget that all of them can spend is about £{millions(for_all)} million a year, a "
        f"present value of £{millions(worth)} million: --budget {amount_text(for_all)}."
    )


def strengths_text(strengths: Mapping[str, float]) -> str:
    """Return ``local-first 0.8, test-beds 0.8``."""
    return ", ".join(f"{name} {strength:.3g}" for name, strength in strengths.items())


def months_text(begin: Month, end: Month) -> str:
    """Return the first and the last month of those before ``end``."""
    return f"{month_name(begin)} to {month_name(end + -1)}"


def purpose_words(purpose: str, words: Words) -> str:
    """Return what is paid for: ``ahsn_grant`` is ``AHSN grant``, or ``HIN grant``."""
    return words.say(purpose.replace("ahsn", "AHSN").replace("_", " "))


def payer_words(payer: str, words: Words) -> str:
    """Return who pays."""
    return words.say(_PAYERS.get(payer, payer.replace("_", " ")))


def millions(gbp: float) -> str:
    """Return an amount in GBP million; with more decimals where it is small."""
    places = 2 if abs(gbp) >= 1e5 or gbp == 0 else 4
    return plain(gbp * _M, places)


def cost_texts(estimate: Estimate, factor: float = 1.0) -> tuple[str, str]:
    """Return mean and 95 % interval in GBP million, ``factor`` times the estimate."""
    low, high = float(estimate.low95) * factor, float(estimate.high95) * factor
    interval = f"{millions(low)} to {millions(high)}" if np.isfinite(low) else "–"
    return millions(float(estimate.mean) * factor), interval


def spending_sentence(row: Spending, label: str) -> str:
    """Say in a line how the search went for one scenario."""
    fit = row.fit
    left, over = (f"£{millions(gbp)} million" for gbp in (row.unspent, float(row.total.mean) - fit.budget_gbp_per_year))
    how = {
        "met": "",
        "unspent": f", the largest that is plausible; {left} unspent",
        "over": f"; what is not scaled costs {over} more than the budget",
        "jump": f"; more strength passes the budget in a step; {left} unspent",
    }[fit.status]
    strengths = " and ".join(f"{name} at strength {strength:.3g}" for name, strength in fit.strengths.items())
    return f"{label}, {months_text(*fit.in_force)}: {strengths}{how}."
