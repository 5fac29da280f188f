"""Pages of regions of a result that is run again in another world: of the trusts that are there, or refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from diffusion.cli.app import app
from diffusion.scenario.load import load_scenario
from diffusion.world.regions import groups_of
from support.command_line import refused

pytestmark = pytest.mark.integration

LISTED = ("RBV", "RW3", "RM3")
RUNS = ("-n", "2", "--set", "months=3", "--jobs", "1")


def call(*words: str) -> str:
    result = CliRunner().invoke(app, list(words), env={"COLUMNS": "1000"})
    assert result.exit_code == 0, result.output
    return result.output


def regions(folder: str) -> dict[str, list[str]]:
    manifest = json.loads((Path(folder) / "manifest.json").read_text(encoding="utf-8"))
    return {region["name"]: region["trusts"] for region in manifest["regions"]}


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.txt").write_text("\n".join(LISTED))
    call("run", "no-programmes", *RUNS, "--region", "GM", "--region", "mine.txt", "--out", "r")
    return tmp_path


def test_regions_have_the_trusts_of_the_world_that_is_run(place: Path) -> None:
    call("rerun", "r", "--out", "same")
    assert regions("same") == regions("r")
    whole = {group.code: group.trusts for group in groups_of(load_scenario("baseline").build_world())}
    kept = [code for code in whole["GM"] if code != "RBV"]
    said = call("rerun", "r", "--set", f"world.region=[{','.join([*kept[1:], *whole['WX'][:1]])}]", "--out", "less")
    assert regions("less") == {"GM": kept[1:], "mine": [code for code in LISTED if code in kept[1:]]}
    text = (place / "less" / "region-GM.html").read_text(encoding="utf-8")
    assert f"{len(kept) - 1} trusts of the {len(kept)} organisations simulated" in text
    assert f"region GM ({'Health Innovation Manchester (Greater Manchester AHSN until 2017)'}) has" in said
    assert "region mine has 2 trusts in the world to be run, before 3: RBV is not in it" in said


def test_regions_that_are_gone_are_refused_before_anything_is_run(
    place: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("diffusion.deliver.rerun.run_and_deliver", lambda *_, **__: pytest.fail("it was run"))
    monkeypatch.setenv("COLUMNS", "1000")
    said = refused(capsys, "rerun", "r", "--set", "world.region=SW", "--out", "new")
    assert "region GM (Health Innovation Manchester (Greater Manchester AHSN until 2017)): " in said
    assert f"region mine: {', '.join(LISTED)}" in said
    assert "--set" in said
    assert "leave --set world.region=SW out, or add --no-files" in said
    assert not (place / "new").exists()
    monkeypatch.undo()
    call("rerun", str(place / "r"), "--set", "world.region=SW", "--no-files")
