"""Listed points: the draws of a study as the rows of a CSV file, a column per factor."""

from __future__ import annotations

import csv
import io

from diffusion.errors import InputError, did_you_mean
from diffusion.experiments.study.bound_factors import axes_of
from diffusion.experiments.study.factor_faults import misfit
from diffusion.experiments.study.schema import Study
from diffusion.reading.files import read_text, resolve_inside
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
    try:
        path = resolve_inside(study.design.file, study.folder, key="design.file")
        rows = list(csv.reader(io.StringIO(read_text(path)), strict=True))
    except InputError as error:
        if error.line is not None:
            raise
        raise study.problem(
            ("design", "file"), error.message, error.expected, error.suggestion or "write the points beside the study"
        ) from None
    except csv.Error as error:
        raise InputError(f"not valid CSV: {error}", file=study.design.file, key="design.file") from None
    header, names = [cell.strip() for cell in rows[0]], list(study.factors)
    problems = [
        InputError(
            f"unknown column '{name}'" if header.count(name) == 1 else f"the column '{name}' stands twice",
            file=path,
            line=1,
            key=name,
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
            line=1,
            key=name,
            expected=", ".join(names),
            suggestion=f"add a column '{name}', or remove the factor",
        )
        for name in names
        if name not in header
    ]
    body = [(line, row) for line, row in enumerate(rows[1:], start=2) if any(cell.strip() for cell in row)]
    if not body:
        problems.append(
            InputError(
                "no points below the header", file=path, line=1, expected="a row per draw", suggestion="add a row"
            )
        )
    raise_all(problems)
    kinds = {axis.name: axis.kind for axis in axes_of(study)}
    values: dict[str, list[object]] = {name: [] for name in names}
    for line, row in body:
        if len(row) != len(header):
            problems.append(
                InputError(
                    f"{len(row)} values under {len(header)} columns",
                    file=path,
                    line=line,
                    expected=f"{len(header)} values",
                    suggestion="put text that holds a comma in quotes",
                )
            )
            continue
        for name, cell in zip(header, row):
            text = cell.strip()
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
                        suggestion="every draw sets every factor",
                    )
                )
            elif isinstance(value, int | float) and kinds[name] in ("number", "whole"):
                value = float(value) if kinds[name] == "number" else int(value)
            values[name].append(value)
    raise_all(problems)
    return values
