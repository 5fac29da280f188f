"""``diffusion sensitivity``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from diffusion.cli.shared.numbers import Whole
from diffusion.cli.shared.options import AcceptAltered, Force, Modules
from diffusion.outlets import file_name


def sensitivity(
    study: Annotated[str, typer.Argument(metavar="DIR|STUDY", help="Folder of a sweep, or a study that was swept.")],
    outcome: Annotated[
        list[str] | None,
        typer.Option("--outcome", metavar="NAME", help="An outcome of the study; default: its first. Repeatable."),
    ] = None,
    scenario: Annotated[
        list[str] | None, typer.Option("--scenario", metavar="LABEL", help="Analyse one scenario. Repeatable.")
    ] = None,
    difference: Annotated[
        list[str] | None,
        typer.Option(
            "--difference",
            metavar="A-B",
            help="Analyse A minus B, pair by pair. Repeatable. Default: every other scenario minus the first.",
        ),
    ] = None,
    top: Annotated[
        int, typer.Option("--top", metavar="N", parser=Whole("--top", 1, 1000), help="Factors printed.")
    ] = 15,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="DIR", help="Folder to write to; default: DIR/sensitivity.")
    ] = None,
    python: Modules = None,
    force: Force = False,
    accept_altered: AcceptAltered = False,
) -> None:
    """Say which factors of a sweep move an outcome, and how much is chance.

    The design decides the method: Morris's elementary effects, Sobol indices, shares of the variance over a full grid,
    or partial rank correlations. Tables and figures are written beside the sweep.
    """
    from diffusion.cli.shared.console import console, tell_altered
    from diffusion.cli.shared.prepare import check_folder, command_line
    from diffusion.deliver.outbox import Outbox
    from diffusion.deliver.sensitivity import write_sensitivity
    from diffusion.errors import InputError
    from diffusion.experiments.searches.sensitivity import analyse, check_outcomes, read_cube, read_ended, subjects_of
    from diffusion.experiments.study.bound_factors import axes_of
    from diffusion.experiments.sweep.folder import SWEEP_NAME, open_sweep
    from diffusion.experiments.sweep.read import rows_of
    from diffusion.experiments.sweep.verify import check_stored
    from diffusion.report.terminal.sensitivity_table import print_sensitivity
    from diffusion.scenario.plugins import use_python_modules

    use_python_modules(python or ())
    folder = _folder(study, SWEEP_NAME)
    target = check_folder(out or folder / "sensitivity", force=force)
    sweep = open_sweep(folder, accept_altered)
    design = sweep.design
    if not axes_of(design.study):
        raise InputError(
            "the study has no factors",
            file=folder,
            key="factors",
            expected="at least one factor",
            suggestion=f"'diffusion sweep show {folder}' summarises its outcomes",
        )
    outcomes = check_outcomes(design, outcome or ())
    subjects = subjects_of(design, scenario or (), difference or ())
    tell_altered(check_stored(sweep))
    cubes, ended = read_cube(design, rows_of(sweep), outcomes), read_ended(design, rows_of(sweep))
    found = [analyse(design, cubes[name], name, subject, ended=ended) for name in outcomes for subject in subjects]
    console_out = console()
    for item in found:
        print_sensitivity(item, console_out, top)
    written = write_sensitivity(found, Outbox(target, force=force, command=command_line(), console=console_out))
    figures = sum(path.suffix == ".svg" for path in written)
    console_out.print(f"wrote {written[0]} and {figures} figure{'s' if figures != 1 else ''}", soft_wrap=True)


def _folder(study: str, name: str) -> Path:
    """Return the folder of the sweep that a folder or the name of a study means."""
    from diffusion.errors import InputError
    from diffusion.experiments.study.files import find_study

    folder = Path(study)
    if folder.is_dir():
        return folder
    path = find_study(study)
    folder = Path("results") / file_name(path.stem)
    if not (folder / name).is_file():
        raise InputError(
            f"the study '{path.stem}' has no results yet",
            file=folder,
            key="study",
            expected="a finished sweep",
            suggestion=f"run it: diffusion sweep run {study}",
        )
    return folder
