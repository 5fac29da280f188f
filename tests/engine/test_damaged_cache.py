"""Compiled kernels on disk that are damaged: compiled again with one line said, whatever happened to the files."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from diffusion.paths import PACKAGE

pytestmark = pytest.mark.integration

_KERNELS = """
from diffusion.engine.kernels.jit import kernel, phase_kernel

@kernel
def add(a, b):
    return a + b

@phase_kernel
def nothing(address: int) -> None:
    address + 1

print(add(2, 3))
nothing(5)
print(sum(add._dispatcher.stats.cache_hits.values()), nothing._made._cache_hits)
"""


def call(folder: Path) -> tuple[list[str], list[str]]:
    """Run two small kernels with the cache of ``folder``; return the lines of stdout and stderr."""
    there = {**os.environ, "PYTHONPATH": str(PACKAGE.parent), "NUMBA_CACHE_DIR": str(folder / "cache")}
    there.pop("DIFFUSION_NO_JIT", None)
    command = [sys.executable, str(folder / "tiny.py")]
    done = subprocess.run(command, env=there, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, (done.returncode, done.stderr)
    return done.stdout.splitlines(), done.stderr.splitlines()


@pytest.fixture(scope="module")
def cached(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two kernels that have been compiled."""
    folder = tmp_path_factory.mktemp("cached")
    (folder / "tiny.py").write_text(_KERNELS)
    assert call(folder) == (["5", "0 0"], [])
    assert call(folder) == (["5", "1 1"], [])
    return folder


def flipped(content: bytes) -> bytes:
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 0x10]) + content[middle + 1 :]


DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda content: b"",
    "half": lambda content: content[: len(content) // 2],
    "one bit": flipped,
    "garbage": lambda content: bytes(range(256)) * 8,
    "longer": lambda content: content + b"\n",
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", DAMAGE)
@pytest.mark.parametrize("ending", ["nbi", "nbc"])
def test_damaged_files_are_compiled_again_and_told_in_one_line(cached: Path, kind: str, ending: str) -> None:
    files = sorted((cached / "cache").rglob(f"*.{ending}"))
    assert len(files) == 2
    for path in files:
        path.write_bytes(DAMAGE[kind](path.read_bytes()))
    out, err = call(cached)
    assert out == ["5", "0 0"]
    assert len(err) == 1, err
    assert "damaged" in err[0]
    assert "compiled again" in err[0]
    assert call(cached) == (["5", "1 1"], [])  # mended


@pytest.mark.slow
def test_a_file_in_the_place_of_another_is_not_taken_for_it(cached: Path) -> None:
    add, nothing = sorted((cached / "cache").rglob("*.nbc"))
    shutil.copy(nothing, add)
    out, err = call(cached)
    assert out[0] == "5"
    assert len(err) == 1, err


def test_a_folder_in_the_place_of_a_file_does_not_stop_a_run(cached: Path) -> None:
    path = sorted((cached / "cache").rglob("*.nbi"))[0]
    path.unlink()
    path.mkdir()
    out, _ = call(cached)
    assert out[0] == "5"
    path.rmdir()
    assert call(cached)[0][0] == "5"
