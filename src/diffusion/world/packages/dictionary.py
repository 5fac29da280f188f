"""The data dictionary of a world: every table with every column, its unit, source and licence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from diffusion.errors import InputError, did_you_mean
from diffusion.reading.cells import read_cells
from diffusion.reading.files import is_file
from diffusion.reading.validation import input_error
from diffusion.reading.yaml_lines import YamlDocument, load_yaml

DICTIONARY = "dictionary.yaml"


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Column(_Section):
    """What one column holds, in which unit, from where, under which licence."""

    description: str = Field(min_length=1)
    unit: str = Field(min_length=1)
    source: str = Field(min_length=1)
    licence: str = Field(min_length=1)


class Table(_Section):
    """What a table holds: a row for each ``key``."""

    description: str = Field(min_length=1)
    rows: int | None = Field(None, ge=1)
    key: str | None = None
    columns: dict[str, Column] = {}


class Dictionary(_Section):
    """What ``dictionary.yaml`` holds: the tables of the folder by file."""

    tables: dict[str, Table]


def read_dictionary(folder: Path) -> Dictionary:
    """Return the dictionary of a world's folder.

    Raises
    ------
    InputError
        There is none, or a table or column lacks description, unit, source or licence.
    """
    return _read(folder)[0]


def _read(folder: Path) -> tuple[Dictionary, YamlDocument]:
    path = folder / DICTIONARY
    if not is_file(path):
        raise InputError(
            f"the world has no {DICTIONARY}",
            file=path,
            expected="description, unit, source and licence of every column",
            suggestion="'diffusion worlds new' writes one to fill in",
        )
    document = load_yaml(path)
    try:
        return Dictionary.model_validate(document.data, strict=True), document
    except ValidationError as error:
        raise input_error(error, Dictionary, file=path, line_of=document.line) from None


def dictionary_faults(folder: Path) -> Iterator[InputError]:
    """Yield what a dictionary lacks, or says of what is not there; its own faults first."""
    try:
        found, document = _read(folder)
    except InputError as error:
        yield error
        return
    path = folder / DICTIONARY
    tables = sorted(each.name for each in folder.glob("*.csv"))
    for name in tables:
        if name not in found.tables:
            yield InputError(
                f"nothing is said of the table '{name}'",
                file=path,
                key="tables",
                expected="every CSV file of the folder",
                suggestion=did_you_mean(name, set(found.tables) - set(tables)) or f"add '{name}' under tables",
            )
    for name, table in found.tables.items():
        line = document.line(("tables", name))
        if not is_file(folder / name):
            yield InputError(
                f"there is no file '{name}' in this folder",
                file=path,
                line=line,
                key=f"tables.{name}",
                expected="files of the folder",
                suggestion=did_you_mean(name, tables) or "leave it out",
            )
        elif name.endswith(".csv"):
            yield from _column_faults(folder / name, table, path, document, name)


def _column_faults(file: Path, table: Table, path: Path, document: YamlDocument, name: str) -> Iterator[InputError]:
    try:
        cells = read_cells(file, (), ())
    except InputError as error:
        yield error
        return
    header, key = [column for column in cells.header if column], f"tables.{name}"
    yield from _one_way(header, table.columns, path, document, name)
    if table.key is not None and table.key not in header:
        yield InputError(
            f"the key '{table.key}' is no column",
            file=path,
            line=document.line(("tables", name, "key")),
            key=f"{key}.key",
            expected="one of " + ", ".join(header[:8]),
            suggestion=did_you_mean(table.key, header) or f"write key: {header[0]}",
        )
    number = len(cells.rows)
    if table.rows is not None and table.rows != number:
        yield InputError(
            f"{table.rows} rows are said, and the table has {number}",
            file=path,
            line=document.line(("tables", name, "rows")),
            key=f"{key}.rows",
            expected=str(number),
            suggestion=f"write rows: {number}",
        )


def _one_way(
    header: list[str], columns: Mapping[str, Column], path: Path, document: YamlDocument, name: str
) -> Iterator[InputError]:
    line = document.line(("tables", name))
    for column in header:
        if column not in columns:
            yield InputError(
                f"nothing is said of the column '{column}'",
                file=path,
                line=line,
                key=f"tables.{name}.columns",
                expected="every column of the table",
                suggestion=did_you_mean(column, set(columns) - set(header)) or f"add '{column}' under columns",
            )
    for column in columns:
        if column not in header:
            yield InputError(
                f"the table has no column '{column}'",
                file=path,
                line=document.line(("tables", name, "columns", column)),
                key=f"tables.{name}.columns.{column}",
                expected="columns of the table",
                suggestion=did_you_mean(column, set(header) - set(columns)) or "leave it out",
            )
