"""Exposure against dense matrices, and the bounds that let draws be skipped: a bound is never below the number."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numba
import numpy as np
import pytest

from diffusion.engine.kernels.frame import frame
from diffusion.engine.stages import ABANDONED, AWARE, INELIGIBLE, PILOT, ROLLOUT, SUSTAINED, UNAWARE
from diffusion.engine.state import at, pushed, unpack
from diffusion.mechanisms import exposure as x
from diffusion.mechanisms.abandonment import abandonment_rate, baseline_hazard, steady_factor
from diffusion.mechanisms.awareness import awareness_rate
from diffusion.mechanisms.beliefs import utility, utility_bounds
from diffusion.mechanisms.pilot import (
    champions_most,
    pilot_bound,
    pilot_rates,
    recently_ended,
    rollout_factor,
    rollout_screen,
)
from diffusion.mechanisms.triage import triage_at
from diffusion.month.phases import PHASES
from diffusion.month.simulation import Simulation
from diffusion.scenario.load import load_scenario
from diffusion.scenario.schema import Scenario
from support.plain_model import Plain
from support.worlds import drawn_parameters

pytestmark = pytest.mark.unit

#: pairs that soon stand in all stages
QUICK = {
    "awareness": {"push_per_month": 0.2},
    "triage": {"push_per_month": 0.3},
    "evaluation": {"intercept": 1.0},
    "pilot": {"rate_factor": 5.0},
    "abandonment": {"scale_per_month": 0.1},
    "capacity": {"wte_per_size": 20.0},
    "finance": {"money_gate": False},
}
EXPOSURE, BOUND, UTILITY, LOWEST, HIGHEST, PILOT_RATES, PILOT_BOUND = range(7)


@numba.njit(error_model="numpy", _nrt=False)
def _measure(address, out):
    """Write what the kernels know of every eligible pair into out[7, R, N, K]."""
    c = frame(address)
    for r in range(out.shape[1]):
        for i in range(out.shape[2]):
            for k in range(out.shape[3]):
                if c.stage[r, i, k] != INELIGIBLE:
                    out[EXPOSURE, r, i, k] = x.exposure(c, r, i, k)
                    out[BOUND, r, i, k] = x.exposure_bound(c, x.group_exposure(c, r, i, k), r, i, k)
                    out[UTILITY, r, i, k] = utility(c, r, i, k)
                    out[LOWEST, r, i, k], out[HIGHEST, r, i, k] = utility_bounds(c, r, i, k)
                    factor = rollout_factor(c, r, i, k)
                    up, down, _ = pilot_rates(c, factor, r, i, k)
                    out[PILOT_RATES, r, i, k] = up + down
                    out[PILOT_BOUND, r, i, k] = pilot_bound(c, factor, r, i, k)


@numba.njit(error_model="numpy", _nrt=False)
def _screens(address, rates, screens):
    """Write the rate of each listed pair's own transition, and its screen, into two arrays [R, N, K]."""
    c = frame(address)
    for r in range(rates.shape[0]):
        for n in range(c.bounds[r, 9]):
            i, k = unpack(c.listed[r, n])
            a, stage = c.ahsn[i], c.stage[r, i, k]
            if stage == UNAWARE and not c.recalled[r, k]:
                push = pushed(c.x_awareness_push, c.y_awareness_push, c.ahsn, r, i, k)
                factor, mandated = c.awareness_factor[r, i], at(c.x_mandate, r, i, k)
                rates[r, i, k] = awareness_rate(c, push, x.exposure(c, r, i, k), factor, r, i, k)
                screens[r, i, k] = c.screen_awareness[r, a, k] * factor + c.t1_mandate * mandated * c.compliance[r, k]
            elif stage == AWARE and not c.recalled[r, k]:
                rates[r, i, k] = triage_at(c, x.exposure(c, r, i, k), r, i, k)
                screens[r, i, k] = c.screen_triage[r, a, k] * (c.slack[r, i] if c.t2_slack else 1.0)
                screens[r, i, k] += c.t2_mandate * at(c.x_mandate, r, i, k) * c.compliance[r, k]
            elif stage == PILOT:
                up, down, _ = pilot_rates(c, rollout_factor(c, r, i, k), r, i, k)
                rates[r, i, k] = up + down
                leave = c.screen_leave[r, k] * (1.0 + c.t4_money_ended if recently_ended(c, r, i, k) else 1.0)
                screens[r, i, k] = rollout_screen(c, champions_most(c), True, r, i, k) * c.granted[r, i, k] + leave
            elif stage == ROLLOUT or stage == SUSTAINED:
                hazard, steady = baseline_hazard(c, r, i, k), steady_factor(c, r, i, k)
                exponent = -c.t7_utility * utility(c, r, i, k)
                rates[r, i, k] = abandonment_rate(c, hazard, steady, exponent, r, k)
                extra = c.recalled_exit if c.recalled[r, k] else 0.0
                screens[r, i, k] = hazard * steady * c.screen_lapse[r, k] + extra


def measured(block: Any) -> np.ndarray:
    out = np.zeros((7, *block.pairs.stage.shape))
    _measure(block.space.address, out)
    return out


def scattered(simulation: Simulation, seed: int, months: int = 30) -> Any:
    """Return a block of two replicates after ``months`` months, and in the next month as far as change time."""
    block = simulation.open(np.arange(2), seed)
    for _ in range(months):
        simulation.step(block)
    for phase in PHASES:
        phase.run(simulation.model, block, simulation.hooks)
        if phase.name == "capacity":
            return block
    raise AssertionError("there is no phase of change time")


def plain_exposure(simulation: Simulation, block: Any, r: int, ties: np.ndarray, transfer: Any) -> np.ndarray:
    plain = Plain(simulation.world, simulation.scenario.parameters, {})
    p = block.pairs
    act = plain.activity(p.stage[r], p.since[r].astype(int), p.rollout[r], block.month)
    return np.where(simulation.world.eligible, plain.exposure(act, {"member_ties": ties}, transfer), 0.0)


@pytest.mark.parametrize("seed", range(4))
def test_exposure_is_the_weighted_mean_over_eligible_ties(
    small: Callable[..., Scenario], probe: Any, seed: int
) -> None:
    """All five layers of the real trusts; every other case has transfer ties and ties among AHSN members as well."""
    generator = np.random.default_rng(100 + seed)
    parameters = {**QUICK, "exposure": drawn_parameters(generator)["exposure"]}
    world = Scenario(title="real").build_world()
    n, k = world.eligible.shape
    member_ties, transfer, lever = np.zeros((n, k)), None, {}
    if seed % 2:
        member_ties = generator.uniform(0, 0.3, (n, k))
        targets = generator.integers(-1, n, (1, n, 2))
        targets[targets == np.arange(n)[None, :, None]] = -1
        targets[0, targets[0, :, 0] == targets[0, :, 1], 1] = -1
        weight = generator.uniform(0, 1, (1, n))
        lever = {"probe": probe(values={"member_ties": member_ties}, ties=(targets, weight))}
        looks = np.zeros((n, n))
        rows, columns = np.nonzero(targets[0] >= 0)
        looks[rows, targets[0, rows, columns]] = 1.0
        transfer = (looks, weight[0])
    simulation = Simulation(Scenario(title="real", parameters=parameters, levers=lever))
    block = scattered(simulation, seed)
    engine = measured(block)[EXPOSURE]
    for r in range(2):
        np.testing.assert_allclose(engine[r], plain_exposure(simulation, block, r, member_ties, transfer), atol=1e-9)
    stages = np.bincount(block.pairs.stage.reshape(-1), minlength=9)
    assert (stages[[PILOT, ROLLOUT, ABANDONED]] > 100).all()


def test_a_trust_without_ties_in_a_layer_shares_its_weight_over_the_others(small: Callable[..., Scenario]) -> None:
    """Four trusts on a one-sided ring (weight 1), the first two also in a group of weight .25; the second adopted."""
    scenario = small(
        world={"synthetic": {"n_trusts": 4, "network": "ring"}}, initial={"adopters": {"codes": ["S000001"]}}
    )
    ring_world = scenario.build_world()
    group = np.array([0, 0, -1, -1], dtype=np.int32)
    pair = replace(ring_world.layers[0], name="pair", kind="group", group=group, weight=0.25)
    world = replace(ring_world, layers=(replace(ring_world.layers[0], weight=1.0), pair))
    block = scattered(Simulation(scenario, world), 1, months=0)
    assert block.pairs.stage[0, :, 0].tolist() == [UNAWARE, SUSTAINED, UNAWARE, UNAWARE]
    assert measured(block)[EXPOSURE, 0, :, 0] == pytest.approx([0.25 / 1.25, 0.0, 1.0, 0.0], abs=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_bounds_are_never_below_what_they_bound(small: Callable[..., Scenario], probe: Any, seed: int) -> None:
    generator = np.random.default_rng(seed)
    n, k = 40, 7
    writes = {
        "member_ties": generator.uniform(0, 0.3, (n, k)),
        "utility": generator.uniform(-0.5, 0.5, (n, k)),
        "champion_effect": generator.uniform(0, 1, (n, k)),
        "rollout_push": generator.uniform(0, 2, (n, k)),
        "risk_aversion": generator.uniform(0, 2, (n, 1)),
        "mandate": (generator.random((n, k)) < 0.2).astype(np.float64),
    }
    targets = np.stack([np.roll(np.arange(n), 1), np.roll(np.arange(n), 7)], axis=1)[None]
    lever = probe(values=writes, ties=(targets, generator.uniform(0, 1, (1, n))))
    simulation = Simulation(small(parameters=drawn_parameters(generator), levers={"probe": lever}))
    for months in (0, 3, 10, 25, 45):
        block = scattered(simulation, seed, months)
        m = measured(block)[:, simulation.world.eligible[None] & (block.pairs.stage > 0)]
        assert (m[BOUND] >= m[EXPOSURE]).all()
        assert (m[LOWEST] <= m[UTILITY]).all()
        assert (m[HIGHEST] >= m[UTILITY]).all()
        assert (m[PILOT_BOUND] >= m[PILOT_RATES]).all()
        rates, screens = np.zeros((2, *block.pairs.stage.shape))
        _screens(block.space.address, rates, screens)
        assert (screens >= rates).all()


def test_without_chance_a_rate_of_nothing_holds_nobody_back() -> None:
    """Where the response reaches 1 a pilot is rolled out whatever its rate: the screen must not stop it."""
    settings = ["exposure.deterministic=true", "exposure.response=threshold", "exposure.threshold_share=0.001"]
    flows = []
    for factor in ("pilot.rate_factor=0", "pilot.rate_factor=1"):
        simulation = Simulation(load_scenario("baseline", [f"parameters.{name}" for name in (*settings, factor)]))
        block = simulation.open(np.arange(1), 1)
        total = 0
        for _ in range(24):
            simulation.step(block)
            total = total + block.space.frame["flows"]
        flows.append(total)
    np.testing.assert_array_equal(*flows)
    assert flows[0].sum() > 0
