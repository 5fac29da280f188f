"""The container file: what it copies is enough to build, it installs hashed packages alone, and nobody runs as root.

No test builds the image: that takes a container engine and an image to begin from. What its steps do is carried out in
an environment of its own before a release.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.integration

ROOT = Path(__file__).parents[2]
KNOWN = {"ARG", "FROM", "WORKDIR", "COPY", "RUN", "ENV", "USER", "ENTRYPOINT", "CMD"}


def instructions() -> list[tuple[str, str]]:
    """Return (instruction, rest) of the container file, in order."""
    lines = (ROOT / "Containerfile").read_text(encoding="utf-8").splitlines()
    return [(line.split()[0], line.split(None, 1)[1]) for line in lines if line.strip() and not line.startswith("#")]


def rests(name: str) -> list[str]:
    return [rest for instruction, rest in instructions() if instruction == name]


def copied() -> list[str]:
    """Return what is copied from the repository."""
    return [part for rest in rests("COPY") if not rest.startswith("--from") for part in rest.split()[:-1]]


def test_it_holds_instructions_only_and_ends_as_a_command() -> None:
    names = [name for name, _ in instructions()]
    assert set(names) <= KNOWN
    assert names[0] == "ARG"
    assert names[-2:] == ["ENTRYPOINT", "CMD"]
    assert rests("ENTRYPOINT") == ['["diffusion"]']


def test_it_names_no_host_and_the_python_that_is_supported() -> None:
    for image in rests("FROM"):
        assert re.fullmatch(r"python:\$\{PYTHON\}-slim( AS build)?", image), image
    (python,) = rests("ARG")
    classifiers = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert f"Python :: {python.removeprefix('PYTHON=')}" in classifiers


def test_packages_are_hashed_or_those_of_the_repository() -> None:
    installs = [rest for rest in rests("RUN") if "pip install" in rest]
    assert len(installs) == 2
    for rest in installs:
        hashed = "--require-hashes -r requirements.txt" in rest
        own = rest.endswith("--no-deps --no-build-isolation .")
        assert hashed or own, rest


def test_the_last_user_is_not_root_and_is_made_before() -> None:
    (user,) = rests("USER")
    names = [name for name, _ in instructions()]
    assert user not in ("root", "0")
    assert any(f"useradd --create-home --uid 1000 {user} " in rest for rest in rests("RUN"))
    assert names.index("USER") < len(names) - 1 - names[::-1].index("RUN") < names.index("ENTRYPOINT")


def test_what_is_copied_is_let_in() -> None:
    let_in = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert let_in == set(copied())


def test_what_is_copied_is_enough_to_build_the_package(tmp_path: Path) -> None:
    source = _copy(tmp_path)
    made = ["wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(tmp_path), str(source)]
    subprocess.run([sys.executable, "-m", "pip", "--quiet", *made], check=True)
    (wheel,) = tmp_path.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {"diffusion/cli/app.py", "diffusion/scenario_files/baseline.yaml"} <= names
    assert any(name.startswith("diffusion/experiment_files/") for name in names)


def _copy(folder: Path) -> Path:
    """Copy what the container file copies, and return the folder."""
    source = folder / "source"
    source.mkdir()
    skip = shutil.ignore_patterns("__pycache__")
    for name in copied():
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, source / name, ignore=skip)
        else:
            shutil.copy(ROOT / name, source / name)
    return source


@pytest.mark.release
def test_its_steps_install_a_command_that_runs(tmp_path: Path) -> None:
    """Carries out the RUN lines in order, with folders of its own and without the making of a user."""
    source, home = _copy(tmp_path), tmp_path / "home"
    home.mkdir()
    prefix = tmp_path / "opt"
    python = os.environ.get("CONTAINER_PYTHON", sys.executable)
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
    environment |= {
        "PATH": f"{prefix / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "XDG_CACHE_HOME": str(home / ".cache"),
        "PYTHONSAFEPATH": "1",
        "PYTHONUTF8": "1",
    }
    environment.pop("NUMBA_CACHE_DIR", None)
    for line in rests("RUN"):
        if line.startswith("useradd"):
            continue
        line = line.replace("/opt/diffusion", str(prefix)).replace("/tmp/first", str(tmp_path / "first"))
        if line.startswith("python "):
            line = shlex.quote(python) + line.removeprefix("python")
        subprocess.run(["sh", "-euc", line], cwd=source, env=environment, check=True)
    assert list((home / ".cache" / "nhs-diffusion").glob("*/complete"))
    shutil.rmtree(source)
    told = subprocess.run(["diffusion", "--version"], cwd=tmp_path, env=environment, capture_output=True, check=True)
    assert told.stdout.strip()
