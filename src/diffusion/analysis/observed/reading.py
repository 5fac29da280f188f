"""Observed adoption: a user's table of organisations or of counts, and ties among them, read strictly."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from diffusion.analysis.observed.periods import Periods, parse_period, period_label, span_of, written_as
from diffusion.analysis.observed.ties import Ties, ties_from_groups, ties_from_layer
from diffusion.analysis.observed.times import Adoption, adoption_table
from diffusion.arrays import Floats
from diffusion.errors import InputError, did_you_mean
from diffusion.reading.cells import read_cells
from diffusion.reading.rows import RawRow, RawTable, read_csv
from diffusion.reading.validation import CODE_PATTERN
from diffusion.world.edges import TrustIndex, layer_from_file

#: Columns of a table of organisations, and of a table of counts by period.
ORGANISATION_COLUMNS: tuple[str, ...] = ("code", "time", "innovation", "name", "from", "until", "already")
COUNT_COLUMNS: tuple[str, ...] = ("time", "new_adopters", "cumulative_adopters", "innovation", "population")


@dataclass(frozen=True, eq=False)
class Observed:
    """Adoption of one innovation, by organisation (``adoption``) or as counts of new adopters by period (``counts``).

    ``compare`` and ``groups`` hold labels by organisation ("" where blank), ``covariates`` numbers (NaN where blank),
    all in the order of ``adoption``; ``names`` what organisations are called. ``first`` and ``last`` are the periods
    observed, calendar months counted as :class:`~diffusion.engine.calendar.Month` if ``calendar``. ``population`` is
    NaN where unknown. ``origin`` is the period before the first in which anyone could adopt.
    """

    innovation: str
    first: int
    last: int
    calendar: bool
    adoption: Adoption | None = None
    counts: Floats | None = None
    population: float = float("nan")
    names: tuple[str, ...] = ()
    compare: dict[str, tuple[str, ...]] = field(default_factory=dict)
    groups: dict[str, tuple[str, ...]] = field(default_factory=dict)
    covariates: dict[str, Floats] = field(default_factory=dict)
    layers: tuple[Ties, ...] = ()
    notes: tuple[str, ...] = ()
    source: str = ""

    def period_label(self, period: float) -> str:
        """Return ``2020-03``, or the number."""
        return period_label(period, self.calendar)


@dataclass(frozen=True)
class ReadOptions:
    """What the command line says about the tables; see ``diffusion analyse --help``."""

    compare: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    covariates: tuple[str, ...] = ()
    first: str | None = None
    last: str | None = None
    directed: bool = False
    ignore_other_columns: bool = False


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
    return _organisations(table, path, ties, options) if "code" in header else _counts(table, path, options)


def _option_of(name: str, options: ReadOptions) -> str:
    return "--compare" if name in options.compare else "--layer-by" if name in options.groups else "--covariate"


def _number(table: RawTable, row: RawRow, column: str, least: float = -np.inf) -> float:
    text = row.values.get(column)
    if text is None:
        return float("nan")
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not np.isfinite(value) or value < least:
        expected = "a number" if least == -np.inf else f"a number of at least {least:g}"
        raise table.error(row, column, f"'{text}' is not allowed", expected=expected)
    return value


def _by_innovation(table: RawTable, path: Path) -> dict[str, list[RawRow]]:
    split: dict[str, list[RawRow]] = {}
    for row in table.rows:
        split.setdefault(row.values.get("innovation", path.stem), []).append(row)
    return split


def _organisations(table: RawTable, path: Path, ties: Sequence[Path], options: ReadOptions) -> list[Observed]:
    code = re.compile(CODE_PATTERN)
    for row in table.rows:
        text = row.values.get("code")
        if text is None or not code.match(text):
            raise table.error(
                row,
                "code",
                "missing" if text is None else f"'{text}' is not a code",
                expected="letters, digits and _ . : / - (at most 64, no spaces)",
            )
    everyone = tuple(sorted({row.values["code"] for row in table.rows}))
    index = TrustIndex(everyone)
    files = [
        ties_from_layer(
            layer_from_file(
                file.stem,
                file,
                index,
                weight=1.0,
                # GraphML says itself whether its ties count one way
                directed=options.directed if file.suffix.lower() == ".csv" else None,
                grade="",
                source=str(file),
            )
        )
        for file in ties
    ]
    names = [layer.name for layer in files] + list(options.groups)
    if double := next((name for name in names if names.count(name) > 1), None):
        raise InputError(f"two layers are called '{double}'", key="--ties, --layer-by", expected="different names")
    place = {name: i for i, name in enumerate(everyone)}
    found = []
    for innovation, rows in _by_innovation(table, path).items():
        one = _one_innovation(table, innovation, rows, options)
        assert one.adoption is not None
        chosen = np.array([place[name] for name in one.adoption.codes], dtype=np.int64)
        layers = [layer.select(chosen) for layer in files]
        layers += [ties_from_groups(name, one.groups[name]) for name in options.groups]
        found.append(replace(one, layers=tuple(layers), source=path.name))
    return found


class _History(NamedTuple):
    """One organisation as written: periods, None where blank."""

    row: RawRow
    time: int | None
    start: int | None
    end: int | None
    already: bool


def _history(table: RawTable, row: RawRow, periods: Periods) -> _History:
    flag = row.values.get("already", "0")
    if flag not in ("0", "1"):
        raise table.error(row, "already", f"'{flag}' is not allowed", expected="0 or 1")
    found = _History(row, periods(row, "time"), periods(row, "from"), periods(row, "until"), flag == "1")
    if found.start is not None and found.end is not None and found.end < found.start:
        raise table.error(row, "until", "observation ends before it begins", expected="from <= until")
    return found


def _inside(table: RawTable, one: _History, first: int, last: int) -> tuple[float, int, int]:
    """Return (time, entry, exit) within the periods observed; exit < entry where the organisation was not seen."""
    if one.already:
        return float(first), first, last
    start = first if one.start is None else max(one.start, first)
    end = last if one.end is None else min(one.end, last)
    if one.time is None or one.time > last:  # not yet
        return float("nan"), start, end
    if one.time < first:
        raise table.error(
            one.row,
            "time",
            f"adoption in {one.row.values['time']} lies before the first period observed",
            suggestion="set --from, or already 1 for those that used it before",
        )
    if not start <= one.time <= end:
        message = f"adoption in {one.row.values['time']} lies outside the organisation's from and until"
        raise table.error(one.row, "time", message)
    return float(one.time), start, end


def _one_innovation(table: RawTable, innovation: str, rows: list[RawRow], options: ReadOptions) -> Observed:
    periods = Periods(table)
    seen: dict[str, int | None] = {}
    for row in rows:
        name = row.values["code"]
        if name in seen:
            raise table.error(row, "code", f"'{name}' is given twice", suggestion=f"it was first in line {seen[name]}")
        seen[name] = row.line
    histories = [_history(table, row, periods) for row in sorted(rows, key=lambda row: str(row.values["code"]))]
    named = [period for one in histories for period in (one.time, one.end) if period is not None]
    first, last, notes = span_of(periods, named, options.first, options.last, table)
    spans = [(one.row, one.already, *_inside(table, one, first, last)) for one in histories]
    kept = [span for span in spans if span[4] >= span[3]]
    if len(kept) < len(spans):
        notes.append(f"not observed in these periods and left out: {len(spans) - len(kept)} organisations")
    pick = [span[0] for span in kept]
    adoption = adoption_table(
        [row.values["code"] for row in pick],
        [span[2] for span in kept],
        first,
        last,
        entry=[span[3] for span in kept],
        exit=[span[4] for span in kept],
        already=[span[1] for span in kept],
    )
    return Observed(
        innovation,
        first,
        last,
        bool(periods.calendar),
        adoption,
        population=float(len(adoption)),
        names=tuple(row.values.get("name", row.values["code"]) for row in pick),
        compare={name: tuple(row.values.get(name, "") for row in pick) for name in options.compare},
        groups={name: tuple(row.values.get(name, "") for row in pick) for name in options.groups},
        covariates={name: np.array([_number(table, row, name) for row in pick]) for name in options.covariates},
        notes=tuple(notes),
    )


def _counts(table: RawTable, path: Path, options: ReadOptions) -> list[Observed]:
    found = []
    for innovation, rows in _by_innovation(table, path).items():
        periods = Periods(table)
        column = "new_adopters" if "new_adopters" in table.columns else "cumulative_adopters"
        values: dict[int, float] = {}
        population = float("nan")
        for row in rows:
            period = periods(row, "time")
            if period is None or column not in row.values:
                raise table.error(row, "time" if period is None else column, "missing", expected="a value")
            if period in values:
                raise table.error(row, "time", f"'{row.values['time']}' is given twice", expected="each period once")
            values[period] = _number(table, row, column, least=0)
            if "population" in row.values:
                stated = _number(table, row, "population", least=1)
                if np.isfinite(population) and stated != population:
                    raise table.error(row, "population", f"{stated:g} after {population:g}", expected="one number")
                population = stated
        first, last, notes = span_of(periods, list(values), options.first, options.last, table)
        missing = [p for p in range(first, last + 1) if p not in values]
        if missing:
            label = period_label(missing[0], bool(periods.calendar))
            raise InputError(
                f"period {label} is missing",
                file=path,
                key="time",
                expected="every period from first to last",
                suggestion="write 0 where nobody adopted",
            )
        series = np.array([values[p] for p in range(first, last + 1)])
        if column == "cumulative_adopters":
            falls = np.flatnonzero(np.diff(series) < 0)
            if len(falls):
                row = next(r for r in rows if parse_period(r.values["time"])[0] == first + int(falls[0]) + 1)
                raise table.error(row, column, "the cumulative count falls", expected="a count that never falls")
            before = values.get(first - 1, 0.0)
            series = np.diff(np.concatenate([[before], series]))
        if np.isfinite(population) and series.sum() > population:
            raise InputError(
                f"{series.sum():g} adopters in a population of {population:g}",
                file=path,
                key="population",
                expected="a population of at least the adopters",
            )
        found.append(
            Observed(
                innovation,
                first,
                last,
                bool(periods.calendar),
                counts=series,
                population=population,
                notes=tuple(notes),
                source=path.name,
            )
        )
    return found


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
        raise InputError(f"'{launch}' is not a period", key="--launch", expected=wanted) from None
    for observed in series:
        if calendar != observed.calendar:
            raise InputError(f"'{launch}' is of another kind than the table's periods", key="--launch", expected=wanted)
        if observed.adoption is not None:
            times = observed.adoption.time[observed.adoption.adopted]
            earliest = int(times.min()) if len(times) else observed.last
        else:
            assert observed.counts is not None
            earliest = (
                observed.first + int(np.flatnonzero(observed.counts)[0]) if observed.counts.any() else observed.last
            )
        if period > earliest:
            raise InputError(
                f"{observed.innovation} was adopted in {observed.period_label(earliest)} already",
                key="--launch",
                expected=f"{observed.period_label(earliest)} or earlier",
            )
    return period - 1
