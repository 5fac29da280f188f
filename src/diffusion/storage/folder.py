"""Result folders: complete or not there at all, never overwritten by accident, and never lost between two names."""

from __future__ import annotations

import json
import os
import sys
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from diffusion.drafts import REPLACED, UNFINISHED, draft_of, drafts_of, is_abandoned, is_link, move, remove, tidy
from diffusion.errors import InputError

DISTRIBUTION = "nhs-diffusion"
#: A folder with this file is a finished result.
MANIFEST_NAME = "manifest.json"
#: The folder of tables in it.
TABLES = "tables"
#: what systems put into folders that somebody looks at
_LITTER = {".DS_Store", "Thumbs.db", "desktop.ini"}


def check_replaceable(out: Path, force: bool = False) -> None:
    """Make sure that results may be written to ``out``; writes nothing.

    Raises
    ------
    InputError
        If ``out`` is a link, holds a finished result and ``force`` is false, or holds anything that no earlier run
        wrote there: that is never removed, not even by force.
    """
    try:
        _check_replaceable(out, force)
    except OSError as error:
        raise InputError(
            f"the folder cannot be used: {error.strerror or error}",
            file=out,
            expected="a folder of your own",
            suggestion="for example --out results/first",
        ) from None


def _check_replaceable(out: Path, force: bool) -> None:
    if is_link(out):
        raise InputError(
            "this is a link to another place; it is neither followed nor replaced",
            file=out,
            expected="a folder itself",
            suggestion=f"name the folder that it points to: {os.path.realpath(out)}",
        )
    if not out.exists():
        return
    if not out.is_dir():
        raise InputError(
            "this is a file, not a folder", file=out, expected="a folder", suggestion="choose another name"
        )
    if all(path.name in _LITTER for path in out.iterdir()):
        return
    listed = _listed_files(out)
    if listed is None:
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
    if foreign := next(_foreign(out, listed), None):
        raise InputError(
            f"the folder holds a finished result and '{foreign}', which no run wrote; it is not overwritten",
            file=out,
            expected="a folder with results only",
            suggestion="move that file, or choose another folder",
        )


def is_result(folder: Path) -> bool:
    """Tell whether this package wrote a finished result into ``folder``."""
    return _listed_files(folder) is not None


def _listed_files(out: Path) -> set[str] | None:
    """Return the files that the manifest of a result lists; None where there is none that this package wrote."""
    try:
        manifest = json.loads((out / MANIFEST_NAME).read_text(encoding="utf-8"))
        if manifest["package"]["name"] != DISTRIBUTION:
            return None
        return {unicodedata.normalize("NFC", name) for name in manifest["files"]}
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _foreign(out: Path, listed: set[str]) -> Iterator[str]:
    """Yield what no run wrote: files that are not listed, links, and folders without a listed file."""
    known = {MANIFEST_NAME, *listed}
    folders = {parent.as_posix() for name in known for parent in Path(name).parents}
    for folder, inner, files in os.walk(out):
        for name in sorted([*inner, *files]):
            path = Path(folder, name)
            inside = unicodedata.normalize("NFC", path.relative_to(out).as_posix())
            if is_link(path) or (inside not in (folders if name in inner else known) and name not in _LITTER):
                yield inside


@contextmanager
def result_folder(out: Path, force: bool = False) -> Iterator[Path]:
    """Give a folder beside ``out`` to write into; it takes the place of ``out`` when the block ends well.

    After an error or an interrupt nothing is left behind, and an earlier result stays as it was. What a process that
    was killed leaves is mended by :func:`mend`.

    Raises
    ------
    InputError
        As :func:`check_replaceable`; or another program keeps ``out`` from being replaced: then the new result stands
        beside it, under a name that is told.
    """
    out = out.absolute()
    mend(out)
    check_replaceable(out, force)
    draft = draft_of(out)
    made: list[Path] = []
    try:
        made = _begin(draft)
        yield draft
        check_replaceable(out, force)
        _put_in_place(draft, out)
    except BaseException:
        remove(draft)
        for folder in made:
            if folder.is_dir() and not any(folder.iterdir()):
                folder.rmdir()
        raise


@contextmanager
def new_folder(out: Path, key: str, example: str) -> Iterator[Path]:
    """Give a folder beside ``out`` to write into; it becomes ``out`` when the block ends well, else nothing is left.

    Raises
    ------
    InputError
        There is something at ``out`` already, or no folder can be made there.
    """
    fault = ""
    try:
        if is_link(out) or out.exists():
            fault = "there is something of this name already"
        elif not out.parent.is_dir():
            fault = f"'{out}' is in a folder that does not exist"
    except (OSError, ValueError) as error:
        fault = f"the folder cannot be used: {error}"
    if fault:
        raise InputError(fault, file=out, key=key, expected="a new folder", suggestion=f"for example {example}")
    with result_folder(out) as draft:
        yield draft


def _begin(draft: Path) -> list[Path]:
    """Create a draft folder and those that it needs; return the latter. Raises InputError where no folder can be."""
    try:
        made = _make_parents(draft.parent)
        tidy(draft.parent)
        draft.mkdir()
    except (FileNotFoundError, NotADirectoryError, PermissionError) as error:
        raise InputError(
            f"no folder can be made there: {error.strerror or error}",
            file=draft.parent,
            key="--out",
            expected="a folder of your own",
            suggestion="for example --out results/first",
        ) from None
    return made


def mend(out: Path) -> str:
    """Finish or undo what a process that died while it replaced ``out`` left; return what was done, or nothing.

    The earlier result is moved aside, the new one takes its place, the earlier one is removed: wherever that stops, one
    of the two is whole, and it stands in its place afterwards.
    """
    out = out.absolute()
    for aside, owner in drafts_of(out, REPLACED):
        if not is_abandoned(aside, owner):
            continue
        there = out.exists() or is_link(out)
        with suppress(OSError):  # another process may be mending it too
            if there and not is_result(out):
                return f"{out} was being replaced when the program died; the earlier result is in {aside}"
            if there:
                remove(aside)
                continue
            draft = draft_of(out, UNFINISHED, owner)
            if (draft / MANIFEST_NAME).is_file():
                move(draft, out)
                remove(aside)
                return f"{out} was being replaced when the program died: the new result is in its place now"
            move(aside, out)
            remove(draft)
            return f"{out} was being replaced when the program died: the earlier result is back in its place"
    return ""


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
        move(draft, out)
        flush(out.parent)
        return
    aside = draft_of(out, REPLACED)
    try:
        os.utime(out)  # other machines tell by this when it was moved
        move(out, aside)
    except OSError as error:  # a program has a file of it open, say
        kept = next(path for n in range(2, 10_000) if not (path := out.with_name(f"{out.name}-{n}")).exists())
        move(draft, kept)
        raise InputError(
            f"the earlier result could not be moved away ({error.strerror or error}); the new one is in '{kept}'",
            file=out,
            expected="a folder that no other program uses",
            suggestion=f"use '{kept}', or close what has files of '{out}' open and run the command again",
        ) from None
    try:
        move(draft, out)
    except BaseException:
        move(aside, out)
        raise
    flush(out.parent)
    remove(aside)


def flush(path: Path) -> None:
    """Make sure that a file or folder has reached the disk, where the system can tell."""
    # Windows flushes only what may be written, and knows no handles of folders
    mode = os.O_RDWR | getattr(os, "O_BINARY", 0) if sys.platform == "win32" else os.O_RDONLY
    try:
        handle = os.open(path, mode)
    except OSError:
        return
    try:
        os.fsync(handle)
    except OSError:
        pass
    finally:
        os.close(handle)
