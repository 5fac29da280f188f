"""Turns between jobs that share the processors: whoever has had least goes next, so that all have numbers soon."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

#: seconds after which somebody who waits looks whether it is still to wait
_LOOK_SECONDS = 0.1


class Turns:
    """One at a time; of those who wait, the one who has had least, and among equals who came first."""

    def __init__(self) -> None:
        self._free = threading.Condition()
        self._busy = False
        self._came = 0
        self._waiting: list[tuple[float, int]] = []

    @contextmanager
    def turn(self, had: float, check: Callable[[], object] = lambda: None) -> Iterator[None]:
        """Hold the turn; ``had`` is how much of it one has had so far. ``check`` may raise while one waits."""
        with self._free:
            self._came += 1
            mine = (had, self._came)
            self._waiting.append(mine)
            try:
                while self._busy or min(self._waiting) != mine:
                    self._free.wait(_LOOK_SECONDS)
                    check()
                self._busy = True
            finally:
                self._waiting.remove(mine)
                self._free.notify_all()
        try:
            yield
        finally:
            with self._free:
                self._busy = False
                self._free.notify_all()
