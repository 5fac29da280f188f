"""Processes: which are still alive, and helpers that do not outlive whoever started them.

A process is named by machine, number and start, since systems use numbers again. psutil asks the system, in the same
way everywhere: the usual POSIX question, signal 0, would end the process on Windows.

As a script, ``python processes.py COMMAND ...`` runs a command that ends with the standard input.
"""

from __future__ import annotations

import gc
import hashlib
import os
import pickle
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from queue import SimpleQueue

#: starts of one process, asked for at different times, may differ by so many seconds
_SAME_START_SECONDS = 2.0
#: Python looks for cycles after every 700 new objects unless told otherwise, a tenth of a short command's time; what is
#: large here are arrays, and they are in none
_COLLECT_AFTER = (50_000, 10, 10)


def seldom_collect() -> None:
    """Let Python look for cycles of objects less often, in a process that is ours alone."""
    gc.set_threshold(*_COLLECT_AFTER)


@lru_cache(1)
def this_machine() -> str:
    """Return a short name of this machine, or of this container, within which process numbers mean something."""
    space = ""
    with suppress(OSError, AttributeError, ValueError):  # containers of one machine see different processes
        space = os.readlink("/proc/self/ns/pid")
    return hashlib.sha256(f"{socket.gethostname()} {space}".encode()).hexdigest()[:8]


def this_process() -> str:
    """Return the name of this process: machine, number and start, joined by ``-``."""
    return _name_of(os.getpid())


@lru_cache(4)
def _name_of(pid: int) -> str:
    return f"{this_machine()}-{pid}-{round(100 * _start(pid))}"


def _start(pid: int) -> float:
    """Return when a process started, in seconds; on Linux since the machine did, so that a clock may be set."""
    import psutil

    since = psutil.boot_time() if psutil.LINUX else 0.0
    return float(psutil.Process(pid).create_time() - since)


def is_over(process: str) -> bool | None:
    """Tell whether the process of this name (see :func:`this_process`) has ended; None where nobody here can know."""
    import psutil

    machine, _, rest = process.partition("-")
    number, _, start = rest.partition("-")
    if machine != this_machine() or not (number.isdigit() and start.isdigit()):
        return None
    try:
        if psutil.Process(int(number)).status() == psutil.STATUS_ZOMBIE:
            return True
        return abs(_start(int(number)) - int(start) / 100) > _SAME_START_SECONDS
    except psutil.NoSuchProcess:
        return True
    except psutil.Error:  # it is there, and somebody else's
        return False


def end_with_standard_input() -> None:
    """Let this process end when its standard input does: when whoever holds the other end has ended, however.

    Call it in a helper that was started with ``stdin=PIPE``.
    """
    threading.Thread(target=_end_when_over, args=([],), daemon=True).start()


def orders() -> Iterator[object]:
    """Yield the objects that whoever started this process pickles to its standard input; never ends.

    The process ends when its standard input does, as with :func:`end_with_standard_input`, also while it works.
    """
    came: SimpleQueue[object] = SimpleQueue()

    def listen() -> None:
        try:
            while True:
                came.put(pickle.load(sys.stdin.buffer))
        finally:
            os._exit(1)

    threading.Thread(target=listen, daemon=True).start()
    while True:
        yield came.get()


@contextmanager
def deaf_children() -> Iterator[None]:
    """Let processes started meanwhile not hear Ctrl-C from their first moment; this one hears it afterwards.

    Where signals can be held back none is lost; elsewhere this process is deaf too, for as long as it takes.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    if sys.platform != "win32" and hasattr(signal, "pthread_sigmask"):
        held = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
        try:
            yield
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, held)
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _end_when_over(with_it: list[subprocess.Popen[bytes]]) -> None:
    with suppress(OSError):
        while os.read(0, 4096):
            pass
    for process in with_it:
        end_tree(process.pid)
    os._exit(1)


def end_tree(pid: int) -> None:
    """End a process and all that it started."""
    import psutil

    try:
        root = psutil.Process(pid)
        processes = [root, *root.children(recursive=True)]
    except psutil.Error:
        return
    for process in processes:
        with suppress(psutil.Error):
            process.kill()


def run_bound(command: list[str], seconds: float) -> list[str]:
    """Run a command that ends with this process, also where this one is killed; return the lines that it complained.

    Raises
    ------
    TimeoutError
        It did not end in time, and was ended.
    """
    with tempfile.TemporaryFile() as said:
        bound = subprocess.Popen(
            [sys.executable, "-I", __file__, *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=said,
        )
        try:
            bound.wait(seconds)
        except subprocess.TimeoutExpired:
            raise TimeoutError(f"no answer within {seconds:g} seconds") from None
        finally:
            assert bound.stdin is not None
            bound.stdin.close()
            bound.wait()
        said.seek(0)
        return said.read().decode("utf-8", "replace").strip().splitlines()


#: Address space that threads, pools and buffers of libraries take beside what is asked for.
ADDRESS_ASIDE_BYTES = 512_000_000


def address_space_left() -> int | None:
    """Return how many bytes of address space this process may still take; None where there is no limit to it."""
    with suppress(ImportError, OSError, ValueError):
        import resource  # not on Windows

        limit = resource.getrlimit(resource.RLIMIT_AS)[0]
        if limit != resource.RLIM_INFINITY:
            import psutil

            return int(limit) - int(psutil.Process().memory_info().vms)
    return None


def available_bytes() -> int:
    """Return the memory that this process may still take: of the machine, its control groups, its own limits."""
    import psutil

    free = int(psutil.virtual_memory().available)
    for folder in _control_groups():
        with suppress(OSError, ValueError):
            most = int((folder / "memory.max").read_text(encoding="utf-8"))
            free = min(free, most - int((folder / "memory.current").read_text(encoding="utf-8")))
        with suppress(OSError, ValueError):
            most = int((folder / "memory.limit_in_bytes").read_text(encoding="utf-8"))
            free = min(free, most - int((folder / "memory.usage_in_bytes").read_text(encoding="utf-8")))
    left = address_space_left()
    # libraries set space aside for threads and buffers when first used, and some end the process where there is none:
    # twice that of reading, for kernels are compiled and figures drawn as well (seen: 1.2 GB of it)
    return max(0, free if left is None else min(free, left - 2 * ADDRESS_ASIDE_BYTES))


def _control_groups() -> list[Path]:
    """Return the folders of the control groups of this process and of those above, where the system has such."""
    try:
        lines = Path("/proc/self/cgroup").read_text(encoding="utf-8").splitlines()
    except OSError:
        return []
    found = []
    for line in lines:
        _, kinds, inside = [*line.split(":", 2), "", ""][:3]
        root = Path("/sys/fs/cgroup") / ("memory" if "memory" in kinds else "")
        if kinds and "memory" not in kinds:
            continue
        place = root / inside.lstrip("/")
        found += [folder for folder in (place, *place.parents) if folder.is_relative_to(root)]
    return found


def _main() -> int:
    try:
        process = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL)
    except OSError as error:
        print(error, file=sys.stderr)
        return 127
    threading.Thread(target=_end_when_over, args=([process],), daemon=True).start()
    return process.wait()


if __name__ == "__main__":
    sys.exit(_main())
