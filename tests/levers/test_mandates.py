"""Mandates and appraisals of today: who is funded when, who bears the cost, what a national body asks."""

from __future__ import annotations

import numpy as np
import pytest

from diffusion.engine.calendar import Month
from diffusion.engine.stages import ROLLOUT, SUSTAINED
from diffusion.levers.national_appraisal import budget_impact_gbp, running_cost_per_case, worth_its_cost
from diffusion.levers.nice_queue import NEVER
from diffusion.month.simulation import Simulation
from diffusion.month.view import View
from diffusion.scenario.schema import Scenario
from diffusion.world.tables import KINDS
from support.today import SOLD, START, paid_gbp, stepped, term, today

pytestmark = pytest.mark.unit


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
