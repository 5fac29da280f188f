"""Result folders: complete or not there at all, and never overwritten by accident."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from diffusion.errors import InputError

#: A folder with this file is a finished result.
MANIFEST_NAME = "manifest.json"
#: The folder of tables in it.
TABLES = "tables"


def check_replaceable(out: Path, force: bool = False) -> None:
    """Make sure that results may be written to ``out``; writes nothing.

    Raises
    ------
    InputError
        If ``out`` holds a finished result and ``force`` is false, or holds anything that no earlier run wrote there:
        that is never removed, not even by force.
    """
    if not out.exists():
        return
    if not out.is_dir():
        raise InputError(
            "this is a file, not a folder", file=out, expected="a folder", suggestion="choose another name"
        )
    if not any(out.iterdir()):
        return
    if not (out / MANIFEST_NAME).is_file():
        raise InputError(
            "the folder holds other files, which are never removed",
            file=out,
            expected="a new or empty folder",
            suggestion="choose another folder",
        )
    if not force:
        raise InputError(
            "the folder holds a finished result",
            file=out,
            expected="a new or empty folder",
            suggestion="choose another folder, or overwrite with --force",
        )
    if foreign := _foreign_files(out):
        raise InputError(
            f"the folder holds a finished result and '{foreign[0]}', which no run wrote; it is not overwritten",
            file=out,
            expected="a folder with results only",
            suggestion="move that file, or choose another folder",
        )


def _foreign_files(out: Path) -> list[str]:
    """Return files that the manifest does not list; everything is foreign where the manifest cannot be read."""
    present = sorted(path.relative_to(out).as_posix() for path in out.rglob("*") if not path.is_dir())
    try:
        listed = set(json.loads((out / MANIFEST_NAME).read_text(encoding="utf-8"))["files"])
    except (OSError, ValueError, KeyError, TypeError):
        listed = set()
    return [name for name in present if name != MANIFEST_NAME and name not in listed]


@contextmanager
def result_folder(out: Path, force: bool = False) -> Iterator[Path]:
    """Give a folder beside ``out`` to write into; it takes the place of ``out`` when the block ends well.

    After an error or an interrupt nothing is left behind, and an earlier result stays as it was.
    """
    out = out.absolute()
    check_replaceable(out, force)
    made = _make_parents(out.parent)
    draft = out.parent / f".{out.name}.unfinished-{os.getpid()}"
    try:
        draft.mkdir()
        yield draft
        check_replaceable(out, force)
        _put_in_place(draft, out)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        for folder in made:
            if folder.is_dir() and not any(folder.iterdir()):
                folder.rmdir()
        raise


def _make_parents(folder: Path) -> list[Path]:
    """Create missing folders; return those created, innermost first."""
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    return missing


def _put_in_place(draft: Path, out: Path) -> None:
    """Rename ``draft`` to ``out``; an earlier result is moved aside first and removed last."""
    for path in (*(p for p in draft.rglob("*") if p.is_file()), draft):
        flush(path)
    if not out.exists():
        draft.rename(out)
        return
    aside = out.parent / f".{out.name}.replaced-{os.getpid()}"
    out.rename(aside)
    try:
        draft.rename(out)
    except BaseException:
        aside.rename(out)
        raise
    shutil.rmtree(aside, ignore_errors=True)


def flush(path: Path) -> None:
    """Make sure that a file or folder has reached the disk, where the system can tell."""
    try:
        handle = os.open(path, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(handle)
    except OSError:
        pass
    finally:
        os.close(handle)
