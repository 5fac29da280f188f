"""``diffusion evidence``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from diffusion.cli.shared.options import Folder, Modules
from diffusion.outlets import json_text

if TYPE_CHECKING:
    from diffusion.evidence.reading import NamedSeries
    from diffusion.levers.base import Lever

app = typer.Typer(
    help="List and show series of observed adoption: what 'diffusion validate' holds the model against.",
    no_args_is_help=True,
)


@app.command("list")
def list_evidence(
    folder: Folder = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
    python: Modules = None,
) -> None:
    """List the series: who was at risk, when, which levers were in force, on what evidence."""
    from diffusion.evidence.reading import evidence
    from diffusion.scenario.plugins import use_python_modules

    use_python_modules(python or ())
    found = evidence(folder)
    if as_json:
        print(json_text([_summary(item) for item in found], ascii_only=True))
        return
    from diffusion.cli.shared.console import console, show, table, with_note

    out = console()
    rows = table(expand=True)
    rows.add_column("series", overflow="fold", ratio=4)
    rows.add_column("at risk, in force", overflow="fold", ratio=3)
    rows.add_column("months", no_wrap=True)
    rows.add_column("points", justify="right", no_wrap=True)
    rows.add_column("grade", no_wrap=True)
    rows.add_column("use", no_wrap=True)
    for item in found:
        series, last = item.series, max(point.date for point in item.series.points)
        in_force = ", ".join((*series.levers, *series.shocks))
        rows.add_row(
            with_note(item.id, series.title),
            with_note(f"{series.kind}: {series.whom}", in_force),
            f"{series.start}\n{last}",
            str(len(series.points)),
            series.grade,
            series.use,
        )
    show(out, "", rows)
    out.print("More on one of them: diffusion evidence show NAME", style="dim")


@app.command("show")
def show_evidence(
    name: Annotated[str, typer.Argument(help="Id of the series.")],
    folder: Folder = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
    python: Modules = None,
) -> None:
    """Show one series: what was counted of whom, every point, what was in force, the source."""
    from diffusion.evidence.reading import find_series
    from diffusion.month.measures import QUANTITIES
    from diffusion.scenario.plugins import use_python_modules

    use_python_modules(python or ())
    item = find_series(name, folder)
    series = item.series
    if as_json:
        print(json_text(_facts(item), ascii_only=True))
        return
    from rich.text import Text

    from diffusion.cli.shared.console import console, show, table

    out = console()
    out.print(Text.assemble((series.title, "bold"), f"  ({item.id})"))
    out.print(series.what)
    out.print()
    facts = table(show_header=False)
    facts.add_column(style="bold", no_wrap=True)
    facts.add_column(overflow="fold")
    over = {"portfolio": "the first cohort", "kind": f"the first cohort's {series.kind} innovations"}.get(series.of, "")
    traits = {key: getattr(series.traits, key) for key in sorted(series.traits.model_fields_set)}
    for label, value in (
        ("at risk", series.whom),
        ("start", f"{series.start}, month 1"),
        ("kind", series.kind),
        ("counted over", over or (series.innovation or "")),
        ("counts who", f"{series.quantity}: {QUANTITIES[series.quantity]}"),
        ("already using", f"{100 * series.opening_share:g} % at the start" if series.opening_share else ""),
        ("traits", ", ".join(f"{key} {_plain(value)}" for key, value in traits.items())),
        ("evidence", f"grade {series.grade}: {series.source}"),
        ("at", series.url),
        ("use", "fitted to" if series.use == "fit" else "only shown"),
        ("family", series.family),
        ("ladder", series.ladder or ""),
        ("by trust", _by_trust(item)),
        ("note", series.note),
    ):
        if value:
            facts.add_row(label, value)
    show(out, "", facts)
    points = table(expand=True)
    points.add_column("date", no_wrap=True)
    points.add_column("month", justify="right", no_wrap=True)
    points.add_column("observed", overflow="fold", ratio=2)
    points.add_column("share", justify="right", no_wrap=True)
    points.add_column("of it", overflow="fold", ratio=4)
    for row in _points(item):
        about = [f"{row['quantity']}"] if row["quantity"] != series.quantity else []
        about += ["at least"] if row["at_least"] else []
        about += ["only shown"] if row["use"] != series.use and row["use"] == "shown" else []
        about += ["fitted to"] if row["use"] != series.use and row["use"] == "fit" else []
        about += [str(row["note"])] if row["note"] else []
        share = "" if row["observed_share"] is None else f"{row['observed_share']:.3f}"
        points.add_row(str(row["date"]), str(row["month"]), _observed(row, series.at_risk), share, "; ".join(about))
    show(out, "Points", points)
    settings = table(expand=True)
    settings.add_column("in force", style="cyan", overflow="fold", ratio=2)
    settings.add_column("setting", overflow="fold", ratio=2)
    settings.add_column("value", overflow="fold", ratio=3)
    for key, entry in {**series.levers, **series.shocks}.items():
        for number, (setting, given) in enumerate(_entry(entry).items()):
            settings.add_row("" if number else key, setting, _plain(given))
    if series.levers or series.shocks:
        show(out, "Levers and shocks, for this innovation alone", settings)


def _entry(lever: Lever) -> dict[str, object]:
    return lever.model_dump(mode="json", exclude_unset=True)


def _plain(value: object) -> str:
    """Write a setting on one line."""
    from diffusion.cli.shared.console import short

    if isinstance(value, dict):
        return ", ".join(f"{key} {_plain(inner)}" for key, inner in value.items())
    if isinstance(value, frozenset | set):
        return ", ".join(sorted(map(str, value)))
    return short(value)


def _observed(row: dict[str, object], at_risk: int) -> str:
    """Write an observation as the source has it."""
    if row["count"] is not None:
        return f"{row['count']:,} of {at_risk:,}"
    if row["share"] is not None:
        return f"share, error {row['standard_error']}"
    return f"effect {row['effect']:+g}, error {row['standard_error']}"


def _by_trust(item: NamedSeries) -> str:
    if not item.first_uses:
        return ""
    users = sum(row.first_month is not None for row in item.first_uses)
    return f"first months of {users} of {len(item.first_uses)} trusts ({item.series.trusts})"


def _points(item: NamedSeries) -> list[dict[str, object]]:
    """Return the points as plain data, with what follows from the series."""
    series, rows = item.series, []
    for point in item.series.points:
        share = point.share if point.count is None else point.count / series.at_risk
        rows.append(
            {
                "date": str(point.date),
                "month": item.month_of(point),
                "quantity": point.quantity or series.quantity,
                "count": point.count,
                "share": point.share,
                "effect": point.effect,
                "standard_error": point.standard_error,
                "observed_share": share,
                "at_least": point.at_least,
                "use": point.use or series.use,
                "note": point.note,
            }
        )
    return rows


def _summary(item: NamedSeries) -> dict[str, object]:
    series = item.series
    return {
        "name": item.id,
        "title": series.title,
        "kind": series.kind,
        "unit": series.unit,
        "at_risk": series.at_risk,
        "start": str(series.start),
        "last": str(max(point.date for point in series.points)),
        "points": len(series.points),
        "levers": list(series.levers),
        "shocks": list(series.shocks),
        "grade": series.grade,
        "use": series.use,
    }


def _facts(item: NamedSeries) -> dict[str, object]:
    series = item.series
    left = series.model_dump(mode="json", exclude={"levers", "shocks", "points", "traits"})
    return {
        "name": item.id,
        **left,
        "traits": series.traits.model_dump(mode="json", exclude_unset=True),
        "points": _points(item),
        "levers": {key: _entry(lever) for key, lever in series.levers.items()},
        "shocks": {key: _entry(shock) for key, shock in series.shocks.items()},
        "first_months": {row.code: str(row.first_month) if row.first_month else None for row in item.first_uses},
        "sha256": item.sha256,
    }
