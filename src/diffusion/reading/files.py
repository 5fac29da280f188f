"""Reading users' files: inside the scenario's folder, UTF-8, not empty; every failure is an InputError."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path

from diffusion.errors import InputError, did_you_mean
from diffusion.paths import DATA
from diffusion.reading.kind_of_file import kind_of_bytes

_MAX_BYTES = 500_000_000
_LINE_END = re.compile("\r\n|\r|\n")
#: what was read so far: no command may write over it; tasks that go on beside each other have sets of their own
_inputs: ContextVar[set[str]] = ContextVar("inputs", default=set())  # noqa: B039 - one set for a whole command
#: letters of a path that a user may type: no system takes more
_LONGEST_PATH = 4_096
_CONTROL = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f]")


@cache
def packaged(name: str) -> Path:
    """Return the path of a packaged data file."""
    return DATA / name


def beside(text: str, names: Iterable[str]) -> list[str]:
    """Return file names with the folder that ``text`` has, so that they can be written in its place."""
    folder = text.replace("\\", "/").rpartition("/")[0]
    return [f"{folder}/{name}" if folder else name for name in names]


def resolve_inside(text: str, folder: Path, *, key: str | None = None) -> Path:
    """Return the file that ``text`` names relative to ``folder``; it must exist and stay inside the folder."""
    root = folder.resolve()
    if "\0" in text or not text.strip():
        raise InputError("not a file name", key=key, expected="a path relative to the scenario file")
    try:
        path = (root / text).resolve()
        exists = path.exists()
    except (OSError, RuntimeError) as error:
        raise InputError(f"the path cannot be used: {error}", file=text, key=key) from None
    if not path.is_relative_to(root):
        raise InputError(
            f"'{text}' lies outside the scenario's folder",
            file=text,
            key=key,
            expected=f"a path inside {root}",
            suggestion="copy the file beside the scenario file",
        )
    if not exists:
        siblings = [item.name for item in path.parent.iterdir()] if path.parent.is_dir() else []
        raise InputError(
            f"there is no file '{text}'",
            file=path,
            key=key,
            expected=f"a file in {path.parent}",
            suggestion="write folders with /, which every system reads"
            if "\\" in text
            else did_you_mean(text, beside(text, siblings)),
        )
    if not path.is_file():
        raise InputError(f"'{text}' is not a file", file=path, key=key, expected="a file, not a folder")
    return path


def note_input(path: Path) -> None:
    """Remember that a file is an input of this command."""
    _inputs.get().add(os.path.realpath(path))


def forget_inputs() -> None:
    """Begin another command in the same process."""
    _inputs.get().clear()


@contextmanager
def inputs_of_one_task() -> Iterator[None]:
    """Remember what is read inside, on this thread, for this task alone: for processes that do many."""
    token = _inputs.set(set())
    try:
        yield
    finally:
        _inputs.reset(token)


def input_at(place: Path) -> str | None:
    """Return an input of this command that is ``place``, or lies in it; None if there is none."""
    real = os.path.realpath(place)
    for path in sorted(_inputs.get()):
        try:
            if path == real or Path(path).is_relative_to(real) or os.path.samefile(path, real):
                return path
        except OSError:
            continue
    return None


def is_file(path: Path) -> bool:
    """Tell whether there is such a file: no for names that no file can have, such as one of 5,000 letters."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def named_by_user(text: str, key: str) -> Path:
    """Return the path that a user typed, with ``~`` for a home folder; raises InputError for one that none can have."""
    try:
        text.encode()
        path = Path(text).expanduser()
        if "\0" in text or len(text) > _LONGEST_PATH:
            raise ValueError("too long, or with a NUL")
        return path
    except UnicodeEncodeError:
        shown, why = ascii(text)[1:-1], "its name is not UTF-8"
    except (RuntimeError, ValueError) as error:  # the home of somebody who is not there
        shown, why = repr(text[:80])[1:-1], str(error)
    raise InputError(
        f"'{shown}' cannot be used: {why}", key=key, expected="the path of a file", suggestion="rename the file"
    )


def read_bytes(path: Path) -> bytes:
    """Read a file, turning failures of the file system into InputError; never waits and never reads without end."""
    note_input(path)
    try:
        # not blocking: a pipe, a terminal or a file of the kernel would be waited for
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        with open(handle, "rb") as stream:
            kind = os.fstat(handle)
            if not stat.S_ISREG(kind.st_mode):
                raise _no_file(path, "a folder" if stat.S_ISDIR(kind.st_mode) else "a pipe or a device")
            # not by its size alone: files of the kernel say 0
            raw = stream.read(_MAX_BYTES + 1) if kind.st_size <= _MAX_BYTES else None
            if raw is None or len(raw) > _MAX_BYTES:
                raise InputError(
                    "the file is too large",
                    file=path,
                    expected=f"at most {_MAX_BYTES // 1_000_000} MB",
                    suggestion="leave out rows or columns that are not needed",
                )
            return raw
    except (OSError, ValueError) as error:  # ValueError: a path with a NUL
        if isinstance(error, IsADirectoryError):
            raise _no_file(path, "a folder") from None
        raise InputError(
            f"the file cannot be read: {getattr(error, 'strerror', None) or error}",
            file=path,
            expected="a file that can be read",
        ) from None


def _no_file(path: Path, kind: str) -> InputError:
    return InputError(
        f"is {kind}, not a file", file=path, expected="a file", suggestion="write it to a file and name that"
    )


def read_text(path: Path) -> str:
    """Read a UTF-8 text file (a byte order mark is accepted); refuse other encodings, other files and empty ones."""
    return text_of(read_bytes(path), path)


def text_of(raw: bytes, path: Path) -> str:
    """Return the text that the bytes of a file are, as :func:`read_text` does; ``path`` is its name in messages."""
    if (kind := kind_of_bytes(raw)) is not None:
        expected = "UTF-8" if kind.what.endswith("text") else "text in UTF-8"
        raise InputError(f"the file is {kind.what}", file=path, line=1, expected=expected, suggestion=kind.advice)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(
            f"byte 0x{raw[error.start]:02x} is not UTF-8{_as_windows(raw, error.start)}",
            file=path,
            line=len(_LINE_END.findall(raw[: error.start].decode("latin-1"))) + 1,
            expected="UTF-8",
            suggestion="save the file as UTF-8 (in a spreadsheet: 'CSV UTF-8')",
        ) from None
    if control := _CONTROL.search(text):
        raise InputError(
            f"control character 0x{ord(control.group()):02x}",
            file=path,
            line=len(_LINE_END.findall(text[: control.start()])) + 1,
            expected="UTF-8 text",
            suggestion="remove it; if there are many, the file is not text: save the table as 'CSV UTF-8'",
        )
    if not text.strip():
        raise InputError("the file is empty", file=path, line=1, expected="a header and at least one row, or YAML keys")
    return text


def _as_windows(raw: bytes, at: int) -> str:
    """Say which character a byte is in the code page of Windows, where old programs save text in that."""
    try:
        character = raw[at : at + 1].decode("cp1252")
    except UnicodeDecodeError:
        return ""
    return f" (it is '{character}' in Windows-1252)" if character.isprintable() and not character.isspace() else ""


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, hexadecimal."""
    return hashlib.sha256(read_bytes(path)).hexdigest()
