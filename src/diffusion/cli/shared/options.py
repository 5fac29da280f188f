"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from diffusion.cli.shared.numbers import Above, OneOf, Whole

#: where parameters may come from, as in diffusion.ensemble.doubt, whose import would cost time here
PARAMETER_SOURCES: tuple[str, ...] = ("posterior", "prior", "defaults")
#: half widths of intervals of adopter share: a share cannot be off by more than 100 percentage points
_PRECISION = Above("--precision", 1e-6, 100, "percentage points")

Settings = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="KEY=VALUE", help="Change one key, e.g. levers.local-first.strength=0.5. Repeatable."
    ),
]
Modules = Annotated[
    list[str] | None,
    typer.Option("--python", metavar="MODULE", help="Trust and load a module (or .py file) of own levers or agents."),
]
Folder = Annotated[
    Path | None,
    typer.Option("--folder", metavar="DIR", help="A folder of your own series (.yaml), beside the packaged ones."),
]
Replicates = Annotated[
    int,
    typer.Option(
        "--replicates", "-n", metavar="N", parser=Whole("--replicates", 1, 1_000_000), help="Number of replicates."
    ),
]
Seed = Annotated[
    int, typer.Option("--seed", "-s", metavar="N", parser=Whole("--seed", 0, 2**63 - 1), help="Seed of all draws.")
]
Out = Annotated[
    Path | None,
    typer.Option("--out", "-o", metavar="DIR", help="Folder of the results; default: results/NAME."),
]
Jobs = Annotated[
    int | None,
    typer.Option(
        "--jobs",
        "-j",
        metavar="N",
        parser=Whole("--jobs", 1, 1024),
        help="Threads or processes at work; default: one per core.",
    ),
]
ParametersFrom = Annotated[
    str | None,
    typer.Option(
        "--parameters",
        metavar="FROM",
        parser=OneOf("--parameters", PARAMETER_SOURCES),
        help="Where each run's parameters come from: posterior (what the evidence leaves open), prior, defaults.",
    ),
]
AskedFor = Annotated[
    str | None,
    typer.Option(
        "--for",
        metavar="KIND:NAME",
        help="Of what adoption is asked: innovation:ID, kind:KIND, ahsn:CODE (or hin:), ics:CODE (or icb:) or "
        "sector:NAME.",
    ),
]
Events = Annotated[bool, typer.Option("--events", help="Also write every move of every pair.")]
Precision = Annotated[
    float | None,
    typer.Option(
        "--precision",
        metavar="PP",
        parser=_PRECISION,
        help="Half width of the 95 % interval of the mean you want, in percentage points.",
    ),
]
ReachPrecision = Annotated[
    float | None,
    typer.Option(
        "--precision",
        metavar="PP",
        parser=_PRECISION,
        help="Add replicates until every mean change of adopter share has a 95 % interval of ± so many points.",
    ),
]
MostReplicates = Annotated[
    int | None,
    typer.Option(
        "--most-replicates",
        metavar="N",
        parser=Whole("--most-replicates", 2, 1_000_000),
        help="With --precision: replicates at most. Default: 1,000.",
    ),
]
NoFiles = Annotated[
    bool, typer.Option("--no-files", help="Print the numbers only, and write nothing: for a quick question.")
]
Figures = Annotated[bool, typer.Option("--figures", help="Also each figure as SVG and PNG of its own.")]
OnePage = Annotated[
    bool, typer.Option("--one-page", help="Also a summary on one page: HTML, and PDF where a browser is installed.")
]
Slides = Annotated[bool, typer.Option("--slides", help="Also slides (slides.pptx) with editable text and tables.")]
Force = Annotated[bool, typer.Option("--force", help="Overwrite a finished result in the folder.")]
ForceFile = Annotated[bool, typer.Option("--force", help="Overwrite the file if it exists.")]
AllowLarge = Annotated[
    bool, typer.Option("--allow-large", help="Run although more memory may be needed than this machine has.")
]
AcceptAltered = Annotated[
    bool,
    typer.Option(
        "--accept-altered", help="Go on although files of the folder are damaged or were changed; the output says so."
    ),
]
WithOptions = Annotated[
    list[str] | None,
    typer.Option(
        "--with",
        metavar="[SCENARIO:]KEY=VALUE",
        help="One more option: the last scenario named, or SCENARIO, with this set (several with commas). Repeatable.",
    ),
]
BudgetOption = Annotated[
    str | None,
    typer.Option(
        "--budget",
        metavar="GBP",
        help="Scale what each scenario adds to the first until it costs so much a year (20m, 500k, 20000000), at equal "
        "present value.",
    ),
]
WhyOption = Annotated[
    bool, typer.Option("--why", help="Also run what is between, and say what each difference is made of.")
]
BudgetLevers = Annotated[
    list[str] | None,
    typer.Option(
        "--budget-lever",
        metavar="SCENARIO=LEVER",
        help="With --budget: scale only this lever (or these, with commas) of that scenario. Repeatable.",
    ),
]
