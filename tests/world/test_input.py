"""Users' own tables: what they may say, and the message for each thing they may not."""

from __future__ import annotations

import contextlib
import csv
import io
import random
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from diffusion.errors import InputError
from diffusion.reading.files import packaged
from diffusion.reading.yaml_lines import parse_yaml
from diffusion.world.building.build import build_world
from diffusion.world.spec import LayerSpec, WorldSpec

TRUSTS = """code,name,sector,ahsn,ics,latitude,longitude,staff_fte,beds
T1,First,acute,WM,QA1,52.1,-1.9,3791,100
T2,Second,acute,WM,QA1,52.2,-1.8,,300
T3,"Third, the",community,EM,QA2,52.9,-1.1,800,
T4,Fourth,ambulance,EM,QA2,52.8,-1.2,900,0
"""
INNOVATIONS = """innovations:
  - id: one
    name: One
    kind: device
  - id: two
    name: Two
    kind: digital
    eligible_sectors: all
"""


def build(folder: Path, trusts: str | bytes = TRUSTS, innovations: str = INNOVATIONS, **spec: object):
    raw = trusts if isinstance(trusts, bytes) else trusts.encode()
    (folder / "trusts.csv").write_bytes(raw)
    (folder / "innovations.yaml").write_text(innovations, "utf-8")
    return build_world(
        WorldSpec(**{"trusts": "trusts.csv", "innovations": "innovations.yaml", **spec}),
        folder,  # type: ignore[arg-type]
    )


def refused(run: Callable[[], object]) -> InputError:
    with pytest.raises(InputError) as caught:
        run()
    return caught.value


@pytest.mark.unit
def test_own_trusts_replace_the_packaged_ones(tmp_path: Path) -> None:
    world = build(tmp_path, b"\xef\xbb\xbf" + TRUSTS.replace("\n", "\r\n").encode())
    trusts = world.trusts
    assert trusts.codes == ("T1", "T2", "T3", "T4")
    assert trusts.names[2] == "Third, the"
    assert trusts.staff_fte[1] == 3791  # median of the other acute trust
    assert trusts.filled["staff_fte"].tolist() == [False, True, False, False]
    assert trusts.beds[2] == 100  # no other community trust: median of all
    assert world.eligible[:, 0].tolist() == [True, True, False, False]
    assert world.eligible[:, 1].all()
    assert world.name == "trusts"
    assert world.provenance["trusts"].startswith("sha256:")


@pytest.mark.unit
def test_own_sectors_are_named_in_the_specification(tmp_path: Path) -> None:
    portfolio = INNOVATIONS.replace("eligible_sectors: all", "eligible_sectors: [hospice]")
    world = build(tmp_path, TRUSTS.replace("community", "hospice"), portfolio, extra_sectors=("hospice",))
    assert world.trusts.sector_names[-1] == "hospice"
    assert world.eligible[:, 1].tolist() == [False, False, True, False]


@pytest.mark.unit
def test_yaml_trusts_and_csv_innovations_say_the_same_as_their_twins(tmp_path: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(TRUSTS)))
    lines = ["trusts:"]
    for row in rows:
        lines += [f"  - {{{', '.join(f'{k}: {v!r}' if k in ('name',) else f'{k}: {v}' for k, v in row.items() if v)}}}"]
    (tmp_path / "trusts.yaml").write_text("\n".join(lines), "utf-8")
    text = "id,name,kind,eligible_sectors,tags\none,One,device,,\ntwo,Two,digital,all,\n"
    (tmp_path / "innovations.csv").write_text(text, "utf-8")
    first = build(tmp_path)
    second = build(tmp_path, trusts=TRUSTS)
    third = build_world(WorldSpec(trusts="trusts.yaml", innovations="innovations.csv"), tmp_path)
    assert first is second
    assert_same_table(first.trusts, third.trusts)
    assert_same_table(first.innovations, third.innovations)


def assert_same_table(one: object, two: object) -> None:
    for item in fields(one):  # type: ignore[arg-type]
        left, right = getattr(one, item.name), getattr(two, item.name)
        if isinstance(left, np.ndarray):
            assert np.array_equal(left, right, equal_nan=left.dtype.kind == "f"), item.name
        elif isinstance(left, dict):
            assert left.keys() == right.keys()
            assert all(np.array_equal(left[key], right[key]) for key in left), item.name
        else:
            assert left == right, item.name


# What is broken, the text replaced in the table of trusts, and: line, key, part of the message.
BAD_TRUSTS = {
    "unknown column": ("beds\n", "bedz\n", 1, "bedz", "did you mean 'beds'?"),
    "missing column": ("staff_fte,beds", "beds,size", 1, "staff_fte", "missing column"),
    "column twice": ("staff_fte,beds", "staff_fte,staff_fte", 1, "staff_fte", "given twice"),
    "duplicate code": ("T3,", "T1,", 4, "code", "first given in line 2"),
    "wrong type": (",800,", ",many,", 4, "staff_fte", "expected a number"),
    "out of range": ("52.9", "152.9", 4, "latitude", "expected a number <= 90"),
    "not finite": (",800,", ",inf,", 4, "staff_fte", "finite number"),
    "unknown AHSN": (",EM,QA2,52.9", ",EMM,QA2,52.9", 4, "ahsn", "'diffusion describe world --codes' lists the codes"),
    "unknown sector": ("community", "comunity", 4, "sector", "did you mean 'community'?"),
    "own sector": ("community", "hospice", 4, "sector", "world.extra_sectors"),
    "blank code": ("T3,", ",", 4, "code", "missing"),
    "code with space": ("T3,", "T 3,", 4, "code", "letters, digits"),
    "too many values": ("800,", "800,,,", 4, None, "expected 9 values"),
    "unclosed quote": ('the"', "the", None, None, "not valid CSV"),
    "control character": ("Fourth", "Fou\x00rth", 5, None, "control character"),
    "no rows": (TRUSTS[TRUSTS.index("T1") :], "", 1, None, "no rows"),
    "empty file": (TRUSTS, " \n", 1, None, "empty"),
}


@pytest.mark.unit
@pytest.mark.parametrize("name", BAD_TRUSTS)
def test_bad_trusts_are_refused_with_line_and_column(name: str, tmp_path: Path) -> None:
    old, new, line, key, message = BAD_TRUSTS[name]
    assert TRUSTS.count(old) == 1
    error = refused(lambda: build(tmp_path, TRUSTS.replace(old, new)))
    assert error.file == str((tmp_path / "trusts.csv").resolve())
    assert message in str(error)
    assert error.key == key
    assert line is None or error.line == line


@pytest.mark.unit
def test_other_encodings_are_refused(tmp_path: Path) -> None:
    latin = refused(lambda: build(tmp_path, TRUSTS.replace("Third, the", "Thïrd").encode("latin-1")))
    assert (latin.line, latin.expected) == (4, "UTF-8")
    assert refused(lambda: build(tmp_path, TRUSTS.encode("utf-16"))).expected == "UTF-8"


NAME = "    name: One\n"
BAD_INNOVATIONS = {
    "duplicate key": ("    kind: device\n", "    kind: device\n    kind: drug\n", 5, "innovations[0].kind", "line 4"),
    "unknown attribute": ("    kind: device\n", "    kind: device\n    cashable: 1\n", 5, "innovations[0].cashable",
                          "did you mean 'cashable_share'?"),
    "unknown kind": ("device", "devise", 4, "innovations[0].kind", "did you mean 'device'?"),
    "wrong type": (NAME, NAME + "    live_month: soon\n", 4, "innovations[0].live_month", "a whole number"),
    "fraction": (NAME, NAME + "    live_month: 1.5\n", 4, "innovations[0].live_month", "a whole number"),
    "number as id": ("id: one", "id: 1", 2, "innovations[0].id", "put it in quotes"),
    "out of range": (NAME, NAME + "    nasss_sum: 15\n", 4, "innovations[0].nasss_sum", "<= 14"),
    "duplicate id": ("id: two", "id: one", 5, "innovations[1].id", "first given in line 2"),
    "unknown sector": ("eligible_sectors: all", "eligible_sectors: [acut]", 8, "innovations[1].eligible_sectors",
                       "did you mean 'acute'?"),
    "unknown tag": ("eligible_sectors: all", "tags: [digital-shift]", 8, "innovations[1].tags", "unknown tag"),
    "missing name": ("    name: One\n", "", 2, "innovations[0].name", "missing"),
    "sites": ("eligible_sectors: all", "initial_sites_min: 4", 8, "innovations[1].initial_sites_min",
              "initial_sites_max (0)"),
    "unknown top key": ("innovations:\n", "kindz: {}\ninnovations:\n", 1, "kindz", "did you mean 'kinds'?"),
    "no list": ("innovations:\n", "innovation:\n", 1, "innovations", "call 'innovation' 'innovations'"),
    "not YAML": ("    kind: device\n", "\tkind: device\n", 4, None, "not valid YAML"),
    "tag": ("One", "!!python/name:os.system x", 3, "innovations[0].name", "not allowed"),
}  # fmt: skip


@pytest.mark.unit
@pytest.mark.parametrize("name", BAD_INNOVATIONS)
def test_bad_portfolios_are_refused_with_line_and_key(name: str, tmp_path: Path) -> None:
    old, new, line, key, message = BAD_INNOVATIONS[name]
    assert INNOVATIONS.count(old) == 1
    error = refused(lambda: build(tmp_path, innovations=INNOVATIONS.replace(old, new)))
    assert message in str(error)
    assert (error.line, error.key) == (line, key)


EDGES = "source,target,weight\nT1,T2,1\nT2,T3,0.5\n"
BAD_EDGES = {
    "unknown trust": ("T2,T3", "T2,T9", 3, "target", "unknown trust 'T9'"),
    "self tie": ("T2,T3", "T2,T2", 3, "target", "no tie with itself"),
    "given twice": ("T2,T3", "T2,T1", 3, "target", "directed: true"),
    "negative weight": ("0.5", "-1", 3, "weight", "above 0"),
    "not a weight": ("0.5", "x", 3, "weight", "above 0"),
    "missing end": ("T2,T3", "T2,", 3, "target", "missing"),
    "unknown column": (",weight", ",wieght", 1, "wieght", "did you mean 'weight'?"),
}


@pytest.mark.unit
@pytest.mark.parametrize("name", BAD_EDGES)
def test_bad_edge_lists_are_refused(name: str, tmp_path: Path) -> None:
    old, new, line, key, message = BAD_EDGES[name]
    (tmp_path / "ties.csv").write_text(EDGES.replace(old, new), "utf-8")
    error = refused(lambda: build(tmp_path, layers={"own": LayerSpec(file="ties.csv")}))
    assert message in str(error)
    assert (error.line, error.key) == (line, key)
    assert error.file == str((tmp_path / "ties.csv").resolve())


@pytest.mark.unit
def test_bad_graphml_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "ties.graphml"
    path.write_text("<graphml>\n<graph", "utf-8")
    error = refused(lambda: build(tmp_path, layers={"own": LayerSpec(file="ties.graphml")}))
    assert (error.line, "not valid XML" in error.message) == (2, True)
    head = '<graphml xmlns="http://graphml.graphdrawing.org/xmlns">\n<graph edgedefault="undirected">\n'
    path.write_text(head + '<node id="T1"/>\n<node id="T9"/>\n</graph></graphml>', "utf-8")
    error = refused(lambda: build(tmp_path, layers={"own": LayerSpec(file="ties.graphml")}))
    assert (error.line, error.message) == (4, "unknown trust 'T9'")


@pytest.mark.unit
def test_paths_must_exist_inside_the_folder(tmp_path: Path) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    (tmp_path / "trusts.csv").write_text(TRUSTS, "utf-8")
    (inside / "trust.csv").write_text(TRUSTS, "utf-8")
    (inside / "t.xlsx").write_text("x", "utf-8")
    (inside / "link.csv").symlink_to(tmp_path / "trusts.csv")
    for text in ("../trusts.csv", str(tmp_path / "trusts.csv"), "link.csv"):
        error = refused(lambda text=text: build_world(WorldSpec(trusts=text), inside))
        assert "outside" in error.message
        assert error.key == "world.trusts"
    assert "did you mean 'trust.csv'?" in str(refused(lambda: build_world(WorldSpec(trusts="trusts.csv"), inside)))
    assert "not a file" in str(refused(lambda: build_world(WorldSpec(trusts="."), inside)))
    assert "cannot be read" in str(refused(lambda: build_world(WorldSpec(trusts="t.xlsx"), inside)))
    for text in ("", "a\0b", "x" * 5000):
        refused(lambda text=text: build_world(WorldSpec(trusts=text), inside))


@pytest.mark.unit
def test_strict_yaml_types_scalars_by_version_1_2() -> None:
    text = 'a: no\nb: 1e-3\nc: 2015-07-01\nd: 010\ne: "5"\nf: ~\ng: true\nh: .inf\ni: 1:30\nj: {k: [1, x]}\n0: zero\n'
    document = parse_yaml(text)
    assert document.data == {
        "a": "no",
        "b": 1e-3,
        "c": "2015-07-01",
        "d": "010",
        "e": "5",
        "f": None,
        "g": True,
        "h": float("inf"),
        "i": "1:30",
        "j": {"k": [1, "x"]},
        0: "zero",
    }
    assert document.lines["b",] == 2
    assert document.line(("j", "k", 1)) == 10
    assert document.line(("j", "missing", "deep")) == 10


@pytest.mark.unit
@pytest.mark.parametrize(
    "text",
    [
        "",
        "# nothing\n",
        "a: &x [*x]\n",
        "a: 1\n---\nb: 2\n",
        "[" * 2000,
        "{[1]: 2}",
        "a: 1\na: 2",
        "a: *x",
        "? ",
        "a: \x01",
    ],
)
def test_strict_yaml_refuses_what_it_cannot_place(text: str) -> None:
    assert refused(lambda: parse_yaml(text)).message


@pytest.mark.unit
@settings(max_examples=60, deadline=None)
@given(st.text(st.sampled_from("ab:1-[]{}&*!'\"|>#? \n\t~.,é\x85\ud800"), max_size=40))
def test_any_yaml_text_parses_or_is_refused(text: str) -> None:
    with contextlib.suppress(InputError):
        parse_yaml(text)


def shuffled(path: Path, target: Path, seed: int) -> None:
    """Copy a CSV table with its rows and columns in another order."""
    with path.open(encoding="utf-8", newline="") as stream:
        header, *rows = list(csv.reader(stream))
    rng = random.Random(seed)
    rng.shuffle(rows)
    columns = list(range(len(header)))
    rng.shuffle(columns)
    with target.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([[row[column] for column in columns] for row in (header, *rows)])


@pytest.mark.unit
@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32))
def test_order_of_rows_and_columns_does_not_matter(seed: int, tmp_path: Path) -> None:
    shuffled(packaged("worlds/england-2017/trusts.csv"), tmp_path / "trusts.csv", seed)
    shuffled(packaged("worlds/england-2017/networks.csv"), tmp_path / "ahsns.csv", seed)
    real, world = build_world(), build_world(WorldSpec(trusts="trusts.csv", ahsns="ahsns.csv"), tmp_path)
    assert_same_table(real.trusts, world.trusts)
    assert_same_table(real.ahsns, world.ahsns)
    for one, two in zip(real.layers, world.layers):
        assert_same_table(one, two)
    assert np.array_equal(real.eligible, world.eligible)


cells = st.one_of(
    st.sampled_from(
        ["", "acute", "WM", "1", "0", "-1", "nan", "1e999", "true", "T1", '"', "é", "paper", " ", "0x1", "1_0"]
    ),
    st.text(max_size=6),
)


@pytest.mark.unit
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(row=st.integers(0, 4), column=st.integers(0, 8), cell=cells)
def test_any_cell_is_read_or_refused_with_file_and_line(row: int, column: int, cell: str, tmp_path: Path) -> None:
    table = list(csv.reader(io.StringIO(TRUSTS)))
    table[row][column] = cell
    text = io.StringIO()
    csv.writer(text).writerows(table)
    raw = text.getvalue().encode("utf-8", "surrogatepass")
    world, error = outcome(lambda: build(tmp_path, raw))
    if error is not None:
        assert error.file is not None
        assert error.line is not None
        assert len(str(error)) < 1500
        return
    for name in ("size", "staff_fte", "beds", "latitude", "longitude"):
        assert np.isfinite(getattr(world.trusts, name)).all()
    assert sorted(world.trusts.codes) == list(world.trusts.codes)


def outcome(run: Callable[[], Any]) -> tuple[Any, InputError | None]:
    try:
        return run(), None
    except InputError as error:
        return None, error
