"""A sweep: a frozen design, a store that is filled chunk by chunk, and the loop from one to the other.

What is done is never run again; a sweep that was stopped, at whatever moment, goes on when it is run again.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from diffusion.errors import InputError
from diffusion.experiments.study.design import Design, difference, freeze, thaw
from diffusion.experiments.study.design_files import DESIGN_NAME
from diffusion.experiments.sweep.chunk_files import Store, StoreError, chunk_of, told, write_whole
from diffusion.experiments.sweep.chunks import ChunkFiles, Job, Stopped
from diffusion.experiments.sweep.code_hash import code_hash
from diffusion.experiments.sweep.executor import Executor, ThisProcess, compile_once
from diffusion.experiments.sweep.layout import Layout, layout_of
from diffusion.experiments.sweep.rows import DETAIL_ROWS, KEYS, STATUS
from diffusion.storage.manifest import dependency_versions, machine, package_version, source_state

SWEEP_NAME = "sweep.json"
#: what is there before ``design.json`` is
FROZEN_NAMES = ("study.yaml", "design.parquet", "shares.parquet", "scenarios")
FORMAT = 1
#: how often to look whether another process has finished its chunks
_POLL_SECONDS = 1.0


@dataclass(frozen=True)
class Progress:
    """How far a sweep is: runs in all, done before and in this session, failed in this session, seconds so far."""

    total: int
    before: int
    done: int
    failed: int
    seconds: float

    @property
    def per_second(self) -> float:
        return self.done / self.seconds if self.seconds > 0 else 0.0

    @property
    def seconds_left(self) -> float | None:
        """Seconds left at this rate; None while nothing is known of it."""
        return (self.total - self.before - self.done) / self.per_second if self.done else None


@dataclass
class Session:
    """What one call of :func:`run_sweep` did; also kept as a file in the folder ``sessions``."""

    runs: int = 0
    failed: int = 0
    #: chunks that no worker could finish, with the reason
    lost: dict[int, str] = field(default_factory=dict)
    damaged: list[str] = field(default_factory=list)
    seconds: float = 0.0


@dataclass(frozen=True)
class Sweep:
    """A sweep on disk: its folder, frozen design, layout, store, and what is written in ``sweep.json``."""

    folder: Path
    design: Design
    layout: Layout
    store: Store
    manifest: dict[str, Any]

    @property
    def job(self) -> Job:
        return Job(self.design, self.layout)


def prepare(design: Design, folder: Path, chunk_runs: int | None = None) -> Sweep:
    """Freeze ``design`` into ``folder``, or open the sweep that stands there if it is of the same design.

    ``chunk_runs`` sets the runs of a chunk for a new sweep.

    Raises
    ------
    InputError
        A folder that cannot be written or holds other things, or a sweep of another design: with what differs.
    """
    try:
        if (folder / DESIGN_NAME).exists():
            frozen = thaw(folder)
            if frozen.hash != design.hash:
                changes = difference(frozen, design) or ["its content"]
                raise InputError(
                    "the study was changed since this sweep was begun: " + "; ".join(changes),
                    file=folder,
                    key="study",
                    expected="the study as it was",
                    suggestion="undo the change, or choose another folder with --out",
                )
        else:
            if folder.exists() and (not folder.is_dir() or not _only_begun(folder)):
                raise InputError(
                    "holds other files, which are never touched" if folder.is_dir() else "is a file",
                    file=folder,
                    key="--out",
                    expected="a new or empty folder, or that of a sweep",
                    suggestion="choose another folder",
                )
            folder.mkdir(parents=True, exist_ok=True)
            freeze(design, folder)
        if not (folder / SWEEP_NAME).exists():
            _begin(folder, thaw(folder), chunk_runs)
        if not os.access(folder, os.W_OK | os.X_OK):
            raise PermissionError(13, "the folder cannot be written")
    except OSError as error:
        raise InputError(
            told(error, folder),
            key="--out",
            expected="a folder of your own on a disk with space",
            suggestion="for example --out results/first",
        ) from None
    return open_sweep(folder)


def _only_begun(folder: Path) -> bool:
    """Tell whether a folder holds nothing, or what a process that died while it froze a design may have left."""
    return all(path.name in FROZEN_NAMES or path.name.startswith(".") for path in folder.iterdir())


def _begin(folder: Path, design: Design, chunk_runs: int | None) -> None:
    """Write ``sweep.json``: it makes a frozen design a sweep. Of two processes that begin, one wins."""
    taken = set(KEYS) | set(STATUS) | set(design.study.outcomes)
    for name in design.factors:
        if name in taken:
            raise InputError(
                f"the factor '{name}' has the name of a column",
                key=f"factors.{name}",
                expected="another name",
                suggestion=f"call it my-{name} and give its keys",
            )
    layout = Layout(design.runs, chunk_runs) if chunk_runs else layout_of(design)
    manifest = {
        "format": FORMAT, "study": design.study.name, "title": design.study.title, "hash": design.hash,
        "runs": design.runs, "scenarios": list(design.scenarios), "draws": design.n_draws,
        "replicates": design.replicates, "seed": design.seed, "factors": list(design.factors),
        "outcomes": list(design.study.outcomes), "detail": design.study.detail, "runs_per_chunk": layout.size,
        "code": {"version": package_version(), "sha256": code_hash(), "git": source_state()},
        "dependencies": dependency_versions(), "machine": machine(), "begun": _now(),
    }  # fmt: skip
    write_whole(folder / SWEEP_NAME, _json(manifest))


def open_sweep(folder: Path | str) -> Sweep:
    """Return the sweep in ``folder``; raises InputError if there is none or its design was tampered with."""
    folder = Path(folder)
    path = folder / SWEEP_NAME
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
        layout = Layout(int(manifest["runs"]), int(manifest["runs_per_chunk"]))
    except FileNotFoundError:
        raise InputError(
            "there is no sweep",
            file=folder,
            expected=f"a folder with {SWEEP_NAME}",
            suggestion="'diffusion sweep run STUDY --out FOLDER' makes one",
        ) from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"cannot be read: {error}", file=path, expected="the file as it was written") from None
    design = thaw(folder)
    if design.hash != manifest.get("hash") or design.runs != layout.runs:
        raise InputError(
            "belongs to another design than the one beside it",
            file=path,
            expected="the files of one sweep",
            suggestion="restore the folder, or begin in another",
        )
    tables = (*(name for name, rows in DETAIL_ROWS.items() if design.study.keeps(rows.level)), "runs")
    return Sweep(folder, design, layout, Store(folder, tables), manifest)


def check_code(sweep: Sweep, accept: bool = False) -> None:
    """Raise InputError if the sweep was begun by other code than this, unless that is accepted."""
    begun = sweep.manifest["code"]
    if begun["sha256"] == code_hash() or accept:
        return
    raise InputError(
        f"the package was changed since this sweep was begun (version {begun['version']}, now {package_version()}): "
        "its runs would not be comparable",
        file=sweep.folder,
        key="code",
        expected="the code it was begun with",
        suggestion="install that version, choose another folder, or add --accept-other-code",
    )


def run_sweep(
    sweep: Sweep,
    executor: Executor | None = None,
    *,
    share: tuple[int, int] = (1, 1),
    retry_failed: bool = False,
    progress: Callable[[Progress], None] = lambda progress: None,
    tell: Callable[[str], None] = lambda text: None,
) -> Session:
    """Run whatever is not done yet of a sweep, or of share (i, n) of it, and store it.

    Parameters
    ----------
    executor: who runs; default: threads of this process
    retry_failed: run chunks with failed runs again
    progress: called after every chunk
    tell: called with what a user should know, such as a damaged file

    Raises
    ------
    StoreError
        The store cannot be written any more, or the workers are gone; what is stored stays, and the sweep can go on.
    """
    executor = executor or ThisProcess()
    session = Session()
    wanted = sweep.layout.share(*share)
    todo = _todo(sweep, wanted, retry_failed, session, tell)
    total = sum(len(sweep.layout.runs_of(chunk)) for chunk in wanted)
    before = total - sum(len(sweep.layout.runs_of(chunk)) for chunk in todo)
    began = time.monotonic()

    def report() -> None:
        session.seconds = time.monotonic() - began
        progress(Progress(total, before, session.runs, session.failed, session.seconds))

    report()
    if not todo:
        return session
    compile_once()
    began = time.monotonic()
    try:
        while todo:
            elsewhere: list[int] = []
            with closing(executor.run(sweep.job, _claimed(sweep.store, todo, elsewhere))) as finished:
                for chunk, done in finished:
                    _take(sweep.store, session, chunk, done)
                    report()
            todo = _still_to_do(sweep.store, elsewhere, tell)
    except OSError as error:
        raise StoreError(told(error, sweep.folder)) from error
    finally:
        sweep.store.close()
        report()
        if session.runs:
            _keep_session(sweep, session, executor, share)
    sweep.store.tidy()
    return session


def _take(store: Store, session: Session, chunk: int, done: ChunkFiles | Exception) -> None:
    """Store a chunk, or note why there is none; what is no single chunk's fault is raised."""
    if isinstance(done, ChunkFiles):
        store.put(chunk, done.files)
        session.runs += done.runs
        session.failed += done.failed
    elif isinstance(done, InputError | MemoryError | Stopped):
        raise done
    else:
        session.lost[chunk] = f"{type(done).__name__}: {done}"
    store.release(chunk)


def _todo(sweep: Sweep, wanted: range, retry_failed: bool, session: Session, tell: Callable[[str], None]) -> list[int]:
    """Return the chunks to run; damaged files are named, chunks with failed runs removed if they are to be retried."""
    scan = sweep.store.scan()
    for path in scan.damaged:
        name = path.relative_to(sweep.folder).as_posix()
        session.damaged.append(name)
        tell(f"{name} is damaged; its runs are run again")
    for chunk in scan.twice:
        tell(f"chunk {chunk} has two different results: it was run by different code; it is run again")
    done = scan.done - set(scan.twice)
    if retry_failed:
        from diffusion.experiments.sweep.read import chunks_with_failures

        failed = chunks_with_failures(sweep) & set(wanted)
        for chunk in failed & done:
            sweep.store.remove(chunk)
        done -= failed
    for chunk in {chunk_of(path) for path in scan.damaged} | set(scan.twice):
        # by its name it would count as done; but another process may be mending it just now
        if sweep.store.claim(chunk):
            sweep.store.remove_unsound(chunk)
            sweep.store.release(chunk)
    return [chunk for chunk in wanted if chunk not in done]


def _claimed(store: Store, todo: list[int], elsewhere: list[int]) -> Iterator[int]:
    """Yield the chunks that this process may run; those that another has go to ``elsewhere``."""
    for chunk in todo:
        if not store.claim(chunk):
            elsewhere.append(chunk)
        elif store.has(chunk):  # another process has finished it meanwhile
            store.release(chunk)
        else:
            yield chunk


def _still_to_do(store: Store, elsewhere: list[int], tell: Callable[[str], None]) -> list[int]:
    """Wait for chunks that other processes have; return those that they gave up."""
    if elsewhere:
        tell(f"{len(elsewhere)} chunks are being run by another process; waiting for them")
    while elsewhere:
        elsewhere = [chunk for chunk in elsewhere if not store.has(chunk)]
        for chunk in elsewhere:
            if store.claim(chunk):
                store.release(chunk)
                return elsewhere
        if elsewhere:
            time.sleep(_POLL_SECONDS)
    return []


def _keep_session(sweep: Sweep, session: Session, executor: Executor, share: tuple[int, int]) -> None:
    """Note who ran what; a disk that is full has been reported by then."""
    record = {
        "finished": _now(),
        "runs": session.runs,
        "failed": session.failed,
        "seconds": round(session.seconds, 2),
        "executor": executor.name,
        "share": list(share),
        "machine": machine(),
        "dependencies": dependency_versions(),
        "code": {"version": package_version(), "sha256": code_hash(), "git": source_state()},
        "damaged": session.damaged,
        "lost": {str(chunk): reason for chunk, reason in session.lost.items()},
    }
    with suppress(OSError):
        (sweep.folder / "sessions").mkdir(exist_ok=True)
        write_whole(
            sweep.folder / "sessions" / f"{record['finished']}-{uuid4().hex[:6]}.json".replace(":", ""), _json(record)
        )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _json(data: dict[str, Any]) -> bytes:
    return (json.dumps(data, indent=1, ensure_ascii=False, default=str) + "\n").encode()
