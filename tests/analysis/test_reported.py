"""What programmes reported beside what the model gives: the figures, the verdicts, and the pages that show both."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest
from typer.testing import CliRunner

import diffusion as df
from diffusion.analysis.outcomes.counted import COUNTS, paid
from diffusion.analysis.reported.comparison import count_inside, reported_rows, verdict_on
from diffusion.analysis.reported.figures import ReportedFigure, packaged_figures, read_figures
from diffusion.analysis.results.intervals import band
from diffusion.cli.app import app
from diffusion.errors import InputError
from diffusion.levers.registry import all_levers
from diffusion.report.page.reported_section import modelled_words, reported_sentence, reported_words, when_words

FIGURE = {
    "id": "a",
    "lever": "accelerator",
    "quantity": "things",
    "unit": "things",
    "months_after_start": 9,
    "date": "2016-04",
    "value": 10.0,
    "bound": "exact",
    "modelled": "organisations_using_cohort",
    "basis": "free",
    "source": "somebody",
}


def figure(**changes: object) -> ReportedFigure:
    return ReportedFigure.model_validate({**FIGURE, **changes})


@pytest.mark.unit
def test_packaged_figures_have_sources_and_counts_that_there_are() -> None:
    figures = packaged_figures()
    assert {item.lever for item in figures} == {"accelerator", "clinical-entrepreneurs"} <= set(all_levers())
    assert {item.modelled for item in figures} - {""} == set(COUNTS)
    by_id = {item.id: item for item in figures}
    assert by_id["accelerator-organisations"].value == 68
    assert by_id["accelerator-patients"].value == 3e6
    assert by_id["entrepreneurs-applied"].value == 300
    assert all(len(item.source) > 10 for item in figures)
    for item in figures:
        unit = COUNTS[item.modelled].unit if item.modelled else item.unit
        assert item.unit == unit or item.note, f"{item.id}: {item.unit} beside {unit} needs a note"


@pytest.mark.unit
@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({"value": 50}, "inside 80 %"),
        ({"value": 10}, "inside 80 %"),
        ({"value": 9.9}, "inside 95 %"),
        ({"value": 97.5}, "inside 95 %"),
        ({"value": 2.4}, "outside"),
        ({"value": 97.6}, "outside"),
        ({"value": 2, "bound": "at_least"}, "inside 80 %"),
        ({"value": 95, "bound": "at_least"}, "inside 95 %"),
        ({"value": 98, "bound": "at_least"}, "outside"),
        ({"value": 1, "rounded_to": 3}, "inside 95 %"),
        ({"value": 100, "rounded_to": 4}, "outside"),
        ({"value": 100, "rounded_to": 10}, "inside 95 %"),
    ],
)
def test_a_figure_lies_in_an_interval_or_outside(changes: dict[str, object], verdict: str) -> None:
    runs = band(np.arange(101.0))  # middle 80 %: 10 to 90, middle 95 %: 2.5 to 97.5
    assert verdict_on(figure(**changes), runs) == verdict


@pytest.mark.unit
def test_rows_are_read_as_many_months_after_the_programme_s_start() -> None:
    late = df.run(df.load("fellowship-first-wave", ["levers.accelerator.start=2015-12", "months=16"]), 3, seed=3)
    rows = {row.figure.id: row for row in reported_rows(late)}
    row = rows["accelerator-organisations"]
    assert row.runs is not None
    assert row.replicates == 3
    series = late.monthly["organisations_using_cohort"][:, 14]
    np.testing.assert_allclose(row.runs.mean, series.mean())
    np.testing.assert_allclose([row.runs.low95, row.runs.high95], np.quantile(series, [0.025, 0.975]))
    cost = paid("accelerator_bursary")(late, 5, 14)
    assert cost is not None
    np.testing.assert_allclose(cost, 17 * 9 * 58_824 / 12, rtol=1e-4)
    assert rows["accelerator-raised-later"].verdict == "not in this run"
    assert rows["accelerator-organisations-wider"].verdict == "not modelled"
    inside, told = count_inside(list(rows.values()))
    assert 0 <= inside <= told == 3
    assert reported_sentence(list(rows.values())).endswith("1 more is not modelled; 2 cannot be told from these runs.")
    assert reported_rows(df.run(df.load("baseline", ["months=3"]), 2, seed=3)) == []


@pytest.mark.unit
def test_figures_of_one_s_own_are_compared_too() -> None:
    results = df.run(df.load("fellowship-first-wave", ["months=12"]), 3, seed=3)
    own = [figure(value=1000.0), figure(id="b", value=0.0, bound="at_least")]
    assert [row.verdict for row in reported_rows(results, own)] == ["outside", "inside 80 %"]


GOOD = """figures:
  - id: a
    lever: accelerator
    quantity: things
    unit: things
    months_after_start: 9
    date: 2016-04
    value: 10
    bound: exact
    modelled: organisations_using_cohort
    basis: free
    source: somebody
"""


@pytest.mark.unit
@pytest.mark.parametrize(
    ("old", "new", "key", "message"),
    [
        ("value: 10", "value: ten", "value", "number"),
        ("value: 10", "worth: 10", "worth", "worth"),
        ("bound: exact", "bound: nearly", "bound", "about"),
        ("date: 2016-04", "date: 2016-13", "date", "date"),
        ("cohort\n", "cohorts\n", "modelled", "no count 'organisations_using_cohorts'"),
        ("    source", "    not_modelled: no\n    source", "modelled", "either a count"),
        ("    modelled: organisations_using_cohort\n", "", "modelled", "either a count"),
        ("    basis: free\n", "", "basis", "only where"),
        ("    source: somebody\n", "", "source", "source"),
        (GOOD[9:], GOOD[9:] + GOOD[9:], "id", "'a'"),
    ],
)
def test_a_faulty_file_is_told_with_its_place(tmp_path: Path, old: str, new: str, key: str, message: str) -> None:
    path = tmp_path / "own.yaml"
    path.write_text(GOOD, encoding="utf-8")
    assert read_figures(path)[0].value == 10
    path.write_text(GOOD.replace(old, new), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_figures(path)
    told = str(caught.value)
    assert "own.yaml" in told
    assert key in told
    assert message in told


@pytest.mark.unit
def test_words_for_figures_and_what_is_modelled() -> None:
    assert reported_words(figure(value=8e6, unit="GBP", bound="at_least")) == "more than £8 million"
    assert reported_words(figure(value=3e6, unit="patients", bound="about")) == "about 3 million patients"
    assert reported_words(figure(value=50, unit="%", bound="about")) == "about 50 %"
    assert reported_words(figure(value=1300, unit="jobs")) == "1,300 jobs"
    assert modelled_words([7.66e6], "GBP") == "£7.7 million"
    assert modelled_words([4.6e6, 10.6e6], "GBP") == "£4.6 to £10.6 million"
    assert modelled_words([33.1, 44.5], "%") == "33.1 to 44.5 %"
    assert modelled_words([11324.8], "patients") == "11,325"
    assert when_words(figure()) == "April 2016, month 9"
    assert when_words(figure(date="2020")) == "2020, month 9"


@pytest.mark.integration
@pytest.mark.parametrize(
    ("scenario", "levers"),
    [
        ("fellowship-first-wave", {"accelerator"}),
        ("clinical-entrepreneurs", {"clinical-entrepreneurs"}),
        ("england-2015", {"accelerator", "clinical-entrepreneurs"}),
    ],
)
def test_pages_show_what_was_reported_with_sources_and_again_from_what_is_stored(
    tmp_path: Path, scenario: str, levers: set[str]
) -> None:
    out = tmp_path / "result"
    result = CliRunner().invoke(app, ["run", scenario, "--replicates", "3", "--out", str(out)])
    assert result.exit_code == 0, result.output
    assert "Figures that programmes reported" in " ".join(result.output.split())
    text = (out / "index.html").read_text(encoding="utf-8")
    plain = text.replace("&#39;", "'").replace("&amp;", "&").replace("\u00a0", " ")
    shown = [item for item in packaged_figures() if item.lever in levers]
    assert "Reported and modelled: " in plain
    for item in packaged_figures():
        assert (f"{item.quantity}<small>{item.source}</small>" in plain) == (item in shown), item.id
    for item in shown:
        assert reported_words(item) in plain
        assert item.not_modelled in plain
    table = pd.read_parquet(out / "tables" / "reported.parquet")
    assert list(table["figure"]) == [item.id for item in shown]
    assert list(table["source"]) == [item.source for item in shown]
    assert table["modelled_mean"].notna().tolist() == [bool(item.modelled) for item in shown]
    for row in table.dropna().itertuples():
        cell = modelled_words([row.modelled_mean], row.unit)
        assert f'<td class="number">{cell}<small>80 %: ' in plain
    book = openpyxl.load_workbook(out / "tables.xlsx", read_only=True)
    assert len(list(book["Reported and modelled"].iter_rows())) == 1 + len(shown)
    before = {name: (out / name).read_bytes() for name in ("index.html", "tables.xlsx")}
    again = CliRunner().invoke(app, ["report", str(out), "--force"])
    assert again.exit_code == 0, again.output
    assert {name: (out / name).read_bytes() for name in before} == before


@pytest.mark.integration
def test_a_comparison_shows_what_one_option_alone_can_tell(tmp_path: Path) -> None:
    out = tmp_path / "result"
    asked = ["compare", "baseline", "clinical-entrepreneurs", "--replicates", "3", "--out", str(out)]
    result = CliRunner().invoke(app, asked)
    assert result.exit_code == 0, result.output
    text = (out / "index.html").read_text(encoding="utf-8")
    alone = text[text.index("<caption>Outcomes of some options alone") :]
    alone = alone[: alone.index("</table>")]
    assert "Brain gain: doctors" in alone
    assert '<td class="number pale">–</td>' in alone  # the baseline follows no people: no number, and no 0
    assert "Patients who begin to access" not in alone  # both can tell: compared above
    again = CliRunner().invoke(app, ["report", str(out), "--force"])
    assert again.exit_code == 0, again.output
    assert (out / "index.html").read_text(encoding="utf-8") == text


@pytest.mark.integration
def test_without_a_programme_nothing_is_said_of_figures(tmp_path: Path) -> None:
    out = tmp_path / "result"
    result = CliRunner().invoke(app, ["run", "baseline", "--set", "months=6", "--replicates", "2", "--out", str(out)])
    assert result.exit_code == 0, result.output
    assert "Figures that programmes reported" not in result.output
    text = (out / "index.html").read_text(encoding="utf-8")
    assert "Reported and modelled" not in text
    assert "Patients who begin to access" in text
    assert not (out / "tables" / "reported.parquet").exists()
