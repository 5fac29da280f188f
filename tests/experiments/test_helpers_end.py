"""Helper processes do not outlive the process that started them, however that ends."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from diffusion.processes import run_bound
from support.sweeps import new_sweep, study_file

pytestmark = pytest.mark.integration

#: so long may a helper need to notice
_SECONDS = 10.0


@contextmanager
def parent(code: str, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    """A process that runs ``code``; whatever is left of it and of its children is ended at last."""
    process = subprocess.Popen([sys.executable, "-c", code], env={**os.environ, **environment})
    seen: list[psutil.Process] = []
    try:
        yield process
    finally:
        if process.poll() is None:
            seen = psutil.Process(process.pid).children(recursive=True)
            process.kill()
        process.wait()
        for child in seen:
            if child.is_running():
                child.kill()


def killed_with_children(process: subprocess.Popen[bytes], fewest: int, word: str = "") -> None:
    """Wait for the helpers of a process, kill it alone, and see that they end."""
    deadline = time.monotonic() + 100
    children: list[psutil.Process] = []
    while time.monotonic() < deadline and process.poll() is None:
        children = psutil.Process(process.pid).children(recursive=True)
        if len([child for child in children if word in " ".join(child.cmdline())]) >= fewest:
            break
        time.sleep(0.05)
    assert len(children) >= fewest, f"no helpers were seen, it left with {process.poll()}"
    process.kill()
    process.wait()
    _, alive = psutil.wait_procs(children, timeout=_SECONDS)
    try:
        assert not alive, [child.cmdline() for child in alive]
    finally:
        for child in alive:
            child.kill()


def test_the_helper_that_compiles_ends(tmp_path: Path) -> None:
    code = "from diffusion.experiments.running.compiling import warm_up; warm_up()"
    with parent(code, XDG_CACHE_HOME=str(tmp_path), NUMBA_CACHE_DIR=str(tmp_path)) as process:
        killed_with_children(process, 1, "help_compile")


def test_the_workers_of_a_sweep_end(tmp_path: Path) -> None:
    sweep = new_sweep(
        study_file(tmp_path, replicates=400, design={"method": "latin hypercube", "draws": 50}), tmp_path / "s"
    )
    code = (
        "from diffusion.experiments.sweep.folder import open_sweep\n"
        "from diffusion.experiments.sweep.resume import run_sweep\n"
        "from diffusion.experiments.sweep.dask_executor import Dask\n"
        f"run_sweep(open_sweep({str(sweep.folder)!r}), Dask(2))"
    )
    with parent(code) as process:
        killed_with_children(process, 2, "spawn_main")


def test_the_helpers_of_a_long_comparison_end() -> None:
    code = (
        "from diffusion.experiments.running.runner import run\n"
        "from diffusion.scenario.load import load_scenario\n"
        "run(load_scenario('england-2025').drawing_from('posterior'), 500, jobs=3, processes=True)"
    )
    with parent(code) as process:
        killed_with_children(process, 2, "serve")


def test_a_program_that_is_run_ends_with_who_runs_it() -> None:
    sleeper = [sys.executable, "-c", "import time; time.sleep(300)"]
    with parent(f"from diffusion.processes import run_bound; run_bound({sleeper!r}, 300)") as process:
        killed_with_children(process, 2, "")


def test_a_program_that_takes_too_long_is_ended_with_all_that_it_started() -> None:
    sleep = "import time; time.sleep(300)"
    code = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {sleep!r}]); {sleep}"
    with pytest.raises(TimeoutError, match="no answer within 2 seconds"):
        run_bound([sys.executable, "-c", code], 2)
    assert not [
        child for child in psutil.Process().children(recursive=True) if "time.sleep(300)" in str(child.cmdline())
    ]


def test_what_a_program_complains_is_told() -> None:
    assert run_bound([sys.executable, "-c", "import sys; sys.stderr.buffer.write(b'no \\xff\\nwork\\n')"], 60) == [
        "no �",
        "work",
    ]
    assert run_bound(["no-such-program-anywhere"], 60)[0]
