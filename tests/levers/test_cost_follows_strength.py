"""What a programme costs goes with its strength, as what it does goes: half the programme is not to be had in full."""

from __future__ import annotations

import numpy as np
import pytest

from diffusion.engine.ledger import FLOW_INDEX
from diffusion.experiments.running.runner import compare
from diffusion.experiments.searches.programme_cost import programme_cost
from diffusion.levers.registry import all_levers
from diffusion.scenario.load import load_scenario
from diffusion.scenario.schema import Scenario

LEVERS = sorted(name for name, kind in all_levers().items() if kind.number and name != "ahsn-support")


def with_strength(lever: str, strength: float, *more: str) -> Scenario:
    settings = [
        "months=30", f"levers.{lever}.start=2015-09", f"levers.{lever}.strength={strength}",
        *(f"levers.{lever}.{text}" for text in more),
    ]  # fmt: skip
    followed = "+people-and-companies" if lever in ("sbri", "clinical-entrepreneurs", "accelerator") else ""
    return load_scenario(f"baseline{followed}+{lever}", settings)


@pytest.mark.integration
@pytest.mark.parametrize("lever", LEVERS)
def test_half_a_programme_costs_less_than_all_of_it(lever: str) -> None:
    results = compare([with_strength(lever, strength) for strength in (0, 0.5, 1)], 1)
    half, whole = (sum(v.mean() for v in programme_cost(results[0], other).values()) for other in results[1:])
    assert 0 < half < 0.7 * whole


@pytest.mark.integration
def test_the_accelerator_costs_bursary_and_support_and_raises_money_in_proportion() -> None:
    one = compare([with_strength("accelerator", strength) for strength in (0.25, 1.0)], 4)
    dear = compare([with_strength("accelerator", 1.0, "support_gbp_per_fellow=0")], 4)[0]
    paid = [result.money_gbp.sum(axis=1) for result in (*one, dear)]

    def total(number: int, purpose: str) -> float:
        return float(paid[number][:, FLOW_INDEX[purpose]].mean())

    # both waves are over: 17 fellows, and 8 where each is appointed
    fellows = total(1, "accelerator_bursary") / 58_824
    assert 17 < fellows <= 25.001
    assert total(1, "programme") == pytest.approx(60_000 * fellows, rel=1e-4)
    assert total(0, "accelerator_bursary") == pytest.approx(total(1, "accelerator_bursary") / 4, rel=0.02)
    assert total(0, "investment") < total(1, "investment")
    assert total(2, "programme") == 0.0
    np.testing.assert_array_equal(paid[2][:, FLOW_INDEX["investment"]], paid[1][:, FLOW_INDEX["investment"]])
