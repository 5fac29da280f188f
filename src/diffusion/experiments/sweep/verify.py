"""A sweep's files are what was written: looked at before anything is read from them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, cast

from diffusion.errors import InputError
from diffusion.experiments.sweep.chunk_files import Scan, chunk_of
from diffusion.storage.finished import altered_error
from diffusion.storage.sealed import read_sealed

if TYPE_CHECKING:
    from diffusion.experiments.sweep.folder import SessionRecord, Sweep


def check_stored(sweep: Sweep) -> list[str]:
    """Return what of a sweep is not as it was written, a phrase each; every file is read once.

    Raises
    ------
    InputError
        Anything is, and that was not accepted when the sweep was opened.
    """
    key = _state(sweep)
    if key not in _looked_at:
        _, problems = sessions_of(sweep)
        _looked_at[key] = [*problems, *stored_problems(sweep, sweep.store.scan())]
    found = [*sweep.altered, *_looked_at[key]]
    if found and not sweep.accept_altered:
        raise _mendable(sweep, altered_error(sweep.folder, found))
    return found


#: what was found, by the state of all files: each is read once by a process
_looked_at: dict[tuple[object, ...], list[str]] = {}


def _state(sweep: Sweep) -> tuple[object, ...]:
    """Return what tells whether any file was touched: names, sizes and times."""
    paths = [path for table in sweep.store.tables for path in sweep.store.files(table)]
    found: list[object] = [str(sweep.folder.resolve()), sweep.store.sweep]
    for path in (*paths, *sorted((sweep.folder / "sessions").glob("[0-9]*.json"))):
        with suppress(OSError):  # gone, a link to itself, in a folder that may not be entered: told where it is read
            state = path.stat()
            found.append((str(path), state.st_size, state.st_mtime_ns, state.st_ctime_ns, state.st_ino))
    return tuple(found)


def stored_problems(sweep: Sweep, scan: Scan) -> list[str]:
    """Return what is damaged, missing or twice among the files of the tables, a phrase each."""
    found = [f"{path.relative_to(sweep.folder).as_posix()} is damaged or was altered" for path in scan.damaged]
    found += [f"chunk {chunk} is there twice" for chunk in scan.twice]
    present = {table: {chunk_of(path) for path in sweep.store.files(table)} for table in sweep.store.tables}
    expected = {chunk for session in sessions_of(sweep)[0] for chunk in session["chunks"]} | present["runs"]
    for table, chunks in present.items():
        found += [f"{table}/{chunk:07d}-*.parquet is missing" for chunk in sorted(expected - chunks)]
        found += [f"{table}/{chunk:07d}-*.parquet is of no run" for chunk in chunks if chunk >= sweep.layout.chunks]
    return found


def check_chunk(sweep: Sweep, run: int) -> Path | None:
    """Return the file with the row of a run, None where its chunk is not done; raises InputError as check_stored."""
    chunk = sweep.layout.chunk_of(run)
    paths = [path for path in sweep.store.files() if chunk_of(path) == chunk]
    found = list(sweep.altered)
    found += [f"runs/{path.name} is damaged or was altered" for path in paths if not sweep.store.is_sound(path)]
    if len(paths) > 1:
        found.append(f"chunk {chunk} is there twice")
    if not paths and any(chunk in session["chunks"] for session in sessions_of(sweep)[0]):
        found.append(f"runs/{chunk:07d}-*.parquet is missing")
    if found and not sweep.accept_altered:
        raise _mendable(sweep, altered_error(sweep.folder, found))
    return paths[0] if paths else None


def sessions_of(sweep: Sweep) -> tuple[list[SessionRecord], list[str]]:
    """Return the records of sessions that can be read, and what is wrong with others, a phrase each."""
    sessions: list[SessionRecord] = []
    problems: list[str] = []
    for path in sorted((sweep.folder / "sessions").glob("[0-9]*.json")):
        name = f"sessions/{path.name}"
        try:
            record, problem = read_sealed(path, "the record of a session")
        except (InputError, FileNotFoundError) as error:
            problems.append(f"{name}: {error.message if isinstance(error, InputError) else 'it is gone'}")
            continue
        if problem or record.get("sweep") != sweep.store.sweep:
            problems.append(f"{name} {problem or 'is of another sweep'}")
        if _complete(record) and (problem or record.get("sweep") == sweep.store.sweep):
            sessions.append(cast("SessionRecord", record))
    return sessions, problems


def set_aside(sweep: Sweep) -> list[str]:
    """Rename records of sessions that are damaged, so that they stand in no command's way; return which."""
    found = []
    for path in sorted((sweep.folder / "sessions").glob("[0-9]*.json")):
        try:
            record, problem = read_sealed(path, "the record of a session")
            sound = not problem and record.get("sweep") == sweep.store.sweep
        except (InputError, FileNotFoundError):
            sound = False
        if not sound:
            with suppress(OSError):
                path.rename(path.with_name(f"damaged-{path.name}"))
                found.append(f"sessions/{path.name}")
    return found


def _complete(record: dict[str, object]) -> bool:
    chunks = record.get("chunks")
    return (
        isinstance(chunks, list)
        and all(isinstance(chunk, int) for chunk in chunks)
        and all(isinstance(record.get(key), int | float) for key in ("runs", "failed", "seconds"))
    )


def readable(paths: list[Path]) -> Iterator[Path]:
    """Yield the files that are tables still; the others are gone without a copy."""
    from diffusion.storage.table_files import read_parquet

    for path in paths:
        try:
            read_parquet(path)
        except InputError:
            continue
        yield path


def _mendable(sweep: Sweep, error: InputError) -> InputError:
    """Say how a sweep is mended: what is damaged or missing among its tables is run again."""
    if sweep.altered:
        return error
    return error.at(
        suggestion=f"'diffusion sweep run {sweep.folder}' runs what is damaged or missing again; --accept-altered goes "
        "on with what can be read"
    )
