"""``diffusion diff``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from diffusion.cli.shared.options import AcceptAltered, ForceFile


def diff(
    one: Annotated[Path, typer.Argument(metavar="A", help="Folder of a finished run or comparison.")],
    other: Annotated[Path, typer.Argument(metavar="B", help="Folder of another one.")],
    csv: Annotated[
        Path | None, typer.Option("--csv", metavar="FILE", help="Also write every difference to a CSV file.")
    ] = None,
    force: ForceFile = False,
    accept_altered: AcceptAltered = False,
) -> None:
    """Hold two finished results against each other: settings, versions, outcomes, and what is beyond chance."""
    from diffusion.cli.shared.console import console
    from diffusion.cli.shared.out_file import check_file, out_file
    from diffusion.cli.shared.prepare import tell_mended
    from diffusion.deliver.difference import difference_of_folders, show_difference

    for folder in (one, other):
        tell_mended(folder)
    if csv is not None:
        check_file(csv, force=force, example="differences.csv", key="--csv")
    found = difference_of_folders(
        one,
        other,
        accept_altered=accept_altered,
        tell=lambda text: console(stderr=True).print(f"note: {text}", style="yellow", soft_wrap=True),
    )
    if csv is not None:
        from diffusion.report.files.difference_tables import write_difference

        with out_file(csv, force=force, example="differences.csv", key="--csv") as draft:
            write_difference(found, draft)
    show_difference(found, console())
    if csv is not None:
        console().print(f"\nAll differences: {csv}", soft_wrap=True)
