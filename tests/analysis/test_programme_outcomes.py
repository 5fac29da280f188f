"""What programmes count of themselves: closed forms, what must add up, twins, and what a run cannot tell."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

import diffusion as df
from diffusion.analysis.outcomes.counted import COUNTS, JOB_GBP_PER_YEAR, PROFESSIONS, jobs, programme_start
from diffusion.analysis.outcomes.programmes import (
    PROGRAMME_GROUPS,
    PROGRAMME_NAMES,
    PROGRAMME_OUTCOMES,
    TAG_OUTCOMES,
    group_names,
    programme_values,
)
from diffusion.engine.stages import ADOPTER_STAGES, EVALUATING, PILOT, ROLLOUT, SUSTAINED
from diffusion.experiments.running.results import Results
from diffusion.mechanisms.supply import people
from diffusion.month.measures import MISSED_BELOW, PROFESSION_LABELS
from diffusion.month.simulation import Simulation
from diffusion.world.innovations import PRIORITIES, SHIFTS

pytestmark = pytest.mark.unit

SMALL = "world={synthetic: {england_like: true, n_trusts: 30, n_innovations: 8, kind: mix}}"
PEOPLE = "baseline+people-and-companies"
COHORTS = "levers.clinical-entrepreneurs.start=2015-09"


@pytest.fixture(scope="module")
def entrepreneurs() -> Results:
    """Three replicates of the entrepreneurs' programme over England, to a month after the seventh cohort."""
    return df.run(df.load(f"{PEOPLE}+clinical-entrepreneurs", [COHORTS, "months=76"]), 3, seed=11)


@pytest.fixture(scope="module")
def fellows() -> Results:
    return df.run(df.load("fellowship-first-wave"), 3, seed=11)


def test_patients_who_begin_to_access_are_the_need_of_pairs_that_first_reach_a_pilot() -> None:
    scenario = df.load("baseline+test-beds", [SMALL, "months=60"])
    simulation = Simulation(scenario)
    block = simulation.open(np.arange(2), 3)
    before = np.isin(block.pairs.stage, (PILOT, ROLLOUT, SUSTAINED))
    opening = before.copy()
    counts = np.zeros(2)
    for _ in range(scenario.months):
        simulation.step(block)
        now = np.isin(block.pairs.stage, (PILOT, ROLLOUT, SUSTAINED))
        counts += np.where(now & ~before, block.pairs.need, 0).sum(axis=(1, 2))
        before |= now
    found = df.outcome_values(df.run(scenario, 2, seed=3))["patients_begun"]
    assert (before & ~opening).any()
    np.testing.assert_allclose(found, counts, atol=0.001 * before.size)  # need is counted in 2^-10 of a case
    assert found.min() > 10 * 0.001 * before.size


def test_a_pair_that_begins_again_is_counted_once() -> None:
    """All start in pilot, and pilots that ended begin again: the need begun stays that of the opening state."""
    settings = ["parameters.abandonment.reconsider_per_month=1"]
    results = df.run(df.load("baseline", [SMALL, "months=60", "initial.stage=pilot", *settings]), 2, seed=3)
    flows = dict(zip(results.flow_names, results.flows.sum(axis=(0, 1))))
    assert flows["pilot"] > 0
    series = results.monthly["need_begun"]
    assert series.min() > 0
    assert (series == series[:, :1]).all()
    assert not df.outcome_values(results)["patients_begun"].any()


def test_those_appointed_are_kept_left_or_abroad(entrepreneurs: Results) -> None:
    values = df.outcome_values(entrepreneurs)
    parts = sum(values[f"clinicians_{place}"] for place in ("kept", "left", "abroad"))
    np.testing.assert_array_equal(parts, values["clinicians_appointed"])
    monthly = entrepreneurs.monthly
    places = sum(monthly[f"people_appointed_{place}"] for place in ("in_nhs", "left", "abroad"))
    np.testing.assert_array_equal(places, monthly["people_appointed"])
    assert (values["clinicians_appointed"] <= values["clinicians_applied"]).all()
    # seven cohorts, each of three hundred applications and at most a hundred places
    assert (values["clinicians_applied"] == 7 * 300).all()
    assert (values["clinicians_appointed"] <= 7 * 100).all()
    assert (monthly["people_appointed_outside"] <= monthly["people_appointed"]).all()
    np.testing.assert_allclose(
        values["clinicians_appointed_pct"], 100 * values["clinicians_appointed"] / values["clinicians_applied"]
    )


def test_each_appointed_has_one_mentor(entrepreneurs: Results) -> None:
    values = df.outcome_values(entrepreneurs)
    both = values["clinicians_mentored_industry"] + values["clinicians_mentored_ahsn"]
    np.testing.assert_array_equal(both, values["clinicians_appointed"])
    assert ((values["industry_partners"] > 20) & (values["industry_partners"] <= 30)).all()


def test_brain_gain_is_the_difference_from_the_twin_run_to_the_person(entrepreneurs: Results) -> None:
    twin = df.run(df.load(PEOPLE, ["months=76"]), 3, seed=11)
    gain = sum(entrepreneurs.monthly[f"brain_gain_{name}"] for name in PROFESSIONS)
    np.testing.assert_array_equal(gain, entrepreneurs.monthly["people_in_nhs"] - twin.monthly["people_in_nhs"])
    np.testing.assert_array_equal(df.outcome_values(entrepreneurs)["brain_gain"], gain[:, -1])
    assert gain[:, -1].min() > 0
    assert not any(twin.monthly[f"brain_gain_{name}"].any() for name in PROFESSIONS)


def test_brain_gain_by_profession_is_that_of_the_twin_run() -> None:
    levers = df.load(f"{PEOPLE}+clinical-entrepreneurs", [COHORTS, SMALL, "months=60"])
    in_nhs = []
    for scenario in (levers, df.load(PEOPLE, [SMALL, "months=60"])):
        simulation = Simulation(scenario)
        block = simulation.open(np.arange(2), 5)
        for _ in range(60):
            simulation.step(block)
        there = block.people.person_status == people.IN_NHS
        in_nhs.append([(there & (block.people.profession == p)).sum(axis=1) for p in range(len(PROFESSIONS))])
    found = df.outcome_values(df.run(levers, 2, seed=5))
    for name, ours, twin in zip(PROFESSIONS, *in_nhs):
        np.testing.assert_array_equal(found[f"brain_gain_{name}"], ours - twin)
    assert any(found[f"brain_gain_{name}"].any() for name in PROFESSIONS[1:])


def test_brain_drain_is_who_left_or_is_abroad_and_the_gain_is_its_fall(entrepreneurs: Results) -> None:
    """Outside the NHS are those who left and those abroad; less drain than the twin's is the programme's gain."""
    monthly = entrepreneurs.monthly
    outside = sum(monthly[f"people_outside_{name}"] for name in PROFESSIONS)
    np.testing.assert_array_equal(outside, monthly["people_left"] + monthly["people_abroad"])
    values = df.outcome_values(entrepreneurs)
    np.testing.assert_array_equal(values["brain_drain"], outside[:, -1] - outside[:, 0])
    twin = df.run(df.load(PEOPLE, ["months=76"]), 3, seed=11)
    gain = df.outcome_values(twin)["brain_drain"] - values["brain_drain"]
    np.testing.assert_array_equal(gain, values["brain_gain"])


def test_a_programme_without_effect_has_no_brain_gain() -> None:
    settings = [COHORTS, "months=60", "levers.clinical-entrepreneurs.places=0", "parameters.supply.return_while_open=0"]
    values = df.outcome_values(df.run(df.load(f"{PEOPLE}+clinical-entrepreneurs", settings), 3, seed=11))
    assert not values["brain_gain"].any()
    assert not any(values[f"brain_gain_{name}"].any() for name in PROFESSIONS)
    assert np.isnan(values["clinicians_returned_pct"]).all()  # nobody was appointed: no share


def test_the_names_of_professions_are_in_the_order_of_the_people() -> None:
    assert tuple(PROFESSION_LABELS) == PROFESSIONS
    assert len(PROFESSIONS) == len(people.PROFESSIONS)
    for label, profession in zip(PROFESSION_LABELS.values(), people.PROFESSIONS):
        assert label.lower()[:5] == profession[:5]


def test_money_raised_by_fellows_in_closed_form() -> None:
    """A deal of one size every month: fellows times months times size; it is all the investment there is."""
    settings = [
        "levers.accelerator.deals_per_month=1",
        "levers.accelerator.deal_sigma=0",
        "levers.accelerator.deal_mean_gbp=1000",
        "parameters.supply.companies=false",
    ]
    results = df.run(df.load("fellowship-first-wave", settings), 2, seed=3)
    raised = results.monthly["raised_by_fellows_gbp"]
    expected = 17 * 1000 * np.minimum(np.arange(results.months + 1), 12)
    np.testing.assert_allclose(raised, np.broadcast_to(expected, raised.shape))
    flow = [name for name, _, _ in results.money_flows].index("investment")
    np.testing.assert_allclose(raised, results.money_gbp[:, :, flow].cumsum(axis=1))


def test_money_raised_by_start_ups_is_all_the_investment_where_nobody_else_raises() -> None:
    settings = [COHORTS, "months=60", "parameters.supply.companies=false"]
    results = df.run(df.load(f"{PEOPLE}+clinical-entrepreneurs", settings), 2, seed=3)
    flow = [name for name, _, _ in results.money_flows].index("investment")
    raised = results.monthly["raised_by_founders_gbp"]
    np.testing.assert_allclose(raised, results.money_gbp[:, :, flow].cumsum(axis=1))
    assert raised[:, -1].min() > 0
    burn = [name for name, _, _ in results.money_flows].index("company_burn")
    spent = results.monthly["uk_spending_gbp"]
    np.testing.assert_array_equal(spent, results.monthly["founders_spending_gbp"])
    np.testing.assert_allclose(spent, results.money_gbp[:, :, burn].cumsum(axis=1))


def test_companies_abroad_are_those_that_left_and_did_not_come_back(entrepreneurs: Results, fellows: Results) -> None:
    for results in (entrepreneurs, fellows):
        monthly = results.monthly
        away = monthly["companies_left_uk"] - monthly["companies_came_back"]
        np.testing.assert_array_equal(away, monthly["companies_away"])
        assert (np.diff(monthly["uk_sales_gbp"], axis=1) >= 0).all()
        payees = [payee for _, _, payee in results.money_flows]
        payers = [payer for _, payer, _ in results.money_flows]
        sales = [i for i, who in enumerate(payees) if who == "company" and payers[i] != "investors"]
        paid = results.money_gbp[:, :, sales].sum(axis=2).cumsum(axis=1)
        assert (monthly["uk_sales_gbp"][:, 1:] <= paid[:, :-1] + 0.01).all()
    assert entrepreneurs.monthly["companies_came_back"].max() > 0


def test_jobs_are_a_year_s_spending_over_the_cost_of_a_job() -> None:
    spent = np.array([np.arange(25) * JOB_GBP_PER_YEAR / 12, np.zeros(25)])
    for month, expected in ((0, 0.0), (5, 1.0), (12, 1.0), (24, 1.0)):
        np.testing.assert_allclose(jobs({"spent": spent}, "spent", month), [expected, 0.0])


def test_shares_held_up_are_of_the_pairs_under_way(entrepreneurs: Results) -> None:
    values, monthly = df.outcome_values(entrepreneurs), entrepreneurs.monthly
    under_way = entrepreneurs.stage_by_innovation[:, :, [EVALUATING, PILOT, ROLLOUT]].sum(axis=(2, 3))
    np.testing.assert_array_equal(under_way, monthly["pairs_under_way"])
    for block in ("time", "money", "burden", "support"):
        held = monthly[f"blocked_{block}"]
        assert (held[:, 1:] <= monthly["pairs_under_way"][:, :-1]).all()
        expected = 100 * held[:, 1:].sum(axis=1) / monthly["pairs_under_way"][:, :-1].sum(axis=1)
        np.testing.assert_allclose(values[f"blocked_{block}_pct"], expected)


def test_adoption_by_shift_and_priority_is_the_adopter_share_of_the_tagged(fellows: Results) -> None:
    values, tags = df.outcome_values(fellows), fellows.world.innovations.tags
    for tag in (*SHIFTS, *PRIORITIES):
        tagged = np.array([tag in own for own in tags])
        np.testing.assert_allclose(values[TAG_OUTCOMES[tag]], 100 * fellows.adopter_share(tagged)[:, -1])


def test_good_innovations_missed_have_few_adopters_and_a_benefit(fellows: Results) -> None:
    eligible = fellows.world.eligible.sum(axis=0)
    adopted = fellows.stage_by_innovation[:, -1, list(ADOPTER_STAGES)].sum(axis=1)
    live = fellows.world.innovations.live_month < fellows.months
    missed = (adopted < MISSED_BELOW * eligible) & (fellows.benefit > 0) & live
    assert (~live).any()
    np.testing.assert_array_equal(df.outcome_values(fellows)["good_innovations_missed"], missed.sum(axis=1))
    assert (fellows.monthly["good_innovations_missed"][:, 0] == 0).all()  # nothing is on the market yet


def test_nine_months_are_counted_from_the_programme_s_start() -> None:
    late = df.run(df.load("fellowship-first-wave", ["levers.accelerator.start=2015-12"]), 2, seed=3)
    assert programme_start(late, "accelerator") == 5
    values = df.outcome_values(late)
    np.testing.assert_array_equal(
        values["organisations_using_month_9"], late.monthly["organisations_using_cohort"][:, 14]
    )
    need = late.monthly["need_begun_cohort"]
    np.testing.assert_array_equal(values["patients_begun_month_9"], need[:, 14] - need[:, 5])


def test_what_a_run_cannot_tell_is_left_out() -> None:
    plain = df.outcome_values(df.run(df.load("baseline", ["months=6"]), 2, seed=1))
    followed = df.outcome_values(df.run(df.load(PEOPLE, ["months=6"]), 2, seed=1))
    short = df.outcome_values(df.run(df.load("fellowship-first-wave", ["months=6"]), 2, seed=1))
    untold = df.outcome_values(
        df.run(df.load("baseline", ["months=6", "parameters.supply.companies=false", SMALL]), 2, seed=1)
    )
    people_names = {"startups_founded", "startups_launched", "startups_failed", "raised_by_founders_gbp"}
    clinicians = {name for name in PROGRAMME_NAMES if name.startswith(("clinicians_", "brain_gain"))}
    assert not (people_names | clinicians | {"raised_by_fellows_gbp", "industry_partners"}) & set(plain)
    assert people_names <= set(followed)
    assert not clinicians & set(followed)
    assert "raised_by_fellows_gbp" in short
    assert not {name for name in short if name.endswith("month_9")}  # the run ends before
    assert not {name for name in untold if name.startswith(("companies_", "uk_", "organisations_using_"))}
    assert "patients_begun" in untold
    unlimited = df.run(df.load("baseline", ["months=6", "parameters.capacity.unlimited=true"]), 2, seed=1)
    assert {name for name in df.outcome_values(unlimited) if name.startswith("blocked_")} == {"blocked_money_pct"}


def test_counts_without_their_series_are_not_told() -> None:
    """Results of an older version, or of a user's own: no series, no count."""
    scenario = SimpleNamespace(start="2015-07", levers={})
    empty = SimpleNamespace(
        scenario=scenario, months=3, monthly={}, money_gbp=np.zeros((1, 4, 0)), money_flows=(), world=SimpleNamespace(
            innovations=SimpleNamespace(ids=("a",)), eligible=np.ones((1, 1), dtype=bool)
        ), stage_by_innovation=np.zeros((1, 4, 10, 1)),
    )  # fmt: skip
    assert all(count.of(empty, 0, 3) is None for count in COUNTS.values())
    assert programme_values(empty) == {}


def test_every_outcome_of_programmes_is_in_one_group() -> None:
    assert set(TAG_OUTCOMES) == {*SHIFTS, *PRIORITIES}
    names = [name for group in range(len(PROGRAMME_GROUPS)) for name in group_names(group)]
    assert sorted(names) == sorted(outcome.name for outcome in PROGRAMME_OUTCOMES)
