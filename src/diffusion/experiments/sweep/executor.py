"""Who runs the chunks of a sweep: this process on threads, or Dask workers, here or behind any address."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Protocol

from filelock import FileLock

from diffusion.experiments.running.runner import available_cpus
from diffusion.experiments.sweep.chunks import ChunkFiles, Job, run_chunk

if TYPE_CHECKING:
    from diffusion.experiments.study.design import Design

#: A chunk with its files, or with what kept it from being run.
Done = tuple[int, ChunkFiles | Exception]


class Executor(Protocol):
    """Runs chunks; takes the next one from ``chunks`` only when there is somebody to run it."""

    @property
    def name(self) -> str:
        """How it is called in manifests and messages."""

    def run(self, job: Job, chunks: Iterator[int]) -> Generator[Done, None, None]:
        """Yield chunks as they are finished, in any order."""


@dataclass(frozen=True)
class ThisProcess:
    """Blocks of replicates on threads of this process; scenarios with Python agents use one."""

    threads: int | None = None

    @property
    def name(self) -> str:
        return "this process"

    def run(self, job: Job, chunks: Iterator[int]) -> Generator[Done, None, None]:
        threads = 1 if uses_agents(job.design) else self.threads or available_cpus()
        if threads == 1:
            for chunk in chunks:
                yield chunk, _attempt(job, chunk, lambda: False)
            return
        stopping = threading.Event()
        pool = ThreadPoolExecutor(threads)
        waiting: dict[Future[ChunkFiles | Exception], int] = {}

        def more(number: int) -> None:
            for chunk in islice(chunks, number):
                waiting[pool.submit(_attempt, job, chunk, stopping.is_set)] = chunk

        try:
            more(2 * threads)
            while waiting:
                done, _ = wait(waiting, return_when=FIRST_COMPLETED)
                for future in done:
                    yield waiting.pop(future), future.result()
                more(len(done))
        finally:
            stopping.set()
            pool.shutdown(cancel_futures=True)


def uses_agents(design: Design) -> bool:
    """Tell whether any scenario has Python agents: they are not meant for several threads."""
    keys = [key for name in design.factors for key in design.study.keys_of(name)]
    return any(data.get("agents") for data in design.resolved) or any(key.startswith("agents") for key in keys)


def _attempt(job: Job, chunk: int, stop: Callable[[], bool]) -> ChunkFiles | Exception:
    try:
        return run_chunk(job, chunk, stop)
    except Exception as error:
        return error


def compile_once() -> None:
    """Compile the kernels unless that was done; processes of one machine wait for each other instead of all compiling.

    Where the cache is shared by machines whose file system knows no locks, each compiles for itself.
    """
    from diffusion.engine.kernels.jit import JIT
    from diffusion.engine.kernels.kernel_cache import compiled_marker
    from diffusion.experiments.running.compiling import warm_up

    marker = compiled_marker()
    if not JIT or marker.exists():
        return
    try:
        marker.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(marker.parent / "compiling")
        lock.acquire()
    except (OSError, NotImplementedError):
        warm_up()
        return
    try:
        warm_up()
    finally:
        lock.release()


def default_jobs() -> int:
    """Return how many workers to use: what the batch system gave this task, else all processors."""
    given = os.environ.get("SLURM_CPUS_PER_TASK", "")
    return int(given) if given.isdigit() and int(given) > 0 else available_cpus()
