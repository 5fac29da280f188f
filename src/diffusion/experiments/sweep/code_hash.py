"""Which code computes: one hash over all sources and packaged tables that decide results."""

from __future__ import annotations

import hashlib
from functools import cache

from diffusion.paths import PACKAGE

#: what decides no number of a sweep: rooms above it, which print, draw, serve or ask more of it ...
ABOVE = ("__main__.py", "cli", "web", "deliver", "report", "calibration", "experiments/searches")
#: ... and files that a frozen design holds in full
OUTSIDE = (*ABOVE, "scenario_files", "experiment_files")
_KINDS = {".py", ".csv", ".yaml"}


def is_outside(place: str) -> bool:
    """Tell whether a file or folder of the package, named by its place in it, decides no number of a sweep."""
    return any(f"{place}/".startswith(f"{room}/") for room in OUTSIDE)


@cache
def code_hash() -> str:
    """Return the SHA-256 of the package's sources and tables, as installed here."""
    digest = hashlib.sha256()
    for path in sorted(PACKAGE.rglob("*")):
        place = path.relative_to(PACKAGE).as_posix()
        if path.suffix in _KINDS and not is_outside(place) and path.is_file():
            digest.update(place.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()
