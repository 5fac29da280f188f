"""``diffusion studies``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from diffusion.cli.shared.options import ForceFile, Modules
from diffusion.outlets import json_text

if TYPE_CHECKING:
    from diffusion.experiments.study.axis import Axis
    from diffusion.experiments.study.schema import Study, Watch

app = typer.Typer(help="List, show and check study files: the input of 'diffusion sweep'.", no_args_is_help=True)


@app.command("list")
def list_studies(
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False, python: Modules = None
) -> None:
    """List all studies: those in experiments/ of this folder, then those that come with the package."""
    from diffusion.cli.shared.console import console, show, table, with_note
    from diffusion.errors import InputError
    from diffusion.experiments.study import load_study
    from diffusion.experiments.study.files import study_names
    from diffusion.scenario.plugins import use_python_modules

    use_python_modules(python or ())
    facts: list[dict[str, str | int]] = []
    rows = table(expand=True)
    rows.add_column("study", overflow="fold", ratio=3)
    rows.add_column("design", overflow="fold", ratio=1)
    rows.add_column("runs", justify="right", no_wrap=True)
    for name, path in study_names().items():
        try:
            study = load_study(path)
            runs = _runs(study)
            facts.append({"name": name, "title": study.title, "design": study.design.method, "runs": runs})
            rows.add_row(with_note(name, study.title), study.design.method, f"{runs:,}")
        except InputError as error:
            problem = f"cannot be used: {str(error).splitlines()[0]}"
            facts.append({"name": name, "title": problem})
            rows.add_row(with_note(name, problem), "", "")
    if as_json:
        print(json_text(facts, ascii_only=True))
        return
    out = console()
    show(out, "Studies", rows)
    out.print("More on one of them: diffusion studies show NAME", style="dim")


@app.command("show")
def show_study(
    name: Annotated[str, typer.Argument(help="Name or file.")],
    as_yaml: Annotated[bool, typer.Option("--yaml", help="Print the file as it is.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print what the file says as JSON.")] = False,
    python: Modules = None,
) -> None:
    """Show what a study asks: scenarios, factors with units, design, number of runs."""
    from diffusion.cli.shared.console import console, print_warnings, say, short, show, table
    from diffusion.experiments.searches.study_notes import study_notes
    from diffusion.experiments.study import load_study
    from diffusion.experiments.study.files import find_study
    from diffusion.experiments.study.points import listed_axes
    from diffusion.reading.files import read_text
    from diffusion.scenario.plugins import use_python_modules

    use_python_modules(python or ())
    if as_yaml:
        say(read_text(find_study(name)), end="")
        return
    study = load_study(name)
    if as_json:
        print(json_text(study.model_dump(mode="json", by_alias=True, exclude_none=True), ascii_only=True))
        return
    out = console()
    out.print(study.title, style="bold")
    if study.description:
        out.print(study.description)
    facts = table(show_header=False)
    facts.add_column(style="bold", no_wrap=True)
    facts.add_column(overflow="fold")
    ends = [f"the end by {kind}" for kind in study.end_by]
    for label, value in (
        ("scenarios", ", ".join(study.scenarios)),
        ("design", _design(study)),
        ("replicates, seed", f"{study.replicates}, {study.seed}"),
        ("keeps", "; ".join([study.detail, *ends, f"{len(study.outcomes)} outcomes"])),
        *((f"watches {key}", _watched(item)) for key, item in study.watch.items()),
        ("runs", f"{_runs(study):,}"),
        *((f"set {key}", short(value)) for key, value in study.set.items()),
    ):
        facts.add_row(label, value)
    show(out, "", facts)
    axes = listed_axes(study)
    factors = table(expand=True)
    factors.add_column("factor", style="cyan", overflow="fold", ratio=2)
    factors.add_column("values", overflow="fold", ratio=1)
    factors.add_column("unit", no_wrap=True)
    for axis in axes:
        factors.add_row(
            axis.name if axis.keys == (axis.name,) else f"{axis.name}: {', '.join(axis.keys)}", _values(axis), axis.unit
        )
    if axes:
        show(out, f"{len(axes)} factor{'s' if len(axes) > 1 else ''}", factors)
    print_warnings(study.name, study_notes(study))


@app.command("validate")
def validate(
    names: Annotated[list[str] | None, typer.Argument(help="Names or files; none for all.")] = None,
    python: Modules = None,
) -> None:
    """Check studies with every scenario in every draw, and print every problem; nothing runs."""
    from diffusion.cli.shared.console import console
    from diffusion.cli.shared.sweep_progress import duration
    from diffusion.errors import InputError
    from diffusion.experiments.searches.study_notes import study_notes
    from diffusion.experiments.study import load_study
    from diffusion.experiments.study.design import estimated_cpu_seconds, make_design
    from diffusion.experiments.study.files import study_names
    from diffusion.scenario.plugins import use_python_modules
    from diffusion.scenario.problems import problems_of, raise_all

    use_python_modules(python or ())
    out = console()
    problems: list[InputError] = []
    for name in names or study_names():
        try:
            study = load_study(name)
            design = make_design(study)
        except InputError as error:
            problems += problems_of(error)
            continue
        out.print(
            f"{name}: good, {len(design.scenarios)} scenarios x {design.n_draws:,} draws x {design.replicates:,} "
            f"replicates = {design.runs:,} runs, roughly {duration(estimated_cpu_seconds(design))} of processor time",
            soft_wrap=True,
        )
        for text in study_notes(study, design):
            out.print(f"  note: {text}", style="yellow", soft_wrap=True)
    raise_all(problems)


@app.command("schema")
def schema(
    out: Annotated[Path | None, typer.Option("--out", "-o", metavar="FILE", help="File to write.")] = None,
    force: ForceFile = False,
) -> None:
    """Print the JSON Schema of study files, for completion and checks in editors."""
    from diffusion.cli.shared.console import say
    from diffusion.cli.shared.out_file import write_or_print
    from diffusion.experiments.study.json_schema import study_json_schema

    text = json_text(study_json_schema())
    if write_or_print(text, out, force=force, example="study.schema.json"):
        say(f"wrote {out}; first line of a study file: # yaml-language-server: $schema={out}")


def _runs(study: Study) -> int:
    from diffusion.experiments.study.bound_factors import axes_of
    from diffusion.experiments.study.sampling import planned_draws

    return planned_draws(study, axes_of(study)) * len(study.scenarios) * study.replicates


def _watched(item: Watch) -> str:
    whose = f"{len(item.innovations)} innovations" if len(item.innovations) > 3 else ", ".join(item.innovations)
    return f"{item.quantity}{' any of' if item.any_of else ''} {whose}, month {item.month}"


def _design(study: Study) -> str:
    from diffusion.cli.shared.console import short

    stated = study.design.model_dump(exclude_none=True, exclude={"method"})
    return ", ".join(
        [study.design.method, *(f"{key.replace('_', ' ')} {short(value)}" for key, value in stated.items())]
    )


def _values(axis: Axis) -> str:
    from diffusion.cli.shared.console import short

    spec = axis.spec
    if spec.values is not None:
        if len(spec.values) <= 12 or (reach := axis.reach()) is None:
            return short(spec.values[:12]) + (", ..." if len(spec.values) > 12 else "")
        return f"{short(reach[0])} to {short(reach[1])}; {len(spec.values):,} values"
    if spec.range is not None or spec.plausible:
        low, high = spec.range if spec.range is not None else (axis.info.low, axis.info.high)
        return f"{short(low)} to {short(high)}" + (" (log)" if spec.scale == "log" else "")
    if spec.distribution is None:
        return "as listed"
    numbers = spec.model_dump(
        exclude_none=True, include={"low", "high", "mode", "mean", "sd", "median", "sigma", "alpha", "beta"}
    )
    return f"{spec.distribution}: " + ", ".join(f"{key} {short(value)}" for key, value in numbers.items())
