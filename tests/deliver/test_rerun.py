"""Results run again from their folders, and held against each other, on the command line."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from diffusion.cli.app import main
from diffusion.storage.manifest import write_manifest
from support.command_line import refused

pytestmark = pytest.mark.integration

WORLD = "world: {innovations: tables/mine.yaml, synthetic: {england_like: true, n_trusts: 20}}\n"
FILES = {
    "tables/mine.yaml": "innovations:\n  - {id: own-app, name: Own app, kind: digital}\n"
    "  - {id: own-drug, name: Own drug, kind: drug}\n",
    "ours.yaml": f"title: Ours, AS WRITTEN\nextends: baseline\nmonths: 18\npolicy_start: 2015-09\n{WORLD}"
    "parameters: {awareness: {push_per_month: {value: 0.05, because: 'a survey'}}}\n",
    "more.yaml": "title: And a tariff\nextends: ours.yaml\nlevers:\n  people-and-skills: {strength: 0.5}\n  expo: {}\n",
}
ASKED = (
    "compare", "ours.yaml", "more.yaml", "--with", "levers.people-and-skills.strength=1", "--replicates", "12",
    "--seed", "3", "--why", "--events", "--for", "kind:digital", "--set", "start=2015-06", "--precision", "3",
    "--most-replicates", "20", "--jobs", "2",
)  # fmt: skip


def called(*arguments: str, capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(SystemExit) as leaving:
        main(arguments)
    out, err = capsys.readouterr()
    assert not leaving.value.code, err
    return " ".join(out.split())


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a comparison, and nothing of what it was made of."""
    folder = tmp_path_factory.mktemp("made")
    for name, text in FILES.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        with pytest.raises(SystemExit) as leaving:
            main([*ASKED, "--out", "first"])
        assert not leaving.value.code
    for name in FILES:
        (folder / name).unlink()
    return folder


@pytest.fixture
def here(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(made / "first", tmp_path / "first")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    return tmp_path


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "manifest.json"
    }


def manifest(folder: Path) -> dict[str, object]:
    found: dict[str, object] = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    return found


def test_where_nothing_moved_every_file_is_the_same_again_and_again(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = called("rerun", "first", capsys=capsys)
    assert "Nothing moved: settings, versions and data are the same, and so is every table, to the byte." in said
    assert "Every outcome of every option is the same in every run." in said
    assert "80 % interval" not in said  # the comparison stands where it stood
    assert "Tables and the page: first-again/index.html" in said
    assert contents(here / "first-again") == contents(here / "first")
    assert {"scenarios/00/tables/mine.yaml", "tables/why.csv", "index.html"} <= set(contents(here / "first"))
    before, after = manifest(here / "first"), manifest(here / "first-again")
    told = ("again", "checksum", "duration_seconds", "finished", "why")
    assert {key: before[key] for key in before if key not in told} == {
        key: after[key] for key in after if key not in told
    }
    again = after["again"]
    assert isinstance(again, dict)
    assert again["of"] == before["checksum"]
    called("rerun", "first-again", "--out", "third", capsys=capsys)
    assert contents(here / "third") == contents(here / "first")
    page = (here / "first" / "index.html").read_text(encoding="utf-8")
    assert "Ours, AS WRITTEN" in page
    assert "And a tariff (strength 1)" in page


def test_what_is_set_is_told_and_dates_that_follow_follow(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = called("rerun", "first", "--set", "policy_start=2015-12", "--out", "later", capsys=capsys)
    assert "Settings that differ, in all options: policy_start 2015-09 → 2015-12" in said
    assert "levers.people-and-skills.start 2015-09 → 2015-12" in said
    assert "Tables that differ:" in said
    entries = manifest(here / "later")["scenarios"]
    assert isinstance(entries, list)
    assert [entry["resolved"]["levers"].get("expo", {}).get("start") for entry in entries[1:]] == ["2015-12"] * 2
    assert entries[0]["resolved"]["parameters"]["awareness"]["push_per_month"] == 0.05
    departed = manifest(here / "later")["departures"]
    assert isinstance(departed, list)
    where = {row["key"]: (row["where"], row["reason"]) for row in departed[0]}
    assert where["policy_start"][0] == "--set"
    assert where["parameters.awareness.push_per_month"] == ("ours.yaml:6", "a survey")
    said = called("diff", "first", "later", capsys=capsys)
    assert "Settings that differ, in all options: policy_start 2015-09 → 2015-12" in said


def test_a_lever_is_set_where_it_is_and_what_does_nothing_is_told(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(["rerun", "first", "--set", "levers.expo.strength=0.5", "--set", "months=18", "--no-files"])
    out, err = capsys.readouterr()
    assert "--set months=18 does nothing: that is what stands already" in " ".join(err.split())
    told = " ".join(out.split())
    assert "Settings that differ in And a tariff: levers.expo.strength 1.0 → 0.5" in told
    assert "Settings that differ in Ours" not in told
    assert [path.name for path in here.iterdir()] == ["first"]


def test_a_parameter_that_is_set_is_told_to_be_drawn_no_more(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = called("rerun", "first", "--set", "parameters.pilot.finance_weight=1", "--no-files", capsys=capsys)
    assert "parameters.pilot.finance_weight drawn → 1" in said
    assert "set, and so not drawn in B: parameters.pilot.finance_weight" in said


def test_another_seed_and_number_of_runs(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = called("rerun", "first", "--seed", "4", "--replicates", "14", "--out", "other", capsys=capsys)
    assert said.index("seed 3 → 4") < said.index("Change: from Ours")  # what moved stands above the comparison
    assert "which has the same draws of the parameters and other chance" in said
    assert "too few (40 are needed): no difference is claimed" in said
    called("diff", "first", "other", "--csv", "moved.csv", capsys=capsys)
    with (here / "moved.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert {row["paired"] for row in rows} == {"yes"}
    assert {row["beyond_chance"] for row in rows} == {"no"}
    main_rows = [row for row in rows if row["outcome"] == "adopter_share_pct"]
    kinds = [(row["option"], row["quantity"]) for row in main_rows]
    assert kinds[:2] == [("Ours, AS WRITTEN", "level"), ("And a tariff", "level")]
    assert kinds[2] == ("And a tariff", "change from the first")
    for row in rows:
        if row["difference"]:
            assert float(row["mean_b"]) - float(row["mean_a"]) == pytest.approx(
                float(row["difference"]), rel=1e-6, abs=1e-6
            )
            assert float(row["low95_all_at_once"]) <= float(row["difference"]) <= float(row["high95_all_at_once"])


def test_versions_data_and_code_that_moved_are_named(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old = manifest(here / "first")
    old["package"]["version"] = "0.0.1"  # type: ignore[index]
    old["dependencies"]["numpy"] = "1.0"  # type: ignore[index]
    old["request"]["code"] = "f" * 64  # type: ignore[index]
    for entry in old["scenarios"]:  # type: ignore[attr-defined]
        entry["world"]["provenance"]["kinds"] = "sha256:" + "0" * 64
    write_manifest(old, here / "first" / "manifest.json")
    said = called("rerun", "first", capsys=capsys)
    for text in ("version of nhs-diffusion 0.0.1 → ", "numpy 1.0 → ", "code of the model ffffffffffff → "):
        assert text in said
    assert "Data that differ: kinds 000000000000 → " in said
    assert "Every table is the same to the byte." in said


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("first", "--out", "first"), "the result that is run again lies in this folder"),
        (("first", "--out", "first", "--force"), "the result that is run again lies in this folder"),
        (("first", "--out", "./first/../first"), "the result that is run again lies in this folder"),
        (("first", "--no-files", "--out", "x"), "with --no-files nothing is written"),
        (("nowhere",), "there is no finished result in this folder"),
        (("/",), "there is no finished result in this folder"),
        (("..",), "there is no finished result in this folder"),
        (("first", "--out", "."), "the folder holds other files"),
        (("first", "--set", "levers.expos.strength=1"), "did you mean 'expo'?"),
        (("first", "--set", "parameters.awarenes.push_per_month=1"), "--set parameters.awareness.push_per_month=1"),
        (("first", "--set", "parameters.awareness.push_per_month=-1"), "expected a number >= 0"),
    ],
)
def test_what_cannot_be_done_is_refused(
    arguments: tuple[str, ...], says: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = contents(here)
    assert says in refused(capsys, "rerun", *arguments)
    assert contents(here) == before


def test_a_result_that_does_not_keep_what_was_asked_is_refused(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old = manifest(here / "first")
    del old["request"]
    write_manifest(old, here / "first" / "manifest.json")
    assert "does not keep what was asked" in refused(capsys, "rerun", "first")
    assert "first-again" not in [path.name for path in here.iterdir()]
    called("diff", "first", "first", capsys=capsys)  # which needs none of it


def test_a_damaged_folder_is_refused(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copytree(here / "first", here / "second")
    path = here / "first" / "scenarios" / "00" / "tables" / "mine.yaml"
    path.write_text(path.read_text().replace("Own app", "Another"))
    for arguments in (("rerun", "first"), ("diff", "first", "second"), ("diff", "second", "first")):
        assert "scenarios/00/tables/mine.yaml is damaged or was altered" in refused(capsys, *arguments)


def test_own_code_is_loaded_only_if_it_is_named_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from diffusion.levers import registry
    from diffusion.scenario import plugins

    assert registry.all_levers()
    monkeypatch.setattr(plugins, "_named", {})
    monkeypatch.setattr(registry, "_LEVERS", dict(registry._LEVERS))
    monkeypatch.chdir(tmp_path)
    text = (
        "from typing import ClassVar\nimport diffusion as df\n\n@df.register\nclass RerunOwn(df.Lever):\n"
        "    '''Own.'''\n    name: ClassVar[str] = 'rerun-own'\n    historic_start: ClassVar[str] = '2015-08'\n"
        "    def write(self, month, see, terms, own, draws):\n        terms.awareness_push.add(1.0)\n"
    )
    (tmp_path / "rerun_own.py").write_text(text, encoding="utf-8")
    world = "{synthetic: {england_like: true, n_trusts: 20, n_innovations: 3, kind: mix}}"
    (tmp_path / "own.yaml").write_text(f"title: x\nmonths: 6\nworld: {world}\nlevers: {{rerun-own: {{}}}}\n")
    called("run", "own.yaml", "--python", "rerun_own.py", "-n", "3", "--out", "r", capsys=capsys)
    registry._LEVERS.pop("rerun-own")
    plugins._named.clear()
    err = refused(capsys, "rerun", "r")
    assert "run with own levers (rerun-own), whose code is not loaded" in err
    assert "add --python rerun_own.py" in err
    import sys

    sys.modules.pop("rerun_own")
    (tmp_path / "rerun_own.py").write_text(text + "\n# moved\n", encoding="utf-8")
    said = called("rerun", "r", "--python", "rerun_own.py", capsys=capsys)
    assert "code of rerun_own.py" in said
    assert contents(tmp_path / "r-again") == contents(tmp_path / "r")
    sys.modules.pop("rerun_own")


def test_a_budget_is_searched_for_again_from_the_strengths_before_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    world = "world={synthetic: {england_like: true, n_trusts: 20}}"
    called(
        "compare", "baseline", "tariff", "--set", "levers.best-practice-tariff.strength=0.7", "--set", world, "--set",
        "months=24", "--set", "policy_start=2015-09", "--budget", "300k", "-n", "8", "--out", "r", capsys=capsys,
    )  # fmt: skip
    assert "Nothing moved" in called("rerun", "r", capsys=capsys)
    assert contents(tmp_path / "r-again") == contents(tmp_path / "r")
    said = called("rerun", "r", "--set", "months=20", "--out", "s", capsys=capsys)
    assert "months 24 → 20" in said
    assert "outcomes are those at the end of each" in said


def test_results_with_nothing_in_common_are_refused(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    world = "world={synthetic: {england_like: true, n_trusts: 20, n_innovations: 3, kind: mix}}"
    more = ("--set", world, "--set", "months=6", "-n", "3")
    called("compare", "baseline", "baseline+expo", *more, "--out", "b", capsys=capsys)
    err = refused(capsys, "diff", "first", "b")
    assert "the two results have nothing in common" in err
    called("run", "baseline", *more, "--out", "c", capsys=capsys)
    said = called("diff", "b", "c", capsys=capsys)
    assert "Only in A, and not compared: Expo." in said


Call = Callable[..., tuple[int, str, str]]


def test_one_more_option_without_a_file(tmp_path: Path, command_line: Call) -> None:
    world = ("--set", "world={synthetic: {england_like: true, n_trusts: 20, n_innovations: 3, kind: mix}}")
    more = (*world, "--set", "months=6", "-n", "3", "--no-files")
    code, out, err = command_line(
        "compare", "baseline", "baseline+local-first", "--with", "levers.local-first.strength=0.5", "--with",
        "baseline:parameters.awareness.push_per_month=0.05,parameters.capacity.wte_per_size=3", *more,
    )  # fmt: skip
    assert code == 0, err
    assert "Local first (strength 0.5)" in out
    assert "Baseline (push per month 0.05; WTE per size 3)" in " ".join(out.split())
    code, out, err = command_line("compare", "baseline", "--with", "parameters.awareness.push_per_month=0.05", *more)
    assert code == 0, err
    for text, says in (
        ("parameters.awareness.push_per_month", "for example --with parameters.awareness.push_per_month=0.05"),
        ("basline:months=3", "did you mean 'baseline'?"),
        ("parameters.awarenes.push_per_month=1", "write --with parameters.awareness.push_per_month=1"),
        ("levers.expo.strength=1", "stack it first"),
        ("months=3", "add --set months=6"),
    ):
        code, out, err = command_line("compare", "baseline", "--with", text, *more)
        assert (code, out) == (2, "")
        assert says in err
