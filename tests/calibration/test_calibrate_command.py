"""``diffusion calibrate``: from a file to a posterior; begun, refused, gone on with; counts of one's own."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import jsonschema
import numpy as np
import pytest
import yaml

pytest.importorskip("sklearn")

from diffusion.cli.app import main
from diffusion.ensemble.posterior import engine_digest, packaged_posterior, read_posterior
from diffusion.errors import InputError
from diffusion.storage.sealed import sealed
from support.made_series import KEYS, SMALL, made_series

pytestmark = pytest.mark.integration

TINY = {**SMALL, "waves": 1, "draws": 20, "replicates": 2, "steps": 60, "chains": 4, "posterior": 20}


def ended(words: list[str]) -> int:
    """Run a command in this process; return its exit code."""
    with pytest.raises(SystemExit) as left:
        main(words)
    return int(left.value.code or 0)


@pytest.fixture
def plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a small calibration of one made-up series, in the current folder."""
    monkeypatch.chdir(tmp_path)
    made_series(tmp_path / "series")
    path = tmp_path / "plan.yaml"
    path.write_text(yaml.safe_dump({**TINY, "evidence": "series", "series": ["made-drug"]}))
    return path


def test_from_a_file_to_a_posterior(plan: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ended(["calibrate", str(plan), "--out", "first", "--jobs", "2"]) == 0
    shown = capsys.readouterr()
    assert "points lie inside the 80 % interval" in shown.out
    assert "made-drug, month" in shown.out
    found = read_posterior(Path("first"))
    assert len(found) == 20
    assert not found.stale
    assert sorted(found.keys) == sorted(KEYS)
    assert 2 <= found.settings(3)["parameters.capacity.wte_per_size"] <= 32
    # all of it is there: nothing is run again, and the bytes are the same
    before = Path("first/posterior.parquet").read_bytes()
    assert ended(["calibrate", str(plan), "--out", "first", "--continue"]) == 0
    assert Path("first/posterior.parquet").read_bytes() == before
    # a finished folder is not overwritten, one of another plan not gone on with
    assert ended(["calibrate", str(plan), "--out", "first"]) == 2
    assert "add --continue" in capsys.readouterr().err
    plan.write_text(plan.read_text().replace("seed: 5", "seed: 6"))
    assert ended(["calibrate", str(plan), "--out", "first", "--continue"]) == 2
    assert "begun with another plan" in capsys.readouterr().err
    # validation over it
    assert ended(["validate", "--posterior-from", "first", "--draws", "2", "--series", "precept", "-n", "1"]) == 0
    assert "2 draws of the posterior" in " ".join(capsys.readouterr().out.split())
    assert ended(["validate", "--posterior-from", "first", "--draws", "21", "--series", "precept", "-n", "1"]) == 2
    (Path("first") / "posterior.parquet").write_bytes(b"x")
    with pytest.raises(InputError, match="is not the one"):
        read_posterior(Path("first"))


@pytest.mark.slow
def test_the_checks_say_what_is_met_and_what_is_not(plan: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plan.write_text(plan.read_text().replace("['made-drug']", "[made-drug, made-digital]") + "made_up: 3\n")
    assert ended(["calibrate", str(plan), "--out", "first", "--checks", "--jobs", "2"]) == 0
    said = capsys.readouterr().out
    text = Path("first/validation.md").read_text()
    assert said.count("met") >= 10
    for heading in ("Every point, misses first", "predicted from all others", "Made-up data", "What levers do"):
        assert heading in text
    assert "| best practice tariff | 10 |" in text
    assert "nan" not in text.lower()
    page = Path("first/validation.html").read_text()
    # points, one series, families left out, ranks, what was learnt, policies after 2, 5 and 10 years; its fans
    assert page.count("<svg") >= 9
    assert "Rank histograms" in page
    assert '<h3 id="made-drug">' in page
    posterior = Path("first/posterior.json").read_bytes()
    # another version of the code reads what a finished one found, and leaves it as it is
    begun = Path("first/calibration.json")
    said_then = json.loads(begun.read_text())
    begun.write_bytes(sealed({**said_then, "code": "another"}))
    assert ended(["calibrate", str(plan), "--out", "first", "--checks", "--continue"]) == 0
    assert "its posterior is kept as it is" in capsys.readouterr().err
    assert Path("first/posterior.json").read_bytes() == posterior
    assert Path("first/validation.md").read_text().split("\n", 3)[3] == text.split("\n", 3)[3]
    # one that is not finished has to be begun anew
    Path("first/posterior.json").unlink()
    assert ended(["calibrate", str(plan), "--out", "first", "--continue"]) == 2
    assert "begun with another code" in capsys.readouterr().err


def test_what_it_asks_for_is_told_without_running(plan: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ended(["calibrate", str(plan), "--check"]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "160 runs" not in shown
    assert "80: 1 waves of 20 draws" in shown
    assert not Path("results").exists()


def test_scripts_for_slurm_are_written_for_the_next_wave(plan: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ended(["calibrate", str(plan), "--out", "first", "--script", "3"]) == 0
    shown = capsys.readouterr().out
    script = Path("first/wave-1/with/sweep.sbatch")
    assert "sbatch" in shown
    assert "--array=1-" in script.read_text()
    # what the script runs is an ordinary sweep
    assert ended(["sweep", "run", "first/wave-1/with", "--threads"]) == 0
    assert ended(["calibrate", str(plan), "--out", "first", "--continue"]) == 0


def test_other_files_are_never_touched(plan: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("taken").mkdir()
    Path("taken/own.txt").write_text("mine")
    assert ended(["calibrate", str(plan), "--out", "taken"]) == 2
    assert "never touched" in capsys.readouterr().err
    assert [path.name for path in Path("taken").iterdir()] == ["own.txt"]


def test_a_missing_package_is_told(
    plan: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *rest: None if name == "sklearn" else found(name, *rest)
    )
    assert ended(["calibrate", str(plan), "--out", "first"]) == 2
    assert "pip install 'nhs-diffusion[calibrate]'" in capsys.readouterr().err
    assert not Path("first").exists()


def test_the_schema_takes_what_the_reader_takes(plan: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ended(["calibrate", "--schema"]) == 0
    schema = json.loads(capsys.readouterr().out)
    jsonschema.validate(yaml.safe_load(plan.read_text()), schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"wave": 3}, schema)


# --- What comes with the package --------------------------------------------------------------------------------------


def test_the_packaged_posterior_is_of_this_engine_and_evidence() -> None:
    from diffusion.evidence.reading import packaged_evidence
    from diffusion.mechanisms.parameters import all_parameters

    found = packaged_posterior()
    assert found is not None
    assert found.facts["digest"] == engine_digest()
    assert found.facts["evidence"] == {item.id: item.sha256 for item in packaged_evidence()}
    assert len(found) == 500
    known = {f"parameters.{row.section}.{row.name}": row for row in all_parameters()}
    for key in found.keys:
        low, high = known[key].low, known[key].high
        assert low is not None
        assert high is not None
        assert (found.columns[key] >= low).all()
        assert (found.columns[key] <= high).all()
    assert np.isfinite(np.stack(list(found.columns.values()))).all()


def test_parameters_show_what_was_learnt(capsys: pytest.CaptureFixture[str]) -> None:
    assert ended(["parameters", "--section", "capacity", "--json"]) == 0
    rows = {row["name"]: row for row in json.loads(capsys.readouterr().out)}
    assert rows["wte_per_size"]["posterior_low80"] < rows["wte_per_size"]["posterior_high80"]
    assert 0 <= rows["wte_per_size"]["learnt"] < 1
    assert "posterior_median" not in rows["load_pilot_wte"]
    assert ended(["parameters", "--section", "capacity"]) == 0
    assert "posterior" in capsys.readouterr().out
