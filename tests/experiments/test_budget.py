"""Budgets: amounts, what counts as programme cost, the search, and the comparison scaled to a budget."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from diffusion.engine.calendar import Month
from diffusion.engine.ledger import FLOW_INDEX
from diffusion.errors import InputError
from diffusion.experiments.running.results import MONEY_FLOWS
from diffusion.experiments.running.runner import compare
from diffusion.experiments.searches.budget import (
    TOLERANCE,
    amount_text,
    fit_to_budget,
    largest_strength,
    levers_to_scale,
    parse_gbp,
    solve,
    two_digits_below,
)
from diffusion.experiments.searches.budget_curve import SHARES, other_budgets
from diffusion.experiments.searches.programme_cost import (
    NOT_PROGRAMME,
    added_levers,
    common_period,
    in_force,
    payers,
    programme_cost,
)
from diffusion.experiments.searches.trials import scaled
from diffusion.scenario.schema import Scenario
from support.worlds import SMALL

AHSN: dict[str, Any] = {"ahsn-support": {"start": "2013-05"}}
BEDS: dict[str, Any] = {"test-beds": {"start": "2016-01"}}
LOCAL: dict[str, Any] = {"local-first": {"start": "2016-01", "lead_centres": 1}}

# --- Amounts ----------------------------------------------------------------------------------------------------------


@pytest.mark.unit
@pytest.mark.parametrize(
    ("text", "gbp"),
    [
        ("20m", 20e6),
        ("500k", 5e5),
        ("20000000", 2e7),
        ("1.5bn", 1.5e9),
        ("£20M", 2e7),
        ("20,000,000", 2e7),
        (".5m", 5e5),
    ],
)
def test_amounts(text: str, gbp: float) -> None:
    assert parse_gbp(text) == pytest.approx(gbp, rel=1e-12)


@pytest.mark.unit
@pytest.mark.parametrize("text", ["", "m", "0", "-5m", "20 apples", "nan", "inf", "1e400", "20mm", "2.5.1m"])
def test_what_is_no_amount(text: str) -> None:
    with pytest.raises(InputError, match="for example 20m, 500k"):
        parse_gbp(text)


@pytest.mark.unit
@pytest.mark.parametrize("gbp", [1e3, 45_000.0, 810e3, 999e3, 1e6, 3.1e6, 20e6, 1.2e9, 7.7e11])
def test_an_amount_is_typed_as_it_is_written(gbp: float) -> None:
    assert parse_gbp(amount_text(gbp)) == gbp


@pytest.mark.unit
@pytest.mark.parametrize("gbp", [1000.0, 1099.0, 3.187e6, 9.99e6, 999_999.0, 20e6])
def test_two_digits_are_below_and_near(gbp: float) -> None:
    below = two_digits_below(gbp)
    assert gbp / 1.1 < below <= gbp
    assert len(amount_text(below).strip("kmbn").replace(".", "").strip("0")) <= 2


# --- Cost -------------------------------------------------------------------------------------------------------------


def ledger(**monthly: Any) -> np.ndarray:
    """GBP [2 replicates, 1 + 36 months, flows], every month the same, nothing in the opening state."""
    money = np.zeros((2, 37, len(MONEY_FLOWS)))
    for purpose, gbp in monthly.items():
        money[:, 1:, FLOW_INDEX[purpose]] = gbp
    return money


def results_with(money: np.ndarray) -> Any:
    return SimpleNamespace(money_gbp=money, money_flows=MONEY_FLOWS, months=36)


def worth(month: int) -> float:
    """What a pound paid in month 1, 2, ... of the run is worth at its start."""
    return float(1.035 ** -(month / 12))


@pytest.mark.unit
def test_cost_is_what_is_paid_for_programmes_above_the_first_whoever_pays() -> None:
    first = ledger(tariff=10, fund_refill=7, ahsn_grant=5, ahsn_push=5, running_cost=3)
    other = ledger(
        tariff=30, upfront_subsidy=4, fund_refill=9, fund_refill_extra=6, ahsn_grant=8, ahsn_push=8, running_cost=9,
        saving_system=100, fund_return=50, base_price_cut=20, test_bed_grant=2, test_bed_staff=2, protected_time=1,
        entrepreneur_time=11, clinical_points=12, upfront_cost=40, investment=60, company_burn=70,
    )  # fmt: skip
    costs = programme_cost(results_with(first), results_with(other))
    wanted = {
        "tariff": 20,
        "upfront_subsidy": 4,
        "fund_refill_extra": 6,
        "ahsn_push": 3,
        "test_bed_grant": 2,
        "protected_time": 1,
        "entrepreneur_time": 11,
        "clinical_points": 12,
    }
    assert set(costs) == set(wanted)
    years = sum(worth(month) for month in range(1, 37))
    for purpose, gbp in wanted.items():
        np.testing.assert_allclose(costs[purpose], gbp * years)
    paid_by = payers(results_with(first))
    assert (paid_by["tariff"], paid_by["entrepreneur_time"], paid_by["ahsn_push"]) == ("commissioner", "trust", "ahsn")


@pytest.mark.unit
def test_every_kind_of_payment_is_a_programme_s_or_told_why_not() -> None:
    """A new kind of payment falls to programme cost, unless it is named; nothing is spent and counted twice."""
    assert set(NOT_PROGRAMME) <= set(FLOW_INDEX)
    counted = set(FLOW_INDEX) - set(NOT_PROGRAMME)
    assert counted == {
        "upfront_subsidy", "tariff", "fund_refill_extra", "ahsn_push", "facilitation", "protected_time",
        "test_bed_grant", "programme", "prize", "sbri_contract", "excellence_award", "nice", "portal", "scorecard",
        "accelerator_bursary", "expo", "new_town_grant", "clinical_points", "entrepreneur_training",
        "entrepreneur_time", "direction", "tools", "running_subsidy",
    }  # fmt: skip


@pytest.mark.unit
def test_payments_count_when_they_are_made() -> None:
    money = ledger()
    money[0, 2, FLOW_INDEX["tariff"]] = 10  # of the second month
    money[0, 36, FLOW_INDEX["tariff"]] = 1000
    costs = programme_cost(results_with(ledger()), results_with(money))
    np.testing.assert_allclose(costs["tariff"], [10 * worth(2) + 1000 * worth(36), 0])


@pytest.mark.unit
def test_the_period_goes_from_the_first_start_to_the_last_end_of_all_that_is_compared(
    small: Callable[..., Scenario],
) -> None:
    first = small(levers=AHSN)
    both = small(
        levers={
            **AHSN,
            "test-beds": {"start": "2016-03", "end": "2017-01"},
            "local-first": {"start": "2015-01", "end": "2016-02"},
        }
    )
    late = small(levers={**AHSN, **BEDS})
    assert added_levers(first, both) == ("local-first", "test-beds")
    assert in_force(first, both) == (Month("2015-07"), Month("2017-01"))
    assert in_force(first, late) == (Month("2016-01"), Month("2018-07"))
    with pytest.raises(InputError, match="in force during the run"):
        in_force(first, small(levers={**AHSN, "test-beds": {"start": "2030-01"}}))
    period = common_period(first, [both, late])
    assert (period.begin, period.end) == (Month("2015-07"), Month("2018-07"))
    # a pound a month in every month of it, which is twelve a year
    assert period.present_value(12.0) == pytest.approx(sum(worth(month) for month in range(1, 37)))
    shorter = common_period(first, [late])
    assert shorter.present_value(12.0) == pytest.approx(sum(worth(month) for month in range(7, 37)))


# --- The search -------------------------------------------------------------------------------------------------------


@pytest.mark.unit
@pytest.mark.parametrize(
    "cost",
    [
        lambda x: 10 * x,
        lambda x: 10 * x**3,
        lambda x: 40 * x / (1 + x),
        lambda x: 12 * x**0.6,
        lambda x: 10 * x + np.sin(9 * x) * x,
    ],
)
@pytest.mark.parametrize("budget", [0.7, 5.0, 14.0])
def test_the_search_meets_the_budget(cost: Callable[[float], float], budget: float) -> None:
    factor, reached, runs, status = solve(cost, budget, 2.0, at_zero=0.0)
    assert status == "met"
    assert reached == cost(factor) == pytest.approx(budget, rel=TOLERANCE)
    assert 0 < factor < 2
    assert runs <= 10


@pytest.mark.unit
def test_a_straight_line_takes_two_runs() -> None:
    assert solve(lambda x: 10 * x, 5.0, 2.0, at_zero=0.0)[2] == 2


@pytest.mark.unit
def test_what_cannot_be_met_is_told() -> None:
    assert solve(lambda x: 10 * x, 50.0, 2.0) == (2.0, 20.0, 1, "unspent")
    assert solve(lambda x: 30 + x, 20.0, 2.0) == (0.0, 30, 2, "over")
    factor, reached, _, status = solve(lambda x: 0.0 if x == 0 else 30.0, 20.0, 2.0, at_zero=0.0)
    assert (factor, reached, status) == (0.0, 0.0, "jump")
    factor, reached, _, status = solve(lambda x: 10.0 if x < 1.37 else 30.0, 20.0, 2.0, at_zero=10.0)
    assert status == "jump"
    assert reached == 10
    assert 1.2 < factor < 1.37


@pytest.mark.unit
def test_strengths_are_scaled_in_proportion_and_stay_plausible(small: Callable[..., Scenario]) -> None:
    assert largest_strength() == 2
    scenario = small(levers={**AHSN, "local-first": {"start": "2016-01", "strength": 0.5}, **BEDS})
    less = scaled(scenario, ("local-first", "test-beds"), 0.4)
    assert {name: lever.strength for name, lever in less.levers.items()} == {
        "ahsn-support": 1.0,
        "local-first": 0.2,
        "test-beds": 0.4,
    }
    first = small(levers=AHSN)
    assert levers_to_scale(first, scenario) == ("local-first", "test-beds")
    assert levers_to_scale(first, scenario, ["test-beds"]) == ("test-beds",)
    with pytest.raises(InputError, match="did you mean 'test-beds'"):
        levers_to_scale(first, scenario, ["test-bed"])
    with pytest.raises(InputError, match="adds no lever"):
        levers_to_scale(first, first)
    with pytest.raises(InputError, match="strength 0"):
        levers_to_scale(first, small(levers={**AHSN, "test-beds": {"start": "2016-01", "strength": 0.0}}))


@pytest.mark.unit
def test_a_search_among_known_points_ends_where_one_from_the_ends_does() -> None:
    def cost(x: float) -> float:
        return 40 * x / (1 + x)

    known = {factor: cost(factor) for factor in (0.0, 0.3, 0.9, 2.0)}
    factor, _, runs, status = solve(cost, 15.0, 2.0, 0.0, known)
    alone = solve(cost, 15.0, 2.0, 0.0)
    assert status == alone[3] == "met"
    assert factor == pytest.approx(alone[0], rel=0.01)
    assert runs <= alone[2]
    assert 0.3 < factor < 0.9
    assert solve(cost, cost(0.9), 2.0, 0.0, known) == (0.9, cost(0.9), 1, "met")


@pytest.mark.integration
def test_scenarios_meet_a_budget_or_leave_some_unspent(small: Callable[..., Scenario]) -> None:
    first = small(levers=AHSN)
    others = [small(name="beds", levers={**AHSN, **BEDS}), small(name="both", levers={**AHSN, **BEDS, **LOCAL})]
    beds, both = fit_to_budget(first, others, 2e6, replicates=6, seed=3).fits
    assert beds.status == both.status == "met"
    assert beds.budget_for_all is both.budget_for_all is None
    results = compare([first, beds.scenario, both.scenario], 6, 3)
    for fit, result in zip((beds, both), results[1:]):
        cost = sum(values.mean() for values in programme_cost(results[0], result).values())
        assert cost == pytest.approx(fit.period.present_value(2e6), rel=TOLERANCE)
        assert 0 < fit.strengths["test-beds"] < 2
        assert fit.scenario.levers["ahsn-support"] == first.levers["ahsn-support"]
    assert both.strengths["test-beds"] == both.strengths["local-first"] < beds.strengths["test-beds"]
    (rich,) = fit_to_budget(first, others[:1], 1e9, replicates=2, seed=3).fits
    assert (rich.status, dict(rich.strengths)) == ("unspent", {"test-beds": 2.0})
    (one,) = fit_to_budget(first, others[1:], 2e6, replicates=2, seed=3, chosen={"both": ["test-beds"]}).fits
    assert one.scenario.levers["local-first"].strength == 1
    assert set(one.strengths) == {"test-beds"}


@pytest.mark.integration
def test_a_short_dear_programme_and_a_long_cheap_one_get_the_same_present_value(
    small: Callable[..., Scenario],
) -> None:
    """A year's mean over each one's own months would give the long one more money."""
    first = small(levers=AHSN)
    early = small(name="early", levers={**AHSN, "structures-and-tools": {"start": "2015-07", "end": "2016-07"}})
    late = small(name="late", levers={**AHSN, "structures-and-tools": {"start": "2016-07"}})
    search = fit_to_budget(first, [early, late], 5e5, replicates=2, seed=3)
    results = compare([first, *(fit.scenario for fit in search.fits)], 2, 3)
    worth_of = [sum(v.mean() for v in programme_cost(results[0], result).values()) for result in results[1:]]
    assert worth_of == pytest.approx([search.fits[0].period.present_value(5e5)] * 2, rel=TOLERANCE)
    totals = [result.money_gbp.sum(axis=(1, 2)).mean() for result in results]
    assert totals[2] > totals[1] > totals[0]  # what is paid later is more in pounds
    assert search.fits[0].strengths["structures-and-tools"] > 1.5 * search.fits[1].strengths["structures-and-tools"]


@pytest.mark.integration
def test_other_budgets_are_met_and_bring_what_a_run_of_them_brings(small: Callable[..., Scenario]) -> None:
    first = small(levers=AHSN)
    search = fit_to_budget(first, [small(name="beds", levers={**AHSN, **BEDS})], 3e6, replicates=4, seed=3)
    before = len(search.trials[0].done)
    (points,) = other_budgets(search)
    assert [point.budget_gbp_per_year for point in points] == [share * 3e6 for share in SHARES if share != 1]
    for point in points:
        assert point.status == "met"
        assert float(point.cost.mean) == pytest.approx(point.budget_gbp_per_year, rel=TOLERANCE)
    assert len(search.trials[0].done) - before <= 2 * len(points)
    scenario = search.trials[0].scenario
    again = compare([first, scaled(scenario, ["test-beds"], points[0].strengths["test-beds"])], 4, 3)
    change = 100 * (again[1].adopter_share()[:, -1] - again[0].adopter_share()[:, -1])
    assert float(points[0].change.mean) == pytest.approx(change.mean(), abs=1e-9)
    assert points[0].change.replicates == 4


# --- The command ------------------------------------------------------------------------------------------------------


@pytest.fixture
def call(command_line: Callable[..., tuple[int, str, str]], tmp_path: Path) -> Callable[..., tuple[int, str, str]]:
    """Return a function that calls ``diffusion compare`` in a folder with three scenarios."""
    for name, levers in {"first": AHSN, "beds": {**AHSN, **BEDS}, "local": {**AHSN, **LOCAL}}.items():
        (tmp_path / f"{name}.yaml").write_text(
            json.dumps({"title": name, "months": 24, "levers": levers, "world": SMALL})
        )

    return partial(command_line, "compare")


@pytest.mark.integration
def test_compare_with_a_budget_prints_and_writes_what_it_bought(
    call: Callable[..., tuple[int, str, str]], tmp_path: Path
) -> None:
    code, out, _ = call(
        "first.yaml",
        "beds.yaml",
        "local.yaml",
        "-n",
        "3",
        "--budget",
        "3m",
        "--out",
        "out",
        "--budget-lever",
        "beds.yaml=test-beds",
        "--parameters",
        "defaults",
    )
    assert code == 0
    assert max(map(len, out.splitlines())) <= 80
    text = " ".join(out.split())
    assert "What a budget of £3.00 million a year buys" in text
    assert "Programme cost: what is paid for programmes above the first scenario, whoever pays" in text
    assert "is a present value of" in text
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    beds, local = manifest["budget"]
    assert beds["status"] == "met"
    assert beds["cost_gbp_per_year"] == pytest.approx(3e6, rel=TOLERANCE)
    # 7 sites at GBP 500,000 a year are GBP 3.5m
    assert beds["strengths"]["test-beds"] == pytest.approx(3 / 3.5, rel=0.01)
    assert manifest["scenarios"][1]["resolved"]["levers"]["test-beds"]["strength"] == beds["strengths"]["test-beds"]
    if local["status"] == "unspent":
        assert local["unspent_gbp_per_year"] == pytest.approx(3e6 - local["cost_gbp_per_year"])
        assert local["strengths"]["local-first"] == 2
    rows = pq.read_table(tmp_path / "out" / "tables" / "budget.parquet").to_pandas()
    totals = rows[rows["purpose"] == "total"].set_index("scenario")["gbp_per_year_mean"]
    parts = rows[rows["purpose"] != "total"].groupby("scenario")["gbp_per_year_mean"].sum()
    for scenario in totals.index:
        assert parts[scenario] == pytest.approx(totals[scenario])
    page = (tmp_path / "out" / "index.html").read_text(encoding="utf-8").replace("\u00a0", " ")
    assert "What a budget of £3.00 million a year buys" in page
    assert "budget.csv" in " ".join(manifest["files"])
    for row in (beds, local):
        assert row["budget_present_value_gbp"] == pytest.approx(3e6 * row["discounted_years"])
        assert row["cost_present_value_gbp"] == pytest.approx(row["cost_gbp_per_year"] * row["discounted_years"])
        assert (row["first_month"], row["last_month"]) == ("2016-01", "2017-06")
    assert "million at the start of the run" in page
    curve = pq.read_table(tmp_path / "out" / "tables" / "budget_curve.parquet").to_pandas()
    assert list(curve[curve["scenario"] == "beds"]["budget_gbp_per_year"]) == [share * 3e6 for share in SHARES]
    assert "Cost and effect at five budgets" in page
    rows_of = rows[rows["purpose"] == "test_bed_grant"]
    assert list(rows_of["payer"]) == ["national"]
    # a point is what was spent, also where money is left
    middle = curve[(curve["budget_gbp_per_year"] == 3e6) & (curve["scenario"] == "beds")].iloc[0]
    assert middle["cost_gbp_per_year_mean"] == beds["cost_gbp_per_year"]


@pytest.mark.integration
def test_what_cannot_be_spent_is_told_and_the_budget_that_is_offered_can_be(
    call: Callable[..., tuple[int, str, str]], tmp_path: Path
) -> None:
    arguments = ("first.yaml", "beds.yaml", "local.yaml", "-n", "3")
    code, out, _ = call(*arguments, "--budget", "90m", "--out", "out")
    assert code == 0
    rows = json.loads((tmp_path / "out" / "manifest.json").read_text())["budget"]
    assert [row["status"] for row in rows] == ["unspent", "unspent"]
    typed = rows[0]["budget_for_all"]
    assert typed == rows[1]["budget_for_all"]
    assert parse_gbp(typed) <= min(row["largest_gbp_per_year"] for row in rows) < 1.1 * parse_gbp(typed)
    told = " ".join(out.split())
    assert "Beds and Local cannot spend the budget" in told or "beds and local cannot spend the budget" in told
    assert f"--budget {typed}" in told
    page = (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
    answer = page.partition('<h2 id="answer">')[2].partition("</section>")[0].replace("\u00a0", " ")
    assert f"--budget {typed}." in answer
    assert "Each option is given £90.00 million a year from January 2016 to June 2017" in answer
    code, out, _ = call(*arguments, "--budget", typed, "--out", "again")
    assert code == 0
    rows = json.loads((tmp_path / "again" / "manifest.json").read_text())["budget"]
    assert [(row["status"], row["budget_for_all"]) for row in rows] == [("met", None)] * 2
    assert "cannot spend" not in out
    kept = (tmp_path / "again" / "index.html").read_bytes()
    from diffusion.deliver.rebuild import rebuild

    rebuild(tmp_path / "again")
    assert (tmp_path / "again" / "index.html").read_bytes() == kept


@pytest.mark.integration
def test_without_a_budget_nothing_is_said_of_one(call: Callable[..., tuple[int, str, str]], tmp_path: Path) -> None:
    code, out, _ = call("first.yaml", "beds.yaml", "-n", "2", "--out", "out")
    assert code == 0
    assert "budget" not in out.lower()
    assert "budget" not in json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert not (tmp_path / "out" / "tables" / "budget.csv").exists()


@pytest.mark.integration
@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("--budget", "lots"), "for example 20m, 500k"),
        (("--budget", "-3m"), "not an amount"),
        (("--budget-lever", "beds=test-beds"), "no budget to scale"),
        (("--budget", "3m", "--budget-lever", "bed=test-beds"), "did you mean 'beds'?"),
        (("--budget", "3m", "--budget-lever", "beds=test-bed"), "did you mean 'test-beds'?"),
        (("--budget", "3m", "--budget-lever", "beds=ahsn-support"), "not a lever that 'beds' adds"),
        (("--budget", "3m", "--budget-lever", "beds"), "SCENARIO=LEVER"),
        (("--budget", "3m", "--set", "levers.test-beds.start=2030-01"), "in force during the run"),
    ],
)
def test_bad_input_ends_with_2_and_writes_nothing(
    call: Callable[..., tuple[int, str, str]], tmp_path: Path, arguments: tuple[str, ...], expected: str
) -> None:
    code, out, err = call("first.yaml", "beds.yaml", *arguments)
    assert (code, out) == (2, "")
    assert expected in " ".join(err.split())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["beds.yaml", "first.yaml", "local.yaml"]
