"""What a file is that is not the text it should be: told by its first bytes, with what to do about it."""

from __future__ import annotations

import json
from typing import NamedTuple

_SPREADSHEET = "open it in a spreadsheet and save the sheet as 'CSV UTF-8'"
_UTF8 = "save the file as UTF-8 (in a spreadsheet: 'CSV UTF-8')"
_UNPACK = "unpack it and name the file inside"


class Kind(NamedTuple):
    """What a file seems to be, and what to do."""

    what: str
    advice: str


#: first bytes and what begins with them; longer marks of one beginning stand first
_MARKS: tuple[tuple[bytes, Kind], ...] = (
    (b"\xff\xfe\x00\x00", Kind("UTF-32 text", _UTF8)),
    (b"\x00\x00\xfe\xff", Kind("UTF-32 text", _UTF8)),
    (b"\xff\xfe", Kind("UTF-16 text", _UTF8)),
    (b"\xfe\xff", Kind("UTF-16 text", _UTF8)),
    (b"\x1f\x8b", Kind("packed with gzip", _UNPACK)),
    (b"BZh", Kind("packed with bzip2", _UNPACK)),
    (b"\xfd7zXZ\x00", Kind("packed with xz", _UNPACK)),
    (b"\x28\xb5\x2f\xfd", Kind("packed with zstd", _UNPACK)),
    (b"7z\xbc\xaf\x27\x1c", Kind("a 7-Zip archive", _UNPACK)),
    (b"\xd0\xcf\x11\xe0", Kind("an old Excel workbook (.xls) or another Office file", _SPREADSHEET)),
    (b"%PDF", Kind("a PDF", "name a table as text, in CSV")),
    (b"PAR1", Kind("a Parquet file", "write the table as CSV and name that file")),
    (b"SQLite format 3\x00", Kind("an SQLite database", "write the table as CSV and name that file")),
    (b"{\\rtf", Kind("a word processor's file (RTF)", "save it as plain text in UTF-8")),
    (
        b"version https://git-lfs.github.com/spec/",
        Kind("a pointer of Git LFS, not the file itself", "fetch the file with 'git lfs pull'"),
    ),
)


def kind_of_bytes(raw: bytes) -> Kind | None:
    """Return what the bytes seem to be if they are not text in UTF-8; None where nothing is known."""
    if raw.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        if b"xl/" in raw[:4000] or b"xl/workbook" in raw:
            return Kind("an Excel workbook (.xlsx)", _SPREADSHEET)
        if b"application/vnd.oasis.opendocument.spreadsheet" in raw[:200]:
            return Kind("an OpenDocument spreadsheet (.ods)", _SPREADSHEET)
        return Kind("a zip archive", _UNPACK)
    for mark, kind in _MARKS:
        if raw.startswith(mark):
            return kind
    start = raw[:2000]
    if len(start) >= 4 and max(start[0::2].count(0), start[1::2].count(0)) >= 0.4 * (len(start) // 2):
        return Kind("UTF-16 text", _UTF8)
    return None


def kind_of_text(text: str) -> Kind | None:
    """Return what text seems to be if it is no table in CSV; None where it may be one."""
    start = text.lstrip().lstrip("\ufeff")[:2000].lower()
    if start.startswith(("<!doctype html", "<html", "<table", "<head", "<body")):
        return Kind("a web page (HTML)", "open it in a browser or a spreadsheet and save the table as 'CSV UTF-8'")
    if start.startswith(("<?xml", "<graphml")):
        what = "GraphML" if "<graphml" in start else "XML"
        return Kind(
            what, "end the name of a GraphML file in .graphml" if what == "GraphML" else "save the table as CSV"
        )
    if start[:1] in ("[", "{") and _is_json(text):
        return Kind("JSON", "write the table as CSV: a line with the names of columns, then a line per row")
    return None


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True
