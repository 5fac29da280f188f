"""``diffusion validate``: the folder, the tables, the page, and what is refused before anything is run."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from diffusion.cli.app import main
from diffusion.storage.finished import open_finished

pytestmark = pytest.mark.integration

Call = Callable[..., tuple[int, str, str]]
SOME = ("validate", "--series", "precept,infliximab-sc,productive-ward", "-n", "3", "--jobs", "1")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder that the command wrote."""
    place, before, argv = tmp_path_factory.mktemp("validate"), Path.cwd(), sys.argv
    os.chdir(place)
    sys.argv = ["diffusion", *SOME, "--out", "found"]
    try:
        with pytest.raises(SystemExit) as leaving:
            main(sys.argv[1:])
    finally:
        os.chdir(before)
        sys.argv = argv
    assert not leaving.value.code
    return place / "found"


@pytest.fixture(scope="module")
def page(folder: Path) -> str:
    return (folder / "index.html").read_text(encoding="utf-8")


def rows_of(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / "tables" / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_the_folder_is_whole_and_sealed(folder: Path) -> None:
    manifest = open_finished(folder).manifest
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert files == set(manifest["files"]) | {"manifest.json"}
    for name, checksum in manifest["files"].items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == checksum
    assert (manifest["seed"], manifest["replicates"], manifest["months"]) == (1, 3, 24)
    assert set(manifest["validation"]["series"]) == {
        "infliximab-sc.yaml",
        "infliximab-sc-trusts.csv",
        "precept.yaml",
        "productive-ward.yaml",
    }
    assert {"index.html", "tables/points.csv", "tables/curves.parquet", "figures/effects.svg"} <= files
    assert "tables/runs.parquet" in files
    assert "tables/runs.csv" not in files


def test_the_tables_agree_with_one_another(folder: Path) -> None:
    points, [fit, shown] = rows_of(folder, "points"), rows_of(folder, "tally")
    for row, use in ((fit, "fit"), (shown, "shown")):
        own = [point for point in points if point["use"] == use and point["comparable"] == "true"]
        assert int(row["points"]) == len(own)
        assert int(row["inside80"]) == sum(point["inside80"] == "true" for point in own)
        assert int(row["inside95"]) == sum(point["inside95"] == "true" for point in own)
    curves = {(row["series"], row["quantity"], row["effect"], row["month"]): row for row in rows_of(folder, "curves")}
    for point in points:
        key = (point["series"], point["quantity"], str(point["form"] == "effect").lower(), point["month"])
        for name in ("simulated_mean", "simulated_low50", "simulated_high80", "simulated_high95"):
            assert float(curves[key][name]) == pytest.approx(float(point[name]), abs=1e-12)
    inside = [point["inside80"] == "true" for point in points]
    assert inside == sorted(inside)  # misses first
    who = {row["measure"]: row for row in rows_of(folder, "who_first")}
    assert float(who["size gap"]["observed"]) == pytest.approx(0.2667, abs=1e-4)


def test_the_page_has_every_point_misses_first(folder: Path, page: str) -> None:
    table = page[page.index('<table class="points">') : page.index("</table>")]
    heads = re.findall(r'<th scope="row">(.*?)<small>month (\d+) ', table)
    points = rows_of(folder, "points")
    titles = {"precept": "PReCePT", "infliximab-sc": "Subcutaneous", "productive-ward": "Productive"}
    assert len(heads) == len(points) == 7
    for (title, month), point in zip(heads, points):
        assert title.startswith(titles[point["series"]])
        assert month == point["month"]
    order = list(dict.fromkeys(point["series"] for point in points))
    assert re.findall(r'<h3 id="([\w-]+)">', page) == order
    assert page.count("<figure") == 5 + 1  # a track each, and the effects
    assert "31 of 152" in table
    assert "s.e. 1.9" in table
    assert "Size gap" in page
    assert "+26.7" in page


def test_the_page_asks_nothing_of_the_network_and_names_its_figures(page: str) -> None:
    assert re.findall(r'(?:src|href)="(?!#|data:)[^"]*"', page) == []
    assert "<script" not in page
    assert "@import" not in page
    assert page.count("<svg") == page.count('role="img"') == page.count("<desc id=")
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(set(ids)) == len(ids)
    assert "months since the start" in page
    assert "share of those at risk (%)" in page
    assert "diffusion validate --series precept,infliximab-sc,productive-ward -n 3" in page
    assert "With so few runs" in page


def test_a_finished_result_and_foreign_files_are_not_overwritten(folder: Path, command_line: Call) -> None:
    code, out, err = command_line(*SOME, "--out", str(folder))
    assert (code, out) == (2, "")
    assert "finished result" in err
    assert "--force" in err
    own = Path("own")
    own.mkdir()
    (own / "letter.txt").write_text("mine")
    code, _, err = command_line(*SOME, "--out", "own", "--force")
    assert code == 2
    assert "never removed" in err
    assert [path.name for path in own.iterdir()] == ["letter.txt"]


def test_force_writes_again_and_the_same_numbers_come(folder: Path, command_line: Call) -> None:
    words = ("validate", "--series", "infliximab-sc", "-n", "2", "--out", "again")
    assert command_line(*words)[0] == 0
    first = {path.name: path.read_bytes() for path in Path("again/tables").iterdir()}
    code, out, _ = command_line(*words, "--force", "--jobs", "1")
    assert code == 0
    assert {path.name: path.read_bytes() for path in Path("again/tables").iterdir()} == first
    assert "Tables, figures and the page" in out
    assert "infliximab-sc" in out


def test_draws_show_prior_doubt(command_line: Call) -> None:
    code, out, _ = command_line("validate", "--series", "infliximab-sc", "--draws", "2", "-n", "2", "--out", "drawn")
    assert code == 0
    assert "chance and prior doubt: 4 runs, 2 draws" in " ".join(out.split())
    manifest = json.loads(Path("drawn/manifest.json").read_text())
    assert (manifest["validation"]["draws"], manifest["replicates"]) == (2, 2)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--series", "infliximab"), "did you mean 'infliximab-sc'?"),
        (("--series", ","), "there is no series ','"),
        (("--set", "months=12"), "the evidence fixes months"),
        (("--set", "world.trusts=mine.csv"), "the evidence fixes months"),
        (("--set", "parameters.awarenes.push_per_month=1"), "parameters.awareness.push_per_month"),
        (("--set", "parameters.awareness.push_per_month=-1"), "-1 is out of range"),
        (("--set", "shocks.infliximab-sc-pandemic-switch.mandate=7"), "7 is out of range"),
        (("--draws", "-1"), "-1 is out of range"),
        (("--replicates", "0"), "0 is out of range"),
        (("--draws", "100000", "--replicates", "1000000"), "of memory"),
        (("--folder", "nowhere"), "there is no such folder"),
    ],
)
def test_what_cannot_be_run_is_told_before_anything_is(words: tuple[str, ...], told: str, command_line: Call) -> None:
    code, out, err = command_line("validate", *words)
    assert (code, out) == (2, "")
    assert told in err
    assert list(Path().iterdir()) == []


def test_a_long_run_is_told(command_line: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    from diffusion.deliver import validation

    def stop(*given: object, **named: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(validation, "validate_and_deliver", stop)
    code, _, err = command_line("validate", "--draws", "500")
    assert code == 130
    assert "this takes roughly" in err


def test_settings_reach_the_model(command_line: Call) -> None:
    words = ("validate", "--series", "infliximab-sc", "-n", "2")
    assert command_line(*words, "--out", "plain")[0] == 0
    key = "shocks.infliximab-sc-pandemic-switch.triage_push"
    assert command_line(*words, "--out", "slower", "--set", f"{key}=0")[0] == 0
    plain, slower = (rows_of(Path(name), "points") for name in ("plain", "slower"))

    def last(rows: list[dict[str, str]]) -> float:
        return next(float(row["simulated_mean"]) for row in rows if row["month"] == "19")

    assert last(slower) < last(plain)
    assert json.loads(Path("slower/manifest.json").read_text())["validation"]["settings"] == {key: 0}
