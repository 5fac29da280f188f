"""A table of counts by period: new adopters of every period, or adopters so far at some dates."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np

from diffusion.analysis.observed.number_cells import whole_number_in
from diffusion.analysis.observed.period_forms import Unit, label
from diffusion.analysis.observed.periods import Periods, is_blank, span_of
from diffusion.analysis.observed.series import Observed, ReadOptions, by_innovation
from diffusion.arrays import Floats, Longs
from diffusion.errors import InputError
from diffusion.reading.rows import RawRow, RawTable
from diffusion.reading.several import Faults


def counts_in(table: RawTable, path: Path, options: ReadOptions) -> list[Observed]:
    """Return the histories of a table of counts; the faults of its cells are told at once."""
    faults = Faults()
    given = (options.first, options.last, options.launch)
    periods = Periods(table, ("time",), faults, reading=options.periods_are, given=given)
    periods.check()
    unit = periods.unit or Unit.NUMBER
    readable = not faults.found
    found = []
    for innovation, rows in by_innovation(table, path).items():
        column = "new_adopters" if "new_adopters" in table.columns else "cumulative_adopters"
        values: dict[int, float] = {}
        lines: dict[int, RawRow] = {}
        population = float("nan") if options.population is None else float(options.population)
        for row in rows:
            with faults.kept():
                period = periods(row, "time")
                if period is None and not readable and "time" in row.values and not is_blank(row.values["time"]):
                    continue  # told already
                if period is None or column not in row.values:
                    raise table.error(row, "time" if period is None else column, "missing", expected="a value")
                if period in values:
                    raise table.error(
                        row, "time", f"'{row.values['time']}' is given twice", expected="each period once"
                    )
                values[period], lines[period] = whole_number_in(table, row, column, 0), row
                if "population" in row.values:
                    stated = whole_number_in(table, row, "population", 1)
                    if np.isfinite(population) and stated != population:
                        said = "--population" if options.population is not None else "another row"
                        raise table.error(
                            row, "population", f"{stated:g} here, {population:g} in {said}", expected="one number"
                        )
                    population = stated
        if faults.found:
            continue
        first, last, notes = span_of(periods, list(values), options.first, options.last, table)
        series = _new_series if column == "new_adopters" else _cumulative_series
        counts, ends, before, first = series(table, values, lines, first, last, unit, options)
        total = counts.sum() + before
        if np.isfinite(population) and total > population:
            raise InputError(
                f"{total:g} adopters in a population of {population:g}",
                file=path,
                key="population" if options.population is None else "--population",
                expected="a population of at least the adopters",
            )
        found.append(
            Observed(
                innovation,
                first,
                last,
                periods.calendar,
                counts=counts,
                ends=ends,
                before=before,
                population=population,
                notes=(*periods.notes, *notes),
                source=path.name,
                unit=unit,
            )
        )
    faults.tell()
    return found


#: Counts by interval, the intervals' ends (None: every period), adopters before, and the first period observed.
_Series = tuple[Floats, Longs | None, float, int]


def _new_series(
    table: RawTable,
    values: dict[int, float],
    lines: dict[int, RawRow],
    first: int,
    last: int,
    unit: Unit,
    options: ReadOptions,
) -> _Series:
    missing = [p for p in range(first, last + 1) if p not in values]
    if missing:
        named = ", ".join(label(p, unit) for p in missing[:6]) + (", ..." if len(missing) > 6 else "")
        raise InputError(
            f"period {named} is missing" if len(missing) == 1 else f"periods {named} are missing",
            file=table.file,
            key="time",
            expected="every period from first to last",
            suggestion="write 0 where nobody adopted; or, where a row counts all since the row before, give "
            "cumulative_adopters, whose dates may lie apart",
        )
    return (
        np.array([values[p] for p in range(first, last + 1)]),
        None,
        float(sum(count for period, count in values.items() if period < first)),
        first,
    )


def _cumulative_series(
    table: RawTable,
    values: dict[int, float],
    lines: dict[int, RawRow],
    first: int,
    last: int,
    unit: Unit,
    options: ReadOptions,
) -> _Series:
    """The first count is of adopters before observation: nobody knows over how many periods they came."""
    named = sorted(values)
    for one, other in pairwise(named):
        if values[other] < values[one]:
            raise table.error(
                lines[other],
                "cumulative_adopters",
                f"the cumulative count falls from {values[one]:g} to {values[other]:g}",
                expected="a count that never falls",
                suggestion=f"where nobody adopted, repeat the count before, {values[one]:g}",
            )
    inside = [p for p in named if first <= p <= last]
    earlier = [p for p in named if p < first]
    if not inside:
        raise InputError("no count lies between --from and --until", file=table.file, key="time", expected="some rows")
    if earlier:  # a count from before --from says how many there were
        opening, begin = values[earlier[-1]], earlier[-1]
    elif values[inside[0]] > 0:
        opening, begin, inside = values[inside[0]], inside[0], inside[1:]
    else:
        opening, begin = 0.0, inside[0] - 1
    if not inside:
        raise InputError(
            f"the only cumulative count, {opening:g}, tells nothing of when they adopted",
            file=table.file,
            key="cumulative_adopters",
            expected="counts at two dates or more",
        )
    counts = np.diff(np.array([opening, *(values[p] for p in inside)]))
    regular = inside == list(range(begin + 1, last + 1))
    return counts, None if regular else np.array(inside, dtype=np.int64), opening, begin + 1
