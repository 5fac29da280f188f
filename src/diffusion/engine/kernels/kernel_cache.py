"""Where compiled kernels are kept, and what makes them stale."""

from __future__ import annotations

import hashlib
import os
from functools import cache
from importlib.metadata import version
from pathlib import Path

from diffusion.paths import PACKAGE

#: rooms that hold kernels, or functions and numbers that kernels take in
KERNEL_ROOMS = ("engine", "mechanisms", "month")


@cache
def cache_folder() -> Path:
    """Return a folder for compiled kernels that changes with any source a kernel may have taken something from.

    Numba itself only looks at the file that holds the kernel, and would keep using outdated code. ``NUMBA_CACHE_DIR``
    overrides it.
    """
    if given := os.environ.get("NUMBA_CACHE_DIR"):
        return Path(given)
    digest = hashlib.sha256(version("numba").encode())
    for room in KERNEL_ROOMS:
        for path in sorted((PACKAGE / room).rglob("*.py")):
            digest.update(path.relative_to(PACKAGE).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "nhs-diffusion" / digest.hexdigest()[:16]


def compiled_marker() -> Path:
    """Return the file that exists once all kernels have been compiled on this machine."""
    return cache_folder() / "complete"
