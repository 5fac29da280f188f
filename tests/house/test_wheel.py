"""An installed wheel, outside the repository, has all it needs: data, scenarios, templates, the preload of workers."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = [pytest.mark.integration, pytest.mark.slow]

ROOT = Path(__file__).parents[2]

STUDY = """title: two options
scenarios:
  plain: tiny.yaml
factors:
  parameters.awareness.push_per_month:
    values: [0.01, 0.05]
    unit: 1/month
design: full grid
replicates: 2
seed: 1
outcomes: [adopter_share_pct]
"""
TINY = """title: tiny
extends: baseline
months: 3
world: {synthetic: {england_like: true, n_trusts: 16, n_innovations: 3, kind: mix}}
"""
SWEEP = """
from pathlib import Path
from diffusion.experiments.study import load_study, make_design
from diffusion.experiments.sweep import Dask, prepare, read_runs, run_sweep

if __name__ == "__main__":
    sweep = prepare(make_design(load_study("study.yaml")), Path("sweep"))
    run_sweep(sweep, Dask(workers=1))
    print(len(read_runs(sweep.folder).fetchall()))
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder into which the wheel of this source is installed, without its dependencies."""
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    made = ["wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder), str(ROOT)]
    subprocess.run([*pip, *made], check=True, capture_output=True, text=True)
    (wheel,) = folder.glob("*.whl")
    subprocess.run([*pip, "install", "--no-deps", "--target", str(folder / "site"), str(wheel)], check=True)
    names = set(zipfile.ZipFile(wheel).namelist())
    wanted = {path.relative_to(ROOT / "src").as_posix() for path in (ROOT / "src" / "diffusion").rglob("*.*")}
    wanted = {name for name in wanted if "__pycache__" not in name}
    assert wanted - names == set()
    for here, there in (("scenarios", "scenario_files"), ("experiments", "experiment_files")):
        files = {path.relative_to(ROOT / here).as_posix() for path in (ROOT / here).rglob("*.yaml")}
        assert {f"diffusion/{there}/{name}" for name in files} <= names
    return folder / "site"


@pytest.fixture
def installed(site: Path, tmp_path: Path) -> Callable[..., str]:
    """Return a function that runs Python with the installed wheel in an empty folder, kernels as plain Python."""
    there = {**os.environ, "PYTHONPATH": str(site), "DIFFUSION_NO_JIT": "1", "COLUMNS": "100"}
    (tmp_path / "tiny.yaml").write_text(TINY)
    (tmp_path / "study.yaml").write_text(STUDY)

    def call(*arguments: str) -> str:
        line = [sys.executable, *arguments]
        done = subprocess.run(line, env=there, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=500)
        assert done.returncode == 0, done.stderr + done.stdout
        return done.stdout

    assert str(site) in call("-c", "import diffusion; print(diffusion.__file__)")
    return call


def test_scenarios_studies_data_and_templates_are_in_the_wheel(installed: Callable[..., str], tmp_path: Path) -> None:
    cli = ("-m", "diffusion.cli.app")
    assert "fellowship-first-wave" in installed(*cli, "scenarios", "list")
    assert "people-or-tools" in installed(*cli, "studies", "list")
    installed(*cli, "compare", "tiny.yaml", "tiny.yaml+local-first", "--replicates", "2", "--out", "out")
    assert "<title>" in (tmp_path / "out" / "index.html").read_text(encoding="utf-8")


def test_dask_workers_load_the_preload_of_the_wheel(installed: Callable[..., str], tmp_path: Path) -> None:
    (tmp_path / "run.py").write_text(SWEEP)
    assert installed("run.py").strip().splitlines()[-1] == "4"


def test_the_tests_run_on_an_installed_wheel(installed: Callable[..., str], tmp_path: Path) -> None:
    shutil.copytree(ROOT / "tests", tmp_path / "tests")
    for name in ("pyproject.toml", "benchmarks", "scripts"):
        source = ROOT / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, tmp_path / name)
    out = installed("-m", "pytest", "-p", "no:cacheprovider", "-p", "no:xdist", "tests/world/test_synthetic.py")
    assert "passed" in out
    assert "failed" not in out
