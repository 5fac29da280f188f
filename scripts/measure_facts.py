"""Measure what the levers must show, at the defaults and at five committed draws of the plausible ranges.

``python scripts/measure_facts.py`` prints a row per fact and point; ``--write`` puts the table into docs/facts.md;
``--world england-2025`` measures the older levers in that world; ``--points 0 3`` measures some points only (0 is the
defaults); ``--draw`` makes the file of draws anew.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from science import draws, facts, facts_2025  # noqa: E402

DOCUMENT = ROOT / "docs" / "facts.md"
POINTS = range(draws.N_DRAWS + 1)

Measured = dict[int, dict[str, facts.Row]]


def point_name(point: int) -> str:
    """Name of a point in tables."""
    return f"draw {point}" if point else "defaults"


def held(row: facts.Row) -> str:
    """Whether a fact holds, as text."""
    return "yes" if row.holds else "**no**"


def shown(row: facts.Row) -> tuple[str, str, str, str]:
    """Return (effect, standard error, z, holds) as text."""
    if row.se == 0.0:  # exact: to the bit
        return "", "", "", held(row)
    return f"{row.effect:.3f}", f"{row.se:.3f}", "" if math.isnan(row.z) else f"{row.z:.1f}", held(row)


def failing(measured: Measured, fact: str) -> list[int]:
    """Return the draws in which a fact does not hold."""
    return [point for point, rows in measured.items() if point and not rows[fact].holds]


def of_2017(measured: Measured) -> str:
    """Return the summary by fact and the table of all measurements."""
    drawn = [point for point in measured if point]
    lines = [f"| fact | defaults | holds in draws (of {len(drawn)}) | fails at |", "|---|---|---|---|"]
    for fact, text in facts.FACTS.items():
        default = held(measured[0][fact]) if 0 in measured else ""
        fails = failing(measured, fact)
        lines.append(f"| {text} | {default} | {len(drawn) - len(fails)} | {', '.join(map(str, fails))} |")
    lines += ["", "| fact | point | effect | SE | z | holds | note |", "|---|---|---|---|---|---|---|"]
    for fact in facts.FACTS:
        for point, rows in measured.items():
            cells = " | ".join(shown(rows[fact]))
            lines.append(f"| `{fact}` | {point_name(point)} | {cells} | {rows[fact].note} |")
    return "\n".join(lines)


def of_2025(measured: Measured) -> str:
    """Return a row per fact of the older levers: at how many points it holds, and effect and standard error at each."""
    names = " | ".join(point_name(point) for point in measured)
    lines = [f"| fact | holds at (of {len(measured)}) | {names} |", "|---|---" + "|---" * len(measured) + "|"]
    for fact, text in facts_2025.OLDER.items():
        if fact in facts_2025.NOT_ASKED:
            lines.append(f"| {text} | not asked" + " | " * len(measured) + " |")
            continue
        cells = []
        for rows in measured.values():
            effect, se, _, holds = shown(rows[fact])
            cells.append(f"{holds} {effect} ({se})" if effect else holds)
        holding = sum(rows[fact].holds for rows in measured.values())
        lines.append(f"| {facts_2025.FACTS[fact]} | {holding} | {' | '.join(cells)} |")
    return "\n".join(lines)


#: by world: what is measured at a point, how it is shown, and the mark in the document
WORLDS: dict[str, tuple[Callable[[int], list[facts.Row]], Callable[[Measured], str], str]] = {
    "england-2017": (facts.measure, of_2017, "measured"),
    "england-2025": (facts_2025.measure, of_2025, "measured in 2025"),
}


def write(text: str, mark: str) -> None:
    """Replace what stands between the marks of the document."""
    begin, end = f"<!-- {mark}: begin -->", f"<!-- {mark}: end -->"
    before, rest = DOCUMENT.read_text().split(begin)
    DOCUMENT.write_text(f"{before}{begin}\n{text}\n{end}{rest.split(end)[1]}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--points", type=int, nargs="+", default=list(POINTS))
    parser.add_argument("--world", choices=list(WORLDS), default="england-2017", help="where the levers are measured")
    parser.add_argument("--jobs", type=int, default=1, help="points measured at a time")
    parser.add_argument("--draw", action="store_true", help="draw anew and write the file of draws; measure nothing")
    parser.add_argument("--write", action="store_true", help="put the table into docs/facts.md")
    options = parser.parse_args()
    if options.draw:
        draws.write_draws()
        return
    if options.write and sorted(options.points) != list(POINTS):
        parser.error("--write needs all points")
    measure, table, mark = WORLDS[options.world]
    if options.jobs > 1:
        with ProcessPoolExecutor(options.jobs) as pool:
            rows = dict(zip(options.points, pool.map(measure, options.points)))
    else:
        rows = {point: measure(point) for point in options.points}
    text = table({point: {row.fact: row for row in found} for point, found in rows.items()})
    print(text)
    if options.write:
        write(text, mark)


if __name__ == "__main__":
    main()
