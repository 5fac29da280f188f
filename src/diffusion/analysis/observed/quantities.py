"""Tables of quantities, long (code, time, quantity) or wide (a column for each period), made into times of first use.

An organisation uses the innovation in a period if its quantity there is above 0 and, where a least share is asked,
makes up that share of its total. First use is the first of so many periods running of such use. Periods without a row
count as without use. What the last periods do not confirm is not counted, and observation ends before them. Use
in the table's first period may have begun earlier: such organisations had adopted before, unless the launch says that
nobody could.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from diffusion.analysis.observed.number_cells import number_in
from diffusion.analysis.observed.period_forms import Unit, label, readings
from diffusion.analysis.observed.periods import MOST_PERIODS, Periods, is_blank
from diffusion.analysis.observed.series import ReadOptions
from diffusion.errors import InputError
from diffusion.reading.rows import RawRow, RawTable
from diffusion.reading.several import Faults

#: How the columns of periods of each unit are named on the command line, once they are written in our way.
_PLAIN = {
    Unit.NUMBER: "numbers",
    Unit.MONTH: "months",
    Unit.QUARTER: "quarters",
    Unit.FINANCIAL_YEAR: "financial-years",
}


def period_columns(header: Sequence[str], known: Sequence[str]) -> tuple[str, ...]:
    """Return the columns of a wide table that are periods: two or more, else none."""
    found = tuple(name for name in header if name not in known and readings(name))
    return found if len(found) > 1 else ()


def melted(table: RawTable, columns: Sequence[str], others: Sequence[str]) -> RawTable:
    """Return a wide table as a long one, a row for each cell; the line is that of the cell."""
    rows = []
    for row in table.rows:
        own = {name: value for name, value in row.values.items() if name in others}
        for column in columns:
            rows.append(RawRow({**own, "time": column, "quantity": row.values.get(column, "0")}, row.line))
    return RawTable(table.file, rows, columns=frozenset({*others, "time", "quantity"}))


@dataclass
class _Use:
    row: RawRow
    quantity: float = 0.0
    total: float = float("nan")


def first_uses(
    table: RawTable, path: Path, options: ReadOptions, faults: Faults
) -> tuple[RawTable, ReadOptions, list[str]]:
    """Return a table with a row per organisation and innovation, the options to read it with, and notes.

    Raises
    ------
    InputError
        Where a share is asked and nothing says of what; the faults of cells go into ``faults``.
    """
    periods = Periods(
        table, ("time",), faults, reading=options.periods_are, given=(options.first, options.last, options.launch)
    )
    periods.check()
    if options.least_share is not None and "total" not in table.columns and "innovation" not in table.columns:
        raise InputError(
            "a share is asked, and no column says of what",
            file=path,
            line=1,
            key="--least-share",
            expected="a column total, or several innovations whose sum is the total",
            suggestion="add a column total, or leave --least-share out",
        )
    uses: dict[tuple[str, str], dict[int, _Use]] = {}
    sums: dict[tuple[str, int], float] = {}
    seen: set[int] = set()
    added = 0
    for row in table.rows:
        innovation, code = row.values.get("innovation", path.stem), str(row.values.get("code", ""))
        period = periods(row, "time")
        quantity = total = 0.0
        with faults.kept():
            quantity = _quantity(table, row, "quantity")
            total = _quantity(table, row, "total") if "total" in row.values else float("nan")
        if period is None:
            if is_blank(row.values.get("time")):
                faults.add(table.error(row, "time", "missing", expected="the period of the quantity"))
            continue
        seen.add(period)
        own = uses.setdefault((innovation, code), {})
        sums[code, period] = sums.get((code, period), 0.0) + quantity
        if period in own and not (options.aggregate or code in options.merged_into):
            line = own[period].row.line
            faults.add(
                table.error(
                    row,
                    "time",
                    f"'{code}' has two quantities for {label(period, periods.unit or Unit.NUMBER)}",
                    expected="one row for each code and period",
                    suggestion=f"it was first in line {line}; give --aggregate to add them up",
                )
            )
            continue
        if period in own:
            added += 1
            own[period].quantity += quantity
            own[period].total += total
        else:
            own[period] = _Use(row, quantity, total)
    faults.tell()
    first, last = min(seen), max(seen)
    if last - first >= MOST_PERIODS:
        raise InputError(
            f"the table spans {last - first + 1} periods",
            file=path,
            key="time",
            expected=f"at most {MOST_PERIODS}",
            suggestion="check the years",
        )
    unit = periods.unit or Unit.NUMBER
    launch = periods.option(options.launch, "--launch")
    known_start = launch is not None and launch >= first
    begin = periods.option(options.first, "--from")
    begin = (first if known_start else first + 1) if begin is None else begin
    end = periods.option(options.last, "--until")
    confirmed = last - options.running + 1
    end = confirmed if end is None else min(end, confirmed)
    if end < begin:
        raise InputError(
            f"the table has {last - first + 1} periods",
            file=path,
            key="time",
            expected=f"at least {options.running + 1 + (not known_start)}",
            suggestion="add periods; or give --launch, where nobody could have used it before the table's first period",
        )
    rows = []
    before = 0
    for (innovation, code), own in uses.items():
        when = _first_use(own, first, last, code, sums, options)
        row = next(iter(own.values())).row
        values = {name: value for name, value in row.values.items() if name not in ("quantity", "total", "time")}
        values["innovation"] = innovation
        if when is not None and when < begin:
            values["already"] = "1"
            before += 1
        elif when is not None:
            values["time"] = label(when, unit)
            row = own[when].row
        rows.append(RawRow(values, row.line))
    share = f", at least {options.least_share:g} of its total" if options.least_share is not None else ""
    rule = f"{options.running} {unit}s running" if options.running > 1 else f"the first {unit}"
    notes = [*periods.notes, f"first use is taken from quantities: {rule} above 0{share}; no row counts as no use"]
    if before:
        notes.append(
            f"use before {label(begin, unit)} may have begun before the table, and counts as adopted before: {before}"
        )
    if options.running > 1:
        notes.append(f"observation ends with {label(end, unit)}, since later first uses could not be confirmed")
    if gaps := [p for p in range(first, last + 1) if p not in seen]:
        notes.append(f"periods in no row of the table count as without use: {len(gaps)}")
    if added:
        notes.append(f"rows of one code and period added up: {added}")
    changed = replace(
        options,
        first=label(begin, unit),
        last=label(end, unit),
        launch=None if launch is None else label(launch, unit),
        periods_are=_PLAIN[unit],
    )
    columns = (table.columns - {"quantity", "total"}) | {"code", "time", "innovation", "already"}
    return RawTable(table.file, rows, columns=frozenset(columns)), changed, notes


def _quantity(table: RawTable, row: RawRow, column: str) -> float:
    """Return a quantity; no value, NA and the like are 0."""
    text = row.values.get(column)
    if text is None or is_blank(text):
        return 0.0
    return number_in(table, row, column, 0.0)


def _first_use(
    own: dict[int, _Use],
    first: int,
    last: int,
    code: str,
    sums: dict[tuple[str, int], float],
    options: ReadOptions,
) -> int | None:
    used = np.zeros(last - first + 1, dtype=bool)
    for period, use in own.items():
        total = use.total if np.isfinite(use.total) else sums[code, period]
        enough = options.least_share is None or use.quantity >= options.least_share * total
        used[period - first] = use.quantity > 0 and enough
    run = 0
    for at, yes in enumerate(used.tolist()):
        run = run + 1 if yes else 0
        if run == options.running:
            return first + at - options.running + 1
    return None
