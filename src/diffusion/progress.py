"""How long work tells how far it is."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from typing import TextIO, TypeAlias

#: called with (what is done, how much of it, of how much)
Report: TypeAlias = Callable[[str, int, int], None]
#: a line is written anew at most every so many seconds where it can be written over, else every so many
_OVER_SECONDS, _BELOW_SECONDS = 0.2, 10.0


def silent(what: str, done: int, total: int) -> None:
    """Tell nobody."""


class ProgressLine:
    """A line of text that tells how far work is: ``Running 40 of 200, 3 s, about 12 s left``.

    In a terminal or a notebook the line is written over, and ends when the work does; elsewhere (a log) a new one is
    written every ten seconds at most, and the last.

    Parameters
    ----------
    out: where it is written; default: standard error as it is then
    """

    def __init__(self, out: TextIO | None = None) -> None:
        self._out = sys.stderr if out is None else out
        # ipykernel's stream is no terminal, and notebooks write over a line all the same
        self._over = self._out.isatty() or type(self._out).__module__.partition(".")[0] == "ipykernel"
        self._what, self._began, self._told, self._width = "", 0.0, -1e9, 0
        self._ended: tuple[str, int, int] | None = None
        self._lock = threading.Lock()

    def __call__(self, what: str, done: int, total: int) -> None:
        """Tell that ``done`` of ``total`` are done."""
        with self._lock:
            now = time.monotonic()
            if what != self._what:
                self._what, self._began, self._told = what, now, -1e9 if self._over else now
            last = done >= total
            if last and self._ended == (what, done, total):  # told before
                return
            self._ended = (what, done, total) if last else None
            if last or now - self._told >= (_OVER_SECONDS if self._over else _BELOW_SECONDS):
                self._told = now
                self._write(self._line(done, total, now - self._began), last)

    def _line(self, done: int, total: int, seconds: float) -> str:
        text = f"{self._what} {done:,} of {total:,}, {_duration(seconds)}"
        if 0 < done < total and seconds >= 1:
            text += f", about {_duration(seconds * (total - done) / done)} left"
        return text

    def _write(self, text: str, last: bool) -> None:
        if self._over:
            self._out.write("\r" + text.ljust(self._width) + ("\n" if last else ""))
            self._width = 0 if last else len(text)
        else:
            self._out.write(text + "\n")
        self._out.flush()


def _duration(seconds: float) -> str:
    """Return ``7 s``, ``4 min`` or ``2 h 5 min``."""
    if seconds < 100:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 100 else f"{minutes // 60} h {minutes % 60} min"
