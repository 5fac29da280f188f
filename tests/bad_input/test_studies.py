"""Bad study files: exit code 2, one line per problem with file, line, key and a way out, nothing written."""

from __future__ import annotations

from pathlib import Path

import pytest

from diffusion.cli.app import main

GOOD = """\
title: a study
scenarios: [baseline, local-first]
factors:
  parameters.capacity.wte_per_size: {values: [1, 2]}
design: full grid
replicates: 2
outcomes: [adopter_share_pct]
"""


def changed(old: str, new: str) -> str:
    assert GOOD.count(old) == 1, old
    return GOOD.replace(old, new)


def factor(text: str, key: str = "parameters.capacity.wte_per_size") -> str:
    return changed("parameters.capacity.wte_per_size: {values: [1, 2]}", f"{key}: {text}")


#: name -> (file, line of the fault, words of the message in their order)
BAD: dict[str, tuple[str, int, tuple[str, ...]]] = {
    "unknown key": (
        changed("replicates: 2", "replicate: 2"),
        6,
        ("replicate", "unknown key", "did you mean 'replicates'?"),
    ),
    "no title": (changed("title: a study", "author: nobody"), 1, ("title", "missing", "add a line 'title: ...'")),
    "no scenarios": (changed("scenarios: [baseline, local-first]\n", ""), 1, ("scenarios", "missing")),
    "empty scenarios": (changed("[baseline, local-first]", "[]"), 2, ("scenarios",)),
    "unknown scenario": (
        changed("[baseline, local-first]", "[baseline, local-frist]"),
        2,
        ("scenarios.1", "unknown scenario 'local-frist'", "did you mean 'local-first'?"),
    ),
    "unknown lever in a stack": (
        changed("[baseline, local-first]", "[baseline, baseline+local-frist]"),
        2,
        ("scenarios.1", "did you mean 'local-first'?"),
    ),
    "lever as a scenario": (
        changed("[baseline, local-first]", "[levers/local-first]"),
        1,
        ("try baseline+local-first",),
    ),
    "scenario twice": (changed("[baseline, local-first]", "[baseline, baseline]"), 2, ("scenarios",)),
    "replicates 0": (changed("replicates: 2", "replicates: 0"), 6, ("replicates", "0 is out of range", ">= 1")),
    "replicates in words": (
        changed("replicates: 2", "replicates: many"),
        6,
        ("replicates", "wrong type", "a whole number"),
    ),
    "half a replicate": (changed("replicates: 2", "replicates: 2.5"), 6, ("replicates", "2.5", "whole number")),
    "negative seed": (changed("replicates: 2", "replicates: 2\nseed: -1"), 7, ("seed", "-1 is out of range")),
    "unknown outcome": (
        changed("[adopter_share_pct]", "[adopter_share]"),
        7,
        ("outcomes.0", "unknown outcome 'adopter_share'", "did you mean 'adopter_share_pct'?"),
    ),
    "outcome twice": (
        changed("[adopter_share_pct]", "[adopter_share_pct, adopter_share_pct]"),
        7,
        ("stands twice", "remove"),
    ),
    "no outcome": (changed("[adopter_share_pct]", "[]"), 7, ("outcomes",)),
    "unknown detail": (
        changed("design: full grid", "design: full grid\ndetail: month"),
        6,
        ("detail", "unknown value 'month'", "did you mean 'monthly'?"),
    ),
    "unknown method": (
        changed("design: full grid", "design: latin hypercub"),
        5,
        ("design.method", "did you mean 'latin hypercube'?"),
    ),
    "hypercube without draws": (
        changed("design: full grid", "design: latin hypercube"),
        5,
        ("design.draws", "missing", "draws: 64"),
    ),
    "option of another method": (
        changed("design: full grid", "design: {method: full grid, draws: 9}"),
        5,
        ("design.draws", "has no 'draws'", "remove 'draws'"),
    ),
    "unknown option": (
        changed("design: full grid", "design: {method: morris, trajectory: 9}"),
        5,
        ("design.trajectory", "did you mean 'trajectories'?"),
    ),
    "base sample no power of 2": (
        factor("{range: [1, 2]}").replace("design: full grid", "design: {method: sobol, base_samples: 100}"),
        5,
        ("design.base_samples", "100 is no power of 2", "try 64 or 128"),
    ),
    "odd levels": (
        factor("{range: [1, 2]}").replace("design: full grid", "design: {method: morris, trajectories: 4, levels: 5}"),
        5,
        ("design.levels", "5 is odd", "try 6"),
    ),
    "one factor for morris": (
        factor("{range: [1, 2]}").replace("design: full grid", "design: {method: morris, trajectories: 4}"),
        3,
        ("factors", "1 factors", "at least 2"),
    ),
    "unknown parameter": (
        factor("{values: [1, 2]}", "parameters.capacity.wte_per_sise"),
        4,
        ("parameters.capacity.wte_per_sise", "unknown key", "did you mean 'wte_per_size'?"),
    ),
    "symbol of a parameter": (
        factor("{values: [1, 2]}", "parameters.capacity.c0"),
        4,
        ("unknown key", "did you mean 'wte_per_size'?"),
    ),
    "section as a factor": (factor("{values: [1, 2]}", "parameters.capacity"), 4, ("this holds keys, not a value",)),
    "lever of no scenario": (
        factor("{values: [1, 2]}", "levers.test-beds.strength"),
        4,
        ("unknown key", "stack it first: SCENARIO+test-beds"),
    ),
    "header as a factor": (factor("{values: [a, b]}", "title"), 4, ("title", "unknown key")),
    "column as a factor": (
        factor("{values: [1, 2], keys: [parameters.capacity.wte_per_size]}", "draw"),
        4,
        ("'draw' is a column",),
    ),
    "no values": (factor("{}"), 4, ("says nothing of its values", "for example values: [1, 2]")),
    "empty values": (factor("{values: []}"), 4, ("an empty list of values",)),
    "value twice": (factor("{values: [1, 2, 1]}"), 4, ("1 stands twice",)),
    "text for a number": (factor("{values: [1, two]}"), 4, ("wrong type: 'two'", "finite numbers")),
    "infinite value": (factor("{values: [1, .inf]}"), 4, ("finite",)),
    "value beyond all numbers": (factor("{values: [1, 1000000000000000000000]}"), 4, ("finite numbers up to 1e+15",)),
    "empty range": (factor("{range: [2, 1]}"), 4, ("an empty range: 2 is above 1", "write range: [1, 2]")),
    "range of one": (factor("{range: [2, 2]}"), 4, ("an empty range", "write values: [2]")),
    "range of three": (factor("{range: [1, 2, 3]}"), 4, ("parameters.capacity.wte_per_size.range",)),
    "log from 0": (factor("{range: [0, 2], scale: log}"), 4, ("a log scale cannot begin at 0", "write scale: linear")),
    "values and range": (factor("{values: [1], range: [1, 2]}"), 4, ("'values' says already", "remove 'range'")),
    "unknown distribution": (
        factor("{distribution: gaussian, mean: 2, sd: 1}"),
        4,
        ("distribution", "unknown value 'gaussian'", "normal"),
    ),
    "distribution without its numbers": (factor("{distribution: normal, mean: 2}"), 4, ("needs 'sd'", "add 'sd: ...'")),
    "number of another distribution": (
        factor("{distribution: normal, mean: 2, sd: 1, mode: 2}"),
        4,
        ("has no 'mode'", "remove 'mode'"),
    ),
    "mode outside": (factor("{distribution: triangular, low: 1, mode: 5, high: 3}"), 4, ("5 lies outside 1 to 3",)),
    "standard deviation 0": (factor("{distribution: normal, mean: 2, sd: 0}"), 4, ("sd", "0 is out of range", "> 0")),
    "cut upside down": (factor("{distribution: normal, mean: 2, sd: 1, low: 3, high: 1}"), 4, ("3 is not below 1",)),
    "wrong unit": (factor("{values: [1, 2], unit: months}"), 4, ("the unit of this factor is WTE, not months",)),
    "months as numbers": (factor("{values: [2017, 2018]}", "levers.local-first.start"), 4, ("YYYY-MM",)),
    "no such month": (factor("{range: [2017-01, 2018-13]}", "levers.local-first.start"), 4, ("2018-13", "YYYY-MM")),
    "range of a choice": (
        factor("{range: [1, 2]}", "parameters.exposure.response"),
        4,
        ("has no range", "write values"),
    ),
    "no plausible range": (
        factor("plausible", "months"),
        4,
        ("months declares no plausible range", "for example range"),
    ),
    "multiply text": (
        factor("{multiply: true, values: [1, 2]}", "parameters.exposure.response"),
        4,
        ("no number to multiply",),
    ),
    "two kinds of keys": (
        factor("{keys: [parameters.capacity.wte_per_size, policy_start], values: [1, 2]}", "both"),
        4,
        ("different kinds",),
    ),
    "one key in two factors": (
        factor("{values: [1, 2]}\n  again: {keys: [parameters.capacity.wte_per_size], values: [3]}"),
        5,
        ("the factor 'parameters.capacity.wte_per_size' sets", "remove one of the two"),
    ),
    "fixed and varied": (
        changed("design: full grid", "set: {parameters.capacity.wte_per_size: 3}\ndesign: full grid"),
        4,
        ("'set' fixes",),
    ),
    "unknown key in set": (
        changed("design: full grid", "set: {parameters.capacity.wte_per_sise: 3}\ndesign: full grid"),
        5,
        ("did you mean 'wte_per_size'?",),
    ),
    "value out of range in set": (
        changed("design: full grid", "set: {parameters.capacity.pressure: 3}\ndesign: full grid"),
        5,
        ("3 is out of range",),
    ),
    "value out of its hard range": (factor("{values: [1, -2]}"), 4, ("draw 1, -2.0", "-2", "out of range")),
    "no such month of a draw": (
        factor("{values: [2016-01, 2017-07]}", "levers.local-first.end"),
        4,
        ("draw 0, 2016-01", "not after its start"),
    ),
    "unknown section of all parameters": (
        factor("{sections: [capasity]}", "all_parameters"),
        4,
        ("unknown section 'capasity'", "did you mean 'capacity'?"),
    ),
    "unknown parameter left out": (
        factor("{except: [parameters.capacity.wte]}", "all_parameters"),
        4,
        ("unknown parameter", "did you mean"),
    ),
    "no such points": (
        factor("{}").replace("design: full grid", "design: {method: points, file: pionts.csv}"),
        5,
        ("there is no file 'pionts.csv'",),
    ),
    "points outside": (
        factor("{}").replace("design: full grid", "design: {method: points, file: ../points.csv}"),
        5,
        ("outside",),
    ),
    "not YAML": (changed("[baseline, local-first]", "[baseline"), 3, ("not valid YAML",)),
    "a list": ("- one\n- two\n", 1, ("the file holds no keys",)),
    "key twice": (changed("replicates: 2", "replicates: 2\nreplicates: 3"), 7, ("replicates",)),
    "code": (changed("title: a study", "title: !!python/object/apply:os.system [echo]"), 1, ("not allowed",)),
}


@pytest.mark.integration
@pytest.mark.parametrize("name", BAD)
def test_a_bad_study_ends_with_2_and_says_where_and_what_to_do(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    text, line, words = BAD[name]
    (tmp_path / "study.yaml").write_text(text)
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(SystemExit) as ended:
        main(["sweep", "run", "study.yaml", "--threads"])
    captured = capsys.readouterr()
    assert ended.value.code == 2
    lines = captured.err.strip().splitlines()
    assert all(text.startswith("error: ") for text in lines), captured.err
    found = next((text for text in lines if all(word in text for word in words)), "")
    assert found, captured.err
    if name != "lever as a scenario":  # the fault is in that file
        assert found.startswith(f"error: study.yaml:{line}: "), found
    assert "; " in found, found  # what was expected, or what to do
    assert "Traceback" not in captured.err
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.integration
def test_the_study_that_all_the_bad_ones_differ_from_is_good(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "study.yaml").write_text(GOOD)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as ended:
        main(["studies", "validate", "study.yaml"])
    assert not ended.value.code
    assert "good, 2 scenarios x 2 draws x 2 replicates = 8 runs" in capsys.readouterr().out


@pytest.mark.integration
def test_all_problems_of_a_study_are_told_at_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    text = factor("{range: [2, 1]}").replace("[adopter_share_pct]", "[adopters]").replace("local-first", "lokal-first")
    (tmp_path / "study.yaml").write_text(text.replace("design: full grid", "design: morris"))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as ended:
        main(["studies", "validate", "study.yaml"])
    err = capsys.readouterr().err
    assert ended.value.code == 2
    assert [line.split(":")[2] for line in err.strip().splitlines()] == ["2", "3", "5", "7"], err


@pytest.mark.integration
def test_a_large_design_asks_before_it_is_made(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "study.yaml").write_text(factor("{range: [1, 2], levels: 1000}").replace("s: 2", "s: 1000"))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as ended:
        main(["sweep", "run", "study.yaml", "--threads"])
    err = capsys.readouterr().err
    assert ended.value.code == 2
    assert "study.yaml:5: design: the design is large: 2,000,000 runs (2 scenarios x 1,000 draws x 1,000" in err
    assert "confirm with --yes" in err
    assert [path.name for path in tmp_path.iterdir()] == ["study.yaml"]


POINTS = factor("{}\n  levers.local-first.strength: {}").replace(
    "design: full grid", "design: {method: points, file: points.csv}"
)


@pytest.mark.integration
@pytest.mark.parametrize(
    ("rows", "line", "words"),
    [
        ("parameters.capacity.wte_per_size\n1\n", 1, "no column for the factor 'levers.local-first.strength'"),
        (
            "parameters.capacity.wte_per_size,levers.local-first.strenth\n1,1\n",
            1,
            "did you mean 'levers.local-first.strength'?",
        ),
        ("parameters.capacity.wte_per_size,levers.local-first.strength\n", 1, "no points below the header"),
        ("parameters.capacity.wte_per_size,levers.local-first.strength\n1,1\n2,high\n", 3, "'high' cannot stand here"),
        ("parameters.capacity.wte_per_size,levers.local-first.strength\n1,1\n2,\n", 3, "an empty value"),
        ("parameters.capacity.wte_per_size,levers.local-first.strength\n1,1,1\n", 2, "the row has 3 values"),
    ],
)
def test_bad_points_are_told_with_file_line_and_column(
    rows: str,
    line: int,
    words: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "study.yaml").write_text(POINTS)
    (tmp_path / "points.csv").write_text(rows)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as ended:
        main(["studies", "validate", "study.yaml"])
    err = capsys.readouterr().err
    assert ended.value.code == 2
    assert f"points.csv:{line}: " in err
    assert words in err
