"""A response of one's own: peers count once enough of them use an innovation.

    python examples/own_response.py

From the command line, in comparisons and sweeps, at full speed:

    diffusion compare baseline examples/s-curve.yaml --python examples/own_response.py --replicates 50
"""

from __future__ import annotations

import math
from pathlib import Path

import diffusion as df

REPLICATES = 40


@df.response("s-curve", label="logistic in exposure, half at the personal threshold")
def s_curve(exposure: float, personal: float) -> float:
    """Return g = 1 / (1 + exp(-25 (x - theta_i)))."""
    return 1.0 / (1.0 + math.exp(-25.0 * (exposure - personal)))


def main() -> None:
    """Compare the curve with the linear response on the same draws."""
    scenarios = [df.load("baseline"), df.load(Path(__file__).parent / "s-curve.yaml")]
    linear, curve = df.compare(scenarios, replicates=REPLICATES)
    print(f"Adopters, % of eligible pairs, {REPLICATES} replicates: linear response, s-curve, difference")
    for year in (3, 6, 10):
        before, after = (100 * results.adopter_share()[:, 12 * year] for results in (linear, curve))
        error = (after - before).std(ddof=1) / REPLICATES**0.5
        change = (after - before).mean()
        print(f"  year {year:2}: {before.mean():.2f} {after.mean():.2f} {change:+.2f}, standard error {error:.2f}")


if __name__ == "__main__":
    main()
