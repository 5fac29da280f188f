"""What became known of England after April 2025, beside what the model gives: run ``python scripts/known_since.py``.

Prints users in runs of `england-2025` (40 draws of the parameters): mean, and the middle 80 and 95 %.
"""

from __future__ import annotations

import numpy as np

from diffusion.analysis.results.adoption import adopters
from diffusion.engine.calendar import Month
from diffusion.experiments.running.runner import run
from diffusion.scenario.load import load_scenario

REPLICATES = 40
#: innovation, month, what is known
KNOWN = (
    ("electronic-patient-record", "2026-03", "forecast of 96 % of trusts, about 197 of 205 (publictechnology.net)"),
    ("federated-data-platform", "2026-06", "106 of 134 acute and specialist trusts (NHS England's uptake page)"),
)


def main() -> None:
    scenario = load_scenario("england-2025").drawing_from("posterior")
    results = run(scenario, REPLICATES)
    users = adopters(results.stage_by_innovation)
    for name, month, known in KNOWN:
        at = Month(month) - scenario.start + 1
        found = users[:, at, results.world.innovations.ids.index(name)]
        low95, low80, high80, high95 = np.quantile(found, (0.025, 0.1, 0.9, 0.975), method="weibull")
        told = f"{found.mean():.0f} trusts (80 % {low80:.0f} to {high80:.0f}, 95 % {low95:.0f} to {high95:.0f})"
        print(f"{name}, {month}: {told}; known: {known}")


if __name__ == "__main__":
    main()
