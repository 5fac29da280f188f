"""Prices by trust and innovation by hand: who pays, who gets less, and that nothing else moves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diffusion.engine.ledger import FLOW_INDEX
from diffusion.engine.stages import EVALUATING, PILOT, ROLLOUT
from diffusion.errors import InputError
from diffusion.experiments.running.runner import run
from diffusion.levers.base import Lever
from diffusion.mechanisms.finance import finance_ratio
from diffusion.month.simulation import Simulation
from diffusion.scenario.schema import Scenario

pytestmark = pytest.mark.unit

Small = Callable[..., Scenario]
#: without noise; a rollout of all costs four times its pilot, and each user pays running costs
ATTRIBUTES = {
    "cost_noise_sd": 0.0,
    "pilot_months": 0,
    "rollout_push_per_month": 100,
    "evaluation_months": 0,
    "pilot_abandonment_per_month": 0.0,
    "needs_pilot": True,
}
FREE = {
    "capacity": {"unlimited": True},
    "evaluation": {"intercept": 50.0},
    "pilot": {"utility_weight": 0.0, "finance_weight": 0.0},
}


def started(small: Small, stage: str, fund_gbp: float, lever: Any = None) -> Any:
    """Return the block after a month in which a device (F = GBP 80,000, pilot a fifth) would start at two trusts."""
    world = {"synthetic": {"n_trusts": 2, "n_innovations": 1, "kind": "device", "attributes": ATTRIBUTES}}
    funds = {"fund_opening_gbp": fund_gbp, "fund_refill_gbp_per_month": 0.0}
    levers = {} if lever is None else {"probe": lever}
    scenario = small(world=world, parameters={"finance": funds, **FREE}, initial={"stage": stage}, levers=levers)
    simulation = Simulation(scenario)
    block = simulation.open(np.arange(1), 1)
    simulation.step(block)
    return block


def paid(block: Any, purpose: str) -> int:
    return int(block.space.frame["money"][0, FLOW_INDEX[purpose]])


def test_a_lower_price_is_paid_by_those_who_have_it_and_lost_by_the_supplier(small: Small, probe: Any) -> None:
    """A pilot costs a fifth of 80,000: 16,000. The second trust pays three quarters of it, and can."""
    block = started(small, "evaluating", 12_000, probe(values={"upfront_price": np.array([[1.0], [0.75]])}))
    assert block.pairs.stage[0, :, 0].tolist() == [EVALUATING, PILOT]
    assert block.units.fund[0].tolist() == [12_000 * 100, 0]
    assert paid(block, "upfront_cost") == 12_000 * 100
    assert block.companies.revenue[0, 0] == 12_000 * 100
    assert paid(block, "upfront_subsidy") == 0


def test_each_part_is_paid_at_the_price_of_its_month_and_a_subsidy_is_a_share_of_it(small: Small, probe: Any) -> None:
    """The rollout costs 64,000; at half the price 32,000, of which a quarter is paid by national bodies."""
    lever = probe(values={"upfront_price": 0.5, "upfront_subsidy": 0.25})
    block = started(small, "pilot", 24_000, lever)
    assert (block.pairs.stage[0, :, 0] == ROLLOUT).all()
    assert (paid(block, "upfront_cost"), paid(block, "upfront_subsidy")) == (2 * 24_000 * 100, 2 * 8_000 * 100)
    assert (block.units.fund == 0).all()


def test_a_higher_price_keeps_those_out_who_cannot_pay_it(small: Small, probe: Any) -> None:
    block = started(small, "pilot", 64_000, probe(values={"upfront_price": np.array([[1.0], [1.001]])}))
    assert block.pairs.stage[0, :, 0].tolist() == [ROLLOUT, PILOT]


def users(small: Small, lever: Any = None) -> Any:
    """Return the block after a month in which two trusts have all rolled out."""
    world = {"synthetic": {"n_trusts": 2, "n_innovations": 1, "kind": "device", "attributes": ATTRIBUTES}}
    levers = {} if lever is None else {"probe": lever}
    simulation = Simulation(small(world=world, parameters=FREE, initial={"stage": "rollout"}, levers=levers))
    block = simulation.open(np.arange(1), 1)
    block.pairs.rollout[:] = 1.0
    simulation.step(block)
    return block


def test_running_costs_follow_price_and_subsidy(small: Small, probe: Any) -> None:
    full = paid(users(small), "running_cost")
    assert full > 0
    block = users(small, probe(values={"running_price": np.array([[0.5], [1.0]])}))
    assert (paid(block, "running_cost"), paid(block, "running_subsidy")) == (full * 3 // 4, 0)
    block = users(small, probe(values={"running_price": 0.5, "running_subsidy": 0.2}))
    assert (paid(block, "running_cost"), paid(block, "running_subsidy")) == (full * 2 // 5, full // 10)
    block = users(small, probe(values={"running_subsidy": 1.0}))
    assert (paid(block, "running_cost"), paid(block, "running_subsidy")) == (0, full)


def test_a_company_earns_what_is_paid_for_it_whoever_pays(small: Small, probe: Any) -> None:
    """A discount is lost by the supplier, a subsidy is not: someone else pays."""
    names = ("upfront_cost", "upfront_cost_without_gate", "upfront_subsidy", "running_cost", "running_subsidy")
    earned = []
    for values in ({}, {"running_price": 0.25}, {"running_subsidy": 0.75}):
        block = users(small, probe(values=values))
        earned.append(int(block.companies.revenue[0, 0]))
        assert earned[-1] == sum(paid(block, name) for name in names)
    assert earned == [earned[0], earned[0] // 4, earned[0]]
    for values in ({"upfront_price": 0.5}, {"upfront_subsidy": 0.5}):
        block = started(small, "pilot", 1e6, probe(values=values))
        earned.append(int(block.companies.revenue[0, 0]))
    assert earned[3:] == [2 * 32_000 * 100, 2 * 64_000 * 100]


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.floats(0, 1), st.floats(0, 1), st.integers(0, 10**6))
def test_a_discount_weighs_with_a_trust_as_a_subsidy_of_the_same_size(
    upfront: float, running: float, seed: int
) -> None:
    """f is per pound of list price: it does not matter to a trust who makes a thing cheaper for it."""
    world = {"synthetic": {"england_like": True, "n_trusts": 20, "n_innovations": 4, "kind": "mix"}}
    scenario = Scenario.model_validate({"title": "f", "months": 2, "world": world})
    simulation = Simulation(scenario)
    block = simulation.open(np.arange(1), seed)
    terms, par = block.space.terms, scenario.parameters.finance

    def ratio(**values: float) -> np.ndarray:
        terms.begin("a")
        for name, value in values.items():
            term = getattr(terms, name)
            (term.mul if name.endswith("price") else term.max)(value)
        terms.end()
        terms.compile()
        return finance_ratio(simulation.world, par, block.attributes, terms)

    listed = ratio()
    lower = ratio(upfront_price=1.0 - upfront, running_price=1.0 - running)
    helped = ratio(upfront_subsidy=upfront, running_subsidy=running)
    np.testing.assert_allclose(lower, helped, atol=1e-12)
    assert (lower >= listed - 1e-12).all()
    free = ratio(upfront_price=0.0, running_price=0.0)
    assert (free >= 0.0).all()


class Neutral(Lever):
    """Writes what changes nothing, as arrays by pair."""

    name: ClassVar[str] = "neutral"

    def write(self, month: Any, see: Any, terms: Any, own: Any, draws: Any) -> None:
        shape = see.stage.shape
        terms.upfront_price.mul(np.ones(shape))
        terms.running_price.mul(np.ones(shape))
        terms.running_subsidy.max(np.zeros(shape))


def test_neutral_prices_move_no_bit(small: Small, digest: Any) -> None:
    world = {"synthetic": {"england_like": True, "n_trusts": 30, "n_innovations": 4, "kind": "mix"}}
    scenario = small(world=world, months=48, levers={"neutral": Neutral(start="2015-07", strength=0.0)})
    written = small(world=world, months=48, levers={"neutral": Neutral(start="2015-07")})
    assert digest(run(scenario, 3, jobs=1)) == digest(run(written, 3, jobs=1))


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"upfront_price": -0.1}, "term 'upfront_price' holds -0.1; expected at least 0"),
        ({"running_price": np.array([[1.0], [-2.0]])}, "'running_price' holds -2 (replicate 0, trust 1, innovation 0"),
        ({"running_subsidy": 1.5}, "term 'running_subsidy' holds 1.5; expected at least 0 and at most 1"),
        ({"running_subsidy": -0.5}, "term 'running_subsidy' holds -0.5"),
    ],
)
def test_what_no_price_can_be_stops_the_run(small: Small, probe: Any, values: dict[str, Any], says: str) -> None:
    with pytest.raises(InputError) as stopped:
        users(small, probe(values=values))
    assert says in str(stopped.value)
    assert "lever 'probe' in 2015-07" in stopped.value.message
