"""Whatever of a sweep is killed, and whenever: it can be finished, with every run once and the undisturbed bytes.

The full test is ``PYTHONPATH=tests python -m support.sweep_killing --runs 2000 --kills 20``.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from support.sweep_killing import kill_often

pytestmark = [
    pytest.mark.slow,
    pytest.mark.integration,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="finds processes through /proc"),
]


def test_a_sweep_survives_kills_of_workers_scheduler_and_all(tmp_path: Path) -> None:
    kill_often(tmp_path, runs=400, kills=3, seed=4, months=60)
