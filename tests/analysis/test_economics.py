"""Discounting, ratios and appraisals against closed forms and sums by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from diffusion.analysis.economics.appraisal import appraise, present_cost_by_party, ratio_of_means, split_incentive
from diffusion.analysis.economics.discount_sets import discount_set, discount_sets, discount_weights, in_force, present
from diffusion.analysis.results.payers import GREEN_BOOK_RATE, discount_factors, system_npv
from diffusion.errors import InputError
from diffusion.storage.appraisal_columns import economics_columns
from support.synthetic_results import SyntheticResults, four_options

pytestmark = pytest.mark.unit


@pytest.fixture(scope="module")
def options() -> list[SyntheticResults]:
    return four_options(20, months=36, n_trusts=40, n_innovations=6)


def test_sets_state_rates_dates_and_sources() -> None:
    green, nice = discount_set("green-book"), discount_set("nice")
    assert (green.costs[0][1], green.health[0][1]) == (0.035, 0.015)
    assert (nice.costs[0][1], nice.health[0][1]) == (0.035, 0.035)
    assert all(item.source and isinstance(item.valid_from, date) for item in discount_sets())
    with pytest.raises(InputError, match="green-book"):
        discount_set("grene-book")


@pytest.mark.parametrize(
    ("day", "guidance", "name"),
    [
        (date(2015, 7, 1), "green-book", "green-book-2003"),
        (date(2018, 3, 1), "green-book", "green-book"),
        (date(2015, 7, 1), "nice", "nice-2013"),
        (date(2026, 1, 1), "nice", "nice"),
    ],
)
def test_the_set_in_force_goes_by_the_date(day: date, guidance: str, name: str) -> None:
    assert in_force(day, guidance).name == name
    with pytest.raises(ValueError, match="in force"):
        in_force(date(1999, 1, 1), guidance)


def test_weights_are_the_known_factors() -> None:
    weights = discount_weights(120 * 12, discount_set("green-book").costs)
    known = {1: 0.966184, 5: 0.841973, 10: 0.708919, 30: 0.356278}
    for year, factor in known.items():
        assert weights[12 * year] == pytest.approx(factor, abs=5e-7)
    assert weights[12 * 31] == pytest.approx(0.356278 / 1.03, abs=1e-6)
    assert weights[12 * 80] == pytest.approx(0.35627841 / 1.03**45 / 1.025**5, rel=1e-6)
    # yearly payments of 1 for ten years at 3.5 %
    yearly = np.zeros(121)
    yearly[12::12] = 1
    assert present(yearly, discount_set("nice").costs) == pytest.approx(8.316605, abs=5e-7)
    assert present(yearly, discount_set("undiscounted").costs) == 10


def test_headline_figures_discount_by_the_first_rate_of_the_green_book() -> None:
    costs = discount_set("green-book").costs
    assert costs[0] == (0.0, GREEN_BOOK_RATE)
    years = int(costs[1][0])
    assert np.array_equal(discount_factors(12 * years), discount_weights(12 * years, costs))


def test_the_present_value_does_not_depend_on_how_numbers_lie_in_memory() -> None:
    cube = np.random.default_rng(0).normal(size=(7, 121, 5))
    rates = discount_set("green-book").costs
    assert (present(cube[:, :, 3], rates) == present(np.ascontiguousarray(cube[:, :, 3]), rates)).all()


def test_ratio_of_means_is_exact_for_a_fixed_ratio_and_silent_without_a_denominator() -> None:
    below = np.random.default_rng(1).normal(5, 1, 40)
    found = ratio_of_means(3 * below, below)
    assert (found.value, found.low95, found.high95) == pytest.approx((3, 3, 3))
    noise = np.random.default_rng(2).normal(0, 1, 40)
    assert not ratio_of_means(below, noise - noise.mean()).known
    assert not ratio_of_means(below[:5], below[:5]).known


def test_fiellers_interval_covers_the_truth_as_often_as_it_says() -> None:
    hits = []
    for seed in range(600):
        draws = np.random.default_rng([3, seed])
        effect = draws.normal(2, 3, 60)
        cost = 10 + 4 * (effect - 2) + draws.normal(0, 8, 60)
        found = ratio_of_means(cost, effect)
        hits.append(found.known and found.low95 <= 5 <= found.high95)
    assert 0.93 <= np.mean(hits) <= 0.975


def test_an_appraisal_adds_up(options: list[SyntheticResults]) -> None:
    for discount in discount_sets():
        found = appraise(options[1], options[0], discount)
        total = sum(found.by_party.values())
        np.testing.assert_allclose(total, -found.npv, rtol=1e-9, atol=1e-3)
    green = appraise(options[1], options[0], discount_set("green-book"))
    np.testing.assert_allclose(green.npv, system_npv(options[1]) - system_npv(options[0]), rtol=1e-9, atol=1e-3)
    adopted = options[1].monthly["adopters"][:, -1] - options[0].monthly["adopters"][:, -1]
    np.testing.assert_array_equal(green.adoptions, adopted)
    ratio = green.cost_per(green.adoptions)
    assert ratio.value == pytest.approx(-green.npv.mean() / adopted.mean())
    # what the made-up option spends is not told from 0, and then the ratio is not defined
    assert not green.benefit_cost_ratio.known
    dear = replace(green, spending=green.spending + 1e7)
    assert dear.benefit_cost_ratio.value == pytest.approx(dear.savings.mean() / dear.spending.mean())
    assert not replace(green, spending=-dear.spending).benefit_cost_ratio.known


def test_transfers_between_public_bodies_cost_the_public_system_nothing(options: list[SyntheticResults]) -> None:
    base = options[0]
    money = base.money_gbp.copy()
    column = [flow[0] for flow in base.money_flows].index("tariff")
    money[:, :, column] += 1e5
    paid = replace(base, money_gbp=money)
    found = appraise(paid, base, discount_set("undiscounted"))
    np.testing.assert_allclose(found.npv, 0, atol=1e-3)
    split = split_incentive(found)
    assert split.gainers == ("trust",)
    assert split.payers == ("commissioner",)
    assert split.incentive_is_split
    assert float(split.by_party["commissioner"].mean) == pytest.approx(1e5 * (base.months + 1))


def test_patients_are_discounted_at_the_rate_of_health(options: list[SyntheticResults]) -> None:
    green, nice = (appraise(options[1], options[0], discount_set(name)) for name in ("green-book", "nice"))
    assert green.patients is not None
    assert nice.patients is not None
    assert (np.abs(green.patients) > np.abs(nice.patients)).all()
    np.testing.assert_array_equal(green.npv, nice.npv)


def test_present_cost_without_discounting_is_the_ledger(options: list[SyntheticResults]) -> None:
    from diffusion.analysis.results.payers import net_cost_by_party

    found, ledger = present_cost_by_party(options[1], discount_set("undiscounted")), net_cost_by_party(options[1])
    for party, cost in found.items():
        np.testing.assert_allclose(cost, ledger[party], rtol=1e-9, atol=1e-3)


def test_every_set_and_measure_is_in_the_table(options: list[SyntheticResults]) -> None:
    columns = economics_columns(options)
    rows = len(columns["scenario"])
    assert rows == 3 * len(discount_sets()) * 14
    assert set(columns["discount_set"]) == {item.name for item in discount_sets()}
    value = dict(zip(zip(columns["scenario"], columns["discount_set"], columns["measure"]), columns["value"]))
    npv = appraise(options[1], options[0], discount_set("nice")).npv.mean()
    assert value["baseline+tariff", "nice", "net_present_value"] == pytest.approx(npv)
