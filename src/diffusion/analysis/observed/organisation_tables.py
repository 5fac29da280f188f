"""A table with a row per organisation, and the ties among them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from diffusion.analysis.observed.number_cells import number_in
from diffusion.analysis.observed.periods import Periods, parse_period, period_label, span_of
from diffusion.analysis.observed.series import Observed, ReadOptions, by_innovation
from diffusion.analysis.observed.ties import ties_from_groups, ties_from_layer
from diffusion.analysis.observed.times import adoption_table
from diffusion.errors import InputError
from diffusion.reading.rows import RawRow, RawTable
from diffusion.reading.validation import CODE_PATTERN
from diffusion.world.building.edges import TrustIndex, layer_from_file


def organisations_in(table: RawTable, path: Path, ties: Sequence[Path], options: ReadOptions) -> list[Observed]:
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
    files, left_out = [], {}
    for file in ties:
        outside: list[tuple[str, str]] = []
        layer = layer_from_file(
            file.stem,
            file,
            index,
            weight=1.0,
            # GraphML says itself whether its ties count one way
            directed=options.directed if file.suffix.lower() == ".csv" else None,
            grade="",
            source=str(file),
            left_out=outside,
        )
        files.append(ties_from_layer(layer))
        inside = len(files[-1].source) if files[-1].directed else len(files[-1].source) // 2
        if outside and not inside:
            source, target = outside[0]
            raise InputError(
                f"all {len(outside)} ties lead to organisations outside {path.name}, such as {source} - {target}",
                file=file,
                key="--ties",
                expected="ties among the codes of the table",
            )
        if outside:
            left_out[file.stem] = (len(outside), len(outside) + inside)
    names = [layer.name for layer in files] + list(options.groups)
    if double := next((name for name in names if names.count(name) > 1), None):
        raise InputError(f"two layers are called '{double}'", key="--ties, --layer-by", expected="different names")
    place = {name: i for i, name in enumerate(everyone)}
    found = []
    for innovation, rows in by_innovation(table, path).items():
        one = _one_innovation(table, innovation, rows, options)
        assert one.adoption is not None
        chosen = np.array([place[name] for name in one.adoption.codes], dtype=np.int64)
        layers = [layer.select(chosen) for layer in files]
        layers += [ties_from_groups(name, one.groups[name]) for name in options.groups]
        found.append(replace(one, layers=tuple(layers), left_out=left_out, source=path.name))
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


def _check_already(table: RawTable, one: _History, first: int) -> None:
    """Refuse a time of adoption within the periods observed for one that had adopted before them."""
    if one.already and one.time is not None and one.time >= first:
        raise table.error(
            one.row,
            "already",
            f"it had adopted before observation began, and yet in {one.row.values['time']}",
            expected=f"already 1 with no time, or one before {period_label(first, bool(_is_month(one)))}",
            suggestion="write already 0 if it was seen to adopt, or --from a later period",
        )


def _is_month(one: _History) -> bool:
    return parse_period(one.row.values["time"])[1]


def _inside(table: RawTable, one: _History, first: int, last: int) -> tuple[float, int, int]:
    """Return (time, entry, exit) within the periods observed; exit < entry where the organisation was not seen."""
    _check_already(table, one, first)
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
            suggestion=f"give --from {one.row.values['time']} or earlier, or leave its time blank and write already 1, "
            "for one that used it before observation began",
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
    _refuse_doubles_by_case(table, rows)
    histories = [_history(table, row, periods) for row in sorted(rows, key=lambda row: str(row.values["code"]))]
    named = [
        period for one in histories for period in (None if one.already else one.time, one.end) if period is not None
    ]
    # who was there before adopted after the launch, and before the first period observed
    launch = None if any(one.already for one in histories) else _launch(options.launch, periods.calendar)
    first, last, notes = span_of(periods, named, options.first, options.last, table, launch)
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
    if entered := sum(span[1] and one.start is not None and one.start > first for span, one in zip(spans, histories)):
        notes.append(f"had adopted before their own observation, and count as adopters from the start: {entered}")
    population = len(adoption)
    if options.population is not None:
        if options.population < population:
            raise InputError(
                f"the table has {population} organisations",
                file=table.file,
                key="--population",
                expected=f"a number of at least {population}: all that could adopt, those in the table among them",
            )
        population = options.population
        if population > len(adoption):
            notes.append("organisations outside the table count in curve and Bass fits, not in groups and networks")
    return Observed(
        innovation,
        first,
        last,
        bool(periods.calendar),
        adoption,
        before=float(adoption.already.sum()),
        population=float(population),
        others=population - len(adoption),
        adopters_only=options.population is None and all(one.time is not None or one.already for one in histories),
        names=tuple(row.values.get("name", row.values["code"]) for row in pick),
        compare={name: tuple(row.values.get(name, "") for row in pick) for name in options.compare},
        groups={name: tuple(row.values.get(name, "") for row in pick) for name in options.groups},
        covariates={name: np.array([number_in(table, row, name) for row in pick]) for name in options.covariates},
        notes=tuple(notes),
    )


def _refuse_doubles_by_case(table: RawTable, rows: list[RawRow]) -> None:
    folded: dict[str, str] = {}
    for row in rows:
        name = row.values["code"]
        if (other := folded.setdefault(name.casefold(), name)) != name:
            raise table.error(
                row,
                "code",
                f"'{name}' differs from '{other}' in capital letters only",
                expected="each organisation once, its code always written alike",
            )


def _launch(text: str | None, calendar: bool | None) -> int | None:
    """Return --launch where it is of the table's kind; ``check_launch`` tells what is wrong with another."""
    try:
        period, is_month = parse_period(text or "")
    except ValueError:
        return None
    return period if is_month == bool(calendar) else None
