"""``diffusion describe``: the model explains itself."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated

import typer

from diffusion.cli.shared.options import Modules, Settings

if TYPE_CHECKING:
    from rich.console import Console

    from diffusion.world.tables import World

app = typer.Typer(help="Print how the model works and what it puts out.", no_args_is_help=True)


@app.command("month")
def month() -> None:
    """The phases of a month, in order, with what each reads and writes."""
    from rich.table import Table
    from rich.text import Text

    from diffusion.cli.shared.console import console, show
    from diffusion.month.phases import PHASES

    steps = Table.grid(padding=(0, 2, 1, 0))
    steps.add_column(justify="right", no_wrap=True)
    steps.add_column(overflow="fold")
    for number, phase in enumerate(PHASES, 1):
        cell = Text.assemble((phase.name, "bold cyan"), f": {phase.title}")
        if phase.equation:
            cell.append(f"\n{phase.equation}", style="italic")
        cell.append(f"\nreads {_listed(phase.reads)}; writes {_listed(phase.writes)}", style="dim")
        steps.add_row(str(number), cell)
    show(console(), "A month, in this order; everything reads the state of the month before\n", steps)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names)


@app.command("terms")
def terms(python: Modules = None) -> None:
    """The terms that levers write and mechanisms read."""
    from diffusion.cli.levers import _writes
    from diffusion.cli.shared.console import console, short, show, table, with_note
    from diffusion.engine.term_specs import TERMS
    from diffusion.levers.registry import all_levers
    from diffusion.scenario.plugins import use_python_modules

    use_python_modules(python or ())
    writers = {name: _writes(lever) for name, lever in all_levers().items()}
    result = table(expand=True)
    result.add_column("term", overflow="fold", ratio=3)
    result.add_column("combines", no_wrap=True)
    result.add_column("neutral", justify="right", no_wrap=True)
    result.add_column("unit", no_wrap=True)
    result.add_column("written by", overflow="fold", ratio=2)
    for term in TERMS.values():
        result.add_row(
            with_note(term.name, term.description),
            term.combine,
            short(term.neutral),
            "" if term.unit == "1" else term.unit,
            ", ".join(name for name, own in writers.items() if term.name in own),
        )
    show(console(), "Terms: the only way in which levers act", result)


@app.command("outputs")
def outputs(python: Modules = None) -> None:
    """What a run puts out: outcomes, monthly series, kinds of payment, and arrays that own outcomes may need."""
    from diffusion.analysis.outcomes.own import own_outcomes
    from diffusion.analysis.results.outcomes import OUTCOMES
    from diffusion.cli.shared.console import console, show, table
    from diffusion.engine.ledger import all_flows
    from diffusion.engine.stages import STAGES
    from diffusion.experiments.running.run_arrays import RUN_ARRAYS
    from diffusion.levers.registry import all_levers
    from diffusion.month.measures import MEASURES
    from diffusion.scenario.plugins import use_python_modules

    use_python_modules(python or ())
    out = console()
    outcomes = table()
    outcomes.add_column("name", style="cyan", no_wrap=True)
    outcomes.add_column("meaning", overflow="fold")
    outcomes.add_column("unit", no_wrap=True)
    outcomes.add_column("better", no_wrap=True)
    for outcome in (*OUTCOMES, *(own.outcome for own in own_outcomes().values())):
        better = {1: "more", -1: "less", 0: ""}[outcome.better]
        outcomes.add_row(outcome.name, outcome.label, "" if outcome.unit == "1" else outcome.unit, better)
    show(out, "Outcomes, one number per replicate", outcomes)
    series = table()
    series.add_column("name", style="cyan", no_wrap=True)
    series.add_column("meaning", overflow="fold")
    series.add_column("unit", no_wrap=True)
    series.add_column("of", overflow="fold")
    for measure in MEASURES:
        series.add_row(measure.name, measure.label, measure.unit, measure.of)
    show(out, "Monthly series, one value per replicate and month", series)
    out.print(f"and pairs by stage ({', '.join(STAGES)}) for every innovation, AHSN, ICS and sector\n")
    flows = table()
    flows.add_column("purpose", style="cyan", no_wrap=True)
    flows.add_column("from > to", overflow="fold")
    flows.add_column("meaning", overflow="fold")
    for flow in all_flows((name, lever.purposes) for name, lever in all_levers().items()):
        flows.add_row(flow.purpose, f"{flow.payer} > {flow.payee}", flow.description)
    show(out, "Payments, booked every month by payer and payee", flows)
    arrays = table()
    arrays.add_column("name", style="cyan", no_wrap=True)
    arrays.add_column("axes", overflow="fold")
    arrays.add_column("unit", no_wrap=True)
    arrays.add_column("meaning", overflow="fold")
    series_names = {measure.name for measure in MEASURES}
    columns = [name for name in RUN_ARRAYS if name.startswith(("trust_", "innovation_"))]
    for array in RUN_ARRAYS.values():
        if array.name not in series_names and array.name not in columns:
            arrays.add_row(array.name, array.axes, "" if array.unit == "1" else array.unit, array.meaning)
    show(out, "Arrays of one run that an outcome of one's own may need, beside the monthly series", arrays)
    out.print(f"and columns of the world: {', '.join(columns)}\n")


@app.command("responses")
def responses(python: Modules = None) -> None:
    """The responses to exposure that a scenario may name, own ones with their range and file."""
    from pathlib import Path

    from diffusion.cli.shared.console import console, show, table
    from diffusion.mechanisms.responses import BUILT_IN, own_responses
    from diffusion.scenario.plugins import use_python_modules

    use_python_modules(python or ())
    result = table()
    result.add_column("name", style="cyan", no_wrap=True)
    result.add_column("response g", overflow="fold")
    result.add_column("range", no_wrap=True)
    result.add_column("from", overflow="fold")
    for name, meaning in BUILT_IN.items():
        result.add_row(name, meaning, "0 or more" if name == "linear" else "0 to 1", "")
    for own in own_responses().values():
        file = Path(own.function.__code__.co_filename).name
        result.add_row(own.name, own.label, f"{own.low:g} to {own.high:g}", file)
    show(console(), "Responses to exposure: parameters.exposure.response", result)


def _codes(built: World) -> None:
    """Print a line per code: the code, what it is the code of, the name."""
    from diffusion.cli.shared.console import say
    from diffusion.outlets import one_line

    trusts = built.trusts
    for code, name, sector in zip(trusts.codes, trusts.names, trusts.sector):
        say(f"{code}\ttrust\t{trusts.sector_names[sector]}\t{one_line(name)}")
    words = built.facts.words
    for kind, names in ((words.network.short, zip(built.ahsns.codes, built.ahsns.names)),
                        (words.board.short, zip(trusts.ics_codes, trusts.ics_names))):  # fmt: skip
        for code, name in names:
            say(f"{code}\t{kind}\t\t{one_line(name)}")


def _list_names(built: World, out: Console) -> None:
    """Print all names by kind, as targets and other keys of a scenario take them."""
    from diffusion.cli.shared.console import show, table
    from diffusion.world.tables import KINDS

    trusts, innovations = built.trusts, built.innovations
    rows = table(show_header=False)
    rows.add_column(style="bold", no_wrap=True)
    rows.add_column(overflow="fold")
    for what, found in (
        ("sectors", trusts.sector_names),
        ("regions", trusts.region_names),
        ("innovations", innovations.ids),
        ("kinds", KINDS),
        ("cohorts", sorted(set(innovations.cohort) - {""})),
        ("tags", sorted({tag for tags in innovations.tags for tag in tags})),
        ("layers", [layer.name for layer in built.layers]),
    ):
        rows.add_row(what, ", ".join(found) or "-")
    show(out, f"Names in the world {built.name}", rows)


@app.command("world")
def world(
    scenario: Annotated[str, typer.Option("--scenario", help="Whose world.")] = "baseline",
    settings: Settings = None,
    codes: Annotated[
        bool, typer.Option("--codes", help="Only the codes of trusts, networks and boards, by name.")
    ] = False,
    names: Annotated[bool, typer.Option("--names", help="Only the names of all else that scenarios state.")] = False,
    python: Modules = None,
) -> None:
    """Trusts, innovations and network layers of a scenario's world."""
    import numpy as np

    from diffusion.cli.shared.console import console, show, table
    from diffusion.mechanisms.network.net import said_of_rounding
    from diffusion.scenario.load import load_scenario
    from diffusion.scenario.plugins import use_python_modules
    from diffusion.world.building.over_time import said_of_dates
    from diffusion.world.tables import BUILT_LAYERS, KINDS

    use_python_modules(python or ())
    loaded = load_scenario(scenario, settings or ())
    built = loaded.build_world()
    if codes:
        _codes(built)
        return
    out = console()
    if names:
        _list_names(built, out)
        return
    trusts, words = built.trusts, built.facts.words
    out.print(f"World {built.name} of scenario {loaded.name}", style="bold")
    out.print(
        f"{built.n_trusts} trusts, {built.n_ahsns} {words.network.many}, {len(trusts.ics_codes)} {words.board.many}, "
        f"{built.n_innovations} innovations, {int(built.eligible.sum()):,} eligible pairs\n"
    )
    sectors = table()
    sectors.add_column("sector", style="cyan", no_wrap=True)
    for heading in ("trusts", "teaching", "centres of excellence", "median staff, WTE"):
        sectors.add_column(heading, justify="right")
    for index, name in enumerate(trusts.sector_names):
        inside = trusts.sector == index
        if inside.any():
            sectors.add_row(
                name,
                str(int(inside.sum())),
                str(int(trusts.teaching[inside].sum())),
                str(int(trusts.centre_of_excellence[inside].sum())),
                f"{np.median(trusts.staff_fte[inside]):,.0f}",
            )
    show(out, "Trusts", sectors)
    innovations = built.innovations
    portfolio = table()
    portfolio.add_column("id", style="cyan", overflow="fold")
    portfolio.add_column("kind", no_wrap=True)
    portfolio.add_column("live in", no_wrap=True)
    portfolio.add_column("trusts", justify="right", no_wrap=True)
    portfolio.add_column("F, £000", justify="right", no_wrap=True)
    portfolio.add_column("cohort", overflow="fold")
    shown = min(built.n_innovations, 60)
    for k in range(shown):
        portfolio.add_row(
            innovations.ids[k],
            KINDS[innovations.kind[k]],
            str(loaded.start + int(innovations.live_month[k])),
            str(int(built.eligible[:, k].sum())),
            f"{innovations.upfront_cost_gbp[k] / 1000:g}",
            innovations.cohort[k],
        )
    show(out, "Innovations", portfolio)
    if shown < built.n_innovations:
        out.print(f"... and {built.n_innovations - shown} more", style="dim")
    layers = table()
    layers.add_column("layer", style="cyan", no_wrap=True)
    layers.add_column("weight", justify="right", no_wrap=True)
    layers.add_column("ties", justify="right", no_wrap=True)
    layers.add_column("per trust", justify="right", no_wrap=True)
    layers.add_column("grade", no_wrap=True)
    layers.add_column("construction", overflow="fold")
    rounded = said_of_rounding(built, loaded.parameters.exposure)
    for layer in built.layers:
        weight = getattr(loaded.parameters.exposure, f"weight_{layer.name}", layer.weight)
        layers.add_row(
            layer.name,
            f"{weight:g}",
            f"{layer.n_ties:,}",
            f"{layer.n_ties / built.n_trusts:.1f}",
            layer.grade,
            "; ".join(
                part
                for part in (
                    words.say(layer.source) if layer.name in BUILT_LAYERS else layer.source,
                    said_of_dates(layer),
                    *layer.notes,
                    rounded.get(layer.name),
                )
                if part
            ),
        )
    show(out, "Network layers", layers)
    out.print("One of them as a file: diffusion network export LAYER --out FILE", style="dim")
