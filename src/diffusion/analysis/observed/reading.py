"""Observed adoption: a user's table of organisations or of counts, and ties among them, read strictly."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from diffusion.analysis.observed.count_tables import counts_in
from diffusion.analysis.observed.organisation_tables import organisations_in
from diffusion.analysis.observed.period_advice import advice_on
from diffusion.analysis.observed.periods import MOST_PERIODS, parse_period, written_as
from diffusion.analysis.observed.series import Observed, ReadOptions
from diffusion.errors import InputError, did_you_mean
from diffusion.reading.cells import read_cells
from diffusion.reading.rows import read_csv

__all__ = ["Observed", "ReadOptions", "check_launch", "read_observed"]

#: Columns of a table of organisations, and of a table of counts by period.
ORGANISATION_COLUMNS: tuple[str, ...] = ("code", "time", "innovation", "name", "from", "until", "already")
COUNT_COLUMNS: tuple[str, ...] = ("time", "new_adopters", "cumulative_adopters", "innovation", "population")


def read_observed(path: Path, ties: Sequence[Path] = (), options: ReadOptions | None = None) -> list[Observed]:
    """Read a table of adoption and the ties that go with it; one entry per innovation, in the file's order.

    Raises
    ------
    InputError
        Naming file, line and column of the first fault.
    """
    options = options or ReadOptions()
    if path.suffix.lower() != ".csv":
        raise InputError(f"files of type '{path.suffix}' cannot be read", file=path, expected="a .csv file")
    asked = (*options.compare, *options.groups, *options.covariates)
    header = read_cells(path, (*dict.fromkeys(ORGANISATION_COLUMNS + COUNT_COLUMNS), *asked)).header
    if "code" in header:
        known: tuple[str, ...] = (*ORGANISATION_COLUMNS, *asked)
        required: tuple[str, ...] = ("code", "time")
    elif {"new_adopters", "cumulative_adopters"} & set(header):
        known, required = COUNT_COLUMNS, ("time",)
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
    else:
        near = next((hint for name in header if (hint := did_you_mean(name, ("code", "new_adopters")))), None)
        raise InputError(
            "neither a table of organisations nor of counts",
            file=path,
            line=1,
            key="header",
            expected="columns code and time, or time and new_adopters (or cumulative_adopters)",
            suggestion=near,
        )
    for name in asked:
        if name not in header:
            raise InputError(
                f"the table has no column '{name}'",
                file=path,
                line=1,
                key=_option_of(name, options),
                expected="one of " + ", ".join(header),
                suggestion=did_you_mean(name, header),
            )
    table = read_csv(path, required, known, others=options.ignore_other_columns)
    return organisations_in(table, path, ties, options) if "code" in header else counts_in(table, path, options)


def _option_of(name: str, options: ReadOptions) -> str:
    return "--compare" if name in options.compare else "--layer-by" if name in options.groups else "--covariate"


def check_launch(series: Sequence[Observed], launch: str | None) -> int | None:
    """Return the origin of Bass curves, the period before ``launch``; None where that is not given.

    Raises
    ------
    InputError
        If it is no period of the table's kind, or somebody had adopted before.
    """
    if launch is None:
        return None
    wanted = written_as(series[0].calendar)
    try:
        period, calendar = parse_period(launch)
    except ValueError:
        raise InputError(
            f"'{launch}' is not a period", key="--launch", expected=wanted, suggestion=advice_on(launch)
        ) from None
    for observed in series:
        if calendar != observed.calendar:
            raise InputError(f"'{launch}' is of another kind than the table's periods", key="--launch", expected=wanted)
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
