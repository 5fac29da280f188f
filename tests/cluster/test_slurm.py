"""A job array on a real Slurm gives the same bytes as this process, also after a task was cancelled."""

from __future__ import annotations

import fcntl
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from diffusion.experiments.sweep.executor import ThisProcess
from diffusion.experiments.sweep.folder import open_sweep
from diffusion.experiments.sweep.read import read_runs, status
from diffusion.experiments.sweep.resume import run_sweep
from support.sweeps import call, files_of, new_sweep, reopened, study_file

pytestmark = pytest.mark.integration

NODE = Path(__file__).with_name("slurm_node.sh")


@pytest.fixture
def slurm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The environment in which the commands of a Slurm of one node work; there is one at a time on a machine."""
    if shutil.which("slurmctld") is None or shutil.which("munged") is None:
        pytest.skip("Slurm is not installed; on Debian, as root: tests/cluster/slurm_node.sh install")
    folder = tmp_path_factory.mktemp("slurm")
    environment = {**os.environ, "SLURM_TEST_DIR": str(folder), "SLURM_CONF": str(folder / "slurm.conf")}
    with (Path(tempfile.gettempdir()) / "diffusion-slurm.lock").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        up = subprocess.run(["bash", NODE, "up"], env=environment, capture_output=True, text=True, check=False)
        try:
            if up.returncode != 0:
                pytest.skip(f"Slurm cannot be started here: {up.stderr.strip()}")
            yield environment
        finally:
            subprocess.run(["bash", NODE, "down"], env=environment, check=False)


def submit(script: Path, environment: dict[str, str], where: Path | None = None) -> str:
    line = ["sbatch", "--parsable", str(script)]
    done = subprocess.run(line, env=environment, capture_output=True, text=True, cwd=where)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def wait_for(job: str, environment: dict[str, str]) -> None:
    until = time.monotonic() + 200
    while subprocess.run(["squeue", "-h", "-j", job], env=environment, capture_output=True, text=True).stdout.strip():
        assert time.monotonic() < until, f"job {job} does not end"
        time.sleep(0.2)


def test_a_job_array_gives_the_same_bytes(slurm: dict[str, str], tmp_path: Path) -> None:
    study = study_file(tmp_path)
    alone = new_sweep(study, tmp_path / "alone")
    run_sweep(alone, ThisProcess(1))
    array = new_sweep(study, tmp_path / "array")
    done = call("sweep", "script", array.folder, "--tasks", "3", "--memory", "300M", "--sbatch", "--partition=main")
    assert done.returncode == 0, done.stderr
    job = submit(array.folder / "sweep.sbatch", slurm)
    wait_for(job, slurm)
    logs = "".join(path.read_text() for path in (array.folder / "logs").iterdir())
    assert files_of(array) == files_of(alone), logs
    sessions = status(array).sessions
    assert sorted(tuple(session["share"]) for session in sessions) == [(1, 3), (2, 3), (3, 3)]


def test_names_in_the_script_and_files_beside_the_job_stay_what_they_are(slurm: dict[str, str], tmp_path: Path) -> None:
    study = study_file(tmp_path, title="A\n#SBATCH --nodes=9\ntouch evil", name="x\ntouch evil; $(touch evil)")
    array = new_sweep(study, tmp_path / '100 %j #1 "it\'s" $(touch evil) [a]')
    done = call("sweep", "script", array.folder, "--tasks", "2", "--memory", "300M")
    assert done.returncode == 0, done.stderr
    (tmp_path / "job").mkdir()
    for name in ("numpy", "yaml", "numba", "socket", "json", "typer", "rich", "pyarrow", "sitecustomize"):
        (tmp_path / "job" / f"{name}.py").write_text(f"open({str(tmp_path / 'evil')!r}, 'w')")
    wait_for(submit(array.folder / "sweep.sbatch", slurm, tmp_path / "job"), slurm)
    logs = [path.read_text() for path in (array.folder / "logs").iterdir()]
    assert len(logs) == 2
    assert status(reopened(array)).complete, logs
    assert len(read_runs(array.folder).fetchall()) == array.layout.runs
    assert not list(tmp_path.rglob("evil"))


def test_a_cancelled_array_is_finished_by_submitting_it_again(slurm: dict[str, str], tmp_path: Path) -> None:
    study = study_file(tmp_path, replicates=30, set={"months": 48})
    alone = new_sweep(study, tmp_path / "alone")
    run_sweep(alone, ThisProcess(2))
    array = new_sweep(study, tmp_path / "array")
    assert call("sweep", "script", array.folder, "--tasks", "2", "--memory", "300M").returncode == 0
    job = submit(array.folder / "sweep.sbatch", slurm)
    until = time.monotonic() + 120
    while len(array.store.files()) < random.Random(1).randint(3, 20):
        assert time.monotonic() < until
        time.sleep(0.02)
    subprocess.run(["scancel", job], env=slurm, check=True)
    wait_for(job, slurm)
    stopped = array.store.scan()
    assert 0 < len(stopped.done) < array.layout.chunks
    assert not stopped.damaged
    wait_for(submit(array.folder / "sweep.sbatch", slurm), slurm)
    assert files_of(reopened(array)) == files_of(alone)


def test_the_recipe_with_dask_jobqueue_runs_as_it_stands(slurm: dict[str, str], tmp_path: Path) -> None:
    pytest.importorskip("dask_jobqueue")
    document = (Path(__file__).parents[2] / "docs" / "cluster.md").read_text(encoding="utf-8")
    recipe = document.split("<!-- recipe: jobqueue -->")[1].split("```python\n")[1].split("```")[0]
    study = study_file(tmp_path).rename(tmp_path / "my-study.yaml")
    (tmp_path / "recipe.py").write_text(recipe)
    line = [sys.executable, "recipe.py"]
    done = subprocess.run(line, cwd=tmp_path, env=slurm, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stderr
    assert "runs=60, failed=0" in done.stdout
    alone = new_sweep(study, tmp_path / "alone", open_sweep(tmp_path / "results" / "mine").layout.size)
    run_sweep(alone, ThisProcess(1))
    assert files_of(open_sweep(tmp_path / "results" / "mine")) == files_of(alone)
