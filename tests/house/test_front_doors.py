"""Front doors: packages hand on names that are imported when first used, the same that type checkers see."""

from __future__ import annotations

import ast
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from diffusion.lazy import handed_on
from diffusion.paths import PACKAGE

pytestmark = pytest.mark.integration

DOORS = ("diffusion", "diffusion.agents", "diffusion.experiments.study", "diffusion.experiments.sweep")
#: what takes long to import
HEAVY = {
    "dask",
    "distributed",
    "duckdb",
    "matplotlib",
    "mesa",
    "numba",
    "numpy",
    "pandas",
    "pyarrow",
    "pydantic",
    "scipy",
}


def seen_by_type_checkers(door: str) -> dict[str, tuple[str, str]]:
    """Return name -> (module, its name there) of the imports below ``if TYPE_CHECKING:``."""
    path = PACKAGE.joinpath(*door.split(".")[1:], "__init__.py")
    found = {}
    for part in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(part, ast.If) and isinstance(part.test, ast.Name) and part.test.id == "TYPE_CHECKING":
            for line in part.body:
                if isinstance(line, ast.ImportFrom):
                    found |= {alias.asname or alias.name: (str(line.module), alias.name) for alias in line.names}
    return found


@pytest.mark.parametrize("door", DOORS)
def test_names_are_those_that_type_checkers_see(door: str) -> None:
    package, seen = import_module(door), seen_by_type_checkers(door)
    assert set(package.__all__) - {"__version__"} == set(seen)
    assert sorted(package.__all__) == list(package.__all__)
    for name, (module, own) in seen.items():
        assert getattr(package, name) is getattr(import_module(module), own), name
    assert set(package.__all__) <= set(dir(package))


@pytest.mark.parametrize("door", DOORS)
def test_a_name_that_is_not_there_is_told(door: str) -> None:
    with pytest.raises(AttributeError, match=f"module '{door}' has no attribute 'nothing'"):
        _ = import_module(door).nothing
    with pytest.raises(ImportError, match="cannot import name 'nothing'"):
        exec(f"from {door} import nothing")


@pytest.mark.parametrize("door", DOORS)
def test_a_front_door_opens_at_once(door: str) -> None:
    code = f"import sys, {door}; print(*sorted({{name.split('.')[0] for name in sys.modules}}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert HEAVY & set(done.stdout.split()) == set()


def test_modules_of_a_package_stay_importable_beside_its_names() -> None:
    code = (
        "from diffusion.experiments.sweep import read, rerun_one, prepare\n"
        "from diffusion.experiments.study import design\n"
        "print(read.read_runs.__name__, rerun_one.rerun.__name__, prepare.__name__, design.make_design.__name__)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.split() == ["read_runs", "rerun", "prepare", "make_design"]


def test_a_name_is_looked_up_once_and_may_be_called_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    package = type(sys)("a_door")
    monkeypatch.setitem(sys.modules, "a_door", package)
    find, listed = handed_on("a_door", {"Path": "pathlib", "join": "os.path:join"})
    assert find("Path") is Path
    assert package.Path is Path
    assert find("join")("a", "b") == str(Path("a", "b"))  # type: ignore[operator]
    assert {"Path", "join"} <= set(listed())
    with pytest.raises(AttributeError, match="module 'a_door' has no attribute 'split'"):
        find("split")


#: documented before the modules moved
DOCUMENTED = {
    "diffusion.analysis.bass_generalised": "fit_generalised_bass",
    "diffusion.analysis.bass_hazard": "fit_bass_hazard",
    "diffusion.analysis.events": "adoption_from_events",
    "diffusion.analysis.exposure": "exposure_by_layer",
    "diffusion.analysis.person_period": "person_period_table",
    "diffusion.analysis.ties": "ties_from_layer",
    "diffusion.engine.parameters": "param",
    "diffusion.experiments.dask_executor": "Dask",
    "diffusion.experiments.design": "make_design thaw",
    "diffusion.experiments.opening_stages": "opening_stages",
    "diffusion.experiments.read_back": "read_runs",
    "diffusion.experiments.study": "load_study",
    "diffusion.experiments.sweep": "prepare run_sweep",
    "diffusion.levers.base": "Lever",
    "diffusion.levers.registry": "register",
    "diffusion.scenario.plugins": "use_python_modules",
    "diffusion.world.build": "with_network",
}


@pytest.mark.parametrize("module", DOCUMENTED)
def test_documented_paths_lead_to_where_things_are_now(module: str) -> None:
    code = f"import importlib; m = importlib.import_module({module!r})\n"
    names = DOCUMENTED[module].split()
    code += "".join(f"from {module} import {name}\n" for name in names)
    code += f"print(all(callable(getattr(m, name)) for name in {names!r}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "True"
