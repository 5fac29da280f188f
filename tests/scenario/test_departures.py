"""What was changed: each departure from the packaged defaults is named, with value, place and reason, and no other."""

from __future__ import annotations

import json
from html import unescape
from pathlib import Path

import openpyxl
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from diffusion.cli.app import app
from diffusion.engine.departure import OWN_GRADE, Departure
from diffusion.engine.parameters import describe_section, param
from diffusion.errors import InputError
from diffusion.experiments.searches.subsets import with_changed_levers
from diffusion.levers.base import Lever
from diffusion.levers.registry import all_levers
from diffusion.mechanisms.parameters import all_parameters
from diffusion.report.words.departure_words import NOTHING, UNKNOWN
from diffusion.scenario.departures import OFF, departures, packaged_lever
from diffusion.scenario.felt.in_force import settings_in_force
from diffusion.scenario.load import load_scenario
from diffusion.scenario.schema import Scenario
from diffusion.scenario.sources import PATCH_FOLDER, scenario_names
from diffusion.scenario.tree import LONGEST_REASON
from diffusion.storage.manifest import write_manifest

pytestmark = pytest.mark.unit

PACKAGED = [name for name in scenario_names() if not name.startswith(f"{PATCH_FOLDER}/")]
LEVERS = [name.removeprefix(f"{PATCH_FOLDER}/") for name in scenario_names() if name.startswith(f"{PATCH_FOLDER}/")]
PARAMETERS = [row for row in all_parameters() if isinstance(row.default, bool | int | float)]


def found(scenario: Scenario) -> dict[str, Departure]:
    """Key -> departure; no key twice."""
    told = departures(scenario)
    assert len({each.key for each in told}) == len(told)
    return {each.key: each for each in told}


def written(folder: Path, text: str, name: str = "own.yaml") -> Scenario:
    (folder / name).write_text(f"title: x\n{text}", encoding="utf-8")
    return load_scenario(folder / name)


def another(row, data: st.DataObject):
    """Draw a value of a parameter inside its plausible range that is not its default."""
    if isinstance(row.default, bool):
        return not row.default
    low = row.default / 2 if row.low is None else row.low
    high = row.default * 2 + 1 if row.high is None else row.high
    kind = st.integers(int(low), int(high)) if isinstance(row.default, int) else st.floats(low, high)
    value = data.draw(kind)
    assume(value != row.default)
    return value


def spelled(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else repr(value)


@pytest.mark.parametrize("name", PACKAGED)
def test_packaged_scenarios_depart_in_nothing(name: str) -> None:
    assert departures(load_scenario(name)) == ()


@pytest.mark.parametrize("lever", LEVERS)
def test_packaged_levers_stacked_depart_in_nothing(lever: str) -> None:
    assert departures(load_scenario(f"no-programmes+{lever}")) == ()
    assert departures(load_scenario(f"baseline+{lever}+expo" if lever != "expo" else "baseline+expo")) == ()


@settings(max_examples=120, deadline=None)
@given(st.data())
def test_any_changed_parameter_is_named_with_its_value(data: st.DataObject) -> None:
    rows = data.draw(st.lists(st.sampled_from(PARAMETERS), min_size=1, max_size=4, unique_by=lambda row: row[:2]))
    chosen = {f"parameters.{row.section}.{row.name}": (row, another(row, data)) for row in rows}
    try:
        scenario = load_scenario("baseline", [f"{key}={spelled(value)}" for key, (_, value) in chosen.items()])
    except InputError:
        assume(False)
        raise
    told = found(scenario)
    assert set(told) == set(chosen)
    for key, (row, value) in chosen.items():
        each = told[key]
        assert (each.value, each.packaged, each.where) == (value, row.default, "--set")
        assert (each.unit, each.grade, each.source) == (row.unit, row.grade, row.source)


@settings(max_examples=120, deadline=None)
@given(st.data())
def test_any_changed_setting_of_an_added_lever_is_named(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from([name for name in LEVERS if name in all_levers()]))
    model = all_levers()[name]
    stated = packaged_lever(name)
    rows = [row for row in describe_section(name, model) if isinstance(row.default, bool | int | float)]
    row = data.draw(st.sampled_from([row for row in rows if row.name not in stated]))
    key, value = f"levers.{name}.{row.name}", another(row, data)
    try:
        scenario = load_scenario(f"no-programmes+{name}", [f"{key}={spelled(value)}"])
    except InputError:
        assume(False)
        raise
    each = found(scenario)[key]
    assert (each.value, each.packaged, each.where) == (value, row.default, "--set")
    assert set(found(scenario)) == {key}


def test_only_what_differs_is_told_of_a_scenario_that_extends_another(tmp_path: Path) -> None:
    scenario = written(
        tmp_path,
        "extends: tariff\nmonths: 120\nparameters:\n  awareness:\n    push_per_month: 0.05\n  use: {followed: true}\n"
        "levers:\n  best-practice-tariff:\n    uplift_share: 0.3\n    awareness_push: 1.5\n",
    )
    told = found(scenario)
    assert list(told) == ["parameters.awareness.push_per_month", "levers.best-practice-tariff.uplift_share"]
    assert [each.where for each in told.values()] == ["own.yaml:6", "own.yaml:10"]


@pytest.mark.parametrize(
    ("text", "key", "value", "packaged"),
    [
        ("months: 60", "months", 60, 120),
        ("start: 2014-01", "start", "2014-01", "2015-07"),
        ("policy_start: 2018-04", "policy_start", "2018-04", "2017-07"),
        ("initial: {stage: aware}", "initial.stage", "aware", "unaware"),
        ("initial: {adopters: {count: 3}}", "initial.adopters.count", 3, None),
        ("agents: {trust: 'mine:Trust'}", "agents.trust", "mine:Trust", None),
        ("shocks: {winter: {start: 2016-12, pressure: 0.1}}", "shocks.winter.pressure", 0.1, 0.0),
        ("world: {layers: {geo: {radius_km: 100}}}", "world.layers.geo.radius_km", 100.0, None),
        ("world: {innovations: mine.yaml}", "world.innovations", "mine.yaml", "default"),
        ("world: {trusts: t/mine.csv}", "world.trusts", "t/mine.csv", "packaged"),
        ("world: {synthetic: {n_trusts: 40}}", "world.synthetic.n_trusts", 40, None),
        ("levers: {ahsn-support: {strength: 0.5}}", "levers.ahsn-support.strength", 0.5, 1.0),
        ("levers: {ahsn-support: {enabled: false}}", "levers.ahsn-support.enabled", OFF, "in force"),
        ("levers: {local-first: {strength: 0.5}}", "levers.local-first.strength", 0.5, 1.0),
        ("levers: {second: {lever: test-beds, start: 2019-04}}", "levers.second.start", "2019-04", "2017-07"),
        (
            "levers: {best-practice-tariff: {targets: {innovations: [mycopd]}}}",
            "levers.best-practice-tariff.targets.innovations",
            ["mycopd"],
            packaged_lever("best-practice-tariff")["targets"]["innovations"],
        ),
    ],
)
def test_every_section_is_looked_at(tmp_path: Path, text: str, key: str, value: object, packaged: object) -> None:
    each = found(written(tmp_path, f"extends: baseline\n{text}\n"))[key]
    assert (each.value, each.packaged, each.where) == (value, packaged, "own.yaml:3")


def test_a_later_first_month_of_policies_is_told_once(tmp_path: Path) -> None:
    scenario = written(tmp_path, "extends: [tariff, local-first]\npolicy_start: 2018-04\n")
    assert list(found(scenario)) == ["policy_start"]


def test_an_innovation_of_ones_own_is_told_as_one(tmp_path: Path) -> None:
    scenario = written(
        tmp_path,
        "extends: baseline\nworld:\n  more_innovations:\n    own-drug: {name: Own, kind: drug,\n"
        "      use_share: {value: 0.4, because: a count of our own}}\n",
    )
    (each,) = found(scenario).values()
    assert (each.key, each.where) == ("world.more_innovations.own-drug", "own.yaml:5")
    assert each.value == {"name": "Own", "kind": "drug", "use_share": 0.4}
    assert each.reason == "a count of our own"


def test_a_lever_that_leaves_out_its_packaged_targets_says_so(tmp_path: Path) -> None:
    told = found(written(tmp_path, "extends: baseline\nlevers:\n  best-practice-tariff:\n"))
    (each,) = told.values()
    assert (each.key, each.value) == ("levers.best-practice-tariff.targets.innovations", None)


def test_a_changed_copy_keeps_what_it_is_held_against() -> None:
    scenario = load_scenario("baseline+local-first").changed({"levers.local-first.strength": 0.7})
    (each,) = found(scenario).values()
    assert (each.key, each.value, each.where) == ("levers.local-first.strength", 0.7, "")


def test_where_a_search_has_set_a_lever_no_file_is_said_to_have(tmp_path: Path) -> None:
    scenario = written(
        tmp_path,
        "extends: baseline\nmonths: {m}\nlevers:\n  local-first:\n    strength: {value: 0.5, because: halved}\n"
        "    lead_months: {value: 30, because: slower}\n".replace("{m}", "60"),
    )
    lever = scenario.levers["local-first"]
    scaled = with_changed_levers(
        scenario, scenario.levers | {"local-first": lever.model_copy(update={"strength": 0.7})}
    )
    told = {key.rpartition(".")[2]: each for key, each in found(scaled).items()}
    assert {key: (each.value, each.where, each.reason) for key, each in told.items()} == {
        "months": (60, "own.yaml:3", ""),
        "strength": (0.7, "", ""),
        "lead_months": (30, "own.yaml:7", "slower"),
    }
    assert found(scenario)["levers.local-first.strength"].reason == "halved"


def test_an_own_lever_is_told_and_rests_on_nobody_else(tmp_path: Path) -> None:
    class OwnPush(Lever):
        name = "own-push-of-this-test"
        push: float = param(2.0, "a push", unit="1", grade="A", source="a trial")

        def write(self, month, see, terms, own, draws) -> None:
            terms.awareness_push.add(self.push)

    base = load_scenario("baseline")
    mine = OwnPush(start="2016-01", push=3.0)
    scenario = with_changed_levers(base, base.levers | {"mine": mine})
    told = found(scenario)
    assert told["levers.mine"].value == "own lever own-push-of-this-test"
    assert (told["levers.mine.push"].value, told["levers.mine.push"].packaged) == (3.0, 2.0)
    rows = settings_in_force(scenario, scenario.build_world(), told.values())["mine"]
    assert [(row.name, row.grade) for row in rows] == [("push", OWN_GRADE)]


# --- Reasons ----------------------------------------------------------------------------------------------------------


def test_a_reason_changes_nothing_but_what_is_told(tmp_path: Path) -> None:
    plain = (
        "extends: baseline\nparameters: {awareness: {push_per_month: 0.05}}\nlevers: {local-first: {strength: .5}}\n"
    )
    reasoned = plain.replace("0.05", "{value: 0.05, because: a survey}").replace(".5}", "{because: halved, value: .5}}")
    one, two = written(tmp_path, plain, "a.yaml"), written(tmp_path, reasoned, "b.yaml")
    assert one.content_hash == two.content_hash
    assert one.resolved() | {"name": ""} == two.resolved() | {"name": ""}
    assert [each.reason for each in departures(one)] == ["", ""]
    assert [each.reason for each in departures(two)] == ["a survey", "halved"]


def test_a_reason_goes_with_its_value(tmp_path: Path) -> None:
    (tmp_path / "below.yaml").write_text(
        "title: y\nextends: baseline\nparameters: {awareness: {push_per_month: {value: 0.05, because: old}}}\n"
    )
    key = "parameters.awareness.push_per_month"
    assert found(written(tmp_path, "extends: below.yaml\n"))[key].reason == "old"
    over = written(tmp_path, "extends: below.yaml\nparameters: {awareness: {push_per_month: 0.06}}\n")
    assert found(over)[key][1:3] == (0.06, 0.017)
    assert found(over)[key].reason == ""
    again = load_scenario(tmp_path / "below.yaml", [f"{key}={{value: 0.07, because: 'new, and \"better\"'}}"])
    assert found(again)[key].reason == 'new, and "better"'
    assert again.parameters.awareness.push_per_month == 0.07


def test_two_files_that_agree_in_the_value_may_give_two_reasons(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.yaml").write_text(
            f"title: {name}\nparameters: {{awareness: {{push_per_month: {{value: 0.05, because: {name}}}}}}}\n"
        )
    scenario = load_scenario(f"baseline+{tmp_path / 'a.yaml'}+{tmp_path / 'b.yaml'}")
    assert [each.reason for each in departures(scenario)] in (["a"], ["b"])


@given(st.text(st.characters(categories=("L", "N", "P", "S", "Zs")), max_size=LONGEST_REASON + 50))
@settings(max_examples=60, deadline=None)
def test_any_text_of_bounded_length_is_a_reason(text: str) -> None:
    setting = f"parameters.awareness.push_per_month={json.dumps({'value': 0.05, 'because': text}, ensure_ascii=False)}"
    if text.strip() and len(text) <= LONGEST_REASON:
        (each,) = departures(load_scenario("baseline", [setting]))
        assert each.reason == text
    else:
        with pytest.raises(InputError, match=rf"1 to {LONGEST_REASON} characters"):
            load_scenario("baseline", [setting])


@pytest.mark.parametrize("section", ["initial: {stage: {value: aware, because: x}}", "months: {value: 6, because: x}"])
def test_reasons_stand_in_four_sections_only(tmp_path: Path, section: str) -> None:
    with pytest.raises(InputError):
        written(tmp_path, f"extends: baseline\n{section}\n")


def test_a_fault_is_placed_where_the_value_stands(tmp_path: Path) -> None:
    text = "extends: baseline\nparameters:\n  awareness:\n    push_per_month:\n      because: x\n      value: many\n"
    with pytest.raises(InputError) as caught:
        written(tmp_path, text)
    assert (caught.value.line, caught.value.key) == (7, "parameters.awareness.push_per_month")


# --- Grades -----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def world():
    return load_scenario("tariff").build_world()


def grades(world, *said: str) -> dict[str, str]:
    scenario = load_scenario("tariff", list(said))
    rows = settings_in_force(scenario, world, departures(scenario))["best-practice-tariff"]
    return {row.name: row.grade for row in rows}


def test_a_tariff_that_pays_nothing_is_not_grade_a(world) -> None:
    tariff = "levers.best-practice-tariff"
    assert grades(world)["uplift_share"] == "A"
    assert "lower_base_price" not in grades(world)  # no is no assumption in force
    assert set(grades(world)) - set(grades(world, f"{tariff}.uplift_share=0")) == {"uplift_share"}
    assert "A" not in grades(world, f"{tariff}.uplift_share=0").values()
    assert grades(world, f"{tariff}.strength=0") == {}
    assert grades(world, f"{tariff}.start=2035-01") == {}
    assert grades(world, f"{tariff}.uplift_share=0.3")["uplift_share"] == OWN_GRADE
    halved = grades(world, f"{tariff}.strength=0.5")
    assert (halved["strength"], halved["uplift_share"]) == (OWN_GRADE, "A")


# --- Page, manifest, tables, terminal ---------------------------------------------------------------------------------

REASON = "<b>=1+1</b> 'local' \"survey\" 2024"


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A comparison with a changed parameter, an own portfolio and an added lever, and what the terminal said."""
    folder = tmp_path_factory.mktemp("told")
    (folder / "mine.yaml").write_text(
        "innovations:\n  - {id: own-app, name: Own app, kind: digital}\n"
        "  - {id: own-drug, name: Own drug, kind: drug}\n"
    )
    (folder / "own.yaml").write_text(
        "title: x\nextends: baseline\nworld: {innovations: mine.yaml}\nparameters:\n  awareness:\n    push_per_month:\n"
        f"      value: 0.05\n      because: {json.dumps(REASON)}\nlevers:\n  local-first: {{strength: 0.5}}\n"
    )
    (folder / "second.yaml").write_text(
        "title: y\nextends: baseline\nworld: {innovations: mine.yaml}\nlevers: {expo: }\n"
    )
    asked = ["compare", str(folder / "own.yaml"), str(folder / "second.yaml"), "--set", "months=6"]
    result = CliRunner().invoke(app, [*asked, "--replicates", "3", "--out", str(folder / "out")])
    assert result.exit_code == 0, result.output
    return folder / "out", result.output


def section(page: str) -> str:
    start = page.index('<section aria-labelledby="changed">')
    return page[start : page.index("</section>", start)]


def test_the_page_names_each_change_once_and_what_all_share_apart(told: tuple[Path, str]) -> None:
    text = section((told[0] / "index.html").read_text(encoding="utf-8"))
    common, own = text[text.index("All options") : text.index("<h3>x")], text[text.index("<h3>x") :]
    assert text.count("<h3>") == 2
    assert "<code>months</code>: <strong>6</strong> instead of 120 (--set)" in common
    for key, value in (("parameters.awareness.push_per_month", "0.05 1/month"), ("levers.local-first.strength", "0.5")):
        assert f"<code>{key}</code>: <strong>{value}</strong>" in own
        assert key not in common
    assert "<b>" not in text
    assert REASON in unescape(text)
    assert "(own.yaml:7)" in own
    assert (
        "<code>world.innovations</code>: <strong>mine.yaml</strong> instead of default (own.yaml:3, second.yaml:3)"
        in common
    )


def test_manifest_tables_and_terminal_say_the_same(told: tuple[Path, str]) -> None:
    folder, said = told
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    own, second = ({row["key"]: row for row in rows} for rows in manifest["departures"])
    assert own["parameters.awareness.push_per_month"]["reason"] == REASON
    assert set(second) == {"months", "world.innovations"}
    assert set(own) == {*second, "parameters.awareness.push_per_month", "levers.local-first.strength"}
    line = " ".join(said.split())
    assert "4 settings differ from the packaged defaults: months, world.innovations," in line
    sheet = openpyxl.load_workbook(folder / "tables.xlsx")["What was changed"]
    rows = list(sheet.iter_rows(values_only=True))
    assert len(rows) == 1 + len(own) + len(second)
    assert REASON in {row[-1] for row in rows}


def test_the_page_from_stored_results_is_the_same_and_one_without_the_key_opens(told: tuple[Path, str]) -> None:
    folder, _ = told
    page = (folder / "index.html").read_bytes()
    assert CliRunner().invoke(app, ["report", str(folder)]).exit_code == 0
    assert (folder / "index.html").read_bytes() == page
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    old = {key: value for key, value in manifest.items() if key not in ("departures", "levers_in_force")}
    write_manifest({key: value for key, value in old.items() if key != "sha256"}, folder / "manifest.json")
    again = folder.with_name("again")
    result = CliRunner().invoke(app, ["report", str(folder), "--out", str(again)])
    assert result.exit_code == 0, result.output
    text = (again / "index.html").read_text(encoding="utf-8")
    assert UNKNOWN in text
    assert "Evidence grade C" in text


def test_where_nothing_was_changed_one_sentence_says_so(tmp_path: Path) -> None:
    out = tmp_path / "out"
    result = CliRunner().invoke(app, ["run", "limits/ring", "--replicates", "2", "--out", str(out)])
    assert result.exit_code == 0, result.output
    assert NOTHING in " ".join(result.output.split())
    text = section((out / "index.html").read_text(encoding="utf-8"))
    assert f"<p>{NOTHING}</p>" in text
    assert "<li" not in text
    assert not (out / "tables" / "departures.csv").exists()
