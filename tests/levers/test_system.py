"""Levers on the whole system: what the technology tariff, direction, tools and people write, to whom and when."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from diffusion.engine.calendar import Month
from diffusion.engine.ledger import FLOW_INDEX, SUBSIDY
from diffusion.engine.stages import ABANDONED, AWARE, EVALUATING, N_STAGES, PILOT, REJECTED, ROLLOUT, SUSTAINED, UNAWARE
from diffusion.errors import InputError
from diffusion.experiments.running.results import Results
from diffusion.experiments.running.runner import run
from diffusion.mechanisms.burden import BurdenParameters, normal_burden
from diffusion.month.simulation import Simulation
from diffusion.scenario.load import load_scenario
from diffusion.scenario.schema import Scenario

pytestmark = pytest.mark.unit

Small = Callable[..., Scenario]

LEVERS = (
    "nice",
    "innovation-technology-tariff",
    "setting-direction",
    "structures-and-tools",
    "people-and-skills",
)
START = Month("2015-07")
SHIFTS = {"hospital-to-community", "analogue-to-digital", "sickness-to-prevention"}


def stepped(scenario: Scenario, months: int, replicates: int = 2) -> tuple[Simulation, Any]:
    simulation = Simulation(scenario)
    block = simulation.open(np.arange(replicates), 1)
    for _ in range(months):
        simulation.step(block)
    return simulation, block


def real(lever: str, **fields: Any) -> Scenario:
    levers = {lever: {"start": "2015-07", **fields}}
    return Scenario.model_validate({"title": lever, "months": 40, "levers": levers})


def term(block: Any, name: str) -> np.ndarray:
    space = block.space
    return np.asarray(space.terms.written(name, space.frame["ahsn"]))


def paid_gbp(block: Any, purpose: str) -> np.ndarray:
    return np.asarray(block.space.frame["money"][:, FLOW_INDEX[purpose]] / 100.0)


# --- setting direction ------------------------------------------------------------------------------------------------


def test_direction_prefers_the_shifts_limits_pilots_and_looks_further() -> None:
    simulation, block = stepped(real("setting-direction"), 1)
    tags = simulation.world.innovations.tags
    assert term(block, "alignment")[0, 0].tolist() == [1.0 if tag & SHIFTS else -0.5 for tag in tags]
    assert {1.0, -0.5} == set(term(block, "alignment").ravel())
    assert term(block, "pilot_limit").item() == 6.0
    assert term(block, "horizon_months").item() == 36.0
    np.testing.assert_allclose(paid_gbp(block, "direction"), 1e6 / 12.0, atol=0.01)


def test_direction_at_half_strength_and_for_some_trusts() -> None:
    simulation, block = stepped(real("setting-direction", strength=0.5, targets={"sectors": ["acute"]}), 1)
    trusts = simulation.world.trusts
    acute = trusts.sector == trusts.sector_names.index("acute")
    np.testing.assert_array_equal(term(block, "pilot_limit")[0, :, 0], np.where(acute, 12.0, np.inf))
    np.testing.assert_array_equal(term(block, "horizon_months")[0, :, 0], np.where(acute, 24.0, 0.0))
    assert not term(block, "alignment")[0, ~acute].any()
    assert set(term(block, "alignment")[0, acute].ravel()) == {0.5, -0.25}


# --- structures and tools ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("strength", "mean", "risk"), [(1.0, 0.6, 0.5), (0.5, 0.8, 0.75)])
def test_tools_bring_the_mean_burden_to_its_target_by_its_parts(strength: float, mean: float, risk: float) -> None:
    simulation, block = stepped(real("structures-and-tools", strength=strength), 1)
    eligible = simulation.world.eligible
    frame = block.space.frame
    now = np.broadcast_to(frame["burden"][0, frame["burden_row"]], eligible.shape)
    assert now[eligible].mean() == pytest.approx(mean, abs=1e-12)
    assert term(block, "standard_terms").item() == term(block, "price_agreed").item() == strength
    assert term(block, "burden_risk").item() == risk
    scale = term(block, "burden").item()
    assert mean < scale < 1.0  # not again on the total
    # by hand: the two parts gone (or halved), risk shrunk, all of the rest scaled alike
    table = simulation.world.innovations
    governance = np.where(now[:, [0]] == now[:, [0]].min(), 1.0, 2.0)
    left = 1.0 + 0.15 * risk * table.risk_class + 0.25 * governance
    left = left + 0.30 * (1 - strength) * table.contract + 0.30 * (1 - strength) * table.digital
    np.testing.assert_allclose(now, left * scale / normal_burden(BurdenParameters()), rtol=1e-12)
    assert term(block, "evaluation_time").item() == pytest.approx(1.0 - 0.2 * strength)
    assert term(block, "passport").item() == 0.5 * strength
    np.testing.assert_allclose(paid_gbp(block, "tools"), strength * 5e6 / 12.0, atol=0.01)


def tools_paid(**settings: float) -> float:
    """What structures and tools cost in a month, GBP."""
    return float(paid_gbp(stepped(real("structures-and-tools", **settings), 1)[1], "tools").mean())


OFF = {"burden_mean": 1.0, "evaluation_time": 1.0, "passport": 0.0}


def test_what_tools_do_not_do_costs_nothing_and_more_costs_more() -> None:
    whole = 5e6 / 12.0
    assert tools_paid() == pytest.approx(whole, abs=0.01)
    assert tools_paid(**OFF) == 0.0
    for part, share, more in (
        ("burden_mean", 0.5, 0.5),
        ("evaluation_time", 0.25, 0.7),
        ("passport", 0.25, 0.6),
    ):
        assert tools_paid(**{part: OFF[part]}) == pytest.approx((1 - share) * whole, abs=0.01)
        alone = {name: value for name, value in OFF.items() if name != part}
        assert tools_paid(**alone) == pytest.approx(share * whole, abs=0.01)
        assert tools_paid(**alone, strength=0.5) == pytest.approx(0.5 * share * whole, abs=0.01)
        default = {"burden_mean": 0.6, "evaluation_time": 0.8, "passport": 0.5}[part]
        size = (more - OFF[part]) / (default - OFF[part])
        assert size > 1
        assert tools_paid(**alone, **{part: more}) == pytest.approx(size * share * whole, abs=0.01)
    with pytest.raises(InputError, match="cost_gbp_per_year"):
        load_scenario("baseline+structures-and-tools", ["levers.structures-and-tools.cost_gbp_per_year=0"])


def test_beyond_full_strength_tools_do_no_more_and_cost_no_more() -> None:
    def written(strength: float) -> list[np.ndarray]:
        block = stepped(real("structures-and-tools", strength=strength), 1)[1]
        names = ("standard_terms", "price_agreed", "burden_risk", "burden", "evaluation_time", "passport")
        return [np.array(term(block, name)) for name in names]

    assert tools_paid(strength=2.0) == tools_paid(strength=1.0)
    for one, two in zip(written(1.0), written(2.0)):
        np.testing.assert_array_equal(one, two)


def test_a_burden_that_stays_is_left_alone_with_all_its_parts() -> None:
    block = stepped(real("structures-and-tools", burden_mean=1.0), 1)[1]
    assert not term(block, "standard_terms").any()
    assert not term(block, "price_agreed").any()
    assert (term(block, "burden_risk") == 1).all()
    assert (term(block, "burden") == 1).all()
    half = stepped(real("structures-and-tools", burden_mean=0.8), 1)[1]
    assert term(half, "standard_terms").item() == pytest.approx(0.5)
    assert term(half, "burden_risk").item() == pytest.approx(0.75)


def test_mean_burden_is_met_where_clipping_bites() -> None:
    par = BurdenParameters(lowest=0.58)
    simulation = Simulation(real("structures-and-tools"))
    world = simulation.world
    from diffusion.mechanisms.burden import raw_burden

    def mean(scale: float) -> float:
        one = np.ones((1, 1, 1))
        left = raw_burden(world, par, 0.5 * one, one, one)[0] / normal_burden(par) * scale
        return float(np.clip(left, par.lowest, par.highest)[world.eligible].mean())

    assert mean(par.scale_for_mean(0.6, 0.5, 1.0, 1.0)) == pytest.approx(0.6, abs=1e-9)
    assert par.scale_for_mean(0.99, 0.5, 1.0, 1.0) == 1.0  # never upwards


def test_initial_sites_have_finished_an_evaluation() -> None:
    block = Simulation(load_scenario("baseline", ["months=1"])).open(np.arange(2), 1)
    ics = load_scenario("baseline").build_world().trusts.ics
    r, i, k = np.nonzero(block.pairs.stage == SUSTAINED)
    expected = np.zeros(block.units.evaluated.shape, dtype=bool)
    expected[r, ics[i], k] = True
    assert len(r) > 50
    np.testing.assert_array_equal(block.units.evaluated.astype(bool), expected)


def test_passport_credits_work_where_a_trust_of_the_same_ics_has_evaluated(small: Small, probe: Any) -> None:
    lever = probe(start=START, values={"passport": np.full((1, 1, 1), 0.5)})
    simulation = Simulation(small(levers={"probe": lever}))
    block = simulation.open(np.arange(3), 1)
    ics = simulation.world.trusts.ics
    evaluated = np.zeros((3, len(simulation.world.trusts.ics_codes), simulation.world.n_innovations), dtype=bool)
    credited, fresh = 0, 0
    for _ in range(48):
        before = block.pairs.stage.copy()
        simulation.step(block)
        after = block.pairs.stage
        entered = (before != EVALUATING) & (after == EVALUATING)
        known = evaluated[:, ics]
        np.testing.assert_array_equal(block.pairs.work[entered], 0.5 * known[entered])
        credited += int((entered & known).sum())
        fresh += int((entered & ~known).sum())
        r, i, k = np.nonzero((before == EVALUATING) & np.isin(after, (PILOT, ROLLOUT, REJECTED)))
        evaluated[r, ics[i], k] = True
        np.testing.assert_array_equal(block.units.evaluated.astype(bool), evaluated)
    assert credited > 20
    assert fresh > 20


# --- people and skills ------------------------------------------------------------------------------------------------


def test_people_get_time_absorptive_capacity_champions_and_courage() -> None:
    _, without = stepped(Scenario(title="none", months=40), 1)
    _, block = stepped(real("people-and-skills"), 1)
    names = ("time_budget", "absorptive", "champion_stock", "risk_aversion")
    assert [term(block, name).item() for name in names] == [0.25, 0.2, 0.1, 0.9]
    time, before = (b.space.frame["available"] for b in (block, without))
    np.testing.assert_allclose(time, 1.25 * before, rtol=1e-12)


def test_people_cost_what_the_time_costs() -> None:
    simulation, block = stepped(real("people-and-skills", targets={"sectors": ["acute"]}), 2)
    trusts = simulation.world.trusts
    acute = trusts.sector == trusts.sector_names.index("acute")
    wte = 0.25 * block.attributes.capacity_wte[:, acute].sum(axis=1)
    np.testing.assert_allclose(paid_gbp(block, "protected_time"), wte * 60_000 / 12, atol=0.006)
    np.testing.assert_array_equal(term(block, "time_budget")[0, :, 0], 0.25 * acute)


def test_absorptive_term_is_absorptive_capacity(small: Small, probe: Any) -> None:
    """Trusts that have .3 less to begin with, and keep it, do bit for bit what the term makes of the others."""
    parameters: dict[str, Any] = {"use": {"absorptive_growth": 0.0, "absorptive_decay_per_month": 0.0}}
    parameters["beliefs"] = {"peer_sd": 0.2}  # what peers say counts, so that absorbing it shows
    parameters["early_use"] = {"share": 0.01}
    parameters["capacity"] = {"wte_per_size": 6.0}
    lever = probe(start=START, values={"absorptive": np.full((1, 1, 1), -0.3)})
    ends = []
    for levers, gain in (({"probe": lever}, 0.0), ({}, -0.3), ({}, 0.0)):
        simulation = Simulation(small(parameters=parameters, levers=levers))
        block = simulation.open(np.arange(3), 1)
        block.units.absorptive[...] += gain
        for _ in range(36):
            simulation.step(block)
        ends.append((block.pairs.stage.copy(), block.pairs.use.copy()))
    for by_term, own, neither in zip(*ends):
        np.testing.assert_array_equal(by_term, own)
        assert (by_term != neither).any()


# --- Innovation and Technology Tariff ---------------------------------------------------------------------------------

LISTED = ["mycopd", "nic", "pneux"]
TERMS = ("upfront_subsidy", "price_agreed", "programme_pilot")


def test_tariff_pays_for_listed_products_for_two_years() -> None:
    scenario = real("innovation-technology-tariff", targets={"innovations": LISTED})
    simulation, block = stepped(scenario, 0)
    listed = np.isin(simulation.world.innovations.ids, LISTED)
    ended = 0
    for month in range(1, 40):
        funded = month <= 24
        pilots = (block.pairs.stage == PILOT) & (block.pairs.programme > 0)
        simulation.step(block)
        for name in TERMS:
            now = np.broadcast_to(term(block, name), (1, 1, len(listed)))[0, 0]
            np.testing.assert_array_equal(now, 1.0 * (listed & funded), err_msg=f"{name} in month {month}")
        assert not term(block, "mandate").any()
        assert not term(block, "paid_load").any()  # the capacity gate stays
        assert (paid_gbp(block, "upfront_subsidy") > 0).any() <= funded
        here = block.pairs.stage == PILOT
        new = here & (block.pairs.since == block.month)
        np.testing.assert_array_equal(block.pairs.programme[new] > 0, (new & listed & funded)[new])
        if month == 25:  # pilots whose money stopped know it
            ended = int((pilots & here & (block.pairs.money_ended == block.month)).sum())
            assert ended == int((pilots & here).sum())
    assert ended > 10


def test_one_year_payments_prolong_the_tariff() -> None:
    lever = real("innovation-technology-tariff", one_year_payments=2).levers["innovation-technology-tariff"]
    assert [str(row[0]) for row in lever.schedule()] == ["2015-07", "2019-07", "2022-07"]
    assert str(lever.schedule()[0][1]) == "2019-07"


def test_mandate_holds_for_what_is_good_and_saves_in_year() -> None:
    simulation, block = stepped(real("innovation-technology-tariff", mandate_after_months=30), 30, replicates=6)
    attributes, table = block.attributes, simulation.world.innovations
    data = block.units.evidence / 4.0
    z = (0.5 + data * attributes.signal) / (1.0 + data) * np.sqrt(1.0 + data)
    npv = -attributes.upfront_cost.copy()
    for month in range(1, 13):
        saving = attributes.saving * (month > table.saving_lag_months)
        npv += (saving - attributes.running_cost) * 1.035 ** (-month / 12)
    simulation.step(block)
    expected = (z > 0.8416212335729143) & (npv > 0)
    assert 0.02 < expected.mean() < 0.5
    for name in (*TERMS, "mandate"):
        np.testing.assert_array_equal(term(block, name)[:, 0] > 0, expected, err_msg=name)


def test_mandate_pays_for_nothing_new_once_the_year_has_cost_the_limit() -> None:
    fields: dict[str, Any] = {
        "mandate_after_months": 0,
        "limit_gbp_per_year": 5e5,
        "limited_years": 2,
        "probability": 0.01,
    }
    results = run(real("innovation-technology-tariff", **fields), 4, 1, jobs=1)
    paid = results.money_gbp[:, 1:, SUBSIDY]  # entry m is month m of the mandate, from 0
    paused = 0
    for row in paid:
        for month in range(24):
            before = row[month - month % 12 : month].sum()
            if before >= 5e5:
                assert row[month] == 0.0
                paused += 1
        assert row[12:24].sum() > 0  # the next year pays again
        assert row[24:36].sum() > 5e5  # no limit after two years
    assert paused > 10


# --- all together -----------------------------------------------------------------------------------------------------


def together(small: Small) -> Scenario:
    levers: dict[str, Any] = {lever: {"start": "2016-01"} for lever in LEVERS}
    levers["nice"] |= {"evaluation_months": 6, "again_months": 12}
    levers["innovation-technology-tariff"] |= {
        "tariff_months": 12,
        "mandate_after_months": 18,
        "limit_gbp_per_year": 3e5,
        "probability": 0.6,
    }
    return small(months=60, levers=levers)


@pytest.mark.parametrize("block", [1, 2])
def test_results_do_not_depend_on_the_size_of_blocks(
    small: Small, digest: Callable[[Results], str], block: int
) -> None:
    scenario = together(small)
    assert digest(run(scenario, 5, 3, jobs=1, block=block)) == digest(run(scenario, 5, 3, jobs=1, block=5))


@pytest.mark.parametrize("stop", [9, 26, 40])
def test_a_resumed_run_goes_on_to_the_same_bits(small: Small, stop: int) -> None:
    scenario = together(small)
    simulation, block = stepped(scenario, stop, 3)
    taken = pickle.loads(pickle.dumps(simulation.snapshot(block)))
    resumed = Simulation(scenario).resume(taken)
    for _ in range(60 - stop):
        simulation.step(block)
        simulation.step(resumed)
        np.testing.assert_array_equal(resumed.pairs.stage, block.pairs.stage)
        money = (b.space.frame["money"] for b in (resumed, block))
        np.testing.assert_array_equal(*money)


def test_a_fellow_wins_back_sites_and_brings_a_champion_to_evaluations_under_way() -> None:
    scenario = load_scenario("fellowship-first-wave", ["parameters.attributes.champion_turnover_per_month=0"])
    simulation = Simulation(scenario)
    block = simulation.open(np.arange(2), 1)
    # every pair of the cohort but its sites has said no, gave up, or is being evaluated, without a champion
    free = (block.pairs.stage == UNAWARE) & simulation.world.eligible
    stages = np.array([REJECTED, ABANDONED, EVALUATING], dtype=np.uint8)
    chosen = stages[np.arange(simulation.world.n_trusts) % 3][None, :, None]
    block.pairs.stage[:] = np.where(free, chosen, block.pairs.stage)
    block.pairs.champion[:] = 0
    block.counters.by_innovation[:] = [
        [(stage == n).sum(axis=0) for n in range(N_STAGES)] for stage in block.pairs.stage
    ]
    before = block.pairs.stage.copy()
    simulation.step(block)
    new = block.own["accelerator"].reached
    for old in (REJECTED, ABANDONED):
        assert (new & (before == old)).sum() > 10
        assert (block.pairs.stage[new & (before == old)] == AWARE).all()
    under_way = block.pairs.stage == EVALUATING
    assert (new & under_way).sum() > 10
    np.testing.assert_array_equal(block.pairs.champion[under_way] > 0, new[under_way])
