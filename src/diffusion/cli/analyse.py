"""``diffusion analyse``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from diffusion.cli.shared.numbers import Above, OneOf, Whole
from diffusion.cli.shared.options import Force, Out, Seed
from diffusion.errors import InputError
from diffusion.outlets import file_name

#: ways to read periods, as ``analysis/observed/period_forms.py`` has them; a test holds them together
FORMS = ("numbers", "months", "quarters", "financial-years", "day-first", "month-first")
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
PeriodsAre = Annotated[
    str | None,
    typer.Option(
        "--periods-are",
        metavar="FORM",
        parser=OneOf("--periods-are", FORMS),
        help="Where periods can be read in two ways: numbers, months, quarters, financial-years, day-first, "
        "month-first.",
    ),
]
Code = Annotated[str, typer.Option("--code", metavar="COLUMN", help="The column of codes; default: code.")]
Adopted = Annotated[
    Columns,
    typer.Option(
        "--adopted", metavar="COLUMN", help="The column of times of adoption; repeatable: one for each innovation."
    ),
]
Quantity = Annotated[
    str, typer.Option("--quantity", metavar="COLUMN", help="The column of quantities of a long table.")
]
Running = Annotated[
    int,
    typer.Option(
        "--running",
        metavar="N",
        parser=Whole("--running", 1, 60),
        help="First use counts when N periods running have a quantity.",
    ),
]
LeastShare = Annotated[
    float | None,
    typer.Option(
        "--least-share",
        metavar="SHARE",
        parser=Above("--least-share", 0.001, 1, "shares of the total"),
        help="Use counts from this share of the total on, such as 0.05.",
    ),
]
Merged = Annotated[
    str | None,
    typer.Option("--merged", metavar="MAP", help="Codes that merged: england (2017 to 2025), or CSV (code, into)."),
]
Drop = Annotated[
    bool, typer.Option("--drop", help="Pass over ties of one with itself, and second copies of ties; they are counted.")
]
Aggregate = Annotated[
    bool, typer.Option("--aggregate", help="Add up ties given twice, and quantities of one code and period.")
]
Names = Annotated[
    Path | None,
    typer.Option("--names", metavar="FILE", help="Reviewed table (name, code, accept) that gives names their codes."),
]
Review = Annotated[
    Path | None,
    typer.Option(
        "--names-for-review", metavar="FILE", help="Write candidates for the table's names to a new file, and stop."
    ),
]
Strata = Annotated[
    str | None,
    typer.Option("--strata", metavar="COLUMN", help="Judge chance within groups of this column, such as villages."),
]


def analyse(
    adoption: Annotated[
        str, typer.Argument(help="Table of adoption (.csv), or the packaged series: hospital-medicines.")
    ],
    ties: Ties = None, out: Out = None, directed: Directed = False, layer_by: LayerBy = None, compare: Compare = None,
    covariate: Covariate = None, first: From = None, until: Until = None, launch: Launch = None,
    population: Population = None, lag: Lag = 1, draws: Number = 499, ignore: Ignore = False,
    periods_are: PeriodsAre = None, code: Code = "code", adopted: Adopted = None, quantity: Quantity = "quantity",
    running: Running = 1, least_share: LeastShare = None, merged: Merged = None, drop: Drop = False,
    aggregate: Aggregate = False, names: Names = None, review: Review = None, strata: Strata = None, seed: Seed = 1,
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
    if review is not None:
        _write_review(path, review, force=force)
        return
    folder = check_folder(out or Path("results") / file_name(f"analyse-{path.stem}"), force=force)
    from diffusion.analysis.findings import Options
    from diffusion.analysis.observed.reading import ReadOptions, check_launch, read_observed
    from diffusion.reading.files import packaged as packaged_file
    from diffusion.reading.files import sha256

    if packaged:
        from diffusion.analysis.observed.packaged import FILES, packaged_series, refuse_options

        series = packaged_series(adoption)
        refuse_options(
            ties, layer_by, compare, covariate, first, until, population, periods_are, adopted, merged, names, strata
        )
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
            periods_are=periods_are,
            code=code,
            adopted=tuple(dict.fromkeys(adopted or ())),
            quantity=quantity,
            running=running,
            least_share=least_share,
            merged=merged,
            drop=drop,
            aggregate=aggregate,
            names=names,
            strata=strata,
        )
        series = read_observed(path, tuple(ties or ()), options)
        read = [
            path,
            *(ties or ()),
            *([names] if names else []),
            *([Path(merged)] if merged and Path(merged).exists() else []),
        ]
        files = [(item.name, sha256(item)) for item in read]
    origin = check_launch(series, launch, periods_are)
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


def _write_review(path: Path, out: Path, *, force: bool) -> None:
    """Write candidates for the names of a table, for a person to look at."""
    from diffusion.analysis.observed.names import write_review
    from diffusion.analysis.observed.reading import names_in
    from diffusion.cli.shared.console import say
    from diffusion.cli.shared.out_file import check_file, out_file

    check_file(out, force=force, example="names.csv", key="--names-for-review")
    names = names_in(path)
    with out_file(out, force=force, example="names.csv", key="--names-for-review") as draft:
        number = write_review(names, draft)
    say(f"{out}: candidates for {number} names; write yes behind those that are right, then give --names {out}")
