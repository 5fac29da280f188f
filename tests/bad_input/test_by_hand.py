"""Broken files by hand: exit 2, one line with file, line, key and what to do instead, no traceback, nothing written."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from support.command_line import refused

FOLDER = Path(__file__).parent / "files"

# scenario, file and line of the fault, key, what the message must say
CASES = [
    ("unknown-key", "unknown-key.yaml:3", "polcy_start", "did you mean 'policy_start'?"),
    ("unknown-parameter", "unknown-parameter.yaml:6", "parameters.awareness.push_per_mnth", "'push_per_month'?"),
    ("wrong-type", "wrong-type.yaml:5", "parameters.capacity.wte_per_size", "expected a number (in WTE"),
    ("quoted-number", "quoted-number.yaml:2", "months", "expected a whole number; write it in digits alone"),
    ("out-of-range", "out-of-range.yaml:5", "parameters.pilot.rate_factor", "expected a number >= 0"),
    ("not-finite", "not-finite.yaml:4", "parameters.beliefs.prior_mean", "expected a finite number"),
    ("missing-title", "missing-title.yaml:1", "title", "add a line 'title: ...'"),
    ("missing-lever-name", "missing-lever-name.yaml:4", "levers.my-plan", "'lever: NAME'"),
    ("lever-id-a-number", "lever-id-a-number.yaml:4", "levers.5", "put it in quotes"),
    ("lever-name-a-list", "lever-name-a-list.yaml:5", "levers.my-plan.lever", "unknown lever '['local-first']'"),
    ("duplicate-key", "duplicate-key.yaml:5", "levers.local-first", "first given in line 3"),
    ("cycle-a", "cycle-c.yaml:2", "extends", "cycle-a -> cycle-b -> cycle-c -> cycle-a"),
    ("outside-extends", "outside-extends.yaml:2", "extends", "extend a scenario by its name"),
    ("outside-table", "outside-table.yaml:3", "world.trusts", "copy the file beside the scenario file"),
    ("latin-1", "latin-1.yaml:2", "", "save the file as UTF-8"),
    ("tabs", "tabs.yaml:3", "", "consistent indentation"),
    ("empty", "empty.yaml:1", "", "the file is empty"),
    ("a-list", "a-list.yaml:1", "", "'diffusion scenarios new NAME'"),
    ("unknown-lever", "unknown-lever.yaml:3", "levers.ahsn-suport", "did you mean 'ahsn-support'?"),
    ("unknown-innovation", "unknown-innovation.yaml:5", "targets.innovations", "did you mean 'mycopd'?"),
    ("unknown-sector", "unknown-sector.yaml:4", "targets.sectors", "did you mean 'acute'?"),
    ("end-before-start", "end-before-start.yaml:5", "levers.local-first.end", "for example 2019-04"),
    ("no-such-month", "no-such-month.yaml:2", "start", "not a month written YYYY-MM"),
    ("agent-not-named", "agent-not-named.yaml:3", "agents.trust", "add --python os if you trust it"),
    ("unknown-layer", "unknown-layer.yaml:4", "world.layers.clinicle", "did you mean 'clinical'?"),
    ("layer-weight", "layer-weight.yaml:4", "world.layers.geo.weight", "parameters.exposure.weight_geo"),
    ("unknown-seed", "unknown-seed.yaml:3", "initial.adopters.codes", "unknown name 'RX0'"),
    ("no-such-table", "no-such-table.yaml:3", "world.trusts", "did you mean 'trusts.csv'?"),
    ("unknown-generator", "unknown-generator.yaml:5", "world.synthetic.network", "did you mean 'watts_strogatz'?"),
    ("with-trusts-unknown-column", "trusts-unknown-column.csv:1", "staff", "did you mean 'staff_fte'?"),
    ("with-trusts-missing-column", "trusts-missing-column.csv:1", "ics", "missing column"),
    ("with-trusts-twice", "trusts-twice.csv:4", "code", "first given in line 2"),
    (
        "with-trusts-unknown-ahsn",
        "trusts-unknown-ahsn.csv:3",
        "ahsn",
        "'diffusion describe world --codes' lists the codes",
    ),
    ("with-trusts-not-a-number", "trusts-not-a-number.csv:3", "staff_fte", "expected a number"),
    ("with-trusts-at-sea", "trusts-at-sea.csv:3", "latitude", "expected a number <= 90"),
    ("with-trusts-utf-16", "trusts-utf-16.csv:1", "", "save the file as UTF-8"),
    ("with-innovations-unknown-kind", "innovations-unknown-kind.yaml:4", "kind", "did you mean 'digital'?"),
    ("with-innovations-missing-id", "innovations-missing-id.yaml:2", "id", "missing"),
    ("with-innovations-share-above-1", "innovations-share-above-1.yaml:5", "cashable_share", "expected a number <= 1"),
    ("with-innovations-unknown-key", "innovations-unknown-key.yaml:5", "upfront_cost", "mean 'upfront_cost_gbp'?"),
    ("with-innovations-twice", "innovations-twice.yaml:3", "id", "first given in line 2"),
    (
        "with-edges-unknown-trust",
        "edges-unknown-trust.csv:3",
        "target",
        "the codes are those of the scenario's own world",
    ),
    ("with-edges-missing-column", "edges-missing-column.csv:1", "target", "missing column"),
    ("with-edges-negative-weight", "edges-negative-weight.csv:2", "weight", "expected a number above 0"),
    ("with-edges-to-itself", "edges-to-itself.csv:2", "target", "expected another trust"),
    ("with-edges-twice", "edges-twice.csv:3", "target", "directed: true"),
]


@pytest.mark.integration
@pytest.mark.parametrize(("scenario", "place", "key", "advice"), CASES, ids=[case[0] for case in CASES])
def test_names_file_line_key_and_what_to_do(scenario, place, key, advice, tmp_path, monkeypatch, capsys):
    before = {path: path.read_bytes() for path in FOLDER.iterdir()}
    monkeypatch.chdir(tmp_path)
    err = refused(capsys, "run", str(FOLDER / f"{scenario}.yaml"), "--out", "results", "--replicates", "2")
    lines = err.splitlines()
    assert len(lines) == 1
    assert f"{FOLDER / place}: " in lines[0]
    assert key in lines[0]
    assert advice in lines[0]
    assert list(tmp_path.iterdir()) == []
    assert {path: path.read_bytes() for path in FOLDER.iterdir()} == before


@pytest.mark.integration
def test_all_problems_of_a_file_are_reported_at_once_and_in_order(tmp_path, capsys):
    path = tmp_path / "many.yaml"
    path.write_text(
        "titel: x\nmonths: 0\nparameters:\n  pilot: {rate_factor: yes please}\n  awarenes: {}\n"
        "levers:\n  test-beds: {waves: [2016]}\n  local-frist: {}\ninitial: {stage: pilots}\n"
    )
    lines = refused(capsys, "scenarios", "validate", str(path)).splitlines()
    keys = [
        "title",
        "titel",
        "months",
        "parameters.pilot.rate_factor",
        "parameters.awarenes",
        "levers.test-beds.waves.0",
    ]
    keys += ["levers.local-frist", "initial.stage"]
    assert [line.removeprefix(f"error: {path}:").split(": ")[1] for line in lines] == keys


OPTIONS = [
    (("run", "baselin"), "scenario", "did you mean 'baseline'?"),
    (("run", "nowhere/my.yaml"), "nowhere/my.yaml", "diffusion scenarios list"),
    (("run", "baseline+local-frist"), "scenario", "did you mean 'local-first'?"),
    (("run", "baseline+"), "scenario", "for example baseline+local-first"),
    (("run", "levers/local-first"), "scenario", "try baseline+local-first"),
    (("run", "../scenarios/baseline"), "scenario", "did you mean"),
    (
        ("run", "baseline", "--set", "parameters.awareness.push_month=1"),
        "parameters.awareness.push_month",
        "write --set parameters.awareness.push_per_month=1",
    ),
    (("run", "baseline", "--set", "months=ten"), "--set: months", "expected a whole number"),
    (("run", "baseline", "--set", "months"), "--set", "expected key.below=value"),
    (("run", "baseline", "--set", "levers.tariff.strength=0"), "levers.tariff.strength", "'diffusion levers list'"),
    (("run", "baseline", "--set", "months=5", "--set", "months=6"), "months", "leave one of the two out"),
    (("run", "baseline", "--set", "parameters.awareness=[1"), "parameters.awareness", "expected a YAML value"),
    (("run", "baseline", "--python", "no_such_module"), "--python", "cannot be imported"),
    (("compare", "baseline"), "scenarios", "try: diffusion compare baseline"),
    (("compare", "baseline", "baseline"), "scenarios", "compare with another one, for example baseline+local-first"),
    (("compare", "baseline", "limits/beliefs"), "scenarios", "--set months=120"),
    (("compare", "baseline", "tariff", "--set", "levers.local-first.strength=1"), "local-first", "stack it first"),
    (("levers", "show", "local-frist"), "levers", "did you mean 'local-first'?"),
    (("levers", "show", "local-first", "--start", "2017"), "--start", "write 2017-01 for its January"),
    (("parameters", "--section", "awarness"), "--section", "did you mean 'awareness'?"),
    (("network", "export", "isc", "--out", "x.csv"), "isc", "did you mean 'ics'?"),
    (("network", "export", "ics", "--out", "x.png"), "--out", "end the file in .graphml or .csv"),
    (("network", "export", "ics", "--out", "no/x.csv"), "--out", "expected a file in an existing folder"),
    (("network", "export", "ics", "--out", "x.csv", "--format", "graphlm"), "--format", "did you mean 'graphml'?"),
    (("sweep", "script", "people-or-tools", "--tasks", "2", "--memory", "2"), "--memory", "for example --memory 2G"),
    (("sweep", "script", "people-or-tools", "--tasks", "2", "--time", "12"), "--time", "for example --time 02:00:00"),
    (
        ("sweep", "script", "people-or-tools", "--tasks", "2", "--sbatch", "a\nb"),
        "--sbatch",
        "repeat --sbatch for each",
    ),
    (
        ("sweep", "script", "people-or-tools", "--tasks", "2", "--out", "a\\b"),
        "--out",
        "for example --out results/first",
    ),
    (("scenarios", "new", "../up"), "name", "expected letters"),
    (("scenarios", "new", "my plan"), "name", "try my-plan"),
    (("scenarios", "new", "mine", "--from", "baselin"), "scenario", "did you mean 'baseline'?"),
    (("scenarios", "diff", "baseline", "tarif"), "scenario", "did you mean 'tariff'?"),
]


@pytest.mark.integration
@pytest.mark.parametrize(("arguments", "key", "advice"), OPTIONS, ids=[" ".join(case[0]) for case in OPTIONS])
def test_options_and_names(arguments, key, advice, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    err = refused(capsys, *arguments)
    assert key in err
    assert advice in err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.integration
@pytest.mark.parametrize(
    "arguments",
    [
        ("rnu",),
        ("run",),
        ("run", "baseline", "--replicates", "0"),
        ("run", "baseline", "--seed", "x"),
        ("run", "--what"),
    ],
)
def test_usage_errors_leave_with_2(arguments, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    refused(capsys, *arguments)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.integration
def test_folders_of_results_that_cannot_be_taken(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("mine")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("mine")
    (tmp_path / "done").mkdir()
    (tmp_path / "done" / "manifest.json").write_text('{"package": {"name": "nhs-diffusion"}, "files": {}}')
    before = sorted(tmp_path.rglob("*"))
    assert "a file, not a folder" in refused(capsys, "run", "baseline", "--out", "file")
    assert "is a file, not a folder" in refused(capsys, "run", "baseline", "--out", "file/below")
    assert "holds other files" in refused(capsys, "run", "baseline", "--out", "mine")
    assert "overwrite with --force" in refused(capsys, "run", "baseline", "--out", "done")
    (tmp_path / "done" / "letter.txt").write_text("mine")
    assert "not overwritten" in refused(capsys, "run", "baseline", "--out", "done", "--force")
    (tmp_path / "done" / "letter.txt").unlink()
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.integration
@pytest.mark.parametrize("scenario", ["cycle-a", "latin-1", "with-edges-unknown-trust"])
def test_as_a_process(scenario, tmp_path):
    """The installed command behaves as the function does: exit code, streams, nothing written."""
    command = [sys.executable, "-m", "diffusion.cli.app", "run", str(FOLDER / f"{scenario}.yaml"), "--out", "results"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("error: ")
    assert len(done.stderr.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []
