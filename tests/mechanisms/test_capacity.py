"""Change time by hand: one trust with 5 pieces of work of .10 WTE each and C of .20 WTE."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from diffusion.mechanisms.burden import normal_burden
from diffusion.mechanisms.capacity import available_time, share_time
from diffusion.month.phases import PHASES
from diffusion.month.simulation import Simulation
from diffusion.scenario.load import load_scenario
from diffusion.scenario.schema import Scenario

pytestmark = pytest.mark.unit

Small = Callable[..., Scenario]


def after_sharing(small: Small, lever: Any = None, stage: str = "evaluating", wte: float = 0.2, **cap: Any) -> Any:
    """Return the block of one trust and five innovations once the first month's change time is shared out."""
    parameters = {
        "capacity": {"wte_per_size": wte, "pressure": 0.0, "winter_pressure": 0.0, **cap},
        "attributes": {"capacity_sigma": 0.0},
    }
    levers = {"probe": lever} if lever is not None else {}
    world = {"synthetic": {"n_trusts": 1, "n_innovations": 5}}
    scenario = small(world=world, parameters=parameters, initial={"stage": stage}, levers=levers)
    simulation = Simulation(scenario)
    block = simulation.open(np.arange(1), 1)
    for phase in PHASES:
        phase.run(simulation.model, block, simulation.hooks)
        if phase.name == "capacity":
            break
    return block


def numbers(block: Any) -> tuple[list[float], float, float, float]:
    """Return phi by innovation, slack, WTE needed and WTE used."""
    frame = block.space.frame
    phi = block.pairs.granted[0, 0].tolist()
    return phi, frame["slack"][0, 0], frame["needed"][0, 0], frame["used"][0, 0]


def test_equal_priorities_share_in_proportion(small: Small) -> None:
    phi, slack, needed, used = numbers(after_sharing(small))
    assert phi == pytest.approx([0.4] * 5, abs=1e-5)
    assert (slack, needed, used) == pytest.approx((0.0, 0.5, 0.2), abs=1e-5)


def test_enough_for_all_leaves_slack(small: Small) -> None:
    phi, slack, needed, used = numbers(after_sharing(small, wte=2.0))
    assert phi == [1.0] * 5
    assert (slack, needed, used) == pytest.approx((0.75, 0.5, 0.5), abs=1e-5)


def test_nobody_spends_time_on_evaluating_what_is_recalled(small: Small) -> None:
    block = after_sharing(small)
    block.units.recalled[0, :3] = 1
    available_time(block.space.address)
    share_time(block.space.address)
    phi, slack, needed, used = numbers(block)
    assert phi[3:] == pytest.approx([1.0, 1.0], abs=1e-5)
    assert (slack, needed, used) == pytest.approx((0.0, 0.2, 0.2), abs=1e-5)


def test_no_change_time_at_all(small: Small) -> None:
    phi, slack, _, used = numbers(after_sharing(small, wte=0.0))
    assert phi == [0.0] * 5
    assert (slack, used) == (0.0, 0.0)


def test_water_filling_by_priority(small: Small, probe: Any) -> None:
    """Priorities 1, 1, 2, 4, 10: the last is served in full, then .1 WTE over weights of .8 gives lambda = .125."""
    lever = probe(values={"priority": np.array([[1.0, 1.0, 2.0, 4.0, 10.0]])})
    phi, _, _, used = numbers(after_sharing(small, lever))
    assert phi == pytest.approx([0.125, 0.125, 0.25, 0.5, 1.0], abs=1e-5)
    assert used == pytest.approx(0.2, abs=1e-5)


def test_lent_staff_work_on_the_facilitated_first(small: Small, probe: Any) -> None:
    """.05 WTE do a quarter of the two facilitated works; C of .2 WTE then meets .2 of .45 WTE."""
    lever = probe(values={"facilitation": 0.05, "facilitated": np.array([[1.0, 1.0, 0.0, 0.0, 0.0]])})
    block = after_sharing(small, lever)
    phi, _, needed, used = numbers(block)
    level = 0.2 / 0.45
    helped = 1.0 - 0.75 * (1.0 - level)
    assert phi == pytest.approx([helped, helped, level, level, level], abs=1e-5)
    assert (needed, used, block.space.frame["lent"][0, 0]) == pytest.approx((0.45, 0.2, 0.05), abs=1e-5)


def test_staff_lent_for_others_help_nobody(small: Small, probe: Any) -> None:
    phi, _, _, _ = numbers(after_sharing(small, probe(values={"facilitation": 5.0})))
    assert phi == pytest.approx([0.4] * 5, abs=1e-5)


def test_a_pilot_that_is_paid_for_takes_nothing_of_the_trust(small: Small, probe: Any) -> None:
    """Five pilots of .3 WTE, one paid for: four share .6 WTE."""
    lever = probe(values={"paid_load": np.array([[0.0, 1.0, 0.0, 0.0, 0.0]])})
    phi, _, needed, _ = numbers(after_sharing(small, lever, stage="pilot", wte=0.6))
    assert phi == pytest.approx([0.5, 1.0, 0.5, 0.5, 0.5], abs=1e-5)
    assert needed == pytest.approx(1.2, abs=1e-5)


@pytest.mark.parametrize("sector_is_busy", [True, False])
def test_pressure_takes_more_in_winter_from_acute_and_ambulance_trusts(sector_is_busy: bool) -> None:
    simulation = Simulation(load_scenario("no-programmes", ["start=2015-11", "months=2"]))
    trusts = simulation.world.trusts
    busy = np.isin(np.array(trusts.sector_names)[trusts.sector], ("acute", "ambulance")) == sector_is_busy
    block = simulation.open(np.arange(1), 1)
    left = []
    for _ in range(2):
        simulation.step(block)
        left.append((block.space.frame["available"] / block.attributes.capacity_wte)[0, busy])
    assert left[0] == pytest.approx(0.9)
    assert left[1] == pytest.approx(0.8 if sector_is_busy else 0.9)


def test_total_change_time_of_england() -> None:
    """About 256 WTE at c0 = 1 and the median trust, before pressure (MODEL 10.1)."""
    simulation = Simulation(load_scenario("baseline", ["parameters.capacity.wte_per_size=1"]))
    total = simulation.open(np.arange(200), 1).attributes.capacity_wte.sum(axis=1).mean()
    assert total == pytest.approx(256, rel=0.03)


def test_the_burden_of_july_2015_is_one_on_average() -> None:
    simulation = Simulation(load_scenario("no-programmes"))
    block = simulation.open(np.arange(1), 1)
    frame = block.space.frame
    burden = frame["burden"][0, frame["burden_row"]]
    assert burden[simulation.world.eligible].mean() == pytest.approx(1.0, abs=1e-12)
    assert burden.min() > 0.4
    assert burden.max() < 3.0
    assert normal_burden(simulation.scenario.parameters.burden) == pytest.approx(2.0, abs=0.2)
