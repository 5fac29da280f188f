"""Measure what the levers must show, at the defaults and at five committed draws of the plausible ranges.

``python scripts/measure_facts.py`` prints a row per fact and point; ``--write`` puts the table into docs/facts.md;
``--points 0 3`` measures some points only (0 is the defaults); ``--draw`` makes the file of draws anew.
"""

from __future__ import annotations

import argparse
import math
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from science import draws, facts  # noqa: E402

DOCUMENT = ROOT / "docs" / "facts.md"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"


def point_name(point: int) -> str:
    """Name of a point in tables."""
    return f"draw {point}" if point else "defaults"


def shown(row: facts.Row) -> tuple[str, str, str, str]:
    """Return (effect, standard error, z, holds) as text."""
    holds = "yes" if row.holds else "**no**"
    if row.se == 0.0:  # exact: to the bit
        return "", "", "", holds
    return f"{row.effect:.3f}", f"{row.se:.3f}", "" if math.isnan(row.z) else f"{row.z:.1f}", holds


def markdown(measured: dict[int, list[facts.Row]]) -> str:
    """Return the summary by fact and the table of all measurements."""
    by_point = {point: {row.fact: row for row in rows} for point, rows in measured.items()}
    drawn = [point for point in by_point if point]
    lines = [f"| fact | defaults | holds in draws (of {len(drawn)}) | fails at |", "|---|---|---|---|"]
    for fact, text in facts.FACTS.items():
        failing = [str(point) for point in drawn if not by_point[point][fact].holds]
        default = shown(by_point[0][fact])[3] if 0 in by_point else ""
        lines.append(f"| {text} | {default} | {len(drawn) - len(failing)} | {', '.join(failing)} |")
    lines += ["", "| fact | point | effect | SE | z | holds | note |", "|---|---|---|---|---|---|---|"]
    for fact in facts.FACTS:
        for point, rows in by_point.items():
            cells = " | ".join(shown(rows[fact]))
            lines.append(f"| `{fact}` | {point_name(point)} | {cells} | {rows[fact].note} |")
    return "\n".join(lines)


def write(text: str) -> None:
    """Replace what stands between the marks of the document."""
    old = DOCUMENT.read_text()
    before, rest = old.split(BEGIN)
    after = rest.split(END)[1]
    DOCUMENT.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--points", type=int, nargs="+", default=list(range(draws.N_DRAWS + 1)))
    parser.add_argument("--jobs", type=int, default=1, help="points measured at a time")
    parser.add_argument("--draw", action="store_true", help="draw anew and write the file of draws; measure nothing")
    parser.add_argument("--write", action="store_true", help="put the table into docs/facts.md")
    options = parser.parse_args()
    if options.draw:
        draws.write_draws()
        return
    if options.write and sorted(options.points) != list(range(draws.N_DRAWS + 1)):
        parser.error("--write needs all points")
    if options.jobs > 1:
        with ProcessPoolExecutor(options.jobs) as pool:
            measured = dict(zip(options.points, pool.map(facts.measure, options.points)))
    else:
        measured = {point: facts.measure(point) for point in options.points}
    text = markdown(measured)
    print(text)
    if options.write:
        write(text)


if __name__ == "__main__":
    main()
