"""Passports and zones of today: whose work is spared, which zones there are, what they scale."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from diffusion.engine.stages import EVALUATING, ROLLOUT, SUSTAINED
from diffusion.levers.nice_queue import NEVER
from diffusion.month.simulation import Simulation
from diffusion.month.view import View
from diffusion.scenario.schema import Scenario
from diffusion.world.tables import Change, World
from support.today import changed, faults, paid_gbp, row_of_a_board_of_many, stepped, term, today

pytestmark = pytest.mark.unit


# --- passports --------------------------------------------------------------------------------------------------------


def test_a_passport_needs_a_first_evaluation_and_helps_those_who_accept() -> None:
    scenario = today("innovator-passport", 60, accepting_first=0.3, accepting_last=0.6, accepting_months=40)
    simulation = Simulation(scenario)
    block = simulation.open(np.arange(4), 1)
    shares = []
    for _ in range(50):
        evaluated = block.units.evaluated.any(axis=1)
        simulation.step(block)
        state = block.own["innovator-passport"]
        assert not ((state.queue.started != NEVER) & ~evaluated).any()
        held = state.queue.recommended != NEVER
        credit = np.broadcast_to(term(block, "work_credit"), block.pairs.stage.shape) > 0
        assert (credit.any(axis=1) <= held).all()
        if held.any():
            shares.append(credit[held[:, None, :] & np.ones_like(credit)].mean())
    assert shares[0] == pytest.approx(0.3, abs=0.06)
    assert shares[-1] == pytest.approx(0.6, abs=0.05)
    assert all(later >= earlier - 1e-12 for earlier, later in pairwise(shares))


def test_work_starts_at_the_credit_of_a_passport() -> None:
    options = {"accepting_first": 1.0, "accepting_last": 1.0, "work_credit": 0.7}
    simulation, block = stepped(today("innovator-passport", 60, **options), 40)
    held = block.own["innovator-passport"].queue.recommended != NEVER
    before = block.pairs.stage.copy()
    simulation.step(block)
    fresh = (block.pairs.stage == EVALUATING) & (before != EVALUATING)
    with_passport = fresh & held[:, None, :]
    assert with_passport.any()
    np.testing.assert_allclose(block.pairs.work[with_passport], 0.7)
    assert (block.pairs.work[fresh & ~held[:, None, :]] == 0).all()


# --- zones ------------------------------------------------------------------------------------------------------------


def test_zones_are_whole_boards_drawn_anew_in_each_replicate() -> None:
    simulation, block = stepped(today("innovation-zones", zones=3), 1, replicates=40)
    zones, ics = block.own["innovation-zones"].zones, simulation.world.trusts.ics
    boards = [set(ics[row].tolist()) for row in zones]
    assert all(len(chosen) == 3 for chosen in boards)
    for row, chosen in zip(zones, boards):
        np.testing.assert_array_equal(row, np.isin(ics, list(chosen)))
    assert len(set().union(*boards)) > 25  # of 42: no place is preferred
    assert paid_gbp(block, "programme") == pytest.approx(np.full(40, 3 * 2e6 / 12), abs=0.05)


def test_zones_that_are_named_are_those() -> None:
    simulation, block = stepped(today("innovation-zones", zone_boards=["QOP"], zone_networks=["NENC"]), 1)
    world = simulation.world
    codes = np.array(world.trusts.ics_codes)[world.trusts.ics]
    networks = np.array(world.ahsns.codes)[world.trusts.ahsn]
    expected = (codes == "QOP") | (networks == "NENC")
    np.testing.assert_array_equal(block.own["innovation-zones"].zones, np.broadcast_to(expected, (4, len(expected))))
    for wrong, told in (({"zone_boards": ["QXX"]}, "unknown ICB 'QXX'"), ({"zone_networks": ["QOP"]}, "unknown HIN")):
        (fault,) = faults(today("innovation-zones", **wrong), "innovation-zones")
        assert told in str(fault)
        assert fault.key == next(iter(wrong))


def test_only_what_zones_use_and_is_believed_good_is_scaled() -> None:
    options = {"zone_months": 30, "scale_months": 6, "scale_share": 0.15}
    simulation, block = stepped(today("innovation-zones", 60, **options), 30, replicates=8)
    stage, zones = block.pairs.stage.copy(), block.own["innovation-zones"].zones
    assert term(block, "burden").min() == pytest.approx(0.8)
    simulation.step(block)
    able = zones[:, :, None] & simulation.world.eligible
    share = (np.isin(stage, (ROLLOUT, SUSTAINED)) & able).sum(axis=1) / np.maximum(1, able.sum(axis=1))
    proven = block.own["innovation-zones"].proven
    assert proven.any()
    assert (share[proven] >= 0.15).all()
    pushed = np.broadcast_to(term(block, "triage_push"), stage.shape) > 0
    np.testing.assert_array_equal(pushed, ~zones[:, :, None] & proven[:, None, :])
    assert term(block, "burden").min() == 1.0  # zones are as all others
    for _ in range(6):
        simulation.step(block)
    assert not term(block, "work_credit").any()


def paid_a_month(scenario: Scenario, months: int, world: World | None = None) -> np.ndarray:
    return paid_gbp(stepped(scenario, months, replicates=8, world=world)[1], "programme")


def test_a_zone_costs_the_same_whoever_is_left_in_it() -> None:
    """When trusts of a board merge, and where targets leave some out."""
    scenario, month = today("innovation-zones", zones=4), np.full(8, 4 * 2e6 / 12)
    world = scenario.build_world()
    codes, first = world.trusts.codes, {}
    for row, board in enumerate(world.trusts.ics.tolist()):
        first.setdefault(board, row)
    of_one_board = ((codes[i], codes[first[board]]) for i, board in enumerate(world.trusts.ics.tolist()))
    merging = changed(world, *(Change("2025-07", "merged", one, into) for one, into in of_one_board if one != into))
    for months in (2, 4, 8):
        assert paid_a_month(scenario, months, merging) == pytest.approx(month, abs=0.05), months
    acute = today("innovation-zones", zones=4, targets={"sectors": ["acute"]})
    simulation, block = stepped(acute, 2, replicates=8)
    assert paid_gbp(block, "programme") == pytest.approx(month, abs=0.05)
    of_acute = simulation.world.trusts.sector == simulation.world.trusts.sector_names.index("acute")
    zones = block.own["innovation-zones"].zones
    assert zones.any(axis=1).all()
    assert not zones[:, ~of_acute].any()


def test_a_board_without_trusts_is_no_zone() -> None:
    scenario = today("innovation-zones", zones=4)
    world = scenario.build_world()
    codes, ics = world.trusts.codes, world.trusts.ics
    into = int(np.flatnonzero(ics == 0)[0])
    gone = np.flatnonzero((ics >= 1) & (ics <= 30))
    emptied = changed(world, *(Change("2024-01", "merged", codes[i], codes[into]) for i in gone))
    _, block = stepped(scenario, 2, replicates=12, world=emptied)
    zones = block.own["innovation-zones"].zones
    assert all(len(set(ics[row].tolist())) == 4 for row in zones)
    assert not zones[:, gone].any()
    assert paid_gbp(block, "programme") == pytest.approx(np.full(12, 4 * 2e6 / 12), abs=0.05)


def test_zones_scale_what_a_share_of_their_eligible_trusts_uses() -> None:
    """Whoever cannot use it does not count: by hand, over trusts of zones."""
    options = {"zone_months": 30, "scale_months": 6, "scale_share": 0.3, "probability": 0.5}
    simulation, block = stepped(today("innovation-zones", 60, **options), 30, replicates=8)
    using = np.isin(block.pairs.stage, (ROLLOUT, SUSTAINED))
    see, own = View(simulation.model, block, simulation.hooks), block.own["innovation-zones"]
    good = see.national_belief()[0] > 0
    simulation.step(block)
    eligible, within = simulation.world.eligible, 0
    for r in range(8):
        for k in range(simulation.world.n_innovations):
            able = own.zones[r] & eligible[:, k]
            enough = able.any() and using[r, able, k].mean() >= 0.3
            assert own.proven[r, k] == (enough and good[r, k]), (r, k)
            within += bool(enough and using[r, own.zones[r], k].mean() < 0.3)
    assert within > 0  # eligible or not makes a difference here


@pytest.mark.parametrize("opens", [True, False])
def test_a_trust_that_opens_is_in_the_zone_of_its_board_and_buys_by_value(opens: bool) -> None:
    for lever, options in (
        ("innovation-zones", {"zones": 42}),
        ("value-based-procurement", {"reach": 1.0}),
    ):
        scenario = today(lever, **options)
        world = scenario.build_world()
        row = row_of_a_board_of_many(world)
        if opens:
            world = changed(world, Change("2025-08", "opened", world.trusts.codes[row]))
        simulation = Simulation(scenario, world)
        block = simulation.open(np.arange(2), 1)
        there = []
        for _ in range(6):
            simulation.step(block)
            own = block.own[lever]
            mine = own.zones[:, row] if lever == "innovation-zones" else own.where[:, min(row, own.where.shape[1] - 1)]
            name = "burden" if lever == "innovation-zones" else "saving_counted"
            neutral = 1.0 if lever == "innovation-zones" else 0.0
            value = term(block, name)
            written = bool((value[:, min(row, value.shape[1] - 1)] != neutral).any())
            assert written == bool(mine.any())
            there.append(written)
        assert there == [not opens] * 4 + [True] * 2
