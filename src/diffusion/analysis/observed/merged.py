"""Codes that have closed: their organisations go on under another code, by a table of changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from diffusion.analysis.observed.periods import Periods
from diffusion.errors import InputError, did_you_mean
from diffusion.reading.files import packaged
from diffusion.reading.rows import RawRow, RawTable, read_csv

#: The packaged map: mergers of trusts in England, 2017 to 2025.
PACKAGED_CHANGES: dict[str, str] = {"england": "worlds/england-2017/changes.csv"}


def codes_that_merged(name: str | None) -> dict[str, str]:
    """Return under which code each closed one goes on in the end, by the packaged map or a CSV file (code, into).

    Raises
    ------
    InputError
        For an unknown map, a code that goes on in two, and codes that go on in one another.
    """
    if name is None:
        return {}
    if name in PACKAGED_CHANGES:
        path = packaged(PACKAGED_CHANGES[name])
        table = read_csv(Path(str(path)), ("code", "into"), ("code", "into", "kind", "date", "name", "split"))
    else:
        path = Path(name)
        if path.suffix.lower() != ".csv":
            raise InputError(
                f"there is no map '{name}' of codes that merged",
                key="--merged",
                expected="a .csv file with columns code and into, or " + ", ".join(PACKAGED_CHANGES),
                suggestion=did_you_mean(name, PACKAGED_CHANGES),
            )
        table = read_csv(path, ("code", "into"), ("code", "into"), others=True)
    step: dict[str, str] = {}
    for row in table.rows:
        code, into = row.values.get("code"), row.values.get("into")
        if code is None or into is None:
            raise table.error(row, "into" if code else "code", "missing", expected="a code")
        if step.get(code, into) != into:
            raise table.error(row, "into", f"'{code}' goes on in '{step[code]}' and in '{into}'", expected="one code")
        if code != into:
            step[code] = into
    found = {}
    for code in step:
        end, path_of = code, [code]
        while end in step:
            end = step[end]
            if end in path_of:
                raise InputError(
                    f"the codes go round: {' - '.join([*path_of, end])}", file=table.file, expected="an end"
                )
            path_of.append(end)
        found[code] = end
    return found


def renamed(table: RawTable, into: Mapping[str, str]) -> tuple[RawTable, dict[str, list[str]]]:
    """Return the table with the codes of today, and which codes became each."""
    rows = []
    gone: dict[str, list[str]] = {}
    for row in table.rows:
        code = row.values.get("code")
        if code is not None and code in into:
            now = into[code]
            gone.setdefault(now, []).append(code)
            row = RawRow({**row.values, "code": now, "was": code}, row.line)
        rows.append(row)
    return RawTable(table.file, rows, columns=table.columns), {k: list(dict.fromkeys(v)) for k, v in gone.items()}


def joined_rows(table: RawTable, periods: Periods, labels: Sequence[str]) -> tuple[RawTable, list[str]]:
    """Return a table of times with one row for all that merged: adopted when the first of them did.

    Labels and numbers are those of the row of the code itself, else those on which all agree, else none. Observation
    begins with the first of them and ends with the last.
    """
    groups: dict[tuple[object, object], list[RawRow]] = {}
    for row in table.rows:
        groups.setdefault((row.values.get("innovation"), row.values.get("code")), []).append(row)
    rows, notes, unlike = [], [], 0
    for group in groups.values():
        if len(group) == 1 or not any("was" in row.values for row in group):
            rows += group
            continue
        own = [row for row in group if "was" not in row.values]
        if len(own) > 1:  # given twice: that is told where rows are read
            rows += group
            continue
        values = dict((own or group)[0].values)
        for name in (*labels, "name"):
            said = {row.values[name] for row in group if name in row.values}
            if not own:
                values.pop(name, None)
                if len(said) == 1:
                    values[name] = said.pop()
                elif said:
                    unlike += 1
        for column, choose in (("time", min), ("from", min), ("until", max)):
            found = [(period, row.values[column]) for row in group if (period := periods(row, column)) is not None]
            values.pop(column, None)
            everyone = len(found) == len(group)
            if found and (column == "time" or everyone):
                values[column] = choose(found, key=lambda item: item[0])[1]
        if any(row.values.get("already") == "1" for row in group):
            values["already"] = "1"
            values.pop("time", None)
        rows.append(RawRow(values, (own or group)[0].line))
    if unlike:
        notes.append(f"labels on which codes that merged do not agree are left empty: {unlike}")
    return RawTable(table.file, rows, columns=table.columns), notes


def merger_note(gone: Mapping[str, Sequence[str]]) -> str:
    """Say which codes were taken together."""
    some = [f"{' and '.join(codes)} in {now}" for now, codes in gone.items()]
    return f"codes that closed count under the code in which they go on: {'; '.join(some[:10])}" + (
        f"; and {len(some) - 10} more" if len(some) > 10 else ""
    )
