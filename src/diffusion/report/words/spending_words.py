"""What a budget bought, in words: strengths, months, amounts, how the search went."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from diffusion.analysis.results.intervals import Estimate
from diffusion.report.words.labels import month_name
from diffusion.report.words.numbers import plain

if TYPE_CHECKING:
    from diffusion.experiments.searches.budget import Fit
    from diffusion.experiments.searches.spending import Spending

_M = 1e-6
DEFINITION = (
    "Programme cost: what national bodies, commissioners and AHSNs pay to others above the first scenario, without "
    "ordinary fund refills; savings and money returned are not deducted."
)


def heading(rows: Sequence[Spending]) -> str:
    """Return what the table is of."""
    return f"What a budget of £{plain(rows[0].fit.budget_gbp_per_year * _M, 2)} million a year buys"


def strengths_text(fit: Fit) -> str:
    """Return ``local-first 0.8, test-beds 0.8``."""
    return ", ".join(f"{name} {strength:.3g}" for name, strength in fit.strengths.items())


def period_text(fit: Fit) -> str:
    """Return the first and the last month that count."""
    begin, end = fit.period
    return f"{month_name(begin)} to {month_name(end + -1)}"


def purpose_words(purpose: str) -> str:
    return purpose.replace("_", " ")


def millions(gbp: float) -> str:
    """Return an amount in GBP million."""
    return plain(gbp * _M, 2)


def cost_texts(estimate: Estimate) -> tuple[str, str]:
    """Return mean and 95 % interval in GBP million a year."""
    low, high = float(estimate.low95), float(estimate.high95)
    interval = f"{millions(low)} to {millions(high)}" if np.isfinite(low) else "–"
    return millions(float(estimate.mean)), interval


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
    return f"{label}, {period_text(fit)}: {strengths}{how}."
