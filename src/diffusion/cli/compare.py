"""``diffusion compare``."""

from __future__ import annotations

from typing import Annotated

import typer

from diffusion.cli.options import Events, Force, Jobs, Modules, Out, Precision, Replicates, Seed, Settings
from diffusion.errors import InputError


def compare(
    scenarios: Annotated[
        list[str], typer.Argument(help="Two or more names, files or stacks; the first is the yardstick.")
    ],
    replicates: Replicates = 100,
    seed: Seed = 1,
    out: Out = None,
    settings: Settings = None,
    events: Events = False,
    precision: Precision = None,
    jobs: Jobs = None,
    python: Modules = None,
    force: Force = False,
) -> None:
    """Run scenarios on common draws and print their paired differences from the first."""
    from diffusion.cli.console import console
    from diffusion.cli.prepare import check_folder, command_line, default_folder, load_checked

    if len(scenarios) < 2:
        raise InputError(
            "one scenario cannot be compared", key="scenarios", expected="two or more scenarios",
            suggestion=f"try: diffusion compare baseline {scenarios[0]}, or diffusion run {scenarios[0]}",
        )  # fmt: skip
    loaded = load_checked(scenarios, settings, python)
    _check_comparable(scenarios, loaded)
    folder = check_folder(out or default_folder(loaded), force=force)
    from diffusion.report.deliver import run_and_deliver

    run_and_deliver(
        loaded, replicates=replicates, seed=seed, out=folder, jobs=jobs, events=events, precision=precision,
        force=force, console=console(), command=command_line(),
    )  # fmt: skip


def _check_comparable(names: list[str], loaded: list) -> None:  # type: ignore[type-arg]
    """Paired differences need the same calendar, and scenarios that differ from the first."""
    first = loaded[0]
    hashes: dict[str, str] = {}
    for name, scenario in zip(names, loaded):
        if (scenario.start, scenario.months) != (first.start, first.months):
            raise InputError(
                f"'{name}' runs {scenario.months} months from {scenario.start}, '{names[0]}' {first.months} from "
                f"{first.start}", key="scenarios", expected="scenarios with the same start and months",
                suggestion=f"add --set months={first.months} --set start={first.start}",
            )  # fmt: skip
        if (twin := hashes.setdefault(scenario.content_hash, name)) != name or names.count(name) > 1:
            raise InputError(
                f"'{name}' and '{twin}' are the same scenario", key="scenarios",
                expected="scenarios that differ", suggestion="leave one of the two out",
            )  # fmt: skip
