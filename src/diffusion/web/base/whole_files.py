"""Files of the server's own, written whole or not at all, from any thread."""

from __future__ import annotations

import threading
from pathlib import Path

from diffusion.drafts import draft_of, move, remove

_WRITING = threading.Lock()


def write_whole(path: Path, text: str) -> None:
    """Write a file whole or not at all; one at a time, since a draft's name is that of the process."""
    draft = draft_of(path)
    with _WRITING:
        try:
            draft.write_text(text, encoding="utf-8", newline="\n")
            move(draft, path)
        except OSError:
            remove(draft)
            raise
