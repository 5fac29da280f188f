"""Calling what may never end: a generator of networks that is asked for more than anyone can wait for, or store."""

from __future__ import annotations

import ctypes
import threading
import time
from collections.abc import Callable
from typing import TypeVar

Answer = TypeVar("Answer")
#: seconds between looks at what a call has taken so far
_EVERY_SECONDS = 0.1
#: share of the free memory that a call may take
_SHARE = 0.6


class TooMuch(BaseException):
    """A call was ended: it took too long, or too much memory. No Exception, so that nobody on the way takes it."""


def bounded(call: Callable[[], Answer], seconds: float) -> Answer:
    """Return what ``call`` returns; raises TooMuch where it takes more processor time or memory than it may.

    Between two steps of Python only: what computes in C for long is not ended.
    """
    import psutil

    process, caller = psutil.Process(), threading.get_ident()
    most = process.memory_info().rss + _SHARE * psutil.virtual_memory().available
    began, done, lock = time.process_time(), threading.Event(), threading.Lock()

    def watch() -> None:
        while not done.wait(_EVERY_SECONDS):
            if time.process_time() - began > seconds or process.memory_info().rss > most:
                with lock:
                    # again and again: what is raised while garbage is collected, say, is passed over
                    if not done.is_set():
                        _raise_in(caller, TooMuch)

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        return call()
    finally:
        _stop(done, lock, caller)


def _stop(done: threading.Event, lock: threading.Lock, caller: int) -> None:
    """End the watch; what it raised and has not arrived yet is taken back."""
    while True:
        try:
            with lock:
                done.set()
                _raise_in(caller, None)
            return
        except TooMuch:
            continue


def _raise_in(thread: int, error: type[BaseException] | None) -> None:
    raised = ctypes.py_object(error) if error is not None else None
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), raised)
