"""``diffusion analyse``: from tables to a page, and what it says to tables that cannot be read."""

from __future__ import annotations

import csv
import hashlib
import json
import re
from pathlib import Path

import numpy as np
import pytest

from diffusion.analysis.findings import Options, measure
from diffusion.analysis.observed.packaged import hospital_medicines
from diffusion.analysis.observed.reading import ReadOptions, check_launch, read_observed
from diffusion.cli.app import main
from diffusion.errors import InputError
from diffusion.report.evidence_words.observed_words import answer, number
from diffusion.report.pages.observed_page import networks_table
from support.page_reading import Outline

pytestmark = pytest.mark.integration


@pytest.fixture
def call(capsys, monkeypatch, tmp_path):
    """Return a function that calls the command line in an empty folder and gives back (exit code, stdout, stderr)."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")

    def run(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as leaving:
            main(arguments)
        out, err = capsys.readouterr()
        return int(leaving.value.code or 0), out, err

    return run


TOY = "code,time\n1,1\n2,2\n3,2\n4,3\n5,4\n6,4\n7,5\n8,\n"
TIES = "source,target\n1,2\n1,3\n2,1\n2,3\n2,4\n3,1\n4,2\n4,5\n5,4\n5,6\n5,7\n6,5\n6,7\n7,1\n7,6\n"


def made_up(n: int = 90, seed: int = 1) -> str:
    """Return a table in months with groups, sizes, late entry and censoring; teaching trusts adopt faster."""
    rng = np.random.default_rng(seed)
    lines = ["code,name,time,from,until,region,teaching,size"]
    for i in range(n):
        teaching = i % 3 == 0
        wait = rng.geometric(0.12 if teaching else 0.05)
        month = f"{2018 + wait // 12}-{wait % 12 + 1:02d}" if wait < 24 else ""
        lines.append(f"T{i:02d},Trust {i},{month},2018-01,2019-12,R{i % 6},{int(teaching)},{rng.normal():.3f}")
    return "\n".join(lines) + "\n"


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


# --- What it writes ---------------------------------------------------------------------------------------------------


def test_the_toy_network_from_files(call, tmp_path: Path) -> None:
    """Every number of the toy network comes out of the command, from a table and directed ties."""
    (tmp_path / "toy.csv").write_text(TOY)
    (tmp_path / "advice.csv").write_text(TIES)
    code, out, _ = call("analyse", "toy.csv", "--ties", "advice.csv", "--directed", "--draws", "99", "--out", "found")
    assert code == 0
    assert "7 of 8 organisations had adopted" in out
    tables = tmp_path / "found" / "tables" / "toy"
    organisations = rows_of(tables / "organisations.csv")
    assert [row["code"] for row in organisations] == list("12345678")
    thresholds = [float(row["advice_threshold"]) for row in organisations[:7]]
    assert thresholds == pytest.approx([0, 2 / 3, 1, 1 / 2, 2 / 3, 1 / 2, 1])
    assert organisations[7]["advice_threshold"] == ""
    assert organisations[0]["class"] == "early adopter"
    moran = [float(row["morans_i"]) for row in rows_of(tables / "clustering.csv")[1:4]]
    assert moran == pytest.approx([0.701587302, 0.619047619, -0.015873016], abs=5e-10)
    curve = rows_of(tables / "curve.csv")
    assert [row["at_risk"] for row in curve] == ["8", "7", "5", "4", "2"]
    assert len(rows_of(tables / "person_period.csv")) == 26
    manifest = json.loads((tmp_path / "found" / "manifest.json").read_text())
    for name, digest in manifest["files"].items():
        assert hashlib.sha256((tmp_path / "found" / name).read_bytes()).hexdigest() == digest
    assert manifest["analysis"]["data"]["toy.csv"] == hashlib.sha256(TOY.encode()).hexdigest()


@pytest.fixture(scope="module")
def found(tmp_path_factory) -> Path:
    """A folder with a whole analysis of a made-up table."""
    folder = tmp_path_factory.mktemp("analysis")
    (folder / "adoption.csv").write_text(made_up())
    arguments = [
        "analyse", str(folder / "adoption.csv"), "--compare", "teaching", "--layer-by", "region", "--covariate", "size",
        "--covariate", "teaching", "--launch", "2018-02", "--draws", "99", "--out", str(folder / "out"),
    ]  # fmt: skip
    with pytest.raises(SystemExit) as leaving:
        main(arguments)
    assert not leaving.value.code
    return folder


def test_page_stands_alone_and_is_readable(found: Path) -> None:
    page = (found / "out" / "index.html").read_text(encoding="utf-8")
    outline = Outline(page)
    assert not outline.all("script")
    for _, attributes in outline.tags:
        for name in ("src", "href", "xlink:href", "data", "action", "srcset"):
            assert (attributes.get(name) or "#").startswith(("#", "data:"))
    assert "@import" not in page
    assert all(target.startswith("#") for target in re.findall(r"url\(([^)]*)\)", page))
    assert len(outline.all("h1")) == 1
    ids = [attributes["id"] for _, attributes in outline.tags if attributes.get("id")]
    assert len(ids) == len(set(ids))
    assert all("role" in svg for svg in outline.all("svg"))
    assert "nan" not in re.sub(r"<[^>]*>", " ", page).lower().split()


def test_the_answer_follows_the_numbers(found: Path) -> None:
    groups = {row["group"]: row for row in rows_of(found / "out" / "tables" / "adoption" / "groups.csv")}
    assert float(groups["1"]["ratio"]) > 1.2
    assert float(groups["1"]["log_rank_p_value"]) < 0.05
    effects = {row["term"]: row for row in rows_of(found / "out" / "tables" / "adoption" / "hazard_regression.csv")}
    assert float(effects["teaching"]["low95"]) > 1
    assert float(effects["size"]["p_value"]) > 0.05
    page = (found / "out" / "index.html").read_text(encoding="utf-8").replace("\u00a0", " ")
    assert "By teaching, speeds of adoption differ clearly" in page
    assert "clearly tied to the speed of adoption: teaching" in page


def test_order_of_rows_changes_nothing(found: Path, tmp_path: Path) -> None:
    lines = made_up().splitlines()
    shuffled = [lines[0], *np.random.default_rng(3).permutation(lines[1:]).tolist()]
    (tmp_path / "adoption.csv").write_text("\n".join(shuffled) + "\n")
    options = ReadOptions(("teaching",), ("region",), ("size", "teaching"))
    (one,), (other,) = (read_observed(path / "adoption.csv", (), options) for path in (found, tmp_path))
    first, second = (measure(item, Options(draws=99)) for item in (one, other))
    assert np.array_equal(first.layers[0].moran.p_value, second.layers[0].moran.p_value, equal_nan=True)
    assert first.layers[0].tests == second.layers[0].tests
    assert answer(first) == answer(second)


def test_two_innovations_counts_and_a_launch(call, tmp_path: Path) -> None:
    text = "innovation,time,cumulative_adopters,population\n"
    for name, pace in (("fast", 9), ("slow", 4)):
        text += "".join(f"{name},{2000 + t},{min(95, int(pace * t**1.3))},120\n" for t in range(8))
    (tmp_path / "counts.csv").write_text(text)
    code, out, _ = call("analyse", "counts.csv", "--launch", "2001", "--out", "out", "--draws", "99")
    assert code == 0
    assert "fast" in out
    fits = rows_of(tmp_path / "out" / "tables" / "fast" / "bass.csv")
    assert {row["fit"] for row in fits} >= {"censored", "full market", "uncensored"}
    assert (tmp_path / "out" / "tables" / "slow" / "curve.csv").is_file()


THIN = {
    "all at once": (
        "code,time,g\n" + "".join(f"c{i},3,{i % 2}\n" for i in range(12)),
        ["--layer-by", "g", "--compare", "g"],
    ),
    "one organisation": ("code,time\nx,3\n", []),
    "nobody yet": ("code,time,g\nx,,a\ny,,b\n", ["--from", "1", "--until", "5", "--compare", "g", "--layer-by", "g"]),
    "all there before": ("code,time,already\nx,,1\ny,,1\nz,4,0\n", []),
    "no labels": ("code,time,g\nx,1,\ny,2,\nz,3,\n", ["--compare", "g", "--layer-by", "g"]),
    "mostly zeros": ("time,new_adopters\n1,0\n2,0\n3,5\n4,1\n", []),
}


@pytest.mark.parametrize("case", THIN)
def test_data_that_say_little_still_give_a_page(case: str, call, tmp_path: Path) -> None:
    text, arguments = THIN[case]
    (tmp_path / "a.csv").write_text(text)
    code, out, err = call("analyse", "a.csv", *arguments, "--draws", "99", "--out", "out")
    assert code == 0, err
    assert "adopted" in out
    words = re.sub(r"<style>.*?</style>|<[^>]*>", " ", (tmp_path / "out" / "index.html").read_text(), flags=re.DOTALL)
    assert not {"nan", "inf", "none"} & {word.strip("().,;").lower() for word in words.split()}


def test_networks_too_large_to_rewire_say_so(monkeypatch, found: Path) -> None:
    monkeypatch.setattr("diffusion.analysis.findings.MOST_REWIRED", 10)
    (observed,) = read_observed(found / "adoption.csv", (), ReadOptions((), ("region",), ("size", "teaching")))
    result = measure(observed, Options(draws=99))
    assert [test.null for test in result.layers[0].tests] == ["permuted"]
    assert any("not rewired" in note for note in result.notes)
    table = networks_table(result)
    assert table is not None
    assert table.rows[0][1][-1].text == "not done"


def test_a_finished_folder_is_not_overwritten_by_accident(call, tmp_path: Path) -> None:
    (tmp_path / "toy.csv").write_text(TOY)
    assert call("analyse", "toy.csv", "--out", "out", "--draws", "99")[0] == 0
    before = (tmp_path / "out" / "manifest.json").read_bytes()
    code, _, err = call("analyse", "toy.csv", "--out", "out", "--draws", "99")
    assert code == 2
    assert "--force" in err
    assert (tmp_path / "out" / "manifest.json").read_bytes() == before
    assert call("analyse", "toy.csv", "--out", "out", "--draws", "99", "--force")[0] == 0


def test_help_comes_quickly_without_heavy_imports() -> None:
    import subprocess
    import sys

    script = (
        "import sys; import diffusion.cli.app; print(*[m for m in ('numpy', 'scipy', 'pandas') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


# --- The packaged series ----------------------------------------------------------------------------------------------


def test_packaged_series_are_those_of_the_data() -> None:
    upadacitinib, whole, acute = hospital_medicines()
    assert upadacitinib.counts is not None
    assert whole.adoption is not None
    assert acute.adoption is not None
    assert upadacitinib.counts.sum() == 83
    assert upadacitinib.population == 179
    assert whole.adoption.event.sum() == 77
    assert acute.adoption.event.sum() == 76
    assert len(set(acute.groups["ahsn"])) == 15
    assert acute.compare["teaching"].count("teaching") == 31
    assert upadacitinib.period_label(upadacitinib.first) == "2020-03"
    assert [ties.name for ties in acute.layers] == ["ahsn", "ics"]


def test_what_is_said_of_the_packaged_series() -> None:
    """One medicine spread like an epidemic, the other was pushed: the fits tell them apart, within their intervals."""
    upadacitinib, _, acute = (measure(series, Options(draws=99)) for series in hospital_medicines())
    low, high = upadacitinib.profile["q"]
    assert 0.05 < low < upadacitinib.bass["censored"].q < high < 0.5
    assert upadacitinib.profile["c"][0] > 0.4
    assert upadacitinib.profile["c"][1] == 1.0
    assert upadacitinib.bass["uncensored"].q > upadacitinib.bass["censored"].q
    assert acute.bass["censored"].q == 0
    assert acute.profile["q"][0] == 0
    text = " ".join(answer(acute))
    assert "no sign of adopters drawing others" in text
    assert "By teaching, speeds of adoption do not differ clearly" in text
    assert "By AHSN, speeds of adoption do not differ clearly" in text
    assert "S-shape" in " ".join(answer(upadacitinib))


# --- Bad input --------------------------------------------------------------------------------------------------------

BAD: dict[str, tuple[dict[str, str], list[str], tuple[str, ...]]] = {
    "no such file": ({}, ["adoptoin.csv"], ("adoptoin.csv", "cannot be read")),
    "no such series": ({}, ["hospital-medicine"], ("hospital-medicines", "did you mean")),
    "another type": ({"a.xlsx": "x"}, ["a.xlsx"], (".csv",)),
    "empty": ({"a.csv": "  \n"}, ["a.csv"], ("a.csv:1", "empty")),
    "neither kind": ({"a.csv": "codes,time\n1,2\n"}, ["a.csv"], ("a.csv:1", "did you mean 'code'")),
    "unknown column": ({"a.csv": "code,time,untill\n1,2,3\n"}, ["a.csv"], ("a.csv:1", "untill", "until")),
    "no time": ({"a.csv": "code,name\n1,x\n"}, ["a.csv"], ("a.csv:1", "time", "missing column")),
    "not a period": ({"a.csv": "code,time\n1,2020-13\n"}, ["a.csv"], ("a.csv:2", "time", "YYYY-MM")),
    "two kinds": ({"a.csv": "code,time\n1,2020-03\n2,7\n"}, ["a.csv"], ("a.csv:3", "another kind")),
    "twice": ({"a.csv": "code,time\n1,2\n1,3\n"}, ["a.csv"], ("a.csv:3", "given twice", "line 2")),
    "no code": ({"a.csv": "code,time\n,2\n"}, ["a.csv"], ("a.csv:2", "code", "missing")),
    "bad code": ({"a.csv": "code,time\nA B,2\n"}, ["a.csv"], ("a.csv:2", "no spaces")),
    "until before from": ({"a.csv": "code,time,from,until\n1,,5,2\n2,3,,\n"}, ["a.csv"], ("a.csv:2", "before it")),
    "outside its span": ({"a.csv": "code,time,until\n1,5,3\n2,3,\n"}, ["a.csv"], ("a.csv:2", "outside")),
    "before --from": ({"a.csv": "code,time\n1,2\n2,9\n"}, ["a.csv", "--from", "5"], ("a.csv:2", "lies before")),
    "already not 0 or 1": ({"a.csv": "code,time,already\n1,2,maybe\n"}, ["a.csv"], ("a.csv:2", "0 or 1")),
    "ragged": ({"a.csv": "code,time\n1,2,3\n"}, ["a.csv"], ("a.csv:2", "3 values")),
    "nobody": ({"a.csv": "code,time\n1,\n2,\n"}, ["a.csv"], ("time", "--from and --until")),
    "too long": ({"a.csv": "code,time\n1,1\n2,99999\n"}, ["a.csv"], ("a.csv:3", "check the years")),
    "too long a span": ({"a.csv": "code,time\n1,1\n2,9999\n"}, ["a.csv"], ("check the years",)),
    "covariate is text": (
        {"a.csv": "code,time,beds\n1,2,many\n"}, ["a.csv", "--covariate", "beds"], ("a.csv:2", "beds", "a number"),
    ),
    "no such covariate": (
        {"a.csv": "code,time,beds\n1,2,3\n"}, ["a.csv", "--covariate", "bed"], ("--covariate", "did you mean 'beds'"),
    ),
    "no such group": ({"a.csv": TOY}, ["a.csv", "--compare", "tim"], ("--compare", "did you mean 'time'")),
    "ties to nobody": (
        {"a.csv": TOY, "t.csv": "source,target\n98,2\n1,99\n"}, ["a.csv", "--ties", "t.csv"],
        ("t.csv", "all 2 ties", "98 - 2"),
    ),
    "tie without an end": (
        {"a.csv": TOY, "t.csv": "source,target\n1,2\n1,\n"}, ["a.csv", "--ties", "t.csv"], ("t.csv:3", "missing"),
    ),
    "tie column": (
        {"a.csv": TOY, "t.csv": "source,target,wieght\n1,2,1\n"}, ["a.csv", "--ties", "t.csv"],
        ("t.csv:1", "did you mean 'weight'"),
    ),
    "tie twice": (
        {"a.csv": TOY, "t.csv": "source,target\n1,2\n2,1\n"}, ["a.csv", "--ties", "t.csv"], ("t.csv:3", "given twice"),
    ),
    "layers of one name": (
        {"a.csv": "code,time,t\n1,2,x\n2,3,x\n", "t.csv": "source,target\n1,2\n"},
        ["a.csv", "--ties", "t.csv", "--layer-by", "t"], ("two layers", "'t'"),
    ),
    "launch after adoption": ({"a.csv": TOY}, ["a.csv", "--launch", "3"], ("--launch", "1 or earlier")),
    "launch of another kind": ({"a.csv": TOY}, ["a.csv", "--launch", "2020-01"], ("--launch", "whole number")),
    "counts fall": ({"a.csv": "time,cumulative_adopters\n1,5\n2,3\n"}, ["a.csv"], ("a.csv:3", "never falls")),
    "counts with a gap": ({"a.csv": "time,new_adopters\n1,5\n3,3\n"}, ["a.csv"], ("period 2 is missing", "write 0")),
    "more than all": (
        {"a.csv": "time,new_adopters,population\n1,5,6\n2,3,6\n"}, ["a.csv"], ("8 adopters", "population of 6"),
    ),
    "negative": ({"a.csv": "time,new_adopters\n1,-5\n"}, ["a.csv"], ("a.csv:2", "at least 0")),
    "ties of counts": (
        {"a.csv": "time,new_adopters\n1,5\n", "t.csv": TIES}, ["a.csv", "--ties", "t.csv"], ("counts", "--ties"),
    ),
    "options of a packaged series": ({}, ["hospital-medicines", "--compare", "x"], ("tables of your own",)),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_told_and_nothing_is_written(case: str, call, tmp_path: Path) -> None:
    files, arguments, expected = BAD[case]
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    code, _, err = call("analyse", *arguments, "--out", "out")
    assert code == 2, err
    assert err.startswith("error: ")
    assert "Traceback" not in err
    for part in expected:
        assert part in err, err
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(files)


def test_other_columns_may_be_ignored_if_asked(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("code,time,notes\n1,2,x\n2,3,y\n3,,\n")
    with pytest.raises(InputError, match="notes"):
        read_observed(path)
    (observed,) = read_observed(path, (), ReadOptions(ignore_other_columns=True))
    assert observed.adoption is not None
    assert (observed.first, observed.last, len(observed.adoption)) == (2, 3, 3)
    assert check_launch([observed], "1") == 0


def test_numbers_are_written_for_readers() -> None:
    assert [number(x) for x in (0.0, 1e-9, 0.001234, 0.5, 12.34, 1234.5, -2.0)] == [
        "0",
        "0",
        "0.00123",
        "0.500",
        "12.3",
        "1,234",
        "−2.00",
    ]
    assert number(float("nan")) == "–"
