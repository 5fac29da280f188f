"""Why an option differs: parts that add up, what levers are seen to write, grades, and the command with its folder."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import openpyxl
import pandas as pd
import pytest
from typer.testing import CliRunner

import diffusion as df
from diffusion.analysis.results.intervals import estimate_mean
from diffusion.analysis.results.outcomes import MAIN_OUTCOME, OUTCOME_BY_NAME, outcome_values
from diffusion.cli.app import app
from diffusion.engine.parameters import param
from diffusion.errors import InputError
from diffusion.experiments.searches.lever_probe import OUTSIDE, GradedSetting, look_at, settings_behind, weakest
from diffusion.experiments.searches.why import (
    MOST_RUNS,
    Explained,
    Side,
    Why,
    differing,
    expected_runs,
    explain,
    plan_why,
)
from diffusion.report.reasons.why_tables import share_of, why_columns
from diffusion.report.reasons.why_words import by_grade, why_sentences
from diffusion.report.words.sentences import CLAIMS
from diffusion.scenario.load import load_scenario
from diffusion.scenario.schema import Scenario
from support.made_reasons import made

Call = Callable[..., tuple[int, str, str]]
WORLD = {"synthetic": {"england_like": True, "n_trusts": 60}}
SMALL = [f"world={json.dumps(WORLD)}", "months=48", "levers.ahsn-support.start=2015-07"]
REPLICATES = 12


class Heard(df.Lever):
    """A lever of the tests that acts through attention alone, and pays for it."""

    name: ClassVar[str] = "heard"
    push: float = param(2.0, "push", unit="1", low=0.5, high=4, ge=0, grade="B", source="a test")
    other: float = param(1.0, "nothing comes of it", unit="1", low=0, high=2, ge=0, grade="A")
    plain: float = 3.0

    def write(self, month: Any, see: Any, terms: Any, own: Any, draws: Any) -> None:
        terms.awareness_push.add(self.push * self.level(month))
        terms.burden.mul(1.0)
        terms.pay("programme", 1000.0)


class Both(Heard):
    """One that acts through two groups, which need each other."""

    name: ClassVar[str] = "both"
    ease: float = param(0.5, "factor on the burden", unit="1", low=0.2, high=1, ge=0, le=1)

    def write(self, month: Any, see: Any, terms: Any, own: Any, draws: Any) -> None:
        terms.awareness_push.add(self.push * self.level(month))
        terms.burden.mul(self.ease)


def baseline(**more: Any) -> Scenario:
    return load_scenario("baseline", SMALL).changed(more)


def having(scenario: Scenario, **levers: df.Lever) -> Scenario:
    dated = {name: lever.dated(df.Month("2015-07")) for name, lever in levers.items()}
    return scenario.model_copy(update={"levers": dict(sorted({**scenario.levers, **dated}.items()))})


def found(*scenarios: Scenario, replicates: int = REPLICATES) -> tuple[Explained, list[Any]]:
    plans = plan_why(scenarios)
    results = df.compare(scenarios, replicates=replicates)
    explained = explain(plans, results)
    assert explained.runs == sum(len(plan.missing()) for plan in plans)
    for why, result in zip(explained.options, results[1:]):
        difference = main(result) - main(results[0])
        np.testing.assert_array_equal(why.whole, difference)
        np.testing.assert_allclose(sum(part.values for part in why.leaves), difference, rtol=0, atol=1e-12)
        for lever in {part.lever for part in why.contributions if part.kind == "group"}:
            inner = [part.values for part in why.contributions if part.lever == lever and part.kind != "lever"]
            (own,) = (part.values for part in why.contributions if part.lever == lever and part.kind == "lever")
            np.testing.assert_allclose(sum(inner), own, rtol=0, atol=1e-12)
    return explained, results


def main(result: Any) -> np.ndarray:
    return np.asarray(outcome_values(result)[MAIN_OUTCOME] * OUTCOME_BY_NAME[MAIN_OUTCOME].factor)


def kinds(why: Why) -> list[tuple[str, str, str]]:
    return [(part.kind, part.lever, part.group) for part in why.contributions]


# --- What levers write ------------------------------------------------------------------------------------------------


@pytest.mark.integration
def test_a_look_sees_what_an_own_lever_writes_and_which_settings_are_behind_it() -> None:
    scenario = having(baseline(), both=Both())
    look = look_at(scenario, scenario.build_world(), "both", 1)
    assert look.groups == ("attention", "burden")
    assert settings_behind(look).settings == {
        "attention": (GradedSetting("push", "B", "a test"),),
        "burden": (GradedSetting("ease", "C", "assumption"),),
    }


@pytest.mark.integration
def test_what_is_written_as_nothing_is_no_group_and_what_is_paid_is_no_way_to_act() -> None:
    scenario = having(baseline(), heard=Heard())
    assert look_at(scenario, scenario.build_world(), "heard", 1).groups == ("attention",)


@pytest.mark.integration
def test_a_tariff_that_pays_nothing_has_no_part_of_grade_a() -> None:
    tariff = load_scenario("tariff")
    key = "levers.best-practice-tariff.uplift_share"
    grades = {}
    for value in (0.24, 0.0, 0.9):
        scenario = tariff.changed({key: value})
        look = look_at(scenario, scenario.build_world(), "best-practice-tariff", 1)
        grades[value] = {group: weakest(found) for group, found in settings_behind(look).settings.items()}
    assert grades[0.24] == {"attention": "B", "payment": "A", "rollout": "C", "monitoring": "C"}
    assert grades[0.0] == {"attention": "B", "rollout": "C", "monitoring": "C"}
    assert grades[0.9]["payment"] == "C"  # the study says nothing of so large a payment


@pytest.mark.integration
def test_a_value_outside_its_plausible_range_is_an_assumption() -> None:
    scenario = having(baseline(), heard=Heard(push=9.0))
    look = look_at(scenario, scenario.build_world(), "heard", 1)
    assert settings_behind(look).settings["attention"] == (GradedSetting("push", "C", OUTSIDE),)


@pytest.mark.integration
def test_what_a_lever_does_in_few_runs_only_is_seen() -> None:
    """The innovation technology tariff mandates what is believed to save, which is so in one run of many."""
    scenario = load_scenario("baseline+innovation-technology-tariff")
    look = look_at(scenario, scenario.build_world(), "innovation-technology-tariff", 1)
    assert look.groups == ("payment", "burden", "mandate")
    assert look.runs > 0
    assert {item.name for item in settings_behind(look).settings["mandate"]} >= {"mandate_onset_months"}


# --- The parts --------------------------------------------------------------------------------------------------------


@pytest.mark.integration
def test_a_lever_of_one_group_has_its_whole_effect_there() -> None:
    first = baseline()
    (why,) = found(first, having(first, heard=Heard()))[0].options
    assert kinds(why) == [("lever", "heard", ""), ("group", "heard", "attention"), ("whole", "", "")]
    np.testing.assert_array_equal(why.contributions[1].values, why.whole)
    assert why.whole.any()


@pytest.mark.integration
def test_groups_are_the_shapley_values_of_runs_with_mute_levers() -> None:
    """By hand, from runs of scenarios that a user could write."""
    first = baseline()
    (why,) = found(first, having(first, both=Both()))[0].options
    mutes = (("attention", "burden"), ("burden",), ("attention",), None)
    none, attention, burden, both = (
        main(df.run(having(first, both=Both(mute=mute)), replicates=REPLICATES)) for mute in mutes
    )
    parts = {part.group: part.values for part in why.contributions if part.kind == "group"}
    np.testing.assert_allclose(parts["attention"], (attention - none + both - burden) / 2, rtol=0, atol=1e-12)
    np.testing.assert_allclose(parts["burden"], (burden - none + both - attention) / 2, rtol=0, atol=1e-12)
    assert np.abs(both - attention - burden + none).max() > 1e-6  # or one order would have done


@pytest.mark.integration
def test_taking_a_lever_away_is_adding_it_with_the_sign_turned() -> None:
    first = baseline()
    option = having(first, both=Both())
    (added,), (removed,) = (found(*pair)[0].options for pair in ((first, option), (option, first)))
    assert kinds(added) == kinds(removed)
    for one, two in zip(added.contributions, removed.contributions):
        np.testing.assert_allclose(one.values, -two.values, rtol=0, atol=1e-12)


@pytest.mark.integration
def test_several_levers_other_settings_and_levers_set_otherwise_add_up_too() -> None:
    first = having(baseline(), heard=Heard())
    option = having(baseline(**{"parameters.awareness.push_per_month": 0.05}), heard=Heard(push=3.0), both=Both())
    assert differing(first, option) == ["both", "heard"]
    (why,) = found(first, option)[0].options
    own = [part for part in why.contributions if part.lever == "heard"]
    assert [part.kind for part in own] == ["lever"]
    assert own[0].settings == (GradedSetting("push", "B", "a test"),)


@pytest.mark.integration
def test_what_is_no_levers_is_told_apart() -> None:
    first = baseline()
    option = having(baseline(**{"parameters.awareness.push_per_month": 0.05}), heard=Heard())
    (why,) = found(first, option)[0].options
    assert kinds(why)[0] == ("other", "", "")
    alone = main(df.run(baseline(**{"parameters.awareness.push_per_month": 0.05}), replicates=REPLICATES))
    np.testing.assert_allclose(
        why.contributions[0].values, alone - main(df.run(first, replicates=REPLICATES)), rtol=0, atol=1e-12
    )


@pytest.mark.integration
def test_beyond_three_levers_each_has_what_is_lost_without_it() -> None:
    first = baseline()
    levers = {f"heard-{n}": Heard(push=0.5 + n) for n in range(4)}
    option = having(first, **levers)
    explained, (_, after) = found(first, option, replicates=10)
    (why,) = explained.options
    assert not why.exact
    assert kinds(why)[-2:] == [("together", "", ""), ("whole", "", "")]
    for name in levers:
        without = option.model_copy(update={"levers": {k: v for k, v in option.levers.items() if k != name}})
        lost = main(after) - main(df.run(without, replicates=10))
        (own,) = (part.values for part in why.contributions if part.lever == name and part.kind == "lever")
        np.testing.assert_allclose(own, lost, rtol=0, atol=1e-12)


@pytest.mark.unit
def test_what_is_left_beside_the_groups_is_told_as_the_rest() -> None:
    """A lever whose states of their own did something beside its terms would show it here."""
    side = Side("a", None, Heard(), ("attention", "burden"))
    value = {"first": 1.0, "option": 9.0}
    game = {frozenset(): 2.0, frozenset({"attention"}): 5.0, frozenset({"burden"}): 3.0}
    game[frozenset({"attention", "burden"})] = 9.0
    parts = side.parts({key: np.array([number]) for key, number in {**value, **game}.items()})
    assert {name: float(part[0]) for name, part in parts.items()} == {"attention": 4.5, "burden": 2.5, "": 1.0}


@pytest.mark.unit
def test_too_many_runs_are_refused_before_anything_is_run() -> None:
    first = load_scenario("no-programmes")
    options = [load_scenario("everything", [f"months={months}"]) for months in (39, 40)]
    assert expected_runs([first, *options]) > MOST_RUNS >= expected_runs([first, options[0]])
    with pytest.raises(InputError, match=r"to say why takes \d+ runs") as caught:
        plan_why([first, *options])
    assert caught.value.key == "--why"
    assert caught.value.suggestion == "compare one option at a time"


# --- Words ------------------------------------------------------------------------------------------------------------


@pytest.mark.unit
def test_sentences_claim_no_order_and_no_part_that_the_intervals_do_not_carry() -> None:
    alike = made(attention=(0.30, 0.05, "C"), payment=(0.29, 0.05, "A"), monitoring=(0.01, 0.2, "C"))
    text = " ".join(why_sentences(alike, "X", "Y"))
    assert "most" not in text
    assert "Whether monitoring and comparison gives anything is not clear" in text
    apart = made(attention=(0.6, 0.05, "C"), payment=(0.03, 0.02, "A"))
    text = " ".join(why_sentences(apart, "X", "Y"))
    assert "What raises the share most is attention: its lead over the other is clear" in text
    assert not any(word in text for word in CLAIMS)
    assert "+0.60, 95 % of it, rests on grade C (assumption)" in text


@pytest.mark.unit
def test_no_share_where_parts_work_against_each_other_or_nothing_is_clear() -> None:
    against = made(attention=(0.6, 0.05, "C"), monitoring=(-0.4, 0.05, "C"))
    assert np.isnan(share_of(against, against.contributions[1].values))
    assert "% of it" not in " ".join(why_sentences(against, "X", "Y"))
    unclear = made(attention=(0.01, 0.5, "C"))
    assert "It is not clear whether X differs from Y at all" in why_sentences(unclear, "X", "Y")[0]


@pytest.mark.unit
def test_few_runs_and_no_difference_say_nothing() -> None:
    few = made(attention=(0.6, 0.05, "C"))
    few = Why(1, tuple(part._replace(values=part.values[:5]) for part in few.contributions), True)
    assert why_sentences(few, "X", "Y") == ["5 runs are too few (10 are needed) to say why X differs from Y."]
    none = made(attention=(0.0, 0.0, "C"))
    assert "there is nothing to take apart" in why_sentences(none, "X", "Y")[0]


@pytest.mark.unit
def test_grades_are_those_of_the_weakest_setting_and_add_up() -> None:
    why = made(attention=(0.3, 0.1, "B"), payment=(0.1, 0.1, "A"), rollout=(0.2, 0.1, "B"), ties=(0.1, 0.1, ""))
    rows = {row.grade: row for row in by_grade(why)}
    assert list(rows) == ["A", "B", ""]
    np.testing.assert_allclose(sum(row.values for row in rows.values()), why.whole, rtol=0, atol=1e-12)
    assert weakest((GradedSetting("a", "A", ""), GradedSetting("b", "C", ""), GradedSetting("c", "B", ""))) == "C"


@pytest.mark.unit
def test_the_table_has_the_estimates_of_the_values() -> None:
    why = made(attention=(0.3, 0.1, "B"), payment=(0.1, 0.1, "A"))
    columns = why_columns(Explained((why,), 3, 2), ["y", "x"])
    estimate = estimate_mean(why.contributions[1].values)
    assert columns["low95_pp"][1] == estimate.low95  # type: ignore[index]
    assert list(columns["grade"]) == ["", "B", "A", ""]  # type: ignore[arg-type]


# --- The command ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("why") / "result"
    asked = [
        "compare",
        "baseline",
        "tariff",
        "local-first",
        "--why",
        "--figures",
        "--replicates",
        str(REPLICATES),
        "--out",
        str(out),
    ]
    asked += ["--set", "months=72"]
    result = CliRunner().invoke(app, asked)
    assert result.exit_code == 0, result.output
    (out.parent / "printed.txt").write_text(result.output, encoding="utf-8")
    return out


@pytest.mark.integration
def test_the_folder_tells_the_parts_and_its_page_is_made_again_from_it(folder: Path, tmp_path: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    table = pd.read_csv(folder / "tables" / "why.csv", keep_default_na=False, na_values=[""])
    replicates = pd.read_parquet(folder / "tables" / "why_by_replicate.parquet")
    outcomes = pd.read_parquet(folder / "tables" / "outcomes.parquet")
    assert len(table) == sum(len(option["contributions"]) for option in manifest["why"]["options"])
    wide = outcomes.pivot(index="replicate", columns="scenario", values=MAIN_OUTCOME)
    for name in ("tariff", "local-first"):
        own = replicates[replicates["scenario"] == name]
        leaves = own[own["kind"].isin(["group", "rest", "other"])].groupby("replicate")["value_pp"].sum()
        np.testing.assert_allclose(leaves, wide[name] - wide["baseline"], rtol=0, atol=1e-9)
        means = own.groupby("part")["value_pp"].mean()
        np.testing.assert_allclose(means, table.loc[table["scenario"] == name, "mean_pp"], rtol=0, atol=1e-9)
    page = (folder / "index.html").read_text(encoding="utf-8")
    assert '<h2 id="why">Why</h2>' in page
    assert page.count("On what evidence the difference rests") >= 2
    assert (folder / "figures" / "why_Tariff.svg").is_file()
    sheet = openpyxl.load_workbook(folder / "tables.xlsx")["Why"]
    assert sheet.max_row == len(table) + 1
    result = CliRunner().invoke(app, ["report", str(folder), "--out", str(tmp_path / "again")])
    assert result.exit_code == 0, result.output
    assert (tmp_path / "again" / "index.html").read_text(encoding="utf-8") == page
    assert (tmp_path / "again" / "tables.xlsx").read_bytes() == (folder / "tables.xlsx").read_bytes()


@pytest.mark.integration
def test_the_terminal_prints_the_numbers_of_the_table_and_what_it_took(folder: Path) -> None:
    printed = (folder.parent / "printed.txt").read_text(encoding="utf-8")
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert f"took {manifest['why']['runs']} more runs" in " ".join(printed.split())
    table = pd.read_csv(folder / "tables" / "why.csv", keep_default_na=False)
    row = table[(table["scenario"] == "tariff") & (table["group"] == "payment")].iloc[0]
    assert row["grade"] == "A"
    line = next(line for line in printed.splitlines() if line.startswith("Payment and money"))
    assert re.search(rf"[+−]?{abs(float(row['mean_pp'])):.2f}", line)


@pytest.mark.integration
def test_a_damaged_table_of_parts_is_told(folder: Path, tmp_path: Path, command_line: Call) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    path = copy / "tables" / "why_by_replicate.parquet"
    frame = pd.read_parquet(path)
    frame.iloc[:-3].to_parquet(path)
    code, _, error = command_line("report", str(copy), "--accept-altered", "--out", str(tmp_path / "new"))
    assert code == 2
    assert "values of part" in error
    assert not (tmp_path / "new").exists()


@pytest.mark.integration
def test_without_why_nothing_of_it_is_there(tmp_path: Path) -> None:
    out = tmp_path / "result"
    asked = ["compare", "baseline", "tariff", "--replicates", "2", "--set", "months=6", "--out", str(out)]
    result = CliRunner().invoke(app, asked)
    assert result.exit_code == 0, result.output
    assert "why" not in json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    assert 'id="why"' not in (out / "index.html").read_text(encoding="utf-8")
    assert not list(out.glob("*/why*"))


@pytest.mark.integration
def test_too_many_runs_end_with_2_and_write_nothing(tmp_path: Path, command_line: Call) -> None:
    out = tmp_path / "result"
    more = tmp_path / "more.yaml"
    more.write_text(
        "title: x\nextends: everything\nparameters: {awareness: {push_per_month: 0.05}}\n", encoding="utf-8"
    )
    code, _, error = command_line(
        "compare",
        "no-programmes",
        "everything",
        str(more),
        "--why",
        "--replicates",
        "2",
        "--set",
        "months=40",
        "--out",
        str(out),
    )
    assert code == 2
    assert "to say why takes" in error
    assert not out.exists()
