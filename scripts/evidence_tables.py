"""Put what ``diffusion validate`` found into docs/evidence.md: points, who adopts first, how far the portfolio comes.

``python scripts/evidence_tables.py`` runs it at the defaults (100 replicates) and over 200 draws of all parameters with
five replicates each (about five minutes), and prints the tables; ``--write`` puts them into the document.
"""

from __future__ import annotations

import argparse
import csv
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DOCUMENT = ROOT / "docs" / "evidence.md"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
RUNS = {"defaults": "-n 100", "draws": "--draws 200 -n 5"}

Row = dict[str, str]


def rows(folder: Path, name: str) -> list[Row]:
    """Return the rows of a table of results."""
    with (folder / "tables" / f"{name}.csv").open(encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def number(text: str) -> str:
    """Write a share with two places; what cannot be told as a dash."""
    return f"{float(text):.2f}" if text not in ("", "nan") else "–"


def spread(row: Row, mean: str = "mean") -> str:
    """Write a mean with the middle 80 % of the runs."""
    low, high = (number(row[f"simulated_{bound}80"]) for bound in ("low", "high"))
    return f"{number(row[f'simulated_{mean}'])} ({low} to {high})"


def table(heads: list[str], cells: list[list[str]]) -> Iterator[str]:
    """Yield the lines of a Markdown table."""
    for line in (heads, ["---"] * len(heads), *cells):
        yield f"| {' | '.join(line)} |"
    yield ""


def joined(folders: dict[str, Path], name: str, key: tuple[str, ...]) -> list[tuple[Row, Row]]:
    """Return the rows of both runs, those of the same key side by side, in the order of the draws."""
    first, second = ({tuple(row[k] for k in key): row for row in rows(folders[run], name)} for run in RUNS)
    return [(first[k], row) for k, row in second.items()]


def points(folders: dict[str, Path]) -> Iterator[str]:
    cells = []
    for default, drawn in joined(folders, "points", ("series", "quantity", "month", "form")):
        near = "–" if drawn["comparable"] == "false" else f"{100 * float(drawn['draws_near']):.0f} %"
        kind = " (effect)" if drawn["form"] == "effect" else ""
        what = f"{drawn['series']}, {drawn['quantity']}{kind}, month {drawn['month']}"
        cells.append([what, number(drawn["observed"]), spread(default), spread(drawn), near])
    yield from table(["point", "observed", "defaults (80 % of runs)", "draws (80 % of runs)", "draws near it"], cells)


def others(folders: dict[str, Path]) -> Iterator[str]:
    cells = []
    for default, drawn in joined(folders, "summaries", ("series", "quantity", "summary")):
        if drawn["summary"] == "early over late":
            what = f"{drawn['series']}: early over late"
            cells.append([what, number(drawn["observed_low"]), spread(default), spread(drawn)])
    for default, drawn in joined(folders, "who_first", ("series", "measure")):
        what = f"{drawn['series']}: {drawn['measure']}"
        cells.append([what, number(drawn["observed"]), spread(default), spread(drawn)])
    for default, drawn in joined(folders, "portfolio", ("share_of_trusts_with_a_use",)):
        share = 100 * float(drawn["share_of_trusts_with_a_use"])
        what = f"innovations of the portfolio ever adopted by {share:.0f} % of trusts with a use"
        cells.append([what, "", spread(default), spread(drawn)])
    yield from table(["shape, first users, portfolio", "observed", "defaults", "draws"], cells)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="put the tables into docs/evidence.md")
    parser.add_argument("--read", type=Path, metavar="DIR", help="take the folders `defaults` and `draws` in DIR")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        base = options.read or Path(made)
        folders = {name: base / name for name in RUNS}
        command = [str(Path(sys.executable).with_name("diffusion")), "validate", "--seed", "1"]
        for name, arguments in RUNS.items():
            if options.read is None:
                subprocess.run([*command, *arguments.split(), "--out", str(folders[name])], check=True)
        text = "\n".join([*points(folders), *others(folders)]).strip()
    print(text)
    if options.write:
        before, rest = DOCUMENT.read_text(encoding="utf-8").split(BEGIN)
        DOCUMENT.write_text(f"{before}{BEGIN}\n{text}\n{END}{rest.split(END)[1]}", encoding="utf-8")


if __name__ == "__main__":
    main()
