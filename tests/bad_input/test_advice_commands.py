"""Commands that messages, help and pages name exist, with the options they are given."""

from __future__ import annotations

import ast
import re
import shlex
from pathlib import Path

import pytest
from typer.main import get_command

import diffusion
from diffusion.cli.app import app

pytestmark = pytest.mark.unit

PACKAGE = Path(diffusion.__file__).parent
#: a command stands in quotes, backticks or a code element, or after one of these words up to a full stop or comma
QUOTED = re.compile(r"(?:'|``?|<code>)(diffusion [^'`<]+?)(?:'|``?|</code>)")
AFTER = re.compile(
    r"(?:with|with:|try:|then:|run it:|go on with it:|mend it:|example:|file:|them:|is:) (diffusion [a-z][^,;.\n)]*)"
)


def texts() -> list[tuple[str, str]]:
    """Return every text of the package with its place; what is put in later reads X."""
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            place = f"{path.relative_to(PACKAGE)}:{getattr(node, 'lineno', 0)}"
            if isinstance(node, ast.JoinedStr):
                parts = (str(part.value) if isinstance(part, ast.Constant) else "X" for part in node.values)
                found.append((place, "".join(parts)))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.append((place, node.value))
    for path in sorted(PACKAGE.rglob("*.j2")):
        found.append((path.name, path.read_text(encoding="utf-8")))
    return found


def named() -> list[tuple[str, str]]:
    """Return the commands that texts name."""
    return sorted(
        {
            (place.partition(":")[0], line.strip())
            for place, text in texts()
            for pattern in (QUOTED, AFTER)
            for line in pattern.findall(text)
        }
    )


def test_commands_are_found() -> None:
    assert len(named()) > 30


@pytest.mark.parametrize(("place", "line"), named())
def test_the_command_and_its_options_exist(place: str, line: str) -> None:
    command, words = get_command(app), shlex.split(line)[1:]
    while words and hasattr(command, "commands"):
        if words[0].startswith("-"):
            break
        assert words[0] in command.commands, f"{place}: {line}"
        command, words = command.commands[words[0]], words[1:]
    known = {option for parameter in command.params for option in parameter.opts} | {"--help"}
    assert {word.split("=")[0] for word in words if word.startswith("--")} <= known, f"{place}: {line}"
