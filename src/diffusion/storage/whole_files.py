"""Files that are there in full or not at all, also where several machines write into one folder."""

from __future__ import annotations

import errno
import hashlib
import os
import socket
import time
from pathlib import Path

from diffusion.storage.folder import flush

#: temporary files that nobody has touched for so long belong to nobody
_ABANDONED_SECONDS = 86_400.0


def write_whole(path: Path, content: bytes) -> None:
    """Write ``content`` to a temporary file beside ``path``, wait for the disk, and rename it; raises OSError."""
    draft = path.with_name(f".{path.name}.{_host()}-{os.getpid()}.unfinished")
    try:
        with draft.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    flush(path.parent)


def remove_abandoned(folder: Path) -> None:
    """Remove temporary files of :func:`write_whole` below ``folder`` whose writers are gone."""
    for path in folder.rglob(".*.unfinished"):
        host, _, pid = path.name.rsplit(".", 2)[-2].rpartition("-")
        try:
            old = time.time() - path.stat().st_mtime > _ABANDONED_SECONDS
            if old or (host == _host() and not _alive(int(pid))):
                path.unlink()
        except (OSError, ValueError):
            continue


def told(error: OSError, path: Path) -> str:
    """Return what went wrong with a file, in one sentence."""
    reasons = {
        errno.ENOSPC: "the disk is full",
        errno.EDQUOT: "your quota of disk space is used up",
        errno.EFBIG: "the file would be larger than is allowed here",
        errno.EROFS: "the disk is read-only",
        errno.EACCES: "the folder cannot be written",
        errno.EPERM: "the folder cannot be written",
    }
    return f"{path}: {reasons.get(error.errno or 0, error.strerror or str(error))}"


def _host() -> str:
    """A short name of this machine for temporary files, so that machines on one disk do not meet."""
    return hashlib.sha256(socket.gethostname().encode()).hexdigest()[:8]


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
