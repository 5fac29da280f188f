"""How often intervals hold a made-up truth: draws of the posterior taken as true, against intervals from other draws.

``python scripts/made_up_truths.py`` prints the table, ``--write`` puts it into docs/reports.md. Of the 500 draws of the
posterior the first 200 make the interval, as a comparison of 200 replicates has it; the last 200 are the truths, one
after the other. A truth is one future of its draw (what an interval is of) or the mean of five (what would be seen on
average, did the draw hold). Intervals of chance alone come from 200 replicates at the defaults.
"""

from __future__ import annotations

import argparse
import re
from pathlib import Path

import numpy as np

from diffusion.analysis.results.asked import Target, ask
from diffusion.analysis.results.intervals import Estimate, estimate_mean, wilson
from diffusion.analysis.results.outcomes import outcome_values
from diffusion.ensemble.draws import TWIN
from diffusion.experiments.running.runner import compare
from diffusion.scenario.load import load_scenario

ROOT = Path(__file__).resolve().parents[1]
PAGE, NAME = ROOT / "docs" / "reports.md", "made-up truths"
REPLICATES, TRUTHS, FUTURES = 200, 200, 5
FIRST_TRUTH = 300


def differences(source: str, numbers: list[int]) -> dict[str, np.ndarray]:
    """Return tariff - baseline by outcome, [R]."""
    pair = [load_scenario(name).drawing_from(source) for name in ("baseline", "tariff")]
    results = compare(pair, numbers)
    asked = ask(results, Target())
    found = {
        asked.outcome(date).label: asked.shares[1][:, d] - asked.shares[0][:, d] for d, date in enumerate(asked.dates)
    }
    before, after = (outcome_values(result) for result in results)
    return found | {
        "Patients benefiting": after["patients_benefiting_total"] - before["patients_benefiting_total"],
        "Net present value, public system": after["system_npv_gbp"] - before["system_npv_gbp"],
    }


def coverage(interval: Estimate, truths: np.ndarray, level: int) -> str:
    """Return the share of truths inside, with its 95 % interval (Wilson)."""
    low, high = (interval.low80, interval.high80) if level == 80 else (interval.low95, interval.high95)
    inside = int(((truths >= float(low)) & (truths <= float(high))).sum())
    ends = wilson(inside, len(truths))
    return f"{100 * inside / len(truths):.0f} ({100 * float(ends[0]):.0f} to {100 * float(ends[1]):.0f})"


def table() -> str:
    """Return the table as Markdown."""
    drawn = differences("posterior", list(range(REPLICATES)))
    fixed = differences("defaults", list(range(REPLICATES)))
    numbers = [FIRST_TRUTH + n + k * TWIN for k in range(1, FUTURES + 1) for n in range(TRUTHS)]
    futures = {name: values.reshape(FUTURES, TRUTHS) for name, values in differences("posterior", numbers).items()}
    lines = [
        "| tariff less baseline | 80 %, one future | 95 %, one future | 80 %, mean of five | chance alone: 80 % |",
        "|---|---|---|---|---|",
    ]
    for name, values in drawn.items():
        interval, chance = estimate_mean(values, over_draws=True), estimate_mean(fixed[name])
        one, mean = futures[name][0], futures[name].mean(axis=0)
        cells = (coverage(interval, one, 80), coverage(interval, one, 95), coverage(interval, mean, 80))
        lines.append(f"| {name} | {' | '.join(cells)} | {coverage(chance, mean, 80)} |")
    return "\n".join(lines)


def main() -> None:
    """Print the table, or write it into the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="put the table into docs/reports.md")
    write = parser.parse_args().write
    found = table()
    print(found)
    if write:
        text = PAGE.read_text(encoding="utf-8")
        marked = re.compile(rf"(<!-- {NAME} -->\n).*?(<!-- /{NAME} -->)", re.DOTALL)
        assert marked.search(text)
        PAGE.write_text(marked.sub(lambda match: f"{match[1]}{found}\n{match[2]}", text), encoding="utf-8")


if __name__ == "__main__":
    main()
