"""Listed points: the draws of a study as the rows of a CSV file, a column per factor."""

from __future__ import annotations

from diffusion.errors import InputError, did_you_mean
from diffusion.experiments.study.axis import Axis
from diffusion.experiments.study.bound_factors import axes_of, with_points
from diffusion.experiments.study.factor_faults import misfit
from diffusion.experiments.study.schema import Study
from diffusion.reading.cells import read_cells
from diffusion.reading.files import resolve_inside
from diffusion.reading.numbers import how_to_write
from diffusion.reading.yaml_lines import parse_yaml, plain_scalar
from diffusion.scenario.problems import raise_all


def read_points(study: Study) -> dict[str, list[object]]:
    """Return factor -> values, one per draw, of the study's file of points.

    Raises
    ------
    InputError
        A missing, unknown or doubled column, a row of another length, a value that cannot stand under its key.
    """
    assert study.design.file is not None
    names = list(study.factors)
    try:
        path = resolve_inside(study.design.file, study.folder, key="design.file")
        cells = read_cells(path, names)
    except InputError as error:
        if error.line is not None:
            raise
        raise study.problem(
            ("design", "file"), error.message, error.expected, error.suggestion or "write the points beside the study"
        ) from None
    header, top = list(cells.header), cells.header_line
    problems = [
        InputError(
            _column_fault(name, header),
            file=path,
            line=top,
            key=name or f"column {header.index(name) + 1}",
            expected="the factors " + ", ".join(names) if names else "factors in the study",
            suggestion=did_you_mean(name, names) or f"name it under factors: '{name}: {{label: {name}}}'",
        )
        for name in dict.fromkeys(header)
        if name not in names or header.count(name) > 1
    ]
    problems += [
        InputError(
            f"no column for the factor '{name}'",
            file=path,
            line=top,
            key=name,
            expected=", ".join(names),
            suggestion=f"add a column '{name}', or remove the factor",
        )
        for name in names
        if name not in header
    ]
    if not cells.rows:
        problems.append(
            InputError(
                "no points below the header", file=path, line=top, expected="a row per draw", suggestion="add a row"
            )
        )
    raise_all(problems)
    kinds = {axis.name: axis.kind for axis in axes_of(study)}
    values: dict[str, list[object]] = {name: [] for name in names}
    for line, row in zip(cells.lines, cells.rows):
        for name, text in zip(header, row):
            value: object = parse_yaml(text).data if text[:1] in ("[", "{") else plain_scalar(text)
            if kinds[name] == "text" and not isinstance(value, str):
                value = text
            if value is None or (expected := misfit(value, kinds[name])):
                problems.append(
                    InputError(
                        f"'{text}' cannot stand here" if text else "an empty value",
                        file=path,
                        line=line,
                        key=name,
                        expected=expected if value is not None else "a value",
                        suggestion=_advice(text, kinds[name], value),
                    )
                )
            elif isinstance(value, int | float) and kinds[name] in ("number", "whole"):
                value = float(value) if kinds[name] == "number" else int(value)
            values[name].append(value)
    raise_all(problems)
    return values


def listed_axes(study: Study) -> tuple[Axis, ...]:
    """Return the factors of a study; those of a design of points with the values that its file lists."""
    axes = axes_of(study)
    return with_points(axes, read_points(study)) if study.design.method == "points" else axes


def _column_fault(name: str, header: list[str]) -> str:
    if not name:
        return "the column has values but no name"
    return f"unknown column '{name}'" if header.count(name) == 1 else f"the column '{name}' stands twice"


def _advice(text: str, kind: str, value: object) -> str:
    """Say what to write in a cell that cannot stand there."""
    if kind in ("number", "whole") and isinstance(value, str):
        return how_to_write(text)
    return "every draw sets every factor"
