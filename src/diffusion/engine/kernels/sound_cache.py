"""Compiled kernels on disk that are what was written: a damaged file is told, left out, and written anew.

Numba unpickles and links whatever its cache holds; a truncated file ends in a traceback, garbage in a process that is
gone without a word. Here every file ends with a checksum of its name, of the sources and of its content.
"""

# Numba's cache has no types
# mypy: disable-error-code="no-untyped-call"

from __future__ import annotations

import hashlib
import io
import pickle
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from numba.core.caching import IndexDataCacheFile

from diffusion.engine.kernels.kernel_cache import sources_digest
from diffusion.outlets import shown

_BYTES = hashlib.sha256().digest_size
#: folders of damaged files that were told: one line is enough
_told: list[Path] = []


class SoundCacheFile(IndexDataCacheFile):
    """The index and the data files of one kernel, each with its checksum at the end."""

    _cache_path: str
    _index_path: str

    def save(self, key: object, data: object) -> None:
        """Keep a compiled kernel; where the folder cannot be written, it is compiled again next time."""
        with suppress(OSError):
            super().save(key, data)

    def _load_index(self) -> dict[Any, str]:
        content = self._sound(Path(self._index_path))
        if content is None:
            return {}
        stream = io.BytesIO(content)
        if pickle.load(stream) != self._version:
            return {}
        stamp, overloads = pickle.loads(stream.read())
        return overloads if stamp == self._source_stamp else {}

    def _save_index(self, overloads: dict[Any, str]) -> None:
        content = pickle.dumps(self._version, protocol=-1) + self._dump((self._source_stamp, overloads))
        self._write(Path(self._index_path), content)

    def _load_data(self, name: str) -> object:
        content = self._sound(Path(self._data_path(name)))
        if content is None:
            raise OSError("not what was written")  # to Numba: as if it were gone
        return pickle.loads(content)

    def _save_data(self, name: str, data: object) -> None:
        self._write(Path(self._data_path(name)), self._dump(data))

    def _write(self, path: Path, content: bytes) -> None:
        with self._open_for_write(str(path)) as stream:
            stream.write(content + _seal(path, content))

    def _sound(self, path: Path) -> bytes | None:
        """Return the content of a file, None where it is not there or not what was written."""
        try:
            whole = path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError:
            whole = b""
        content, seal = whole[:-_BYTES], whole[-_BYTES:]
        if len(seal) == _BYTES and seal == _seal(path, content):
            return content
        if not _told:
            _told.append(path.parent)
            print(
                shown(f"note: compiled code in {path.parent} was damaged ({path.name}); it is compiled again"),
                file=sys.stderr,
                flush=True,
            )
        return None


def _seal(path: Path, content: bytes) -> bytes:
    return hashlib.sha256(f"{sources_digest()} {path.name}\n".encode() + content).digest()


def keep_soundly(made: Any) -> None:
    """Let a function that Numba compiles keep its code in files with checksums.

    Reading it back leaves Numba's types and operations alone, which are loaded when something is
    compiled.
    """
    cache = made._cache
    stamp = cache._impl.locator.get_source_stamp()
    cache._cache_file = SoundCacheFile(cache._cache_path, cache._impl.filename_base, stamp)

    def load_overload(signature: object, target_context: object) -> object:
        """Return what is kept, None where nothing is: as Numba's own, which refreshes its context first."""
        found = None
        with cache._guard_against_spurious_io_errors():
            found = cache._load_overload(signature, target_context)
        if found is None:
            import diffusion.engine.kernels.operations  # noqa: F401  # Numba learns of them before it compiles
        return found

    cache.load_overload = load_overload
