"""Terminal output: consoles, tables in one style, and problems in red."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from diffusion.errors import InputError
from diffusion.outlets import one_line, shown

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.table import Table
    from rich.text import Text

#: problems printed one by one, and letters of one of them: a file may be wrong in every line
_MOST_TOLD, _LONGEST = 60, 3_000


def console(*, stderr: bool = False) -> Console:
    """Return a console that prints text as it is, and writes out what a terminal would obey."""
    from diffusion.report.terminal.safe_console import SafeConsole

    return SafeConsole(stderr=stderr)


def say(text: str, *, end: str = "\n", stderr: bool = False) -> None:
    """Print text in full, at any width, with what a terminal would obey written out."""
    print(shown(text), end=end, file=sys.stderr if stderr else sys.stdout, flush=True)


def table(*, show_header: bool = True, expand: bool = False) -> Table:
    """Return an empty table in the style of all commands."""
    from rich import box
    from rich.table import Table

    return Table(
        box=box.SIMPLE_HEAD,
        show_edge=False,
        show_header=show_header,
        header_style="bold",
        pad_edge=False,
        padding=(0, 2, 0, 0),
        expand=expand,
    )


def show(out: Console, heading: str, rows: RenderableType, note: str = "") -> None:
    """Print a heading, an optional line below it, a table and an empty line."""
    if heading:
        out.print(heading, style="bold")
    if note:
        out.print(note, style="italic")
    out.print(rows)
    out.print()


def with_note(name: str, note: str) -> Text:
    """Return a cell with a name and, below it, a dim note."""
    from rich.text import Text

    cell = Text(name, style="cyan")
    if note:
        cell.append("\n" + note, style="dim")
    return cell


def short(value: object) -> str:
    """Write a value as in a scenario file, numbers with at most six digits."""
    if value is None:
        return "-"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 10_000 else f"{value:.4g}"
    if isinstance(value, int):
        return f"{value:,}" if abs(value) >= 10_000 else str(value)
    if isinstance(value, list | tuple):
        return ", ".join(short(item) for item in value)
    return str(value)


def interval(low: float | None, high: float | None) -> str:
    """Write a plausible range."""
    if low is None or high is None:
        return ""
    return f"{low:,g} to {high:,g}" if 10_000 <= abs(high) < 1e6 else f"{short(low)} to {short(high)}"


def print_problems(error: InputError) -> None:
    """Print every problem on its own line of stderr, in red, files relative to the current folder."""
    from diffusion.scenario.problems import problems_of

    out = console(stderr=True)
    problems = problems_of(error)
    for problem in problems[:_MOST_TOLD]:
        out.print(f"error: {_printable(_nearby(problem))}", style="red", soft_wrap=True)
    if (more := len(problems) - _MOST_TOLD) > 0:
        out.print(f"error: and {more:,} more; mend the first ones, then check again", style="red", soft_wrap=True)


def _printable(text: str) -> str:
    """Return a message on one line, with unseen characters written out, and not longer than anyone reads."""
    text = text if len(text) <= _LONGEST else f"{text[: _LONGEST // 2]} ... {text[-_LONGEST // 2 :]}"
    return one_line(text)


def _nearby(problem: InputError) -> str:
    text = str(problem)
    if problem.file is None:
        return text
    path = Path(problem.file)
    if path.is_absolute() and path.is_relative_to(Path.cwd()):
        text = text.replace(str(path), str(path.relative_to(Path.cwd())), 1)
    return text


def tell_altered(found: Sequence[str]) -> None:
    """Say on stderr what is read although it is not as it was written."""
    out = console(stderr=True)
    for text in found:
        out.print(f"note: accepted although it is not as it was written: {text}", style="yellow", soft_wrap=True)


def print_warnings(name: str, warnings: list[str], most: int = 3) -> None:
    """Print the first warnings of a scenario on stderr, and how to see the others."""
    if not warnings:
        return
    out = console(stderr=True)
    for text in warnings[:most]:
        out.print(one_line(f"warning: {name}: {text}"), style="yellow", soft_wrap=True)
    if len(warnings) > most:
        out.print(
            f"warning: {name}: and {len(warnings) - most} more; see 'diffusion scenarios validate {name}'",
            style="yellow",
            soft_wrap=True,
        )


def print_notes(noted: Mapping[str, list[str]]) -> None:
    """Print the first notes of every scenario, by name; what several have is told once, with the names of all."""
    from diffusion.scenario.felt.notes import number_of_nothing

    first = {name: notes[: max(3, number_of_nothing(notes))] for name, notes in noted.items()}
    whose: dict[str, list[str]] = {}
    for name, notes in first.items():
        for note in notes:
            whose.setdefault(note, []).append(name)
    for note, having in whose.items():
        if len(having) > 1:
            print_warnings("all scenarios" if len(having) == len(noted) else ", ".join(having), [note])
    for name, notes in noted.items():
        alone = [note for note in first[name] if len(whose[note]) == 1]
        print_warnings(name, [*alone, *notes[len(first[name]) :]], most=len(alone))
