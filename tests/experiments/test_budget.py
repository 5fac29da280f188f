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
    added_levers,
    cost_period,
    fit_to_budget,
    largest_strength,
    levers_to_scale,
    parse_gbp,
    programme_cost,
    scaled,
    solve,
)
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


# --- Cost -------------------------------------------------------------------------------------------------------------


def ledger(**monthly: Any) -> np.ndarray:
    """GBP [2 replicates, 1 + 36 months, flows], every month the same, nothing in the opening state."""
    money = np.zeros((2, 37, len(MONEY_FLOWS)))
    for purpose, gbp in monthly.items():
        money[:, 1:, FLOW_INDEX[purpose]] = gbp
    return money


def results_with(money: np.ndarray) -> Any:
    return SimpleNamespace(money_gbp=money, money_flows=MONEY_FLOWS, scenario=SimpleNamespace(start=Month("2015-07")))


@pytest.mark.unit
def test_cost_is_what_the_three_payers_pay_to_others_above_the_first() -> None:
    first = ledger(tariff=10, fund_refill=7, ahsn_grant=5, ahsn_push=5, running_cost=3)
    other = ledger(
        tariff=30, upfront_subsidy=4, fund_refill=9, fund_refill_extra=6, ahsn_grant=8, ahsn_push=8, running_cost=9,
        saving_system=100, fund_return=50, base_price_cut=20, test_bed_grant=2, test_bed_staff=2, protected_time=1,
    )  # fmt: skip
    period = (Month("2016-07"), Month("2018-07"))
    costs = programme_cost(results_with(first), results_with(other), period)
    wanted = {
        "tariff": 20,
        "upfront_subsidy": 4,
        "fund_refill_extra": 6,
        "ahsn_push": 3,
        "test_bed_grant": 2,
        "protected_time": 1,
    }
    assert set(costs) == set(wanted)
    for purpose, gbp in wanted.items():
        np.testing.assert_allclose(costs[purpose], 12 * gbp)


@pytest.mark.unit
def test_only_months_of_the_period_count() -> None:
    money = ledger()
    july, august = 1, 2  # entries of the first two months of the run
    money[0, july, FLOW_INDEX["tariff"]] = 100
    money[0, august, FLOW_INDEX["tariff"]] = 10
    money[0, 3, FLOW_INDEX["tariff"]] = 1000
    costs = programme_cost(results_with(ledger()), results_with(money), (Month("2015-08"), Month("2015-09")))
    np.testing.assert_allclose(costs["tariff"], [120, 0])


@pytest.mark.unit
def test_the_period_goes_from_the_first_start_to_the_last_end_or_the_end_of_the_run(
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
    assert added_levers(first, both) == ("local-first", "test-beds")
    assert cost_period(first, both) == (Month("2015-07"), Month("2017-01"))
    assert cost_period(first, small(levers={**AHSN, **BEDS})) == (Month("2016-01"), Month("2018-07"))
    with pytest.raises(InputError, match="in force during the run"):
        cost_period(first, small(levers={**AHSN, "test-beds": {"start": "2030-01"}}))


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


@pytest.mark.integration
def test_scenarios_meet_a_budget_or_leave_some_unspent(small: Callable[..., Scenario]) -> None:
    first = small(levers=AHSN)
    others = [small(name="beds", levers={**AHSN, **BEDS}), small(name="both", levers={**AHSN, **BEDS, **LOCAL})]
    beds, both = fit_to_budget(first, others, 2e6, replicates=6, seed=3)
    assert beds.status == both.status == "met"
    results = compare([first, beds.scenario, both.scenario], 6, 3)
    for fit, result in zip((beds, both), results[1:]):
        cost = sum(values.mean() for values in programme_cost(results[0], result, fit.period).values())
        assert cost == pytest.approx(2e6, rel=TOLERANCE)
        assert 0 < fit.strengths["test-beds"] < 2
        assert fit.scenario.levers["ahsn-support"] == first.levers["ahsn-support"]
    assert both.strengths["test-beds"] == both.strengths["local-first"] < beds.strengths["test-beds"]
    (rich,) = fit_to_budget(first, others[:1], 1e9, replicates=2, seed=3)
    assert (rich.status, dict(rich.strengths)) == ("unspent", {"test-beds": 2.0})
    (one,) = fit_to_budget(first, others[1:], 2e6, replicates=2, seed=3, chosen={"both": ["test-beds"]})
    assert one.scenario.levers["local-first"].strength == 1
    assert set(one.strengths) == {"test-beds"}


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
    )
    assert code == 0
    assert max(map(len, out.splitlines())) <= 80
    text = " ".join(out.split())
    assert "What a budget of £3.00 million a year buys" in text
    assert "Programme cost: what national bodies" in text
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
