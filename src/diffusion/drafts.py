"""Drafts: files and folders in the making, each beside the place that it will take.

A draft's name says which process writes it, so that what dead processes left can be told from what lives.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from diffusion.processes import is_over, this_process

UNFINISHED, REPLACED = "unfinished", "replaced"
#: what a process of another machine has not touched for so long belongs to nobody
ABANDONED_SECONDS = 86_400.0
#: letters of a name that stand in that of its draft; longer ones are shortened, for systems allow 255 bytes
_MOST_LETTERS = 60
_NAME = re.compile(rf"\.(?P<stem>.+)\.(?P<kind>{UNFINISHED}|{REPLACED})-(?P<owner>[0-9a-f]{{8}}-\d+-\d+)")
#: tries at a rename: on Windows others that look at a file, such as a virus scanner, hold it for a moment
_TRIES = 6


def draft_of(path: Path, kind: str = UNFINISHED, owner: str = "") -> Path:
    """Return where this process (or ``owner``) drafts ``path``; ``kind`` tells drafts from what is moved aside."""
    return path.with_name(f".{_stem(path.name)}.{kind}-{owner or this_process()}")


def drafts_of(path: Path, kind: str) -> Iterator[tuple[Path, str]]:
    """Yield (draft, its owner) for all that there is of ``path``."""
    for draft, found in _drafts_in(path.parent):
        if found["kind"] == kind and found["stem"] == _stem(path.name):
            yield draft, found["owner"]


def is_abandoned(draft: Path, owner: str) -> bool:
    """Tell whether nobody goes on with a draft: its process has ended, or a strange machine's has not touched it."""
    over = is_over(owner)
    if over is not None:
        return over
    inside = draft.rglob("*") if draft.is_dir() and not draft.is_symlink() else ()
    try:
        newest = max(path.lstat().st_mtime for path in (draft, *inside))
    except OSError:
        return False
    return bool(time.time() - newest > ABANDONED_SECONDS)


def tidy(folder: Path) -> None:
    """Remove what dead processes left unfinished in ``folder``; what lives, and what was moved aside, stays."""
    for draft, found in _drafts_in(folder):
        if found["kind"] == UNFINISHED and is_abandoned(draft, found["owner"]):
            remove(draft)


def remove(path: Path) -> None:
    """Remove a file or a folder if it can be removed; of a link only the link."""
    if path.is_dir() and not is_link(path):
        shutil.rmtree(path, ignore_errors=True)
    else:
        with suppress(OSError):
            path.unlink(missing_ok=True)


@contextmanager
def drafted(path: Path) -> Iterator[Path]:
    """Give a file beside ``path`` to write to; it takes the place of ``path`` when the block ends well."""
    tidy(path.parent)
    draft = draft_of(path)
    try:
        yield draft
        move(draft, path)
    finally:
        remove(draft)


def move(source: Path, target: Path) -> None:
    """Rename ``source`` to ``target``, in the place of any file there; try again where it is held for a moment."""
    for attempt in range(1, _TRIES + 1):
        try:
            source.replace(target)
            return
        except PermissionError:
            if attempt == _TRIES or sys.platform != "win32":
                raise
            time.sleep(0.1 * attempt)


def is_link(path: Path) -> bool:
    """Tell whether a path is a link to somewhere else: a symbolic link, or a junction of Windows."""
    junction = getattr(os.path, "isjunction", None)  # Python 3.12
    return path.is_symlink() or bool(junction is not None and junction(path))


def _drafts_in(folder: Path) -> Iterator[tuple[Path, re.Match[str]]]:
    try:
        names = [entry.name for entry in os.scandir(folder) if entry.name.startswith(".")]
    except OSError:
        return
    for name in names:
        if found := _NAME.fullmatch(name):
            yield folder / name, found


def _stem(name: str) -> str:
    """Return ``name``, or if it is long its beginning with a checksum."""
    if len(name.encode(errors="surrogateescape")) <= _MOST_LETTERS:
        return name
    digest = hashlib.sha256(name.encode(errors="surrogateescape")).hexdigest()[:12]
    return f"{name[: _MOST_LETTERS // 4]}~{digest}"
