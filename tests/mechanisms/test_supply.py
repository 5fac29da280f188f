"""People and companies: conserved, keyed, in closed form where there is one, and without effect where not followed."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from diffusion.analysis.results.groups import GROUPINGS, gains
from diffusion.engine.ledger import FLOW_INDEX, FLOWS
from diffusion.engine.state import NEVER
from diffusion.experiments.running.results import Results
from diffusion.experiments.running.runner import run
from diffusion.mechanisms.supply.births import NOT_BORN
from diffusion.mechanisms.supply.companies import AWAY
from diffusion.mechanisms.supply.people import ABROAD, BUILDING, IN_NHS, LEFT
from diffusion.month.simulation import Simulation
from diffusion.scenario.load import load_scenario
from diffusion.scenario.schema import Scenario
from diffusion.world.slots import is_born

pytestmark = pytest.mark.unit

FOLLOWED = "parameters.supply.followed=true"
PROGRAMMES = ("levers.clinical-entrepreneurs.start=2015-09", "levers.sbri.start=2015-10")


def supplied(*settings: str, name: str = "baseline") -> Scenario:
    return load_scenario(name, [FOLLOWED, *settings])


def both(*settings: str) -> Scenario:
    return supplied(*PROGRAMMES, *settings, name="baseline+clinical-entrepreneurs+sbri")


def test_people_are_conserved_and_move_only_where_they_may() -> None:
    simulation = Simulation(both("months=48"))
    block = simulation.open(np.arange(3), 5)
    before = block.people.person_status.copy()
    for _ in range(48):
        simulation.step(block)
        now = block.people.person_status
        assert now.shape == before.shape
        assert np.isin(now, (IN_NHS, LEFT, ABROAD)).all()
        # nobody moves between the two places outside: they come back first
        assert not ((before == LEFT) & (now == ABROAD)).any()
        assert not ((before == ABROAD) & (now == LEFT)).any()
        came_back = (before != IN_NHS) & (now == IN_NHS)
        assert block.people.returned[came_back].all()
        assert (block.people.programme_left[now != IN_NHS] == 0).all()
        before = now.copy()
    results = run(both("months=48"), 3, 5)
    where = sum(results.monthly[f"people_{place}"] for place in ("in_nhs", "left", "abroad"))
    assert (where[:, 1:] == before.shape[1]).all()


def test_leaving_alone_is_five_per_cent_a_year() -> None:
    people = {"doctors": 4000, "other_professions": 0, "outside_at_start": 0, "return_per_month": 0}
    settings = [f"parameters.supply.{key}={value}" for key, value in people.items()]
    results = run(supplied("months=24", *settings, name="no-programmes"), 10, 2)
    stayed = results.monthly["people_in_nhs"][:, [12, 24]] / 4000
    for share, expected in zip(stayed.T, (0.95, 0.95**2)):
        se = np.sqrt(expected * (1 - expected) / 40_000)
        assert abs(share.mean() - expected) < 4 * se


def test_retention_return_and_refusal_do_what_they_say() -> None:
    people = {"return_per_month": 0, "leave_per_month": 0, "leave_refused": 0.25}
    settings = [f"parameters.supply.{key}={value}" for key, value in people.items()]
    scenario = supplied(
        "months=4",
        "levers.clinical-entrepreneurs.start=2015-07",
        "levers.clinical-entrepreneurs.places=300",
        *settings,
        name="baseline+clinical-entrepreneurs",
    )
    simulation = Simulation(scenario)
    block = simulation.open(np.arange(40), 1)
    outside = block.people.person_status != IN_NHS
    simulation.step(block)
    appointed = block.people.appointed != NEVER
    assert (appointed.sum(axis=1) <= 300).all()
    # all applicants have a place: those from outside come back at once, of the others a quarter is kept back
    assert (block.people.person_status[appointed] == IN_NHS).all()
    assert (block.people.was_outside[appointed] == outside[appointed]).all()
    from_inside = (appointed & ~outside).sum()
    wanted = 300 * 40 - (appointed & outside).sum()
    assert from_inside / wanted == pytest.approx(0.75, abs=4 * np.sqrt(0.75 * 0.25 / wanted))
    for _ in range(3):
        simulation.step(block)
    assert (block.people.programme_left[appointed] == 12 - 3).all()


def test_clinical_time_is_missing_where_the_entrepreneurs_are_at_home() -> None:
    scenario = supplied(
        "months=3", "levers.clinical-entrepreneurs.start=2015-07", name="baseline+clinical-entrepreneurs"
    )
    with_programme, without = Simulation(scenario), Simulation(supplied("months=3"))
    ours, other = with_programme.open(np.arange(2), 1), without.open(np.arange(2), 1)
    for _ in range(2):
        inside = ours.people.programme_left > 0  # as the lever sees it
        with_programme.step(ours)
        without.step(other)
    lost = other.space.frame["available"] - ours.space.frame["available"]
    expected = np.zeros(lost.shape)
    r, e = np.nonzero(inside)
    np.add.at(expected, (r, ours.people.home[r, e]), 0.4 * 0.05 * 0.9)  # a tenth is lost to pressure in any case
    np.testing.assert_allclose(lost, expected, atol=1e-12)


def test_cash_of_companies_is_what_came_in_less_what_went_out() -> None:
    simulation = Simulation(supplied("months=60"))
    block = simulation.open(np.arange(3), 4)
    record = simulation.start_record(block)
    for month in range(1, 61):
        simulation.run(block, record, until=month)
    total = record.money_pence.sum(axis=1)
    into = [n for n, flow in enumerate(FLOWS) if flow.payee == "company"]
    out = [n for n, flow in enumerate(FLOWS) if flow.payer == "company"]
    held = (
        block.companies.cash.sum(axis=1) + block.people.startup_cash.sum(axis=1) + block.companies.revenue.sum(axis=1)
    )
    # to the penny
    np.testing.assert_array_equal(total[:, into].sum(axis=1) - total[:, out].sum(axis=1), held)
    assert (block.companies.cash >= 0).all()


def test_money_given_to_companies_does_not_vanish() -> None:
    """Contracts, prizes and deals of fellows, while companies leave, fail, and some innovations have none."""
    leaving = "parameters.supply.exit_per_month=0.03"
    simulation = Simulation(load_scenario("england-2015", ["months=60", leaving]))
    block = simulation.open(np.arange(2), 4)
    record = simulation.run(block, simulation.start_record(block))
    total = record.money_pence.sum(axis=1)
    sign = np.array([(flow.payee == "company") * 1 - (flow.payer == "company") * 1 for flow in FLOWS])
    held = (
        block.companies.cash.sum(axis=1) + block.people.startup_cash.sum(axis=1) + block.companies.revenue.sum(axis=1)
    )
    assert (block.companies.company == AWAY).any()
    assert (total[:, FLOW_INDEX["sbri_contract"]] > 0).all()
    # a programme rounds the sum of its payments, a company each of them: pennies
    np.testing.assert_allclose(total @ sign, held, rtol=0, atol=100.0 * 60)


def test_no_contract_is_paid_to_a_company_that_failed() -> None:
    from diffusion.month.view import View

    simulation = Simulation(both("months=60", "parameters.supply.runway_months=6", "levers.sbri.new_share=0"))
    block = simulation.open(np.arange(3), 2)
    fallen = 0
    for _ in range(60):
        failed = View(simulation.model, block, simulation.hooks).company_failed.copy()
        simulation.step(block)
        given = block.space.terms.value("company_cash")[:, 0, :]
        if given.size > 1:
            contracts = block.own["sbri"].since > 0
            fallen += int((contracts & failed).sum())
            assert not given[failed].any()
    assert fallen > 0


def test_start_ups_do_not_raise_money_by_what_eases_it_for_others(probe: type) -> None:
    """A term by innovation is none of a start-up's; one by trust is that of its founder's."""

    def raised(value: np.ndarray | None) -> np.ndarray:
        levers = {} if value is None else {"probe": probe(start="2015-07", values={"fundraising": value})}
        scenario = supplied("months=24", "parameters.supply.founding_without_programme=0.01")
        scenario = Scenario.model_validate({**dict(scenario), "levers": {**scenario.levers, **levers}})
        simulation = Simulation(scenario)
        block = simulation.open(np.arange(1), 3)
        simulation.run(block, simulation.start_record(block))
        return np.where(block.people.startup[0] == BUILDING, block.people.startup_cash[0], 0)

    world = supplied("months=24").build_world()
    as_ever, n_innovations = raised(None), Simulation(supplied("months=24")).world.n_innovations
    first = np.ones((1, 1, n_innovations))
    first[..., 0] = 0.0
    np.testing.assert_array_equal(raised(first), as_ever)
    homes = Simulation(supplied("months=24")).open(np.arange(1), 3).people.home[0]
    barred = np.ones((1, world.n_trusts, 1))
    barred[0, homes[np.flatnonzero(as_ever)[0]]] = 0.0
    changed = np.flatnonzero(raised(barred) != as_ever)
    assert len(changed) > 0
    assert set(homes[changed]) == {homes[np.flatnonzero(as_ever)[0]]}


def test_what_is_born_is_live_from_the_next_month_and_has_attributes_of_its_key() -> None:
    simulation = Simulation(both())
    block = simulation.open(np.arange(2), 3)
    spin_outs = np.array([name.startswith("spin-out-") for name in simulation.world.innovations.ids])
    assert (block.units.live[:, spin_outs] >= NOT_BORN).all()
    born: list[np.ndarray] = []
    for _ in range(70):
        simulation.step(block)
        new = (block.units.live == block.month) & spin_outs
        born.append(new)
        listed = block.lists.listed[0, : block.lists.bounds[0, 9]] & 4095
        assert not np.isin(listed, np.flatnonzero(new[0])).any()
    happened = np.any(born, axis=0)
    assert happened.sum() > 10
    for r in range(2):  # keys are founders': the same in every replicate, and different within one
        keys = block.units.innovation_keys[r, happened[r]]
        assert len(np.unique(keys)) == len(keys)
    assert np.unique(block.attributes.benefit[happened]).size == happened.sum()
    assert (block.attributes.upfront_cost[happened] > 0).all()
    # founded at least eighteen months before, or under contract for as long
    assert not any(new.any() for new in born[:18])


def test_a_spin_out_is_the_same_whatever_slot_it_gets() -> None:
    """With twice the founders slots are given to others too, but a founder's innovation stays what it is."""
    few, many = both("months=60"), both("months=60", "parameters.supply.founding_without_programme=0.002")
    kept = []
    for scenario in (few, many):
        simulation = Simulation(scenario)
        block = simulation.open(np.arange(2), 3)
        for _ in range(60):
            simulation.step(block)
        spin_outs = np.array([name.startswith("spin-out-") for name in simulation.world.innovations.ids])
        live = (block.units.live < NOT_BORN) & spin_outs
        r, _ = np.nonzero(live)
        kept.append(dict(zip(zip(r, block.units.innovation_keys[live]), block.attributes.benefit[live])))
    common = kept[0].keys() & kept[1].keys()
    assert len(common) > 5
    assert all(kept[0][key] == kept[1][key] for key in common)


def test_blocks_threads_and_stopping_do_not_matter(digest: Callable[[Results], str]) -> None:
    scenario = both("months=50")
    whole = digest(run(scenario, 5, 2, jobs=1, events=True))
    assert digest(run(scenario, 5, 2, jobs=2, block=2, events=True)) == whole
    simulation = Simulation(scenario)
    straight, stopped = simulation.open(np.arange(2), 2), simulation.open(np.arange(2), 2)
    for _ in range(33):
        simulation.step(straight)
        simulation.step(stopped)
    resumed = Simulation(scenario).resume(simulation.snapshot(stopped))
    for _ in range(17):
        simulation.step(straight)
        simulation.step(resumed)
    for part in ("pairs", "units", "attributes", "people", "companies"):
        for name, values in getattr(straight, part)._asdict().items():
            np.testing.assert_array_equal(values, getattr(getattr(resumed, part), name), err_msg=f"{part}.{name}")


def test_shares_are_of_the_portfolio() -> None:
    results = run(supplied("months=60", "parameters.supply.arrivals_per_year=12"), 3, 1)
    born = is_born(results.world.innovations)
    adopters = results.stage_by_innovation[:, :, (5, 6)].sum(axis=2)
    eligible = results.world.eligible[:, ~born].sum()
    np.testing.assert_allclose(results.monthly["adopter_share"], adopters[:, :, ~born].sum(axis=2) / eligible)
    np.testing.assert_array_equal(results.monthly["adopters_born"], adopters[:, :, born].sum(axis=2))
    assert results.monthly["adopters_born"][:, -1].sum() > 0


def test_nobody_starts_with_a_company_that_is_away_and_users_leave_one_that_failed() -> None:
    simulation = Simulation(supplied("months=90"))
    block = simulation.open(np.arange(4), 6)
    record = simulation.start_record(block)
    simulation.run(block, record)
    names = list(run(supplied("months=1"), 1).flow_names)
    for flow in ("pilot ended:company exit", "abandoned:company exit"):
        assert record.flows[:, :, names.index(flow)].sum() > 0
    gone = block.units.recalled >= 2
    assert gone.any()
    before = block.pairs.stage.copy()
    simulation_on = simulation
    recalled = block.units.recalled.copy()
    simulation_on.step(block)
    still = gone & (block.units.recalled == recalled)
    started = (before <= 3) & (block.pairs.stage > before) & (block.pairs.stage <= 5)
    assert not started[np.broadcast_to(still[:, None, :], started.shape)].any()


def test_counts_by_group_are_of_the_portfolio_whoever_follows_people() -> None:
    followed, plain = (
        run(scenario, 2, 1) for scenario in (supplied("months=3"), load_scenario("baseline", ["months=3"]))
    )
    for grouping in GROUPINGS:
        assert not gains(followed, plain, grouping).change.mean.any()


def test_a_snapshot_does_not_change_when_the_run_goes_on() -> None:
    simulation = Simulation(load_scenario("everything", ["months=30"]))
    block = simulation.open(np.arange(2), 1)
    for _ in range(20):
        simulation.step(block)
    taken = simulation.snapshot(block)
    for _ in range(10):
        simulation.step(block)
    resumed = simulation.resume(taken)
    for _ in range(10):
        simulation.step(resumed)
    np.testing.assert_array_equal(resumed.pairs.stage, block.pairs.stage)
    np.testing.assert_array_equal(resumed.people.appointed, block.people.appointed)
    np.testing.assert_array_equal(resumed.companies.cash, block.companies.cash)
