"""Kill a sweep at random moments until it has been killed often enough, then compare with the undisturbed result.

``PYTHONPATH=tests python -m support.sweep_killing --runs 2000 --kills 20 --seed 1`` is the full test; the suite runs a
shorter one. A Dask worker, the scheduler (with workers behind an address) and the whole process die by ``kill -9``, in
turn.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from diffusion.experiments.sweep.executor import ThisProcess
from diffusion.experiments.sweep.folder import Sweep
from diffusion.experiments.sweep.read import dataset
from diffusion.experiments.sweep.resume import run_sweep
from support.sweeps import dask_workers, files_of, new_sweep, reopened, start, study_file

WAYS = ("worker", "scheduler", "process")
#: nothing here takes so long; what does hangs
_PATIENCE_SECONDS = 240.0


class Cluster:
    """A Dask scheduler and two workers as processes of their own."""

    def __init__(self) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.address = f"tcp://127.0.0.1:{port}"
        self.scheduler = self._start("scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard")
        options = ("--nthreads", "1", "--no-dashboard", "--death-timeout", "20", "--host", "127.0.0.1", "--no-nanny")
        self.workers = [self._start("worker", self.address, *options) for _ in range(2)]

    @staticmethod
    def _start(*arguments: str) -> subprocess.Popen[bytes]:
        quiet = subprocess.DEVNULL
        line = [sys.executable, "-m", "distributed.cli.dask_" + arguments[0], *arguments[1:]]
        return subprocess.Popen(line, stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=True)

    def stop(self) -> None:
        for process in (self.scheduler, *self.workers):
            process.kill()
            process.wait()


def kill_once(sweep: Sweep, way: str, chunks: int, after_s: float) -> bool:
    """Start the sweep and kill part of it ``after_s`` seconds after so many chunks are done; return whether that hit.

    Also sees to it that what is left ends as it should.
    """
    cluster = Cluster() if way == "scheduler" else None
    where = ("--scheduler", cluster.address) if cluster else ("--jobs", "2")
    process = start("sweep", "run", sweep.folder, *where)
    try:
        while len(sweep.store.files()) < chunks and process.poll() is None:
            time.sleep(0.01)
        time.sleep(after_s)
        if process.poll() is not None:
            return False
        if way == "process":
            orphans = dask_workers(process.pid)
            process.kill()
            process.wait()
            _wait_until_gone(orphans)
            return True
        if way == "worker":
            workers = dask_workers(process.pid)
            if not workers:
                return False
            with suppress(ProcessLookupError):
                os.kill(random.choice(workers), signal.SIGKILL)
            expected = 0
        else:
            assert cluster is not None
            cluster.scheduler.kill()
            expected = 1
        said, _ = process.communicate(timeout=_PATIENCE_SECONDS)
        # it may have been about to end anyway
        assert process.returncode in {0, expected} or (way == "scheduler" and process.returncode == 2), said
        if process.returncode == 1:
            assert "scheduler is gone" in said, said
            assert "what is stored is safe" in said, said
        return True
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        if cluster:
            cluster.stop()


def _wait_until_gone(pids: list[int]) -> None:
    """Workers whose process was killed must end by themselves."""
    until = time.monotonic() + 30
    while any(Path(f"/proc/{pid}").exists() for pid in pids):
        assert time.monotonic() < until, "workers went on without their process"
        time.sleep(0.1)


def check(sweep: Sweep, reference: dict[str, str]) -> None:
    """Finish the sweep and compare it: every run once, every byte as undisturbed."""
    session = run_sweep(reopened(sweep), ThisProcess(1))
    assert not session.damaged, session.damaged
    runs = dataset(sweep).to_table(columns=["run"]).column("run").to_pylist()
    assert runs == list(range(sweep.layout.runs))
    assert files_of(sweep) == reference
    left = [path for path in sweep.folder.rglob(".*") if path.is_file()]
    assert not left, left


def kill_often(folder: Path, runs: int, kills: int, seed: int, ways: tuple[str, ...] = WAYS, months: int = 24) -> int:
    """Kill sweeps until ``kills`` have hit; return the number of sweeps it took, each compared at its end."""
    chance = random.Random(seed)
    draws = max(1, runs // 20)
    study = study_file(
        folder, replicates=10, design={"method": "latin hypercube", "draws": draws}, set={"months": months}
    )
    undisturbed = new_sweep(study, folder / "undisturbed", None)
    run_sweep(undisturbed, ThisProcess(2))
    reference = files_of(undisturbed)
    print(f"{undisturbed.layout.runs} runs in {undisturbed.layout.chunks} chunks", flush=True)
    hit = tried = sweeps = 0
    sweep: Sweep | None = None
    while hit < kills:
        if sweep is None or len(sweep.store.scan(verify=False).done) == sweep.layout.chunks:
            if sweep is not None:
                check(sweep, reference)
            sweeps += 1
            sweep = new_sweep(study, folder / f"killed-{sweeps}", None)
        way = ways[tried % len(ways)]
        tried += 1
        # mostly while chunks come in, sometimes while everything is starting
        done = len(sweep.store.files())
        if chance.random() < 0.8:
            until, after_s = done + chance.randint(1, max(1, (sweep.layout.chunks - done) // 2)), chance.uniform(0, 0.2)
        else:
            until, after_s = done, chance.uniform(0.5, 6.0)
        in_time = kill_once(sweep, way, until, after_s)
        hit += in_time
        print(
            f"{hit}: {way}, {after_s:.2f} s after {until} chunks: {'killed' if in_time else 'missed'}, "
            f"{len(sweep.store.files())} chunks done",
            flush=True,
        )
    assert sweep is not None
    check(sweep, reference)
    return sweeps


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=2000, help="runs of a sweep (a multiple of 20)")
    parser.add_argument("--kills", type=int, default=20, help="how often to kill")
    parser.add_argument("--seed", type=int, default=1, help="of the moments")
    parser.add_argument("--months", type=int, default=120, help="length of a run")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        sweeps = kill_often(Path(folder), chosen.runs, chosen.kills, chosen.seed, months=chosen.months)
    print(f"{chosen.kills} kills in {sweeps} sweeps: every run there, none twice, all bytes as undisturbed")


if __name__ == "__main__":
    main()
