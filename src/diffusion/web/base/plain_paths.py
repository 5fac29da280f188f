"""Text for pages without paths of the user's machine: of a path only its last part stays."""

from __future__ import annotations

import re
from pathlib import PurePosixPath, PureWindowsPath

#: an absolute path of two parts or more: ``/home/me/a.yaml``, ``C:\\Users\\me\\a.yaml``, ``\\\\server\\share\\a``
_POSIX = re.compile(r"(?<![\w/:.~<-])~?/(?:[^\s/'\"<>:;,|()]+/)+[^\s/'\"<>:;,|()]*")
_WINDOWS = re.compile(r"(?<!\w)(?:[A-Za-z]:[\\/]|\\\\)(?:[^\\/'\"<>:;,|\r\n()]+[\\/])*[^\\/'\"<>:;,|\s()]*")


def without_paths(text: str) -> str:
    """Return ``text`` with every absolute path cut to its last part."""
    text = _WINDOWS.sub(lambda found: PureWindowsPath(found[0]).name or "a folder", text)
    return _POSIX.sub(lambda found: PurePosixPath(found[0]).name or "a folder", text)
