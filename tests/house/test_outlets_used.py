"""Every outlet has its one door: no module prints, starts Python or reads settings in a way of its own."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from diffusion.paths import PACKAGE

pytestmark = pytest.mark.unit

#: What may print plainly: doors themselves, texts that are made of constants, and what nobody but this package reads.
PRINTS = {
    "cli/shared/console.py": {"say"},
    "cli/app.py": {"_say"},
    "cli/scenarios.py": {"json_text", "yaml_text"},
    "cli/evidence.py": {"json_text"},
    "cli/innovations.py": {"json_text"},
    "cli/levers.py": {"json_text"},
    "cli/studies.py": {"json_text"},
    "cli/sweep.py": {"json_text"},
    "engine/kernels/sound_cache.py": {"shown"},
    "cli/parameters.py": {"json_text"},
    "cli/calibrate.py": {"json_text"},
    "processes.py": {"_main"},
    "experiments/sweep/unguarded.py": {"shown"},
}


def modules() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        yield path.relative_to(PACKAGE).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


def called(node: ast.AST) -> str:
    return ast.unparse(node.func) if isinstance(node, ast.Call) else ""


def test_only_the_doors_print() -> None:
    found = []
    for name, tree in modules():
        for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)):
            for node in ast.walk(function):
                if called(node) not in ("print", "typer.echo", "typer.secho", "sys.stdout.write", "sys.stderr.write"):
                    continue
                text = ast.unparse(node)
                constant = all(isinstance(part, ast.Constant) for part in node.args)  # type: ignore[attr-defined]
                allowed = PRINTS.get(name, set())
                if not constant and "__version__" not in text and not allowed & {function.name, *re.split(r"\W", text)}:
                    found.append(f"{name}:{node.lineno}: {text}")  # type: ignore[attr-defined]
    assert not found, "print with 'say' of cli/shared/console.py, or a console"


def test_there_is_one_console() -> None:
    made = [
        f"{name}: {ast.unparse(node)}"
        for name, tree in modules()
        for node in ast.walk(tree)
        if called(node) == "Console"
    ]
    assert not made, "use SafeConsole"


def test_every_python_that_is_started_leaves_the_current_folder() -> None:
    lines = [
        (name, [ast.unparse(part) for part in node.elts])
        for name, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.List) and node.elts and ast.unparse(node.elts[0]) == "sys.executable"
    ]
    assert len(lines) >= 2
    assert not [line for line in lines if line[1][1] not in ("'-P'", "'-I'")]


def test_only_the_style_touches_settings_of_matplotlib() -> None:
    users = {
        name for name, tree in modules() if {"rcParams", "pyplot"} & set(ast.unparse(tree).replace(".", " ").split())
    }
    assert users <= {"report/figures/style.py"}


#: What Numba reads from its cache, in the user's own folder; what a worker is sent by the process that started it, and
#: what that process reads of its answers, by pipes that nobody else has.
UNPICKLE = {
    "engine/kernels/sound_cache.py",
    "experiments/running/helper.py",
    "experiments/running/team.py",
    "experiments/sweep/dask_executor.py",
    "processes.py",
}


def test_nothing_evaluates_text() -> None:
    evil = ("eval", "exec", "compile", "os.system", "os.popen", "yaml.load", "yaml.unsafe_load")
    unpickled = {
        name for name, tree in modules() for node in ast.walk(tree) if called(node) in ("pickle.load", "pickle.loads")
    }
    assert unpickled == UNPICKLE
    found = [
        f"{name}: {ast.unparse(node)}" for name, tree in modules() for node in ast.walk(tree) if called(node) in evil
    ]
    shells = [
        name for name, tree in modules() for node in ast.walk(tree)
        if isinstance(node, ast.keyword) and node.arg == "shell"
    ]  # fmt: skip
    assert not found + shells


def test_templates_mark_nothing_safe_but_figures() -> None:
    folder = Path(PACKAGE, "report", "page", "templates")
    marked = [line.strip() for path in folder.glob("*.j2") for line in path.read_text().splitlines() if "safe" in line]
    assert [line for line in marked if "picture.svg | safe" not in line] == []
