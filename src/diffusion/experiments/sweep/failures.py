"""Why a run failed, in words that do not depend on the machine or the process it failed in."""

from __future__ import annotations

import re
import traceback
from dataclasses import dataclass
from pathlib import Path

from diffusion.errors import InputError
from diffusion.paths import PACKAGE

_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")


@dataclass(frozen=True)
class Failure:
    """A failed run: where it was (``scenario``, ``world``, ``run`` or ``outcomes``), the error, and its traceback."""

    stage: str
    message: str
    traceback: str


def failure(stage: str, error: Exception) -> Failure:
    """Return what is kept of an error: files by their place in a package, no addresses of objects."""
    frames = traceback.extract_tb(error.__traceback__)[1:]  # the first is the call here, the same for all
    if error.__cause__ is not None:
        frames += traceback.extract_tb(error.__cause__.__traceback__)[1:]
    lines = [f"{_short(frame.filename)}:{frame.lineno} in {frame.name}: {frame.line or ''}" for frame in frames]
    said = error.at(file=_short(error.file)) if isinstance(error, InputError) and error.file else error
    message = _ADDRESS.sub("", f"{type(error).__name__}: {said}")
    return Failure(stage, message, "\n".join([*lines, message]))


def _short(name: str) -> str:
    path = Path(name)
    if path.is_relative_to(PACKAGE):
        return path.relative_to(PACKAGE.parent).as_posix()
    parts = path.parts
    return "/".join(parts[parts.index("site-packages") + 1 :]) if "site-packages" in parts else path.name
