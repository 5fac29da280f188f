"""``diffusion levers``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from diffusion.cli.shared.options import Modules
from diffusion.outlets import json_text

if TYPE_CHECKING:
    from diffusion.engine.calendar import Month
    from diffusion.levers.base import Lever

app = typer.Typer(help="List and explain policy levers.", no_args_is_help=True)


@app.command("list")
def list_levers(
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False, python: Modules = None
) -> None:
    """List the levers: what each acts on, and on what evidence."""
    from diffusion.levers.registry import all_levers
    from diffusion.scenario.plugins import use_python_modules

    use_python_modules(python or ())
    levers = all_levers()
    if as_json:
        print(json_text([_facts(name) for name in levers], ascii_only=True))
        return
    from diffusion.cli.shared.console import console, show, table, with_note

    out = console()
    result = table(expand=True)
    result.add_column("no.", justify="right", no_wrap=True)
    result.add_column("lever", overflow="fold", ratio=2)
    result.add_column("acts on", overflow="fold", ratio=2)
    result.add_column("since", no_wrap=True)
    result.add_column("grade", no_wrap=True)
    for name, lever in levers.items():
        number = str(lever.number) if lever.number else "own"
        result.add_row(number, with_note(name, lever.title), lever.acts_on, lever.historic_start, lever.grade)
    show(out, "", result)
    out.print("More on one of them: diffusion levers show NAME", style="dim")


@app.command("show")
def show_lever(
    name: Annotated[str, typer.Argument(help="Name of the lever.")],
    start: Annotated[
        str | None,
        typer.Option(
            "--start", metavar="YYYY-MM", help="Show the schedule from this month; default: its historic start."
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
    python: Modules = None,
) -> None:
    """Explain one lever: equation, terms it writes, settings and schedule."""
    from diffusion.levers.registry import lever_class
    from diffusion.scenario.plugins import use_python_modules

    use_python_modules(python or ())
    lever = lever_class(name)
    month = _month(start)
    if as_json:
        print(json_text(_facts(name), ascii_only=True))
        return
    from rich.padding import Padding
    from rich.text import Text

    from diffusion.cli.parameters import parameter_table
    from diffusion.cli.shared.console import console, show, table
    from diffusion.engine.parameters import describe_section

    out = console()
    out.print(
        Text.assemble(
            (f"{lever.title}", "bold"), f"  (lever {lever.number}, {name})" if lever.number else f"  ({name})"
        )
    )
    out.print(_plain(lever.__doc__ or ""))
    out.print()
    facts = table(show_header=False)
    facts.add_column(style="bold", no_wrap=True)
    facts.add_column(overflow="fold")
    facts.add_row("acts on", lever.acts_on)
    facts.add_row("evidence", f"grade {lever.grade}: {lever.source}")
    facts.add_row("since", lever.historic_start)
    if writes := _writes(lever):
        facts.add_row("writes", ", ".join(writes))
    for purpose, (payer, payee) in lever.purposes.items():
        facts.add_row("own payment", f"{purpose}, {payer} > {payee}")
    show(out, "", facts)
    if lever.equation:
        out.print("Equation", style="bold")
        out.print(Padding(Text(lever.equation.strip()), (0, 0, 1, 2)))
    rows = describe_section(name, lever)
    show(out, "Settings", parameter_table(rows))
    plain = [field for field in lever.model_fields if field not in {row.name for row in rows}]
    others = table()
    others.add_column("setting", style="cyan", no_wrap=True)
    others.add_column("meaning", overflow="fold")
    for field in plain:
        others.add_row(field, str(lever.model_fields[field].description or ""))
    show(out, "Also", others)
    try:
        dated = lever().dated(month)
    except ValueError:
        return  # a lever with required settings has no schedule of its own
    schedule = table()
    schedule.add_column("from", no_wrap=True)
    schedule.add_column("until", no_wrap=True)
    schedule.add_column("what", overflow="fold")
    for since, until, what in dated.schedule():
        schedule.add_row(str(since or ""), str(until or "open end"), what)
    show(out, f"Schedule, started in {month}" if month else "Schedule, as it was in history", schedule)
    out.print(f"In a scenario file:\n\n  levers:\n    {name}: {{strength: 1}}\n", style="dim")


def _month(text: str | None) -> Month | None:
    from diffusion.engine.calendar import Month, MonthError
    from diffusion.errors import InputError

    if text is None:
        return None
    try:
        return Month(text)
    except MonthError as error:
        raise InputError(str(error), key="--start", expected=error.expected, suggestion=error.suggestion) from None


def _plain(text: str) -> str:
    import inspect

    return inspect.cleandoc(text).replace("``", "")


def _writes(lever: type[Lever]) -> list[str]:
    """Return the terms a lever says it writes, or those found in the text of its ``write``."""
    import inspect
    import re

    from diffusion.engine.term_specs import TERMS

    if lever.writes:
        return list(lever.writes)
    try:
        source = inspect.getsource(inspect.getmodule(lever) or lever)
    except (OSError, TypeError):
        return []
    return [name for name in TERMS if re.search(rf"\bterms\.{name}\b", source)]


def _facts(name: str) -> dict[str, object]:
    from diffusion.engine.parameters import describe_section
    from diffusion.levers.registry import lever_class

    lever = lever_class(name)
    return {
        "name": name,
        "number": lever.number,
        "title": lever.title,
        "acts_on": lever.acts_on,
        "description": _plain(lever.__doc__ or ""),
        "equation": lever.equation,
        "writes": _writes(lever),
        "purposes": {purpose: list(ends) for purpose, ends in lever.purposes.items()},
        "grade": lever.grade,
        "source": lever.source,
        "historic_start": lever.historic_start,
        "settings": [row._asdict() for row in describe_section(name, lever)],
    }
