"""What must hold for any parameters, levers and worlds: stages, counters, shares, change time, funds and ledgers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from diffusion.engine.ledger import ACCOUNTS, FLOW_INDEX, FLOWS
from diffusion.engine.stages import (
    EVALUATING,
    LEGAL_MOVES,
    N_STAGES,
    PILOT,
    PLACED_MOVES,
    ROLLOUT,
    SUSTAINED,
)
from diffusion.experiments.running.results import Results
from diffusion.experiments.running.runner import run
from diffusion.mechanisms.moves import FLOW_NAMES, PLACED
from diffusion.month.phases import PHASES
from diffusion.month.simulation import Simulation
from diffusion.scenario.schema import Scenario
from support.worlds import drawn_parameters

pytestmark = pytest.mark.unit

few = settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])

WORLDS: list[dict[str, Any]] = [
    {"synthetic": {"england_like": True, "n_trusts": 30, "n_innovations": 6, "kind": "mix"}},
    {"synthetic": {"england_like": True, "n_trusts": 25}},
    {
        "synthetic": {
            "network": "watts_strogatz",
            "args": {"k": 6, "p": 0.1},
            "n_trusts": 40,
            "n_innovations": 5,
            "kind": "mix",
        }
    },
    {"layers": {"geo": {"drop": True}}},
    {"name": "england-2025"},
    {"name": "england-2025", "synthetic": {"england_like": True, "n_trusts": 30}},
]


@st.composite
def scenarios(draw: Any, worlds: list[dict[str, Any]] = WORLDS) -> Scenario:
    """Any parameters of the plausible ranges, any of the four levers at any strength and date."""
    parameters = drawn_parameters(np.random.default_rng(draw(st.integers(0, 10**6))))
    parameters["exposure"]["response"] = draw(st.sampled_from(["linear", "hill", "threshold", "count"]))
    parameters["capacity"]["unlimited"] = draw(st.booleans())
    parameters["finance"]["money_gate"] = draw(st.booleans())
    dates = st.sampled_from(["2013-05", "2015-07", "2015-11", "2016-04", "2019-01"])
    levers = {}
    for name in draw(st.sets(st.sampled_from(["ahsn-support", "best-practice-tariff", "local-first", "test-beds"]))):
        start = draw(dates) if name != "test-beds" else draw(st.sampled_from(["2015-07", "2015-12"]))
        levers[name] = {"strength": draw(st.sampled_from([0.0, 0.5, 1.0, 2.0])), "start": start}
    if "local-first" in levers:
        levers["local-first"] |= {"lead_months": 12, "lead_centres": 2}
    if "test-beds" in levers:
        levers["test-beds"] |= {"wave_months": 10}
    return Scenario.model_validate(
        {
            "title": "any",
            "months": draw(st.integers(14, 30)),
            "world": draw(st.sampled_from(worlds)),
            "parameters": parameters,
            "levers": levers,
            "initial": {"stage": draw(st.sampled_from(["unaware", "aware", "evaluating", "pilot", "rollout"]))},
        }
    )


@few
@given(scenarios(), st.integers(0, 1000))
def test_stages_add_up_and_move_only_legally(scenario: Scenario, seed: int) -> None:
    results = run(scenario, 3, seed, jobs=1, events=True)
    world = results.world
    n, k = world.eligible.shape
    assert (results.stage_by_innovation.sum(axis=2) == n).all()
    for grouped in (results.stage_by_ahsn, results.stage_by_ics, results.stage_by_sector):
        assert (grouped.sum(axis=(2, 3)) == n * k).all()
        assert (grouped.sum(axis=3) == results.stage_by_innovation.sum(axis=3)).all()
    assert (results.stage_by_innovation[:, :, 0] == (~world.eligible).sum(axis=0)).all()
    events = results.events
    assert events is not None
    moves = np.stack([events["from_stage"], events["to_stage"]], axis=1)
    placed = events["reason"] == PLACED
    assert {tuple(move) for move in moves[~placed].tolist()} <= LEGAL_MOVES
    assert {tuple(move) for move in moves[placed].tolist()} <= PLACED_MOVES
    assert (results.flows.sum(axis=(0, 1)) == np.bincount(events["reason"], minlength=len(FLOW_NAMES))).all()
    # at most one move of a pair in a month, each from where the last one led
    order = np.lexsort((events["month"], events["innovation"], events["trust"], events["replicate"]))
    one, following = events[order][:-1], events[order][1:]
    same = np.ones(len(one), dtype=bool)
    for name in ("replicate", "trust", "innovation"):
        same &= one[name] == following[name]
    assert (one["month"][same] < following["month"][same]).all()
    assert (one["to_stage"][same] == following["from_stage"][same]).all()
    live = world.innovations.live_month[events["innovation"]]
    assert (events["month"] > live).all()  # invisible before the live date


@few
@given(scenarios(), st.integers(0, 1000))
def test_running_counts_equal_recounts(scenario: Scenario, seed: int) -> None:
    simulation = Simulation(scenario)
    block = simulation.open(np.arange(2), seed)
    trusts, cohort = simulation.world.trusts, simulation.model.tables.cohort > 0
    ever = np.isin(block.pairs.stage, (ROLLOUT, SUSTAINED))
    begun = np.isin(block.pairs.stage, (PILOT, ROLLOUT, SUSTAINED))
    need = np.rint(1024 * block.pairs.need).astype(np.int64)
    for _ in range(scenario.months):
        simulation.step(block)
        stage, c = block.pairs.stage, block.counters
        adopter = (stage == ROLLOUT) | (stage == SUSTAINED)
        using = adopter | (stage == PILOT)
        ever |= adopter
        begun |= using
        is_stage = stage[:, None] == np.arange(N_STAGES)[:, None, None]
        assert (c.by_innovation == is_stage.sum(axis=2)).all()
        by_trust = is_stage.sum(axis=3)
        first = 0
        for group, number in (
            (trusts.ahsn, simulation.world.n_ahsns),
            (trusts.ics, len(trusts.ics_codes)),
            (trusts.sector, len(trusts.sector_names)),
        ):
            for value in range(number):
                assert (c.by_group[:, :, first + value] == by_trust[:, :, group == value].sum(axis=2)).all()
            first += number
        assert (c.adopters_by_trust == adopter.sum(axis=2)).all()
        assert (c.pilots_by_trust == (stage == PILOT).sum(axis=2)).all()
        assert (c.using_by_trust == using.sum(axis=2)).all()
        assert (c.cohort_by_trust == using[:, :, cohort].sum(axis=2)).all()
        assert (c.totals[:, 0] == using.any(axis=2).sum(axis=1)).all()
        assert (c.totals[:, 1] == using[:, :, cohort].any(axis=2).sum(axis=1)).all()
        assert (c.totals[:, 2] == ever.sum(axis=(1, 2))).all()
        assert (c.totals[:, 3] == (begun * need).sum(axis=(1, 2))).all()
        assert (c.totals[:, 4] == (begun * need)[:, :, cohort].sum(axis=(1, 2))).all()


@few
@given(scenarios(), st.integers(0, 1000))
def test_shares_stay_in_the_unit_interval(scenario: Scenario, seed: int) -> None:
    simulation = Simulation(scenario)
    block = simulation.open(np.arange(2), seed)
    for _ in range(scenario.months):
        simulation.step(block)
        p = block.pairs
        adopter = np.isin(p.stage, (ROLLOUT, SUSTAINED))
        for values in (p.rollout, p.use, p.granted, p.engagement, block.space.frame["slack"]):
            assert ((values >= 0.0) & (values <= 1.0)).all()
        assert (p.use[~adopter] == 0).all()
        assert (p.rollout[~adopter] == 0).all()
        assert (p.rollout[p.stage == SUSTAINED] >= scenario.parameters.rollout.sustained_rollout_share).all()
        assert (p.champion <= 1).all()
        assert (block.units.evidence >= 0).all()
        assert ((block.units.absorptive >= 0.5) & (block.units.absorptive <= 2.0)).all()
        assert (block.units.fund >= 0).all()


@few
@given(scenarios(), st.integers(0, 1000))
def test_change_time_is_never_overspent(scenario: Scenario, seed: int) -> None:
    """Loads granted, less what programmes pay for and lent staff do, are at most C, and all of C when it is short."""
    simulation = Simulation(scenario)
    if scenario.parameters.capacity.unlimited:
        simulation = Simulation(scenario.changed({"parameters.capacity.unlimited": False}))
    block = simulation.open(np.arange(2), seed)
    space, load = block.space, simulation.model.tables.load
    for _ in range(simulation.scenario.months):
        for phase in PHASES:
            phase.run(simulation.model, block, simulation.hooks)
            if phase.name != "capacity":
                continue
            f, stage = space.frame, block.pairs.stage
            seen = np.zeros(stage.shape, dtype=bool)  # live, and not placed this month
            for r in range(2):
                listed = block.lists.listed[r, : block.lists.bounds[r, 9]]
                seen[r, listed >> 12, listed & 4095] = True
            # nobody evaluates what is recalled
            seen &= (stage != EVALUATING) | (block.units.recalled[:, None] == 0)
            by_pair = np.where(seen, load[stage, np.arange(stage.shape[2])], 0.0)
            paid = np.broadcast_to(space.terms.value("paid_load"), stage.shape) * (stage == PILOT)
            busy = np.isin(stage, (EVALUATING, PILOT, ROLLOUT))
            # what sustained pairs take is not kept by pair: at equal priority the trust's level, at most all of it
            granted = (by_pair * np.where(busy, block.pairs.granted, 0.0)).sum(axis=2)
            own = granted - (by_pair * paid).sum(axis=2) - f["lent"]
            sustained = (by_pair * (stage == SUSTAINED)).sum(axis=2)
            assert (own <= f["available"] + 1e-9).all()
            short = f["needed"] > f["available"]
            assert (own[short] >= (f["available"] - sustained)[short] - 1e-9).all()
            assert (f["used"] <= f["available"] + 1e-12).all()
            assert (f["lent"] <= np.broadcast_to(space.terms.value("facilitation"), stage.shape)[:, :, 0] + 1e-12).all()


def paid_at(share: float, comes_from: np.ndarray, goes_to: np.ndarray) -> np.ndarray:
    """Return the part of the upfront cost that a move pays: all without pilot, nothing for use from the start."""
    begins = goes_to == ROLLOUT
    parts = [goes_to == PILOT, begins & (comes_from == PILOT), begins & (comes_from == EVALUATING)]
    return np.select(parts, [share, 1.0 - share, 1.0], 0.0)


def totals(results: Results, *purposes: str) -> np.ndarray:
    """Return the total of payments over the run, float64[R]."""
    return sum((results.money_gbp[:, :, FLOW_INDEX[purpose]].sum(axis=1) for purpose in purposes), np.zeros(1))


@few
@given(scenarios(), st.integers(0, 1000))
def test_ledgers_close(scenario: Scenario, seed: int) -> None:
    # results keep the last price of an innovation: what comes back from abroad costs what it did
    results = run(scenario.changed({"parameters.supply.price_back": 1.0}), 3, seed, jobs=1, events=True)
    events, world = results.events, results.world
    assert events is not None
    balance = dict.fromkeys(ACCOUNTS, 0.0)
    for flow, gbp in zip(FLOWS, results.money_gbp.sum(axis=(0, 1))):
        assert flow.payer != flow.payee
        balance[flow.payer] -= gbp
        balance[flow.payee] += gbp
    assert (results.money_gbp >= 0).all()
    assert abs(sum(balance.values())) < 1e-6 * max(1.0, sum(map(abs, balance.values())))
    # the innovation funds hold what went in less what went out, to the penny
    held = results.monthly["fund_gbp"]
    inside = totals(results, "fund_refill", "fund_refill_extra") - totals(results, "fund_return", "upfront_cost")
    np.testing.assert_allclose(held[:, 0] + inside, held[:, -1], rtol=0, atol=1e-6 * max(1.0, held.max()))
    # every start is paid for once, by fund, trust or subsidy
    share = scenario.parameters.finance.upfront_share_at_pilot
    size, replicate = world.trusts.size[events["trust"]], np.searchsorted(results.replicates, events["replicate"])
    cost = results.upfront_cost_gbp[replicate, events["innovation"]] * size
    cost = cost * paid_at(share, events["from_stage"], events["to_stage"])
    expected = np.bincount(replicate, weights=cost, minlength=3)
    spent = totals(results, "upfront_cost", "upfront_cost_without_gate", "upfront_subsidy")
    np.testing.assert_allclose(spent, expected, atol=0.005 * len(events) + 1e-6, rtol=1e-9)
    np.testing.assert_allclose(
        totals(results, "ahsn_grant"), totals(results, "ahsn_push", "facilitation"), atol=0.02 * scenario.months
    )


@few
@given(scenarios(), st.integers(0, 1000))
def test_savings_split_and_no_fund_is_touched_twice(scenario: Scenario, seed: int) -> None:
    """Month by month and trust by trust: a fund changes by refill, return and the upfront costs of its own starts."""
    simulation = Simulation(scenario)
    block = simulation.open(np.arange(2), seed, events=True)
    share, sizes = scenario.parameters.finance.upfront_share_at_pilot, simulation.world.trusts.size
    cash = simulation.world.innovations.cashable_share
    for _ in range(scenario.months):
        before = block.units.fund.astype(np.int64)
        simulation.step(block)
        month = block.events[-1]
        frame = block.space.frame
        money = frame["money"]
        spent = np.zeros_like(before)
        gate = simulation.model.parameters.finance.money_gate
        for event in month if gate else ():
            if event["to_stage"] in (PILOT, ROLLOUT) and event["reason"] != PLACED:
                r, i, k = int(event["replicate"]), int(event["trust"]), int(event["innovation"])
                part = float(paid_at(share, event["from_stage"], event["to_stage"]))
                spent[r, i] += round(part * block.attributes.upfront_cost[r, k] * sizes[i] * 100.0)
        change = (block.units.fund - before).sum(axis=1)
        into = money[:, FLOW_INDEX["fund_refill"]] + money[:, FLOW_INDEX["fund_refill_extra"]]
        assert (change == into - money[:, FLOW_INDEX["fund_return"]] - money[:, FLOW_INDEX["upfront_cost"]]).all()
        assert (money[:, FLOW_INDEX["upfront_cost"]] == spent.sum(axis=1)).all()
        kept, system = money[:, FLOW_INDEX["saving_kept"]], money[:, FLOW_INDEX["saving_system"]]
        low, high = cash.min(), cash.max()
        assert (kept >= np.floor(low * (kept + system)) - 300).all()
        assert (kept <= np.ceil(high * (kept + system)) + 300).all()


def test_a_broken_count_would_be_seen(small: Callable[..., Scenario]) -> None:
    """The recounts have power: one pair moved behind the engine's back is found."""
    simulation = Simulation(small())
    block = simulation.open(np.arange(1), 1)
    simulation.step(block)
    block.pairs.stage[0, 0, np.flatnonzero(simulation.world.eligible[0])[0]] = ROLLOUT
    recount = (block.pairs.stage[:, None] == np.arange(N_STAGES)[:, None, None]).sum(axis=2)
    assert (block.counters.by_innovation != recount).any()
