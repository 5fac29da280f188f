"""A measured figure, what was promised of it, and a table of such figures."""

from __future__ import annotations

from dataclasses import dataclass

from rich.table import Table


@dataclass(frozen=True)
class Figure:
    """One measured figure and what was promised of it; ``promise`` is empty where it is only reported."""

    section: str
    what: str
    value: float
    unit: str
    promise: str = ""
    kept: bool | None = None


def at_most(section: str, what: str, value: float, unit: str, limit: float) -> Figure:
    """Return a figure promised to be no greater than ``limit``."""
    return Figure(section, what, value, unit, f"<= {limit:.4g}", value <= limit)


def at_least(section: str, what: str, value: float, unit: str, limit: float) -> Figure:
    """Return a figure promised to be no smaller than ``limit``."""
    return Figure(section, what, value, unit, f">= {limit:.4g}", value >= limit)


def table(title: str, figures: list[Figure]) -> Table:
    """Return the figures as a table to print."""
    shown = Table(title=title, caption="medians of runs taken in turn; ratios are medians of ratios turn by turn")
    for heading in ("section", "what", "figure", "unit", "promised", "kept"):
        shown.add_column(heading, justify="right" if heading == "figure" else "left")
    for figure in figures:
        kept = {None: "", True: "yes", False: "NO"}[figure.kept]
        shown.add_row(figure.section, figure.what, f"{figure.value:.4g}", figure.unit, figure.promise, kept)
    return shown
