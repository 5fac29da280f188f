"""``diffusion analyse``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from diffusion.cli.shared.numbers import Whole
from diffusion.cli.shared.options import Force, Out, Seed
from diffusion.errors import InputError
from diffusion.outlets import file_name

Columns = list[str] | None
Ties = Annotated[
    list[Path] | None,
    typer.Option("--ties", metavar="FILE", help="Ties: source,target[,weight] as CSV, or GraphML. Repeatable."),
]
Directed = Annotated[
    bool, typer.Option("--directed", help="Ties of CSV files count one way: the source looks to the target.")
]
LayerBy = Annotated[
    Columns, typer.Option("--layer-by", metavar="COLUMN", help="A network too: all with one label. Repeatable.")
]
Compare = Annotated[
    Columns, typer.Option("--compare", metavar="COLUMN", help="Compare groups with these labels. Repeatable.")
]
Covariate = Annotated[
    Columns, typer.Option("--covariate", metavar="COLUMN", help="A number in the hazard regression. Repeatable.")
]
From = Annotated[
    str | None,
    typer.Option("--from", metavar="PERIOD", help="First period observed; default: the first adoption, or --launch."),
]
Until = Annotated[
    str | None, typer.Option("--until", metavar="PERIOD", help="Last period observed; default: the last in the table.")
]
Launch = Annotated[
    str | None,
    typer.Option("--launch", metavar="PERIOD", help="First period it could be had; default: the first adoption."),
]
Lag = Annotated[
    int, typer.Option("--lag", metavar="N", parser=Whole("--lag", 1, 120), help="Periods by which exposure lags.")
]
Population = Annotated[
    int | None,
    typer.Option(
        "--population",
        metavar="N",
        parser=Whole("--population", 1, 10**9),
        help="All that could adopt; default: the table\x27s organisations, or column.",
    ),
]
Number = Annotated[
    int, typer.Option("--draws", metavar="N", parser=Whole("--draws", 99, 99_999), help="Random draws of each test.")
]
Ignore = Annotated[
    bool, typer.Option("--ignore-other-columns", help="Pass over columns that are neither known nor named above.")
]


def analyse(
    adoption: Annotated[
        str, typer.Argument(help="Table of adoption (.csv), or the packaged series: hospital-medicines.")
    ],
    ties: Ties = None, out: Out = None, directed: Directed = False, layer_by: LayerBy = None, compare: Compare = None,
    covariate: Covariate = None, first: From = None, until: Until = None, launch: Launch = None,
    population: Population = None, lag: Lag = 1, draws: Number = 499, ignore: Ignore = False, seed: Seed = 1,
    force: Force = False,
) -> None:  # fmt: skip
    """Measure observed adoption: curves, Bass fits, groups, networks, hazards."""
    from diffusion.cli.shared.console import console
    from diffusion.cli.shared.prepare import check_folder, check_inputs_apart, command_line

    path = Path(adoption)
    packaged = path.suffix == "" and not path.exists()
    if not ties and not packaged and (directed or lag != 1):
        option = "--directed" if directed else "--lag"
        raise InputError(
            "there are no ties that it could be about",
            key=option,
            expected="--ties beside it",
            suggestion=f"add --ties FILE, or leave {option} out",
        )
    folder = check_folder(out or Path("results") / file_name(f"analyse-{path.stem}"), force=force)
    from diffusion.analysis.findings import Options
    from diffusion.analysis.observed.reading import ReadOptions, check_launch, read_observed
    from diffusion.reading.files import packaged as packaged_file
    from diffusion.reading.files import sha256

    if packaged:
        from diffusion.analysis.observed.packaged import FILES, packaged_series, refuse_options

        series = packaged_series(adoption)
        refuse_options(ties, layer_by, compare, covariate, first, until, population)
        files = [(name, sha256(packaged_file(name))) for name in FILES]
    else:
        options = ReadOptions(
            tuple(compare or ()),
            tuple(layer_by or ()),
            tuple(covariate or ()),
            first,
            until,
            directed,
            ignore,
            launch,
            population,
        )
        series = read_observed(path, tuple(ties or ()), options)
        files = [(item.name, sha256(item)) for item in (path, *(ties or ()))]
    origin = check_launch(series, launch)
    check_inputs_apart(folder)
    from diffusion.deliver.observed import analyse_and_deliver

    analyse_and_deliver(
        series,
        Options(lag, draws, seed, origin),
        folder,
        files=files,
        force=force,
        console=console(),
        command=command_line(),
    )
