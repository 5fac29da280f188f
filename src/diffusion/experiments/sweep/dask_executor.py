"""Chunks on Dask workers: processes of this machine, or whatever stands behind a scheduler's address."""

from __future__ import annotations

import asyncio
import logging
import pickle
from collections.abc import Generator, Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager
from dataclasses import dataclass
from typing import cast
from uuid import uuid4

from distributed import Client, Future, LocalCluster, Scheduler, WorkerPlugin, as_completed, get_worker
from distributed.security import Security

from diffusion.errors import InputError
from diffusion.experiments.sweep.chunk_files import StoreError
from diffusion.experiments.sweep.chunks import ChunkFiles, Job, run_chunk
from diffusion.experiments.sweep.code_hash import code_hash
from diffusion.experiments.sweep.executor import Done, compile_once
from diffusion.experiments.sweep.folder import check_same_code
from diffusion.experiments.sweep.unguarded import guarded, leave_while_starting
from diffusion.processes import deaf_children
from diffusion.safe_path import pass_over_settings, safe_children

#: loaded by the worker processes of this machine when they start
PRELOAD = "diffusion.experiments.sweep.dask_worker"
#: a chunk whose worker has died so often is left out: it may be what kills them
DEATHS_ALLOWED = 10
#: how often to try to start the workers of this machine
_STARTS = 3


class SweepOnWorker(WorkerPlugin):
    """Gives every worker, also one that joins later, the sweep once; a task is then the number of a chunk."""

    def __init__(self, token: str, job: bytes, modules: tuple[str, ...], code: str) -> None:
        self.name = token
        self.packed = job
        self.modules = modules
        self.code = code
        self.job: Job | None = None

    def ready(self) -> Job:
        """Return the sweep, unpacked on first use; raises InputError if this worker runs other code."""
        if self.job is None:
            if code_hash() != self.code:
                raise InputError(
                    "a worker has another version of this package than the process that started the sweep",
                    key="--scheduler",
                    expected="the same code on all machines",
                    suggestion="install the same version on the workers and start them again",
                )
            from diffusion.scenario.plugins import use_python_modules

            pass_over_settings()
            use_python_modules(self.modules)
            compile_once()
            job: Job = pickle.loads(self.packed)
            check_same_code(job.design)
            self.job = job
        return self.job


def on_worker(token: str, chunk: int) -> ChunkFiles | Exception:
    """Run a chunk of the sweep that the plugin ``token`` holds."""
    try:
        return run_chunk(cast(SweepOnWorker, get_worker().plugins[token]).ready(), chunk)
    except Exception as error:
        return error


@dataclass(frozen=True)
class Dask:
    """Dask workers: ``workers`` processes of this machine, or those of the scheduler at ``address``."""

    workers: int = 1
    address: str | None = None

    @property
    def name(self) -> str:
        return f"Dask at {self.address}" if self.address else "Dask, local processes"

    def run(self, job: Job, chunks: Iterator[int]) -> Generator[Done, None, None]:
        """Yield chunks as they are finished; raises StoreError where the scheduler is lost."""
        from diffusion.scenario.plugins import python_modules

        if self.address is None:
            leave_while_starting()
        token = f"diffusion-{uuid4().hex[:12]}"
        modules = python_modules()
        with self._client() as client:
            plugin = SweepOnWorker(token, pickle.dumps(job), modules, code_hash())
            try:
                client.register_plugin(plugin)
                yield from _submit(client, token, chunks)
            except (
                OSError,
                CancelledError,
                asyncio.CancelledError,
            ) as error:  # a call to a scheduler that is no longer there
                raise StoreError("the Dask scheduler is gone") from error
            finally:
                _forget(client, token)

    @contextmanager
    def _client(self) -> Iterator[Client]:
        import dask

        quiet = {
            "distributed.scheduler.allowed-failures": DEATHS_ALLOWED,
            "distributed.comm.timeouts.connect": "20s",
            # a chunk is memory-bound by construction; a worker that is paused or killed for memory helps nobody
            "distributed.worker.memory.target": False,
            "distributed.worker.memory.spill": False,
            "distributed.worker.memory.pause": False,
            "distributed.worker.memory.terminate": False,
            # pages for browsers, until they are switched off
            "distributed.scheduler.http.routes": [],
            "distributed.worker.http.routes": [],
            "distributed.admin.large-graph-warning-threshold": "1GiB",
        }
        logging.getLogger("distributed").setLevel(logging.CRITICAL)
        with dask.config.set(quiet):
            if self.address is not None:
                try:
                    client = Client(self.address, timeout="20s", set_as_default=False)
                except (OSError, ValueError) as error:
                    raise InputError(
                        f"no Dask scheduler answers at '{self.address}': {error}",
                        key="--scheduler",
                        expected="the address of a running scheduler",
                        suggestion="for example tcp://127.0.0.1:8786",
                    ) from None
                with client:
                    yield client
                return
            with (
                safe_children(),
                _local_cluster(self.workers) as cluster,
                Client(cluster, set_as_default=False) as client,
            ):
                yield client


def _local_cluster(workers: int) -> LocalCluster:
    """Start worker processes; a worker that dies while it starts is no reason to give up at once.

    Scheduler and workers take work from whoever connects, so all that listens asks for a certificate that only this
    process and its workers have; what shows pages to browsers is switched off.
    """
    security = _certificates()
    for attempt in range(1, _STARTS + 1):
        try:
            with deaf_children(), guarded():
                cluster = LocalCluster(
                    n_workers=workers,
                    threads_per_worker=1,
                    processes=True,
                    dashboard_address="127.0.0.1:0",
                    scheduler_kwargs={"dashboard": False},
                    memory_limit=0,
                    host="127.0.0.1",
                    protocol="tls://",
                    security=security,
                    silence_logs=logging.CRITICAL,
                    preload=PRELOAD,
                )
            cluster.sync(_without_pages, cluster.scheduler)
            return cluster
        except (RuntimeError, OSError) as error:
            if attempt == _STARTS:
                raise StoreError(f"the worker processes could not be started ({error})") from error
    raise AssertionError("unreachable")


def _certificates() -> Security:
    """Return a key and a certificate, made for this sweep, that both sides of a connection must have."""
    try:
        return cast(Security, Security.temporary())
    except ImportError as error:
        raise InputError(
            f"worker processes need a package that is not installed: {error}",
            expected="the package cryptography",
            suggestion="install it, or use threads: --threads",
        ) from None


async def _without_pages(scheduler: Scheduler) -> None:
    scheduler.http_server.stop()


def _submit(client: Client, token: str, chunks: Iterator[int]) -> Iterator[Done]:
    """Keep every worker busy with one chunk ahead; that also bounds what waits in memory."""
    number_of: dict[str, int] = {}
    running = as_completed(loop=client.loop, raise_errors=False)

    def more() -> None:
        wanted = 2 * max(1, sum(client.nthreads().values())) + 2
        while len(number_of) < wanted:
            chunk = next(chunks, None)
            if chunk is None:
                return
            future = client.submit(on_worker, token, chunk, key=f"{token}-{chunk}", pure=False, retries=0)
            number_of[str(future.key)] = chunk
            running.add(future)

    more()
    while number_of:
        for future in running.next_batch():
            chunk = number_of.pop(future.key)
            if future.status == "finished":
                done: ChunkFiles | Exception = future.result()
            elif future.status == "error":  # the worker died too often
                done = _problem(future)
            else:
                raise StoreError("the Dask scheduler is gone")
            future.release()
            yield chunk, done
        if client.status != "running":
            raise StoreError("the Dask scheduler is gone")
        more()


def _problem(future: Future[object]) -> Exception:
    error = future.exception()
    return error if isinstance(error, Exception) else RuntimeError(str(error))


def _forget(client: Client, token: str) -> None:
    """Let workers that go on living drop the sweep."""
    if client.status == "running":
        try:
            client.unregister_worker_plugin(token)
        except Exception:
            return
