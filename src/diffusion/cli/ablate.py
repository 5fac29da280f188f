"""``diffusion ablate``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from diffusion.cli.shared.numbers import Whole
from diffusion.cli.shared.options import (
    AllowLarge,
    Force,
    Jobs,
    Modules,
    Out,
    ParametersFrom,
    Replicates,
    Seed,
    Settings,
)
from diffusion.outlets import file_name


def ablate(
    scenario: Annotated[str, typer.Argument(help="Name, file or stack whose levers are taken away.")],
    replicates: Replicates = 100,
    seed: Seed = 1,
    outcome: Annotated[
        str, typer.Option("--outcome", metavar="NAME", help="An outcome of 'diffusion describe outputs'.")
    ] = "adopter_share_pct",
    permutations: Annotated[
        int | None,
        typer.Option(
            "--permutations",
            metavar="P",
            parser=Whole("--permutations", 4, 1_000_000),
            help="Orders of levers to sample, reverses included. Default: all subsets up to 8 levers, 16 beyond.",
        ),
    ] = None,
    keep: Annotated[
        list[str] | None,
        typer.Option("--keep", metavar="LEVER", help="In force throughout; nothing is attributed to it. Repeatable."),
    ] = None,
    out: Out = None,
    settings: Settings = None,
    parameters: ParametersFrom = None,
    jobs: Jobs = None,
    python: Modules = None,
    force: Force = False,
    allow_large: AllowLarge = False,
) -> None:
    """Run a scenario with none, each, all but one and all of its levers, and say which lever does what."""
    from diffusion.cli.shared.console import console
    from diffusion.cli.shared.prepare import check_folder, check_resources, command_line, load_checked
    from diffusion.experiments.searches.ablation import check_orders, check_outcome, check_players, planned_subsets
    from diffusion.experiments.searches.subsets import SUBSETS_AT_ONCE

    check_outcome(outcome)
    check_orders(permutations)
    (loaded,) = load_checked([scenario], settings, python, parameters)
    check_players(loaded, keep or ())
    folder = check_folder(out or Path("results") / file_name(f"ablate-{loaded.name}"), force=force)
    subsets = planned_subsets(loaded, keep or (), permutations)
    at_once = min(SUBSETS_AT_ONCE, subsets)
    check_resources(
        [loaded],
        replicates,
        allow=allow_large,
        jobs=jobs,
        delivered=False,
        times=subsets / at_once,
        kept=at_once,
        more=8.0 * subsets,
    )
    # the orders themselves, and the subsets that they make
    check_resources(
        [loaded],
        permutations or 0,
        allow=allow_large,
        delivered=False,
        runs=1,
        more=300.0 * len(loaded.levers),
        key="--permutations",
    )
    from diffusion.deliver.ablation import run_and_deliver_ablation

    run_and_deliver_ablation(
        loaded,
        replicates=replicates,
        seed=seed,
        out=folder,
        outcome=outcome,
        permutations=permutations,
        keep=keep or (),
        jobs=jobs,
        force=force,
        console=console(),
        command=command_line(),
    )
