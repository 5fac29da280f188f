"""Pages of regions that cannot stand beside others: without anything to adopt, or not the same in all options."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from diffusion.cli.app import app
from support.page_reading import Page

pytestmark = pytest.mark.integration

RUNS = ("-n", "40", "--seed", "1", "--jobs", "1")
SCENARIO = "title: {title}\nextends: no-programmes\nmonths: 4\nworld: {{trusts: {trusts}, innovations: {new}}}\n"
APP = "- {id: app, name: App, kind: digital, live_month: 0"


def trusts(ics: str) -> str:
    """Return a table of eight trusts, of which ``ics`` says the ICS of each by one letter; those in D are community."""
    head = "code,name,sector,ahsn,ics,ics_name,latitude,longitude,staff_fte\n"
    return head + "".join(
        f"T{i},Trust {i},{'community' if code == 'D' else 'acute'},EM,Q{code},Care {code},{52 + i / 10:.1f},-1.0,3000\n"
        for i, code in enumerate(ics)
    )


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    files = {
        "one.csv": trusts("AABBCCDD"),
        "other.csv": trusts("AABBECDD"),
        "all.yaml": f"{APP}, eligible_sectors: [acute, community]}}\n",
        "acute.yaml": f"{APP}, eligible_sectors: [acute]}}\n",
        "acute-in-one.yaml": SCENARIO.format(title="Acute", trusts="one.csv", new="acute.yaml"),
        "all-in-one.yaml": SCENARIO.format(title="All", trusts="one.csv", new="all.yaml"),
        "all-in-other.yaml": SCENARIO.format(title="Other groups", trusts="other.csv", new="all.yaml"),
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def made(*words: str) -> None:
    result = CliRunner().invoke(app, [*words, *RUNS, "--out", "new"])
    assert result.exit_code == 0, result.output


def page(name: str) -> tuple[str, dict[str, dict[str, list[str]]]]:
    """Return the text of a page, and its tables by caption: the cells by row."""
    text = (Path("new") / f"region-{name}.html").read_text(encoding="utf-8")
    tables = [table for section in Page(text).sections.values() for table in section.tables]
    return text, {
        table.caption: {head: [cell[0] for cell in row] for head, row in table.rows.items()} for table in tables
    }


def test_a_region_that_may_adopt_nothing_has_a_page_that_says_so(place: Path) -> None:
    made("run", "acute-in-one.yaml", "--region", "QD", "--region", "QA")
    assert CliRunner().invoke(app, ["report", "new", "--out", "again"]).exit_code == 0
    assert (place / "again" / "region-QD.html").read_bytes() == (place / "new" / "region-QD.html").read_bytes()
    text, tables = page("QD")
    answer = text[text.index('id="answer"') : text.index('id="time"')]
    assert "No trust in Care D may use any of these innovations" in answer
    assert "are adopted by" not in answer
    assert not any("Rank among" in caption or "most similar" in caption for caption in tables)
    beside = tables["Adopter share of eligible pairs at the end: Care D beside all trusts"]["Acute"]
    assert [beside[0], beside[2]] == ["–", "–"]
    text, tables = page("QA")
    assert "may use any of these innovations:" not in text
    assert "Rank among the 3 ICSs" in tables
    assert "1 other has no trust that may use any of these innovations" in text
    assert set(tables["Beside the most similar ICSs"]) == {"Care A", "Care B", "Care C"}


def test_a_region_that_may_adopt_nothing_in_one_option_has_no_rank(place: Path) -> None:
    made("compare", "all-in-one.yaml", "acute-in-one.yaml", "--region", "QD")
    text, tables = page("QD")
    assert "In Acute: no trust in Care D may use any of these innovations" in text
    assert not any("Rank among" in caption for caption in tables)
    assert tables["Adopter share of eligible pairs at the end: Care D beside all trusts"]["Acute"][3] == "–"


def test_groups_are_ranked_where_all_options_have_them_with_the_same_trusts(place: Path) -> None:
    made("compare", "all-in-one.yaml", "all-in-other.yaml", "--region", "QA", "--region", "QC")
    text, tables = page("QA")
    assert "Rank among the 3 ICSs" in tables  # QA, QB and QD
    assert set(tables["Beside the most similar ICSs"]) == {"Care A", "Care B", "Care D"}
    text, tables = page("QC")
    assert not any("Rank among" in caption or "most similar" in caption for caption in tables)
    assert "Care C is not an ICS of the same trusts in all options: it has no rank among the ICSs" in text
