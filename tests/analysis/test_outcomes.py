"""Outcomes, money, groups and tidy tables from made-up results."""

from __future__ import annotations

import numpy as np
import pytest

from diffusion.analysis.results.compare import compare_outcomes
from diffusion.analysis.results.groups import GROUPINGS, adopter_share_by_group, gains, group_names
from diffusion.analysis.results.outcomes import MAIN_OUTCOME, first_month_at, gini, outcome_values, over_dispersion
from diffusion.analysis.results.payers import (
    discount_factors,
    net_cost_by_party,
    present_value,
    public_sign,
    system_npv,
)
from diffusion.engine.ledger import ACCOUNTS, FLOWS
from diffusion.errors import InputError
from diffusion.storage.columns import Labels, scenario_names, table_makers
from support.synthetic_results import SyntheticResults, SyntheticScenario, england, four_options, synthetic

pytestmark = pytest.mark.unit


@pytest.fixture(scope="module")
def options() -> list[SyntheticResults]:
    return four_options(12, months=24, n_trusts=40, n_innovations=8)


def test_first_month_counts_runs_that_never_arrive_as_the_last_month() -> None:
    share = np.array([[0.0, 0.1, 0.3, 0.2], [0.0, 0.0, 0.1, 0.1], [0.4, 0.4, 0.4, 0.4]])
    month, ever = first_month_at(share, 0.25)
    assert month.tolist() == [2, 3, 0]
    assert ever.tolist() == [True, False, True]


def test_gini_of_known_distributions() -> None:
    assert float(gini([1, 1, 1, 1])) == pytest.approx(0)
    assert float(gini([0, 0, 0, 1])) == pytest.approx(0.75)
    assert gini(np.array([[1, 2, 3], [0, 0, 0]])) == pytest.approx([2 / 9, np.nan], nan_ok=True)


def test_over_dispersion_is_one_for_chance_and_its_textbook_form_with_equal_portfolios() -> None:
    draws = np.random.default_rng(8)
    adopted = draws.random((300, 100, 20)) < np.linspace(0.05, 0.6, 20)
    share = adopted.mean(axis=1)
    result = over_dispersion(adopted.sum(axis=2), share, np.ones((100, 20), dtype=bool))
    textbook = adopted.mean(axis=2).var(axis=1) / ((share * (1 - share)).sum(axis=1) / 20**2)
    assert result == pytest.approx(textbook)
    assert result.mean() == pytest.approx(1, abs=0.03)
    assert np.isnan(over_dispersion(np.zeros((1, 3)), np.zeros((1, 2)), np.ones((3, 2)))).all()


def test_over_dispersion_of_chance_is_one_with_unequal_portfolios() -> None:
    draws = np.random.default_rng(9)
    eligible = draws.random((100, 20)) < 0.5
    adopted = (draws.random((300, 100, 20)) < np.linspace(0.05, 0.6, 20)) & eligible
    share = adopted.sum(axis=1) / eligible.sum(axis=0)
    assert over_dispersion(adopted.sum(axis=2), share, eligible).mean() == pytest.approx(1, abs=0.04)


def test_discounting_at_the_green_book_rate() -> None:
    factors = discount_factors(360)
    assert factors[[12, 60, 120, 360]] == pytest.approx([0.966184, 0.841973, 0.708919, 0.356278], abs=5e-7)
    yearly = np.zeros(121)
    yearly[12::12] = 1.0
    assert float(present_value(yearly)) == pytest.approx(8.316605, abs=5e-7)


def test_net_costs_of_all_parties_cancel(options: list[SyntheticResults]) -> None:
    for table in options:
        costs = net_cost_by_party(table)
        assert sum(costs.values()) == pytest.approx(np.zeros(12), abs=1e-3)
        assert "trust_fund" not in costs


def test_every_account_of_the_ledger_is_public_or_outside() -> None:
    public = {"national", "commissioner", "ahsn", "trust", "trust_fund"}
    outside = {
        "trust_staff",
        "company",
        "released_resources",
        "programme_staff",
        "clinicians",
        "investors",
        "company_staff",
    }
    known = public | outside
    assert set(ACCOUNTS) == known, "decide on which side of the public system the new account stands"
    assert {flow.payer for flow in FLOWS} | {flow.payee for flow in FLOWS} <= known
    assert public_sign("trust", "company") == -1
    assert public_sign("released_resources", "commissioner") == 1
    assert public_sign("commissioner", "trust") == 0


def test_npv_counts_what_crosses_the_border_of_the_public_system(options: list[SyntheticResults]) -> None:
    table = options[1]
    money = table.money_gbp
    outside = money[:, :, 2] + money[:, :, 3] - money[:, :, 0] - money[:, :, 1] - money[:, :, 5] - money[:, :, 6]
    assert system_npv(table) == pytest.approx(outside @ discount_factors(24))


def test_outcomes_of_a_run_counted_by_hand(options: list[SyntheticResults]) -> None:
    table = options[0]
    values = outcome_values(table)
    pairs = table.world.eligible.sum()
    assert values[MAIN_OUTCOME] == pytest.approx(100 * table.adopters_by_trust[:, -1].sum(axis=1) / pairs)
    assert values["patients_benefiting_total"] == pytest.approx(table.monthly["patients_benefiting"][:, 1:].sum(axis=1))
    assert all(array.shape == (12,) for array in values.values())


def test_shares_of_groups_add_up_to_the_share_of_all(options: list[SyntheticResults]) -> None:
    table = options[0]
    overall = table.adopters_by_trust[:, -1].sum(axis=1) / table.world.eligible.sum()
    for grouping in ("innovation", "ahsn", "ics", "sector"):
        share = adopter_share_by_group(table, grouping)
        stages = getattr(table, f"stage_by_{grouping}")[:, -1]
        weight = stages[:, 1:].sum(axis=1)
        assert (np.nan_to_num(share) * weight).sum(axis=1) / weight.sum(axis=1) == pytest.approx(overall)
        assert len(group_names(table, grouping)[0]) == share.shape[1]


def test_gains_are_paired_and_skip_groups_without_eligible_pairs(options: list[SyntheticResults]) -> None:
    same = gains(options[0], options[0], "ahsn")
    assert same.change.mean == pytest.approx(0)
    assert same.gained == same.lost == ()
    assert 0 < len(same.names) <= 15
    for grouping in GROUPINGS:
        gain = gains(options[1], options[0], grouping)
        assert len(gain.names) == len(gain.codes) == len(gain.level_pct) == gain.change.mean.shape[0]


def test_gainers_come_largest_first() -> None:
    world = england(60, 8)
    before = synthetic(world, SyntheticScenario("a", months=60), replicates=30)
    after = synthetic(world, SyntheticScenario("b", months=60), replicates=30, gain=0.5)
    gain = gains(after, before, "sector")
    sizes = [gain.change.mean[gain.names.index(name)] for name in gain.gained]
    assert sizes == sorted(sizes, reverse=True)
    assert gain.gained


def test_comparison_refuses_runs_on_other_draws(options: list[SyntheticResults]) -> None:
    other = synthetic(options[0].world, SyntheticScenario("x", months=24), replicates=12, seed=2)
    with pytest.raises(InputError, match="same seed"):
        compare_outcomes([options[0], other])


def test_comparison_holds_every_pair_once(options: list[SyntheticResults]) -> None:
    comparison = compare_outcomes(options, precision=0.5)
    pairs = {(d.scenario, d.reference) for d in comparison.differences[MAIN_OUTCOME]}
    assert pairs == {(j, i) for j in range(4) for i in range(j)}
    assert comparison.difference(MAIN_OUTCOME, 2, 1).precision == 0.5
    assert comparison.difference("organisations_using", 1).precision == 1.0
    assert comparison.best[MAIN_OUTCOME].sum() == pytest.approx(1)
    with pytest.raises(KeyError):
        comparison.difference(MAIN_OUTCOME, 0, 1)


def test_tidy_tables_have_columns_of_equal_length(options: list[SyntheticResults]) -> None:
    makers = table_makers(options, compare_outcomes(options))
    for name, make in makers.items():
        columns = make()
        lengths = {len(c.codes) if isinstance(c, Labels) else len(c) for c in columns.values()}
        assert len(lengths) == 1, name
    assert len(makers["outcomes"]()["replicate"]) == 4 * 12
    assert len(makers["monthly"]()["month"]) == 4 * 12 * 25
    assert len(makers["by_trust"]()["month"]) == 4 * 25 * 40


def test_a_single_scenario_has_no_table_of_differences(options: list[SyntheticResults]) -> None:
    makers = table_makers(options[:1], compare_outcomes(options[:1]))
    assert {"differences", "gains"}.isdisjoint(makers)
    assert "outcomes" in makers


def test_month_zero_is_the_month_before_the_first(options: list[SyntheticResults]) -> None:
    calendar = table_makers(options, compare_outcomes(options))["by_ahsn"]()["calendar_month"]
    assert calendar.categories[:2] == ("2015-06", "2015-07")


def test_scenarios_of_one_name_are_told_apart(options: list[SyntheticResults]) -> None:
    assert scenario_names([options[0], options[0], options[1]]) == ("baseline#1", "baseline#2", "baseline+tariff")
