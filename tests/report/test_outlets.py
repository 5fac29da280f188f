"""Any text survives its way out: what each kind of file says is the text that went in, or its written-out form."""

from __future__ import annotations

import csv
import io
import json
import re
import shlex
import unicodedata
import warnings
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import networkx as nx
import numpy as np
import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.table import Table
from rich.text import Text

from diffusion import outlets
from diffusion.outlets import csv_cell, file_name, file_names, from_csv_cell, sheet_cell, shown, storable
from diffusion.reading.yaml_lines import parse_yaml
from diffusion.report.figures.style import figure_style, inline_svg, new_figure, save
from diffusion.report.files.workbook import write_workbook
from diffusion.report.page.html import environment
from diffusion.report.terminal.safe_console import SafeConsole
from diffusion.scenario.load import load_scenario
from diffusion.storage.table_files import as_arrow, write_csv, write_table
from diffusion.world.building.export import export_network
from diffusion.world.tables import World

pytestmark = pytest.mark.unit

_TURNS = {"LRE", "RLE", "PDF", "LRO", "RLO", "LRI", "RLI", "FSI", "PDI"}
_PIECES = (
    "\x1b[31m", "\x1b]0;x\x07", "\x9b2J", "\u202e", "\u2066", "\r", "\n", "\t", "\x00", "\ud800", "\ufffe", "\u2028",
    "=1+1", "+", "-2", "@", "'", '"', "$", "\\", "{x}", "{}", "%s", "[red]", "[/]", ":smile:", "<b>", "</script>",
    "]]>", "&amp;", ' id="a', "url(#a)", 'xlink:href="#a', "../", "CON", "nul.txt", "🙂", "日本", " ", ".", "#", "|",
    "`x`", "$(x)", "1e3", "0x1", "0o7", ".NaN", "yes", "_x0041_",
)  # fmt: skip
#: Texts of any characters, also halves of them, and of pieces that mean something somewhere.
TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=())), st.lists(st.sampled_from(_PIECES), max_size=6).map("".join)
)
QUICK = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
FEW = settings(QUICK, max_examples=15)


def unseen(letter: str) -> bool:
    """What no reader sees, told by Unicode's own tables."""
    return letter not in "\n\t" and (
        unicodedata.category(letter) in ("Cc", "Cs", "Zl", "Zp")
        or unicodedata.bidirectional(letter) in _TURNS
        or letter in "\xad\u061c\u200b\u200e\u200f\u2060\ufeff\ufffe\uffff"
    )


@QUICK
@given(TEXTS)
def test_shown_writes_out_what_is_unseen_and_nothing_else(text: str) -> None:
    expected = "".join((f"\\x{ord(c):02x}" if ord(c) < 256 else f"\\u{ord(c):04x}") if unseen(c) else c for c in text)
    assert shown(text) == expected
    assert outlets.one_line(text) == expected.replace("\n", "\\n").replace("\t", "\\t")


@QUICK
@given(TEXTS)
def test_no_escape_reaches_a_terminal(text: str) -> None:
    stream = io.StringIO()
    console = SafeConsole(file=stream, force_terminal=True, width=10_000, color_system="truecolor")
    console.print(text, style="red", soft_wrap=True)
    console.print(Text(text, "bold"), soft_wrap=True)
    table = Table(title=text)
    table.add_column(text)
    table.add_row(text)
    console.print(table)
    said = re.sub("\x1b\\[[0-9;]*m", "", stream.getvalue())
    assert not [letter for letter in said if unseen(letter)]
    if not set(text) & set("\n\t"):
        assert said.startswith(shown(text) + "\n")


@QUICK
@given(TEXTS)
def test_a_file_name_is_one_name_everywhere(text: str) -> None:
    name = file_name(text)
    assert re.fullmatch(r"[\w+-][\w.+-]*", name)
    assert not name.endswith((".", " "))
    assert not re.fullmatch(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?", name)
    assert len(name.encode()) <= 120
    assert file_name(name) == name
    if re.fullmatch(r"[a-z][a-z0-9_+-]{3,30}", text):
        assert name == text


@QUICK
@given(st.lists(TEXTS, min_size=2, max_size=12))
def test_file_names_differ_also_without_letter_case(texts: list[str]) -> None:
    names = file_names([*texts, *(text.upper() for text in texts), *texts])
    assert len({name.casefold() for name in names}) == len(names)


@QUICK
@given(st.lists(TEXTS, min_size=1, max_size=5), TEXTS)
def test_csv_gives_back_texts_and_begins_no_formula(tmp_path: Path, texts: list[str], head: str) -> None:
    numbers = np.linspace(-1.5, 2.0, len(texts))
    write_csv(as_arrow({f"n{head}": numbers, "text": texts}), tmp_path / "t.csv")
    with (tmp_path / "t.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.reader(stream))
    assert [from_csv_cell(row[1]) for row in rows[1:]] == [storable(text) for text in texts]
    assert [float(row[0]) for row in rows[1:]] == numbers.tolist()
    for row in rows[1:]:
        assert not re.match(r"[=+@\t\r\n-]", row[1]) or re.fullmatch(r"[+-][0-9.]+([eE][+-]?[0-9]+)?", row[1])


@QUICK
@given(TEXTS)
def test_csv_cells_change_only_where_they_must(text: str) -> None:
    assert from_csv_cell(csv_cell(text)) == text
    number = re.fullmatch(r"[+-](\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", text, re.ASCII)
    formula = text.lstrip("'").startswith(tuple("=+-@\t\r\n")) and not number
    assert (csv_cell(text) != text) == formula


@FEW
@given(st.lists(TEXTS, min_size=1, max_size=5))
def test_a_workbook_holds_texts_and_no_formulas(tmp_path: Path, texts: list[str]) -> None:
    frames = {"differences": {"scenario": texts, "change_pp": np.arange(len(texts)) * -1.5}}
    write_workbook(frames, [(text, text) for text in texts], tmp_path / "t.xlsx")
    book = openpyxl.load_workbook(tmp_path / "t.xlsx")
    cells = [row[0] for row in book["Differences"].iter_rows(min_row=2)]
    assert [cell.value or "" for cell in cells] == [sheet_cell(text) for text in texts]
    assert all(cell.data_type in ("s", "n", "inlineStr") for row in book["About"].iter_rows() for cell in row)
    assert book["Differences"]["B2"].value == 0


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_data(self, data: str) -> None:
        self.found.append(data)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag == "p"
        self.found.append(dict(attrs)["title"] or "")


@QUICK
@given(TEXTS)
def test_a_page_shows_the_text(text: str) -> None:
    reader = _Reader()
    reader.feed(environment().from_string('<p title="{{ text }}">{{ text }}</p>').render(text=text))
    reader.close()
    assert "".join(reader.found) == 2 * shown(text)


@FEW
@given(TEXTS)
def test_a_figure_shows_the_text(tmp_path: Path, text: str) -> None:
    with figure_style():
        figure = new_figure(3, 2)
        axes = figure.add_subplot()
        axes.set_title(text)
        axes.set_xticks([0, 1], [text, "b"])
        axes.plot([0, 1], [0, 1])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", "constrained_layout not applied")  # a long name in a small figure
        save(figure, tmp_path / "f.svg")
        save(figure, tmp_path / "f.png")
        inside = inline_svg(figure, "f", text, text)
    lines = {line for line in shown(text).split("\n") if line.strip()}
    for svg in ((tmp_path / "f.svg").read_text(encoding="utf-8"), inside):
        root = ElementTree.fromstring(svg)
        said = ["".join(item.itertext()) for item in root.iter("{http://www.w3.org/2000/svg}text")]
        assert lines <= set(said), said


@QUICK
@given(TEXTS)
def test_json_and_yaml_give_the_text_back(text: str) -> None:
    data = {"key": text, text: [text]}
    for ascii_only in (False, True):
        said = outlets.json_text(data, ascii_only=ascii_only)
        assert json.loads(said) == data
        assert not [letter for letter in said if unseen(letter)]
    said = outlets.yaml_text(data)
    kept = storable(text)
    assert parse_yaml(said).data == {"key": kept, kept: [kept]}
    assert not [letter for letter in said if unseen(letter)]
    assert parse_yaml(f"a: {outlets.yaml_scalar(kept)}\nb: [{outlets.yaml_scalar(kept)}, x]").data == {
        "a": kept,
        "b": [kept, "x"],
    }


@pytest.fixture(scope="module")
def world() -> World:
    size = "world={synthetic: {england_like: true, n_trusts: 6, n_innovations: 2, kind: mix}}"
    return load_scenario("baseline", [size]).build_world()


@FEW
@given(st.lists(TEXTS, min_size=6, max_size=6))
def test_graphml_holds_the_names(tmp_path: Path, world: World, names: list[str]) -> None:
    named = replace(world, trusts=replace(world.trusts, names=tuple(names)))
    graph = nx.read_graphml(export_network(named, "ahsn", tmp_path / "g.graphml"))
    found = [graph.nodes[code].get("name") or "" for code in world.trusts.codes]
    assert found == [shown(name) for name in names]


@FEW
@given(st.lists(TEXTS, min_size=1, max_size=4))
def test_parquet_gives_texts_back(tmp_path: Path, texts: list[str]) -> None:
    import pandas as pd

    write_table({"text": texts}, tmp_path, "t")
    assert pd.read_parquet(tmp_path / "t.parquet")["text"].tolist() == [storable(text) for text in texts]


@QUICK
@given(TEXTS)
def test_a_value_for_sbatch_is_one_word(text: str) -> None:
    value = outlets.batch_value(text)
    if value is None:
        assert any(unseen(letter) or letter in "\t\n\\" for letter in text)
    else:
        assert shlex.split(value) == [text.replace("%", "%%")]
