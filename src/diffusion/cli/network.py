"""``diffusion network``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from diffusion.cli.shared.options import AllowLarge, ForceFile, Modules, Replicates, Seed, Settings

app = typer.Typer(help="Networks between trusts, and between entrepreneurs and mentors.", no_args_is_help=True)
EXAMPLE = "network.graphml"
FORMATS = {".graphml": "graphml", ".csv": "csv"}


@app.callback()
def _network() -> None:
    """Keeps `export` a subcommand."""


@app.command("export")
def export(
    layer: Annotated[str, typer.Argument(help="Layer: ahsn, geo, ics, type, clinical, or your own.")],
    out: Annotated[Path, typer.Option("--out", "-o", metavar="FILE", help="File to write.")],
    scenario: Annotated[str, typer.Option("--scenario", help="Whose world.")] = "baseline",
    form: Annotated[
        str | None,
        typer.Option("--format", help="graphml or csv; default: by the file's ending."),
    ] = None,
    settings: Settings = None,
    python: Modules = None,
    force: ForceFile = False,
) -> None:
    """Write one network layer as GraphML or CSV."""
    from diffusion.cli.shared.console import console
    from diffusion.cli.shared.out_file import check_file, out_file
    from diffusion.scenario.load import load_scenario
    from diffusion.scenario.plugins import use_python_modules

    use_python_modules(python or ())
    kind = _format(out, form)
    check_file(out, force=force, example=EXAMPLE)
    world = load_scenario(scenario, settings or ()).build_world()
    ties = world.layer(layer).n_ties
    from diffusion.world.building.export import export_network

    with out_file(out, force=force, example=EXAMPLE) as draft:
        export_network(world, layer, draft, kind)
    console().print(f"{out}: layer {layer}, {world.n_trusts} trusts, {ties:,} directed ties, {kind}")


@app.command("mentors")
def mentors(
    out: Annotated[Path, typer.Option("--out", "-o", metavar="FILE", help="CSV file to write.")],
    scenario: Annotated[str, typer.Option("--scenario", help="What is run.")] = "clinical-entrepreneurs",
    replicates: Replicates = 1,
    seed: Seed = 1,
    settings: Settings = None,
    python: Modules = None,
    force: ForceFile = False,
    allow_large: AllowLarge = False,
) -> None:
    """Run a scenario and write who mentors whom: clinical entrepreneurs, industry partners and AHSNs."""
    from diffusion.cli.shared.console import console
    from diffusion.cli.shared.out_file import check_file, out_file
    from diffusion.cli.shared.prepare import check_resources, load_checked

    check_file(out, force=force, example="mentors.csv")
    loaded = load_checked([scenario], settings, python)[0]
    check_file(out, force=force, example="mentors.csv")  # by now it is known what is read
    check_resources([loaded], replicates, allow=allow_large, jobs=1, delivered=False)
    from diffusion.experiments.searches.mentors import mentor_columns
    from diffusion.storage.table_files import as_arrow, write_csv

    columns = mentor_columns(loaded, replicates, seed)
    with out_file(out, force=force, example="mentors.csv") as draft:
        write_csv(as_arrow(columns), draft)
    ties, industry = len(columns["kind"]), columns["kind"].count("industry")
    people = f"{replicates} replicates, " if replicates > 1 else ""
    networks = loaded.build_world().facts.words.network.many
    counted = f"{ties:,} ties, {industry:,} to industry partners, {ties - industry:,} to {networks}"
    console().print(f"{out}: {people}{counted}")


def _format(out: Path, form: str | None) -> str:
    from diffusion.errors import InputError, did_you_mean

    kinds = tuple(FORMATS.values())
    if form is None:
        form = FORMATS.get(out.suffix.lower(), out.suffix or "none")
        key, hint = "--out", "end the file in .graphml or .csv, or add --format"
    else:
        key, hint = "--format", did_you_mean(form, kinds) or "write --format graphml"
    if form not in kinds:
        raise InputError(f"unknown format '{form}'", file=out, key=key, expected="graphml or csv", suggestion=hint)
    return form
