"""One place for the compiler options of all kernels, and for where compiled kernels are kept.

Kernels allocate nothing and count no references (``_nrt=False``); work space stands in the frame they are given.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

import numba


def _cache_folder() -> str:
    """Return a folder for compiled kernels that changes with any source a kernel may have been inlined from.

    Numba itself only looks at the file that holds the kernel, and would keep using outdated code.
    """
    package = Path(__file__).resolve().parent.parent
    digest = hashlib.sha256(numba.__version__.encode())
    for folder in ("engine", "mechanisms"):
        for path in sorted((package / folder).glob("*.py")):
            digest.update(path.read_bytes())
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return str(Path(base) / "nhs-diffusion" / digest.hexdigest()[:16])


if not os.environ.get("NUMBA_CACHE_DIR"):
    numba.config.CACHE_DIR = _cache_folder()  # type: ignore[attr-defined]


def compiled_marker() -> Path:
    """Return the file that exists once all kernels have been compiled on this machine."""
    return Path(str(numba.config.CACHE_DIR)) / "complete"  # type: ignore[attr-defined]


#: numba's stubs do not know the option that switches reference counting off
_njit: Any = numba.njit
#: kernels called from Python; cached on disk, no fastmath, no parallel reductions: the same bits everywhere
kernel: Any = _njit(nogil=True, cache=True, error_model="numpy", _nrt=False)
#: functions that kernels call; an equation exists once
shared: Any = _njit(nogil=True, error_model="numpy", _nrt=False)
#: small scalar functions, always inlined
inline: Any = _njit(nogil=True, error_model="numpy", forceinline=True, _nrt=False)
