"""Running what is left of a sweep: the loop from its frozen design to a full store.

What is done is never run again; a sweep that was stopped, at whatever moment, goes on when it is run again.
"""

from __future__ import annotations

import shlex
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from uuid import uuid4

from diffusion.errors import InputError
from diffusion.experiments.sweep.chunk_files import Store, StoreError, chunk_of
from diffusion.experiments.sweep.chunks import ChunkFiles, Stopped
from diffusion.experiments.sweep.executor import Executor, ThisProcess, compile_once
from diffusion.experiments.sweep.folder import SessionRecord, Sweep, check_own_code, code_here, now
from diffusion.experiments.sweep.read import chunks_with_failures
from diffusion.experiments.sweep.verify import set_aside
from diffusion.storage.manifest import dependency_versions, machine
from diffusion.storage.sealed import sealed
from diffusion.storage.whole_files import told, write_whole

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
    chunks: list[int] = field(default_factory=list)
    seconds: float = 0.0


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
    check_own_code(sweep, f"diffusion sweep run {shlex.quote(str(sweep.folder))}")
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
        session.chunks.append(chunk)
        session.runs += done.runs
        session.failed += done.failed
    elif isinstance(done, InputError | MemoryError | Stopped):
        raise done
    else:
        session.lost[chunk] = f"{type(done).__name__}: {done}"
    store.release(chunk)


def _todo(sweep: Sweep, wanted: range, retry_failed: bool, session: Session, tell: Callable[[str], None]) -> list[int]:
    """Return the chunks to run; damaged files are named, chunks with failed runs removed if they are to be retried."""
    for name in set_aside(sweep):
        tell(f"{name} is damaged; it is set aside, what it told of is still there")
    scan = sweep.store.scan()
    for path in scan.damaged:
        name = path.relative_to(sweep.folder).as_posix()
        session.damaged.append(name)
        tell(f"{name} is damaged; its runs are run again")
    for chunk in scan.twice:
        tell(f"chunk {chunk} has two different results: it was run by different code; it is run again")
    done = scan.done - set(scan.twice)
    if retry_failed:
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
    record: SessionRecord = {
        "finished": now(),
        "runs": session.runs,
        "failed": session.failed,
        "seconds": round(session.seconds, 2),
        "executor": executor.name,
        "share": list(share),
        "machine": machine(),
        "dependencies": dependency_versions(),
        "code": code_here(),
        "damaged": session.damaged,
        "lost": {str(chunk): reason for chunk, reason in session.lost.items()},
        "chunks": sorted(session.chunks),
        "sweep": sweep.store.sweep,
    }
    with suppress(OSError):
        (sweep.folder / "sessions").mkdir(exist_ok=True)
        write_whole(
            sweep.folder / "sessions" / f"{record['finished']}-{uuid4().hex[:6]}.json".replace(":", ""), sealed(record)
        )
