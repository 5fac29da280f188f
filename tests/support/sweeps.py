"""Small studies for tests of sweeps, and what they are compared by."""

from __future__ import annotations

import hashlib
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import yaml

from diffusion.experiments.study import load_study
from diffusion.experiments.study.design import make_design
from diffusion.experiments.sweep.folder import Sweep, open_sweep, prepare

#: an England-like world of a few trusts: a run takes a few milliseconds
WORLD = {
    "world.synthetic.england_like": True,
    "world.synthetic.n_trusts": 30,
    "world.synthetic.n_innovations": 4,
    "world.synthetic.kind": "mix",
}


def study_file(folder: Path, **given: Any) -> Path:
    """Write a study of 2 scenarios x 10 draws x 3 replicates into ``folder``; keywords replace keys of the file."""
    study: dict[str, Any] = {
        "title": "A small sweep",
        "scenarios": {"as-is": "baseline", "local": "baseline+local-first"},
        "set": {**WORLD, "months": 24, **given.pop("set", {})},
        "factors": {
            "parameters.awareness.push_per_month": {"range": [0.05, 0.4]},
            "parameters.awareness.peer_per_month": {"range": [0.1, 0.6]},
        },
        "design": {"method": "latin hypercube", "draws": 10},
        "replicates": 3,
        "seed": 11,
        **given,
    }
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "small.yaml"
    path.write_text(yaml.safe_dump(study, sort_keys=False))
    return path


def new_sweep(study: Path, folder: Path, chunk_runs: int | None = 7) -> Sweep:
    """Freeze a study into ``folder``; seven runs a chunk end in the middle of a draw's replicates."""
    return prepare(make_design(load_study(study)), folder, chunk_runs)


def files_of(sweep: Sweep) -> dict[str, str]:
    """Return every file of the tables with the SHA-256 of its bytes."""
    paths = [path for table in sweep.store.tables for path in sorted((sweep.folder / table).iterdir())]
    return {path.relative_to(sweep.folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


def command(*arguments: str | Path) -> list[str]:
    """Return a command line of the package as it is in this process."""
    return [sys.executable, "-m", "diffusion.cli.app", *map(str, arguments)]


def call(*arguments: str | Path, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run a command of the package to its end."""
    return subprocess.run(command(*arguments), capture_output=True, text=True, timeout=300, check=False, **options)


def start(*arguments: str | Path, **options: Any) -> subprocess.Popen[str]:
    """Start a command of the package in a session of its own; it hears Ctrl-C even where the tests ignore it."""
    return subprocess.Popen(
        command(*arguments),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        **options,
    )


def children(pid: int) -> list[int]:
    """Return the processes below ``pid``, nearest first (Linux)."""
    below: list[int] = []
    parents = [pid]
    while parents:
        parent = parents.pop(0)
        found: list[int] = []
        for tasks in Path(f"/proc/{parent}/task").glob("*/children"):
            with suppress(OSError):
                found += [int(number) for number in tasks.read_text().split()]
        below += found
        parents += found
    return below


def dask_workers(pid: int) -> list[int]:
    """Return the processes below ``pid`` that are spawned workers, not the helper that watches resources."""
    found = []
    for child in children(pid):
        try:
            line = Path(f"/proc/{child}/cmdline").read_bytes().replace(b"\0", b" ")
        except OSError:
            continue
        if b"spawn_main" in line:
            found.append(child)
    return found


def reopened(sweep: Sweep) -> Sweep:
    """Return the sweep as another process would see it."""
    return open_sweep(sweep.folder)
