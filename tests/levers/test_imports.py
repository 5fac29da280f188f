"""Knowing the levers costs no compiler: their modules load neither Numba nor SciPy."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytestmark = pytest.mark.unit

CODE = """
import sys
from diffusion.levers.registry import all_levers

assert sum(lever.number > 0 for lever in all_levers().values()) == 26
print(sorted({"numba", "scipy", "pandas", "networkx", "mesa"} & set(sys.modules)))
"""


def test_levers_load_no_compiler() -> None:
    shown = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"
