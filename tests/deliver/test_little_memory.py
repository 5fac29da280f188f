"""Reading tables where the address space is limited ends, with the table or with a sentence; it never waits."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from diffusion.storage.table_files import write_table

resource = pytest.importorskip("resource")
pytestmark = [pytest.mark.integration, pytest.mark.slow]

_READ = """
import resource, sys
from pathlib import Path
resource.setrlimit(resource.RLIMIT_AS, (int(sys.argv[1]) * 1_000_000,) * 2)
from diffusion.errors import InputError
from diffusion.storage.table_files import read_table
try:
    print(len(read_table(Path(sys.argv[2]), "large")))
except InputError as error:
    print(error)
"""


@pytest.mark.parametrize("megabytes", [550, 600, 650, 700, 900, 1_300])
def test_reading_ends(tmp_path: Path, megabytes: int) -> None:
    rows = 20_000
    write_table({f"c{n}": np.arange(rows) * 0.1 for n in range(10)}, tmp_path, "large", csv=False)
    command = [sys.executable, "-c", _READ, str(megabytes), str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == str(rows) or "too little memory" in done.stdout
    if megabytes == 1_300:
        assert done.stdout.strip() == str(rows)
