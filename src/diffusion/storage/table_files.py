"""Tables on disk, written and read: Parquet and CSV whose bytes depend on the content alone."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from diffusion.arrays import Ints
from diffusion.errors import InputError
from diffusion.outlets import csv_cell, storable
from diffusion.storage.arrow_memory import reading
from diffusion.storage.finished import unreadable

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa


class Labels(NamedTuple):
    """A column of few distinct labels: ``categories[codes]``."""

    codes: Ints
    categories: tuple[str, ...]


#: The column that tells scenarios apart, first in every table that has several.
SCENARIO = "scenario"
#: A column: numbers, texts, or labels.
Column: TypeAlias = NDArray[np.generic] | list[str] | Labels
Columns: TypeAlias = dict[str, Column]


def as_arrow(columns: Mapping[str, Column]) -> pa.Table:
    """Return an Arrow table of named columns; any pair (codes, categories) counts as labels."""
    import pyarrow as pa

    arrays = {}
    for name, column in columns.items():
        if isinstance(column, tuple) and len(column) == 2:
            codes, categories = column
            texts = [storable(text) for text in categories]
            arrays[name] = pa.DictionaryArray.from_arrays(_numbers(codes), _texts(texts))
        elif isinstance(column, list):
            arrays[name] = _texts([storable(text) for text in column])
        else:
            arrays[name] = _numbers(column)
    return pa.table({storable(name): array for name, array in arrays.items()})


def _numbers(values: NDArray[np.generic]) -> pa.Array:
    """Return numbers as Arrow holds them; ``pa.array`` would load pandas."""
    import pyarrow as pa

    values = np.ascontiguousarray(values)
    values = values.astype(values.dtype.newbyteorder("="), copy=False)
    if values.dtype.kind not in "biuf" or values.ndim != 1:
        return pa.array(values)
    content = np.packbits(values.astype(np.uint8), bitorder="little") if values.dtype.kind == "b" else values
    return pa.Array.from_buffers(pa.from_numpy_dtype(values.dtype), len(values), [None, pa.py_buffer(content)])


def _texts(texts: Sequence[str]) -> pa.Array:
    """Return texts as Arrow holds them; ``pa.array`` would load pandas."""
    import pyarrow as pa

    encoded = [text.encode() for text in texts]
    ends = np.cumsum([0, *map(len, encoded)], dtype=np.int64)
    if ends[-1] >= 2**31:  # one array holds no more
        return pa.array(texts, pa.string())
    content = [pa.py_buffer(ends.astype(np.int32)), pa.py_buffer(b"".join(encoded))]
    return pa.Array.from_buffers(pa.string(), len(encoded), [None, *content])


def write_parquet(table: pa.Table, path: Path | IO[bytes]) -> None:
    """Write ``table`` compressed with zstd; floating-point columns are byte-split, labels dictionary-coded."""
    import pyarrow.parquet as pq

    # labels are coded by the writer: of columns coded before, it writes padding bytes that were never set
    table = _labels_as_text(table)
    pq.write_table(table, path, **parquet_options(table.schema))


def parquet_options(schema: pa.Schema) -> dict[str, str | list[str]]:
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
    """Return ``table`` as a spreadsheet may read it: labels as text, no formula, nulls for numbers that are not finite.

    A text or a head that a spreadsheet would take for a formula gets an apostrophe before it; numbers stay numbers.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    table = _labels_as_text(table)
    for index, field in enumerate(table.schema):
        if pa.types.is_floating(field.type):
            column = table.column(index)
            empty = pc.if_else(pc.is_finite(column), column, pa.nulls(1, field.type)[0])
            table = table.set_column(index, field.name, empty)
        elif pa.types.is_string(field.type):
            table = table.set_column(index, field.name, _without_formulas(table.column(index)))
    return table.rename_columns([csv_cell(name) for name in table.column_names])


def _without_formulas(column: pa.ChunkedArray) -> pa.ChunkedArray:
    import pyarrow as pa
    import pyarrow.compute as pc

    texts = pc.unique(column)
    cells = [None if text is None else csv_cell(text) for text in texts.to_pylist()]
    told = [cell for cell in cells if cell is not None]
    safe = _texts(told) if len(told) == len(cells) else pa.array(cells, pa.string())
    return column if safe.equals(texts) else pc.take(safe, pc.index_in(column, texts))


def _labels_as_text(table: pa.Table) -> pa.Table:
    import pyarrow as pa

    for index, field in enumerate(table.schema):
        if pa.types.is_dictionary(field.type):
            table = table.set_column(index, field.name, table.column(index).cast(pa.string()))
    return table


def write_table(columns: Mapping[str, Column], folder: Path, name: str, csv: bool = True) -> None:
    """Write ``name``.parquet and, unless ``csv`` is false, ``name``.csv into ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    table = as_arrow(columns)
    write_parquet(table, parquet_path(folder, name))
    if csv:
        write_csv(table, folder / f"{name}.csv")


def read_table(folder: Path, name: str) -> pd.DataFrame | None:
    """Return ``name``.parquet of ``folder`` as :func:`write_table` wrote it; None where it is not there.

    Raises
    ------
    InputError
        It is no table any more.
    """
    path = parquet_path(folder, name)
    return read_parquet(path).to_pandas() if path.is_file() else None


def needed_table(folder: Path, name: str) -> pd.DataFrame:
    """Return a table as :func:`read_table`; raises InputError also where it is not there."""
    frame = read_table(folder, name)
    if frame is None:
        raise InputError(
            "a table of the result is missing",
            file=parquet_path(folder, name),
            expected="the folder as the run wrote it",
            suggestion="run its command again",
        )
    return frame


def read_parquet(path: Path, columns: list[str] | None = None) -> pa.Table:
    """Return a Parquet file; raises InputError where it is none any more."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        how = reading(path.stat().st_size, path)
        # not read_table, which loads Arrow's data sets and pandas
        with pq.ParquetFile(path, pre_buffer=how["pre_buffer"]) as file:
            return file.read(columns=columns, use_threads=how["use_threads"])
    except (OSError, pa.ArrowException) as error:
        raise unreadable(path, error) from None


def parquet_path(folder: Path, name: str) -> Path:
    """Return where a table of this name stands."""
    return folder / f"{name}.parquet"


def write_events(events: NDArray[np.void], scenario: str, path: Path) -> None:
    """Write an event history (a structured array, one event a row) as Parquet, with the scenario's name."""
    names = events.dtype.names or ()
    columns: Columns = {SCENARIO: Labels(np.zeros(len(events), np.int32), (scenario,))}
    columns |= {name: events[name] for name in names}
    write_parquet(as_arrow(columns), path)


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file, hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def checksums(folder: Path) -> dict[str, str]:
    """Return relative path (with forward slashes) -> SHA-256 for every file below ``folder``, sorted."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): sha256_of(path) for path in files}
