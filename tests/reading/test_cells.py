"""Tables as spreadsheets save them: read as what they say, or refused with what the file is and what to do."""

from __future__ import annotations

import csv
import gzip
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from diffusion.analysis.observed.reading import ReadOptions, read_observed
from diffusion.errors import InputError
from diffusion.experiments.study import load_study
from diffusion.experiments.study.points import read_points
from diffusion.reading.cells import SEPARATORS, read_cells
from diffusion.reading.rows import read_csv
from diffusion.world.ahsns import load_ahsns
from diffusion.world.building.edges import layer_from_file
from diffusion.world.building.ties import TrustIndex
from diffusion.world.portfolio import load_innovations
from diffusion.world.tables import SECTORS
from diffusion.world.trusts import load_trusts

pytestmark = pytest.mark.unit

TIES = "source,target,weight\nT1,T2,0.5\nT2,T3,1\n"
STUDY = """title: Two points
scenarios: [baseline]
factors: {parameters.awareness.push_per_month: {label: push}}
design: {method: points, file: t.csv}
replicates: 1
"""


def read_trusts(path: Path) -> object:
    from diffusion.reading.files import packaged

    return load_trusts(path, load_ahsns(packaged("worlds/england-2017/networks.csv")), SECTORS)


def points_of(path: Path) -> object:
    (path.parent / "s.yaml").write_text(STUDY, "utf-8")
    return read_points(load_study(path.parent / "s.yaml"))


#: every reader of a user's CSV, with a good table
READERS: dict[str, tuple[Callable[[Path], object], str]] = {
    "trusts": (
        read_trusts,
        "code,name,sector,ahsn,ics,latitude,longitude,staff_fte\nT1,One,acute,EM,Q1,52,-1,90\nT2,Two,acute,EM,Q1,52,-1,80\n",
    ),
    "ahsns": (load_ahsns, "code,name,population,latitude,longitude\nA1,One,1000,52,-1\nA2,Two,3000,52,-1\n"),
    "innovations": (lambda path: load_innovations(path, SECTORS), "id,name,kind\none,One,drug\ntwo,Two,drug\n"),
    "ties": (
        lambda path: layer_from_file(
            "t", path, TrustIndex(("T1", "T2", "T3")), weight=1.0, directed=None, grade="C", source=""
        ),
        TIES,
    ),
    "adoption": (lambda path: read_observed(path), "code,time\nA1,2019-01\nA2,2019-04\n"),
    "points": (points_of, "parameters.awareness.push_per_month\n0.01\n0.02\n"),
}


def in_folder(folder: Path, raw: bytes) -> Path:
    path = folder / "t.csv"
    path.write_bytes(raw)
    return path


def refused(run: Callable[[], object]) -> InputError:
    with pytest.raises(InputError) as caught:
        run()
    return caught.value


def workbook() -> bytes:
    from openpyxl import Workbook

    stream, book = io.BytesIO(), Workbook()
    book.active.append(["code", "time"])
    book.save(stream)
    return stream.getvalue()


def zipped(text: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("t.csv", text)
    return stream.getvalue()


#: what may lie under the name of a table, with words of what is said: what it is, and what to do
OTHER_FILES: dict[str, tuple[Callable[[bytes], bytes], tuple[str, ...]]] = {
    "xlsx": (lambda raw: workbook(), ("Excel", "save the sheet as 'CSV UTF-8'")),
    "zip": (zipped, ("zip", "unpack")),
    "gzip": (gzip.compress, ("gzip", "unpack")),
    "old Excel": (lambda raw: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), ("Excel", "CSV UTF-8")),
    "PDF": (lambda raw: b"%PDF-1.7\n" + raw, ("PDF", "CSV")),
    "Parquet": (lambda raw: b"PAR1" + bytes(40), ("Parquet", "CSV")),
    "UTF-16": (lambda raw: raw.decode().encode("utf-16"), ("UTF-16", "save the file as UTF-8")),
    "UTF-16 without a mark": (lambda raw: raw.decode().encode("utf-16-le"), ("UTF-16", "save the file as UTF-8")),
    "UTF-32": (lambda raw: raw.decode().encode("utf-32"), ("UTF-32", "save the file as UTF-8")),
    "Windows": (lambda raw: raw + b"caf\xe9\n", ("0xe9", "Windows-1252", "save the file as UTF-8")),
    "NUL": (lambda raw: raw + b"\0", ("control character 0x00", "remove it")),
    "HTML": (lambda raw: b"<!DOCTYPE html><table><tr><td>code</td></tr></table>", ("web page", "save the table")),
    "GraphML": (lambda raw: b"<?xml version='1.0'?><graphml></graphml>", ("GraphML", ".graphml")),
    "JSON": (lambda raw: json.dumps([{"code": "A1", "time": 3}]).encode(), ("JSON", "write the table as CSV")),
    "pointer": (lambda raw: b"version https://git-lfs.github.com/spec/v1\noid sha256:1\n", ("Git LFS", "git lfs pull")),
    "empty": (lambda raw: b"", ("empty", "header")),
    "blank": (lambda raw: b"\n , ,\n\n", ("no header", "header")),
}


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("kind", OTHER_FILES)
def test_every_reader_says_what_a_file_is_that_is_no_table(tmp_path: Path, reader: str, kind: str) -> None:
    read, good = READERS[reader]
    make, words = OTHER_FILES[kind]
    path = in_folder(tmp_path, make(good.encode()))
    said = str(refused(lambda: read(path)))
    for word in words:
        assert word in said
    assert "t.csv:" in said


#: other spellings of one table
SPELLINGS: dict[str, Callable[[str], bytes]] = {
    "as it is": str.encode,
    "mark of UTF-8": lambda text: b"\xef\xbb\xbf" + text.encode(),
    "Windows lines": lambda text: text.replace("\n", "\r\n").encode(),
    "old Mac lines": lambda text: text.replace("\n", "\r").encode(),
    "no last line end": lambda text: text.rstrip("\n").encode(),
    "blank lines": lambda text: ("\n\n" + text.replace("\n", "\n\n,,,\n")).encode(),
    "blanks around": lambda text: text.replace(",", " , ").replace("\n", " \n").encode(),
    "trailing separators": lambda text: text.replace("\n", ",,\n").encode(),
    "trailing in rows only": lambda text: "\n".join(
        line + (",," if number else "") for number, line in enumerate(text.splitlines())
    ).encode(),
    "another case": lambda text: (text.splitlines()[0].title() + text[text.index("\n") :]).encode(),
    "quoted": lambda text: "\n".join(
        ",".join(f'"{cell}"' for cell in line.split(",")) for line in text.splitlines()
    ).encode(),
    "told separator": lambda text: ("sep=;\n" + text.replace(",", ";")).encode(),
    **{f"{name}": (lambda text, mark=mark: text.replace(",", mark).encode()) for mark, name in SEPARATORS.items()},
}


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("spelling", SPELLINGS)
def test_every_reader_reads_every_spelling_as_the_same_table(tmp_path: Path, reader: str, spelling: str) -> None:
    read, good = READERS[reader]
    expected = repr(read(in_folder(tmp_path, good.encode())))
    assert repr(read(in_folder(tmp_path, SPELLINGS[spelling](good)))) == expected


@pytest.mark.parametrize("reader", READERS)
def test_a_table_without_its_header_is_told(tmp_path: Path, reader: str) -> None:
    read, good = READERS[reader]
    path = in_folder(tmp_path, good[good.index("\n") + 1 :].encode())
    error = refused(lambda: read(path))
    assert "the first line seems to be data, not a header" in error.message
    assert error.line == 1
    first = (error.suggestion or "").rpartition(" ")[2].split(",")[0]
    assert good.startswith(first)


def test_a_list_of_trusts_as_it_is_published_has_no_header(tmp_path: Path) -> None:
    text = '"A1","SOME TRUST","Y56","QMJ","","","","","","AA1 1AA","20170401"\n'
    said = str(refused(lambda: read_trusts(in_folder(tmp_path, text.encode()))))
    assert "seems to be data, not a header" in said
    assert "begins with code,name" in said


def test_columns_without_a_name(tmp_path: Path) -> None:
    path = in_folder(tmp_path, b"code,time,,\r\nA1,2019-01,,\r\nA2,2019-04,,\r\n")
    assert len(read_observed(path)) == 1
    path = in_folder(tmp_path, b"code,time,,\r\nA1,2019-01,,x\r\nA2,2019-04,y,\r\n")
    error = refused(lambda: read_observed(path))
    assert (error.key, error.line) == ("column 3", 1)
    assert "values but no name" in error.message
    assert len(read_observed(path, (), ReadOptions(ignore_other_columns=True))) == 1


def test_names_of_columns_in_any_case_are_one_column(tmp_path: Path) -> None:
    error = refused(lambda: read_csv(in_folder(tmp_path, b"code,Code,time\n1,2,3\n"), ("code",), ("code", "time")))
    assert (error.key, error.message) == ("code", "the column is given twice")


def test_an_unquoted_comma_is_told_though_the_row_ends_blank(tmp_path: Path) -> None:
    path = in_folder(tmp_path, b"code,name,time\nA1,One,1\nA2,Two, the second,\n")
    error = refused(lambda: read_csv(path, ("code",), ("code", "name", "time")))
    assert (error.line, error.message) == (3, "the row has 4 values")
    assert "double quotes" in (error.suggestion or "")


def test_a_quote_that_is_never_closed_is_told_where_it_opens(tmp_path: Path) -> None:
    path = in_folder(tmp_path, b'code,name\nA1,"One\nA2,Two\nA3,Three\n')
    error = refused(lambda: read_csv(path, ("code",), ("code", "name")))
    assert (error.line, "never closed" in error.message) == (2, True)


CELL = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=8).map(str.strip)


@given(
    rows=st.lists(st.lists(CELL.filter(bool), min_size=2, max_size=2), min_size=1, max_size=5),
    mark=st.sampled_from(sorted(SEPARATORS)),
    lines=st.sampled_from(["\n", "\r\n", "\r"]),
)
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_a_program_writes_is_what_is_read(tmp_path: Path, rows: list[list[str]], mark: str, lines: str) -> None:
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, delimiter=mark, lineterminator=lines, quoting=csv.QUOTE_ALL)
    writer.writerow(["code", "name"])
    writer.writerows(rows)
    cells = read_cells(in_folder(tmp_path, stream.getvalue().encode()), ("code", "name"))
    assert [list(row) for row in cells.rows] == rows
