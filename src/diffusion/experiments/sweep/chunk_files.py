"""The store of a sweep: one file per chunk and table, named by its checksum, there in full or not at all.

``DIR/runs/0000012-1f0c....parquet`` is chunk 12; the rest of the name is the start of the SHA-256 of which sweep, table
and chunk it is, and of its content: a file of another sweep, or in the place of another, is not taken for it. A file
appears by one rename after it has reached the disk, so writers that die leave nothing that counts; equal work has equal
names, so writers that do the same work do not disturb each other.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from filelock import BaseFileLock, FileLock, Timeout

from diffusion.storage.whole_files import remove_abandoned, told, write_whole

#: letters of the checksum in a name
_LETTERS = 32
_DIGITS = 7
_SUFFIX = ".parquet"
#: the folder of the locks by which processes claim chunks
_LOCKS = "locks"


class StoreError(Exception):
    """The store cannot be written; what it holds is unharmed and the sweep can be resumed."""


@dataclass(frozen=True)
class Scan:
    """What a store holds: finished chunks, and files that are not what they were when they were written."""

    done: set[int] = field(default_factory=set)
    damaged: list[Path] = field(default_factory=list)
    #: chunks that have two sound but different files of one table
    twice: list[int] = field(default_factory=list)


class Store:
    """The files of a sweep below ``folder``; ``tables`` in the order in which the files of a chunk are written.

    ``sweep`` tells this sweep from all others: its design and which runs stand in which chunk.
    """

    def __init__(self, folder: Path, tables: Iterable[str], sweep: str = "") -> None:
        self.folder = folder
        self.sweep = sweep
        self.tables = tuple(tables)
        self._claims: dict[int, BaseFileLock] = {}
        self._lock = threading.Lock()

    def files(self, table: str = "runs") -> list[Path]:
        """Return the files of a table in the order of their chunks, sound or not."""
        return sorted((self.folder / table).glob(f"{'[0-9]' * _DIGITS}-*{_SUFFIX}"))

    def scan(self, verify: bool = True) -> Scan:
        """Look through the store; with ``verify`` read every file and compare it with the checksum in its name."""
        paths = [path for table in self.tables for path in self.files(table)]
        with ThreadPoolExecutor(4) as pool:  # reading and hashing leave Python's lock to others
            fit = dict(zip(paths, pool.map(self.is_sound, paths))) if verify else dict.fromkeys(paths, True)
        sound: list[dict[int, int]] = []
        damaged: list[Path] = []
        for table in self.tables:
            found: dict[int, int] = {}
            for path in self.files(table):
                if not fit.get(path, True):
                    damaged.append(path)
                else:
                    found[chunk_of(path)] = found.get(chunk_of(path), 0) + 1
            sound.append(found)
        done = set.intersection(*(set(found) for found in sound)) if sound else set()
        twice = sorted({chunk for found in sound for chunk, number in found.items() if number > 1})
        return Scan(done, damaged, twice)

    def has(self, chunk: int) -> bool:
        """Tell whether all files of a chunk are there (by name)."""
        return all(any((self.folder / table).glob(f"{chunk:0{_DIGITS}d}-*{_SUFFIX}")) for table in self.tables)

    def put(self, chunk: int, files: Mapping[str, bytes]) -> None:
        """Write the files of a chunk in the place of any that it had; raises StoreError."""
        for table in self.tables:
            content = files[table]
            folder = self.folder / table
            path = folder / f"{chunk:0{_DIGITS}d}-{self.checksum(table, chunk, content)}{_SUFFIX}"
            try:
                folder.mkdir(exist_ok=True)
                for old in folder.glob(f"{chunk:0{_DIGITS}d}-*{_SUFFIX}"):
                    if old != path:
                        old.unlink(missing_ok=True)
                write_whole(path, content)
            except OSError as error:
                raise StoreError(told(error, path)) from error

    def remove(self, chunk: int) -> None:
        """Remove the files of a chunk, so that it is run again."""
        for table in reversed(self.tables):
            for path in (self.folder / table).glob(f"{chunk:0{_DIGITS}d}-*{_SUFFIX}"):
                path.unlink(missing_ok=True)

    def remove_unsound(self, chunk: int) -> None:
        """Remove files of a chunk that are damaged, or of which there are two: it is run again."""
        for table in reversed(self.tables):
            paths = list((self.folder / table).glob(f"{chunk:0{_DIGITS}d}-*{_SUFFIX}"))
            for path in paths:
                if len(paths) > 1 or not self.is_sound(path):
                    path.unlink(missing_ok=True)

    def checksum(self, table: str, chunk: int, content: bytes) -> str:
        """Return the checksum that stands in the name of a file."""
        digest = self._begun(table, chunk)
        digest.update(content)
        return digest.hexdigest()[:_LETTERS]

    def is_sound(self, path: Path) -> bool:
        """Tell whether a file has the checksum that its name says."""
        try:
            digest = self._begun(path.parent.name, chunk_of(path))
            with path.open("rb") as stream:
                hashlib.file_digest(stream, lambda: digest)
        except OSError:
            return False
        return path.name[_DIGITS + 1 : -len(_SUFFIX)] == digest.hexdigest()[:_LETTERS]

    def _begun(self, table: str, chunk: int) -> hashlib._Hash:
        return hashlib.sha256(f"{self.sweep} {table} {chunk}\n".encode())

    def claim(self, chunk: int) -> bool:
        """Take a chunk for this process, unless another has it; the system gives it back when a process ends."""
        with self._lock:
            if chunk in self._claims:
                return True
            (self.folder / _LOCKS).mkdir(exist_ok=True)
            # what one thread claims another may give back
            lock = FileLock(self._lock_of(chunk), thread_local=False)
            try:
                lock.acquire(blocking=False)
            except Timeout:
                return False
            except (OSError, NotImplementedError):
                # where a file system knows no locks, work may be done twice, but is never damaged
                return True
            self._claims[chunk] = lock
            return True

    def release(self, chunk: int) -> None:
        """Give a chunk back."""
        with self._lock, suppress(OSError):
            if chunk in self._claims:
                self._claims.pop(chunk).release()

    def close(self) -> None:
        """Give back all chunks."""
        for chunk in list(self._claims):
            self.release(chunk)

    def tidy(self) -> None:
        """Remove temporary files whose writers are gone, and locks that nobody needs: of chunks that are done."""
        remove_abandoned(self.folder)
        for chunk in self.scan(verify=False).done:
            with suppress(OSError):
                self._lock_of(chunk).unlink(missing_ok=True)

    def _lock_of(self, chunk: int) -> Path:
        return self.folder / _LOCKS / f"{chunk:0{_DIGITS}d}"


def chunk_of(path: Path) -> int:
    """Return the number of the chunk whose file this is."""
    return int(path.name[:_DIGITS])
