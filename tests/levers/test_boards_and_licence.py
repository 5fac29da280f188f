"""Boards that merge, and the networks' licence: whom it touches, what it saves, what is left."""

from __future__ import annotations

import numpy as np
import pytest

from diffusion.engine.stages import EVALUATING
from diffusion.levers.board_mergers import mergers_of_2026
from diffusion.month.simulation import Simulation
from diffusion.scenario.schema import Scenario
from support.today import SOLD, START, faults, paid_gbp, stepped, term, today, told_of

pytestmark = pytest.mark.unit


# --- boards -----------------------------------------------------------------------------------------------------------


def test_42_boards_become_36() -> None:
    merged = mergers_of_2026()
    boards = [code for group in merged.values() for code in group]
    assert len(boards) == len(set(boards))
    assert 42 - sum(len(group) - 1 for group in merged.values()) == 36


def test_what_one_board_has_evaluated_its_partners_know() -> None:
    """With a passport of the same ICS: credit in joined boards, and in those alone."""
    levers = {
        "structures-and-tools": {"start": str(START), "passport": 0.6},
        "board-mergers": {"start": str(START), "mergers": {"new": ["QOP", "QYG"]}},
    }
    content = {"title": "both", "start": str(START), "months": 12, "world": {"name": "england-2025"}, "levers": levers}
    simulation = Simulation(Scenario.model_validate({**content, "parameters": SOLD}))
    world = simulation.world
    codes = np.array(world.trusts.ics_codes)[world.trusts.ics]
    known = np.zeros((1, len(world.trusts.ics_codes), world.n_innovations), dtype=np.uint8)
    known[:, world.trusts.ics_codes.index("QOP")] = 1
    fresh = dict.fromkeys(("QOP", "QYG", "other"), 0)
    for seed in range(16):
        block = simulation.open(np.arange(1), seed)
        for _ in range(3):
            block.units.evaluated[:] = known
            before = block.pairs.stage.copy()
            simulation.step(block)
            started = (block.pairs.stage == EVALUATING) & (before != EVALUATING)
            own = block.units.evaluated[:, world.trusts.ics] != 0  # someone of the ICS finished in this month
            credited = np.isin(codes, ("QOP", "QYG"))[None, :, None]
            np.testing.assert_allclose(block.pairs.work[started & credited], 0.6)
            assert not block.pairs.work[started & ~credited & ~own].any()
            for name in ("QOP", "QYG"):
                fresh[name] += int(started[:, codes == name].sum())
            fresh["other"] += int((started & ~credited & ~own).sum())
    assert min(fresh.values()) > 3, fresh


def test_boards_of_a_merger_are_checked_and_other_worlds_are_left_alone() -> None:
    (fault,) = faults(today("board-mergers", mergers={"new": ["QOP", "QXX"]}), "board-mergers")
    assert "unknown ICB 'QXX'" in str(fault)
    ring = {"synthetic": {"n_trusts": 20, "n_innovations": 3}}
    content = {"title": "ring", "months": 6, "world": ring, "levers": {"board-mergers": {"start": "2015-07"}}}
    _, block = stepped(Scenario.model_validate(content), 2)
    assert paid_gbp(block, "saving_system").sum() == 0
    assert (term(block, "joined_board") == -1).all()


def test_running_costs_fall_over_the_transition_and_stay_down() -> None:
    lever = today("board-mergers").levers["board-mergers"]
    assert (paid_gbp(stepped(today("board-mergers"), 1)[1], "programme") > 0).all()
    simulation = Simulation(today("board-mergers"))
    saved = lever.saved_gbp_per_year(simulation.world)
    heads = simulation.world.ahsns.population.sum()
    assert saved == pytest.approx(12.0 * heads)
    muted = today("board-mergers", mute=["time", "burden"])
    without = stepped(today("board-mergers", strength=0.0), 30)[1]
    held = stepped(muted, 30)[1]
    np.testing.assert_allclose(
        paid_gbp(held, "saving_system") - paid_gbp(without, "saving_system"), saved / 12.0, atol=0.02
    )
    assert paid_gbp(held, "programme").sum() == 0


def test_running_costs_fall_by_the_month_of_the_transition() -> None:
    options = {"mute": ["time", "burden"], "transition_months": 8}
    saved = today("board-mergers").levers["board-mergers"].saved_gbp_per_year(today("board-mergers").build_world())
    (one, with_), (other, without) = (
        stepped(today("board-mergers", **options, **more), 0) for more in ({}, {"strength": 0.0})
    )
    for month in range(1, 11):
        one.step(with_)
        other.step(without)
        fallen = paid_gbp(with_, "saving_system") - paid_gbp(without, "saving_system")
        np.testing.assert_allclose(fallen, min(1.0, month / 8) * saved / 12.0, atol=0.02, err_msg=str(month))


@pytest.mark.parametrize("world", ["england-2025", "england-2017"])
def test_no_mergers_leave_the_cut_alone(world: str) -> None:
    """An empty list is none, not the packaged one; and of the packaged one a world has what it has."""
    alone = today("board-mergers", world={"name": world}, mergers={})
    simulation, block = stepped(alone, 14)
    assert (term(block, "joined_board") == -1).all()
    assert (term(block, "pressure") == 0).all()
    assert term(block, "evaluation_time") == pytest.approx(1.1)
    assert (
        paid_gbp(block, "saving_system").min()
        >= alone.levers["board-mergers"].saved_gbp_per_year(simulation.world) / 12 - 0.02
    )
    _, block = stepped(today("board-mergers", world={"name": world}), 2)
    joined = np.broadcast_to(term(block, "joined_board"), (1, simulation.world.n_trusts, 1))
    codes = np.array(simulation.world.trusts.ics_codes)[simulation.world.trusts.ics]
    named = [set(boards) for boards in mergers_of_2026().values()]
    expected = [any(code in boards and len(boards & set(codes)) > 1 for boards in named) for code in codes]
    np.testing.assert_array_equal(joined[0, :, 0] >= 0, expected)


def test_what_merged_boards_know_does_not_scale_with_strength_and_the_lever_says_so() -> None:
    for strength in (0.001, 1.0):
        scenario = today("board-mergers", strength=strength)
        _, block = stepped(scenario, 1)
        assert (term(block, "joined_board") >= 0).any()
        assert any("does not scale with strength" in told for told in told_of(scenario, "board-mergers")) == (
            strength < 1
        )


def test_a_region_alone_has_the_draws_and_its_part_of_the_cut_of_the_whole() -> None:
    levers = {name: {"start": str(START)} for name in ("innovation-zones", "innovator-passport", "board-mergers")}
    content = {"title": "all", "start": str(START), "months": 6, "levers": levers, "parameters": SOLD}
    of = [{"name": "england-2025"}, {"name": "england-2025", "region": "GM"}]
    (all_, whole), (part, alone) = (stepped(Scenario.model_validate({**content, "world": each}), 1, 12) for each in of)
    rows = part.world.cut.rows
    for lever, name in (("innovation-zones", "zones"), ("innovator-passport", "drawn")):
        there, here = (getattr(block.own[lever], name) for block in (whole, alone))
        np.testing.assert_array_equal(there[:, rows], here, err_msg=name)
    saved = all_.scenario.levers["board-mergers"].saved_gbp_per_year
    assert saved(part.world) == pytest.approx(part.world.share * saved(all_.world))
    assert (term(alone, "evaluation_time") < 1.11).all()
    assert term(alone, "evaluation_time").max() == pytest.approx(1.1)  # no board of this region merges


# --- the networks' licence --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_what_is_left_of_the_networks_is_paid_from_the_month_on(share: float) -> None:
    later = {"later": {"start": "2025-10", "share": share}}
    grant = [paid_gbp(stepped(today("ahsn-support", **later), months)[1], "ahsn_grant")[0] for months in (6, 7, 14)]
    assert grant[0] > 0
    assert grant[1] == pytest.approx(share * grant[0], abs=0.02)
    assert grant[2] == pytest.approx(share * grant[0], abs=0.02)


def test_an_end_of_the_licence_is_an_end_of_the_lever() -> None:
    ended = stepped(today("ahsn-support", later={"start": "2025-10", "share": 0.0}), 12)[1]
    over = stepped(today("ahsn-support", end="2025-10"), 12)[1]
    np.testing.assert_array_equal(ended.pairs.stage, over.pairs.stage)
    np.testing.assert_array_equal(ended.space.frame["money"], over.space.frame["money"])
