"""Single numbers of the specification through the engine's kernels: beliefs, learning, discounting, finance ratios."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from diffusion.engine.annuity import annuity, present_value
from diffusion.mechanisms.triage import triage_row
from diffusion.month.simulation import Simulation
from diffusion.scenario.schema import Scenario
from support import oracles

pytestmark = pytest.mark.oracle

Limit = Callable[..., Scenario]


def after(scenario: Scenario, months: int) -> Any:
    """Return a block of one replicate after ``months`` months."""
    simulation = Simulation(scenario)
    block = simulation.open(np.arange(1), 11)
    for _ in range(months):
        simulation.step(block)
    return block


@pytest.mark.parametrize(("evidence", "variance"), [(1, 0.8), (4, 0.5), (12, 0.25)])
def test_posterior_variance(limit: Limit, evidence: int, variance: float) -> None:
    block = after(limit("beliefs", f"world.synthetic.attributes.prior_evidence={evidence}"), 3)
    assert block.space.frame["belief_sd"] ** 2 == pytest.approx(variance, abs=1e-8)
    assert oracles.posterior_variance(np.array(evidence), 1.0, 4.0) == pytest.approx(variance, abs=1e-12)


@pytest.mark.parametrize("evidence", [1, 4, 12])
def test_risk_adjusted_utility_as_decisions_read_it(limit: Limit, evidence: int) -> None:
    scenario = limit(
        "beliefs",
        f"world.synthetic.attributes.prior_evidence={evidence}",
        "world.synthetic.attributes.signal=0.7",
        "parameters.triage.push_per_month=1",
        "parameters.triage.utility_weight=1",
    )
    block = after(scenario, 1)
    variance = oracles.posterior_variance(np.array(evidence), 1.0, 4.0)
    mean = variance * 0.5 + (1.0 - variance) * 0.7
    rate = np.zeros(1)
    for trust in range(10):
        triage_row(block.space.address, trust, rate)
        utility = mean - block.attributes.risk_aversion[0, trust] * np.sqrt(variance)
        assert np.log(rate[0]) == pytest.approx(utility, abs=1e-8)


@pytest.mark.parametrize(("trusts", "effort"), [(1, 1.0), (2, 0.85), (4, 0.7225), (8, 0.85**3)])
def test_effort_of_a_rollout_falls_with_adopters_elsewhere(limit: Limit, trusts: int, effort: float) -> None:
    block = after(limit("learning", f"world.synthetic.n_trusts={trusts}"), 1)
    assert block.pairs.rollout[0, :, 0] == pytest.approx(0.01 / effort, abs=1e-8)
    assert oracles.learning_effort(np.array(trusts - 1), 0.85) == pytest.approx(effort, abs=1e-12)


def test_discounting_month_by_month() -> None:
    worth = annuity(np.arange(0, 361), 0.035)
    monthly = np.diff(worth)
    years = np.array([1, 5, 10, 30])
    assert monthly[12 * years - 1] == pytest.approx([0.966184, 0.841973, 0.708919, 0.356278], abs=5e-7)
    assert monthly[12 * years - 1] == pytest.approx(oracles.discount_factor(0.035, years), abs=1e-8)
    assert monthly[11:120:12].sum() == pytest.approx(8.316605, abs=5e-7)
    assert annuity(np.array(18.0), 0.0) == 18.0


KINDS = ("drug", "device", "digital", "pathway")


@pytest.mark.parametrize(
    ("terms", "expected"),
    [
        ({}, (-0.23, -0.74, -0.88, -0.69)),
        ({"horizon_months": 36.0}, (0.09, -0.46, -0.57, -0.22)),
        ({"payment_share": 0.24}, (0.58, -0.08, -0.62, 0.14)),
        ({"upfront_subsidy": 1.0}, (-0.09, -0.11, -0.20, -0.06)),
    ],
    ids=["in-year budgets", "three years", "tariff", "full subsidy"],
)
def test_finance_ratio_of_the_four_kinds(
    small: Callable[..., Scenario], probe: Any, terms: dict[str, float], expected: tuple[float, ...]
) -> None:
    made_up = {"n_trusts": 2, "n_innovations": 4, "kind": "mix", "attributes": {"cost_noise_sd": 0.0}}
    block = after(small(world={"synthetic": made_up}, levers={"probe": probe(values=terms)}), 1)
    ratio = np.broadcast_to(block.space.frame["finance"], (1, 1, 4))[0, 0]
    assert np.round(ratio, 2).tolist() == list(expected)


def test_the_system_gains_from_the_average_innovation_of_every_kind(small: Callable[..., Scenario]) -> None:
    """With all savings counted over ten years, the net present value of every kind is above 0."""
    scenario = small(world={"synthetic": {"n_trusts": 2, "n_innovations": 4, "kind": "mix"}})
    table = scenario.build_world().innovations
    upfront, running, saving = table.upfront_cost_gbp, table.running_cost_gbp_per_month, table.saving_gbp_per_month
    value = present_value(upfront, running, saving, 120, table.saving_lag_months, 0.035)
    assert (value > 0).all()
    # the same month by month
    flows = np.array([saving * (m > table.saving_lag_months) - running for m in range(1, 121)])
    factors = oracles.discount_factor(0.035, np.arange(1, 121) / 12.0)
    np.testing.assert_allclose(value, (flows * factors[:, None]).sum(axis=0) - upfront, rtol=1e-7)
