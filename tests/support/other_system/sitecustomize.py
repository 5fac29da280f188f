"""Python on Linux, with what Windows lacks taken away from this package's own modules; put this folder on PYTHONPATH.

What is simulated: modules and calls of POSIX are missing (``os.kill`` too, which ends processes on Windows), folders
cannot be opened, files that are open can be neither renamed nor replaced nor removed, processes are spawned, and text
files without a stated encoding are an error. What is not: paths with drives and backslashes, line ends, names that
Windows reserves, and libraries as they behave there.
"""

from __future__ import annotations

import builtins
import multiprocessing
import os
import signal
import sys
import types
import warnings

MODULES = {"fcntl", "resource", "pwd", "grp", "termios", "tty", "posix", "pty", "syslog", "readline"}
CALLS = {
    "fork", "forkpty", "getuid", "geteuid", "getgid", "getegid", "setsid", "getpgid", "killpg", "sched_getaffinity",
    "mkfifo", "nice", "getloadavg", "uname", "statvfs", "sysconf", "wait", "wait4", "register_at_fork", "chown",
    "kill", "pipe2",
}  # fmt: skip
SIGNALS = {"SIGKILL", "SIGHUP", "SIGALRM", "SIGUSR1", "SIGUSR2", "SIGCHLD", "pthread_sigmask", "alarm", "setitimer"}


def ours(depth: int) -> bool:
    name = sys._getframe(depth).f_globals.get("__name__", "")
    return name.partition(".")[0] == "diffusion"


def lacking(module: types.ModuleType, names: set[str]) -> None:
    class Lacking(types.ModuleType):
        def __getattribute__(self, name: str) -> object:
            if name in names and ours(2):
                raise AttributeError(f"module '{module.__name__}' has no attribute '{name}'")
            return super().__getattribute__(name)

    module.__class__ = Lacking


_import, _open = builtins.__import__, os.open


def importing(name, globals=None, locals=None, fromlist=(), level=0):  # type: ignore[no-untyped-def]
    if level == 0 and name.partition(".")[0] in MODULES and (globals or {}).get("__name__", "").startswith("diffusion"):
        raise ImportError(f"No module named '{name}'")
    return _import(name, globals, locals, fromlist, level)


def opening(path, *arguments, **options):  # type: ignore[no-untyped-def]
    if ours(2) and os.path.isdir(path):
        raise PermissionError(13, "Permission denied", path)
    return _open(path, *arguments, **options)


def unless_open(function):  # type: ignore[no-untyped-def]
    def call(*arguments, **options):  # type: ignore[no-untyped-def]
        places = [os.path.realpath(path) for path in arguments if isinstance(path, str | os.PathLike)]
        for handle in os.listdir("/proc/self/fd"):
            try:
                held = os.readlink(f"/proc/self/fd/{handle}")
            except OSError:
                continue
            if any(held == place or held.startswith(place + os.sep) for place in places):
                raise PermissionError(13, "the file is used by another process", held)
        return function(*arguments, **options)

    return call


builtins.__import__ = importing
os.open = opening
for call in ("rename", "replace", "unlink", "remove"):
    setattr(os, call, unless_open(getattr(os, call)))
lacking(os, CALLS)
lacking(signal, SIGNALS)
multiprocessing.set_start_method("spawn", force=True)
warnings.filterwarnings("error", category=EncodingWarning, module=r"diffusion(\.|$)")
