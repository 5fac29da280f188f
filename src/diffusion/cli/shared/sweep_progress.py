"""What a running sweep says: how far it is, how fast, how long still; and what stops it."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING

import typer

from diffusion.cli.shared.console import console, say

if TYPE_CHECKING:
    from diffusion.experiments.sweep.resume import Progress

#: seconds between lines where there is no terminal
_EVERY_SECONDS = 10.0


def tell(text: str, problem: bool = False) -> None:
    """Print a line for the user on stderr."""
    console(stderr=True).print(text, style="red" if problem else "yellow", soft_wrap=True)


def duration(seconds: float) -> str:
    """Write a duration: 42 s, 3 min 20 s, 5 h 12 min, 2 d 3 h."""
    whole = round(seconds)
    if whole < 60:
        return f"{seconds:.1f} s" if seconds < 10 else f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    if whole < 86_400:
        return f"{whole // 3600} h {whole % 3600 // 60} min"
    return f"{whole // 86_400} d {whole % 86_400 // 3600} h"


def line(progress: Progress) -> str:
    """Return the state of a sweep in one line."""
    done = progress.before + progress.done
    text = f"{done:,} of {progress.total:,} runs ({100 * done / max(1, progress.total):.0f} %)"
    if progress.seconds_left is not None:
        text += f", {progress.per_second:,.1f} a second, {duration(progress.seconds_left)} left"
    return text + (f", {progress.failed:,} failed" if progress.failed else "")


@contextmanager
def sweep_progress(runs: int) -> Iterator[Callable[[Progress], None]]:
    """Give a function that shows progress: a bar on a terminal, else a line every ten seconds."""
    out = console(stderr=True)
    if not out.is_terminal:
        last = time.monotonic()

        def print_line(progress: Progress) -> None:
            nonlocal last
            if time.monotonic() - last >= _EVERY_SECONDS:
                last = time.monotonic()
                say(line(progress), stderr=True)

        yield print_line
        return
    from rich.progress import BarColumn, TextColumn
    from rich.progress import Progress as Bars

    with Bars(BarColumn(), TextColumn("{task.description}"), console=out, transient=True) as bars:
        task = bars.add_task("", total=runs)
        yield lambda progress: bars.update(
            task, total=progress.total, completed=progress.before + progress.done, description=line(progress)
        )


@contextmanager
def interruptible() -> Iterator[None]:
    """Treat the signal with which batch systems announce the end of a job as Ctrl-C."""

    def stop(signum: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def kept_safe(again: str) -> Iterator[None]:
    """Stop cleanly where what is done inside is stopped or cannot be stored, and say that ``again`` goes on with it."""
    from diffusion.experiments.sweep.chunk_files import StoreError

    try:
        with interruptible():
            yield
    except KeyboardInterrupt:
        tell(f"stopped; nothing that was done is lost. Go on with: {again}")
        raise
    except (StoreError, MemoryError) as error:
        tell(f"error: {error or 'out of memory'}; what is stored is safe", problem=True)
        tell(f"when that is mended, go on with: {again}")
        raise typer.Exit(1) from None
