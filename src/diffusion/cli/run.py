"""``diffusion run``."""

from __future__ import annotations

from typing import Annotated

import typer

from diffusion.cli.shared.options import (
    AllowLarge,
    AskedFor,
    Events,
    Figures,
    Force,
    Jobs,
    Modules,
    NoFiles,
    OnePage,
    Out,
    ParametersFrom,
    Precision,
    Replicates,
    Seed,
    Settings,
    Slides,
)
from diffusion.cli.shared.regions import RegionOption


def run(
    scenario: Annotated[str, typer.Argument(help="Name, file or stack: baseline, my.yaml, baseline+local-first.")],
    replicates: Replicates = 100,
    seed: Seed = 1,
    out: Out = None,
    settings: Settings = None,
    parameters: ParametersFrom = None,
    asked_for: AskedFor = None,
    events: Events = False,
    precision: Precision = None,
    jobs: Jobs = None,
    python: Modules = None,
    region: RegionOption = None,
    figures: Figures = False,
    one_page: OnePage = False,
    slides: Slides = False,
    no_files: NoFiles = False,
    force: Force = False,
    allow_large: AllowLarge = False,
) -> None:
    """Run one scenario and write tables and a page."""
    from diffusion.cli.shared.console import console
    from diffusion.cli.shared.prepare import (
        asked_target,
        check_resources,
        command_line,
        folder_or_none,
        load_checked,
        refuse_beside_no_files,
    )
    from diffusion.cli.shared.regions import asked_regions

    loaded = load_checked([scenario], settings, python, parameters)
    target = asked_target(asked_for, loaded[0])
    refuse_beside_no_files(no_files, one_page=one_page, slides=slides)
    regions = asked_regions(region, loaded[0])
    folder = folder_or_none(out, loaded, no_files, force=force)
    check_resources(loaded, replicates, allow=allow_large, events=events, jobs=jobs)
    from diffusion.deliver.comparison import run_and_deliver
    from diffusion.deliver.for_readers import Wanted

    run_and_deliver(
        loaded,
        replicates=replicates,
        seed=seed,
        out=folder,
        jobs=jobs,
        events=events,
        precision=precision,
        force=force,
        console=console(),
        command=command_line(),
        target=target,
        wanted=Wanted(figures=figures, one_page=one_page, slides=slides),
        regions=regions,
    )
