"""No file of the current folder is run, or read as settings, because of its name."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import click
import pytest
import typer

from diffusion.cli.app import app
from diffusion.experiments.running.compiling import helper_command
from diffusion.month.phases import month_kernels
from diffusion.safe_path import find_program
from support.sweeps import study_file

#: Names under which something is imported by this package, its dependencies, or a Python that starts.
SHADOWS = [
    "numba",
    "numpy",
    "yaml",
    "sitecustomize",
    "usercustomize",
    "dask",
    "distributed",
    "matplotlib",
    "pandas",
    "pyarrow",
    "rich",
    "typer",
    "jinja2",
    "pydantic",
    "scipy",
    "openpyxl",
    "pptx",
    "lxml",
    "duckdb",
    "networkx",
    "statsmodels",
    "llvmlite",
    "tornado",
    "cloudpickle",
    "psutil",
    "lxml",
    "defusedxml",
    "numexpr",
    "bottleneck",
    "socket",
    "pickle",
    "threading",
    "selectors",
    "logging",
    "json",
    "csv",
    "random",
    "queue",
    "multiprocessing",
    "tempfile",
    "SALib",
    "mesa",
    "click",
    "markupsafe",
    "six",
]
WORLD = ("--set", "world={synthetic: {n_trusts: 12, n_innovations: 3, kind: mix}}", "--set", "months=6")
RUN = (*WORLD, "--replicates", "2", "--jobs", "1")
SERIES = "code,time\n" + "".join(f"T{i},{2010 + i % 5 if i % 3 else ''}\n" for i in range(20))
#: Every command of the command line, in an order in which each finds what it needs.
COMMANDS: tuple[tuple[str, ...], ...] = (
    ("run", "baseline", *RUN, "--figures", "--out", "one"),
    ("compare", "baseline", "local-first", *RUN, "--figures", "--out", "two", "--events"),
    ("report", "two", "--slides"),
    ("rerun", "one", "--out", "one-again", "--jobs", "1"),
    ("diff", "one", "one-again", "--csv", "moved.csv"),
    ("ablate", "baseline+ahsn-support", *RUN, "--out", "levers"),
    ("analyse", "series.csv", "--out", "seen", "--draws", "99"),
    ("sweep", "run", "small.yaml", "--out", "many", "--jobs", "2"),
    ("sweep", "status", "many", "--check"),
    ("sweep", "show", "many"),
    ("sweep", "export", "many", "--to", "many.csv"),
    ("sweep", "rerun", "many", "1"),
    ("sweep", "script", "many", "--tasks", "2"),
    ("sensitivity", "many", "--out", "moves"),
    ("scenarios", "list"),
    ("scenarios", "show", "baseline", "--yaml"),
    ("scenarios", "new", "mine"),
    ("scenarios", "diff", "baseline", "local-first"),
    ("scenarios", "validate", "mine"),
    ("scenarios", "schema"),
    ("studies", "list"),
    ("studies", "show", "small.yaml"),
    ("studies", "validate", "small.yaml"),
    ("studies", "schema"),
    ("innovations", "list"),
    ("innovations", "new", "own-app", "--pilot-sites", "RM3", "--out", "own-app.yaml"),
    ("innovations", "show", "own-app", "--file", "own-app.yaml"),
    ("innovations", "schema"),
    ("worlds", "list"),
    ("worlds", "show", "england-2025"),
    ("worlds", "new", "my-world"),
    ("worlds", "validate", "my-world"),
    ("levers", "list"),
    ("levers", "show", "nice"),
    ("parameters",),
    ("evidence", "list"),
    ("evidence", "show", "infliximab-sc"),
    ("validate", "--series", "infliximab-sc", "-n", "2", "--out", "held"),
    ("calibrate", "--check"),
    ("describe", "month"),
    ("describe", "terms"),
    ("describe", "responses"),
    ("describe", "outputs"),
    ("describe", "world"),
    ("network", "export", "ahsn", "--out", "ahsn.graphml"),
    ("network", "mentors", "--out", "mentors.csv", *WORLD),
)
#: Commands that begin a process each, too: what is read at the start, with most imports and with next to none.
ALONE: tuple[tuple[str, ...], ...] = (
    ("run", "baseline", *RUN, "--figures", "--out", "alone"),
    ("report", "two", "--slides", "--out", "slides"),
    ("sweep", "status", "many", "--check"),
    ("describe", "month"),
)
#: Runs lines one after another, as the console script runs one; what each says goes into files of its own.
WALK = """
import json, os, sys
from pathlib import Path
from diffusion.cli.app import main
if __name__ == "__main__":
    to, lines = Path(sys.argv[1]), json.loads(sys.argv[2])
    for number, line in enumerate(lines):
        for stream, name in ((1, "out"), (2, "err")):
            with open(to / f"{number}.{name}", "wb") as file:
                os.dup2(file.fileno(), stream)
        sys.argv = ["diffusion", *line]
        try:
            main()
        except SystemExit as leaving:
            code = leaving.code or 0
        sys.stdout.flush()
        sys.stderr.flush()
        (to / f"{number}.code").write_text(str(code))
"""

#: commands that go on until they are ended: tests/web/test_command.py has the same of them
SERVE = {("app",)}


def shadowed(folder: Path) -> Path:
    """Fill ``folder`` with modules that write a file when they are imported, and with settings; return that file."""
    marker = folder.parent / f"{folder.name}-ran"
    for name in SHADOWS:
        (folder / f"{name}.py").write_text(f"open({str(marker)!r}, 'a').write({name!r} + '\\n')\n")
    (folder / "matplotlibrc").write_bytes(b"figure.facecolor: red\nfont.size: 30\naxes.grid: True\nnonsense\xff\n")
    (folder / ".numba_config.yaml").write_text("disable_jit: 1\ndump_bytecode: 1\nopt: 0\n")
    (folder / "stylelib").mkdir()
    (folder / "stylelib" / "classic.mplstyle").write_text("font.size: 30\n")
    (folder / ".duckdbrc").write_text(".shell touch ran\n")
    (folder / ".env").write_text("DIFFUSION_NO_JIT=1\n")
    (folder / "setup.cfg").write_text("[tool:pytest]\nnonsense\n")
    (folder / "dask.yaml").write_text("distributed: {worker: {preload: [nonsense]}}\n")
    (folder / ".config").mkdir()
    shutil.copy(folder / "dask.yaml", folder / ".config" / "dask.yaml")
    git = folder / "git"
    git.write_text(f"#!/bin/sh\necho git >> '{marker}'\n")
    git.chmod(0o755)
    return marker


def call(folder: Path, *arguments: str, python: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    """Run a command in ``folder``, as the console script or as ``python`` would."""
    script = (str(Path(sys.executable).with_name("diffusion")),)
    left_out = ("PYTHONSAFEPATH", "PYTHONPATH", "MATPLOTLIBRC")
    environment = {name: value for name, value in os.environ.items() if name not in left_out}
    return subprocess.run(
        [*(python or script), *arguments],
        cwd=folder,
        env=environment | {"COLUMNS": "100"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def prepared(folder: Path) -> Path:
    folder.mkdir()
    (folder / "series.csv").write_text(SERIES)
    study_file(folder, replicates=2, design={"method": "latin hypercube", "draws": 20})
    return folder


def leaves(command: click.Command, words: tuple[str, ...] = ()) -> set[tuple[str, ...]]:
    inner = getattr(command, "commands", None)
    return {words} if inner is None else {leaf for name in inner for leaf in leaves(inner[name], (*words, name))}


@pytest.mark.unit
def test_every_command_is_walked() -> None:
    walked = {leaf for leaf in leaves(typer.main.get_command(app)) for line in COMMANDS if line[: len(leaf)] == leaf}
    assert walked | SERVE == leaves(typer.main.get_command(app))


def same(said: str) -> list[str]:
    """Return what a command says without times, rates, the names of the folders, and the width they take."""
    changing = re.compile(r"plain|other|([0-9.,]+ (a second|s|ms|MB|min|seconds)\b ?)+|\d+-\d+-\d+T[\d:+]+")
    return [" ".join(changing.sub("", line).split()) for line in said.splitlines() if not line.endswith(" left")]


def walked(folder: Path, said: Path) -> list[tuple[str, str, str]]:
    """Run all commands in one process with ``folder`` as its current one; return exit code, stdout, stderr of each."""
    said.mkdir()
    script = said / "walk.py"
    script.write_text(WALK)
    done = call(folder, str(script), str(said), json.dumps(COMMANDS), python=(sys.executable,))
    assert done.returncode == 0, done.stderr
    endings = ("code", "out", "err")
    return [
        tuple((said / f"{number}.{ending}").read_text("utf-8") for ending in endings)  # type: ignore[misc]
        for number in range(len(COMMANDS))
    ]


@pytest.mark.slow
@pytest.mark.integration
def test_no_command_runs_or_obeys_a_file_of_the_current_folder(tmp_path: Path) -> None:
    plain, hostile = prepared(tmp_path / "plain"), prepared(tmp_path / "other")
    marker = shadowed(hostile)
    both = [walked(folder, tmp_path / f"{folder.name}-said") for folder in (plain, hostile)]
    assert not marker.exists(), marker.read_text()
    both[0] += [(str((done := call(plain, *line)).returncode), done.stdout, done.stderr) for line in ALONE]
    both[1] += [(str((done := call(hostile, *line)).returncode), done.stdout, done.stderr) for line in ALONE]
    assert not marker.exists(), marker.read_text()
    for line, ordinary, beset in zip((*COMMANDS, *ALONE), *both, strict=True):
        assert ordinary[0] == beset[0] == "0", (line, ordinary, beset)
        for said, heard in zip(ordinary[1:], beset[1:], strict=True):
            assert same(said) == same(heard), line
    figures = [path.relative_to(plain) for ending in ("svg", "png") for path in plain.rglob(f"*.{ending}")]
    assert len(figures) > 20
    assert not [name for name in figures if (plain / name).read_bytes() != (hostile / name).read_bytes()]


@pytest.mark.integration
@pytest.mark.parametrize("python", [("-m", "diffusion"), ("-P", "-m", "diffusion"), ("-m", "diffusion.cli.app")])
def test_python_m_leaves_the_current_folder(tmp_path: Path, python: tuple[str, ...]) -> None:
    folder = prepared(tmp_path / "other")
    marker = shadowed(folder)
    if "-P" not in python:
        (folder / "threading.py").unlink()  # Python itself needs it before it comes to this package
    done = call(folder, "run", "baseline", *RUN, "--out", "one", python=(sys.executable, *python))
    assert done.returncode == 0, done.stderr
    assert not marker.exists(), marker.read_text()


@pytest.mark.integration
def test_other_programs_keep_their_folder(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("import diffusion, beside")
    (tmp_path / "beside.py").write_text("print('beside')")
    done = call(tmp_path, python=(sys.executable, "-m", "mine"))
    assert done.stdout == "beside\n", done.stderr


@pytest.mark.slow
@pytest.mark.integration
def test_the_second_process_that_compiles_leaves_the_current_folder(tmp_path: Path) -> None:
    marker = shadowed(tmp_path)
    # it ends with its standard input, as it does where the process that started it has ended
    (claims := tmp_path / "claims").mkdir()
    pipe = subprocess.PIPE
    with subprocess.Popen(helper_command(claims), stdin=pipe, stderr=pipe, cwd=tmp_path) as helper:
        assert helper.wait(timeout=600) == 0
    assert not marker.exists(), marker.read_text()
    assert len(list(claims.iterdir())) == len(month_kernels())


@pytest.mark.unit
def test_a_module_by_file_is_loaded_alone(tmp_path: Path, command_line: Callable[..., tuple[int, str, str]]) -> None:
    marker = shadowed(tmp_path)
    (tmp_path / "own_idea.py").write_text("import statistics, wave\nimport diffusion as df\n")
    (tmp_path / "wave.py").write_text(f"open({str(marker)!r}, 'w').write('wave')")
    code, _, err = command_line("levers", "list", "--python", "own_idea.py")
    assert code == 0, err
    assert not marker.exists()
    assert str(tmp_path) not in sys.path


@pytest.mark.unit
def test_a_file_that_needs_another_says_how(tmp_path: Path, command_line: Callable[..., tuple[int, str, str]]) -> None:
    (tmp_path / "first_one.py").write_text("import second_one\n")
    (tmp_path / "second_one.py").write_text("x = 1\n")
    code, _, err = command_line("levers", "list", "--python", "first_one.py")
    assert code == 2
    named = err.replace("\n", "").split("--python ")[-1].strip()
    code, _, err = command_line("levers", "list", "--python", named, "--python", "first_one.py")
    assert code == 0, err


@pytest.mark.unit
@pytest.mark.parametrize("name", ["statistics", "numpy", "diffusion"])
def test_a_file_named_like_another_module_is_refused(
    tmp_path: Path, command_line: Callable[..., tuple[int, str, str]], name: str
) -> None:
    (tmp_path / f"{name}.py").write_text("raise SystemExit(9)")
    code, _, err = command_line("levers", "list", "--python", f"{name}.py")
    assert code == 2, err
    assert f"there is another module named '{name}'" in err
    (tmp_path / f"{name}.py").write_text("")
    (tmp_path / f"{name}.py").rename(tmp_path / f"my_{name}.py")
    assert command_line("levers", "list", "--python", f"my_{name}.py")[0] == 0


@pytest.mark.unit
def test_programs_are_not_looked_for_in_the_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shadowed(tmp_path)
    monkeypatch.chdir(tmp_path)
    real = shutil.which("git")
    monkeypatch.setenv("PATH", os.pathsep.join((".", "", os.environ["PATH"])))
    assert shutil.which("git") != real
    assert find_program("git") == real
