"""Turns between jobs that share the processors: whoever has had least goes next, so that all have numbers soon."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Turns:
    """One at a time; of those who wait, the one who has had least, and among equals who came first."""

    def __init__(self) -> None:
        self._free = threading.Condition()
        self._busy = False
        self._came = 0
        self._waiting: list[tuple[float, int]] = []

    @contextmanager
    def turn(self, had: float) -> Iterator[None]:
        """Hold the turn; ``had`` is how much of it one has had so far."""
        with self._free:
            self._came += 1
            mine = (had, self._came)
            self._waiting.append(mine)
            try:
                self._free.wait_for(lambda: not self._busy and min(self._waiting) == mine)
            finally:
                self._waiting.remove(mine)
            self._busy = True
        try:
            yield
        finally:
            with self._free:
                self._busy = False
                self._free.notify_all()
