"""Reading a sweep: lazy tables over its files, its state, a summary, one row, one merged file."""

from __future__ import annotations

import glob
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from diffusion.drafts import drafted, is_link
from diffusion.errors import InputError, did_you_mean
from diffusion.experiments.sweep.chunk_files import chunk_of
from diffusion.experiments.sweep.folder import SessionRecord, Sweep, open_sweep
from diffusion.experiments.sweep.rows import DETAIL_ROWS, FAILED, OK, run_schema
from diffusion.experiments.sweep.verify import check_chunk, check_stored, readable, sessions_of, stored_problems
from diffusion.reading.as_written import as_written
from diffusion.storage.arrow_memory import threads
from diffusion.storage.table_files import read_parquet

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa
    import pyarrow.dataset as pads

#: rows of a merged file that are written together
_ROWS_AT_ONCE = 131_072


def read_runs(folder: Path | str, table: str = "runs", accept_altered: bool = False) -> duckdb.DuckDBPyRelation:
    """Return a lazy table over the files of a sweep: nothing is loaded before it is asked for.

    ``runs`` has a row per run: run, scenario, draw, replicate, a column per factor, status, a column per outcome.
    ``monthly``, ``innovations``, ``events``, ``trust_end`` and ``innovation_end`` are there if the study keeps them;
    they join by ``run``. Use it as
    ``read_runs(folder).filter("status = 'ok'").aggregate("scenario, avg(adopter_share_pct)", "scenario").df()``.

    Raises InputError for a folder without a sweep, a table it does not keep, or one without any file yet; and where
    files are not as they were written, unless that is accepted: then what can be read is.
    """
    sweep = open_sweep(folder, accept_altered)
    check_stored(sweep)
    return rows_of(sweep, table)


def rows_of(sweep: Sweep, table: str = "runs") -> duckdb.DuckDBPyRelation:
    """Return a lazy table over the files of an open sweep, which are not checked again."""
    import duckdb

    paths = [str(path.absolute()) for path in _files(sweep, table)]
    with _stored(sweep):
        # 'a=1' in the folder's name is no column; its own name is no pattern
        return duckdb.connect().read_parquet([glob.escape(path) for path in paths], hive_partitioning=False)


def dataset(sweep: Sweep, table: str = "runs") -> pads.Dataset:
    """Return the files of a table as a pyarrow dataset, in the order of runs."""
    import pyarrow.dataset as pads

    return pads.dataset([str(path) for path in _files(sweep, table)], schema=schema_of(sweep, table))


def _stored(sweep: Sweep) -> AbstractContextManager[None]:
    """Read what is stored: a file that is not what was written is told as such."""
    return as_written(sweep.folder, f"find what is damaged: diffusion sweep status {sweep.folder} --check")


def schema_of(sweep: Sweep, table: str) -> pa.Schema:
    """Return the columns of a table of a sweep."""
    return run_schema(sweep.design) if table == "runs" else DETAIL_ROWS[table].schema


def _check_table(sweep: Sweep, table: str) -> None:
    if table not in sweep.store.tables:
        raise InputError(
            f"the sweep keeps no table '{table}'",
            file=sweep.folder,
            key="table",
            expected=", ".join(sweep.store.tables),
            suggestion=did_you_mean(table, sweep.store.tables) or "set 'detail' or 'end_by' in the study to keep more",
        )


def _files(sweep: Sweep, table: str) -> list[Path]:
    _check_table(sweep, table)
    files = sweep.store.files(table)
    if sweep.accept_altered:
        files = list(readable(files))
    if not files:
        raise InputError(
            "no runs are stored yet",
            file=sweep.folder,
            expected="at least one finished chunk",
            suggestion=f"run it: diffusion sweep run {sweep.folder}",
        )
    return files


@dataclass(frozen=True)
class Status:
    """How far a sweep is."""

    runs: int
    done: int
    failed: int
    chunks: int
    chunks_done: int
    damaged: tuple[str, ...]
    bytes: int
    sessions: tuple[SessionRecord, ...]
    #: what is not as it was written, the damaged files among it, a phrase each
    altered: tuple[str, ...] = ()
    #: runs that are stored and in no session's record: a session is running, or was killed
    unrecorded: int = 0

    @property
    def complete(self) -> bool:
        return self.done == self.runs


def status(sweep: Sweep, verify: bool = False) -> Status:
    """Return the state of a sweep; with ``verify`` every file is read and compared with its checksum."""
    import pyarrow as pa

    scan = sweep.store.scan(verify)
    failed = 0
    if not scan.damaged:
        try:
            failed = _count_failed(sweep)
        except (OSError, InputError, pa.ArrowException):  # a file is not what it was: say which
            scan = sweep.store.scan(verify=True)
    done = sum(len(sweep.layout.runs_of(chunk)) for chunk in scan.done)
    files = [path for table in sweep.store.tables for path in sweep.store.files(table)]
    sessions, problems = sessions_of(sweep)
    recorded = {chunk for session in sessions for chunk in session["chunks"]}
    return Status(
        sweep.layout.runs,
        done,
        failed,
        sweep.layout.chunks,
        len(scan.done),
        tuple(path.relative_to(sweep.folder).as_posix() for path in scan.damaged),
        sum(path.stat().st_size for path in files),
        tuple(sessions),
        (*sweep.altered, *problems, *stored_problems(sweep, scan)),
        sum(len(sweep.layout.runs_of(chunk)) for chunk in scan.done - recorded),
    )


def _count_failed(sweep: Sweep) -> int:
    if not sweep.store.files():
        return 0
    import pyarrow.compute as pc

    return int(dataset(sweep).count_rows(filter=pc.field("status") == FAILED, use_threads=threads()))


def chunks_with_failures(sweep: Sweep) -> set[int]:
    """Return the chunks in which a run failed; files that cannot be read are left out."""
    import pyarrow.compute as pc

    found = set()
    for path in sweep.store.files():
        try:
            column = read_parquet(path, ["status"]).column("status")
        except InputError:
            continue
        if pc.any(pc.equal(column, FAILED)).as_py():
            found.add(chunk_of(path))
    return found


def failures(sweep: Sweep, most: int = 20) -> list[dict[str, Any]]:
    """Return the first failed runs as mappings of run, scenario, draw, replicate, stage, error and traceback."""
    columns = "run, scenario, draw, replicate, stage, error, traceback"
    check_stored(sweep)
    with _stored(sweep):
        relation = rows_of(sweep).filter(f"status = '{FAILED}'").project(columns).order("run").limit(most)
        return _fetched(sweep, relation)


def summary(sweep: Sweep, outcomes: Sequence[str], by: Sequence[str] = ("scenario",)) -> list[dict[str, Any]]:
    """Return, per group of ``by`` and outcome, runs, mean, standard deviation and quantiles, computed over the files.

    ``runs`` are those with a value, of ``stored`` that came to their end; figures of none are None.

    Raises InputError for a column that the sweep does not have.
    """
    known = schema_of(sweep, "runs").names
    for name in (*outcomes, *by):
        if name not in known:
            raise InputError(
                f"the sweep has no column '{name}'",
                file=sweep.folder,
                key=name,
                expected="a factor or an outcome",
                suggestion=did_you_mean(name, known) or f"for example {sweep.design.study.outcomes[0]}",
            )
    check_stored(sweep)
    groups = ", ".join(_quoted(name) for name in by)
    rows: list[dict[str, Any]] = []
    for name in outcomes:
        value = _value(name)
        figures = (
            f"{groups}, count({value}) AS runs, count(*) AS stored, avg({value}) AS mean, stddev_samp({value}) AS sd, "
            f"quantile_cont({value}, 0.025) AS q025, median({value}) AS q50, quantile_cont({value}, 0.975) AS q975"
        )
        with _stored(sweep):
            found = rows_of(sweep).filter(f"status = '{OK}'").aggregate(figures, groups)
            rows += [{"outcome": name, **row} for row in _fetched(sweep, found.order(groups))]
    return rows


def runs_with_value(sweep: Sweep) -> dict[str, tuple[int, int]]:
    """Return own outcome -> (runs with a value, runs that came to their end), of those that some runs do not have."""
    names = list(sweep.design.own_outcomes)
    if not names or not sweep.store.files():
        return {}
    counts = ", ".join(["count(*)", *(f"count({_value(name)})" for name in names)])
    with _stored(sweep):
        ((stored, *having),) = rows_of(sweep).filter(f"status = '{OK}'").aggregate(counts).fetchall()
    return {name: (int(runs), int(stored)) for name, runs in zip(names, having) if runs < stored}


def _value(name: str) -> str:
    """Return the SQL of an outcome's value, NULL where a run has none.

    Not by isnan: DuckDB trusts the least and greatest value in a file's statistics, which leave NaN out, and takes it
    for never true.
    """
    column = _quoted(name)
    return f"CASE WHEN isfinite({column}) THEN {column} END"


def _fetched(sweep: Sweep, relation: duckdb.DuckDBPyRelation) -> list[dict[str, Any]]:
    """Return the rows of a lazy table; raises InputError that names the files that cannot be read."""
    import duckdb

    try:
        return [dict(zip(relation.columns, row)) for row in relation.fetchall()]
    except duckdb.Error as error:
        damaged = [path.relative_to(sweep.folder).as_posix() for path in sweep.store.scan().damaged]
        raise InputError(
            f"files are damaged: {', '.join(damaged)}" if damaged else f"cannot be read: {error}",
            file=sweep.folder,
            expected="the files as they were written",
            suggestion=f"mend it: diffusion sweep run {sweep.folder}",
        ) from None


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def stored_row(sweep: Sweep, run: int) -> pa.Table | None:
    """Return the stored row of a run as a table of one row, or None if its chunk is not done.

    Raises InputError where its file is not as it was written.
    """
    import pyarrow.compute as pc

    path = check_chunk(sweep, run)
    if path is None:
        return None
    table = read_parquet(path)
    row = table.filter(pc.equal(table.column("run"), run)) if "run" in table.column_names else table.slice(0, 0)
    if row.num_rows != 1:
        raise InputError(
            f"run {run} is not in the file of its chunk",
            file=path,
            expected="the file as it was written",
            suggestion=f"mend it: diffusion sweep run {sweep.folder}",
        )
    return row


def batches(sweep: Sweep, table: str) -> Iterator[pa.Table]:
    """Yield a table in the order of runs, in pieces of about equal size that depend on its content alone."""
    import pyarrow as pa

    held: list[pa.Table] = []
    for path in _files(sweep, table):
        held.append(read_parquet(path))
        if sum(part.num_rows for part in held) >= _ROWS_AT_ONCE:
            yield pa.concat_tables(held).combine_chunks()
            held = []
    if held:
        yield pa.concat_tables(held).combine_chunks()


def export(sweep: Sweep, path: Path, table: str = "runs", force: bool = False) -> int:
    """Write a whole table as one Parquet or CSV file, in the order of runs; return its rows.

    Equal sweeps give equal bytes. Raises InputError for another kind of file, an unwritable place, a file of the sweep
    itself, and, unless ``force``, a file that exists.
    """
    import pyarrow.csv as pacsv
    import pyarrow.parquet as pq

    from diffusion.storage.table_files import csv_ready, parquet_options

    if path.suffix not in (".parquet", ".csv"):
        raise InputError(
            f"'{path.suffix or path.name}' is not a kind of file that is written",
            file=path,
            key="--to",
            expected="a name that ends with .parquet or .csv",
            suggestion=f"for example {table}.parquet",
        )
    check_stored(sweep)
    if path.exists() and path.resolve().is_relative_to(sweep.folder.resolve()):
        raise InputError(
            "the file exists, in the folder of the sweep",
            file=path,
            key="--to",
            expected="a file elsewhere",
            suggestion=f"for example --to {table}{path.suffix}",
        )
    if is_link(path) or (path.exists() and not (force and path.is_file())):
        raise InputError(
            "this is a link, or not a file" if is_link(path) or not path.is_file() else "the file exists",
            file=path,
            key="--to",
            expected="a new name",
            suggestion="choose another",
        )
    _check_table(sweep, table)
    schema = schema_of(sweep, table)
    rows = 0
    try:
        with drafted(path) as draft:
            if path.suffix == ".csv":
                options = pacsv.WriteOptions(quoting_style="needed")
                first = csv_ready(schema.empty_table()).schema
                # a stream of ours is surely closed at the end: what is open cannot be renamed on Windows
                with draft.open("wb") as stream, pacsv.CSVWriter(stream, first, write_options=options) as writer:
                    for part in batches(sweep, table):
                        writer.write_table(csv_ready(part))
                        rows += part.num_rows
            else:
                with draft.open("wb") as stream, pq.ParquetWriter(stream, schema, **parquet_options(schema)) as writer:
                    for part in batches(sweep, table):
                        writer.write_table(part, row_group_size=len(part))
                        rows += part.num_rows
    except OSError as error:
        raise InputError(
            f"cannot be written: {error.strerror or error}",
            file=path,
            key="--to",
            expected="a folder of your own",
            suggestion="choose another place",
        ) from None
    return rows
