"""What the rooms of analysis hand on, and what loading them loads."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import diffusion.analysis

pytestmark = pytest.mark.unit

ROOM = Path(diffusion.analysis.__file__).parent
ROOMS = sorted(path.parent.name for path in ROOM.glob("*/__init__.py"))


@pytest.mark.parametrize("room", ROOMS)
def test_every_name_handed_on_is_there(room: str) -> None:
    package = import_module(f"diffusion.analysis.{room}")
    assert len(package.__all__) == len(set(package.__all__)) > 3
    assert set(package.__all__) <= set(dir(package))
    for name in package.__all__:
        assert getattr(package, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = package.nothing


@pytest.mark.parametrize("room", ROOMS)
def test_no_name_handed_on_hides_a_module(room: str) -> None:
    """Else the name would be the module or what it holds, whichever was asked for first."""
    package = import_module(f"diffusion.analysis.{room}")
    assert {path.stem for path in (ROOM / room).glob("*.py")} & set(package.__all__) == set()


@pytest.mark.parametrize(
    "module", ["results.outcomes", "results", "observed", "economics", "uncertainty", "bass", "networks"]
)
def test_loading_is_quick(module: str) -> None:
    """SciPy, pandas, statsmodels and PyArrow are loaded by the functions that need them."""
    code = f"import sys, diffusion.analysis.{module}; print(*sorted({{name.split('.')[0] for name in sys.modules}}))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert {"scipy", "pandas", "statsmodels", "pyarrow", "SALib", "numba"} & set(loaded) == set()
