"""Pilot sites: in PILOT in the first month in which their innovation is live, once, and ordinary pilots after it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diffusion.engine.ledger import FLOW_INDEX
from diffusion.engine.stages import NO_USE, PILOT, ROLLOUT, SUSTAINED, UNAWARE
from diffusion.errors import InputError
from diffusion.experiments.running.runner import run
from diffusion.mechanisms.moves import FLOW_NAMES, PLACED
from diffusion.month.simulation import Simulation
from diffusion.scenario.schema import Scenario
from support.worlds import SMALL

pytestmark = pytest.mark.unit

OWN = {"name": "Own", "kind": "digital", "eligible_sectors": ["all"]}


def with_own(months: int = 24, **traits: Any) -> Scenario:
    """Return a scenario on the small world with one more innovation, of which the first trusts are pilot sites."""
    world = {**SMALL, "more_innovations": {"own": {**OWN, **traits}}}
    return Scenario.model_validate({"title": "pilots", "months": months, "world": world})


def codes_of(number: int) -> list[str]:
    world = Scenario.model_validate({"title": "x", "months": 1, "world": SMALL}).build_world()
    return list(world.trusts.codes[:number])


@settings(max_examples=12, deadline=None)
@given(
    live=st.integers(0, 10),
    number=st.integers(1, 12),
    traits=st.fixed_dictionaries(
        {}, optional={"use_share": st.just(0.1), "early_use_share": st.just(0.6), "initial_sites_max": st.just(8),
                      "pilot_months": st.just(0), "needs_pilot": st.just(False)}
    ),
    seed=st.integers(0, 50),
)  # fmt: skip
def test_they_are_pilots_in_the_first_live_month_and_placed_once(
    live: int, number: int, traits: dict[str, Any], seed: int
) -> None:
    sites = codes_of(number)
    simulation = Simulation(with_own(pilot_sites=sites, live_month=live, **traits))
    block = simulation.open(np.arange(3), seed)
    rows = [simulation.world.trusts.codes.index(code) for code in sites]
    k = simulation.world.innovations.ids.index("own")
    assert (block.pairs.no_use[:, rows, k] == 0).all()  # who pilots it has a use for it
    for month in range(1, live + 8):
        assert (month > live + 1) or (block.pairs.stage[:, rows, k] == UNAWARE).all()
        simulation.step(block)
        placed = block.space.frame["flows"][:, PLACED]
        np.testing.assert_array_equal(placed, number if month == live + 1 else 0)
        if month == live + 1:
            assert (block.pairs.stage[:, rows, k] == PILOT).all()
            assert (block.pairs.since[:, rows, k] == month).all()
    assert (block.pairs.stage[:, rows, k] != NO_USE).all()


def test_their_share_of_the_upfront_cost_is_booked_beside_the_fund_in_that_month() -> None:
    sites = codes_of(3)
    traits = {"upfront_cost_gbp": 100_000, "cost_noise_sd": 0, "live_month": 5, "early_use_share": 0}
    simulation = Simulation(with_own(pilot_sites=sites, **traits))
    without = Simulation(with_own(**traits))
    blocks = simulation.open(np.arange(2), 1), without.open(np.arange(2), 1)
    for _ in range(6):
        for each, block in zip((simulation, without), blocks):
            each.step(block)
    column = FLOW_INDEX["upfront_cost_without_gate"]
    extra = [block.space.frame["money"][:, column].copy() for block in blocks]
    size = simulation.world.trusts.size[:3].sum()
    share = simulation.model.parameters.finance.upfront_share_at_pilot
    np.testing.assert_allclose((extra[0] - extra[1]) / 100.0, share * 100_000 * size, atol=0.02)
    np.testing.assert_array_equal(blocks[0].units.fund, blocks[1].units.fund)


def test_nothing_else_moves_before_anyone_can_see_them() -> None:
    with_sites, without = with_own(12, pilot_sites=codes_of(4), live_month=6), with_own(12, live_month=6)
    ours, theirs = (run(each, replicates=3, seed=4) for each in (with_sites, without))
    k = ours.world.innovations.ids.index("own")
    others = np.arange(ours.stage_by_innovation.shape[-1]) != k
    # the month in which they begin moves nothing of other innovations: pilots take change time from the next month on
    np.testing.assert_array_equal(
        ours.stage_by_innovation[:, :8, :, others], theirs.stage_by_innovation[:, :8, :, others]
    )
    assert (ours.stage_by_innovation[:, 7, PILOT, k] == 4).all()
    assert "pilot:placed" in FLOW_NAMES


def test_stated_pilot_sites_stand_in_place_of_early_users() -> None:
    ours = run(with_own(3, pilot_sites=codes_of(2)), replicates=20, seed=1)
    theirs = run(with_own(3), replicates=20, seed=1)
    k = ours.world.innovations.ids.index("own")
    assert ours.stage_by_innovation[:, 1, [ROLLOUT, SUSTAINED], k].sum() == 0
    assert theirs.stage_by_innovation[:, 1, ROLLOUT, k].sum() > 0


def test_a_pilot_site_is_no_site_from_the_start() -> None:
    scenario = with_own(1, pilot_sites=codes_of(30), initial_sites_min=25, initial_sites_max=25)
    simulation = Simulation(scenario)
    k = simulation.world.innovations.ids.index("own")
    stage = simulation.open(np.arange(4), 1).pairs.stage[:, :, k]
    assert (stage[:, :30] == UNAWARE).all()
    assert (stage == SUSTAINED).sum() > 0


@pytest.mark.parametrize(
    ("sites", "sectors", "what"),
    [(["NOPE"], ["all"], "there is no trust 'NOPE'"), (None, ["ambulance"], "which may not use it")],
)
def test_they_must_be_trusts_that_may_use_it(sites: list[str] | None, sectors: list[str], what: str) -> None:
    world = Scenario.model_validate({"title": "x", "months": 1, "world": SMALL}).build_world()
    acute = world.trusts.codes[world.trusts.sector.tolist().index(world.trusts.sector_names.index("acute"))]
    scenario = with_own(pilot_sites=sites or [acute], eligible_sectors=sectors)
    with pytest.raises(InputError, match=what) as found:
        scenario.build_world()
    assert found.value.key == "world.more_innovations.own.pilot_sites"
    assert found.value.expected


def test_a_part_of_a_world_has_the_sites_that_it_has(small: Callable[..., Scenario]) -> None:
    from diffusion.world.pilot_sites import pilot_pairs
    from diffusion.world.rearranged import rearranged

    world = with_own(pilot_sites=codes_of(4)).build_world()
    part = rearranged(world, np.array([2, 0, 39]), np.arange(world.n_innovations))
    k = part.innovations.ids.index("own")
    found = pilot_pairs(part.trusts.codes, part.innovations, part.eligible)
    np.testing.assert_array_equal(found[:, k], [True, True, False])
    assert found.sum() == 2
