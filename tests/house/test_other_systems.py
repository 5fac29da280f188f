"""The commands where fcntl, POSIX signals and a UTF-8 terminal are missing; text files as every system reads them.

Simulated on Linux, see ``support/other_system/sitecustomize.py`` for what that leaves out.
"""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.sweeps import study_file

SOURCE = Path(__file__).parents[2] / "src" / "diffusion"
SHIM = Path(__file__).parents[1] / "support" / "other_system"
WORLD = "world={synthetic: {england_like: true, n_trusts: 20, n_innovations: 3, kind: mix}}"
SMALL = ("--set", WORLD, "--set", "months=6", "-n", "3")


def elsewhere(folder: Path, *command: str, **more: str) -> subprocess.CompletedProcess[bytes]:
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join([str(SHIM), *filter(None, [os.environ.get("PYTHONPATH")])]),
        "PYTHONIOENCODING": "cp1252",
        "PYTHONWARNDEFAULTENCODING": "1",
        **more,
    }
    return subprocess.run(
        [sys.executable, *command], cwd=folder, env=environment, capture_output=True, timeout=300, check=False
    )


@pytest.mark.unit
@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("import fcntl", "ImportError"),
        ("import os; os.kill(os.getpid(), 0)", "AttributeError"),
        ("import os; os.getuid()", "AttributeError"),
        ("import os; os.open('.', 0)", "PermissionError"),
        ("import os; f = open('x', 'wb'); os.replace('x', 'y')", "PermissionError"),
        ("open('x', 'w')", "EncodingWarning"),
        ("print('\\u2212')", "UnicodeEncodeError"),
        ("import os; assert not hasattr(os, 'sched_getaffinity')", ""),
    ],
)
def test_the_simulation_takes_away_what_it_says(tmp_path: Path, line: str, error: str) -> None:
    code = f"exec(compile({line!r}, 'x', 'exec'), {{'__name__': 'diffusion.x'}})"
    done = elsewhere(tmp_path, "-c", code)
    assert (done.returncode != 0) == bool(error), done.stderr
    assert error.encode() in done.stderr


@pytest.mark.slow
@pytest.mark.integration
def test_the_commands_run_where_posix_is_missing(tmp_path: Path) -> None:
    study_file(tmp_path)
    adoption = "".join(f"R{number:02d},{2001 + number % 9}\n" for number in range(40))
    (tmp_path / "adoption.csv").write_text("code,time\n" + adoption, encoding="utf-8")
    commands: list[tuple[str, ...]] = [
        ("--help",),
        ("scenarios", "list"),
        ("scenarios", "validate", "baseline", "local-first"),
        ("scenarios", "new", "mine"),
        ("describe", "month"),
        ("parameters",),
        ("levers", "list"),
        ("run", "baseline", *SMALL, "--out", "one"),
        ("compare", "baseline", "baseline+local-first", *SMALL, "--out", "two"),
        ("compare", "baseline", "baseline+local-first", *SMALL, "--out", "two", "--force"),
        ("report", "two"),
        ("network", "export", "ahsn", "--out", "ties.csv"),
        ("scenarios", "schema", "--out", "schema.json"),
        ("analyse", "adoption.csv", "--draws", "99", "--out", "three"),
        ("sweep", "run", "small.yaml", "--jobs", "2", "--out", "swept"),
        ("sweep", "status", "swept", "--check"),
        ("sweep", "export", "swept", "--to", "runs.csv"),
    ]
    for command in commands:
        done = elsewhere(tmp_path, "-m", "diffusion", *command)
        assert (done.returncode, b"Traceback" in done.stderr) == (0, False), (command, done.stderr.decode("cp1252"))
        assert done.stdout.decode("cp1252")
    for path in tmp_path.rglob("*.csv"):
        assert b"\r" not in path.read_bytes()
    assert not [path for path in tmp_path.rglob(".*") if "unfinished" in path.name or "replaced" in path.name]


@pytest.mark.integration
@pytest.mark.parametrize("encoding", ["cp1252", "cp850", "ascii", "utf-8"])
def test_signs_that_a_terminal_lacks_are_written_plainly(tmp_path: Path, encoding: str) -> None:
    code = (
        "from diffusion.cli.app import main; import diffusion.cli.app as a, typer\n"
        "@a.app.command('say')\n"
        "def say(): print('\\u22120.5 \\u2264 x \\u2192 \\u00b1 \\u00a3 \\u2013 \\u2026 \\u4e2d')\n"
        "main(['say'])"
    )
    done = elsewhere(tmp_path, "-c", code, PYTHONIOENCODING=encoding)
    assert done.returncode == 0, done.stderr
    said = done.stdout.decode(encoding).strip()
    if encoding == "utf-8":
        assert said == "−0.5 ≤ x → ± £ – … 中"
    else:
        assert said.startswith("-0.5 <= x -> ")
        assert said.endswith("?")
    if encoding == "ascii":
        assert said == "-0.5 <= x -> +/- GBP - ... ?"


@pytest.mark.integration
def test_an_error_on_such_a_terminal_is_told_too(tmp_path: Path) -> None:
    (tmp_path / "\u4e2d\u2212.yaml").write_text("title: x\nextends: baselin\n", encoding="utf-8")
    done = elsewhere(tmp_path, "-m", "diffusion", "scenarios", "validate", "\u4e2d\u2212.yaml")
    assert done.returncode == 2
    assert b"did you mean" in done.stderr
    assert b"Traceback" not in done.stderr


# --- What the source says -------------------------------------------------------------------------------------------


def calls() -> Iterator[tuple[str, ast.Call, str]]:
    for path in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                name = getattr(node.func, "attr", getattr(node.func, "id", ""))
                yield f"{path.relative_to(SOURCE)}:{node.lineno}", node, name


def mode_of(node: ast.Call, name: str) -> str | None:
    """The mode of a call that opens a file, None for other calls of that name."""
    place = 1 if isinstance(node.func, ast.Name) else 0
    given = [keyword.value for keyword in node.keywords if keyword.arg == "mode"] + node.args[place : place + 1]
    if name != "open":
        return None
    if not given:
        return "r" if isinstance(node.func, ast.Name) or not node.args else None
    mode = getattr(given[0], "value", None)
    return mode if isinstance(mode, str) and re.fullmatch("[rwxabt+]{1,3}", mode) else None


@pytest.mark.unit
def test_text_is_read_and_written_the_same_on_every_system() -> None:
    faults, seen = [], 0
    for place, node, name in calls():
        stated = {keyword.arg for keyword in node.keywords}
        mode = mode_of(node, name)
        writes = name == "write_text" or (mode is not None and "b" not in mode and set(mode) & set("wxa+"))
        method = isinstance(node.func, ast.Attribute)
        if (name in ("write_text", "read_text") and method) or (mode is not None and "b" not in mode):
            seen += 1
            if "encoding" not in stated:
                faults.append(f"{place}: no encoding")
        if writes and "newline" not in stated:
            faults.append(f"{place}: no newline")
        if name in ("run", "Popen", "check_output", "check_call") and stated & {"text", "universal_newlines"}:
            faults.append(f"{place}: text of a process without an encoding")
    assert seen > 10
    assert not faults


@pytest.mark.unit
def test_what_only_posix_has_is_not_used_unasked() -> None:
    lacking = (SHIM / "sitecustomize.py").read_text(encoding="utf-8")
    modules = set(re.findall(r'"(\w+)"', lacking.partition("MODULES = ")[2].partition("\n")[0]))
    assert "fcntl" in modules
    faults = []
    for path in sorted(SOURCE.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        asked = {
            inner
            for node in ast.walk(tree)
            if isinstance(node, ast.With) and "ImportError" in ast.unparse(node.items[0])
            for inner in ast.walk(node)
        }
        for node in set(ast.walk(tree)) - asked:
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            faults += [f"{path.relative_to(SOURCE)}:{node.lineno}: {name}" for name in names if name in modules]
    assert not faults


@pytest.mark.unit
def test_the_readme_shows_every_command_without_make_for_windows_too() -> None:
    text = (SOURCE.parents[1] / "README.md").read_text(encoding="utf-8")
    posix = re.findall(r"^    \.venv/bin/(.*)$", text, flags=re.MULTILINE)
    windows = re.findall(r"^    \.venv\\Scripts\\(.*)$", text, flags=re.MULTILINE)
    assert posix == windows
    assert len(posix) >= 5
    assert "    py -m venv .venv" in text
