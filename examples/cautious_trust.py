"""A trust that hesitates: it halves its willingness to pilot until two trusts of its AHSN use the innovation.

    python examples/cautious_trust.py

From the command line: put ``agents: {trust: cautious_trust:CautiousTrust}`` into a scenario file, and run it with
``--python examples/cautious_trust.py``.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

import diffusion as df
from diffusion.scenario.plugins import use_python_modules

REPLICATES = 8


class CautiousTrust(df.Trust):
    """Everything but one decision is the ordinary trust's."""

    def pilot_probability(self) -> np.ndarray:
        ordinary = super().pilot_probability()
        return np.where(self.neighbours_using("ahsn") >= 2, ordinary, ordinary / 2)


def main() -> None:
    """Compare England with cautious trusts and England as it is, on the same draws."""
    use_python_modules([__file__])  # scenarios name classes; code is loaded only where a user says so
    ordinary = df.load("baseline").changed({"months": 72})
    cautious = ordinary.changed({"agents.trust": f"{Path(__file__).stem}:CautiousTrust"})
    before, after = (
        100 * results.adopter_share()[:, -1] for results in df.compare([ordinary, cautious], replicates=REPLICATES)
    )
    change = after - before
    print(f"Adopters after six years, % of eligible pairs, {REPLICATES} replicates")
    print(f"  ordinary trusts   {before.mean():5.2f}")
    print(f"  cautious trusts   {after.mean():5.2f}")
    print(f"  paired difference {change.mean():+5.2f}, standard error {change.std(ddof=1) / REPLICATES**0.5:.2f}")

    # one replicate month by month, as a Mesa model
    model = df.DiffusionModel(ordinary, agents={"trust": CautiousTrust})
    model.run(until=12)
    boldest = max(model.trusts, key=lambda trust: trust.n_using)
    print(f"In {model.date} of replicate 0, {boldest.name} uses most innovations: {boldest.n_using}")


if __name__ == "__main__":
    main()
