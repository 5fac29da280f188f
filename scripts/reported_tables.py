"""Put what programmes reported, beside what the model gives, into docs/reported.md.

``python scripts/reported_tables.py`` runs the packaged scenarios with such programmes (100 replicates, seed 1, about
half a minute) and prints a table each; ``--write`` puts them into the document.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

from diffusion.analysis.outcomes.programmes import PROGRAMME_OUTCOMES, programme_values
from diffusion.analysis.reported.comparison import reported_rows
from diffusion.analysis.results.intervals import band
from diffusion.experiments.running.results import Results
from diffusion.experiments.running.runner import run
from diffusion.report.page.reported_section import reported_line, reported_sentence
from diffusion.report.words.labels import outcome_label
from diffusion.report.words.numbers import plain
from diffusion.scenario.load import load_scenario

DOCUMENT = Path(__file__).resolve().parents[1] / "docs" / "reported.md"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
SCENARIOS = ("fellowship-first-wave", "clinical-entrepreneurs", "england-2015")
#: the scenario of which the outcomes at the end are shown
OUTCOMES_OF = "england-2015"
REPLICATES, SEED = 100, 1
HEADS = (
    "what was counted", "reported", "modelled, mean", "middle 80 % of runs", "middle 95 %", "inside?",
    "the model and this figure", "source",
)  # fmt: skip


def figures(results: Results) -> Iterator[str]:
    """Yield the table of one scenario: reported, modelled, inside or outside."""
    rows = reported_rows(results)
    yield f"### {results.scenario.name}"
    yield f"`diffusion run {results.scenario.name} --replicates {REPLICATES}`. {reported_sentence(rows)}"
    yield ""
    yield f"| {' | '.join(HEADS)} |"
    yield f"|{'---|' * len(HEADS)}"
    for row in rows:
        line = reported_line(row)
        inner, outer = (text.partition(": ")[2] for text in (line.inner, line.outer))
        stand = "; ".join(part for part in (line.basis, line.note) if part)
        cells = [
            line.quantity, f"{line.reported} ({line.when})", line.mean, inner, outer, line.verdict, stand, line.source,
        ]  # fmt: skip
        yield f"| {' | '.join(cells)} |"
    yield ""


def outcomes(results: Results) -> Iterator[str]:
    """Yield the table of the outcomes of programmes at the end."""
    values = programme_values(results)
    yield f"### Outcomes at the end of {results.scenario.name}"
    yield "| name | outcome | mean | middle 80 % of runs |"
    yield "|---|---|---|---|"
    for outcome in PROGRAMME_OUTCOMES:
        if outcome.name in values:
            found = band(outcome.factor * values[outcome.name])
            mean, low, high = (plain(float(x), outcome.decimals) for x in (found.mean, found.low80, found.high80))
            yield f"| `{outcome.name}` | {outcome_label(outcome)} | {mean} | {low} to {high} |"
    yield ""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="put the tables into docs/reported.md")
    options = parser.parse_args()
    lines: list[str] = []
    for name in SCENARIOS:
        results = run(load_scenario(name).drawing_from("posterior"), REPLICATES, SEED)
        lines += figures(results)
        if name == OUTCOMES_OF:
            lines += outcomes(results)
    text = "\n".join(lines)
    print(text)
    if options.write:
        whole = DOCUMENT.read_text(encoding="utf-8")
        before, after = whole.split(BEGIN)[0], whole.split(END)[1]
        DOCUMENT.write_text(f"{before}{BEGIN}\n{text}{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
