"""Check the plan of the house: imports inside the package go downwards only, and never in a circle.

``python scripts/check_floors.py`` prints every import that goes up or across a floor, every circle of modules, and
every folder that holds too much, and ends with 1 if there is one. Sub-rooms keep the same rule inside their room.
Imports inside functions, and names that a package hands on, count like those at the top of a file. ``--table`` prints,
room by room, which rooms it uses,
as in docs/architecture.md. Imports only for type checkers bind nothing at run time: they may go across, but not up.
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

#: The floors from the ground up; a room is a folder or a module directly below the package.
FLOORS: tuple[tuple[str, ...], ...] = (
    ("errors", "arrays", "paths", "progress", "lazy", "outlets", "safe_path", "processes", "drafts", "showing"),
    ("data", "reading"),
    ("world",),
    ("engine",),
    ("mechanisms", "analysis"),
    ("month", "storage"),
    ("levers", "ensemble"),
    ("scenario", "evidence"),
    ("agents",),
    ("experiments",),
    ("calibration",),
    ("report",),
    ("deliver",),
    ("web",),
    ("cli",),
    ("__main__",),
)
#: The floors inside rooms, from the ground up; ``.`` are the modules that stand in no sub-room.
SUB_FLOORS: dict[str, tuple[tuple[str, ...], ...]] = {
    "engine": (("kernels",), (".",)),
    "mechanisms": (("variety",), ("supply",), (".",), ("network",)),
    "analysis": (
        ("outcomes",),
        ("results",),
        ("observed", "economics", "uncertainty", "reported", "regions", "followed"),
        ("bass", "networks", "differences"),
        (".",),
    ),
    "world": ((".",), ("building",), ("packages",)),
    "scenario": ((".",), ("felt",)),
    "calibration": ((".",), ("fit",)),
    "experiments": (("running",), ("study",), ("sweep",), ("searches",), ("again",)),
    "report": (
        ("words",),
        ("evidence_words",),
        ("figures",),
        ("page",),
        ("followed",),
        ("pages", "terminal", "files", "regions", "brief"),
        ("reasons", "notebook"),
    ),
    "web": (("base",), ("helpers",), ("jobs",), ("ask", "see", "keep", "studies"), ("pages",), (".",)),
    "cli": (("shared",), (".",)),
}
#: How many modules a folder may hold, and those that may hold more because all their modules are of one kind.
MOST_MODULES = 16
ONE_KIND = {"levers": "a lever each", "cli": "a command each", "mechanisms": "an equation each"}

#: The functions with which a package hands on names (``lazy.py``): imports like any other.
HANDED_ON = {"handed_on", "moved"}

LEVEL = {room: level for level, rooms in enumerate(FLOORS) for room in rooms}
SUB_LEVEL = {
    room: {name: level for level, names in enumerate(floors) for name in names} for room, floors in SUB_FLOORS.items()
}


class Use(NamedTuple):
    """One import of one module by another."""

    file: str
    line: int
    module: str  # the module that imports, without the package's name
    used: str  # what it imports
    for_types: bool

    @property
    def room(self) -> str:
        return self.module.split(".")[0]

    @property
    def used_room(self) -> str:
        return self.used.split(".")[0]

    @property
    def fault(self) -> str | None:
        """What is wrong with it, or None."""
        here, there = LEVEL[self.room], LEVEL[self.used_room]
        if self.used.startswith(f"{self.module}."):  # a package hands on what is inside it
            return None
        if self.room == self.used_room:
            if self.room not in SUB_FLOORS or sub_room(self.module) == sub_room(self.used):
                return None
            levels = SUB_LEVEL[self.room]
            here, there = levels[sub_room(self.module)], levels[sub_room(self.used)]
        if there > here:
            return "goes up"
        return "goes across" if there == here and here > 0 and not self.for_types else None


def sub_room(module: str) -> str:
    """Return the sub-room of a module of a room that has such; ``.`` where it stands in none."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 and parts[1] in SUB_LEVEL[parts[0]] else "."


def modules(source: Path) -> dict[str, Path]:
    """Return module name -> file of the package, packages under their own name; the front door is left out."""
    found = {}
    for path in sorted(source.rglob("*.py")):
        parts = path.relative_to(source).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        if name:
            found[name] = path
    return found


def is_type_checking(test: ast.expr) -> bool:
    """Whether ``test`` is TYPE_CHECKING."""
    return (isinstance(test, ast.Name) and test.id == "TYPE_CHECKING") or (
        isinstance(test, ast.Attribute) and test.attr == "TYPE_CHECKING"
    )


def imports(node: ast.AST, for_types: bool = False) -> Iterator[tuple[int, str, str, bool]]:
    """Yield (line, module, name taken from it, only for type checkers) of all imports, also those inside functions."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and is_type_checking(child.test):
            for part in child.body:
                yield from imports(ast.Module([part], []), True)
            for part in child.orelse:
                yield from imports(ast.Module([part], []), for_types)
        elif isinstance(child, ast.Import):
            yield from ((child.lineno, alias.name, "", for_types) for alias in child.names)
        elif isinstance(child, ast.ImportFrom) and child.module and child.level == 0:
            yield from ((child.lineno, child.module, alias.name, for_types) for alias in child.names)
        elif isinstance(child, ast.Call) and isinstance(child.func, ast.Name) and child.func.id in HANDED_ON:
            for part in ast.walk(child):  # {"name": "package.module:name"}
                if isinstance(part, ast.Constant) and str(part.value).startswith(f"{PACKAGE}."):
                    yield part.lineno, str(part.value).partition(":")[0], "", for_types
        else:
            yield from imports(child, for_types)


def uses(source: Path = SOURCE) -> list[Use]:
    """Return every import of one module of the package by another, in the order of files and lines.

    Raises
    ------
    ValueError
        A room or sub-room that stands on no floor.
    """
    known = modules(source)
    found: dict[tuple[str, int, str, bool], Use] = {}
    for module, path in known.items():
        file, room = path.relative_to(source).as_posix(), module.split(".")[0]
        if room not in LEVEL:
            raise ValueError(f"{file} stands on no floor: add '{room}' to FLOORS")
        if room in SUB_LEVEL and "/" in file.partition("/")[2] and sub_room(module) == ".":
            raise ValueError(f"{file} stands on no floor of '{room}': add its folder to SUB_FLOORS")
        for line, name, taken, for_types in imports(ast.parse(path.read_text(encoding="utf-8"))):
            if name.split(".")[0] != PACKAGE:
                continue
            whole = f"{name}.{taken}".removeprefix(f"{PACKAGE}.")
            used = whole if whole in known else name.removeprefix(PACKAGE).removeprefix(".")
            if used in known and used != module:  # else a name of the front door, such as __version__
                found.setdefault((file, line, used, for_types), Use(file, line, module, used, for_types))
    return list(found.values())


def circles(found: list[Use]) -> list[list[str]]:
    """Return the groups of modules that import one another in a circle at run time (Tarjan's components)."""
    graph: dict[str, list[str]] = {}
    for use in found:
        if not use.for_types:
            graph.setdefault(use.module, []).append(use.used)
    number: dict[str, int] = {}
    low: dict[str, int] = {}
    open_: list[str] = []
    groups = []

    def visit(module: str) -> None:
        number[module] = low[module] = len(number)
        open_.append(module)
        for used in graph.get(module, ()):
            if used not in number:
                visit(used)
            if used in open_:
                low[module] = min(low[module], low[used])
        if low[module] == number[module]:
            group = []
            while not group or group[-1] != module:
                group.append(open_.pop())
            if len(group) > 1:
                groups.append(sorted(group))

    for module in sorted(graph):
        if module not in number:
            visit(module)
    return sorted(groups)


def too_full(source: Path = SOURCE) -> list[str]:
    """Return a sentence for every folder that holds too many modules."""
    faults = []
    for folder in sorted({path.parent for path in source.rglob("*.py")}):
        number = sum(path.name != "__init__.py" for path in folder.glob("*.py"))
        place = folder.relative_to(source).as_posix()
        if number > MOST_MODULES and place not in ONE_KIND:
            faults.append(f"{place}/ holds {number} modules, at most {MOST_MODULES}: make rooms in it")
    return faults


def table(found: list[Use]) -> str:
    """Return a Markdown table of the rooms that each room uses at run time, from the top floor down."""
    lines = ["| floor | room | sub-rooms | uses |", "|---|---|---|---|"]
    order = [room for rooms in reversed(FLOORS) for room in rooms]
    here = {use.room for use in found} | {use.used_room for use in found}
    for room in order:
        if room not in here:
            continue
        used = {use.used_room for use in found if use.room == room and not use.for_types} - {room}
        names = ", ".join(f"`{name}`" for name in order if name in used) or "-"
        inside = ", ".join(f"`{name}`" for floor in reversed(SUB_FLOORS.get(room, ())) for name in floor if name != ".")
        lines.append(f"| {LEVEL[room] or 'ground'} | `{room}` | {inside or '-'} | {names} |")
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--table", action="store_true", help="print which rooms each room uses")
    options = parser.parse_args()
    found = uses()
    if options.table:
        print(table(found))
        return 0
    faults = [f"{use.file}:{use.line}: {use.module} uses {use.used}: {use.fault}" for use in found if use.fault]
    faults += [f"in a circle: {', '.join(group)}" for group in circles(found)]
    faults += too_full()
    for fault in faults:
        print(fault)
    print(f"{len(found)} imports inside the package, {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
