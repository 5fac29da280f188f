"""Observed adoption: a user's table of organisations or of counts, and ties among them, read strictly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from diffusion.analysis.observed.count_tables import counts_in
from diffusion.analysis.observed.merged import codes_that_merged, merger_note, renamed
from diffusion.analysis.observed.names import refuse_without_names, with_codes
from diffusion.analysis.observed.organisation_tables import organisations_in
from diffusion.analysis.observed.periods import MOST_PERIODS, check_reading, period_of_option
from diffusion.analysis.observed.quantities import first_uses, melted, period_columns
from diffusion.analysis.observed.series import Observed, ReadOptions, asked_columns
from diffusion.errors import InputError, did_you_mean
from diffusion.reading.cells import read_cells
from diffusion.reading.rows import RawRow, RawTable, read_csv
from diffusion.reading.several import Faults

__all__ = ["Observed", "ReadOptions", "check_launch", "names_in", "read_observed"]

#: Columns of a table of organisations, and of a table of counts by period.
ORGANISATION_COLUMNS: tuple[str, ...] = ("code", "time", "innovation", "name", "from", "until", "already")
COUNT_COLUMNS: tuple[str, ...] = ("time", "new_adopters", "cumulative_adopters", "innovation", "population")


def read_observed(path: Path, ties: Sequence[Path] = (), options: ReadOptions | None = None) -> list[Observed]:
    """Read a table of adoption and the ties that go with it; one entry per innovation, in the file's order.

    Tables of organisations (a time each, or a column of times for each innovation), of quantities (long or wide), and
    of counts by period are told apart by their header. Codes that merged are taken together first.

    Raises
    ------
    InputError
        Naming file, line and column; all faults of cells together.
    """
    options = options or ReadOptions()
    if path.suffix.lower() != ".csv":
        raise InputError(f"files of type '{path.suffix}' cannot be read", file=path, expected="a .csv file")
    check_reading(options.periods_are)
    asked = asked_columns(options)
    own_names = (options.code, *options.adopted, options.quantity)
    header = read_cells(path, (*dict.fromkeys(ORGANISATION_COLUMNS + COUNT_COLUMNS), *asked, *own_names)).header
    _check_asked(path, header, options)
    if options.code in header or ("name" in header and not {"new_adopters", "cumulative_adopters"} & set(header)):
        return _organisations(path, header, ties, options, asked)
    if {"new_adopters", "cumulative_adopters"} & set(header):
        if asked or ties:
            raise InputError(
                "a table of counts by period has no organisations to compare or tie",
                file=path,
                line=1,
                key="--compare, --layer-by, --covariate or --ties" if asked else "--ties",
                expected="a table with a row per organisation and a column code",
            )
        if {"new_adopters", "cumulative_adopters"} <= set(header):
            raise InputError("new and cumulative adopters are both given", file=path, line=1, expected="one of them")
        table = read_csv(path, ("time",), COUNT_COLUMNS, others=options.ignore_other_columns)
        return counts_in(table, path, options)
    near = next((hint for name in header if (hint := did_you_mean(name, ("code", "new_adopters")))), None)
    raise InputError(
        "neither a table of organisations nor of counts",
        file=path,
        line=1,
        key="header",
        expected="columns code and time, or time and new_adopters (or cumulative_adopters)",
        suggestion=near or f"where codes stand in another column, name it: --code {header[0]}",
    )


def _check_asked(path: Path, header: Sequence[str], options: ReadOptions) -> None:
    """Refuse columns that the command line names and the table does not have."""
    asked = [(name, "--compare") for name in options.compare]
    asked += [(name, "--layer-by") for name in options.groups]
    asked += [(name, "--covariate") for name in options.covariates]
    asked += [(name, "--adopted") for name in options.adopted]
    asked += [(options.strata, "--strata")] if options.strata is not None else []
    asked += [(options.code, "--code")] if options.code != "code" else []
    asked += [(options.quantity, "--quantity")] if options.quantity != "quantity" else []
    faults = Faults()
    for name, option in asked:
        if name not in header:
            faults.add(
                InputError(
                    f"the table has no column '{name}'",
                    file=path,
                    line=1,
                    key=option,
                    expected="one of " + ", ".join(header),
                    suggestion=did_you_mean(name, header),
                )
            )
    faults.tell()


def _organisations(
    path: Path, header: Sequence[str], ties: Sequence[Path], options: ReadOptions, asked: Sequence[str]
) -> list[Observed]:
    """Read a table with organisations, in any of its shapes."""
    faults = Faults()
    also = {options.code: "code"} if options.code != "code" else {}
    also |= {options.quantity: "quantity"} if options.quantity != "quantity" else {}
    also |= {options.adopted[0]: "time"} if len(options.adopted) == 1 else {}
    named = [also.get(name, name) for name in header]
    with_code = "code" in named
    if not with_code and options.names is None:
        raise refuse_without_names(path)
    key = "code" if with_code else "name"
    known: tuple[str, ...] = (*ORGANISATION_COLUMNS, *asked)
    several = options.adopted if len(options.adopted) > 1 else ()
    wide: tuple[str, ...] = ()
    if several:
        table = read_csv(path, (key,), (*known, *several), others=options.ignore_other_columns, also=also)
        table = _melted_times(table, several, known)
    elif "quantity" in named:
        columns = (*known, "quantity", "total")
        table = read_csv(path, (key, "time", "quantity"), columns, others=options.ignore_other_columns, also=also)
    elif "time" not in named and (wide := period_columns(header, (*known, *also))):
        table = read_csv(path, (key,), (*known, *wide), others=options.ignore_other_columns, also=also)
        table = melted(table, wide, known)
    else:
        table = read_csv(path, (key, "time"), known, others=options.ignore_other_columns, also=also)
    by_quantity = "quantity" in table.columns
    if not by_quantity and (options.running != 1 or options.least_share is not None):
        raise InputError(
            "the table has times of adoption, no quantities",
            file=path,
            line=1,
            key="--running" if options.running != 1 else "--least-share",
            expected="a table with a column quantity, or a column for each period",
            suggestion="leave the rule of first use out, or name the column: --quantity COLUMN",
        )
    if not with_code and options.names is not None:
        table = with_codes(table, options.names, faults)
        faults.tell()
    into = codes_that_merged(options.merged)
    notes: list[str] = []
    if into:
        table, gone = renamed(table, into)
        notes += [merger_note(gone)] if gone else ["no code of the table is one that closed"]
        options = replace(options, merged_into=frozenset(gone))
    if by_quantity:
        table, options, more = first_uses(table, path, options, faults)
        notes += more
        faults.tell()
    return organisations_in(table, path, ties, options, faults, into, notes)


def _melted_times(table: RawTable, columns: Sequence[str], others: Sequence[str]) -> RawTable:
    """Return a table with a column of times for each innovation as one with a row for each time."""
    rows = []
    for column in columns:
        for row in table.rows:
            values = {name: value for name, value in row.values.items() if name in others}
            if column in row.values:
                values["time"] = row.values[column]
            rows.append(RawRow({**values, "innovation": column}, row.line))
    return RawTable(table.file, rows, columns=frozenset({*others, "time", "innovation"}))


def names_in(path: Path) -> list[str]:
    """Return the names in a table's column ``name``, for review."""
    table = read_csv(path, ("name",), ("name",), others=True)
    return [str(row.values["name"]) for row in table.rows if "name" in row.values]


def check_launch(series: Sequence[Observed], launch: str | None, reading: str | None = None) -> int | None:
    """Return the origin of Bass curves, the period before ``launch``; None where that is not given.

    Raises
    ------
    InputError
        If it is no period of the table's kind, or somebody had adopted before.
    """
    if launch is None:
        return None
    period = period_of_option(launch, "--launch", series[0].period_unit, reading)
    for observed in series:
        earliest, how = _earliest(observed)
        if period > earliest:
            raise InputError(
                f"{observed.innovation} was adopted {how} {observed.period_label(earliest)} already",
                key="--launch",
                expected=f"{observed.period_label(earliest)} or earlier",
            )
        if observed.last - period >= MOST_PERIODS:
            raise InputError(
                f"'{launch}' lies {observed.last - period} periods before the end",
                key="--launch",
                expected=f"at most {MOST_PERIODS} periods",
                suggestion="check the year",
            )
    return period - 1


def _earliest(observed: Observed) -> tuple[int, str]:
    """Return the first period in which somebody is known to have adopted, or the last where that was before it."""
    if observed.before:
        return observed.first - 1, "by"
    if observed.adoption is not None:
        times = observed.adoption.time[observed.adoption.adopted]
        return (int(times.min()) if len(times) else observed.last), "in"
    assert observed.counts is not None
    seen = np.flatnonzero(observed.counts)
    return (int(observed.marks[seen[0]]) if len(seen) else observed.last), "in" if observed.ends is None else "by"
