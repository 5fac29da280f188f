"""Files that are there in full or not at all, also where several machines write into one folder."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from diffusion.drafts import draft_of, move, remove, tidy
from diffusion.storage.folder import flush


def write_whole(path: Path, content: bytes) -> None:
    """Write ``content`` to a temporary file beside ``path``, wait for the disk, and rename it; raises OSError."""
    draft = draft_of(path)
    try:
        with draft.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        move(draft, path)
    except BaseException:
        remove(draft)
        raise
    flush(path.parent)


def remove_abandoned(folder: Path) -> None:
    """Remove temporary files of :func:`write_whole` in ``folder`` and below whose writers are gone."""
    for inner, _, _ in os.walk(folder):
        tidy(Path(inner))


def told(error: OSError, path: Path) -> str:
    """Return what went wrong with a file, in one sentence."""
    reasons = {
        errno.ENOSPC: "the disk is full",
        getattr(errno, "EDQUOT", -1): "your quota of disk space is used up",
        errno.EFBIG: "the file would be larger than is allowed here",
        errno.EROFS: "the disk is read-only",
        errno.EACCES: "the folder cannot be written",
        errno.EPERM: "the folder cannot be written",
    }
    return f"{path}: {reasons.get(error.errno or 0, error.strerror or str(error))}"
