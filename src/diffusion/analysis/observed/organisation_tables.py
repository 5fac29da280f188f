"""A table with a row per organisation, and the ties among them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from diffusion.analysis.observed.merged import joined_rows
from diffusion.analysis.observed.number_cells import number_in
from diffusion.analysis.observed.period_forms import Unit, label
from diffusion.analysis.observed.periods import Periods, is_blank, span_of
from diffusion.analysis.observed.series import Observed, ReadOptions, asked_columns, by_innovation
from diffusion.analysis.observed.ties import Ties, ties_from_groups, ties_from_layer
from diffusion.analysis.observed.times import adoption_table
from diffusion.errors import InputError
from diffusion.reading.rows import RawRow, RawTable
from diffusion.reading.several import Faults
from diffusion.reading.validation import CODE_PATTERN
from diffusion.world.building.edges import layer_from_file
from diffusion.world.building.ties import TieRules, TrustIndex


def organisations_in(
    table: RawTable,
    path: Path,
    ties: Sequence[Path],
    options: ReadOptions,
    faults: Faults,
    into: Mapping[str, str],
    notes: Sequence[str] = (),
) -> list[Observed]:
    """Return the histories of a table with a row per organisation (and innovation); all faults are told at once."""
    periods = Periods(
        table,
        ("time", "from", "until"),
        faults,
        reading=options.periods_are,
        given=(options.first, options.last, options.launch),
    )
    periods.check()
    notes = [*notes, *periods.notes]
    if into:
        table, more = joined_rows(table, periods, asked_columns(options))
        notes += more
    everyone = tuple(sorted({row.values["code"] for row in table.rows if row.values.get("code")}))
    files, left_out = _layers_of_files(path, ties, options, faults, everyone, into, notes)
    split = by_innovation(table, path)
    histories = {name: _histories(table, rows, periods, options, faults) for name, rows in split.items()}
    faults.tell()
    names = [layer.name for layer in files] + list(options.groups)
    if double := next((name for name in names if names.count(name) > 1), None):
        raise InputError(f"two layers are called '{double}'", key="--ties, --layer-by", expected="different names")
    place = {name: i for i, name in enumerate(everyone)}
    found = []
    for innovation in split:
        one = _one_innovation(table, innovation, histories[innovation], periods, options, faults, notes)
        if one is None:
            continue
        assert one.adoption is not None
        chosen = np.array([place[name] for name in one.adoption.codes], dtype=np.int64)
        layers = [layer.select(chosen) for layer in files]
        layers += [ties_from_groups(name, one.groups[name]) for name in options.groups]
        found.append(replace(one, layers=tuple(layers), left_out=left_out, source=path.name))
    faults.tell()
    return found


def _layers_of_files(
    path: Path,
    ties: Sequence[Path],
    options: ReadOptions,
    faults: Faults,
    everyone: tuple[str, ...],
    into: Mapping[str, str],
    notes: list[str],
) -> tuple[list[Ties], dict[str, tuple[int, int]]]:
    index = TrustIndex(everyone)
    files: list[Ties] = []
    left_out: dict[str, tuple[int, int]] = {}
    for file in ties if everyone else ():
        outside: list[tuple[str, str]] = []
        rules = TieRules("code", options.drop, options.aggregate, faults, into)
        before = len(faults.found)
        with faults.kept():
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
                rules=rules,
            )
            files.append(ties_from_layer(layer))
            inside = len(files[-1].source) if files[-1].directed else len(files[-1].source) // 2
            if outside and not inside and len(faults.found) == before:
                source, target = outside[0]
                raise InputError(
                    f"all {len(outside)} ties lead to organisations outside {path.name}, such as {source} - {target}",
                    file=file,
                    key="--ties",
                    expected="ties among the codes of the table",
                )
            if outside:
                left_out[file.stem] = (len(outside), len(outside) + inside)
        notes += [f"network {file.stem}: ties {what}: {number}" for what, number in rules.passed.items()]
    return files, left_out


class _History(NamedTuple):
    """One organisation as written: periods, None where blank."""

    row: RawRow
    time: int | None
    start: int | None
    end: int | None
    already: bool


_CODE = re.compile(CODE_PATTERN)
_FLAGS = {
    "0": "0",
    "1": "1",
    "0.0": "0",
    "1.0": "1",
    "yes": "1",
    "no": "0",
    "true": "1",
    "false": "0",
    "y": "1",
    "n": "0",
}


def _histories(
    table: RawTable, rows: list[RawRow], periods: Periods, options: ReadOptions, faults: Faults
) -> list[_History]:
    """Return what rows say of one innovation, by code; all faults of cells go into ``faults``."""
    seen: dict[str, int | None] = {}
    folded: dict[str, str] = {}
    found = []
    for row in rows:
        name = row.values.get("code")
        with faults.kept():
            if name is None or not _CODE.match(name):
                raise table.error(
                    row,
                    "code",
                    "missing" if name is None else f"'{name}' is not a code",
                    expected="letters, digits and _ . : / - (at most 64, no spaces)",
                )
            if name in seen:
                first = f"it was first in line {seen[name]}"
                raise table.error(row, "code", f"'{name}' is given twice", suggestion=first)
            seen[name] = row.line
            if (other := folded.setdefault(name.casefold(), name)) != name:
                raise table.error(
                    row,
                    "code",
                    f"'{name}' differs from '{other}' in capital letters only",
                    expected="each organisation once, its code always written alike",
                )
        with faults.kept():
            found.append(_history(table, row, periods))
        for column in options.covariates:
            with faults.kept():
                number_in(table, row, column)
    return sorted(found, key=lambda one: str(one.row.values.get("code")))


def _history(table: RawTable, row: RawRow, periods: Periods) -> _History:
    flag = _FLAGS.get(row.values.get("already", "0").casefold(), "")
    if is_blank(row.values.get("already")):
        flag = "0"
    if flag not in ("0", "1"):
        flag = row.values["already"]
        raise table.error(row, "already", f"'{flag}' is not allowed", expected="0 or 1")
    found = _History(row, periods(row, "time"), periods(row, "from"), periods(row, "until"), flag == "1")
    if found.start is not None and found.end is not None and found.end < found.start:
        raise table.error(row, "until", "observation ends before it begins", expected="from <= until")
    return found


def _check_already(table: RawTable, one: _History, first: int, unit: Unit) -> None:
    """Refuse a time of adoption within the periods observed for one that had adopted before them."""
    if one.already and one.time is not None and one.time >= first:
        raise table.error(
            one.row,
            "already",
            f"it had adopted before observation began, and yet in {one.row.values['time']}",
            expected=f"already 1 with no time, or one before {label(first, unit)}",
            suggestion="write already 0 if it was seen to adopt, or --from a later period",
        )


def _inside(table: RawTable, one: _History, first: int, last: int, unit: Unit) -> tuple[float, int, int]:
    """Return (time, entry, exit) within the periods observed; exit < entry where the organisation was not seen."""
    _check_already(table, one, first, unit)
    if one.already:  # that of which all is known before its own observation begins
        begin = first if one.start is None else min(max(one.start, first), last)
        return float(first), begin, max(begin, last if one.end is None else min(one.end, last))
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


def _one_innovation(
    table: RawTable,
    innovation: str,
    histories: list[_History],
    periods: Periods,
    options: ReadOptions,
    faults: Faults,
    told: Sequence[str],
) -> Observed | None:
    named = [
        period for one in histories for period in (None if one.already else one.time, one.end) if period is not None
    ]
    # who was there before adopted after the launch, and before the first period observed
    launch = None if any(one.already for one in histories) else _launch(options.launch, periods)
    first, last, notes = span_of(periods, named, options.first, options.last, table, launch)
    notes = [*told, *notes]
    unit = periods.unit or Unit.NUMBER
    spans = []
    for one in histories:
        with faults.kept():
            spans.append((one.row, one.already, *_inside(table, one, first, last, unit)))
    if len(spans) < len(histories):
        return None
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
        notes.append(
            f"had adopted before their own observation, which begins late; they count as adopters from the start, and "
            f"curves are conditional on them: {entered}"
        )
    if options.strata is not None and (blank := sum(options.strata not in row.values for row in pick)):
        notes.append(f"organisations without {options.strata} make a stratum of their own: {blank}")
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
        periods.calendar,
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
        unit=unit,
        strata=() if options.strata is None else tuple(row.values.get(options.strata, "") for row in pick),
        strata_column=options.strata or "",
    )


def _launch(text: str | None, periods: Periods) -> int | None:
    """Return --launch where it is of the table's kind; ``check_launch`` tells what is wrong with another."""
    try:
        return periods.option(text, "--launch")
    except InputError:
        return None
