"""What the library changes: names, notes, and folders that are moved aside. Nothing is ever written over.

Notes and removed results lie in the server's own folder: a result stays as the run wrote it.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from diffusion.drafts import remove
from diffusion.errors import InputError
from diffusion.outlets import file_name, is_plain_name, json_text
from diffusion.web.base.whole_files import each_in, write_whole
from diffusion.web.jobs.store import is_id
from diffusion.web.keep.library import Entry, Library

NOTES, REMOVED = "notes", "removed"
#: letters of a note
MOST_NOTE = 4_000
#: a name that an address has for itself
_TAKEN = frozenset(("compare", "removed"))
_IDENTITY = re.compile(r"[0-9a-f]{32}\Z")
_SAID = "removed.json"
_CHANGING = threading.Lock()


class Notes:
    """Notes of users on results, by what stays the same when a folder is renamed or its page is made again."""

    def __init__(self, own: Path) -> None:
        self._folder = own / NOTES

    def get(self, identity: str) -> str:
        """Return the note on a result; empty where there is none."""
        try:
            return self._place(identity).read_text(encoding="utf-8")
        except (OSError, ValueError):
            return ""

    def put(self, identity: str, text: str) -> None:
        """Write a note down; an empty one goes.

        Raises
        ------
        InputError
            It is too long.
        """
        text = text.replace("\r\n", "\n").strip()
        if len(text) > MOST_NOTE:
            raise InputError(
                f"the note has {len(text):,} letters",
                key="note",
                expected=f"at most {MOST_NOTE:,}",
                suggestion="keep longer texts in a file of your own",
            )
        place = self._place(identity)
        if not text:
            remove(place)
            return
        place.parent.mkdir(parents=True, exist_ok=True)
        write_whole(place, text)

    def _place(self, identity: str) -> Path:
        if not _IDENTITY.match(identity):
            raise ValueError(identity)
        return self._folder / f"{identity}.txt"


def rename(library: Library, entry: Entry, name: str) -> None:
    """Give the folder of a result another name.

    Raises
    ------
    InputError
        The name cannot be that of a folder everywhere, or is taken.
    """
    name = name.strip()
    with _CHANGING:
        check_name(library, name, but=entry.name)
        if name != entry.name:
            _move_folder(entry.folder, library.root / name)


def check_name(library: Library, name: str, but: str = "") -> None:
    """Raise InputError where a result cannot be called so; of ``but`` the case of letters alone may change."""
    if not is_plain_name(name) or name.casefold() in _TAKEN:
        raise InputError(
            f"'{name}' cannot be the name of a result" if name else "the name is empty",
            key="name",
            expected="letters, digits, dashes, dots and underscores",
            suggestion=f"for example {_likely(name)}",
        )
    if name.casefold() != but.casefold() and not library.free(name):
        raise InputError(
            f"there is something of the name '{name}'",
            key="name",
            expected="a name that nothing in this folder of results has",
            suggestion=f"for example {_free(library, name)}",
        )


@dataclass(frozen=True)
class Removed:
    """A result that was moved aside: ``name`` is that of its folder before, ``when`` in seconds since 1970."""

    id: str
    name: str
    title: str
    when: float


class Bin:
    """Results that were moved aside, until they are put back or deleted for good."""

    def __init__(self, own: Path) -> None:
        self._folder = own / REMOVED

    def put(self, entry: Entry) -> str:
        """Move a result aside; return how it is found there."""
        id = secrets.token_hex(8)
        place = self._folder / id
        place.mkdir(parents=True)
        said = {"name": entry.name, "title": entry.title, "when": time.time()}
        (place / _SAID).write_text(json_text(said), encoding="utf-8", newline="\n")
        with _CHANGING:
            try:
                _move_folder(entry.folder, place / "result")
            except InputError:
                remove(place)
                raise
        return id

    def all(self) -> list[Removed]:
        """Return what was moved aside, the last first."""
        return sorted(each_in(self._folder, self.get), key=lambda each: -each.when)

    def get(self, id: str) -> Removed:
        """Return what was moved aside; KeyError where there is none."""
        if not is_id(id):
            raise KeyError(id)
        try:
            said = json.loads((self._folder / id / _SAID).read_text(encoding="utf-8"))
            if not (self._folder / id / "result").is_dir():
                raise KeyError(id)
            return Removed(id, str(said["name"]), str(said["title"]), float(said["when"]))
        except (OSError, ValueError, TypeError):
            raise KeyError(id) from None

    def put_back(self, id: str, library: Library) -> str:
        """Put a result back under its name, or one like it where that was taken since; return the name."""
        removed = self.get(id)
        with _CHANGING:
            name = removed.name if library.free(removed.name) else _free(library, removed.name)
            _move_folder(self._folder / id / "result", library.root / name)
        remove(self._folder / id)
        return name

    def delete(self, id: str) -> None:
        """Delete a result for good."""
        self.get(id)
        remove(self._folder / id)


def _move_folder(source: Path, target: Path) -> None:
    """Rename a folder, never over anything: an empty folder would be replaced without a word."""
    if os.path.lexists(target) and source.name.casefold() != target.name.casefold():
        raise InputError(
            f"there is something of the name '{target.name}'",
            key="name",
            expected="a name that nothing in this folder of results has",
            suggestion="choose another name",
        )
    try:
        source.rename(target)
    except OSError as error:
        raise InputError(
            f"the folder cannot be moved: {error.strerror or error}",
            key="name",
            expected="a folder that no other program has open",
            suggestion="close what uses it, and try again",
        ) from None


def _likely(name: str) -> str:
    likely = file_name(name.strip() or "first")
    return f"{likely}-1" if likely.casefold() in _TAKEN else likely


def _free(library: Library, name: str) -> str:
    number = 2
    while not library.free(f"{name}-{number}"):
        number += 1
    return f"{name}-{number}"
