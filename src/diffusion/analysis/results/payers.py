"""Who pays, who receives, and what it is worth to the public system."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from diffusion.analysis.results.discounting import discount_weights
from diffusion.analysis.results.tables import ResultTables, weighted_sum
from diffusion.arrays import Floats

#: Bodies of the public system; a payment between two of them is a transfer.
PUBLIC_PARTIES: tuple[str, ...] = ("trust", "commissioner", "national", "ahsn")
#: Accounts that belong to a party of another name.
PARTY_OF_ACCOUNT: dict[str, str] = {"trust_fund": "trust"}
#: Green Book discount rate for costs, per year.
GREEN_BOOK_RATE = 0.035


def discount_factors(months: int, rate_per_year: float = GREEN_BOOK_RATE) -> Floats:
    """Return (1 + rate)^(-m/12) for m = 0..months."""
    return discount_weights(months, ((0.0, rate_per_year),))


def parties_of(flow: tuple[str, str, str]) -> tuple[str, str]:
    """Return (payer, payee) of a flow (purpose, payer, payee) as parties."""
    _, payer, payee = flow
    return PARTY_OF_ACCOUNT.get(payer, payer), PARTY_OF_ACCOUNT.get(payee, payee)


def public_sign(payer: str, payee: str) -> int:
    """Return -1 for money that leaves the public system, 1 for what enters it, 0 for a transfer or neither."""
    return int(payee in PUBLIC_PARTIES) - int(payer in PUBLIC_PARTIES)


def flow_totals(tables: ResultTables) -> Floats:
    """Return undiscounted totals in GBP [R, flow]."""
    return np.asarray(tables.money_gbp.sum(axis=1))


def net_cost_by_party(tables: ResultTables) -> dict[str, Floats]:
    """Return party -> paid minus received over the whole period, GBP [R], parties sorted by name."""
    totals = flow_totals(tables)
    ends = [parties_of(flow) for flow in tables.money_flows]
    costs = {party: np.zeros(len(totals)) for party in sorted({party for pair in ends for party in pair})}
    for column, (payer, payee) in enumerate(ends):
        costs[payer] += totals[:, column]
        costs[payee] -= totals[:, column]
    return costs


def present_value(monthly_gbp: ArrayLike, rate_per_year: float = GREEN_BOOK_RATE) -> Floats:
    """Return sum_m x_m (1 + rate)^(-m/12) over the last axis, months 0..T."""
    monthly = np.asarray(monthly_gbp, dtype=np.float64)
    return weighted_sum(monthly, discount_factors(monthly.shape[-1] - 1, rate_per_year))


def system_npv(tables: ResultTables, rate_per_year: float = GREEN_BOOK_RATE) -> Floats:
    """Return the net present value to the public system in GBP [R]: what enters it minus what leaves it.

    Savings count in full, cashable or not; payments between public bodies cancel; health is not valued.
    """
    signs = np.array([public_sign(*parties_of(flow)) for flow in tables.money_flows], dtype=np.float64)
    return present_value(weighted_sum(tables.money_gbp, signs), rate_per_year)
