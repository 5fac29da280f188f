"""JSON files that carry the checksum of their own text, so that a changed letter is noticed."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from diffusion.errors import InputError
from diffusion.outlets import json_text
from diffusion.reading.files import read_bytes

#: The last key of such a file: SHA-256 of its text with zeros in place of the checksum.
SEAL = "checksum"
_EMPTY = "0" * 64
_SEALED = re.compile(rb'"checksum": "([0-9a-f]{64})"\s*\}\s*\Z')


def sealed(data: Mapping[str, object], indent: int = 1) -> bytes:
    """Return the text of a JSON file with its checksum: readable, and the same bytes for the same content."""
    content = {key: value for key, value in data.items() if key != SEAL} | {SEAL: _EMPTY}
    text = (json_text(content, indent) + "\n").encode()
    before, _, after = text.rpartition(_EMPTY.encode())
    return before + hashlib.sha256(text).hexdigest().encode() + after


def read_sealed(path: Path, what: str) -> tuple[dict[str, Any], str]:
    """Return what a file says, and what is wrong with its checksum, empty if nothing is.

    Parameters
    ----------
    what: what the file is, for messages, such as "the manifest"

    Raises
    ------
    FileNotFoundError
        It is not there.
    InputError
        It cannot be read at all.
    """
    if not path.exists():
        raise FileNotFoundError(path)
    text = read_bytes(path)
    try:
        data = json.loads(text.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise _unreadable(path, what, f"it is not JSON: {error}" if text else "it is empty") from None
    if not isinstance(data, dict):
        raise _unreadable(path, what, "it holds no keys")
    found = _SEALED.search(text)
    if found is None:
        return data, "has no checksum of its own: it was edited, or written by an earlier version"
    blank = text[: found.start(1)] + _EMPTY.encode() + text[found.end(1) :]
    if hashlib.sha256(blank).hexdigest().encode() != found[1]:
        return data, "was altered after it was written"
    return data, ""


def _unreadable(path: Path, what: str, reason: str) -> InputError:
    return InputError(
        f"{what} cannot be read: {reason}",
        file=path,
        expected="the file as it was written",
        suggestion="restore it from a copy, or run the command of this folder again in a new one",
    )
