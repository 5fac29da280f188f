"""``diffusion report``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from diffusion.cli.shared.options import AcceptAltered, Figures, OnePage, Slides


def report(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder of a finished run or comparison.")],
    pdf: Annotated[
        bool, typer.Option("--pdf", help="Also as PDF; needs an installed Chromium, Chrome or Edge.")
    ] = False,
    figures: Figures = False,
    region: Annotated[
        list[str] | None,
        typer.Option(
            "--region", metavar="REGION", help="Pages of these regions only, of those that the result was run with."
        ),
    ] = None,
    one_page: OnePage = False,
    slides: Slides = False,
    study: Annotated[
        Path | None,
        typer.Option("--study", metavar="STUDY", help="Folder of a finished study: says which parameters decide."),
    ] = None,
    ablation: Annotated[
        Path | None,
        typer.Option("--ablation", metavar="DIR", help="Folder of 'diffusion ablate': says which lever does what."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="DIR", help="Where to write; default: the same folder.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite files of these names that no run wrote.")] = False,
    accept_altered: AcceptAltered = False,
) -> None:
    """Make the page and the Excel tables of a result again from what is stored; nothing is run."""
    from diffusion.cli.shared.console import console
    from diffusion.cli.shared.prepare import tell_mended
    from diffusion.deliver.for_readers import Wanted
    from diffusion.deliver.rebuild import rebuild

    for result in (folder, ablation):
        tell_mended(result)
    for path in rebuild(
        folder,
        wanted=Wanted(figures=figures, one_page=one_page, slides=slides, pdf=pdf),
        regions=region or (),
        study=study,
        ablation=ablation,
        out=out,
        force=force,
        accept_altered=accept_altered,
        tell=lambda text: console(stderr=True).print(f"note: {text}", style="yellow", soft_wrap=True),
    ):
        console().print(str(path), soft_wrap=True)
