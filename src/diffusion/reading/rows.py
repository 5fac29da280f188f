"""Rows of a user's table, from CSV or YAML, validated one by one against a pydantic model."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from diffusion.errors import InputError, did_you_mean, nearest
from diffusion.reading.cells import check_header, read_cells
from diffusion.reading.numbers import how_to_write, parse_number, parse_whole
from diffusion.reading.validation import CODE_PATTERN, choices, input_error, shown
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


def read_table(
    path: Path,
    list_key: str,
    required: Sequence[str],
    known: Sequence[str],
    also: Mapping[str, str] = {},
) -> RawTable:
    """Read a table: CSV with a header, or YAML with a list of mappings under ``list_key``.

    ``required`` columns must be in the CSV header; ``known`` are those allowed; ``also`` maps other names that columns
    may have to those that are known. Raises InputError.
    """
    if path.suffix.lower() in (".yaml", ".yml"):
        return _read_yaml_table(load_yaml(path), path, list_key, also)
    if path.suffix.lower() == ".csv":
        return read_csv(path, required, known, also=also)
    raise InputError(f"files of type '{path.suffix}' cannot be read", file=path, expected="a .csv, .yaml or .yml file")


def read_csv(
    path: Path,
    required: Sequence[str],
    known: Sequence[str],
    *,
    others: bool = False,
    also: Mapping[str, str] = {},
) -> RawTable:
    """Read a table with a header line; checks the header and the width of every row.

    Values are separated by commas, tabs, semicolons or vertical bars: the header tells. ``others`` passes over columns
    that are not ``known``, and those without a name; ``also`` are other names of columns, as in :func:`read_table`.
    """
    cells = read_cells(path, (*known, *also), required)
    cells = replace(cells, header=tuple(also.get(name, name) for name in cells.header))
    check_header(cells, required, known, others=others)
    if not cells.rows:
        raise InputError(
            "the table has no rows", file=path, line=cells.header_line, expected="a header and at least one row"
        )
    rows = []
    for line, row in zip(cells.lines, cells.rows):
        values: dict[Key, Any] = {name: text for name, text in zip(cells.header, row) if text and name in known}
        rows.append(RawRow(values, line))
    return RawTable(path, rows, columns=frozenset(cells.header) & frozenset(known))


def _read_yaml_table(document: YamlDocument, path: Path, list_key: str, also: Mapping[str, str]) -> RawTable:
    data = document.data
    items = data.get(list_key) if isinstance(data, dict) else data
    base: KeyPath = (list_key,) if isinstance(data, dict) else ()
    if not isinstance(items, list) or not items:
        near = nearest(list_key, [str(key) for key in data]) if isinstance(data, dict) else None
        raise InputError(
            "no list of rows",
            file=path,
            line=document.line(base),
            key=list_key,
            expected=f"{list_key}: and a list",
            suggestion=f"call '{near}' '{list_key}'" if near is not None and near != list_key else None,
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
        values: dict[Key, Any] = {}
        for key, value in item.items():
            name = also.get(str(key), key)
            if name != key and name in item:
                raise InputError(
                    f"'{key}' and '{name}' say the same",
                    file=path,
                    line=document.line((*base, index, key)),
                    key=f"{list_key}[{index}].{key}",
                    expected=f"one of '{key}' and '{name}'",
                    suggestion=f"leave '{key}' out",
                )
            if value is not None:
                values[name] = value
        rows.append(RawRow(values, document.line((*base, index)), (*base, index)))
    return RawTable(path, rows, document)


def validate_rows(table: RawTable, model: type[RowModel], code: str) -> list[RowModel]:
    """Validate every row as ``model`` and refuse a second row with the same ``code``; order is the file's."""
    strict = table.document is not None  # YAML scalars have types, CSV cells are text.
    result: list[RowModel] = []
    seen: dict[str, int | None] = {}
    numbers = {} if strict else _numeric_columns(model)
    for row in table.rows:
        for name, parse in numbers.items():
            if (text := row.values.get(name)) is not None and parse(text) is None:
                whole = parse is parse_whole
                raise table.error(
                    row,
                    name,
                    f"wrong type: {shown(text)}",
                    expected="a whole number" if whole else "a number",
                    suggestion=_written_whole(text) if whole else how_to_write(text),
                )
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


@cache
def _numeric_columns(model: type[BaseModel]) -> dict[str, Callable[[str], float | None]]:
    """Return how the cells of columns that hold numbers are read; pydantic alone takes 1_000 and 010 for numbers."""
    found: dict[str, Callable[[str], float | None]] = {}
    for name, info in model.model_fields.items():
        kinds = choices(info.annotation)
        if str not in kinds and bool not in kinds and (float in kinds or int in kinds):
            found[name] = parse_number if float in kinds else parse_whole
    return found


def _written_whole(text: str) -> str:
    number = parse_number(text)
    if number is None:
        return how_to_write(text)
    near = f"{number:.0f}"
    return f"write {near}" if float(near) == number and len(near) < 20 else "write a whole number, without a fraction"


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
