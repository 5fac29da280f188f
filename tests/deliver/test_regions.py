"""Pages of regions from the command line: written, made again to the byte, refused where there is none."""

from __future__ import annotations

import html
import json
import re
import shutil
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from diffusion.analysis.regions.tables import RegionTables, region_data
from diffusion.analysis.results.adoption import adoption_difference
from diffusion.analysis.results.compare import compare_outcomes
from diffusion.cli.app import app, main
from diffusion.engine.ledger import FLOWS
from diffusion.experiments.running.runner import compare
from diffusion.report.regions.region_figures import region_change_panel, region_level_panel
from diffusion.report.regions.region_page import render_region
from diffusion.report.words.reproduction import Reproduction
from diffusion.scenario.load import load_scenario
from diffusion.world.regions import find_region
from support.page_reading import Page, value

pytestmark = pytest.mark.integration

LISTED = ("RM2", "RM3", "RBV")
PAGES = ("region-GM.html", "region-QYG.html", "region-mine.html")


def call(*words: str) -> str:
    result = CliRunner().invoke(app, list(words))
    assert result.exit_code == 0, result.output
    return result.output


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("regions")
    (place / "mine.csv").write_text("name;Code\n" + "".join(f"some trust;{code}\n" for code in LISTED))
    out = place / "result"
    named = ["--region", "gm", "--region", "cheshire", "--region", str(place / "mine.csv")]
    call("compare", "baseline", "local-first", "-n", "42", "--set", "months=40", *named, "--out", str(out))
    return out


def test_there_is_a_page_of_each(folder: Path) -> None:
    assert sorted(path.name for path in folder.glob("region-*.html")) == sorted(PAGES)
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert [region["name"] for region in manifest["regions"]] == ["GM", "QYG", "mine"]
    assert manifest["regions"][2]["trusts"] == list(LISTED)
    assert set(PAGES) <= set(manifest["files"])


def test_the_pages_come_out_the_same_from_what_is_stored(folder: Path, tmp_path: Path) -> None:
    again = tmp_path / "again"
    shutil.copytree(folder, again)
    for name in PAGES:
        (again / name).unlink()
    call("report", str(again))
    for name in (*PAGES, "index.html"):
        assert (again / name).read_bytes() == (folder / name).read_bytes()
    call("report", str(again), "--region", "QYG")
    for name in (*PAGES, "index.html"):
        assert (again / name).read_bytes() == (folder / name).read_bytes()
    assert all(f'href="{name}"' in (again / "index.html").read_text(encoding="utf-8") for name in PAGES)
    alone = tmp_path / "alone"
    call("report", str(folder), "--region", "gm", "--out", str(alone))
    assert [path.name for path in alone.glob("region-*.html")] == ["region-GM.html"]
    assert (alone / "index.html").read_text(encoding="utf-8").count('href="region-') == 1
    assert (alone / "region-GM.html").read_bytes() == (folder / "region-GM.html").read_bytes()


@pytest.mark.parametrize(
    ("text", "name"),
    [("cheshire", "QYG"), ("MERSEY", "QYG"), ("Greater Manchester", "GM"), ("elsewhere/Mine.csv", "mine")],
)
def test_a_region_is_named_in_a_folder_as_when_it_was_run(folder: Path, tmp_path: Path, text: str, name: str) -> None:
    """A list needs its file no more."""
    call("report", str(folder), "--region", text, "--out", str(tmp_path / "new"))
    assert [path.name for path in (tmp_path / "new").glob("region-*.html")] == [f"region-{name}.html"]


def test_the_terminal_tells_what_the_page_tells(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where nothing is written; with a folder it says where the page is."""
    monkeypatch.chdir(tmp_path)
    words = ("compare", "baseline", "local-first", "-n", "42", "--set", "months=40", "--region", "gm")
    quick = " ".join(call(*words, "--no-files").split())
    assert list(tmp_path.iterdir()) == []
    page = (folder / "region-GM.html").read_text(encoding="utf-8")
    found = re.findall(r'<ul class="claims">(.*?)</ul>', page, re.DOTALL)[:2]
    sentences = [html.unescape(text) for part in found for text in re.findall(r"<li>(.*?)</li>", part)]
    assert len(sentences) >= 4
    told = quick.partition("Greater Manchester (AHSN) ")[2].replace("\xa0", " ")
    assert all(" ".join(sentence.split()) in told for sentence in sentences)
    assert "Its page" not in quick
    told = call(*words, "--out", "kept")
    assert f"Its page: {Path('kept') / 'region-GM.html'}" in told
    assert Path("kept/region-GM.html").is_file()


def test_a_region_that_was_not_kept_is_told_with_how_to_have_it(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as leaving:
        main(["report", str(folder), "--region", "WX", "--out", str(tmp_path / "new")])
    said = " ".join(capsys.readouterr().err.split())
    assert leaving.value.code == 2
    assert "does not keep region 'WX'" in said
    assert "one of GM, QYG, mine" in said
    assert "again with --region WX" in said
    assert not (tmp_path / "new").exists()


def test_what_the_page_says_is_in_the_tables(folder: Path) -> None:
    """Shares at the end, changes and money of the page, from the stored tables by other code."""
    by_month = pd.read_parquet(folder / "tables" / "regions_by_month.parquet")
    end = by_month[(by_month["region"] == "GM") & (by_month["month"] == 40)]
    share = (100 * end["adopters"] / end["eligible"]).groupby(end["scenario"])
    page = Page((folder / "region-GM.html").read_text(encoding="utf-8"))
    tables = [table for section in page.sections.values() for table in section.tables]
    beside = next(table for table in tables if "beside England" in table.caption)
    for scenario, label in (("baseline", "Baseline"), ("local-first", "Local first")):
        assert value(beside.rows[label][0][0]) == pytest.approx(share.get_group(scenario).mean(), abs=0.0051)
    end_by_group = pd.read_parquet(folder / "tables" / "end_by_group.parquet")
    ahsn = end_by_group[(end_by_group["grouping"] == "ahsn") & (end_by_group["code"] == "GM")]
    assert (ahsn["adopters"].to_numpy() == end["adopters"].to_numpy()).all()
    money = pd.read_parquet(folder / "tables" / "regions_money.parquet")
    own = money[(money["region"] == "GM") & (money["scenario"] == "baseline")]["running_cost_own_pence"]
    paid = next(table for table in tables if "Paid by and to" in table.caption)
    running = next(cells for head, cells in paid.rows.items() if head.startswith("Running cost"))
    assert value(running[0][0]) == pytest.approx(own.mean() / 1e8, abs=0.0051)
    assert not any("commissioners" in head and "to trusts" not in head for head in paid.rows)
    beside = next(table for table in tables if "paid by and to others" in table.caption)
    assert any(head.startswith("Grant to the AHSN") for head in beside.rows)
    assert set(paid.rows).isdisjoint(beside.rows)


def test_money_in_the_sentences_is_that_of_the_tables(folder: Path) -> None:
    """Means of what trusts pay and get, and their paired changes, added up from payments by other code."""
    money = pd.read_parquet(folder / "tables" / "regions_money.parquet")
    money = money[money["region"] == "GM"].set_index(["scenario", "replicate"])
    purposes = {flow.purpose: (flow.payer, flow.payee) for flow in FLOWS}
    page = html.unescape((folder / "region-GM.html").read_text(encoding="utf-8")).replace("\xa0", " ")
    for end, verb in enumerate(("pay", "get")):
        names = [f"{purpose}_own_pence" for purpose, ends in purposes.items() if ends[end] in ("trust", "trust_fund")]
        total = money[names].sum(axis=1) / 1e8
        told = re.search(rf"In Baseline, trusts of Greater Manchester .*?{verb} £([\d.]+) million", page)[1]
        assert float(told) == pytest.approx(total["baseline"].mean(), abs=0.0051)
        change = float((total["local-first"] - total["baseline"]).mean())
        said = page.partition("Under Local first, compared with Baseline, trusts of Greater Manchester ")[2]
        size, way = re.search(rf"{verb} .*?£([\d.]+) million (more|less)", said).groups()
        assert float(size) * (1 if way == "more" else -1) == pytest.approx(change, abs=0.0051)


def test_panels_of_changes_have_one_axis_and_their_own_titles() -> None:
    """The axis holds the widest interval of all options; titles tell levels from changes."""
    scenarios = [load_scenario(name, ["months=40"]) for name in ("baseline", "local-first", "everything")]
    whole = compare(scenarios, 12, 1, by_trust=True)
    region = find_region("GM", whole[0].world)
    own = [RegionTables(table, region, region_data(table, region)) for table in whole]
    changes = [region_change_panel(own, whole, i).axes[0] for i in (1, 2)]
    low, high = changes[0].get_ylim()
    assert (low, high) == changes[1].get_ylim()
    for i in (1, 2):
        band = adoption_difference(own[i], own[0])
        assert low <= band.low95.min() < band.high95.max() <= high
    levels = [region_level_panel(own, whole, i).axes[0] for i in (0, 1, 2)]
    assert len({axes.get_ylim() for axes in levels}) == 1
    assert len({axes.get_title("left") for axes in (*levels, *changes)}) == 5


def test_a_list_has_no_rank_and_none_like_it(folder: Path) -> None:
    listed, group = ((folder / name).read_text(encoding="utf-8") for name in ("region-mine.html", "region-QYG.html"))
    assert "Rank among" not in listed
    assert "most similar" not in listed
    assert "Rank among the 42 ICSs" in group
    assert "Beside the most similar ICSs" in group


def test_a_region_alone_says_what_it_leaves_out(tmp_path: Path) -> None:
    out = tmp_path / "alone"
    words = ("run", "local-first", "-n", "2", "--set", "months=12", "--set", "world.region=WX", "--out", str(out))
    call(*words)
    text = (out / "index.html").read_text(encoding="utf-8")
    limits = text[text.index('id="limits"') :]
    world = pd.read_parquet(out / "tables" / "world_trusts.parquet")
    assert set(world["ahsn"]) == {"WX"}
    assert f"{len(world)} of 233 trusts" in limits
    assert "initial sites (28 to 60 in the whole" in limits
    assert "leads of levers.local-first" in limits
    assert "national money that no trust gets counts by size" in limits.lower()
    again = tmp_path / "again"
    call("report", str(out), "--out", str(again))
    assert (again / "index.html").read_bytes() == (out / "index.html").read_bytes()


def test_the_page_of_a_board_that_goes_on_in_another_says_so() -> None:
    """Said where the runs last that long, of boards that go on in others, and of no network."""

    def said(name: str, months: int, code: str) -> str:
        whole = compare([load_scenario(name, [f"months={months}"])], 1, 1, by_trust=True)
        region = find_region(code, whole[0].world)
        own = [RegionTables(table, region, region_data(table, region)) for table in whole]
        made = Reproduction("diffusion run", "nhs-diffusion 0", "", (), ())
        page = render_region(region, own, whole, compare_outcomes(whole), made)
        return page[page.index('id="answer"') : page.index('id="time"')]

    told = "In April 2026 this ICB became part of Surrey and Sussex (S9B9J)."
    assert told in said("england-2025", 14, "QXU").replace("\u00a0", " ")
    assert "became part" not in said("england-2025", 6, "QXU")
    assert "became part" not in said("england-2025", 14, "QOP")
    assert "became part" not in said("england-2025", 14, "KSS")
    assert "became part" not in said("baseline", 14, "QXU")


def test_a_world_of_ones_own_says_so_of_its_own_boards_also_from_what_is_stored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By its own table: another month, a board of another name; a code alone where no name is given."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "mine"
    call("worlds", "new", "mine", "--from", "england-2025")
    text = (folder / "boards.csv").read_text("utf-8")
    assert text.count(",,S9B9J,Surrey and Sussex,2026-04-01") == 2  # of Sussex, and of Surrey Heartlands
    (folder / "boards.csv").write_text(text.replace("Surrey and Sussex,2026-04-01", ",2025-06"), "utf-8")
    (tmp_path / "a.yaml").write_text("title: A\nextends: england-2025\nmonths: 4\nworld: {name: mine}\n", "utf-8")
    call("run", "a.yaml", "-n", "2", "--region", "QXU", "--region", "QOP", "--out", "out")
    page = (tmp_path / "out" / "region-QXU.html").read_bytes()
    assert "In June 2025 this ICB became part of S9B9J." in page.decode("utf-8").replace("\u00a0", " ")
    assert "became part" not in (tmp_path / "out" / "region-QOP.html").read_text("utf-8")
    shutil.rmtree(folder)
    call("report", "out", "--region", "QXU", "--out", "again")
    assert (tmp_path / "again" / "region-QXU.html").read_bytes() == page


def test_the_whole_has_no_such_limits(folder: Path) -> None:
    for name in ("index.html", *PAGES):
        assert "world is one region alone, " not in (folder / name).read_text(encoding="utf-8")
