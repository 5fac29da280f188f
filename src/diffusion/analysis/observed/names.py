"""Names of organisations and their codes: proposed in a table for review, taken only where a person accepted them."""

from __future__ import annotations

import csv
import difflib
import re
from collections.abc import Iterable
from pathlib import Path

from diffusion.errors import InputError
from diffusion.outlets import csv_cell, from_csv_cell
from diffusion.reading.files import packaged
from diffusion.reading.rows import RawRow, RawTable, read_csv
from diffusion.reading.several import Faults

REVIEW_COLUMNS: tuple[str, ...] = ("name", "code", "called", "similarity", "accept")
#: Packaged lists with the names of trusts: those of 2025 first.
LISTS: tuple[str, ...] = ("worlds/england-2025/trusts.csv", "worlds/england-2017/trusts.csv")
_COMMON = frozenset({"nhs", "foundation", "trust", "the", "ft", "of", "and"})
_MOST_CANDIDATES, _LEAST_SIMILARITY = 3, 0.5


def plain_name(name: str) -> str:
    """Return a name without capitals, punctuation and the words that most trusts share; for comparison only."""
    words = re.sub(r"[^a-z0-9 ]", " ", name.casefold().replace("&", " and ").replace("'", "")).split()
    return " ".join(word for word in words if word not in _COMMON) or " ".join(words)


def packaged_names() -> dict[str, str]:
    """Return the name of every trust of the packaged lists, by code."""
    found: dict[str, str] = {}
    for file in LISTS:
        with packaged(file).open(encoding="utf-8", newline="") as text:
            for row in csv.DictReader(text):
                found.setdefault(row["code"], row["name"])
    return found


def _similarity(one: str, other: str) -> float:
    return difflib.SequenceMatcher(None, one, other, autojunk=False).ratio()


def write_review(names: Iterable[str], path: Path) -> int:
    """Write candidates for each name to ``path``, none of them accepted; return the number of names.

    Columns: name as in the table, code and name of the candidate, similarity of the plain names from 0 to 1, and
    ``accept``, to be filled with yes by who has looked. A name without candidate has a row with no code.
    """
    known = packaged_names()
    plain = {code: plain_name(name) for code, name in known.items()}
    distinct = sorted(set(names))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(REVIEW_COLUMNS)
        for name in distinct:
            own = plain_name(name)
            scores = sorted(
                ((_similarity(own, other), code) for code, other in plain.items()),
                key=lambda item: (-item[0], item[1]),
            )
            best = [(score, code) for score, code in scores[:_MOST_CANDIDATES] if score >= _LEAST_SIMILARITY]
            for score, code in best:
                writer.writerow([csv_cell(name), code, csv_cell(known[code]), f"{score:.2f}", ""])
            if not best:
                writer.writerow([csv_cell(name), "", "", "", ""])
    return len(distinct)


def codes_by_name(path: Path, faults: Faults) -> dict[str, str]:
    """Return the accepted code of each name in a reviewed table."""
    table = read_csv(path, ("name", "code", "accept"), REVIEW_COLUMNS, others=True)
    found: dict[str, str] = {}
    for row in table.rows:
        said = str(row.values.get("accept", "")).casefold()
        name, code = row.values.get("name"), row.values.get("code")
        name = None if name is None else from_csv_cell(name)
        if said not in ("yes", "y", "1", "no", "n", "0", ""):
            faults.add(table.error(row, "accept", f"'{said}' is not allowed", expected="yes, no, or nothing"))
        elif said in ("yes", "y", "1"):
            if name is None or code is None:
                faults.add(table.error(row, "code" if name else "name", "missing", expected="a name and its code"))
            elif found.get(name, code) != code:
                faults.add(
                    table.error(
                        row,
                        "accept",
                        f"'{name}' has two codes accepted, '{found[name]}' and '{code}'",
                        expected="one code for each name",
                        suggestion="write no at one of them",
                    )
                )
            else:
                found[name] = code
    return found


def with_codes(table: RawTable, path: Path, faults: Faults) -> RawTable:
    """Return a table of names with the codes that the reviewed table ``path`` gives them."""
    codes = codes_by_name(path, faults)
    rows = []
    for row in table.rows:
        name = row.values.get("name")
        code = None if name is None else codes.get(str(name))
        if code is None:
            faults.add(
                table.error(
                    row,
                    "name",
                    "missing" if name is None else f"'{name}' has no accepted code in {path.name}",
                    expected="a name with one accepted code",
                    suggestion=f"write yes behind its code in {path.name}, or add a row with name, code and yes",
                )
            )
            continue
        rows.append(RawRow({**row.values, "code": code}, row.line))
    return RawTable(table.file, rows, columns=table.columns | {"code"})


def refuse_without_names(path: Path) -> InputError:
    """Return the error for a table of names without codes."""
    return InputError(
        "the table has names and no codes",
        file=path,
        line=1,
        key="header",
        expected="a column code, or --names with a reviewed table of names and codes",
        suggestion="let --names-for-review names.csv write candidates, write yes behind the right ones, "
        "then give --names names.csv",
    )
