"""A finished folder of results is what was written: every file is compared with its checksum before any is read."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from diffusion.errors import InputError
from diffusion.storage.folder import MANIFEST_NAME, TABLES
from diffusion.storage.scenario_entry import Json
from diffusion.storage.sealed import read_sealed

#: The key of a manifest under which alterations stay that somebody accepted when a page was made again.
ACCEPTED = "accepted_alterations"
#: What 'diffusion report' makes again from the tables: nothing is lost where one is gone.
MADE_AGAIN = (
    "index.html",
    "tables.xlsx",
    "report.pdf",
    "figures",
    "region-*.html",
    "summary.html",
    "summary.pdf",
    "slides.pptx",
)
_MOST_NAMED = 6
#: More changed files than this may mean that the manifest is that of another folder.
_SINGLE = 2


@dataclass(frozen=True)
class Finished:
    """The manifest of a finished folder, and what in it is not as it was written, a phrase each.

    ``beside`` are files that no command wrote there and none reads.
    """

    manifest: Json
    altered: tuple[str, ...]
    beside: tuple[str, ...] = ()


def open_finished(folder: Path, accept_altered: bool = False, may_miss: Collection[str] = ()) -> Finished:
    """Return the manifest of a folder whose files are all as they were written.

    Parameters
    ----------
    accept_altered: go on where they are not
    may_miss: files and folders that may be gone; * stands for anything

    Raises
    ------
    InputError
        No finished result, a manifest that cannot be read, or files that are damaged, altered, missing or added.
    """
    path = folder / MANIFEST_NAME
    try:
        manifest, problem = read_sealed(path, "the manifest")
    except (FileNotFoundError, NotADirectoryError):
        raise InputError(
            "there is no finished result in this folder",
            file=folder,
            key="DIR",
            expected=f"a folder with {MANIFEST_NAME}, as 'diffusion compare' writes it",
            suggestion="for example: diffusion compare baseline local-first --out results/first",
        ) from None
    found = [f"{MANIFEST_NAME} {problem}"] if problem else []
    kept = manifest.get(ACCEPTED, [])
    found += [str(text) for text in kept if str(text) not in found] if isinstance(kept, list) else []
    files = manifest.get("files")
    if isinstance(files, dict):
        changed = altered_files(folder, files, may_miss)
        if len(changed) > _SINGLE:
            found.append(f"{MANIFEST_NAME} is of another result, or these are")
        found += [text for text in changed if text not in found]
    elif not found:
        found.append(f"{MANIFEST_NAME} lists no files")
    present = [place.relative_to(folder).as_posix() for place in sorted(folder.rglob("*")) if place.is_file()]
    listed = set(files) if isinstance(files, dict) else set()
    more = [name for name in present if name not in listed and name != MANIFEST_NAME and not _hidden(name)]
    found += [f"{name} was added" for name in more if name.startswith(f"{TABLES}/")]
    if found and not accept_altered:
        raise altered_error(folder, found)
    return Finished(manifest, tuple(found), tuple(name for name in more if not name.startswith(f"{TABLES}/")))


def altered_files(folder: Path, files: Mapping[str, object], may_miss: Collection[str] = ()) -> list[str]:
    """Return, a phrase each, which of ``files`` (name -> SHA-256) are not what they were; each is read once."""

    def looked_at(name: str) -> str:
        path = folder / name
        # Path.resolve fails at a link that leads to itself
        if not Path(os.path.realpath(path)).is_relative_to(os.path.realpath(folder)):
            return f"{name} is not in this folder"
        if not path.is_file():
            return "" if any(fnmatchcase(name.split("/")[0], made) for made in may_miss) else f"{name} is missing"
        found = difference(path, str(files[name]))
        return f"{name} {found}" if found else ""

    with ThreadPoolExecutor(4) as pool:  # reading and hashing leave Python's lock to others
        return [text for text in pool.map(looked_at, files) if text]


def difference(path: Path, stated: str) -> str:
    """Return in what a file is not that with the SHA-256 ``stated``; empty if it is."""
    try:
        with path.open("rb") as stream:
            if hashlib.file_digest(stream, "sha256").hexdigest() == stated:
                return ""
            return "is empty" if stream.seek(0, 2) == 0 else "is damaged or was altered"
    except OSError as error:
        return f"cannot be read ({error.strerror})"


def altered_error(folder: Path, found: Sequence[str], key: str | None = None) -> InputError:
    """Return the error that names what is not as it was written."""
    more = f", and {len(found) - _MOST_NAMED} more" if len(found) > _MOST_NAMED else ""
    return InputError(
        f"not as it was written: {', '.join(found[:_MOST_NAMED])}{more}",
        file=folder,
        key=key,
        expected="a folder in which nothing was changed",
        suggestion="restore it from a copy or run its command again; --accept-altered goes on with what can be read",
    )


def unreadable(path: Path, error: Exception) -> InputError:
    """Return the error for a table that is no table any more."""
    reason = str(error).splitlines()[0] if str(error) else type(error).__name__
    return InputError(
        f"this table cannot be read: {reason}",
        file=path,
        expected="the file as it was written",
        suggestion="restore it from a copy, or run the command of this folder again",
    )


def _hidden(name: str) -> bool:
    return any(part.startswith(".") for part in name.split("/")) or name.endswith("Thumbs.db")
