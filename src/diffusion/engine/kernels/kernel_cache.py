"""Where compiled kernels are kept, and what makes them stale."""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
from contextlib import suppress
from functools import cache
from importlib.metadata import version
from pathlib import Path

from diffusion.paths import PACKAGE

#: rooms that hold kernels, or functions and numbers that kernels take in
KERNEL_ROOMS = ("engine", "mechanisms", "month", "analysis/networks")


@cache
def cache_folder() -> Path:
    """Return a folder for compiled kernels that changes with any source a kernel may have taken something from.

    Numba itself only looks at the file that holds the kernel, and would keep using outdated code. ``NUMBA_CACHE_DIR``
    overrides it.
    """
    if given := os.environ.get("NUMBA_CACHE_DIR"):
        return Path(given)
    return _base() / "nhs-diffusion" / sources_digest()[:16]


@cache
def sources_digest() -> str:
    """Return the SHA-256 of every source that a kernel may have taken something from, and of Numba's version."""
    digest = hashlib.sha256(version("numba").encode())
    for room in KERNEL_ROOMS:
        for path in sorted((PACKAGE / room).rglob("*.py")):
            digest.update(path.relative_to(PACKAGE).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _base() -> Path:
    """Return the user's folder of caches; one of temporary files where there is no home or it cannot be written."""
    try:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
        base.mkdir(parents=True, exist_ok=True)
        if os.access(base, os.W_OK | os.X_OK):
            return base
    except (OSError, RuntimeError):
        pass
    return _temporary()


def _temporary() -> Path:
    """Return a folder among the temporary files that is this user's alone: what is compiled there is run."""
    own = getattr(os, "getuid", lambda: 0)()
    folder = Path(tempfile.gettempdir()) / f"diffusion-cache-{own}"
    with suppress(OSError):
        folder.mkdir(mode=0o700)
    found = folder.lstat() if folder.exists() else None
    if found is not None and stat.S_ISDIR(found.st_mode) and found.st_uid == own and not found.st_mode & 0o022:
        return folder
    return Path(tempfile.mkdtemp(prefix="diffusion-cache-"))  # for this process only


def compiled_marker() -> Path:
    """Return the file that exists once all kernels have been compiled on this machine."""
    return cache_folder() / "complete"
