"""``diffusion parameters``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.table import Table

    from diffusion.engine.parameters import ParameterInfo


def parameters(
    section: Annotated[
        str | None,
        typer.Option("--section", help="One section only, e.g. awareness."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """Print every parameter with default, plausible range, posterior, unit, grade of evidence and source."""
    from diffusion.errors import InputError, did_you_mean
    from diffusion.mechanisms.parameters import Parameters, all_parameters

    rows = all_parameters()
    sections = list(Parameters.model_fields)
    if section is not None:
        if section not in sections:
            raise InputError(
                f"unknown section '{section}'",
                key="--section",
                expected="one of " + ", ".join(sections),
                suggestion=did_you_mean(section, sections) or f"for example --section {sections[0]}",
            )
        rows = [row for row in rows if row.section == section]
    if as_json:
        from diffusion.outlets import json_text

        print(json_text([row._asdict() | _after(row) for row in rows], ascii_only=True))
        return
    from diffusion.cli.shared.console import console, show
    from diffusion.ensemble.posterior import packaged_posterior

    out = console()
    for name in sections:
        own = [row for row in rows if row.section == name]
        if own:
            model = Parameters.model_fields[name].annotation
            show(out, f"parameters.{name}", parameter_table(own), (model.__doc__ or "").split("\n")[0])
    if packaged_posterior() is not None:
        out.print(
            "Posterior: median and middle 80 % after the fit to dated series (docs/validation.md), with what it took "
            "off the prior's spread; others keep their priors.",
            style="dim",
        )
    out.print(
        "Grade of evidence: A trial or controlled study, B uncontrolled or by analogy, C assumption.", style="dim"
    )


def parameter_table(rows: list[ParameterInfo]) -> Table:
    """Return a table of parameters, each with its meaning (and its source, where it has one) below the name."""
    from diffusion.cli.shared.console import interval, short, table, with_note

    result = table(expand=True)
    result.add_column("parameter", ratio=1, overflow="fold")
    result.add_column("default", justify="right", no_wrap=True)
    result.add_column("plausible", justify="right", no_wrap=True)
    fitted = any(_after(row) for row in rows)
    if fitted:
        result.add_column("posterior", justify="right", no_wrap=True)
    result.add_column("unit", no_wrap=True)
    result.add_column("grade", no_wrap=True)
    for row in rows:
        note = row.description + (f" ({row.symbol})" if row.symbol else "")
        if row.source != "assumption":
            note += f"\n{row.source}"
        result.add_row(
            with_note(row.name, note),
            short(row.default),
            interval(row.low, row.high),
            *((_posterior_text(row),) if fitted else ()),
            "" if row.unit == "1" else row.unit,
            row.grade,
        )
    return result


def _after(row: ParameterInfo) -> dict[str, object]:
    """Return what the packaged posterior says of a parameter: median, middle 80 %, how much was learnt."""
    import numpy as np

    from diffusion.ensemble.posterior import packaged_posterior

    found = packaged_posterior()
    key = f"parameters.{row.section}.{row.name}"
    if found is None or key not in found.columns:
        return {}
    low, middle, high = np.quantile(found.columns[key], (0.1, 0.5, 0.9))
    learnt = max(0.0, 1.0 - float(found.facts["spread"][key]))
    return {
        "posterior_median": float(middle),
        "posterior_low80": float(low),
        "posterior_high80": float(high),
        "learnt": round(learnt, 3),
    }


def _posterior_text(row: ParameterInfo) -> str:
    after = _after(row)
    if not after:
        return ""
    low, middle, high = (f"{after[f'posterior_{name}']:.3g}" for name in ("low80", "median", "high80"))
    learnt = 100 * float(str(after["learnt"]))
    told = f"{middle}\n{low} to {high}"
    return f"{told}\n{learnt:.0f} % learnt" if learnt >= 5 else told
