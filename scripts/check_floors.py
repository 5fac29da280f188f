"""Check that imports inside the package go downwards only: a room may use the rooms on the floors below it.

``python scripts/check_floors.py`` prints every import that goes up or across a floor, and ends with 1 if there is one.
``--table`` prints, room by room, which rooms it uses (as in docs/architecture.md). Imports that are only for type
checkers bind nothing at run time; they may go across a floor, but not up.
"""

from __future__ import annotations

import argparse
import ast
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

PACKAGE = "diffusion"
SOURCE = Path(__file__).resolve().parents[1] / "src" / PACKAGE

#: room -> floor; a room is a folder or a module directly below the package
FLOORS: dict[str, int] = {
    "cli": 7,
    "report": 6,
    "analysis": 5,
    "experiments": 5,
    "agents": 4,
    "simulation": 3,
    "scenario": 3,
    "levers": 2,
    "mechanisms": 2,
    "engine": 1,
    "world": 0,
    "data": 0,
    "errors": -1,
}
#: uses across a floor that are meant, with the reason
MEANT: dict[tuple[str, str], str] = {
    ("world", "data"): "the packaged tables",
    ("experiments", "analysis"): "a sweep keeps outcomes of its runs; analysis knows nothing of experiments",
}


class Use(NamedTuple):
    """One import of one room by another."""

    file: str
    line: int
    room: str
    used: str
    module: str
    for_types: bool

    @property
    def fault(self) -> str | None:
        """What is wrong with it, or None."""
        if (self.room, self.used) in MEANT:
            return None
        here, there = FLOORS[self.room], FLOORS[self.used]
        if there > here:
            return "goes up"
        if there == here and not self.for_types:
            return "goes across"
        return None


def is_type_checking(test: ast.expr) -> bool:
    """Whether ``test`` is TYPE_CHECKING."""
    return (isinstance(test, ast.Name) and test.id == "TYPE_CHECKING") or (
        isinstance(test, ast.Attribute) and test.attr == "TYPE_CHECKING"
    )


def imports(node: ast.AST, for_types: bool = False) -> Iterator[tuple[int, str, bool]]:
    """Yield (line, module, only for type checkers) of all imports below ``node``, also those inside functions."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and is_type_checking(child.test):
            for part in child.body:
                yield from imports(ast.Module([part], []), True)
            for part in child.orelse:
                yield from imports(ast.Module([part], []), for_types)
        elif isinstance(child, ast.Import):
            yield from ((child.lineno, alias.name, for_types) for alias in child.names)
        elif isinstance(child, ast.ImportFrom) and child.module and child.level == 0:
            if child.module == PACKAGE:  # from diffusion import simulation
                yield from ((child.lineno, f"{PACKAGE}.{alias.name}", for_types) for alias in child.names)
            else:
                yield child.lineno, child.module, for_types
        else:
            yield from imports(child, for_types)


def uses(source: Path = SOURCE) -> list[Use]:
    """Return every import of one room by another, in the order of files and lines.

    Raises
    ------
    ValueError
        A folder or module directly below the package that stands on no floor.
    """
    found = []
    for path in sorted(source.rglob("*.py")):
        inside = path.relative_to(source)
        room = inside.parts[0].removesuffix(".py")
        if room == "__init__":  # the front door: it names all, and imports nothing before it is asked
            continue
        if room not in FLOORS:
            raise ValueError(f"{inside} stands on no floor: add '{room}' to FLOORS")
        for line, module, for_types in imports(ast.parse(path.read_text(encoding="utf-8"))):
            parts = module.split(".")
            if parts[0] != PACKAGE or len(parts) < 2 or parts[1] == room:
                continue
            if parts[1] in FLOORS:  # else a name of the front door, such as __version__
                found.append(Use(inside.as_posix(), line, room, parts[1], module, for_types))
    return found


def table(found: list[Use]) -> str:
    """Return a Markdown table of the rooms that each room uses at run time."""
    lines = ["| floor | room | uses |", "|---|---|---|"]
    for room, floor in FLOORS.items():
        used = {use.used for use in found if use.room == room and not use.for_types}
        names = ", ".join(f"`{name}`" for name in FLOORS if name in used) or "-"
        lines.append(f"| {floor if floor >= 0 else 'ground'} | `{room}` | {names} |")
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--table", action="store_true", help="print which rooms each room uses")
    options = parser.parse_args()
    found = uses()
    if options.table:
        print(table(found))
        return 0
    faults = [use for use in found if use.fault]
    for use in faults:
        print(f"{use.file}:{use.line}: {use.room} uses {use.module}: {use.fault}")
    print(f"{len(found)} imports between rooms, {len(faults)} of them up or across a floor")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
