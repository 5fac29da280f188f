"""Tables on disk: Parquet and CSV whose bytes depend on the content alone."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pyarrow as pa


def as_arrow(columns: Mapping[str, Any]) -> pa.Table:
    """Return an Arrow table of named columns: arrays, lists of text, or (codes, categories) pairs."""
    import pyarrow as pa

    arrays = {}
    for name, column in columns.items():
        if isinstance(column, tuple) and len(column) == 2:
            codes, categories = column
            arrays[name] = pa.DictionaryArray.from_arrays(pa.array(codes), pa.array(list(categories), pa.string()))
        elif isinstance(column, list):
            arrays[name] = pa.array(column, pa.string())
        else:
            arrays[name] = pa.array(np.ascontiguousarray(column))
    return pa.table(arrays)


def write_parquet(table: pa.Table, path: Path | IO[bytes]) -> None:
    """Write ``table`` compressed with zstd; floating-point columns are byte-split, labels dictionary-coded."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    # labels are coded by the writer: of columns coded before, it writes padding bytes that were never set
    for index, field in enumerate(table.schema):
        if pa.types.is_dictionary(field.type):
            table = table.set_column(index, field.name, table.column(index).cast(pa.string()))
    pq.write_table(table, path, **parquet_options(table.schema))


def parquet_options(schema: pa.Schema) -> dict[str, Any]:
    """Return how columns are written: zstd, floating-point ones byte-split, all others dictionary-coded."""
    import pyarrow as pa

    floats = [field.name for field in schema if pa.types.is_floating(field.type)]
    others = [field.name for field in schema if field.name not in floats]
    return {"compression": "zstd", "use_dictionary": others, "use_byte_stream_split": floats}


def write_csv(table: pa.Table, path: Path) -> None:
    """Write ``table`` as UTF-8 CSV with a header; numbers in full, NaN as an empty field."""
    import pyarrow.csv as pacsv

    pacsv.write_csv(csv_ready(table), path, pacsv.WriteOptions(quoting_style="needed"))


def csv_ready(table: pa.Table) -> pa.Table:
    """Return ``table`` with labels as text and with nulls for numbers that are not finite."""
    import pyarrow as pa
    import pyarrow.compute as pc

    for index, field in enumerate(table.schema):
        if pa.types.is_dictionary(field.type):
            table = table.set_column(index, field.name, table.column(index).cast(pa.string()))
        elif pa.types.is_floating(field.type):
            column = table.column(index)
            empty = pc.if_else(pc.is_finite(column), column, pa.scalar(None, field.type))
            table = table.set_column(index, field.name, empty)
    return table


def write_table(columns: Mapping[str, Any], folder: Path, name: str, csv: bool = True) -> None:
    """Write ``name``.parquet and, unless ``csv`` is false, ``name``.csv into ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    table = as_arrow(columns)
    write_parquet(table, folder / f"{name}.parquet")
    if csv:
        write_csv(table, folder / f"{name}.csv")


def write_events(events: np.ndarray, scenario: str, path: Path) -> None:
    """Write an event history (a structured array, one event a row) as Parquet, with the scenario's name."""
    import pyarrow as pa

    names = events.dtype.names or ()
    columns: dict[str, Any] = {"scenario": (np.zeros(len(events), np.int32), (scenario,))}
    columns |= {name: events[name] for name in names}
    table = pa.table(as_arrow(columns))
    write_parquet(table, path)


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file, hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def checksums(folder: Path) -> dict[str, str]:
    """Return relative path (with forward slashes) -> SHA-256 for every file below ``folder``, sorted."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): sha256_of(path) for path in files}
