"""The command line: what it prints, what it hands on, what it leaves behind."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
import types
from pathlib import Path

import pytest
import yaml

from diffusion.levers.registry import all_levers
from diffusion.scenario.load import load_scenario

pytestmark = pytest.mark.integration


@pytest.fixture
def call(command_line, monkeypatch):
    """Return ``command_line``, 100 columns wide."""
    monkeypatch.setenv("COLUMNS", "100")
    return command_line


@pytest.fixture
def delivered(monkeypatch):
    """Put a recorder in place of the function that runs and writes; return what it was handed."""
    handed: list[dict] = []
    module = types.ModuleType("diffusion.deliver.comparison")
    module.run_and_deliver = lambda scenarios, **options: handed.append({"scenarios": scenarios, **options})
    monkeypatch.setitem(sys.modules, "diffusion.deliver.comparison", module)
    return handed


# --- run and compare ------------------------------------------------------------------------------------------------


def test_run_hands_on_the_checked_scenario_and_options(call, delivered, tmp_path):
    code, _, _ = call("run", "baseline+local-first", "-n", "7", "--seed", "3", "--events", "--set", "months=24")
    assert code == 0
    handed = delivered[0]
    assert [scenario.name for scenario in handed["scenarios"]] == ["baseline+local-first"]
    assert handed["scenarios"][0].months == 24
    assert (handed["replicates"], handed["seed"], handed["events"], handed["force"]) == (7, 3, True, False)
    assert handed["out"] == Path("results/baseline+local-first")
    assert handed["command"][0] == "diffusion"
    assert list(tmp_path.iterdir()) == []


def test_compare_hands_on_all_scenarios_in_order(call, delivered):
    names = ["baseline", "tariff", "test-beds", "local-first"]
    code, _, _ = call(
        "compare", *names, "--replicates", "200", "--out", "results/demo", "--force", "--precision", "0.1"
    )
    assert code == 0
    assert [scenario.name for scenario in delivered[0]["scenarios"]] == names
    assert delivered[0]["out"] == Path("results/demo")
    assert delivered[0]["precision"] == 0.1


def test_settings_of_a_lever_go_to_the_scenarios_that_have_it(call, delivered):
    key = "levers.local-first.strength"
    code, _, _ = call("compare", "baseline", "local-first", "--set", f"{key}=0.5", "--set", "months=36")
    assert code == 0
    baseline, option = delivered[0]["scenarios"]
    assert "local-first" not in baseline.levers
    assert option.levers["local-first"].strength == 0.5
    assert baseline.months == option.months == 36


def test_values_outside_the_plausible_range_are_warned_of_on_stderr(call, delivered):
    code, out, err = call("run", "baseline", "--set", "parameters.awareness.push_per_month=0.5")
    assert (code, out) == (0, "")
    assert err.startswith("warning: baseline: parameters.awareness.push_per_month = 0.5 lies outside")


def test_warnings_that_several_scenarios_have_are_told_once(call, delivered):
    asked = ("compare", "baseline", "local-first", "tariff", "--set", "world.region=GM", "--set", "months=36")
    code, _, err = call(*asked)
    assert code == 0
    lines = err.splitlines()
    assert sum("the world is one region alone" in line for line in lines) == 1
    assert next(line for line in lines if "is one region alone" in line).startswith("warning: all scenarios: ")
    inside = [line for line in lines if "as far as it lies inside" in line]  # leads are those of one of the three
    assert [line.split(": ")[1] for line in inside] == ["baseline, tariff", "local-first"]
    assert "leads of levers.local-first" in inside[1]
    alone = call("run", "baseline", "--set", "world.region=GM")[2]
    assert "warning: baseline: the world is one region alone" in alone


def test_results_may_go_where_an_unfinished_or_forced_result_is(call, delivered, tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "done").mkdir()
    (tmp_path / "done" / "manifest.json").write_text('{"package": {"name": "nhs-diffusion"}, "files": {}}')
    assert call("run", "baseline", "--out", "empty")[0] == 0
    assert call("run", "baseline", "--out", "done", "--force")[0] == 0
    assert delivered[1]["force"] is True


def test_interrupting_leaves_with_130(call, monkeypatch, delivered):
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    sys.modules["diffusion.deliver.comparison"].run_and_deliver = interrupt
    assert call("run", "baseline")[0] == 130


# --- Own code -------------------------------------------------------------------------------------------------------


def test_own_levers_and_agents_need_their_module_named(call, delivered, tmp_path):
    (tmp_path / "own_ideas.py").write_text(
        "from typing import ClassVar\n"
        "from diffusion.levers.base import Lever\n"
        "from diffusion.levers.registry import register\n"
        "@register\n"
        "class Leaflets(Lever):\n"
        "    '''Leaflets for all trusts.'''\n"
        "    name: ClassVar[str] = 'leaflets'\n"
        "    title: ClassVar[str] = 'Leaflets'\n"
        "    def write(self, month, see, terms, own, draws):\n"
        "        terms.awareness_push.add(0.1 * self.level(month))\n"
        "class Cautious:\n    pass\n"
    )
    (tmp_path / "own.yaml").write_text(
        "title: own\nextends: baseline\nlevers: {leaflets: {}}\nagents: {trust: 'own_ideas:Cautious'}\n"
    )
    code, _, err = call("run", "own.yaml")
    assert code == 2
    assert "own.yaml:3: levers.leaflets: unknown lever 'leaflets'" in err
    assert call("run", "own.yaml", "--python", "own_ideas")[0] == 0
    assert list(delivered[0]["scenarios"][0].levers) == ["ahsn-support", "leaflets"]
    assert "leaflets" in call("levers", "list", "--python", "own_ideas")[1]
    shown = json.loads(call("levers", "show", "leaflets", "--json", "--python", "own_ideas")[1])
    assert shown["writes"] == ["awareness_push"]
    (tmp_path / "own.yaml").write_text("title: own\nagents: {trust: 'own_ideas:Cautios'}\n")
    code, _, err = call("run", "own.yaml", "--python", "own_ideas")
    assert code == 2
    assert "own.yaml:2: agents.trust: the module 'own_ideas' has no class 'Cautios'" in err
    assert "did you mean 'Cautious'?" in err


# --- Scenarios ------------------------------------------------------------------------------------------------------


def test_scenarios_list_names_every_file(call):
    code, out, _ = call("scenarios", "list")
    assert code == 0
    for name in ("baseline", "tariff", "+local-first", "+best-practice-tariff", "limits/ring-lattice-one-seed"):
        assert name in out
    assert "_pure-contagion" not in out


def test_a_broken_file_does_not_end_the_list(call, tmp_path):
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios" / "broken.yaml").write_text("title: x\nmonhts: 3\n")
    code, out, _ = call("scenarios", "list")
    assert code == 0
    assert "cannot be used" in out
    assert "baseline" in out


def test_scenarios_show_prints_what_differs_and_the_resolved_file(call, tmp_path):
    code, out, _ = call("scenarios", "show", "tariff")
    assert code == 0
    assert "2015-07 to 2025-06, 120 months" in out
    assert "pipeline-drug-a" in out
    _, text, _ = call("scenarios", "show", "tariff", "--yaml")
    (tmp_path / "again.yaml").write_text(text)
    assert load_scenario(tmp_path / "again.yaml").content_hash == load_scenario("tariff").content_hash
    _, text, _ = call("scenarios", "show", "tariff", "--json")
    assert json.loads(text)["levers"]["best-practice-tariff"]["uplift_share"] == 0.24


def test_scenarios_new_writes_a_file_that_loads_at_once_and_never_overwrites(call, tmp_path):
    code, out, _ = call("scenarios", "new", "my-plan", "--from", "baseline+local-first")
    assert code == 0
    path = tmp_path / "scenarios" / "my-plan.yaml"
    assert "wrote scenarios/my-plan.yaml" in out
    made = load_scenario("my-plan")
    assert made.content_hash == load_scenario("baseline+local-first").content_hash
    text = path.read_text()
    code, _, err = call("scenarios", "new", "my-plan")
    assert (code, path.read_text()) == (2, text)
    assert "try my-plan-2" in err


def test_every_commented_key_of_a_new_file_may_be_used(call, tmp_path):
    call("scenarios", "new", "all", "--from", "tariff")
    path = tmp_path / "scenarios" / "all.yaml"
    lines = path.read_text().split("# world:")[0].splitlines()
    path.write_text("\n".join(line.removeprefix("# ") for line in lines if not line.startswith("# A sc")) + "\n")
    text = path.read_text().replace("Check it with", "# Check it with")
    path.write_text(text)
    scenario = load_scenario("all")
    # those of the scenario it extends carry `enabled: false`
    built_in = {name for name, lever in all_levers().items() if lever.number}
    found = {name for name, lever in scenario.levers.items() if lever.number}  # not own ones of other tests
    assert found == built_in - {"ahsn-support", "best-practice-tariff"}
    assert scenario.parameters == load_scenario("tariff").parameters


def test_scenarios_diff_and_validate(call):
    _, out, _ = call("scenarios", "diff", "baseline", "local-first")
    assert "levers.local-first" in out
    _, out, _ = call("scenarios", "diff", "local-first", "baseline+local-first")
    assert "the same but for their headers" in out
    code, out, _ = call("scenarios", "validate", "baseline", "limits/ring")
    assert code == 0
    assert "baseline: good, 233 trusts, 30 innovations" in out


def test_scenarios_schema_is_json(call, tmp_path):
    _, out, _ = call("scenarios", "schema")
    assert json.loads(out)["properties"]["levers"]
    call("scenarios", "schema", "--out", "schema.json")
    assert json.loads((tmp_path / "schema.json").read_text()) == json.loads(out)


# --- Explaining -----------------------------------------------------------------------------------------------------


def test_levers_list_and_show(call):
    _, out, _ = call("levers", "list")
    assert all(name in out for name in ("best-practice-tariff", "ahsn-support", "test-beds", "local-first"))
    for name in ("best-practice-tariff", "ahsn-support", "test-beds", "local-first"):
        code, out, _ = call("levers", "show", name)
        assert code == 0
        assert "evidence" in out
        assert "strength" in out


def test_parameters_as_table_and_json(call):
    _, out, _ = call("parameters", "--section", "awareness")
    assert "push_per_month" in out
    assert "0.01 to 0.1" in out
    _, out, _ = call("parameters", "--json")
    rows = json.loads(out)
    assert {"section", "name", "unit", "low", "high", "grade", "source"} <= set(rows[0])


@pytest.mark.parametrize("topic", ["month", "terms", "outputs", "world"])
def test_describe(call, topic):
    code, out, _ = call("describe", topic)
    assert code == 0
    assert len(out.splitlines()) > 15


def test_describe_month_lists_every_phase_with_what_it_reads_and_writes(call):
    from diffusion.month.phases import PHASES

    _, out, _ = call("describe", "month")
    text = " ".join(out.split())
    places = [text.index(f"{phase.name}: {' '.join(phase.title.split())}") for phase in PHASES]
    assert places == sorted(places)


def test_network_export(call, tmp_path):
    code, out, _ = call("network", "export", "ics", "--out", "ics.csv")
    assert code == 0
    assert "1,544" in out
    with (tmp_path / "ics.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) in (772, 1544)
    assert call("network", "export", "ahsn", "--out", "ahsn.graphml", "--scenario", "baseline")[0] == 0
    import networkx as nx

    assert nx.read_graphml(tmp_path / "ahsn.graphml").number_of_nodes() == 233
    assert call("network", "export", "ics", "--out", "ics.csv")[0] == 2
    assert call("network", "export", "ics", "--out", "ics.csv", "--force")[0] == 0


@pytest.mark.parametrize("columns", ["80", "120"])
@pytest.mark.parametrize(
    "arguments",
    [("scenarios", "list"), ("levers", "list"), ("parameters",), ("describe", "world"), ("describe", "terms")],
)
def test_tables_fit_the_terminal(call, monkeypatch, arguments, columns):
    monkeypatch.setenv("COLUMNS", columns)
    _, out, _ = call(*arguments)
    assert max(len(line) for line in out.splitlines()) <= int(columns)


def test_network_mentors(call, tmp_path):
    settings = ("--set", "months=6", "--set", "levers.clinical-entrepreneurs.start=2015-08")
    code, out, _ = call("network", "mentors", "--out", "m.csv", "--replicates", "2", *settings)
    assert code == 0
    lines = (tmp_path / "m.csv").read_text().splitlines()
    assert lines[0] == '"replicate","entrepreneur","profession","trust","appointed","mentor","kind"'
    assert {line.split(",")[0] for line in lines[1:]} == {"0", "1"}
    assert all(',"doctor",' in line and ',"2015-08",' in line for line in lines[1:])
    kinds = [line.rsplit(",", 1)[1] for line in lines[1:]]
    numbers = f"{len(kinds)} ties, {kinds.count(chr(34) + 'industry' + chr(34))} to industry partners"
    assert numbers in " ".join(out.split())
    assert 150 < len(kinds) <= 200
    code, _, err = call("network", "mentors", "--out", "none.csv", "--scenario", "baseline")
    assert code == 2
    assert "stack it on the scenario: +clinical-entrepreneurs" in " ".join(err.split())
    assert not (tmp_path / "none.csv").exists()


# --- Starting -------------------------------------------------------------------------------------------------------


def test_version_and_help(call):
    code, out, _ = call("--version")
    assert code == 0
    assert out.startswith("diffusion ")
    code, out, _ = call("--help")
    assert code == 0
    assert "compare" in out


def test_help_imports_nothing_heavy():
    heavy = ["mesa", "numpy", "pandas", "matplotlib", "numba", "scipy", "networkx", "pyarrow", "pydantic"]
    code = (
        "import sys\nfrom diffusion.cli.app import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit:\n    pass\n"
        f"print([name for name in {heavy} if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"


def test_the_public_names_are_there_and_lazy():
    import diffusion

    assert set(diffusion.__all__) <= set(dir(diffusion))
    assert diffusion.load("baseline").name == "baseline"
    assert issubclass(diffusion.InputError, Exception)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = diffusion.nothing  # type: ignore[attr-defined]


def test_packaged_yaml_files_are_plain_utf8_with_headers():
    from diffusion.paths import scenarios_folder

    for path in scenarios_folder().rglob("*.yaml"):
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
        assert data["title"], path
