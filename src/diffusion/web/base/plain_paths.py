"""Text for pages without paths of the user's machine: of a path only its last part stays."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath, PureWindowsPath

#: an absolute path of two parts or more: ``/home/me/a.yaml``, ``C:\\Users\\me\\a.yaml``, ``\\\\server\\share\\a``
_POSIX = re.compile(r"(?<![\w/:.~<-])~?/(?:[^\s/'\"<>:;,|()]+/)+[^\s/'\"<>:;,|()]*")
_WINDOWS = re.compile(r"(?<!\w)(?:[A-Za-z]:[\\/]|\\\\)(?:[^\\/'\"<>:;,|\r\n()]+[\\/])*[^\\/'\"<>:;,|\s()]*")


#: folders of this server, which are known whatever letters and blanks they have
_KNOWN: dict[str, re.Pattern[str]] = {}


def never_tell(folder: Path) -> None:
    """Let no text tell this folder: blanks in it would end a path that is only looked for by its form."""
    _KNOWN[str(folder)] = re.compile(re.escape(str(folder)) + r"(?:[/\\][^\s/\\'\"<>:;,|()]+)*")


def without_paths(text: str) -> str:
    """Return ``text`` with every absolute path cut to its last part."""
    for folder, known in _KNOWN.items():
        text = known.sub(lambda found, folder=folder: _last(found[0], folder), text)  # type: ignore[misc]
    text = _WINDOWS.sub(lambda found: PureWindowsPath(found[0]).name or "a folder", text)
    return _POSIX.sub(lambda found: PurePosixPath(found[0]).name or "a folder", text)


def _last(path: str, folder: str) -> str:
    return re.split(r"[/\\]", path)[-1] if path != folder else "a folder"
