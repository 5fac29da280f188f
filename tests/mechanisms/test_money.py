"""Money by hand: who starts when the fund is short, what goes back in April, what a tariff pays, how age weighs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from diffusion.engine.ledger import FLOW_INDEX
from diffusion.engine.stages import EVALUATING, PILOT, ROLLOUT
from diffusion.mechanisms.abandonment import AbandonmentParameters, hazard_by_age
from diffusion.month.simulation import Simulation
from diffusion.scenario.schema import Scenario

pytestmark = pytest.mark.unit

Small = Callable[..., Scenario]

#: positions in a mix of kinds; f is -.23, -.74, -.88, -.69, and a rollout costs GBP 16,000, 64,000, 120,000, 48,000
DRUG, DEVICE, DIGITAL, PATHWAY = range(4)


def gate(small: Small, stage: str, fund: float, lever: Any = None, **finance: Any) -> Any:
    """Return the block after a month in which all four kinds would start at the one trust of a world."""
    attributes = {
        "cost_noise_sd": 0.0,
        "pilot_months": 0,
        "rollout_push_per_month": 100,
        "evaluation_months": 0,
        "pilot_abandonment_per_month": 0.0,
        "needs_pilot": True,
    }
    world = {"synthetic": {"n_trusts": 1, "n_innovations": 4, "kind": "mix", "attributes": attributes}}
    parameters = {
        "finance": {"fund_opening_gbp": fund, "fund_refill_gbp_per_month": 0.0, **finance},
        "capacity": {"unlimited": True},
        "evaluation": {"intercept": 50.0},
        "pilot": {"utility_weight": 0.0, "finance_weight": 0.0},
    }
    levers = {"probe": lever} if lever is not None else {}
    simulation = Simulation(small(world=world, parameters=parameters, initial={"stage": stage}, levers=levers))
    block = simulation.open(np.arange(1), 1)
    simulation.step(block)
    return block


@pytest.mark.parametrize(
    ("fund", "started", "left"),
    [
        (15_000, (), 15_000),
        (60_000, (DRUG,), 44_000),  # what is left does not meet the next in order, nor the one after
        (70_000, (DRUG, PATHWAY), 6_000),
        (140_000, (DRUG, PATHWAY, DEVICE), 12_000),
        (248_000, (DRUG, PATHWAY, DEVICE, DIGITAL), 0),
    ],
)
def test_rollouts_take_money_in_the_order_of_f(small: Small, fund: int, started: tuple[int, ...], left: int) -> None:
    block = gate(small, "pilot", fund)
    stage = block.pairs.stage[0, 0]
    assert np.flatnonzero(stage == ROLLOUT).tolist() == sorted(started)
    assert (np.delete(stage, list(started)) == PILOT).all()  # a pilot that cannot be rolled out goes on
    assert block.units.fund[0, 0] == left * 100
    frame = block.space.frame
    assert frame["money"][0, FLOW_INDEX["upfront_cost"]] == (fund - left) * 100
    assert frame["blocked"][0, 0] == 4 - len(started)


def test_accepted_pilots_wait_for_money_and_start_when_it_comes(small: Small) -> None:
    """A fifth of 20, 80, 150 and 60 thousand: 4, 16, 30 and 12; the drug and the pathway start at once."""
    block = gate(small, "evaluating", 17_000)
    assert block.pairs.stage[0, 0].tolist() == [PILOT, EVALUATING, EVALUATING, PILOT]
    assert block.pairs.waiting[0, 0].tolist() == [0, 1, 1, 0]
    assert block.pairs.work[0, 0, DEVICE] == 1.0
    assert block.units.fund[0, 0] == 1_000 * 100


def test_a_subsidy_comes_before_the_gate_and_a_mandate_opens_it(small: Small, probe: Any) -> None:
    block = gate(small, "pilot", 0.0, probe(values={"upfront_subsidy": np.array([[0.0, 0.0, 1.0, 0.0]])}))
    assert block.pairs.stage[0, 0].tolist() == [PILOT, PILOT, ROLLOUT, PILOT]
    assert block.space.frame["money"][0, FLOW_INDEX["upfront_subsidy"]] == 120_000 * 100
    block = gate(small, "pilot", 0.0, probe(values={"mandate": np.array([[0.0, 1.0, 0.0, 0.0]])}))
    assert block.pairs.stage[0, 0].tolist() == [PILOT, ROLLOUT, PILOT, PILOT]
    assert block.space.frame["money"][0, FLOW_INDEX["upfront_cost_without_gate"]] == 64_000 * 100


def test_a_limit_on_pilots_holds_acceptances(small: Small, probe: Any) -> None:
    block = gate(small, "evaluating", 1e6, probe(values={"pilot_limit": 2.0}))
    assert block.pairs.stage[0, 0].tolist() == [PILOT, EVALUATING, EVALUATING, PILOT]
    assert block.pairs.waiting[0, 0].tolist() == [0, 2, 2, 0]
    assert block.space.frame["blocked"][0, 1] == 2


@pytest.mark.parametrize(
    ("finance", "funds"),
    [
        # opening 150, refill 25 a month: on 1 April what is above three months' refill goes back, then 25 come in
        ({}, (175, 100, 125)),
        ({"horizon_months": 36}, (175, 200, 225)),
        ({"fund_opening_gbp": 290_000.0}, (300, 100, 125)),  # at most twelve months' refill is held
        ({"fund_opening_gbp": 20_000.0}, (45, 70, 95)),
    ],
    ids=["carry-over of three months", "long horizon", "cap", "below carry-over"],
)
def test_april(small: Small, finance: dict[str, Any], funds: tuple[int, ...]) -> None:
    world = {"synthetic": {"n_trusts": 1, "n_innovations": 1, "kind": "device"}}
    simulation = Simulation(
        small(world=world, start="2016-03", parameters={"finance": finance, "awareness": {"push_per_month": 0.0}})
    )
    block = simulation.open(np.arange(1), 1)
    for fund in funds:
        simulation.step(block)
        assert block.units.fund[0, 0] == fund * 1_000 * 100


def test_trusts_with_loans_get_half(small: Small) -> None:
    simulation = Simulation(small(world={}, months=1, parameters={"awareness": {"push_per_month": 0.0}}))
    trusts = simulation.world.trusts
    assert trusts.money_short.sum() == 100
    block = simulation.open(np.arange(1), 1)
    opening = block.units.fund[0].copy()
    assert opening == pytest.approx(150_000 * trusts.size * 100, abs=1)
    simulation.step(block)
    rise = (block.units.fund[0] - opening) / (25_000 * trusts.size * 100)
    # nothing was ever in pilot before the first month, so the fund only rose, where it is below its cap
    below = opening < 12 * 25_000 * np.where(trusts.money_short > 0, 0.5, 1.0) * trusts.size * 100 * 0.9
    assert rise[(trusts.money_short == 0) & below] == pytest.approx(1.0, abs=1e-3)
    assert rise[(trusts.money_short == 1) & below] == pytest.approx(0.5, abs=1e-3)


def test_hazard_by_age() -> None:
    hazard = hazard_by_age(AbandonmentParameters(scale_per_month=0.012, shape=0.6))
    assert hazard[0] == hazard[1] == pytest.approx(0.012 * 0.6)
    assert hazard[12] == pytest.approx(0.012 * 0.6 * 12**-0.4, rel=1e-12)
    assert (np.diff(hazard[1:]) < 0).all()
    flat = hazard_by_age(AbandonmentParameters(scale_per_month=0.012, shape=1.0))
    assert flat == pytest.approx(0.012)
