"""Two outcomes of one's own: who is left behind where deprivation is high, and how long trusts wait.

    python examples/own_outcome.py

In comparisons and studies, where its module is named:

    diffusion compare baseline baseline+local-first --python examples/own_outcome.py --replicates 50
    diffusion sweep run examples/own_outcome.yaml --python examples/own_outcome.py
"""

from __future__ import annotations

import numpy as np

import diffusion as df

REPLICATES = 20


@df.outcome(
    unit="pp",
    label="Adopter share, least minus most deprived quarter of trusts",
    needs=["adopters_by_trust", "eligible", "trust_imd"],
)
def deprivation_gap(run: df.RunArrays) -> float:
    """Return the difference of the two quarters at the end of the run, in percentage points."""
    low, high = np.quantile(run.trust_imd, [0.25, 0.75])
    quarters = run.trust_imd <= low, run.trust_imd >= high
    adopted, possible = run.adopters_by_trust[-1], run.eligible.sum(axis=1)
    least, most = (adopted[quarter].sum() / possible[quarter].sum() for quarter in quarters)
    return float(100 * (least - most))


@df.outcome(
    unit="months",
    label="Wait from launch to first use, median of pairs that came to it",
    needs=["first_use", "innovation_live_month"],
    decimals=1,
    better=-1,
    may_be_nan=True,
)
def median_wait(run: df.RunArrays) -> float:
    """Return the median over pairs that came to use it by the end; NaN in a run in which none did."""
    waited = (run.first_use - run.innovation_live_month)[run.first_use >= 0]
    return float(np.median(waited)) if len(waited) else float("nan")


def main() -> None:
    """Compare two scenarios by both."""
    scenarios = [df.load("baseline"), df.load("baseline+local-first")]
    found = df.compare_outcomes(df.compare(scenarios, replicates=REPLICATES))
    print(f"At the end of ten years, {REPLICATES} replicates: baseline, and what local first changes (95 % interval)")
    for name in ("deprivation_gap", "median_wait"):
        outcome = next(each for each in found.outcomes if each.name == name)
        level, change = found.level(name, 0)[0], found.difference(name, 1).estimate
        interval = f"{float(change.low95):+.2f} to {float(change.high95):+.2f}"
        print(f"  {outcome.label}, {outcome.unit}: {float(level.mean):.2f}, {float(change.mean):+.2f} ({interval})")


if __name__ == "__main__":
    main()
