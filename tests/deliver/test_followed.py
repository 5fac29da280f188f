"""Times to shares and people by profession: on the page, in the workbook, and the same again from the folder."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest
from typer.testing import CliRunner

from diffusion.analysis.followed.time_to_share import SHARES
from diffusion.cli.app import app
from support.page_reading import Page, value

pytestmark = pytest.mark.integration

QUESTIONS = Path(__file__).parents[2] / "examples" / "questions"
RUNS, MONTHS, LIVE = 12, 60, 33


def made(out: Path, *words: str) -> tuple[Path, str]:
    """Return the folder of a comparison as the command line writes it, and what it printed."""
    given = ["compare", *words, "--replicates", str(RUNS), "--set", f"months={MONTHS}", "--out", str(out)]
    result = CliRunner().invoke(app, given, env={"COLUMNS": "200"})
    assert result.exit_code == 0, result.output
    return out, " ".join(result.output.split())


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    names = [str(QUESTIONS / f"{name}.yaml") for name in ("own-app", "own-app-tariff")]
    return made(tmp_path_factory.mktemp("asked") / "result", *names, "--for", "innovation:own-app")


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    names = "baseline+people-and-companies", "clinical-entrepreneurs"
    return made(tmp_path_factory.mktemp("people") / "result", *names)


@pytest.mark.parametrize("which", ["asked", "people"])
def test_page_and_workbook_come_out_the_same(which: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    folder, _ = request.getfixturevalue(which)
    again = tmp_path / "again"
    shutil.copytree(folder, again)
    for name in ("index.html", "tables.xlsx"):
        (again / name).unlink()
    result = CliRunner().invoke(app, ["report", str(again)])
    assert result.exit_code == 0, result.output
    for name in ("index.html", "tables.xlsx"):
        assert (again / name).read_bytes() == (folder / name).read_bytes()


def test_months_of_the_innovation_asked_about_are_those_of_its_runs(asked: tuple[Path, str]) -> None:
    folder, printed = asked
    by_run = pd.read_parquet(folder / "tables" / "time_to_share_by_replicate.parquet")
    summary = pd.read_csv(folder / "tables" / "time_to_share.csv")
    page = Page((folder / "index.html").read_text(encoding="utf-8"))
    table = page.table("Own app: months until a share of the trusts with a use for it are adopters")
    watched = MONTHS - LIVE
    for share in SHARES:
        column = f"months_to_{share}_pct_of_those_with_a_use"
        wide = by_run[by_run["innovation"] == "own-app"].pivot(index="replicate", columns="scenario", values=column)
        cells = table.rows[f"{share} %"]
        for cell, name in zip((cells[0], cells[1]), ("own-app", "own-app-tariff")):
            months = np.sort(wide[name].to_numpy())
            row = summary[
                (summary["scenario"] == name) & (summary["innovation"] == "own-app") & (summary["share_pct"] == share)
            ].iloc[0]
            never = np.isinf(months).mean()
            assert row["never_share"] == pytest.approx(never)
            middle = (months[RUNS // 2 - 1] + months[RUNS // 2]) / 2
            assert cell[0] == (f">{watched}" if np.isinf(middle) else f"{middle:.0f}")
            assert row["median"] == (f">{watched}" if np.isinf(middle) else f"{middle:.1f}")
            assert cell[1].endswith(f"never: {100 * never:.0f} %")
            if 0 < never < 1:
                assert f"not within the run in {100 * never:.0f} % of futures" in printed
        both = np.isfinite(wide).all(axis=1)
        if both.any():
            difference = (wide["own-app-tariff"] - wide["own-app"])[both]
            if np.ptp(difference):
                assert value(cells[2][0]) == pytest.approx(difference.mean(), abs=0.0501)
            assert f"both: {int(both.sum())}" in cells[2][1]
        else:
            assert cells[2][0] == "–"
        assert f"Median months from April 2018 to {share} % of the trusts with a use for it: Own app" in printed
    sheets = openpyxl.load_workbook(folder / "tables.xlsx", read_only=True).sheetnames
    assert "Time to shares" in sheets
    assert "People" not in sheets


def test_all_innovations_together_where_none_is_asked_about(people: tuple[Path, str]) -> None:
    folder, printed = people
    by_run = pd.read_parquet(folder / "tables" / "time_to_share_by_replicate.parquet")
    page = Page((folder / "index.html").read_text(encoding="utf-8"))
    table = page.table("Innovations that get to a share of the trusts with a use for them")
    for share in SHARES:
        there = np.isfinite(by_run[f"months_to_{share}_pct_of_those_with_a_use"])
        counts = there.groupby([by_run["scenario"], by_run["replicate"]], observed=True).sum().unstack(0)
        assert value(table.rows[f"{share} %"][0][0]) == pytest.approx(counts.iloc[:, 0].mean(), abs=0.0501)
    assert "Median months" not in printed


def test_people_by_profession_on_the_page_are_those_of_the_series(people: tuple[Path, str]) -> None:
    folder, _ = people
    monthly = pd.read_parquet(folder / "tables" / "monthly.parquet")
    last = monthly[monthly["month"] == MONTHS].pivot(index="replicate", columns="scenario")
    page = Page((folder / "index.html").read_text(encoding="utf-8"))
    first, other = last["people_left_nurses"].columns
    for label, name in (("Baseline + People and companies", first), ("Clinical entrepreneurs", other)):
        table = page.table(f"People followed by profession: {label}")
        for profession, row in (("nurses", "Nurses"), ("scientists", "Scientists")):
            cells = table.rows[row]
            for place, series in ((2, "people_left"), (4, "people_returned"), (5, "startups_founded")):
                counted = last[f"{series}_{profession}"]
                assert value(cells[place][0]) == pytest.approx(counted[name].mean(), abs=0.0501)
                if name == other:
                    change = counted[other] - counted[first]
                    told = cells[place][1].partition("change ")[2].partition(";")[0]
                    assert bool(told) == bool(change.any())
                    if told:
                        assert value(told) == pytest.approx(change.mean(), abs=0.0501)
    sheets = openpyxl.load_workbook(folder / "tables.xlsx", read_only=True).sheetnames
    assert "People" in sheets
    text = (folder / "index.html").read_text(encoding="utf-8")
    assert text.count('<section aria-labelledby="people">') == 1
    for panel in ("Left for other work", "Abroad", "Have returned to the NHS", "Have founded a start-up"):
        assert f">{panel}" in text
