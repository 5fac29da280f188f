"""``diffusion scenarios``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from diffusion.cli.shared.options import ForceFile, Modules, Settings
from diffusion.outlets import json_text

if TYPE_CHECKING:
    from diffusion.levers.base import Lever
    from diffusion.scenario.diff import Difference
    from diffusion.scenario.schema import Scenario

app = typer.Typer(help="List, show, write, compare and check scenario files.", no_args_is_help=True)


@app.command("list")
def list_scenarios(
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False, python: Modules = None
) -> None:
    """List all scenarios: full ones, levers to stack on them, limiting cases."""
    from diffusion.cli.shared.console import console, show, table, with_note
    from diffusion.errors import InputError
    from diffusion.scenario.load import load_scenario
    from diffusion.scenario.plugins import use_python_modules
    from diffusion.scenario.sources import PATCH_FOLDER, find, read_chain, scenario_names

    use_python_modules(python or ())
    groups: dict[str, list[tuple[str, str, str, str]]] = {"": [], PATCH_FOLDER: []}
    for name in scenario_names():
        group = name.rpartition("/")[0]
        try:
            if group == PATCH_FOLDER:
                data = read_chain(*find(name))[-1].tree.data
                levers = data.get("levers")
                listed = ", ".join(map(str, levers)) if isinstance(levers, dict | list) else ""
                row = (f"+{name.removeprefix(PATCH_FOLDER + '/')}", str(data.get("title", "")), listed, "")
            else:
                scenario = load_scenario(name)
                row = (name, scenario.title, ", ".join(scenario.levers) or "-", f"{scenario.start}, {scenario.months}")
        except InputError as error:
            row = (name, f"cannot be used: {str(error).splitlines()[0]}", "", "")
        groups.setdefault(group, []).append(row)
    if as_json:
        names = ("name", "title", "levers", "start_and_months")
        print(json_text([dict(zip(names, row)) for rows in groups.values() for row in rows], ascii_only=True))
        return
    out = console()
    headings = {"": "Scenarios", PATCH_FOLDER: "Levers to stack: diffusion compare baseline baseline+local-first"}
    for group, rows in groups.items():
        if not rows:
            continue
        result = table(expand=True)
        result.add_column("name", overflow="fold", ratio=3)
        result.add_column("levers", overflow="fold", ratio=2)
        if group != PATCH_FOLDER:
            result.add_column("start, months", no_wrap=True)
        for name, title, listed, dates in rows:
            result.add_row(with_note(name, title), listed, *([dates] if group != PATCH_FOLDER else []))
        show(out, headings.get(group, f"Scenarios in {group}/"), result)
    out.print("More on one of them: diffusion scenarios show NAME", style="dim")


@app.command("show")
def show_scenario(
    name: Annotated[str, typer.Argument(help="Name, file or stack.")],
    as_yaml: Annotated[
        bool, typer.Option("--yaml", help="Print the resolved scenario, every default written out.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The same as JSON.")] = False,
    settings: Settings = None,
    python: Modules = None,
) -> None:
    """Show what a scenario says: header, dates, levers, and what differs from the defaults."""
    from diffusion.outlets import yaml_text
    from diffusion.scenario.load import load_scenario
    from diffusion.scenario.plugins import use_python_modules

    use_python_modules(python or ())
    scenario = load_scenario(name, settings or ())
    if as_json:
        print(json_text(scenario.resolved(), ascii_only=True))
    elif as_yaml:
        print(yaml_text(scenario.resolved()), end="")
    else:
        _show(scenario)


def _show(scenario: Scenario) -> None:
    from rich.text import Text

    from diffusion.cli.shared.console import console, print_warnings, short, show, table
    from diffusion.scenario.diff import differences
    from diffusion.scenario.plausible import plausibility_warnings
    from diffusion.scenario.schema import Scenario
    from diffusion.world.spec import SyntheticSpec, WorldSpec

    out = console()
    out.print(Text.assemble((scenario.title or scenario.name, "bold"), f"  ({scenario.name})"))
    if scenario.description:
        out.print(scenario.description)
    facts = table(show_header=False)
    facts.add_column(style="bold", no_wrap=True)
    facts.add_column(overflow="fold")
    for label, value in (
        ("author", scenario.author),
        ("reference", scenario.reference),
        ("compared with", scenario.baseline),
        ("calendar", f"{scenario.start} to {scenario.end + -1}, {scenario.months} months"),
        ("policies start", scenario.policy_start),
        ("content hash", scenario.content_hash[:16]),
    ):
        if value:
            facts.add_row(label, str(value))
    show(out, "", facts)
    if scenario.levers:
        levers = table(expand=True)
        levers.add_column("id", style="cyan", overflow="fold")
        levers.add_column("from", no_wrap=True)
        levers.add_column("until", no_wrap=True)
        levers.add_column("strength", justify="right", no_wrap=True)
        levers.add_column("targets and settings of its own", overflow="fold", ratio=1)
        for key, lever in scenario.levers.items():
            levers.add_row(
                key, str(lever.start), str(lever.end or "open end"), short(lever.strength), _own_settings(lever)
            )
        show(out, "Levers", levers)
    synthetic = SyntheticSpec() if scenario.world.synthetic is not None else None
    changed = [
        item
        for item in differences(Scenario(world=WorldSpec(synthetic=synthetic)), scenario)
        if not item.key.startswith(("levers.", "start", "months", "policy_start"))
    ]
    if changed:
        values = table()
        values.add_column("key", style="cyan", overflow="fold", ratio=2)
        values.add_column("default", justify="right", overflow="fold", ratio=1)
        values.add_column("here", justify="right", overflow="fold", ratio=1)
        for item in changed:
            values.add_row(item.key, short(item.left), short(item.right))
        show(out, "Differs from the defaults", values)
    print_warnings(scenario.name, plausibility_warnings(scenario))


def _own_settings(lever: Lever) -> str:
    from diffusion.cli.shared.console import short

    data = lever.model_dump(mode="json", exclude_defaults=True, exclude={"start", "end", "strength"})
    parts = [f"{key}: {short(value)}" for key, value in data.pop("targets", {}).items() if value is not None]
    return "\n".join(parts + [f"{key}: {short(value)}" for key, value in data.items()])


@app.command("new")
def new(
    name: Annotated[str, typer.Argument(help="Name of the new scenario.")],
    parent: Annotated[str, typer.Option("--from", help="Scenario to start from.")] = "baseline",
    python: Modules = None,
) -> None:
    """Write scenarios/NAME.yaml with every key explained; an existing file is never overwritten."""
    from diffusion.cli.shared.console import console
    from diffusion.scenario.load import load_scenario
    from diffusion.scenario.plugins import use_python_modules
    from diffusion.scenario.template import write_new

    use_python_modules(python or ())
    base = load_scenario(parent)
    path = write_new(name, parent, base, Path("scenarios"))
    out = console()
    out.print(f"wrote {path}")
    known = path.relative_to("scenarios").with_suffix("").as_posix()
    out.print(
        f"edit it, then: diffusion scenarios validate {known}, diffusion compare {parent} {known}",
        style="dim",
        soft_wrap=True,
    )


@app.command("diff")
def diff(
    left: Annotated[str, typer.Argument(help="Name, file or stack.")],
    right: Annotated[str, typer.Argument(help="Name, file or stack.")],
    settings: Settings = None,
    python: Modules = None,
) -> None:
    """Print every key in which two scenarios differ."""
    from diffusion.cli.shared.console import console, short, show, table
    from diffusion.scenario.load import load_scenario
    from diffusion.scenario.plugins import use_python_modules

    use_python_modules(python or ())
    one, two = load_scenario(left, settings or ()), load_scenario(right, settings or ())
    found = _gathered(one, two)
    out = console()
    if not found:
        out.print(f"{one.name} and {two.name} are the same but for their headers")
        return
    result = table(expand=True)
    result.add_column("key", style="cyan", overflow="fold", ratio=2)
    result.add_column(one.name, overflow="fold", ratio=1)
    result.add_column(two.name, overflow="fold", ratio=1)
    for item in found:
        result.add_row(item.key, short(item.left), short(item.right))
    show(out, f"{len(found)} difference{'s' if len(found) > 1 else ''}", result)


def _gathered(one: Scenario, two: Scenario) -> list[Difference]:
    """Return the differences; a lever that only one of the scenarios has is one line."""
    from diffusion.scenario.diff import Difference, differences

    alone = {f"levers.{key}.": key for key in one.levers.keys() ^ two.levers.keys()}
    found = [item for item in differences(one, two) if not item.key.startswith(tuple(alone) or ("-",))]
    for key in sorted(alone.values()):
        sides = [
            f"from {lever.start}, strength {lever.strength:g}" if (lever := side.levers.get(key)) is not None else None
            for side in (one, two)
        ]
        found.append(Difference(f"levers.{key}", *sides))
    return found


@app.command("validate")
def validate(
    names: Annotated[list[str] | None, typer.Argument(help="Names, files or stacks; none for all.")] = None,
    settings: Settings = None,
    python: Modules = None,
) -> None:
    """Check scenarios, their levers, targets and own tables, and print every problem."""
    from diffusion.cli.shared.console import console
    from diffusion.errors import InputError
    from diffusion.scenario.check import check_scenario
    from diffusion.scenario.felt.notes import notes_of
    from diffusion.scenario.load import load_scenario
    from diffusion.scenario.plugins import use_python_modules
    from diffusion.scenario.problems import problems_of, raise_all
    from diffusion.scenario.sources import PATCH_FOLDER, scenario_names

    use_python_modules(python or ())
    if not names:
        names = [
            f"baseline+{name.removeprefix(PATCH_FOLDER + '/')}" if name.startswith(PATCH_FOLDER + "/") else name
            for name in scenario_names()
        ]
    out = console()
    problems: list[InputError] = []
    for name in names:
        try:
            scenario = load_scenario(name, settings or ())
            world = check_scenario(scenario)
        except InputError as error:
            problems += problems_of(error)
            continue
        pairs = int(world.eligible.sum())
        out.print(f"{name}: good, {world.n_trusts} trusts, {world.n_innovations} innovations, {pairs:,} eligible pairs")
        for text in notes_of(scenario, world):
            out.print(f"  note: {text}", style="yellow")
    raise_all(problems)


@app.command("schema")
def schema(
    out: Annotated[Path | None, typer.Option("--out", "-o", metavar="FILE", help="File to write.")] = None,
    force: ForceFile = False,
) -> None:
    """Print the JSON Schema of scenario files, for completion and checks in editors."""
    from diffusion.cli.shared.console import say
    from diffusion.cli.shared.out_file import write_or_print
    from diffusion.scenario.json_schema import scenario_json_schema

    text = json_text(scenario_json_schema())
    if write_or_print(text, out, force=force, example="scenario.schema.json"):
        say(f"wrote {out}; first line of a scenario file: # yaml-language-server: $schema={out}")
