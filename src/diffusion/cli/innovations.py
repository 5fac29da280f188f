"""``diffusion innovations``."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from diffusion.cli.new_innovation import new
from diffusion.cli.shared.options import ForceFile, Modules
from diffusion.outlets import json_text

if TYPE_CHECKING:
    from diffusion.world.innovations import Attribute
    from diffusion.world.portfolio import Entry

app = typer.Typer(help="List, show and make innovations: portfolio files.", no_args_is_help=True)

PortfolioFile = Annotated[
    str | None,
    typer.Option(
        "--file",
        metavar="FILE",
        help="Your own portfolio (.yaml or .csv), or a scenario or world by file or name (england-2025).",
    ),
]


@app.command("list")
def list_innovations(
    file: PortfolioFile = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
    python: Modules = None,
) -> None:
    """List the innovations of a portfolio: kind, when each becomes live, where it is used or piloted from the start."""
    entries = _entries(file, python)
    if as_json:
        print(json_text([_summary(entry) for entry in entries], ascii_only=True))
        return
    from diffusion.cli.shared.console import console, short, show, table, with_note

    out = console()
    rows = table(expand=True)
    rows.add_column("innovation", overflow="fold", ratio=3)
    rows.add_column("kind, cohort", overflow="fold", ratio=1)
    rows.add_column("live in\nmonth", justify="right", no_wrap=True)
    rows.add_column("in use at\nthe start", justify="right", overflow="fold", width=10)
    rows.add_column("pilot\nsites", justify="right", no_wrap=True)
    rows.add_column("upfront,\n£", justify="right", no_wrap=True)
    for entry in entries:
        rows.add_row(
            with_note(entry.row.id, entry.row.name),
            with_note(entry.row.kind, entry.row.cohort),
            short(entry.attributes.get("live_from") or entry.attributes["live_month"]),
            _at_start(entry),
            str(len(entry.row.pilot_sites)),
            f"{entry.attributes['upfront_cost_gbp']:,.0f}",
        )
    show(out, "", rows)
    out.print(
        "Months that are plain numbers count from the start of the run; costs are those of a trust of median staff.",
        style="dim",
    )
    where = "" if file is None else f" --file {shlex.quote(file)}"
    out.print(f"More on one of them: diffusion innovations show ID{where}", style="dim", soft_wrap=True, markup=False)


def _at_start(entry: Entry) -> str:
    """Say how many use it at the start: as the portfolio knows it, else its initial sites."""
    from diffusion.cli.shared.console import short

    if known := entry.attributes.get("opening_users"):
        return str(known)
    low, high = (entry.attributes[f"initial_sites_{end}"] for end in ("min", "max"))
    return short(low) if low == high else f"{short(low)} to {short(high)}"


@app.command("show")
def show_innovation(
    name: Annotated[str, typer.Argument(help="Id of the innovation.")],
    file: PortfolioFile = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
    python: Modules = None,
) -> None:
    """Show one innovation: every attribute with unit, allowed values, where it comes from and what it rests on."""
    from diffusion.world.innovations import InnovationAttributes
    from diffusion.world.portfolio import attribute_facts, basis_of

    entry = _find(name, file, python)
    row, facts = entry.row, attribute_facts()
    values = {each: entry.attributes.get(each) for each in InnovationAttributes.model_fields}
    if as_json:
        print(json_text(_facts(entry, values), ascii_only=True))
        return
    from rich.text import Text

    from diffusion.cli.shared.console import console, short, show, table, with_note

    out = console()
    out.print(Text.assemble((row.name, "bold"), f"  ({row.id})"))
    if row.note:
        out.print(row.note)
    about = table(show_header=False)
    about.add_column(style="bold", no_wrap=True)
    about.add_column(overflow="fold")
    for label, text in (
        ("kind", row.kind),
        ("cohort", row.cohort),
        ("tags", ", ".join(row.tags) if row.tags is not None else "by kind and key"),
        ("priorities", ", ".join(row.priorities)),
        ("company", row.company or "one of its own, if it has a price"),
        ("pilot sites", ", ".join(row.pilot_sites) or "none"),
    ):
        if text:
            about.add_row(label, text)
    show(out, "", about)
    rows = table(expand=True)
    # no word is broken: names of attributes and sectors, and numbers
    rows.add_column("attribute", overflow="fold", ratio=3, width=max(map(len, values)))
    words = [word for value in values.values() for word in short(value).split()]
    allowed = [word for each in values for word in facts[each].allowed.split()]
    rows.add_column("value", justify="right", overflow="fold", width=min(20, max(map(len, words))))
    rows.add_column("may be", overflow="fold", width=min(20, max(map(len, allowed))))
    rows.add_column("from, resting on", overflow="fold", ratio=2)
    for each, value in values.items():
        unit = "" if facts[each].unit in ("1", "list", "true or false", "yes/no") else f" [{facts[each].unit}]"
        origin = entry.origin.get(each, "not stated")
        rows.add_row(
            with_note(each, facts[each].description + unit),
            short(value),
            facts[each].allowed,
            with_note(origin, basis_of(entry, each) if each in entry.origin else ""),
        )
    show(out, "Attributes", rows)


def _entries(file: str | None, python: list[str] | None = None) -> list[Entry]:
    """Return the innovations of a portfolio file or of a scenario's world; of the packaged portfolio without either."""
    from diffusion.errors import InputError
    from diffusion.reading.files import named_by_user, packaged
    from diffusion.scenario.plugins import use_python_modules
    from diffusion.world.building.build import entries_of
    from diffusion.world.building.synthetic import SITE_SECTOR
    from diffusion.world.facts import packaged_worlds
    from diffusion.world.portfolio import PORTFOLIO, is_portfolio, read_portfolio
    from diffusion.world.spec import WorldSpec
    from diffusion.world.tables import SECTORS

    use_python_modules(python or ())
    path = packaged(PORTFOLIO) if file is None else named_by_user(file, "--file")
    if file in packaged_worlds():
        return entries_of(WorldSpec(name=file), Path())
    by_name = file is not None and not path.suffix and not path.exists()
    if not by_name and is_portfolio(path):
        return read_portfolio(path, (*SECTORS, SITE_SECTOR))
    from diffusion.scenario.load import load_scenario

    scenario = load_scenario(str(file) if by_name else str(path))
    scenario.build_world()
    entries = entries_of(scenario.world, scenario.folder)
    if not entries:
        raise InputError(
            "the world of this scenario makes its own innovations: none is written down",
            file=path,
            key="--file",
            expected="a portfolio, or a scenario with one",
            suggestion="leave --file out for the packaged portfolio",
        )
    return entries


def _find(name: str, file: str | None, python: list[str] | None) -> Entry:
    from diffusion.errors import InputError, did_you_mean

    entries = {entry.row.id: entry for entry in _entries(file, python)}
    if name not in entries:
        where = "the packaged portfolio" if file is None else f"'{file}'"
        elsewhere = None if file is not None else _world_with(name)
        raise InputError(
            f"{where} has no innovation '{name}'",
            key="ID",
            expected="one of " + ", ".join(list(entries)[:8]) + (", ..." if len(entries) > 8 else ""),
            suggestion=(f"{elsewhere} has it: add --file {elsewhere}" if elsewhere else None)
            or did_you_mean(name, entries)
            or f"for example {next(iter(entries))}",
        )
    return entries[name]


def _world_with(name: str) -> str | None:
    """Return the packaged world whose portfolio has an innovation of this id; None if none has."""
    from diffusion.world.facts import packaged_worlds

    worlds = (world for world in packaged_worlds() if name in {entry.row.id for entry in _entries(world)})
    return next(worlds, None)


def _summary(entry: Entry) -> dict[str, object]:
    attributes = entry.attributes
    return {
        "id": entry.row.id,
        "name": entry.row.name,
        "kind": entry.row.kind,
        "cohort": entry.row.cohort,
        "live_month": attributes["live_month"],
        "live_from": attributes.get("live_from"),
        "opening_users": attributes.get("opening_users"),
        "initial_sites_min": attributes["initial_sites_min"],
        "initial_sites_max": attributes["initial_sites_max"],
        "pilot_sites": entry.row.pilot_sites,
        "eligible_sectors": attributes["eligible_sectors"],
        "upfront_cost_gbp": attributes["upfront_cost_gbp"],
    }


def _facts(entry: Entry, values: dict[str, Attribute]) -> dict[str, object]:
    from diffusion.world.portfolio import attribute_facts, basis_of

    facts = attribute_facts()
    row = entry.row
    return {
        "id": row.id,
        "name": row.name,
        "kind": row.kind,
        "cohort": row.cohort,
        "tags": row.tags,
        "priorities": row.priorities,
        "company": row.company,
        "pilot_sites": row.pilot_sites,
        "note": row.note,
        "attributes": {
            each: {
                "value": value,
                "unit": facts[each].unit,
                "allowed": facts[each].allowed,
                "meaning": facts[each].description,
                "from": entry.origin.get(each),
                "basis": basis_of(entry, each) if each in entry.origin else None,
            }
            for each, value in values.items()
        },
    }


app.command("new")(new)


@app.command("schema")
def schema(
    out: Annotated[Path | None, typer.Option("--out", "-o", metavar="FILE", help="File to write.")] = None,
    force: ForceFile = False,
) -> None:
    """Print the JSON Schema of portfolio files, for completion and checks in editors."""
    from diffusion.cli.shared.console import say
    from diffusion.cli.shared.out_file import write_or_print
    from diffusion.world.portfolio_text import portfolio_json_schema

    text = json_text(portfolio_json_schema())
    if write_or_print(text, out, force=force, example="portfolio.schema.json"):
        say(f"wrote {out}; first line of a portfolio file: # yaml-language-server: $schema={out}")
