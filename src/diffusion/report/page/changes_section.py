"""Trusts that merge, close or open, on the page: how many there are, and a table of what became of whom."""

from __future__ import annotations

from collections.abc import Sequence

from diffusion.analysis.results.tables import ResultTables
from diffusion.report.page.cells import Cell, PageTable
from diffusion.report.words.labels import end_of, month_name, start_of
from diffusion.world.building.changes import Counted, counted
from diffusion.world.tables import CLOSED, OPENED, Change


def counts(tables: Sequence[ResultTables]) -> list[Counted]:
    """Return the number of trusts month by month, as far as the runs go; what has happened before them comes first."""
    world = tables[0].world
    last = str(end_of(tables[0]))
    return [each for each in counted(getattr(world, "changes", ()), world.trusts.codes) if each.month <= last]


def _at_start_and_end(tables: Sequence[ResultTables]) -> tuple[int, int]:
    """Return how many trusts there are when the runs begin, and when they end."""
    found, first = counts(tables), str(start_of(tables[0]))
    if not found:
        return (tables[0].world.n_trusts,) * 2
    return next((each.before for each in found if each.month > first), found[-1].after), found[-1].after


def organisations(tables: Sequence[ResultTables]) -> str:
    """Return how many organisations the page is of."""
    start, end = _at_start_and_end(tables)
    return f"{start} organisations" + (f" ({end} at the end)" if end != start else "")


def changes_sentences(tables: Sequence[ResultTables]) -> list[str]:
    """Say how many organisations there are when the runs begin and when they end; nothing where that is the same."""
    found, first = counts(tables), str(start_of(tables[0]))
    if not found:
        return []
    begun, left = _at_start_and_end(tables)
    within = [change for each in found if each.month > first for change in each.changes if change.code != change.into]
    if not within:
        return []
    return [
        f"{begun:,} organisations at the start, {left:,} at the end of {month_name(end_of(tables[0]))}: "
        "trusts merge, close or open during the runs. Where two that have adopted become one, one adopter is left, so "
        "counts of organisations fall while patients, money and staff go on. Shares are of the organisations of the "
        "month, and all by trust is of those that are there at the end."
    ]


def changes_table(tables: Sequence[ResultTables]) -> PageTable | None:
    """What became of whom and when; None where nothing does."""
    names = dict(zip(tables[0].world.trusts.codes, tables[0].world.trusts.names))
    rows = []
    for each in counts(tables):
        for change in each.changes:
            if change.code != change.into:
                # the row that goes on has the name of its successor by then
                own = change.former or names.get(change.code, "")
                month = each.month.replace("-", "\u2011")  # in one piece
                rows.append(
                    (f"{change.code}, {own}" if own else change.code, [Cell(month), Cell(_became(change, names))])
                )
    if not rows:
        return None
    note = (
        "At the start of the month. The furthest stage of the parts goes on in the whole; need, funds and change time "
        "add up. A new organisation goes on in the row of its largest part, under that code."
    )
    return PageTable("Trusts that merge, close or open", ("Trust", "Month", "What becomes of it"), rows, note)


def _became(change: Change, names: dict[str, str]) -> str:
    if change.kind in (CLOSED, OPENED):
        return "closes" if change.kind == CLOSED else "opens"
    title = change.name or names.get(change.into, "")
    return f"goes on in {change.into}, {title}" if title else f"goes on in {change.into}"
