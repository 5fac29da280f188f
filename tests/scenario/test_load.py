"""Scenario files: loading, extends, stacking, settings, dates, hashes."""

from __future__ import annotations

import itertools
import json
import pickle
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from diffusion.engine.calendar import Month
from diffusion.errors import InputError
from diffusion.scenario.check import check_scenario
from diffusion.scenario.diff import differences
from diffusion.scenario.load import load_scenario
from diffusion.scenario.plausible import plausibility_warnings
from diffusion.scenario.problems import InputErrors, problems_of
from diffusion.scenario.schema import Scenario
from diffusion.scenario.sources import scenario_names

pytestmark = pytest.mark.unit


def write(folder: Path, name: str, **content: object) -> Path:
    path = folder / f"{name}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump({"title": name, **content}, sort_keys=False))
    return path


# --- The scenarios that come with the package -------------------------------------------------------------------------


def test_the_baseline_is_ahsn_support_for_ten_years_from_july_2015():
    baseline = load_scenario("baseline")
    assert (str(baseline.start), baseline.months, str(baseline.policy_start)) == ("2015-07", 120, "2017-07")
    assert list(baseline.levers) == ["ahsn-support"]
    assert str(baseline.levers["ahsn-support"].start) == "2013-05"
    assert baseline.name == "baseline"


@pytest.mark.parametrize("name", [name for name in scenario_names() if not name.startswith("levers/")])
def test_every_scenario_loads_and_fits_its_world(name):
    scenario = load_scenario(name)
    world = check_scenario(scenario)
    assert scenario.title
    assert world.n_trusts > 0


@pytest.mark.parametrize("name", ["tariff", "test-beds", "local-first"])
def test_the_three_options_start_in_july_2017_and_equal_the_stack(name):
    option = load_scenario(name)
    lever = {"tariff": "best-practice-tariff"}.get(name, name)
    assert str(option.levers[lever].start) == "2017-07"
    assert option.content_hash == load_scenario(f"baseline+{lever}").content_hash
    assert plausibility_warnings(option) == []


def test_no_programmes_removes_the_inherited_lever():
    assert load_scenario("no-programmes").levers == {}


def test_limiting_cases_state_the_rates_of_the_closed_forms():
    attributes = load_scenario("limits/complete-graph").world.synthetic.attributes
    assert attributes == {"rollout_push_per_month": 0.03 / 12, "rollout_peer_per_month": 0.38 / 12}
    classic = load_scenario("limits/classic").world.synthetic
    assert classic.args == {"k": 12, "p": 0.1}
    assert classic.attributes["rollout_push_per_month"] == pytest.approx(0.005012541823544286, abs=0)


# --- Stacking -------------------------------------------------------------------------------------------------------


def test_the_order_of_stacked_parts_does_not_matter():
    parts = ["local-first", "test-beds", "best-practice-tariff"]
    stacks = [load_scenario("+".join(["baseline", *order])) for order in itertools.permutations(parts)]
    assert len({stack.content_hash for stack in stacks}) == 1
    assert len({stack.name for stack in stacks}) == 1
    assert list(stacks[0].levers) == sorted([*parts, "ahsn-support"])


def test_full_scenarios_stack_in_either_order():
    assert load_scenario("tariff+test-beds").content_hash == load_scenario("test-beds+tariff").content_hash


def test_parts_that_contradict_each_other_are_refused_with_both_names(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "scenarios" / "levers", "strong", levers={"test-beds": {"strength": 2}})
    write(tmp_path / "scenarios" / "levers", "weak", levers={"test-beds": {"strength": 0.5}})
    write(tmp_path / "scenarios" / "levers", "same", levers={"test-beds": {"strength": 2, "site_noise_sigma": 0.1}})
    for order in ("baseline+strong+weak", "baseline+weak+strong"):
        with pytest.raises(InputError, match=r"levers\.test-beds\.strength") as caught:
            load_scenario(order)
        assert "'strong' says 2" in str(caught.value)
        assert "'weak' says 0.5" in str(caught.value)
    assert load_scenario("baseline+strong+same").levers["test-beds"].strength == 2


def test_a_lever_overrides_the_scenario_below_it_but_a_second_scenario_may_not(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "scenarios" / "levers", "less", levers={"ahsn-support": {"start": "2016-01"}})
    write(tmp_path / "scenarios", "short", extends="baseline", months=60)
    write(tmp_path / "scenarios", "long", extends="baseline", months=240)
    assert str(load_scenario("baseline+less").levers["ahsn-support"].start) == "2016-01"
    assert load_scenario("baseline+short").months == 60
    with pytest.raises(InputError, match=r"'short' says 60|'long' says 240"):
        load_scenario("short+long")


def test_stacking_two_of_the_three_names_the_stack():
    stack = load_scenario("baseline+test-beds+local-first")
    assert stack.name == "baseline+local-first+test-beds"
    assert stack.title.startswith("Baseline")


# --- Extends ----------------------------------------------------------------------------------------------------------


def test_extends_merges_keys_and_replaces_lists(tmp_path):
    write(tmp_path, "a", months=60, levers={"local-first": {"strength": 0.5, "lead_ics": ["QYG", "QKK"]}})
    path = write(tmp_path, "b", extends="a.yaml", levers={"local-first": {"lead_ics": ["QHM"]}})
    scenario = load_scenario(path)
    assert scenario.months == 60
    assert scenario.levers["local-first"].strength == 0.5
    assert scenario.levers["local-first"].lead_ics == ("QHM",)


def test_a_scenario_may_extend_several_and_meet_their_common_parent_twice(tmp_path):
    write(tmp_path, "base", months=24)
    write(tmp_path, "left", extends="base.yaml", policy_start="2016-01")
    write(tmp_path, "right", extends="base.yaml", levers={"test-beds": None})
    scenario = load_scenario(write(tmp_path, "both", extends=["left.yaml", "right.yaml"]))
    assert (scenario.months, str(scenario.policy_start), list(scenario.levers)) == (24, "2016-01", ["test-beds"])


def test_the_header_is_not_inherited_except_the_baseline(tmp_path):
    write(tmp_path, "a", author="Ada", description="the first", baseline="baseline")
    scenario = load_scenario(write(tmp_path, "b", extends="a.yaml"))
    assert (scenario.title, scenario.author, scenario.description) == ("b", "", "")
    assert scenario.baseline == "baseline"


def test_own_scenarios_are_found_by_name_before_packaged_ones(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "scenarios", "baseline", months=7)
    assert load_scenario("baseline").months == 7
    write(tmp_path / "scenarios" / "mine", "plan", extends="limits/ring", months=9)
    assert load_scenario("mine/plan").months == 9
    assert load_scenario("mine/plan").world.synthetic.network == "ring"


def test_paths_of_own_tables_are_relative_to_the_file_that_states_them(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "ties.csv").write_text("source,target\n0,1\n")
    layer = {"own": {"file": "ties.csv"}}
    write(tmp_path / "a", "inner", world={"synthetic": {"n_trusts": 3}, "layers": layer})
    scenario = load_scenario(write(tmp_path, "outer", extends="a/inner.yaml"))
    assert scenario.world.layers["own"].file == "a/ties.csv"
    assert check_scenario(scenario).layer("own").n_ties == 2


# --- Dates, levers ----------------------------------------------------------------------------------------------------


def test_levers_without_a_date_start_with_the_policies_or_else_at_their_historic_date(tmp_path):
    levers = {"local-first": None, "ahsn-support": {"start": "2014-02"}}
    undated = load_scenario(write(tmp_path, "undated", levers=levers))
    dated = load_scenario(write(tmp_path, "dated", levers=levers, policy_start="2018-01"))
    assert str(undated.levers["local-first"].start) == "2024-11"
    assert str(dated.levers["local-first"].start) == "2018-01"
    assert {str(item.levers["ahsn-support"].start) for item in (undated, dated)} == {"2014-02"}


def test_a_lever_may_stand_under_an_id_of_its_own(tmp_path):
    levers = {"first": {"lever": "test-beds"}, "second": {"lever": "test-beds", "start": "2019-01"}}
    scenario = load_scenario(write(tmp_path, "two", levers=levers))
    assert {lever.name for lever in scenario.levers.values()} == {"test-beds"}
    assert list(scenario.levers) == ["first", "second"]


def test_python_scenarios_take_lever_objects_and_mappings():
    from diffusion.levers.local_first import LocalFirst

    made = Scenario(policy_start=Month("2017-07"), levers={"local-first": LocalFirst(strength=0.5)})
    same = Scenario(policy_start="2017-07", levers={"local-first": {"strength": 0.5}})
    assert made.content_hash == same.content_hash
    assert str(made.levers["local-first"].start) == "2017-07"


# --- Settings ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("setting", "value"),
    [("0.05", 0.05), (".05", 0.05), ("5e-2", 0.05), ("1", 1.0)],
)
def test_settings_are_yaml_values(setting, value):
    scenario = load_scenario("baseline", [f"parameters.awareness.push_per_month={setting}"])
    assert scenario.parameters.awareness.push_per_month == value


def test_settings_reach_levers_lists_and_dates():
    scenario = load_scenario(
        "baseline+local-first",
        ["levers.local-first.lead_ics=[QYG, QKK]", "levers.ahsn-support.strength=0", "policy_start=2019-04"],
    )
    assert scenario.levers["local-first"].lead_ics == ("QYG", "QKK")
    assert scenario.levers["ahsn-support"].strength == 0
    assert str(scenario.levers["local-first"].start) == "2019-04"


def test_changed_does_in_python_what_set_does_on_the_command_line():
    key = "parameters.awareness.push_per_month"
    changed = load_scenario("baseline").changed({key: 0.05})
    assert changed.content_hash == load_scenario("baseline", [f"{key}=0.05"]).content_hash
    assert Scenario().changed({"months": 12}).months == 12
    with pytest.raises(InputError, match="push_per_month"):
        changed.changed({"parameters.awareness.push_per_mnth": 0.1})


def test_setting_a_value_that_is_there_already_changes_nothing():
    assert load_scenario("baseline", ["months=120"]).content_hash == load_scenario("baseline").content_hash


# --- Hash and round trip ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["baseline+local-first+best-practice-tariff", "limits/granovetter-broken"])
def test_a_resolved_scenario_is_a_file_that_loads_to_the_same(name, tmp_path):
    scenario = load_scenario(name)
    path = tmp_path / "resolved.yaml"
    path.write_text(yaml.safe_dump(scenario.resolved()))
    again = load_scenario(path)
    assert again.resolved() == scenario.resolved()
    assert again.content_hash == scenario.content_hash
    assert json.loads(json.dumps(scenario.resolved())) == scenario.resolved()


def test_the_hash_ignores_the_header_and_the_spelling(tmp_path):
    one = load_scenario(
        write(tmp_path, "one", author="Ada", months=24, parameters={"awareness": {"push_per_month": 0.05}})
    )
    text = "title: two\nparameters: {awareness: {push_per_month: 5.0e-2}}\nmonths: 24\n# a comment\n"
    (tmp_path / "two.yaml").write_text(text)
    two = load_scenario(tmp_path / "two.yaml")
    assert one.content_hash == two.content_hash
    assert one.changed({"months": 25}).content_hash != one.content_hash
    assert differences(one, two) == []
    assert [item.key for item in differences(one, one.changed({"months": 25}))] == ["months"]


def test_scenarios_travel_to_worker_processes():
    scenario = load_scenario("baseline+local-first")
    again = pickle.loads(pickle.dumps(scenario))
    assert again.content_hash == scenario.content_hash
    assert again.folder == scenario.folder
    assert again.locate("levers.local-first") == scenario.locate("levers.local-first")


@given(st.floats(0, 1e6), st.integers(1, 1200), st.floats(0, 2))
@settings(max_examples=25, deadline=None)
def test_any_allowed_value_survives_the_round_trip(push, months, strength):
    scenario = load_scenario("baseline").changed(
        {"parameters.awareness.push_per_month": push, "months": months, "levers.ahsn-support.strength": strength}
    )
    again = Scenario.model_validate(scenario.resolved())
    assert again.content_hash == scenario.content_hash
    assert again.parameters.awareness.push_per_month == push


# --- Warnings and places ----------------------------------------------------------------------------------------------


def test_values_outside_the_plausible_range_warn_but_load():
    scenario = load_scenario("baseline+local-first", ["parameters.awareness.push_per_month=0.5"])
    assert plausibility_warnings(scenario) == [
        "parameters.awareness.push_per_month = 0.5 lies outside its plausible range, 0.01 to 0.1 (1/month)"
    ]
    late = load_scenario("baseline+local-first", ["policy_start=2030-01"])
    assert any("policy_start" in text for text in plausibility_warnings(late))
    assert any("levers.local-first starts in 2030-01" in text for text in plausibility_warnings(late))


def test_every_value_knows_the_file_and_line_where_it_was_written(tmp_path):
    write(tmp_path, "a", months=60)
    path = write(tmp_path, "b", extends="a.yaml", policy_start="2018-01")
    scenario = load_scenario(path, ["start=2016-01"])
    assert scenario.locate("policy_start") == (str(path), 3)
    assert scenario.locate("months") == (str(tmp_path / "a.yaml"), 2)
    assert scenario.locate("start") == ("--set", None)


def test_problems_of_parent_and_child_are_reported_together(tmp_path):
    write(tmp_path, "a", months=-1)
    path = write(tmp_path, "b", extends="a.yaml", polcy_start="2018-01")
    with pytest.raises(InputErrors) as caught:
        load_scenario(path)
    assert [Path(problem.file or "").name for problem in problems_of(caught.value)] == ["a.yaml", "b.yaml"]
