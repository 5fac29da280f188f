"""The plan of the house holds: floors, sub-rooms, circles, size of folders; and the check sees what breaks it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.unit

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

import check_floors  # noqa: E402

#: uses of ``Any`` that are left; lower it when they become fewer
MOST_ANY = 150
#: formatting switches that are left: tables that would become unreadable
MOST_SWITCHES = 45


def house(folder: Path, **files: str) -> list[check_floors.Use]:
    """Write modules (``room__sub__module`` -> text) and return the imports between them."""
    for name, text in files.items():
        path = folder.joinpath(*name.split("__")).with_suffix(".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        for package in path.relative_to(folder).parents:
            (folder / package / "__init__.py").touch()
        path.write_text(text, encoding="utf-8")
    return check_floors.uses(folder)


def faults(found: list[check_floors.Use]) -> list[tuple[str, int, str]]:
    return [(use.file, use.line, use.fault) for use in found if use.fault]


def test_imports_go_downwards_only_without_circles_and_no_folder_is_too_full() -> None:
    found = check_floors.uses()
    assert len(found) > 1000
    assert faults(found) == []
    assert check_floors.circles(found) == []
    assert check_floors.too_full() == []


def test_every_room_and_sub_room_exists_or_is_to_come() -> None:
    rooms = {room for rooms in check_floors.FLOORS for room in rooms}
    there = {path.stem for path in check_floors.SOURCE.iterdir() if path.suffix == ".py" or path.is_dir()}
    assert rooms == there & rooms
    for room, floors in check_floors.SUB_FLOORS.items():
        folders = {path.name for path in (check_floors.SOURCE / room).iterdir() if (path / "__init__.py").exists()}
        assert {name for floor in floors for name in floor} - {"."} == folders


def test_a_room_on_no_floor_is_told(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="stands on no floor"):
        house(tmp_path, attic__box="import diffusion.cli\n")
    with pytest.raises(ValueError, match="no floor of 'report'"):
        house(tmp_path / "two", report__cellar__box="")


def test_an_import_that_goes_up_or_across_is_told_wherever_it_hides(tmp_path: Path) -> None:
    found = house(
        tmp_path,
        mechanisms__use="",
        experiments__running__runner="",
        storage__file="",
        report__page__cells="",
        report__words__labels="from diffusion.report.page.cells import Cell\n",
        report__terminal__box="",
        report__files__workbook="def f():\n    from diffusion.report.terminal import box\n",
        engine__file="def f():\n    from diffusion.mechanisms import use\n",
        levers__file="from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import diffusion.mechanisms.use\n",
        month__file="from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import diffusion.levers.file\n",
        analysis__file="import diffusion.experiments.running.runner\nimport diffusion.mechanisms.use\n",
        world__named="handed_on(__name__, {'run': 'diffusion.experiments.running.runner:run'})\n",
    )
    assert faults(found) == [
        ("analysis/file.py", 1, "goes up"),
        ("analysis/file.py", 2, "goes across"),
        ("engine/file.py", 2, "goes up"),
        ("month/file.py", 3, "goes up"),
        ("report/files/workbook.py", 2, "goes across"),
        ("report/words/labels.py", 1, "goes up"),
        ("world/named.py", 1, "goes up"),
    ]


def test_a_circle_is_told_also_through_a_function_or_a_package(tmp_path: Path) -> None:
    found = house(
        tmp_path,
        world__build="from diffusion.world.tables import World\n",
        world__tables="def f():\n    from diffusion.world import keys\n",
        world__keys="import diffusion.world.build\n",
        world__trusts="import diffusion.world.keys\n",
        reading__files="from diffusion.reading import rows\n",
    )
    assert check_floors.circles(found) == [["world.build", "world.keys", "world.tables"]]


def test_a_circle_that_only_types_close_is_none(tmp_path: Path) -> None:
    hidden = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import diffusion.world.build\n"
    found = house(tmp_path, world__build="import diffusion.world.tables\n", world__tables=hidden)
    assert check_floors.circles(found) == []


def test_a_folder_that_holds_too_much_is_told(tmp_path: Path) -> None:
    modules = {f"world__m{n}": "" for n in range(check_floors.MOST_MODULES + 1)}
    house(tmp_path, **modules, **{f"levers__l{n}": "" for n in range(check_floors.MOST_MODULES + 1)})
    assert check_floors.too_full(tmp_path) == ["world/ holds 17 modules, at most 16: make rooms in it"]


def test_the_command_ends_with_1_where_the_plan_is_broken(tmp_path: Path) -> None:
    script = (ROOT / "scripts" / "check_floors.py").read_text(encoding="utf-8")
    (tmp_path / "scripts").mkdir()
    (tmp_path / "scripts" / "check_floors.py").write_text(script, encoding="utf-8")
    source = tmp_path / "src" / "diffusion"
    house(source, engine__file="import diffusion.world.tables\n", world__tables="")
    line = [sys.executable, str(tmp_path / "scripts" / "check_floors.py")]
    assert subprocess.run(line, capture_output=True, text=True, check=False).returncode == 0
    house(source, world__tables="import diffusion.engine.file\n")
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "world/tables.py:1: world.tables uses engine.file: goes up" in done.stdout
    assert "in a circle: engine.file, world.tables" in done.stdout


def test_types_are_said_and_code_is_formatted_by_the_formatter() -> None:
    texts = [path.read_text(encoding="utf-8") for path in check_floors.SOURCE.rglob("*.py")]
    assert sum(len(re.findall(r"\bAny\b", text)) for text in texts) < MOST_ANY
    assert sum(len(re.findall(r"# fmt: (?:skip|off)", text)) for text in texts) < MOST_SWITCHES
