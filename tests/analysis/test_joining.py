"""Two scenarios meet by ids: rows in another order change nothing, other trusts or innovations are told first."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from diffusion.analysis.results.compare import compare_outcomes
from diffusion.analysis.results.groups import GROUPINGS, gains, gains_of_all
from diffusion.analysis.results.joining import check_joinable, in_order_of
from diffusion.errors import InputError
from diffusion.experiments.running.results import Results
from diffusion.experiments.running.runner import compare, run
from diffusion.paths import PACKAGE
from diffusion.report.figures.gains import gains_figure
from diffusion.report.page.equity_section import ahsn_table
from diffusion.report.pages.result_page import render_page
from diffusion.report.terminal.comparison_table import notes
from diffusion.report.words.limits import limits_for, unlike_in_worlds
from diffusion.report.words.reproduction import Reproduction
from diffusion.scenario.schema import Scenario
from diffusion.storage.columns import gain_columns
from diffusion.storage.table_files import as_arrow
from diffusion.world.rearranged import rearranged
from support.command_line import refused
from support.worlds import result_arrays

pytestmark = pytest.mark.integration

REPRODUCTION = Reproduction("diffusion compare", "nhs-diffusion 0", "", (), ())


@pytest.fixture(scope="module")
def pair(small: Callable[..., Scenario]) -> tuple[Scenario, Scenario]:
    """Two scenarios on one small England: one has levers, one of them aimed at some innovations."""
    world = {"synthetic": {"england_like": True, "n_trusts": 30, "n_innovations": 6, "kind": "mix"}}
    tariff = {"best-practice-tariff": {"start": "2016-07", "targets": {"kinds": ["digital"]}}}
    first = small(title="first", months=24, world=world)
    second = small(title="second", months=24, world=world, levers={**tariff, "local-first": {"start": "2016-01"}})
    return first.model_copy(update={"name": "first"}), second.model_copy(update={"name": "second"})


@pytest.fixture(scope="module")
def runs(pair: tuple[Scenario, Scenario]) -> list[Results]:
    return compare(pair, replicates=10, events=True)


def page(results: Sequence[Any]) -> str:
    return render_page(results, compare_outcomes(results), REPRODUCTION)


def run_in_another_order(runs: list[Results], seed: int) -> Results:
    """Run the second scenario on a world with the rows of trusts and innovations drawn anew."""
    world, generator = runs[1].world, np.random.default_rng(seed)
    orders = generator.permutation(world.n_trusts), generator.permutation(world.n_innovations)
    return run(runs[1].scenario, replicates=10, world=rearranged(world, *orders), events=True)


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32 - 1))
def test_the_order_of_rows_changes_no_difference(runs: list[Results], seed: int) -> None:
    first, second = runs
    moved = run_in_another_order(runs, seed)
    for grouping in GROUPINGS:
        one, other = gains(second, first, grouping), gains(moved, first, grouping)
        assert (one.codes, one.names) == (other.codes, other.names)
        np.testing.assert_array_equal(one.change.mean, other.change.mean)
        np.testing.assert_array_equal(one.change.low95, other.change.low95)
    before, after = compare_outcomes(runs), compare_outcomes([first, moved])
    for name, values in before.values.items():
        np.testing.assert_array_equal(values[1], after.values[name][1], err_msg=name)
    together = compare([first.scenario, second.scenario], replicates=10, worlds=[first.world, moved.world])
    assert together[1].world.trusts.codes == first.world.trusts.codes
    for name, array in result_arrays(second).items():
        if name != "events":
            np.testing.assert_array_equal(array, result_arrays(together[1])[name], err_msg=name)
    tables = [as_arrow(gain_columns([first, table])) for table in (second, moved)]
    assert tables[0].equals(tables[1])
    # a move of a trust in one file of events is a move of the same trust in the other
    events = in_order_of(first, moved).events  # type: ignore[attr-defined]
    assert second.events is not None
    key = ["replicate", "month", "trust", "innovation"]
    np.testing.assert_array_equal(np.sort(second.events, order=key), np.sort(events, order=key))


@pytest.mark.slow
def test_the_page_is_the_same_whatever_the_order_of_rows(runs: list[Results]) -> None:
    world, generator = runs[1].world, np.random.default_rng(3)
    moved = rearranged(world, generator.permutation(world.n_trusts), generator.permutation(world.n_innovations))
    found = compare([result.scenario for result in runs], replicates=10, worlds=[world, moved])
    assert page(found) == page(runs)


def test_replicates_are_joined_by_their_numbers(pair: tuple[Scenario, Scenario], runs: list[Results]) -> None:
    turned = run(pair[1], replicates=list(range(9, -1, -1)), world=runs[1].world, events=True)
    assert turned.replicates[0] == 9
    one, other = compare_outcomes(runs), compare_outcomes([runs[0], turned])
    for name, values in one.values.items():
        np.testing.assert_array_equal(values[1], other.values[name][1], err_msg=name)
    with pytest.raises(InputError, match="same draws"):
        compare_outcomes([runs[0], run(pair[1], replicates=range(5, 15), world=runs[1].world)])
    with pytest.raises(InputError, match="same draws"):
        gains(run(pair[1], replicates=10, seed=2, world=runs[1].world), runs[0], "trust")


@pytest.mark.parametrize("what", ["trusts", "innovations"])
@pytest.mark.parametrize("how", ["dropped", "replaced"])
def test_other_trusts_or_innovations_are_told_before_anything_runs(
    runs: list[Results], pair: tuple[Scenario, Scenario], what: str, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = runs[0].world
    rows = [np.arange(world.n_trusts), np.arange(world.n_innovations)]
    place = 0 if what == "trusts" else 1
    if how == "dropped":
        rows[place] = np.delete(rows[place], 2)
    other = rearranged(world, *rows)
    field = "codes" if what == "trusts" else "ids"
    gone = getattr(getattr(world, what), field)[2]
    if how == "replaced":
        table = getattr(other, what)
        names = tuple("NEW" if name == gone else name for name in getattr(table, field))
        other = replace(other, **{what: replace(table, **{field: names})})
    monkeypatch.setattr("diffusion.month.simulation.Simulation.run", lambda *_: pytest.fail("it was run"))
    with pytest.raises(InputError) as told:
        compare(pair, replicates=2, worlds=[world, other])
    text = str(told.value)
    assert all(name in text for name in ("'first'", "'second'", gone, what))
    assert ("NEW" in text) == (how == "replaced")
    # and finished runs are not joined either
    apart = replace(runs[1], world=other)
    for use in (lambda: gains(apart, runs[0], "innovation"), lambda: compare_outcomes([runs[0], apart])):
        with pytest.raises(InputError, match="do not have the same"):
            use()


@pytest.fixture
def own_tables(tmp_path: Path) -> Path:
    """A folder with two scenarios on tables of their own, the same at first."""
    shutil.copy(PACKAGE / "data" / "worlds" / "england-2017" / "trusts.csv", tmp_path / "trusts.csv")
    shutil.copy(PACKAGE / "data" / "worlds" / "england-2017" / "portfolio.yaml", tmp_path / "portfolio.yaml")
    for name in ("one", "two"):
        world = {"trusts": f"trusts-{name}.csv", "innovations": f"portfolio-{name}.yaml"}
        shutil.copy(tmp_path / "trusts.csv", tmp_path / f"trusts-{name}.csv")
        shutil.copy(tmp_path / "portfolio.yaml", tmp_path / f"portfolio-{name}.yaml")
        scenario = {"title": name, "months": 12, "world": world}
        (tmp_path / f"{name}.yaml").write_text(yaml.safe_dump(scenario))
    (tmp_path / "two.yaml").write_text(
        (tmp_path / "two.yaml").read_text() + "levers: {local-first: {start: 2015-08}}\n"
    )
    return tmp_path


@pytest.mark.parametrize("what", ["a trust", "an innovation"])
def test_the_command_line_names_both_sides(own_tables: Path, what: str, capsys: pytest.CaptureFixture[str]) -> None:
    if what == "a trust":
        lines = (own_tables / "trusts-two.csv").read_text().splitlines()
        (own_tables / "trusts-two.csv").write_text("\n".join(lines[:1] + lines[2:]) + "\n")
        gone = lines[1].split(",")[0]
    else:
        gone = "nervecentre"
        path = own_tables / "portfolio-two.yaml"
        path.write_text(path.read_text().replace("id: nervecentre", "id: something-else"))
    one, two = str(own_tables / "one.yaml"), str(own_tables / "two.yaml")
    err = refused(capsys, "compare", one, two, "-n", "2", "--out", str(own_tables / "out"))
    assert "one.yaml" in err
    assert "two.yaml" in err
    assert gone in err
    assert ("something-else" in err) == (what == "an innovation")
    assert not (own_tables / "out").exists()


def test_an_order_of_innovations_in_a_file_makes_no_difference(pair: tuple[Scenario, Scenario], tmp_path: Path) -> None:
    portfolio = yaml.safe_load((PACKAGE / "data" / "worlds" / "england-2017" / "portfolio.yaml").read_text())
    portfolio["innovations"] = portfolio["innovations"][::-1]
    (tmp_path / "turned.yaml").write_text(yaml.safe_dump(portfolio))
    asked = {"title": "x", "months": 6}
    first = Scenario.model_validate(asked)
    turned = Scenario.model_validate({**asked, "world": {"innovations": "turned.yaml"}})
    turned._folder = tmp_path
    found = compare([first, turned], replicates=2)
    for grouping in GROUPINGS:
        assert not gains(found[1], found[0], grouping).change.mean.any()


def test_groups_with_other_members_are_left_out_and_told(runs: list[Results], pair: tuple[Scenario, Scenario]) -> None:
    first, second = runs
    trusts = second.world.trusts
    ahsn = trusts.ahsn.copy()
    moved = np.flatnonzero(ahsn == ahsn[0])[0]
    to = next(place for place in np.unique(ahsn) if place != ahsn[0])
    ahsn[moved] = to
    other = run(pair[1], replicates=10, world=replace(second.world, trusts=replace(trusts, ahsn=ahsn)))
    codes = second.world.ahsns.codes
    whole, found = gains(second, first, "ahsn"), gains(other, first, "ahsn")
    assert set(whole.codes) - set(found.codes) == {codes[trusts.ahsn[0]], codes[to]}
    # beside a scenario that has them all, only those that all have are shown
    assert [gain.codes for gain in gains_of_all([first, second, other], "ahsn")] == [found.codes, found.codes]
    assert unlike_in_worlds([first, second]) == []
    (told,) = unlike_in_worlds([first, other])
    assert "1 trusts differ in ahsn" in told
    assert told in limits_for([first, other])  # on the page
    assert told in notes([first, other], compare_outcomes([first, other]))  # on screen
    assert len(ahsn_table([first, second, other]).rows) == len(found.codes)


def test_two_networks_on_the_same_trusts_are_compared_and_told(pair: tuple[Scenario, Scenario]) -> None:
    first = pair[0]
    other = first.changed({"world.layers": {"geo": {"drop": True}}}).model_copy(update={"name": "without"})
    found = compare([first, other], replicates=4)
    (told,) = unlike_in_worlds(found)
    assert "world.layers.geo.drop" in told
    assert told in limits_for(found)


def test_another_calendar_is_told_before_anything_runs(pair: tuple[Scenario, Scenario]) -> None:
    longer = pair[1].changed({"months": 30})
    with pytest.raises(InputError, match="30 months") as told:
        compare([pair[0], longer], replicates=2)
    assert told.value.suggestion == "add --set months=24 --set start=2015-07"
    check_joinable([longer, longer], [longer.build_world()] * 2)


def test_a_group_without_eligible_pairs_in_one_scenario_shifts_no_other(runs: list[Results]) -> None:
    first, second = runs
    counts = second.stage_by_ahsn.copy()
    counts[..., 1] = 0  # nobody eligible in the second AHSN
    hollow = replace(second, stage_by_ahsn=counts)
    every = gains(second, first, "ahsn")
    whole = dict(zip(every.codes, every.change.mean))
    for gain in gains_of_all([first, hollow, second], "ahsn"):
        assert first.world.ahsns.codes[1] not in gain.codes
        for code, change in zip(gain.codes, gain.change.mean):
            assert change == whole[code]
    gains_figure([first, hollow, second], "ahsn")
    ahsn_table([first, hollow, second])
