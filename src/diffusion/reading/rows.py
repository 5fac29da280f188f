"""Rows of a user's table, from CSV or YAML, validated one by one against a pydantic model."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from diffusion.errors import InputError, did_you_mean
from diffusion.reading.files import read_text
from diffusion.reading.validation import CODE_PATTERN, input_error
from diffusion.reading.yaml_lines import Key, KeyPath, YamlDocument, dotted, load_yaml

Code = Annotated[str, Field(pattern=CODE_PATTERN)]
RowModel = TypeVar("RowModel", bound=BaseModel)


class Row(BaseModel):
    """Base of all rows: no unknown columns, numbers finite."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, str_strip_whitespace=True)


@dataclass(frozen=True)
class RawRow:
    """One row as written: values by column (blank CSV cells are left out) and the line it stands in."""

    values: dict[Key, Any]  # text from CSV, plain values from YAML
    line: int | None
    path: KeyPath = ()


@dataclass(frozen=True)
class RawTable:
    """The rows of one file; ``document`` is there for YAML and gives lines of single keys."""

    file: Path
    rows: list[RawRow]
    document: YamlDocument | None = None
    columns: frozenset[str] = field(default_factory=frozenset)

    def line_of(self, row: RawRow, column: str | None = None) -> int | None:
        if self.document is not None:
            return self.document.line((*row.path, column) if column else row.path)
        return row.line

    def error(self, row: RawRow, column: str, message: str, **more: str | None) -> InputError:
        """Return an InputError at one cell."""
        key = dotted((*row.path, column))
        return InputError(message, file=self.file, line=self.line_of(row, column), key=key, **more)


def read_table(path: Path, list_key: str, required: Sequence[str], known: Sequence[str]) -> RawTable:
    """Read a table: CSV with a header, or YAML with a list of mappings under ``list_key``.

    ``required`` columns must be in the CSV header; ``known`` are those allowed. Raises InputError.
    """
    if path.suffix.lower() in (".yaml", ".yml"):
        return _read_yaml_table(load_yaml(path), path, list_key)
    if path.suffix.lower() == ".csv":
        return read_csv(path, required, known)
    raise InputError(f"files of type '{path.suffix}' cannot be read", file=path, expected="a .csv, .yaml or .yml file")


def read_csv(path: Path, required: Sequence[str], known: Sequence[str]) -> RawTable:
    """Read a CSV file with a header line; checks the header and the width of every row."""
    reader = csv.reader(io.StringIO(read_text(path), newline=""), strict=True)
    rows: list[RawRow] = []
    header: list[str] | None = None
    line = 1
    try:
        for cells in reader:
            start, line = line, reader.line_num + 1
            if not any(cell.strip() for cell in cells):
                continue
            if header is None:
                header = [cell.strip() for cell in cells]
                _check_header(header, path, start, required, known)
                continue
            if len(cells) != len(header):
                raise InputError(
                    f"the row has {len(cells)} values",
                    file=path,
                    line=start,
                    expected=f"{len(header)} values",
                    suggestion="put values that contain commas in double quotes",
                )
            values: dict[Key, str] = {name: text for name, cell in zip(header, cells) if (text := cell.strip())}
            rows.append(RawRow(values, start))
    except csv.Error as error:
        raise InputError(f"not valid CSV: {error}", file=path, line=reader.line_num) from None
    if not rows:
        raise InputError("the table has no rows", file=path, line=1, expected="a header and at least one row")
    return RawTable(path, rows, columns=frozenset(header or ()))


def _check_header(header: list[str], path: Path, line: int, required: Sequence[str], known: Sequence[str]) -> None:
    for position, name in enumerate(header):
        if name in header[:position]:
            raise InputError("the column is given twice", file=path, line=line, key=name or f"column {position + 1}")
        if name not in known:
            raise InputError(
                "unknown column",
                file=path,
                line=line,
                key=name or f"column {position + 1}",
                expected="one of " + ", ".join(known),
                suggestion=did_you_mean(name, known),
            )
    for name in required:
        if name not in header:
            raise InputError("missing column", file=path, line=line, key=name, expected=", ".join(required))


def _read_yaml_table(document: YamlDocument, path: Path, list_key: str) -> RawTable:
    data = document.data
    items = data.get(list_key) if isinstance(data, dict) else data
    base: KeyPath = (list_key,) if isinstance(data, dict) else ()
    if not isinstance(items, list) or not items:
        raise InputError(
            "no list of rows",
            file=path,
            line=document.line(base),
            key=list_key,
            expected=f"{list_key}: and a list",
            suggestion=did_you_mean(list_key, [str(key) for key in data]) if isinstance(data, dict) else None,
        )
    rows = []
    for index, item in enumerate(items):
        if not isinstance(item, dict):
            raise InputError(
                "the row is not a set of keys",
                file=path,
                line=document.line((*base, index)),
                key=f"{list_key}[{index}]",
                expected="keys with values",
            )
        values = {key: value for key, value in item.items() if value is not None}
        rows.append(RawRow(values, document.line((*base, index)), (*base, index)))
    return RawTable(path, rows, document)


def validate_rows(table: RawTable, model: type[RowModel], code: str) -> list[RowModel]:
    """Validate every row as ``model`` and refuse a second row with the same ``code``; order is the file's."""
    strict = table.document is not None  # YAML scalars have types, CSV cells are text.
    result: list[RowModel] = []
    seen: dict[str, int | None] = {}
    for row in table.rows:
        try:
            item = model.model_validate(row.values, strict=strict)
        except ValidationError as error:
            raise _row_error(error, model, table, row) from None
        name = getattr(item, code)
        if name in seen:
            raise table.error(
                row, code, f"'{name}' is given twice", suggestion=f"it was first given in line {seen[name]}"
            )
        seen[name] = table.line_of(row, code)
        result.append(item)
    return result


def _row_error(error: ValidationError, model: type[BaseModel], table: RawTable, row: RawRow) -> InputError:
    def line_of(path: KeyPath) -> int | None:
        return table.document.line(path) if table.document is not None else row.line

    return input_error(error, model, file=table.file, line_of=line_of, prefix=row.path)


def unknown_code(table: RawTable, row: RawRow, column: str, code: str, known: Iterable[str], what: str) -> InputError:
    """Return the InputError for a code that another table should hold."""
    names = list(known)
    return table.error(
        row,
        column,
        f"unknown {what} '{code}'",
        expected="one of " + ", ".join(names[:20]) + (", ..." if len(names) > 20 else ""),
        suggestion=did_you_mean(code, names),
    )
