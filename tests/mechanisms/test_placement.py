"""Test beds: who is placed, when, and what follows when the money ends; T3 and T4 as frequencies of many draws."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from diffusion.engine.stages import ABANDONED, EVALUATING, PILOT, PLACED_MOVES, REJECTED, ROLLOUT, SUSTAINED
from diffusion.experiments.running.runner import run
from diffusion.mechanisms.moves import FLOW_NAMES, PLACED
from diffusion.month.simulation import Simulation
from diffusion.scenario.load import load_scenario
from diffusion.scenario.schema import Scenario
from support.worlds import ALIKE_SETTINGS

pytestmark = pytest.mark.unit

FIRST, SECOND = 7, 36  # months of the run in which the waves begin: January 2016 and 29 months later


@pytest.fixture(scope="module")
def test_beds() -> Any:
    return run(
        load_scenario("no-programmes+test-beds", ["months=40", "policy_start=2016-01", *ALIKE_SETTINGS]),
        20, 3, events=True,
    )  # fmt: skip


def test_pairs_are_placed_in_the_first_month_of_a_wave_only(test_beds: Any) -> None:
    placed = test_beds.events[test_beds.events["reason"] == PLACED]
    assert set(placed["month"].tolist()) == {FIRST, SECOND}
    assert {tuple(move) for move in placed[["from_stage", "to_stage"]].tolist()} <= PLACED_MOVES
    flow = test_beds.flows[:, :, FLOW_NAMES.index("pilot:placed")]
    assert flow.sum() == len(placed)
    assert (flow[:, [FIRST, SECOND]] > 0).all()


def test_sites_are_seven_centres_or_hosts_of_different_ahsns(test_beds: Any) -> None:
    trusts = test_beds.world.trusts
    placed = test_beds.events[test_beds.events["reason"] == PLACED]
    for replicate in range(20):
        for month in (FIRST, SECOND):
            here = placed[(placed["replicate"] == replicate) & (placed["month"] == month)]
            sites = np.unique(here["trust"])
            assert len(sites) == 7
            assert len(set(trusts.ahsn[sites].tolist())) == 7
            for site in sites:
                largest = trusts.staff_fte[site] == trusts.staff_fte[trusts.ahsn == trusts.ahsn[site]].max()
                assert trusts.centre_of_excellence[site] or largest
            assert len(np.unique(here["innovation"])) <= 8


def test_every_eligible_pair_of_site_and_bundle_is_placed(test_beds: Any) -> None:
    """Wave 1 has had seven months before it: whatever is left out was in PILOT or beyond by then, or is ineligible."""
    events, world = test_beds.events, test_beds.world
    simulation = Simulation(load_scenario("no-programmes", ["months=6", *ALIKE_SETTINGS]))
    block = simulation.open(np.arange(20), 3)
    for _ in range(FIRST - 1):
        simulation.step(block)
    for replicate in range(20):
        here = events[(events["replicate"] == replicate) & (events["month"] == FIRST) & (events["reason"] == PLACED)]
        sites, bundle = np.unique(here["trust"]), np.unique(here["innovation"])
        stage = block.pairs.stage[replicate][np.ix_(sites, bundle)]
        free = world.eligible[np.ix_(sites, bundle)] & ~np.isin(stage, (PILOT, ROLLOUT, SUSTAINED))
        assert free.sum() == len(here)
        # the bundle is of the innovations live by then, those of highest utility: good ones on the whole
        assert (world.innovations.live_month[bundle] < FIRST).all()


def many(small: Callable[..., Scenario], probe: Any, stage: str, **attributes: Any) -> tuple[Simulation, Any]:
    """Return 4,000 like pairs after a month, in ``stage`` before it, with nothing that tells them apart."""
    world = {"synthetic": {"n_trusts": 4000, "network": "none", "n_innovations": 1, "attributes": attributes}}
    parameters = {
        "capacity": {"unlimited": True},
        "attributes": {"risk_aversion_median": 0.5, "risk_aversion_sigma": 0.0, "champion_stock": 0.0},
        "evaluation": {"intercept": -0.2},
        "beliefs": {"prior_sd": 0.5},
        "finance": {"money_gate": False},
    }
    simulation = Simulation(small(world=world, parameters=parameters, initial={"stage": stage}))
    block = simulation.open(np.arange(1), 6)
    simulation.step(block)
    return simulation, block


def utility_without_evidence() -> float:
    return 0.5 - 0.5 * 0.5  # prior mean less rho times the prior deviation


def test_the_decision_after_an_evaluation_is_a_logit(small: Callable[..., Scenario], probe: Any) -> None:
    """log-odds = -.2 + 2 U - .5 ln cx, with NASSS sum 7: ln cx = ln 4 / 2."""
    _, block = many(small, probe, "evaluating", nasss_sum=7, contract=False, evaluation_months=0)
    stage = block.pairs.stage[0, :, 0]
    assert np.isin(stage, (PILOT, REJECTED)).all()
    odds = -0.2 + 2.0 * utility_without_evidence() - 0.5 * np.log(4.0) / 2.0
    expected = 1.0 / (1.0 + np.exp(-odds))
    z = ((stage == PILOT).mean() - expected) / np.sqrt(expected * (1 - expected) / len(stage))
    assert abs(z) < 4


def test_the_exits_of_a_pilot_compete(small: Callable[..., Scenario], probe: Any) -> None:
    """One draw against the sum of both rates, then a split in proportion."""
    simulation, block = many(
        small, probe, "pilot", rollout_push_per_month=0.2, pilot_abandonment_per_month=0.6, contract=False
    )
    burden = block.space.frame["burden"][0, 0, 0]
    up = 0.2 * np.exp(1.5 * utility_without_evidence()) * burden**-0.5
    down = 0.6 * np.exp(-1.5 * utility_without_evidence())
    stage = block.pairs.stage[0, :, 0]
    leave = 1.0 - np.exp(-(up + down))
    for code, expected in ((ROLLOUT, leave * up / (up + down)), (ABANDONED, leave * down / (up + down))):
        z = ((stage == code).mean() - expected) / np.sqrt(expected * (1 - expected) / len(stage))
        assert abs(z) < 4
    assert simulation.model.tables.pilot_months[0] == 0


@pytest.mark.parametrize(("months", "evaluation_months"), [(1, 0), (1, 1), (2, 2), (4, 4)])
def test_an_evaluation_takes_its_months(small: Callable[..., Scenario], months: int, evaluation_months: int) -> None:
    """With all change time and a burden of 1 the decision falls in month D_E after the start."""
    world = {"synthetic": {"n_trusts": 50, "network": "none", "attributes": {"evaluation_months": evaluation_months}}}
    parameters = {"capacity": {"unlimited": True}, "burden": {"lowest": 1.0, "highest": 1.0}}
    simulation = Simulation(small(world=world, parameters=parameters, initial={"stage": "evaluating"}))
    block = simulation.open(np.arange(1), 1)
    for month in range(1, months + 1):
        assert (block.pairs.stage == EVALUATING).all(), month
        simulation.step(block)
    assert (block.pairs.stage != EVALUATING).all()
