"""Print one digest of a small comparison and of the same month by month, to hold Python and Mesa versions side by side.

Every stage count, flow, pound and monthly series goes in with all its bits. The series are those of ``SERIES``: a
measure that is only added beside them moves no result, and so not the digest, on which the packaged posterior's stamp
rests; nor does a kind of payment beside ``PAYMENTS``, unless money moves under it. A series or a payment that is no
longer recorded stops the script.
"""

from __future__ import annotations

import hashlib
import sys

import numpy as np

from diffusion.experiments.running.results import Results
from diffusion.experiments.running.runner import compare
from diffusion.scenario.load import load_scenario

SCENARIOS = ("baseline", "tariff", "test-beds", "local-first")
REPLICATES = 2
#: monthly series that go into the digest
SERIES = (
    "adopter_share", "adopter_share_with_use", "adopters", "adopters_born", "bad_adopters", "blocked_burden",
    "blocked_limit", "blocked_money", "blocked_support", "blocked_time", "capacity_available_wte",
    "capacity_lent_wte", "capacity_needed_wte", "capacity_used_wte", "companies_away", "companies_failed",
    "companies_in_uk", "ever_adopters", "evidence_mean", "fund_gbp", "innovations_live", "organisations_using",
    "organisations_using_cohort", "pairs_enrolled", "pairs_in_use", "pairs_using", "pairs_with_use",
    "patients_benefiting", "people_abroad", "people_in_nhs", "people_in_programme", "people_left",
    "people_returned", "pilots", "recalled", "startups_failed", "startups_founded", "startups_launched", "use_sum",
    "use_weighted_share",
)  # fmt: skip
#: kinds of payment that go into the digest, in this order
PAYMENTS = (
    "upfront_cost", "upfront_cost_without_gate", "upfront_subsidy", "running_cost", "saving_kept", "saving_system",
    "tariff", "base_price_cut", "fund_refill", "fund_refill_extra", "fund_return", "ahsn_grant", "ahsn_push",
    "facilitation", "protected_time", "test_bed_grant", "test_bed_staff", "programme", "prize", "sbri_contract",
    "excellence_award", "nice", "portal", "scorecard", "accelerator_bursary", "expo", "new_town_grant",
    "new_town_staff", "clinical_points", "entrepreneur_training", "entrepreneur_time", "direction", "tools",
    "investment", "company_burn",
)  # fmt: skip
SEED = 1


def _payments(results: Results) -> np.ndarray:
    """Return money_gbp of the payments of the digest, and of any other under which money moved."""
    place = {purpose: column for column, (purpose, _, _) in enumerate(results.money_flows)}
    moved = [name for name in place if name not in PAYMENTS and results.money_gbp[:, :, place[name]].any()]
    return np.ascontiguousarray(results.money_gbp[:, :, [place[name] for name in (*PAYMENTS, *moved)]])


def digest() -> str:
    """Return the first 16 hexadecimal digits of a SHA-256 over all results of two replicates of the demo."""
    total = hashlib.sha256()
    for results in compare([load_scenario(name) for name in SCENARIOS], replicates=REPLICATES, seed=SEED):
        arrays = {name: results.monthly[name] for name in SERIES}
        for name in ("stage_by_innovation", "stage_by_ahsn", "adopters_by_trust", "flows"):
            arrays[name] = getattr(results, name)
        arrays["money_gbp"] = _payments(results)
        for name, array in sorted(arrays.items()):
            total.update(f"{results.scenario.name} {name} {array.dtype} {array.shape}".encode())
            total.update(np.ascontiguousarray(array).tobytes())
    return total.hexdigest()[:16]


if __name__ == "__main__":
    print(digest())
    sys.exit(0)
