"""Output that nothing stops: closed streams, encodings that lack a character, a reader that has gone."""

from __future__ import annotations

import os
import sys
from contextlib import suppress

#: columns of a terminal: narrower ones wrap what is printed, which loses nothing
NARROWEST, WIDEST = 60, 500


def prepare_streams() -> None:
    """Make standard output and error fit for any text, whatever the terminal's encoding and even where they are closed.

    A character that the encoding does not have is shown as a question mark: a pound sign must not cost a table.
    """
    if None in (sys.stdin, sys.stdout, sys.stderr):
        _fill_closed()
    _fit_width()
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8", newline="\n"))  # noqa: SIM115 - open until the end
        elif hasattr(stream, "reconfigure"):
            with suppress(ValueError, OSError):
                stream.reconfigure(errors="replace")


def _fit_width() -> None:
    """Keep the width between what tables need to show everything and what anyone can look at."""
    stated = os.environ.get("COLUMNS", "")
    width = int(stated) if stated.isascii() and stated.isdigit() and len(stated) < 10 else 0
    if not stated:
        with suppress(OSError, ValueError, AttributeError):
            width = os.get_terminal_size(sys.stdout.fileno()).columns
        width = width or NARROWEST
    if not NARROWEST <= width <= WIDEST:
        os.environ["COLUMNS"] = str(80 if width == 0 else max(NARROWEST, min(WIDEST, width)))


def _fill_closed() -> None:
    """Open what was closed of the first three handles on nothing: else the next file that is opened becomes stdout."""
    with suppress(OSError):
        while (handle := os.open(os.devnull, os.O_RDWR)) <= 2:
            pass
        os.close(handle)


def flush_streams() -> None:
    """Write what is still held back; raises OSError where it cannot be written."""
    for stream in (sys.stdout, sys.stderr):
        if stream is not None and not stream.closed:
            stream.flush()


def give_up_output() -> None:
    """Send standard output to nothing from now on, so that Python does not try again when it ends."""
    with suppress(OSError, ValueError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
