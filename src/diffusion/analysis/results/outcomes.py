"""Summary outcomes: one number per replicate, each with its unit and the direction that counts as better."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from diffusion.analysis.outcomes.outcome import Outcome as Outcome  # its documented path is here
from diffusion.analysis.outcomes.programmes import PROGRAMME_OUTCOMES, programme_values
from diffusion.analysis.results.adoption import adopter_share
from diffusion.analysis.results.groups import adopter_share_by_trust, adopters_and_eligible, portfolio, there_at_end
from diffusion.analysis.results.payers import net_cost_by_party, system_npv
from diffusion.analysis.results.tables import ResultTables, weighted_sum
from diffusion.arrays import Bools, Floats

MAIN_OUTCOME = "adopter_share_pct"
#: Levels of the adopter share, in per cent, whose month is an outcome.
MILESTONES_PCT: tuple[int, ...] = (10, 25, 50)

_M = 1e-6
_POUNDS: dict[str, Any] = {"unit": "£ million", "decimals": 0, "factor": _M}
_SHARE: dict[str, Any] = {
    "unit": "%",
    "decimals": 2,
    "better": 1,
    "precision": 0.1,
    "smallest": 0.1,
    "change_unit": "pp",
}
OUTCOMES: tuple[Outcome, ...] = (
    Outcome(MAIN_OUTCOME, "Adopter share of eligible pairs", **_SHARE, phrase="adoption"),
    Outcome("adopter_share_with_use_pct", "Adopter share of pairs with a use for it", **_SHARE),
    Outcome("use_weighted_share_pct", "Use-weighted share of eligible pairs", **_SHARE),
    Outcome(
        "ever_adopted_share_pct", "Pairs that ever adopted", **_SHARE, phrase="the share of pairs that ever adopted"
    ),
    Outcome(
        "organisations_using", "Organisations using at least one", "trusts", 1, 1, precision=1.0, smallest=1.0,
        phrase="the number of organisations using at least one innovation",
    ),
    Outcome(
        "patients_benefiting_total", "Patients benefiting", "million", 2, 1, factor=_M,
        phrase="the number of patients benefiting",
    ),
    *(
        Outcome(
            f"months_to_{level}_pct", f"Months to {level} % of eligible pairs", "months", 1, -1, precision=0.5,
            phrase=f"the time to {level} % of eligible pairs",
        )
        for level in MILESTONES_PCT
    ),
    *(
        Outcome(
            f"reached_{level}_pct", f"Runs reaching {level} % of eligible pairs", "%", 0, 1, factor=100.0,
            change_unit="pp", phrase=f"the share of runs reaching {level} % of eligible pairs",
        )
        for level in MILESTONES_PCT
    ),
    Outcome("over_dispersion", "Over-dispersion between trusts", "1", 2),
    Outcome("gini_trusts", "Gini coefficient over trusts", "1", 3, -1, phrase="the Gini coefficient over trusts"),
    Outcome(
        "gap_centres_pp", "Centres of excellence minus others", "pp", 2, phrase="the lead of centres of excellence"
    ),
    Outcome(
        "bad_adopter_pairs", "Adopted innovations that do harm", "pairs", 1, -1,
        phrase="the number of adopted innovations that do harm",
    ),
    Outcome("net_cost_trust_gbp", "Net cost to trusts", **_POUNDS),
    Outcome("net_cost_commissioner_gbp", "Net cost to commissioners", **_POUNDS),
    Outcome("net_cost_national_gbp", "Net cost to national bodies", **_POUNDS),
    Outcome("net_cost_ahsn_gbp", "Net cost to AHSNs", **_POUNDS),
    Outcome(
        "system_npv_gbp", "Net present value, public system", **_POUNDS, better=1,
        phrase="the net present value to the public system",
    ),
    *PROGRAMME_OUTCOMES,
)  # fmt: skip
OUTCOME_BY_NAME = {outcome.name: outcome for outcome in OUTCOMES}


def first_month_at(share: ArrayLike, level: float) -> tuple[Floats, Bools]:
    """Return the first month in which ``share`` [R, T+1] is at least ``level``, and whether it ever is.

    A run that never gets there counts as T, the last month: a restricted mean, defined in every replicate, so that
    differences stay paired. It understates slowness; the share of runs that get there stands beside it.
    """
    reached = np.asarray(share) >= level
    ever = np.asarray(reached.any(axis=1))
    last = reached.shape[1] - 1
    return np.where(ever, reached.argmax(axis=1), last).astype(np.float64), ever


def gini(values: ArrayLike) -> Floats:
    """Return the Gini coefficient over the last axis of non-negative ``values``; NaN where all are 0.

    G = sum_i (2 i - n - 1) x_(i) / (n sum x), x sorted upwards.
    """
    # one layout, so that sums do not depend on how many rows there are
    ordered = np.sort(np.ascontiguousarray(values, dtype=np.float64), axis=-1)
    n = ordered.shape[-1]
    weights = 2 * np.arange(1, n + 1) - n - 1
    total = ordered.sum(axis=-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(total > 0, (ordered * weights).sum(axis=-1) / (n * total), np.nan)


def over_dispersion(adopters_by_trust: ArrayLike, adopted_share: ArrayLike, eligible: ArrayLike) -> Floats:
    """Return how much more trusts vary than chance alone would make them, [R]; 1 is chance, NaN without any variation.

    OD = mean_i (s_i - e_i)^2 / mean_i sum_k F_k (1 - F_k) / K_i^2 with s_i the adopted share of trust i's K_i eligible
    innovations and e_i the mean of F_k over them; where all trusts are eligible for all innovations this is
    Var_i(s_i) / [sum_k F_k (1 - F_k) / K^2].

    Parameters
    ----------
    adopters_by_trust: adopted innovations by trust [R, N]
    adopted_share: F_k, share of eligible trusts that adopted innovation k [R, K]
    eligible: [N, K]
    """
    allowed = np.asarray(eligible, dtype=np.float64)
    kept = allowed.sum(axis=1) > 0
    allowed, count = allowed[kept], allowed[kept].sum(axis=1)
    share = np.ascontiguousarray(np.asarray(adopters_by_trust)[:, kept]) / count
    adopted = np.asarray(adopted_share, dtype=np.float64)
    expected = weighted_sum(adopted[:, None, :], allowed) / count
    chance = (weighted_sum((adopted * (1 - adopted))[:, None, :], allowed) / count**2).mean(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(chance > 0, ((share - expected) ** 2).mean(axis=1) / chance, np.nan)


def adopter_pairs(tables: ResultTables) -> Floats:
    """Return the number of pairs of the portfolio that have adopted at the end, [R]."""
    return np.asarray(adopters_and_eligible(tables, "innovation")[0][:, -1].sum(axis=1).astype(np.float64))


def _of_born(monthly: Mapping[str, Floats], name: str) -> Floats:
    """Return what innovations born in the run have of a sum at the end, [R] or [1]: no share has them in it."""
    return monthly[name][:, -1] if name in monthly else np.zeros(1)


def outcome_values(tables: ResultTables) -> dict[str, Floats]:
    """Return outcome name -> array [R], for every outcome that these tables can tell; shares in per cent."""
    monthly = tables.monthly
    adopted, eligible = adopters_and_eligible(tables, "innovation")
    pairs = np.maximum(eligible.sum(axis=1), 1).astype(np.float64)
    values: dict[str, Floats] = {}
    share = adopter_share(tables.stage_by_innovation, tables.world, portfolio(tables))
    values[MAIN_OUTCOME] = 100 * share[:, -1]
    if "adopter_share_with_use" in monthly:
        values["adopter_share_with_use_pct"] = 100 * monthly["adopter_share_with_use"][:, -1]
    if "use_weighted_share" in monthly:
        use = 100 * monthly["use_weighted_share"][:, -1]
        values["use_weighted_share_pct"] = use - 100 * _of_born(monthly, "use_sum_born") / pairs
    if "ever_adopters" in monthly:
        values["ever_adopted_share_pct"] = (
            100 * (monthly["ever_adopters"][:, -1] - _of_born(monthly, "ever_adopters_born")) / pairs
        )
    if "organisations_using" in monthly:
        values["organisations_using"] = monthly["organisations_using"][:, -1].astype(np.float64)
    if "patients_benefiting" in monthly:
        values["patients_benefiting_total"] = monthly["patients_benefiting"][:, 1:].sum(axis=1)
    for level in MILESTONES_PCT:
        month, ever = first_month_at(share, level / 100)
        values[f"months_to_{level}_pct"] = month
        values[f"reached_{level}_pct"] = ever.astype(np.float64)
    adopted_share = adopted[:, -1] / np.maximum(eligible, 1)
    values["over_dispersion"] = over_dispersion(
        tables.adopters_by_trust[:, -1], adopted_share, tables.world.eligible[:, portfolio(tables)]
    )
    there = there_at_end(tables)
    by_trust = np.ascontiguousarray(adopter_share_by_trust(tables)[:, there])
    values["gini_trusts"] = gini(by_trust)
    centre = tables.world.trusts.centre_of_excellence[there]
    if centre.any() and not centre.all():
        means = [np.ascontiguousarray(by_trust[:, mask]).mean(axis=1) for mask in (centre, ~centre)]
        values["gap_centres_pp"] = 100 * (means[0] - means[1])
    if "bad_adopters" in monthly:
        values["bad_adopter_pairs"] = monthly["bad_adopters"][:, -1].astype(np.float64)
    if tables.money_gbp.shape[2]:
        for party, cost in net_cost_by_party(tables).items():
            if f"net_cost_{party}_gbp" in OUTCOME_BY_NAME:
                values[f"net_cost_{party}_gbp"] = cost
        values["system_npv_gbp"] = system_npv(tables)
    return values | programme_values(tables)
