"""Levers of today: who is funded when, whose work is spared, which zones there are, whom segments and mergers touch."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from diffusion.engine.calendar import Month
from diffusion.engine.ledger import FLOW_INDEX
from diffusion.engine.stages import EVALUATING, ROLLOUT, SUSTAINED
from diffusion.errors import InputError
from diffusion.levers.board_mergers import mergers_of_2026
from diffusion.levers.national_appraisal import budget_impact_gbp, running_cost_per_case, worth_its_cost
from diffusion.levers.nice_queue import NEVER
from diffusion.month.simulation import Simulation
from diffusion.month.view import View
from diffusion.scenario.felt.content import outlook_of
from diffusion.scenario.schema import Scenario
from diffusion.world.tables import KINDS, Change, World

pytestmark = pytest.mark.unit

START = Month("2025-04")
#: no company leaves or fails, so that what is live is on sale
SOLD = {"supply": {"companies": False}}


def today(lever: str, months: int = 40, world: dict[str, Any] | None = None, **fields: Any) -> Scenario:
    levers = {lever: {"start": str(START), **fields}}
    content = {"title": lever, "start": str(START), "months": months, "levers": levers, "parameters": SOLD}
    return Scenario.model_validate({**content, "world": {"name": "england-2025", **(world or {})}})


def stepped(scenario: Scenario, months: int, replicates: int = 4, world: World | None = None) -> tuple[Simulation, Any]:
    simulation = Simulation(scenario, world=world) if world is not None else Simulation(scenario)
    block = simulation.open(np.arange(replicates), 1)
    for _ in range(months):
        simulation.step(block)
    return simulation, block


def term(block: Any, name: str) -> np.ndarray:
    space = block.space
    return np.asarray(space.terms.written(name, space.frame["ahsn"]))


def paid_gbp(block: Any, purpose: str) -> np.ndarray:
    return np.asarray(block.space.frame["money"][:, FLOW_INDEX[purpose]] / 100.0)


def told_of(scenario: Scenario, lever: str) -> list[str]:
    return list(scenario.levers[lever].remarks(outlook_of(scenario, scenario.build_world())))


def faults(scenario: Scenario, lever: str) -> list[InputError]:
    return [fault for _, fault in scenario.levers[lever].name_faults(scenario.build_world())]


def changed(world: World, *changes: Change) -> World:
    return replace(world, changes=tuple(sorted(changes)))


def row_of_a_board_of_many(world: World) -> int:
    """Return the row of an acute trust whose board has more than two trusts."""
    acute = world.trusts.sector == world.trusts.sector_names.index("acute")
    many = np.bincount(world.trusts.ics)[world.trusts.ics] > 2
    return int(np.flatnonzero(acute & many)[0])


# --- what a national body asks ----------------------------------------------------------------------------------------


def view_of(scenario: Scenario) -> View:
    simulation, block = stepped(scenario, 1)
    return View(simulation.model, block, simulation.hooks)


def test_budget_impact_is_the_dearest_year_of_an_even_growth() -> None:
    see = view_of(today("medtech-funding-mandate"))
    table, k = see.world.innovations, 3
    size = see.world.trusts.size[see.world.eligible[:, k]].sum()
    upfront, running, saving = (
        float(values[0, k])
        for values in (see.upfront_cost_gbp, see.running_cost_gbp_per_month, see.saving_gbp_per_month)
    )
    lag = int(table.saving_lag_months[k]) / 12.0
    years = []
    for year in (1, 2, 3):  # a third of what is to use it begins each year, in its middle on average
        used, seen = 0.4 * (year - 0.5) / 3.0, 0.4 * max(0.0, year - 0.5 - lag) / 3.0
        years.append(size * (0.4 / 3.0 * upfront + 12 * used * running - 12 * seen * saving))
    assert budget_impact_gbp(see, 0.4)[0, k] == pytest.approx(max(years), rel=1e-12)


def test_a_payment_of_the_running_cost_by_case_is_the_running_cost() -> None:
    see = view_of(today("medtech-funding-mandate"))
    table = see.world.innovations
    per_month = running_cost_per_case(see) * table.unit_cost_gbp * table.cases_per_month
    np.testing.assert_allclose(per_month, see.running_cost_gbp_per_month, rtol=1e-12)


def test_health_counts_at_its_price_and_more_of_it_passes() -> None:
    see = view_of(today("healthtech-appraisal"))
    none, some = worth_its_cost(see, 6, 0.0, 0.01), worth_its_cost(see, 6, 2e5, 0.05)
    good = see.national_belief()[0] > 0
    assert (some & ~none & good).any()
    assert not (some & ~none & ~good).any()


# --- mandates ---------------------------------------------------------------------------------------------------------


def test_the_mandate_takes_few_a_year_of_its_kinds_and_keeps_them() -> None:
    scenario = today("medtech-funding-mandate", saves_within_months=36, probability=0.6, technologies_per_year=2)
    simulation = Simulation(scenario)
    block = simulation.open(np.arange(6), 1)
    kind, before = simulation.world.innovations.kind, None
    for month in range(30):
        simulation.step(block)
        since = block.own["medtech-funding-mandate"].since.copy()
        new = since == int(START) + month
        assert (new.sum(axis=1) <= (2 if month % 12 == 0 else 0)).all()
        if before is not None:
            np.testing.assert_array_equal(since[before != NEVER], before[before != NEVER])
        before = since
    funded = before != NEVER
    assert funded.any()
    assert not funded[:, ~np.isin(kind, [KINDS.index("device"), KINDS.index("digital")])].any()
    for name in ("mandate", "price_agreed", "upfront_subsidy", "commissioned_share", "programme_pilot"):
        value = np.broadcast_to(term(block, name), block.pairs.stage.shape)
        np.testing.assert_array_equal(value.any(axis=1), funded, err_msg=name)


def test_a_mandate_is_felt_by_and_by() -> None:
    scenario = today("medtech-funding-mandate", saves_within_months=36, probability=0.6, mandate_onset_months=3)
    degrees = [term(stepped(scenario, months)[1], "mandate").max() for months in (1, 2, 3, 4, 5)]
    assert degrees == pytest.approx([0.25, 0.5, 0.75, 1.0, 1.0])


def test_commissioners_bear_the_running_cost_of_what_is_funded() -> None:
    options = {"saves_within_months": 36, "probability": 0.6, "cost_gbp_per_year": 0.0}
    simulation, block = stepped(today("medtech-funding-mandate", **options), 35)
    users = np.isin(block.pairs.stage, (ROLLOUT, SUSTAINED))
    funded = block.own["medtech-funding-mandate"].since != NEVER
    scale = users * funded[:, None, :] * block.pairs.rollout * block.attributes.running_cost[:, None, :]
    spread = block.pairs.need / simulation.world.innovations.cases_per_month  # need differs from the size of a trust
    expected = (scale * spread).sum(axis=(1, 2))
    simulation.step(block)
    assert (expected > 0).all()
    np.testing.assert_allclose(paid_gbp(block, "tariff"), expected, rtol=1e-6)


def test_what_two_mandates_fund_commissioners_bear_once() -> None:
    """The larger of the two, not their sum: in what is written, and so in f and in the ledger."""
    mandate = {"start": str(START), "probability": 0.6, "saves_within_months": 36, "cost_gbp_per_year": 0.0}
    appraisal = {"start": str(START), "probability": 0.6, "negotiation_months": 0, "funded_share": 0.8}
    levers = {"medtech-funding-mandate": mandate, "healthtech-appraisal": appraisal}
    content = {"title": "both", "start": str(START), "months": 40, "levers": levers, "parameters": SOLD}
    scenario = Scenario.model_validate({**content, "world": {"name": "england-2025"}})
    simulation, block = stepped(scenario, 34, replicates=6)
    mandated = block.own["medtech-funding-mandate"].since != NEVER
    appraised = block.own["healthtech-appraisal"].funded
    appraised = (appraised != NEVER) & (appraised <= int(START) + 33)
    assert (mandated & appraised).any()
    assert (~mandated & appraised).any()
    borne = np.where(mandated, 1.0, np.where(appraised, 0.8, 0.0))
    table = simulation.world.innovations
    per_case = (
        borne * block.attributes.running_cost / np.where(table.cases_per_month > 0, table.cases_per_month, np.inf)
    )
    written = term(block, "commissioned_share") * table.unit_cost_gbp
    np.testing.assert_allclose(written, np.broadcast_to(per_case[:, None, :], written.shape), rtol=1e-9)
    users = np.isin(block.pairs.stage, (ROLLOUT, SUSTAINED))
    cases = users * block.pairs.rollout * block.pairs.need
    simulation.step(block)
    assert not (block.own["medtech-funding-mandate"].since == int(START) + 34).any()
    newly = block.own["healthtech-appraisal"].funded == int(START) + 34
    bears = borne + 0.8 * (newly & ~mandated)
    per_case = (
        bears * block.attributes.running_cost / np.where(table.cases_per_month > 0, table.cases_per_month, np.inf)
    )
    expected = (cases * per_case[:, None, :]).sum(axis=(1, 2))
    assert (expected > 0).all()
    np.testing.assert_allclose(paid_gbp(block, "tariff"), expected, rtol=1e-6)


@pytest.mark.parametrize("begin", ["2025-06", "2026-03"])
def test_a_run_that_begins_in_another_month_has_no_round_more(begin: str) -> None:
    """The months before its first have had that year's round; where none are run the first month has one."""
    fields = {"probability": 0.6, "saves_within_months": 36, "cost_gbp_per_year": 0.0, "technologies_per_year": 1}
    rounds: dict[int, set[int]] = {}
    for warm_up in (24, 0):
        content = {"title": "begin", "start": begin, "months": 14, "world": {"name": "england-2025"}}
        levers = {"medtech-funding-mandate": {"start": "2023-08", **fields}}
        more = {"levers": levers, "parameters": SOLD, "initial": {"warm_up_months": warm_up}}
        simulation = Simulation(Scenario.model_validate({**content, **more}))
        block = simulation.open(np.arange(6), 1)
        for _ in range(14):
            simulation.step(block)
        since = block.own["medtech-funding-mandate"].since
        rounds[warm_up] = set(since[since != NEVER].tolist())
    years = {int(Month(f"{year}-04")) for year in (2024, 2025, 2026, 2027)}
    assert rounds[24] - years <= {max(int(Month("2023-08")), int(Month(begin)) - 24)}
    assert int(Month(begin)) not in rounds[24]
    assert int(Month(begin)) in rounds[0]


def test_an_appraisal_needs_evidence_and_funds_the_dear_later() -> None:
    scenario = today("healthtech-appraisal", 60, evidence_needed=2.0, negotiation_months=9, probability=0.6)
    simulation = Simulation(scenario)
    block = simulation.open(np.arange(6), 1)
    for _ in range(59):
        evidence = block.units.evidence.copy()
        simulation.step(block)
        state = block.own["healthtech-appraisal"]
        began = state.queue.started == int(START) + block.month - 1
        assert (evidence[began] >= 2.0).all()
    recommended = state.queue.recommended != NEVER
    after = (state.funded - state.queue.recommended)[recommended]
    assert set(after.tolist()) == {3, 12}
    np.testing.assert_array_equal(state.funded != NEVER, recommended)


def test_nothing_is_appraised_without_evidence() -> None:
    _, block = stepped(today("healthtech-appraisal", evidence_needed=1e6), 30)
    assert (block.own["healthtech-appraisal"].queue.started == NEVER).all()
    assert paid_gbp(block, "nice").sum() == 0


def test_the_mandate_and_the_appraisal_each_heed_their_limit_of_the_budget_impact() -> None:
    """What is above the mandate's limit is not taken; what is above that of the appraisal is funded later, alone."""
    options = {"saves_within_months": 36, "probability": 0.6, "technologies_per_year": 40}
    limit = 0.0  # what costs more than it saves in its dearest year is out
    scenario = today("medtech-funding-mandate", **options, budget_impact_limit_gbp=limit)
    simulation, block = stepped(scenario, 12, replicates=6)
    impact = budget_impact_gbp(View(simulation.model, block, simulation.hooks), 0.5)
    simulation.step(block)
    new = block.own["medtech-funding-mandate"].since == int(START) + 12
    simulation, block = stepped(today("medtech-funding-mandate", **options, budget_impact_limit_gbp=1e12), 13, 6)
    freely = block.own["medtech-funding-mandate"].since != NEVER
    assert not new[impact > limit].any()
    assert freely[impact > limit].any()
    scenario = today("healthtech-appraisal", 60, probability=0.6, negotiation_months=9)
    simulation, seen = Simulation(scenario), set()
    block = simulation.open(np.arange(8), 1)
    for month in range(59):
        dear = budget_impact_gbp(View(simulation.model, block, simulation.hooks), 0.5) > 10e6
        simulation.step(block)
        state = block.own["healthtech-appraisal"]
        fresh = state.queue.recommended == int(START) + month
        np.testing.assert_array_equal((state.funded - state.queue.recommended)[fresh], np.where(dear, 12, 3)[fresh])
        seen |= set(dear[fresh].tolist())
    assert seen == {True, False}


def test_a_topic_that_was_turned_down_waits_and_support_ends() -> None:
    options = {"probability": 0.6, "gbp_per_qaly": 0.0, "again_months": 24, "support_months": 5, "topics_per_year": 30}
    scenario = today("healthtech-appraisal", 70, **options, negotiation_months=0)
    simulation = Simulation(scenario)
    block = simulation.open(np.arange(6), 1)
    again, ended = [], 0
    decided = None
    for month in range(69):
        simulation.step(block)
        now, state = int(START) + month, block.own["healthtech-appraisal"]
        if decided is not None:
            began = (state.queue.started == now) & (decided != NEVER)
            again += (now - decided[began]).tolist()
        decided = state.queue.decided.copy()
        gone = np.where(state.funded == NEVER, -1, now - state.funded)
        push = np.broadcast_to(term(block, "rollout_push"), block.pairs.stage.shape)
        np.testing.assert_array_equal((push > 0).any(axis=1), (gone >= 0) & (gone < 5))
        ended += int((gone >= 5).sum())
    assert again
    assert min(again) == 24
    assert ended > 0


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


# --- league tables ----------------------------------------------------------------------------------------------------


def test_segments_press_and_free_and_what_is_not_known_is_left_alone() -> None:
    simulation, block = stepped(today("league-tables"), 1)
    segment = simulation.world.trusts.oversight_segment
    lost = np.broadcast_to(term(block, "pressure"), (1, len(segment), 1))[0, :, 0]
    expected = np.where(segment >= 4, 0.10, np.where(segment == 3, 0.05, 0.0))
    assert {0.0, 0.05, 0.10} == set(expected.tolist())
    np.testing.assert_allclose(lost, expected)
    refill = np.broadcast_to(term(block, "fund_refill"), (1, len(segment), 1))[0, :, 0]
    np.testing.assert_allclose(refill, np.where(segment == 1, 1.25, 1.0))
    align = term(block, "alignment")
    assert set(np.unique(align[:, segment >= 3])) == {-0.25, 0.5}
    assert not align[:, ~(segment >= 3)].any()
    assert np.isnan(segment).any()


def test_without_segments_only_the_cost_of_league_tables_is_felt() -> None:
    _, block = stepped(today("league-tables", world={"name": "england-2017"}), 1)
    for name, neutral in (("pressure", 0.0), ("alignment", 0.0), ("fund_refill", 1.0)):
        assert (term(block, name) == neutral).all()
    assert (paid_gbp(block, "scorecard") == 250_000).all()


# --- procurement ------------------------------------------------------------------------------------------------------


def test_buying_by_value_changes_how_a_purchase_looks_and_no_cash() -> None:
    options = {"reach": 1.0, "training_gbp_per_trust": 0.0, "annual_cost_gbp": 0.0}
    simulation, block = stepped(today("value-based-procurement", **options), 1)
    _, plain = stepped(today("value-based-procurement", **options, strength=0.0), 1)
    device = simulation.world.innovations.kind == KINDS.index("device")
    f, before = (np.broadcast_to(each.space.frame["finance"], each.pairs.stage.shape) for each in (block, plain))
    np.testing.assert_array_equal(f[:, :, ~device], before[:, :, ~device])
    assert (f[:, :, device] >= before[:, :, device]).all()
    assert (f[:, :, device] > before[:, :, device]).any()
    for purpose in ("running_cost", "saving_kept", "saving_system", "tariff"):  # what is bought this month may differ
        np.testing.assert_array_equal(paid_gbp(block, purpose), paid_gbp(plain, purpose), err_msg=purpose)


def test_the_reach_is_the_share_of_devices_on_frameworks() -> None:
    simulation, block = stepped(today("value-based-procurement"), 1, replicates=200)
    device = simulation.world.innovations.kind == KINDS.index("device")
    where = block.own["value-based-procurement"].where
    assert where[..., device].mean() == pytest.approx(0.57, abs=0.05)
    assert not where[..., ~device].any()


def test_a_longer_lifetime_alone_makes_f_of_what_saves_late_higher() -> None:
    options = {"reach": 1.0, "saving_counted": 0.0, "training_gbp_per_trust": 0.0, "annual_cost_gbp": 0.0}
    ratios = {}
    for months in (0, 24, 60):
        simulation, block = stepped(today("value-based-procurement", **options, lifetime_months=months), 1)
        ratios[months] = np.broadcast_to(block.space.frame["finance"], block.pairs.stage.shape)[:, 0]
    attributes, table = block.attributes, simulation.world.innovations
    device = table.kind == KINDS.index("device")
    gains = attributes.saving * table.cashable_share > attributes.running_cost  # by the month, once savings are there
    free = (np.abs(ratios[0]) < 2.0) & (np.abs(ratios[60]) < 2.0) & device
    assert (ratios[60] > ratios[24])[free & gains].all()
    assert (free & gains).any()
    assert (ratios[60] < ratios[0])[free & ~gains].all()
    np.testing.assert_array_equal(ratios[60][:, ~device], ratios[0][:, ~device])


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


# --- fellows where no cohort is ---------------------------------------------------------------------------------------


def test_a_first_wave_without_a_cohort_has_nobody_and_is_not_remarked_on() -> None:
    """``none`` is asked for; a cohort that the portfolio has not is a slip, and told."""
    waves = ["2016-07"]  # a year after the first wave
    for cohort, remarked in (("none", False), ("nia-1915", True)):
        scenario = today("accelerator", cohort=cohort, later_waves=waves)
        assert any("has no fellows" in told for told in told_of(scenario, "accelerator")) == remarked
        simulation = Simulation(scenario)
        block = simulation.open(np.arange(3), 1)
        for month in range(14):
            simulation.step(block)
            fellows = (block.own["accelerator"].since >= 0).sum(axis=1)
            assert (fellows == (0 if month < 12 else 8)).all(), month
            assert (paid_gbp(block, "accelerator_bursary") > 0).all() == (month >= 12)
