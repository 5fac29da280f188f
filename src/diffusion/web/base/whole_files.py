"""Files of the server's own: written whole or not at all, from any thread, and read back one by one."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from diffusion.storage import whole_files

T = TypeVar("T")
_WRITING = threading.Lock()


def write_whole(path: Path, text: str) -> None:
    """Write a file whole or not at all; one at a time, since a draft's name is that of the process."""
    with _WRITING:
        whole_files.write_whole(path, text.encode("utf-8", "replace"))


def each_in(folder: Path, get: Callable[[str], T]) -> Iterator[T]:
    """Yield what ``get`` returns for the names in ``folder``; those for which it raises KeyError are passed over."""
    for place in [*folder.iterdir()] if folder.is_dir() else ():
        try:
            yield get(place.name)
        except KeyError:
            continue
