"""``diffusion worlds``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from diffusion.outlets import json_text

if TYPE_CHECKING:
    from diffusion.world.facts import WorldFacts
    from diffusion.world.tables import World

app = typer.Typer(
    help="List, show, check and begin worlds: the trusts, networks and boards of a time.", no_args_is_help=True
)

Json = Annotated[bool, typer.Option("--json", help="Print as JSON.")]
Name = Annotated[str, typer.Argument(metavar="NAME", help="A packaged world, or the folder of one of your own.")]


@app.command("list")
def list_worlds(as_json: Json = False) -> None:
    """List the packaged worlds: month of their data, trusts, networks, boards, innovations, starts that fit."""
    from diffusion.world.facts import packaged_worlds, read_facts
    from diffusion.world.packages.check import find_world, world_of

    found = []
    for name in packaged_worlds():
        folder = find_world(name)
        found.append(_summary(read_facts(folder), world_of(folder)))
    from diffusion.cli.shared.console import console, say, show, table, with_note

    if as_json:
        say(json_text(found, ascii_only=True))
        return
    out = console()
    rows = table(expand=True)
    rows.add_column("world", overflow="fold", width=20)
    for head in ("data of", "trusts", "net-\nworks", "boards", "innova-\ntions", "starts\nthat fit"):
        rows.add_column(head, justify="right", no_wrap=True)
    for row in found:
        rows.add_row(
            with_note(str(row["id"]), str(row["title"])),
            str(row["data_month"]),
            *(str(row[key]) for key in ("trusts", "networks", "boards", "innovations")),
            f"{row['first_start']} to\n{row['last_start']}",
        )
    show(out, "", rows)
    out.print("More on one of them: diffusion worlds show NAME", style="dim")
    out.print("In a scenario: world: {name: NAME}", style="dim")


def _summary(facts: WorldFacts, built: World) -> dict[str, object]:
    return {
        "id": facts.id,
        "title": facts.title,
        "data_month": facts.data_month,
        "first_start": facts.first_start,
        "last_start": facts.last_start,
        "trusts": built.n_trusts,
        "networks": built.n_ahsns,
        "boards": len(built.trusts.ics_codes),
        "innovations": built.n_innovations,
        "eligible_pairs": int(built.eligible.sum()),
        "median_staff_fte": facts.median_staff_fte,
        "words": facts.words.model_dump(mode="json"),
        "licence": facts.licence,
    }


@app.command("show")
def show_world(name: Name, as_json: Json = False) -> None:
    """Show one world: sectors, unit of size, words, every column with source and licence, what is not known."""
    from diffusion.cli.shared.console import console, say, show, table, with_note
    from diffusion.world.facts import read_facts
    from diffusion.world.packages.check import find_world, world_of
    from diffusion.world.packages.dictionary import read_dictionary
    from diffusion.world.packages.summary import column_lines, filled_lines, sector_lines

    folder = find_world(name)
    facts, built = read_facts(folder), world_of(folder)
    sectors, filled = sector_lines(built), filled_lines(built)
    columns = column_lines(folder, read_dictionary(folder))
    if as_json:
        more = {
            "sectors": [line._asdict() for line in sectors],
            "filled": [line._asdict() for line in filled],
            "columns": [line._asdict() for line in columns],
        }
        say(
            json_text(
                _summary(facts, built) | {"limits": facts.limits, "trusts_stay": facts.trusts_stay} | more,
                ascii_only=True,
            )
        )
        return
    _print_world(facts, built)
    out = console()
    rows = table()
    rows.add_column("sector", style="cyan", no_wrap=True)
    heads = (
        "trusts",
        "staff,\n000 WTE",
        "median\nstaff",
        "cen-\ntres",
        "short of\nmoney",
        "digital\nready",
        "innova-\ntions",
    )
    for head in heads:
        rows.add_column(head, justify="right")
    for sector in sectors:
        cells = (
            f"{sector.trusts}",
            f"{sector.staff_fte / 1000:,.1f}",
            f"{sector.median_staff_fte:,.0f}",
            f"{sector.centres}",
            f"{sector.money_short:.1f}",
            f"{sector.digital_maturity:+.2f}",
            f"{sector.innovations}",
        )
        rows.add_row(sector.sector, *cells)
    show(
        out,
        "Trusts",
        rows,
        "centres: of excellence; short of money: those not known count in part; digital ready: mean, -1 to 1; "
        "innovations: that some may use",
    )
    rows = table()
    for head in ("attribute", "trusts of which it is not known", "what stands for it"):
        rows.add_column(head, overflow="fold")
    for item in filled:
        rows.add_row(item.attribute, f"{item.trusts} of {built.n_trusts}", item.filled_by)
    show(out, "Filled where nothing is known (unknown is never taken for no)", rows)
    rows = table(expand=True)
    rows.add_column("column", overflow="fold", ratio=4)
    rows.add_column("known", justify="right", no_wrap=True)
    rows.add_column("unit", overflow="fold", ratio=2)
    rows.add_column("source, licence", overflow="fold", ratio=3)
    before = ""
    for line in columns:
        if line.table != before:
            rows.add_row(line.table if not before else f"\n{line.table}", "", "", "", style="bold")
            before = line.table
        known = f"{line.known} of {line.rows}"
        rows.add_row(with_note(line.column, line.description), known, line.unit, with_note(line.source, line.licence))
    show(out, "Columns of its tables", rows)


def _print_world(facts: WorldFacts, built: World) -> None:
    from diffusion.cli.shared.console import console

    out, words = console(), facts.words
    out.print(facts.title, style="bold")
    for text in (facts.description, facts.trusts_stay, facts.limits):
        if text:
            out.print(text)
    out.print(
        f"{built.n_trusts} trusts, {built.n_ahsns} {words.network.in_full}, "
        f"{len(built.trusts.ics_codes)} {words.board.in_full}, {built.n_innovations} innovations"
    )
    out.print(
        f"data of {facts.data_month}; scenarios start from {facts.first_start} to {facts.last_start}; unit of size: "
        f"{facts.median_staff_fte:,.0f} whole-time equivalents, the staff of the median trust\n"
    )


@app.command("validate")
def validate(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="NAME...", help="Packaged worlds or folders; none for the packaged.")
    ] = None,
) -> None:
    """Check worlds: tables, dictionary, dates, and whether any trust may use any innovation; print every problem."""
    from diffusion.cli.shared.console import console
    from diffusion.errors import InputError
    from diffusion.scenario.problems import problems_of, raise_all
    from diffusion.world.facts import packaged_worlds
    from diffusion.world.packages.check import check_world, find_world

    out = console()
    problems: list[InputError] = []
    for name in names or packaged_worlds():
        try:
            found = check_world(find_world(name))
        except InputError as error:
            problems += problems_of(error)
            continue
        problems += found.faults
        if found.faults or found.world is None:
            continue
        built = found.world
        pairs = int(built.eligible.sum())
        out.print(f"{name}: good, {built.n_trusts} trusts, {built.n_innovations} innovations, {pairs:,} eligible pairs")
        for text in found.remarks:
            out.print(f"  note: {text}", style="yellow")
    raise_all(problems)


@app.command("new")
def new(
    folder: Annotated[str, typer.Argument(metavar="FOLDER", help="Folder to write; its name is the world's id.")],
    source: Annotated[
        str | None, typer.Option("--from", metavar="WORLD", help="A packaged world to copy; default: a small example.")
    ] = None,
    title: Annotated[str | None, typer.Option("--title", help="Name as shown; default: the id in words.")] = None,
    month: Annotated[
        str | None,
        typer.Option(
            "--month",
            metavar="YYYY-MM",
            help="Month for which its tables hold; default: of the world copied, or 2025-04.",
        ),
    ] = None,
) -> None:
    """Write the folder of a world to fill in: valid as it is, all of it or nothing, and never over what exists."""
    from diffusion.cli.shared.console import console
    from diffusion.reading.files import named_by_user
    from diffusion.storage.folder import new_folder
    from diffusion.world.facts import read_facts
    from diffusion.world.packages.new import new_world

    path = named_by_user(folder, "FOLDER")
    files = new_world(path.name, title or path.name.replace("-", " ").replace("_", " ").capitalize(), month, source)
    with new_folder(path, key="FOLDER", example="my-world") as draft:
        for name, text in files.items():
            (draft / name).write_text(text, encoding="utf-8", newline="\n")
    starts = read_facts(path).data_month
    out = console()
    out.print(f"wrote {path}: {', '.join(files)}", soft_wrap=True)
    out.print(f"edit it, then: diffusion worlds validate {path}", style="dim", soft_wrap=True)
    out.print(
        f"in a scenario file beside it: world: {{name: {path.name}}}, and start: {starts}", style="dim", soft_wrap=True
    )
