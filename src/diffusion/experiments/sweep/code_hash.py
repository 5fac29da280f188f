"""Which code computes: one hash over all sources and packaged tables that decide results."""

from __future__ import annotations

import hashlib
from functools import cache

from diffusion.paths import PACKAGE

#: rooms that print, draw or serve and decide no number
_OUTSIDE = ("cli", "report", "deliver", "web", "scenario_files", "experiment_files")
_KINDS = {".py", ".csv", ".yaml"}


@cache
def code_hash() -> str:
    """Return the SHA-256 of the package's sources and tables, as installed here."""
    digest = hashlib.sha256()
    for path in sorted(PACKAGE.rglob("*")):
        place = path.relative_to(PACKAGE)
        if path.suffix in _KINDS and place.parts[0] not in _OUTSIDE and path.is_file():
            digest.update(place.as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()
