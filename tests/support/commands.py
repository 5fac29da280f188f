"""The commands of the command line, as they are registered."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import typer

from diffusion.cli.app import app


def commands(
    group: typer.Typer = app, before: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], Callable[..., Any]]]:
    """Yield every command: its words, and the function behind it."""
    for command in group.registered_commands:
        assert command.callback is not None
        yield (*before, command.name or command.callback.__name__), command.callback
    for below in group.registered_groups:
        assert below.typer_instance is not None
        yield from commands(below.typer_instance, (*before, str(below.name)))
