"""Print one digest of a small comparison and of the same month by month, to hold Python and Mesa versions side by side.

Every stage count, flow, pound and monthly series goes in with all its bits. The series are those of ``SERIES``: a
measure that is only added beside them moves no result, and so not the digest, on which the packaged posterior's stamp
rests. A series that is no longer recorded stops the script.
"""

from __future__ import annotations

import hashlib
import sys

import numpy as np

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
SEED = 1


def digest() -> str:
    """Return the first 16 hexadecimal digits of a SHA-256 over all results of two replicates of the demo."""
    total = hashlib.sha256()
    for results in compare([load_scenario(name) for name in SCENARIOS], replicates=REPLICATES, seed=SEED):
        arrays = {name: results.monthly[name] for name in SERIES}
        for name in ("stage_by_innovation", "stage_by_ahsn", "adopters_by_trust", "flows", "money_gbp"):
            arrays[name] = getattr(results, name)
        for name, array in sorted(arrays.items()):
            total.update(f"{results.scenario.name} {name} {array.dtype} {array.shape}".encode())
            total.update(np.ascontiguousarray(array).tobytes())
    return total.hexdigest()[:16]


if __name__ == "__main__":
    print(digest())
    sys.exit(0)
