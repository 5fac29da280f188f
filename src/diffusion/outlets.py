"""Text that others wrote, made safe for where it goes: terminals, file names, spreadsheets, JSON, YAML, pages, scripts.

Titles, labels, keys and file names come from users' files and may hold anything. Each outlet has one function here, and
ordinary text passes through all of them as it is. What must be replaced is replaced so that it can be seen.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

#: Characters that no reader sees but programs act on: control characters but tab and new line, marks that turn the
#: direction of writing, spaces and hyphens without width, other line ends, halves of characters, and what XML does not
#: allow.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060\u2066-\u2069\ufeff\ufffe\uffff"
    "\ud800-\udfff]"
)
#: What spreadsheets take for the beginning of a formula, or strip before they look for one.
_FORMULA = tuple("=+-@\t\r\n")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
#: What is a number in YAML 1.2, also where it is text in the older YAML of the library.
_YAML_NUMBER = re.compile(
    r"[-+]?(\.\d+|\d+(\.\d*)?)([eE][-+]?\d+)?|0o[0-7]+|0x[0-9a-fA-F]+|[-+]?\.(inf|nan)", re.IGNORECASE
)
#: What stands in a file's name as it is; everything else becomes a dash, or an underscore.
_NOT_IN_NAMES = re.compile(r"[^\w.+-]+")
#: names of devices on Windows, in small letters
_RESERVED = frozenset(
    ("con", "prn", "aux", "nul", *(f"{port}{number}" for port in ("com", "lpt") for number in "0123456789¹²³"))
)
#: The longest name that file_name gives, in bytes: endings and marks of unfinished files must still fit into 255.
LONGEST_NAME = 120
#: The most characters of a cell in Excel.
_LONGEST_CELL = 32_767


def shown(text: str) -> str:
    """Return ``text`` with unseen characters written out: ``\\x1b`` for an escape, ``\\u202e`` for a turned direction.

    New lines and tabs stay. For terminals, pages, figures and XML.
    """
    return text if text.isascii() and text.isprintable() else _UNSEEN.sub(_written_out, text)


def one_line(text: str) -> str:
    """Return ``text`` as :func:`shown`, its new lines and tabs written out too."""
    return shown(text).replace("\n", "\\n").replace("\t", "\\t")


def _written_out(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def storable(text: str) -> str:
    """Return ``text`` as UTF-8 can hold it: halves of characters are written out.

    They come from names of files that are not text.
    """
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode("utf-8")


def file_name(text: str, other: str = "-", fallback: str = "unnamed") -> str:
    """Return ``text`` as the name of one file or folder on any system: never a path, a reserved name or too long.

    Letters, digits and ``_.+-`` stay; everything else becomes ``other``. Dots and dashes at the start, and dots at the
    end, go.
    """
    name = _NOT_IN_NAMES.sub(other, unicodedata.normalize("NFC", storable(text)))
    name = name.lstrip(".-").rstrip(".") or fallback
    while len(name.encode()) > LONGEST_NAME:
        name = name[:-1]
    name = name.rstrip(".")
    stem, dot, rest = name.partition(".")
    return f"{stem}_{dot}{rest}" if stem.casefold() in _RESERVED else name


def file_names(texts: Iterable[str], other: str = "-", fallback: str = "unnamed") -> list[str]:
    """Return a name as :func:`file_name` for every text, no two the same, also where letter case does not count."""
    names: list[str] = []
    taken: set[str] = set()
    for text in texts:
        name = first = file_name(text, other, fallback)
        number = 1
        while name.casefold() in taken:
            number += 1
            name = f"{first}-{number}"
        taken.add(name.casefold())
        names.append(name)
    return names


def is_plain_name(name: str) -> bool:
    """Tell whether ``name`` can be a file's name everywhere as it stands."""
    return file_name(name) == name


def csv_cell(text: str) -> str:
    """Return ``text`` with an apostrophe before what a spreadsheet would take for a formula; numbers stay as they are.

    :func:`from_csv_cell` undoes it.
    """
    return f"'{text}" if _is_formula(text) else text


def from_csv_cell(text: str) -> str:
    """Return the text that :func:`csv_cell` was given."""
    return text[1:] if text.startswith("'") and _is_formula(text[1:]) else text


def _is_formula(text: str) -> bool:
    bare = text.lstrip("'")
    return bare.startswith(_FORMULA) and not (bare == text and _NUMBER.fullmatch(text))


def sheet_cell(text: str) -> str:
    """Return ``text`` for a cell of a workbook: no formula, no unseen character, at most 32,767 characters."""
    text = csv_cell(shown(text))
    return text if len(text) <= _LONGEST_CELL else text[: _LONGEST_CELL - 1] + "…"


def json_text(data: object, indent: int | None = 2, ascii_only: bool = False, strict: bool = False) -> str:
    """Return ``data`` as JSON: letters of all languages as they are, unseen characters as JSON escapes.

    ``strict`` refuses what JSON has no word for, which is written as text otherwise.
    """
    import json

    text = json.dumps(
        data, indent=indent, ensure_ascii=ascii_only, default=None if strict else str, allow_nan=not strict
    )
    return _UNSEEN.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def yaml_text(data: object, width: int = 110) -> str:
    """Return ``data`` as YAML: letters of all languages as they are, unseen characters as YAML escapes."""
    import yaml

    class Dumper(yaml.SafeDumper):
        pass

    def quoted(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
        style = '"' if _UNSEEN.search(text) or _YAML_NUMBER.fullmatch(text) else None
        return dumper.represent_scalar("tag:yaml.org,2002:str", storable(text), style=style)

    Dumper.add_representer(str, quoted)
    text = yaml.dump(data, Dumper=Dumper, sort_keys=False, allow_unicode=True, width=width)
    # they stand in double quotes only, where an escape means the character
    return _UNSEEN.sub(_written_out, text)


def yaml_scalar(text: str) -> str:
    """Return ``text`` as it stands behind a key in YAML: in double quotes where it could be anything but text."""
    plain = re.fullmatch(r"[A-Za-z][A-Za-z0-9 _./+-]*[A-Za-z0-9_./+-]|[A-Za-z]", text)
    if plain and text.casefold() not in ("true", "false", "null", "yes", "no", "on", "off", "y", "n"):
        return text
    return json_text(text, None)


def batch_value(text: str) -> str | None:
    """Return ``text`` as a value on a line that sbatch reads; None where no quoting saves it.

    There, backslashes escape, quotes hold words together, and ``%`` begins what Slurm fills in.
    """
    if one_line(text) != text or "\\" in text:
        return None
    return '"' + text.replace("%", "%%").replace('"', '\\"') + '"'
