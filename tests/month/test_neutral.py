"""With no spread between innovations, a use for all, no early users and no companies, the model is what it was."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest

import diffusion as df
from diffusion.experiments.running.runner import compare

pytestmark = pytest.mark.integration

#: before innovations differed: stages 1 to 9, flows 1 to 24, money and nine measures
BEFORE = "c0b2481c0fe73b5a"
NEUTRAL = (
    "parameters.heterogeneity.push_sd=0",
    "parameters.heterogeneity.scale_up_sd=0",
    "parameters.heterogeneity.compliance_sd=0",
    "parameters.relevance.limited=false",
    "parameters.early_use.share=0",
    "parameters.attributes.innovativeness_size=0",
    "parameters.supply.companies=false",
    "parameters.capacity.wte_per_size=2",
)
#: other parameters as they were then
THEN = (
    "parameters.awareness.push_per_month=0.03",
    "parameters.awareness.mandate_per_month=0.5",
    "parameters.triage.push_per_month=0.04",
    "parameters.attributes.risk_aversion_median=0.5",
    "parameters.evaluation.intercept=-0.2",
    "parameters.abandonment.shape=0.6",
    "parameters.abandonment.scale_per_month=0.012",
    "parameters.abandonment.monitoring_ended=1.5",
    "parameters.relevance.log_odds=1",
)
WORLD = (
    "world={synthetic: {england_like: true, n_trusts: 60, n_innovations: 12, kind: mix, "
    "attributes: {needs_pilot: true}}}"
)
SCENARIOS = ("", "+test-beds", "+local-first", "+nice", "+expo+scorecard", "+challenge-prizes")
MEASURES = (
    "adopters",
    "pairs_in_use",
    "use_sum",
    "patients_benefiting",
    "capacity_used_wte",
    "blocked_money",
    "evidence_mean",
    "recalled",
    "fund_gbp",
)


def digest(settings: tuple[str, ...]) -> str:
    total = hashlib.sha256()
    scenarios = [df.load(f"no-programmes{name}", [WORLD, "months=60", *THEN, *settings]) for name in SCENARIOS]
    for results in compare(scenarios, replicates=3, seed=1):
        assert not results.money_gbp[:, :, 35:].any()  # kinds of payment that came later
        arrays = [results.stage_by_innovation[:, :, :9], results.flows[:, :, :24], results.money_gbp[:, :, :35]]
        for array in (*arrays, results.adopters_by_trust, *(results.monthly[name] for name in MEASURES)):
            total.update(np.ascontiguousarray(array).tobytes())
    return total.hexdigest()[:16]


def test_neutral_settings_give_the_bits_of_before() -> None:
    assert digest(NEUTRAL) == BEFORE


@pytest.mark.parametrize("left_out", NEUTRAL)
def test_each_of_them_is_felt(left_out: str) -> None:
    assert digest(tuple(setting for setting in NEUTRAL if setting != left_out)) != BEFORE
