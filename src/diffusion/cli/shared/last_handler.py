"""What no command foresaw: one sentence on what happened, and a file with the details."""

from __future__ import annotations

import errno
import os
import platform
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from diffusion.errors import InputError

#: exit code of a fault of the program, or of the machine under it (EX_SOFTWARE of sysexits.h)
EXIT_CODE = 70
#: what the machine lacks by the number of the system's error: (what it is, what to do)
_SYSTEM = {
    "ENOSPC": ("the disk is full", "free some space, or write to a folder on another disk"),
    "EDQUOT": ("your quota of disk space is used up", "free some space, or write to a folder on another disk"),
    "EFBIG": (
        "a file would be larger than this system or your limits allow",
        "write to a folder on another disk, or raise the limit ('ulimit -f')",
    ),
    "EROFS": ("the disk is read-only", "write to a folder on another disk"),
    "EACCES": ("permission was denied", "write to a folder of your own, or change the permissions"),
    "EPERM": ("the system does not permit it", "write to a folder of your own, or change the permissions"),
    "EMFILE": ("too many files are open", "use fewer --jobs, or raise the limit ('ulimit -n 4096')"),
    "ENFILE": ("too many files are open on this machine", "end other programs, or use fewer --jobs"),
    "ENAMETOOLONG": ("a name or path is too long", "choose a shorter one"),
    "ENOMEM": (
        "there is not enough memory",
        "ask for less: fewer --replicates, trusts or innovations; or use a machine with more memory",
    ),
    "EAGAIN": ("the system gives no more processes or threads", "use fewer --jobs, or raise the limit ('ulimit -u')"),
    "EIO": ("the disk or the connection to it failed", "try again, or write to a folder on another disk"),
    "ESTALE": ("the connection to a network disk was lost", "try again, or write to a folder on another disk"),
}
#: what libraries say without a number
_SAID = {
    "no space left on device": "ENOSPC",
    "disk quota exceeded": "EDQUOT",
    "file too large": "EFBIG",
    "read-only file system": "EROFS",
    "too many open files": "EMFILE",
    "can't start new thread": "EAGAIN",
    "cannot allocate memory": "ENOMEM",
    "out of memory": "ENOMEM",
}


def tell_failure(error: BaseException, say: Callable[[str], None], command: Sequence[str]) -> int:
    """Say in a sentence what happened and where the details are; return the exit code."""
    known = recognised(error)
    details = report_of(error, command)
    written = _write(details)
    where = f"the details are in {written}" if written else "the details follow, as no file could be written"
    if known is not None:
        what, advice = known
        say(f"error: {what}; {advice}" + (f"; {where}" if written else ""))
        return EXIT_CODE
    said = " ".join(str(error).split())[:200]
    say(
        f"error: this is a fault of the program, not of what you asked ({type(error).__name__}: {said}); "
        f"{where}; please report it with them"
    )
    if written is None:
        say(details)
    return EXIT_CODE


def unusable_path(error: BaseException) -> InputError | None:
    """Return the InputError that a path amounts to which no file can have, or this user may not use.

    Wherever it was first looked at.
    """
    too_long = isinstance(error, OSError) and error.errno in (errno.ENAMETOOLONG, errno.ELOOP)
    with_nul = isinstance(error, ValueError) and "embedded null" in str(error)
    # what Path.resolve raises before Python 3.13
    if isinstance(error, RuntimeError) and str(error).startswith("Symlink loop from "):
        return InputError(
            f"{str(error).removeprefix('Symlink loop from ')} is a link that leads back to itself",
            expected="a file or a folder",
            suggestion="remove the link",
        )
    if isinstance(error, PermissionError) and error.filename:
        return InputError(
            "permission was denied",
            file=os.fsdecode(error.filename),
            expected="files that you may use, in folders that you may enter",
            suggestion="change the permissions, those of its folder too, or take a folder of your own",
        )
    if not too_long and not with_nul:
        return None
    named = str(getattr(error, "filename", None) or "a path")
    return InputError(
        f"'{named[:80]}' is a name that no file can have" if too_long else "a path holds a NUL",
        expected="a path that this system takes",
        suggestion="choose a shorter one",
    )


def recognised(error: BaseException) -> tuple[str, str] | None:
    """Return what the machine lacked and what to do about it, where that is what an error comes from."""
    for cause in _chain(error):
        if isinstance(cause, MemoryError):
            return _SYSTEM["ENOMEM"]
        if not isinstance(cause, OSError | RuntimeError) and "IOException" not in type(cause).__name__:
            continue
        said = str(cause).lower()
        if "usable temporary directory" in said:
            return "there is no folder for temporary files", "set TMPDIR to a folder of your own"
        number = getattr(cause, "errno", None)
        name = errno.errorcode.get(number, "") if isinstance(number, int) else ""
        name = next((code for text, code in _SAID.items() if text in said), name)
        if name in _SYSTEM:
            what, advice = _SYSTEM[name]
            file = getattr(cause, "filename", None)
            return (f"{what}: {file}" if isinstance(file, str) else what), advice
    return None


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and those that it came from, each once."""
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        yield current
        current = current.__cause__ or current.__context__


def report_of(error: BaseException, command: Sequence[str]) -> str:
    """Return all that helps to find a fault: command, versions, machine, settings, traceback."""
    settings = {
        name: value for name, value in os.environ.items() if name.startswith(("NUMBA_", "DIFFUSION_", "PYTHON"))
    }
    lines = [
        f"command: {' '.join(command)}",
        f"time: {datetime.now(UTC).isoformat(timespec='seconds')}",
        f"folder: {_folder()}",
        f"Python: {sys.version.splitlines()[0]}",
        f"machine: {platform.platform()}",
        *(f"{name}: {_version(name)}" for name in ("nhs-diffusion", "numpy", "numba", "pandas", "pyarrow", "pydantic")),
        *(f"{name}={value}" for name, value in sorted(settings.items())),
        "",
        *traceback.format_exception(error),
    ]
    return "\n".join(lines).rstrip() + "\n"


def _folder() -> str:
    try:
        return os.getcwd()
    except OSError:
        return "gone"


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


def log_folders() -> Iterator[Path]:
    """Yield where details may be written, best first: the user's folder of states, then that of temporary files."""
    for name, below in (("XDG_STATE_HOME", "."), ("LOCALAPPDATA", "."), ("HOME", ".local/state")):
        given = os.environ.get(name)
        if given and os.path.isabs(given):
            yield Path(given) / below / "nhs-diffusion"
    with suppress(OSError):
        yield Path(tempfile.gettempdir())


def _write(details: str) -> Path | None:
    """Write the details to a new file and return it, or None where nothing can be written."""
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    for folder in log_folders():
        try:
            folder.mkdir(parents=True, exist_ok=True)
            path = folder / f"diffusion-error-{stamp}-{os.getpid()}.txt"
            path.write_text(details, encoding="utf-8", errors="backslashreplace", newline="\n")
            return path
        except (OSError, ValueError):
            continue
    return None
