"""The short forms: one page stays one page, slides hold what fits, and both say what the results say."""

from __future__ import annotations

import re
import zipfile
from dataclasses import replace
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from xml.etree import ElementTree

import numpy as np
import pytest
from matplotlib.colors import to_hex
from pptx import Presentation
from pptx.enum.shapes import MSO_SHAPE_TYPE
from pptx.enum.text import MSO_ANCHOR

from attack.hostile_names import NAMES
from diffusion.analysis.results.asked import Target, ask
from diffusion.analysis.results.compare import Comparison, asked_comparison, compare_outcomes
from diffusion.analysis.results.outcomes import MAIN_OUTCOME
from diffusion.engine.departure import InForce
from diffusion.outlets import shown
from diffusion.report.brief.caveat import caveat_of
from diffusion.report.brief.chart import NAME_LETTERS, chart, short_labels
from diffusion.report.brief.deck import SLIDE_HEIGHT, SLIDE_WIDTH, Deck, plain_text
from diffusion.report.brief.facts import Brief, brief_of
from diffusion.report.brief.fit import block_height, cut, fitted, kept_lines, line_count
from diffusion.report.brief.slides import write_slides
from diffusion.report.brief.summary import render_summary
from diffusion.report.figures.by_date import asked_changes_panel, asked_levels_panel
from diffusion.report.figures.gains import gains_panel
from diffusion.report.figures.style import INK, UNCLEAR
from diffusion.report.files import pdf
from diffusion.report.page.cells import Cell, PageTable
from diffusion.report.words.answer import answer_sentences
from diffusion.report.words.reproduction import Reproduction
from diffusion.storage.departures import Told
from support.page_reading import Outline
from support.synthetic_results import SyntheticResults, SyntheticScenario, england, four_options, synthetic

pytestmark = pytest.mark.unit

needs_browser = pytest.mark.skipif(pdf.find_browser() is None, reason="no Chromium, Chrome or Edge is installed")
COMMAND = "diffusion compare baseline " + " ".join(f"experiments/of-our-own/option-{i}.yaml" for i in range(8))
REPRODUCTION = Reproduction(COMMAND, "nhs-diffusion 0", "commit 0123456789ab", (("Baseline", "0" * 64),), ())
LONG = "best practice tariff for every trust in the North and the Midlands with three years of fellows number "
WIDE, CHARACTERS = "W" * 200, "日本語の長い題" * 12
PLACE = england(40, n_innovations=5)


@cache
def options(number: int, name: str = "option ", runs: int = 42) -> list[SyntheticResults]:
    names = ["baseline", *(f"baseline+{name}{i}" for i in range(1, number))]
    return [
        synthetic(
            PLACE,
            SyntheticScenario(each, months=60, policy_start="2016-07", drawn=True),
            replicates=runs,
            gain=0.04 * i,
            money_gbp_per_month=1e5 * i,
        )
        for i, each in enumerate(names)
    ]


def brief(tables: list[SyntheticResults], told: list[Told] | None = None) -> tuple[Comparison, Brief]:
    comparison = replace(compare_outcomes(tables), asked=ask(tables, Target()))
    return comparison, brief_of(tables, comparison, REPRODUCTION, told or [Told()] * len(tables), None)


def asked_of(tables: list[SyntheticResults], grouping: str, name: str = "the part") -> tuple[Comparison, Brief]:
    code = tables[0].world.innovations.ids[0] if grouping == "innovation" else tables[0].world.ahsns.codes[0]
    comparison = replace(compare_outcomes(tables), asked=ask(tables, Target(grouping, code, name)))
    return comparison, brief_of(tables, comparison, REPRODUCTION, [Told()] * len(tables), None)


def summary(tables: list[SyntheticResults]) -> str:
    return render_summary(tables, *brief(tables))


def pages_of(page: str, folder: Path) -> int:
    pdf.print_pdf(page, folder / "summary.pdf")
    return max(int(count) for count in re.findall(rb"/Count (\d+)", (folder / "summary.pdf").read_bytes()))


@needs_browser
@pytest.mark.integration
@pytest.mark.parametrize(
    ("number", "name"),
    [(1, "option "), (2, LONG), (4, CHARACTERS), (5, WIDE), (8, "option "), (8, LONG), (8, WIDE)],
    ids=["1", "2 long", "4 cjk", "5 wide", "8", "8 long", "8 wide"],
)
def test_the_summary_prints_on_one_page(number: int, name: str, tmp_path: Path) -> None:
    page = summary(options(number, name))
    assert pages_of(page, tmp_path) == 1
    # the chart gives way before a second page is begun: it must not have been squeezed to nothing
    drawn = re.search(r'viewBox="0 0 [\d.]+ ([\d.]+)"', page)
    assert drawn
    assert float(drawn[1]) >= 100


@needs_browser
@pytest.mark.integration
@pytest.mark.parametrize(("number", "name"), [(1, LONG * 2), (3, LONG * 2), (8, WIDE)], ids=["1", "3", "8 wide"])
def test_so_does_the_summary_of_a_part_with_a_long_name(number: int, name: str, tmp_path: Path) -> None:
    tables = options(number)
    assert pages_of(render_summary(tables, *asked_of(tables, "ahsn", name)), tmp_path) == 1


@needs_browser
@pytest.mark.integration
def test_a_summary_that_did_not_fit_would_be_seen(tmp_path: Path) -> None:
    page = summary(options(2))
    assert pages_of(page.replace("</ul>", "<li>more</li>" * 60 + "</ul>", 1), tmp_path) > 1


def test_a_budget_stands_in_the_answer_and_nothing_is_lost_while_there_is_room() -> None:
    tables = options(3)
    comparison, found = brief(tables)
    given = found._replace(answer=[*found.answer, "Each option is given £20.00 million a year."])
    page = render_summary(tables, comparison, given)
    assert "Each option is given £20.00\u00a0million a year." in page
    for sentence in answer_sentences(tables, comparison):
        assert sentence.replace(" %", "\u00a0%").replace(" thousand", "\u00a0thousand") in page


@pytest.mark.parametrize("number", [1, 3])
def test_the_summary_is_one_file_that_everybody_can_read(number: int) -> None:
    page = summary(options(number))
    assert page == summary(options(number))
    outline = Outline(page)
    assert not outline.all("script")
    assert [len(outline.all(tag)) for tag in ("h1", "main", "svg", "table", "caption")] == [1] * 5
    assert all("scope" in head for head in outline.all("th"))
    assert outline.all("svg")[0]["role"] == "img"
    for _, attributes in outline.tags:
        for key in ("src", "href", "xlink:href"):
            assert str(attributes.get(key) or "#").startswith(("#", "data:"))
    for text in ("The answer", "Before you use this", "How to reproduce", "commit 0123456789ab", "30 September 2017"):
        assert text in page


def test_the_table_has_the_numbers_of_the_comparison() -> None:
    tables = options(3)
    comparison, found = brief(tables)
    last = comparison.difference(MAIN_OUTCOME, 2).estimate
    label, cells = found.table.rows[2]
    assert label == "Option 2"
    assert float(cells[1].text) == pytest.approx(float(last.mean), abs=0.0051)
    low, high = (float(end.replace("−", "-")) for end in cells[1].small.split(" to "))
    assert (low, high) == pytest.approx((float(last.low80), float(last.high80)), abs=0.0051)
    assert [head.split(",")[0] for head in found.table.heads[3:]] == [
        "Extra spending", "Net present value", "Extra patients who benefit",
    ]  # fmt: skip
    assert found.table.rows[0][1][1].text == "reference"


def test_names_are_short_and_differ() -> None:
    labels = short_labels(options(5, LONG))
    assert len(set(labels)) == 5
    assert max(map(len, labels)) <= NAME_LETTERS + 4
    assert short_labels(options(3)) == ["Baseline", "Option 1", "Option 2"]


def setting(grade: str) -> InForce:
    return InForce(**{name: grade if name == "grade" else "x" for name in InForce._fields})


def test_the_caveat_is_the_gravest_that_applies() -> None:
    tables = options(2)

    def said(tables: list[SyntheticResults], grades: str = "", altered: tuple[str, ...] = ()) -> str:
        comparison = compare_outcomes(tables)
        told = [Told((), {}), Told((), {"tariff": tuple(setting(grade) for grade in grades)})]
        return caveat_of(tables, comparison, REPRODUCTION._replace(altered=altered), told)

    assert "may be wrong" in said(tables, "CCC", ("tables/x.csv is missing",))
    assert "too few" in said(options(2, runs=5), "CCC")
    assert said(tables, "CCC").startswith("All 3 settings")
    assert said(tables, "CCAB").startswith("2 of the 4 settings")
    assert "settings" not in said(tables, "CAB")
    undrawn = [replace(each, scenario=replace(each.scenario, drawn=False)) for each in tables]
    assert said(undrawn, "CCC").startswith("The intervals hold the chance of the simulation only")
    same = [tables[0], replace(tables[0], scenario=tables[1].scenario)]
    assert "not “no effect”" in said(same)
    world = SimpleNamespace(**{**vars(PLACE), "provenance": {"trusts": "another"}})
    assert "do not stand on the same world" in said([tables[0], replace(tables[1], world=world)], "CCC")
    levers = {"tariff": SimpleNamespace()}
    common = [replace(each, scenario=replace(each.scenario, levers=levers)) for each in tables]
    assert "settings" not in said(common, "CCC")  # what both have decides nothing between them


@pytest.mark.parametrize(
    "name", [name for name in NAMES if "<" in name or "{" in name or len(name) > 200 or shown(name) != name]
)
def test_hostile_texts_stand_on_the_summary_as_text(name: str) -> None:
    tables = options(2)
    comparison = compare_outcomes(tables)
    table = PageTable(name, ("Option", name), [(name, [Cell(name, name)])], name)
    page = render_summary(tables, comparison, Brief(name, name, [name], table, name, [(name, name)]))
    plain = render_summary(
        tables,
        comparison,
        Brief("x", "x", ["x"], PageTable("x", ("Option", "x"), [("x", [Cell("x", "x")])], "x"), "x", [("x", "x")]),
    )
    # our own elements keep words from being broken
    tags = [[tag for tag, own in Outline(text).tags if own.get("class") != "word"] for text in (page, plain)]
    assert tags[0] == tags[1]
    assert shown(page) == page


# --- Slides -----------------------------------------------------------------------------------------------------------


def deck(tables: list[SyntheticResults], path: Path) -> Presentation:
    comparison, found = brief(tables)
    write_slides(tables, comparison, found, path)
    return Presentation(str(path))


def texts_of(shape: object) -> list[str]:
    if shape.has_text_frame:
        return [shape.text_frame.text.replace("\u00a0", " ")]
    return (
        [cell.text.replace("\u00a0", " ") for row in shape.table.rows for cell in row.cells] if shape.has_table else []
    )


def test_the_deck_has_its_slides_with_editable_text_and_tables(tmp_path: Path) -> None:
    tables = options(3)
    comparison, found = brief(tables)
    made = deck(tables, tmp_path / "a.pptx")
    titles = [slide.shapes.title.text for slide in made.slides]
    assert titles == [
        found.question, "Adoption over time", "The options in numbers", "What is sure, and what is not",
        "What is sure, and what is not: in words",
        "Who gains and who loses: Option 2", "What it costs, and who pays", "Before you use this", "How to reproduce",
    ]  # fmt: skip
    body = "\n".join(text for shape in made.slides[0].shapes for text in texts_of(shape))
    for sentence in answer_sentences(tables, comparison):
        assert sentence in body
    kinds = [[shape.shape_type for shape in slide.shapes] for slide in made.slides]
    assert [MSO_SHAPE_TYPE.TABLE in found for found in kinds] == [i in (2, 6) for i in range(9)]
    assert [found.count(MSO_SHAPE_TYPE.PICTURE) for found in kinds] == [0, 2, 0, 1, 0, 1, 0, 0, 0]
    for slide in made.slides:
        for shape in slide.shapes:
            if shape.shape_type == MSO_SHAPE_TYPE.PICTURE:
                assert len(shape._element.nvPicPr.cNvPr.get("descr")) > 30
    everything = "\n".join(text for slide in made.slides for shape in slide.shapes for text in texts_of(shape))
    assert found.caveat in everything
    assert COMMAND[:200] in everything


def test_one_scenario_has_a_deck_too(tmp_path: Path) -> None:
    titles = [slide.shapes.title.text for slide in deck(options(1), tmp_path / "a.pptx").slides]
    assert titles[1:] == [
        "Adoption over time",
        "The result in numbers",
        "Who adopts",
        "Before you use this",
        "How to reproduce",
    ]


def test_a_deck_is_the_same_bytes_twice_and_says_no_date(tmp_path: Path) -> None:
    for name in ("a", "b"):
        deck(options(2), tmp_path / f"{name}.pptx")
    assert (tmp_path / "a.pptx").read_bytes() == (tmp_path / "b.pptx").read_bytes()
    with zipfile.ZipFile(tmp_path / "a.pptx") as parts:
        assert {part.date_time for part in parts.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert b"1980-01-01T00:00:00Z" in parts.read("docProps/core.xml")
        whole = b"".join(parts.read(name) for name in parts.namelist() if name.endswith(".xml"))
    assert b"frutiger" not in whole.lower()
    assert not re.search(rb'typeface="Calibri"', whole)


@pytest.mark.parametrize(
    ("number", "name"),
    [(2, "option "), (2, WIDE), (5, CHARACTERS), (8, "option "), (8, LONG), (8, WIDE)],
    ids=["2", "2 wide", "5 cjk", "8", "8 long", "8 wide"],
)
def test_no_text_runs_out_of_its_box_and_no_box_off_its_slide(number: int, name: str, tmp_path: Path) -> None:
    made = deck(options(number, name), tmp_path / "a.pptx")
    checked = 0
    for slide in made.slides:
        for shape in slide.shapes:
            assert shape.left >= 0
            assert shape.top >= 0
            assert shape.left + shape.width <= made.slide_width + 1
            assert shape.top + shape.height <= made.slide_height + 1, (slide.shapes.title.text, shape.name)
            frames = [(shape.text_frame, shape.width.pt, shape.height.pt)] if shape.has_text_frame else []
            if shape.has_table:
                for row in shape.table.rows:
                    frames += [
                        (cell.text_frame, column.width.pt, row.height.pt)
                        for cell, column in zip(row.cells, shape.table.columns, strict=True)
                    ]
            for frame, width, height in frames:
                needed = 0.0
                for paragraph in frame.paragraphs:
                    size = paragraph.runs[0].font.size.pt if paragraph.runs else 0.0
                    # at the mean width of Arial's letters, 0.5 ems
                    needed += 1.2 * size * line_count(paragraph.text, (width - 12) / size * 0.56 / 0.5) if size else 0.0
                    assert not size or size >= 8
                assert needed <= height + 4, (frame.text, width, height, needed)
                checked += 1
    assert checked > 40


@pytest.mark.parametrize("name", NAMES)
def test_hostile_names_stand_on_slides_as_text(name: str, tmp_path: Path) -> None:
    made = Deck(name, name)
    slide = made.slide(name)
    slide.text([name, "text"])
    slide.table(PageTable(name, ("Option", name), [(name, [Cell(name, name)])], name))
    made.save(tmp_path / "x.pptx")
    with zipfile.ZipFile(tmp_path / "x.pptx") as parts:
        for part in parts.namelist():
            if part.endswith((".xml", ".rels")):
                ElementTree.fromstring(parts.read(part))
        links = b"".join(parts.read(part) for part in parts.namelist() if part.endswith(".rels"))
    assert b"http://x" not in links
    read = Presentation(str(tmp_path / "x.pptx")).slides[0]
    said = read.shapes.title.text
    expected = plain_text(name)
    assert shown(said) == said
    if expected and line_count(expected, 40) <= 2:
        assert said.replace("\u00a0", " ") == expected.replace("\u00a0", " ")


def test_the_title_stands_at_the_bottom_of_its_box(tmp_path: Path) -> None:
    made = deck(options(2), tmp_path / "a.pptx")
    assert all(slide.shapes.title.text_frame.vertical_anchor == MSO_ANCHOR.BOTTOM for slide in made.slides)
    assert (made.slide_width.pt, made.slide_height.pt) == (SLIDE_WIDTH, SLIDE_HEIGHT)


# --- Room -------------------------------------------------------------------------------------------------------------


def test_lines_are_counted_with_words_broken_only_where_they_must_be() -> None:
    assert line_count("aa bb", 5 * 0.56) == 1
    assert line_count("aa bb", 4.9 * 0.56) == 2
    assert line_count("a" * 25, 10 * 0.56) == 3
    assert line_count("日本", 1.5) == 2


def test_what_does_not_fit_is_cut_and_left_out_from_the_end() -> None:
    texts = ["one " * 30, "two " * 30, "three " * 30]
    kept, size = fitted(texts, 300, 60, (12, 10))
    assert kept == texts[:1]
    assert block_height(kept, 300, size) <= 60
    (short,), size = fitted(["word " * 500], 300, 40, (12, 10))
    assert short.endswith("…")
    assert block_height([short], 300, size) <= 40
    assert cut("short", 300, 1, 10) == "short"


def test_four_options_of_the_fixture_make_both(tmp_path: Path) -> None:
    tables = four_options(12, months=36, n_trusts=60, n_innovations=6)
    comparison = compare_outcomes(tables)
    found = brief_of(tables, comparison, REPRODUCTION, [Told()] * 4, None)
    assert "chance only" in render_summary(tables, comparison, found)
    write_slides(tables, comparison, found, tmp_path / "x.pptx")
    assert len(Presentation(str(tmp_path / "x.pptx")).slides) == 9


# --- What was asked about ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("grouping", ["innovation", "ahsn"])
@pytest.mark.parametrize("number", [1, 3])
def test_the_outcome_asked_about_is_drawn_and_what_is_of_all_says_so(
    number: int, grouping: str, tmp_path: Path
) -> None:
    tables = options(number)
    comparison, found = asked_of(tables, grouping)
    part = f"{'of' if grouping == 'innovation' else 'in'} the part"
    assert part in found.table.caption
    assert "all innovations, all trusts" in found.table.caption
    caption = re.search(r"<figcaption>(.*?)</figcaption>", render_summary(tables, comparison, found))
    assert caption
    assert part in caption[1]
    write_slides(tables, comparison, found, tmp_path / "x.pptx")
    slide = Presentation(str(tmp_path / "x.pptx")).slides[1]
    said = [text for shape in slide.shapes for text in texts_of(shape) if text.startswith(("Share", "Change"))]
    assert len(said) == 2
    assert all(part in text or "of all innovations, all trusts" in text for text in said)
    whole, _ = brief(tables)
    assert (
        "all innovations, all trusts"
        not in brief_of(tables, whole, REPRODUCTION, [Told()] * number, None).table.caption
    )


def test_points_of_the_asked_figure_are_the_numbers_of_the_answer() -> None:
    tables = options(3)
    comparison, _ = asked_of(tables, "innovation")
    by_date, dates = asked_comparison(comparison), comparison.asked.dates
    names = [comparison.asked.outcome(date).name for date in dates]
    drawn = [
        line.get_ydata() for line in asked_changes_panel(tables, comparison).axes[0].lines if line.get_marker() == "o"
    ]
    assert [list(each) for each in drawn] == [
        [pytest.approx(float(by_date.difference(name, i).estimate.mean)) for name in names] for i in (1, 2)
    ]
    levels = [line.get_ydata() for line in asked_levels_panel(tables, comparison).axes[0].lines]
    assert [float(each[-1]) for each in levels] == [
        pytest.approx(float(by_date.level(names[-1], i)[0].mean)) for i in range(3)
    ]


def test_the_caveat_looks_at_the_dates_of_the_answer_and_at_what_was_asked() -> None:
    tables = options(2)
    same = [tables[0], replace(tables[0], scenario=tables[1].scenario)]
    comparison = compare_outcomes(same)  # nothing is clear at the end
    asked = ask(same, Target())
    assert "not “no effect”" in caveat_of(same, replace(comparison, asked=asked), REPRODUCTION, [Told()] * 2)
    rng = np.random.default_rng(1)
    early = [share.copy() for share in asked.shares]
    early[1][:, 0] += rng.uniform(1, 2, len(early[1]))
    clear = replace(comparison, asked=replace(asked, shares=tuple(early)))
    assert len(asked.dates) > 1
    assert "not “no effect”" not in caveat_of(same, clear, REPRODUCTION, [Told()] * 2)


@pytest.mark.parametrize("number", [2, 3, 8])
def test_one_sign_one_interval_one_unit(number: int, tmp_path: Path) -> None:
    tables = options(number)
    made = deck(tables, tmp_path / "x.pptx")
    said = "\n".join(text for slide in made.slides for shape in slide.shapes for text in texts_of(shape))
    assert "Net present value" in said
    assert "Net cost after" not in said
    _, found = brief(tables)
    tabled = [shape.table for slide in made.slides for shape in slide.shapes if shape.has_table]
    columns = [
        [cell.text for cell in table.rows[0].cells].index("Net present value, £\u00a0million") for table in tabled
    ]
    for i, row in enumerate(found.table.rows[1:], start=1):
        texts = {table.cell(i + (j == 0), column).text for j, (table, column) in enumerate(zip(tabled, columns))}
        assert len(texts) == 1, texts  # mean and small print alike
        assert row[1][3].text in texts.pop()
    assert "Patients who benefit, thousand" in said
    assert "million" not in "".join(line for line in said.splitlines() if line.startswith("Patients"))


@pytest.mark.parametrize(("number", "name"), [(2, "option "), (5, CHARACTERS), (8, LONG), (8, WIDE)])
def test_lists_on_slides_are_large_enough_to_read(number: int, name: str, tmp_path: Path) -> None:
    made = deck(options(number, name), tmp_path / "x.pptx")
    for slide in made.slides:
        if slide.shapes.title.text.startswith(("What is sure", "Before you", "Adoption", "Who gains")):
            sizes = [
                run.font.size.pt
                for shape in slide.shapes
                if shape.has_text_frame and "runs." not in shape.text_frame.text
                for paragraph in shape.text_frame.paragraphs
                for run in paragraph.runs
            ]
            assert min(sizes) >= 12, (slide.shapes.title.text, sizes)


def test_what_does_not_fit_in_a_list_is_counted() -> None:
    lines = kept_lines(["one " * 20, "two " * 20, "three " * 20], 300, 100, 12)
    assert lines[-1] == "And 1 more on the page."
    assert kept_lines(["a", "b"], 300, 100, 12) == ["a", "b"]


def test_one_run_has_no_policies_compared() -> None:
    tables = options(1)
    told = [Told((), {"tariff": (setting("C"), setting("C"))})]
    assert caveat_of(tables, compare_outcomes(tables), REPRODUCTION, told).startswith(
        "All 2 settings that say what the policies in force do"
    )


def test_signs_pounds_numbers_and_options_are_not_broken() -> None:
    tables = options(2)
    comparison, found = brief(tables)
    page = render_summary(tables, comparison, found._replace(answer=["It is −£7 million, +£3 and −4 %."]))
    assert '<span class="word">−£7\u00a0million</span>, <span class="word">+£3</span> and −4\u00a0%' in page
    assert f'<span class="word">{COMMAND.split()[-1]}</span></code>' in page
    assert re.sub(r"</?span[^>]*>", "", page).count(COMMAND) == 1


def test_colours_of_the_interval_charts_do_not_tell_options_or_direction() -> None:
    tables = options(3)
    comparison, _ = brief(tables)
    figures = [chart(tables, comparison, 7.0, 3.0), gains_panel(tables, 2, "ahsn", one_ink=True)]
    for figure in figures:
        used = {to_hex(colour) for axes in figure.axes for each in axes.collections for colour in each.get_edgecolor()}
        assert used
        assert used <= {INK, UNCLEAR}


def test_of_several_options_it_is_said_why_the_gains_of_one_are_shown(tmp_path: Path) -> None:
    for number in (2, 3):
        tables = options(number)
        slide = next(each for each in deck(tables, tmp_path / "x.pptx").slides if "gains" in each.shapes.title.text)
        said = "\n".join(text for shape in slide.shapes for text in texts_of(shape))
        assert ("has the highest mean share adopted" in said) == (number > 2)
