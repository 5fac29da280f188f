"""``diffusion rerun``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from diffusion.cli.shared.numbers import Whole
from diffusion.cli.shared.options import (
    AcceptAltered,
    AllowLarge,
    Figures,
    Force,
    Jobs,
    Modules,
    NoFiles,
    OnePage,
    Settings,
    Slides,
)
from diffusion.errors import InputError


def rerun(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder of a finished run or comparison.")],
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="DIR", help="Folder of the new results; default: DIR-again.")
    ] = None,
    settings: Settings = None,
    replicates: Annotated[
        int | None,
        typer.Option(
            "--replicates",
            "-n",
            metavar="N",
            parser=Whole("--replicates", 1, 1_000_000),
            help="Another number of replicates.",
        ),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option("--seed", "-s", metavar="N", parser=Whole("--seed", 0, 2**63 - 1), help="Another seed."),
    ] = None,
    jobs: Jobs = None,
    python: Modules = None,
    figures: Figures = False,
    one_page: OnePage = False,
    slides: Slides = False,
    no_files: NoFiles = False,
    force: Force = False,
    allow_large: AllowLarge = False,
    accept_altered: AcceptAltered = False,
) -> None:
    """Run a finished result again from its folder alone, as it was or with a change, and say what moved."""
    from diffusion.cli.shared.console import console, print_warnings
    from diffusion.cli.shared.prepare import (
        check_folder,
        check_requested,
        command_line,
        refuse_beside_no_files,
        tell_mended,
    )
    from diffusion.cli.shared.regions import regions_again
    from diffusion.scenario.plugins import use_python_modules

    tell_mended(folder)
    use_python_modules(python or ())
    refuse_beside_no_files(no_files, out=out is not None, one_page=one_page, slides=slides)
    target = None if no_files else (out or _beside(folder))
    if target is not None and target.resolve() == folder.resolve():
        raise InputError(
            "the result that is run again lies in this folder",
            file=target,
            key="--out",
            expected="another folder",
            suggestion=f"for example --out {_beside(folder)}",
        )
    from diffusion.deliver.rerun import read_before, run_again
    from diffusion.experiments.again.changed import settings_of_nothing, with_runs, with_settings

    before = read_before(folder, accept_altered)
    request = with_runs(with_settings(before.request, settings or ()), replicates, seed)
    if nothing := settings_of_nothing(before.request, settings or ()):
        print_warnings(str(folder), [f"--set {text} does nothing: that is what stands already" for text in nothing])
    regions, fewer = regions_again([] if target is None else before.regions, request.scenarios[0], settings or ())
    print_warnings(str(folder), fewer, most=len(fewer))
    if target is not None:
        check_folder(target, force=force)
    check_requested(request, jobs=jobs, allow=allow_large)
    from diffusion.deliver.for_readers import Wanted

    run_again(
        before,
        request,
        out=target,
        changed=bool(settings) or replicates is not None or seed is not None,
        command=command_line(),
        console=console(),
        jobs=jobs,
        force=force,
        wanted=Wanted(figures=figures, one_page=one_page, slides=slides),
        regions=regions,
    )


def _beside(folder: Path) -> Path:
    """Return the folder of results run again: DIR-again."""
    if folder.name in ("", ".."):
        return folder / ".." / f"{folder.resolve().name or 'result'}-again"
    return folder.with_name(f"{folder.name}-again")
