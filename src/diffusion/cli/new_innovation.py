"""``diffusion innovations new``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from diffusion.cli.shared.options import ForceFile, Modules, Settings

if TYPE_CHECKING:
    from diffusion.engine.calendar import Month
    from diffusion.scenario.schema import Scenario
    from diffusion.world.innovations import Kind
    from diffusion.world.tables import World


def new(
    name: Annotated[str, typer.Argument(metavar="ID", help="Id of the innovation, for example own-app.")],
    kind: Annotated[str, typer.Option("--kind", help="drug, device, digital, pathway or service.")] = "digital",
    start: Annotated[
        str | None,
        typer.Option("--start", metavar="YYYY-MM", help="Month in which it becomes live; default: the first."),
    ] = None,
    pilot_sites: Annotated[
        str | None, typer.Option("--pilot-sites", metavar="CODES", help="Trusts that pilot it from then on: RM3,RW6.")
    ] = None,
    title: Annotated[str | None, typer.Option("--title", help="Name as shown; default: the id in words.")] = None,
    scenario: Annotated[
        str, typer.Option("--scenario", help="Scenario that it is added to: its start, portfolio and trusts.")
    ] = "baseline",
    portfolio: Annotated[
        bool, typer.Option("--portfolio", help="Write a portfolio file, for world.innovations, not a scenario.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="FILE", help="File to write; default: ID.yaml.")
    ] = None,
    settings: Settings = None,
    python: Modules = None,
    force: ForceFile = False,
) -> None:
    """Write a scenario (or portfolio) file with an innovation of your own: every attribute explained, with its default.

    The file is valid as it is; edit what you know better.
    """
    from diffusion.cli.shared.console import console
    from diffusion.cli.shared.out_file import out_file
    from diffusion.outlets import is_plain_name
    from diffusion.scenario.load import load_scenario
    from diffusion.scenario.plugins import use_python_modules
    from diffusion.scenario.template import extends_line
    from diffusion.world.more_innovations import check_id
    from diffusion.world.portfolio_text import Own, new_portfolio, new_scenario

    use_python_modules(python or ())
    check_id(name, "ID")
    chosen = _kind(kind)
    base = load_scenario(scenario, settings or ())
    month = _month(start, base)
    sites = [code.strip() for code in (pilot_sites or "").split(",") if code.strip()]
    world = base.build_world()
    _check(name, chosen, sites, world)
    words = title or name.replace("-", " ").replace("_", " ").strip().capitalize()
    when = f"{month} in a run from {base.start}"
    own = Own(name, words, chosen, int(month) - int(base.start), when, sites)
    path = out if out is not None else Path(f"{name if is_plain_name(name) else f'my-{name}'}.yaml")
    text = new_portfolio(own) if portfolio else new_scenario(own, extends_line(_parent(scenario, path)))
    with out_file(path, force=force, example="own-app.yaml") as draft:
        draft.write_text(text, encoding="utf-8", newline="\n")
    printer = console()
    pilots = f", pilot sites {', '.join(sites)}" if sites else ""
    printer.print(f"wrote {path}: {name}, {chosen}, live from {month}{pilots}", soft_wrap=True)
    printer.print(f"edit it, then: diffusion innovations show {name} --file {path}", style="dim", soft_wrap=True)
    if portfolio:
        printer.print(f"in a scenario file beside it: world: {{innovations: {path.name}}}", style="dim", soft_wrap=True)
    else:
        printer.print(f"run it: diffusion run {path} --for innovation:{name}", style="dim", soft_wrap=True)
        printer.print(
            f"with a tariff for it: diffusion compare {path} {path}+best-practice-tariff "
            f"--set 'levers.best-practice-tariff.targets.innovations=[{name}]' --for innovation:{name}",
            style="dim",
            soft_wrap=True,
        )


def _kind(text: str) -> Kind:
    from typing import cast

    from diffusion.errors import InputError, did_you_mean
    from diffusion.world.tables import KINDS

    if text not in KINDS:
        raise InputError(
            f"there is no kind '{text}'",
            key="--kind",
            expected="one of " + ", ".join(KINDS),
            suggestion=did_you_mean(text, KINDS) or "for example digital",
        )
    return cast("Kind", text)


def _month(text: str | None, base: Scenario) -> Month:
    """Return the month in which it becomes live; it must lie in the run."""
    from diffusion.engine.calendar import Month, MonthError
    from diffusion.errors import InputError

    if text is None:
        return base.start
    try:
        month = Month(text)
    except MonthError as error:
        raise InputError(str(error), key="--start", expected=error.expected, suggestion=error.suggestion) from None
    last = base.start + (base.months - 1)
    if not base.start <= month <= last:
        raise InputError(
            f"{month} is not in the run of '{base.name}'",
            key="--start",
            expected=f"a month from {base.start} to {last}",
            suggestion=f"for example --start {base.start}",
        )
    return month


def _check(name: str, kind: Kind, sites: list[str], world: World) -> None:
    """Refuse an id that the scenario's portfolio has, and pilot sites that its world does not have."""
    from functools import partial

    from diffusion.errors import InputError
    from diffusion.world.innovations import kind_defaults, stated_names
    from diffusion.world.pilot_sites import check_pilot_sites

    if name in world.innovations.ids:
        raise InputError(
            f"the portfolio has an innovation '{name}' already",
            key="ID",
            expected="an id that no other innovation has",
            suggestion=f"call it 'own-{name}'",
        )
    allowed = stated_names(kind_defaults()[kind], "eligible_sectors")
    check_pilot_sites(sites, allowed, world.trusts, partial(InputError, key="--pilot-sites"))


def _parent(scenario: str, path: Path) -> str:
    """Return how a scenario file at ``path`` names the one that it extends: paths are relative to its folder."""
    from diffusion.errors import InputError
    from diffusion.scenario.sources import SUFFIXES

    if not scenario.endswith(SUFFIXES):
        return scenario
    there, here = Path(scenario).resolve(), path.parent.resolve()
    if not there.is_relative_to(here):
        raise InputError(
            f"the scenario that it is added to, '{scenario}', lies outside its folder",
            file=path,
            key="--out",
            expected="a file beside the scenario, or in a folder above it",
            suggestion=f"for example --out {Path(scenario).parent / path.name}",
        )
    return there.relative_to(here).as_posix()
