"""A lever of ten lines: a campaign that makes targeted innovations known in targeted trusts.

    python examples/ten_line_lever.py

From the command line, in comparisons and sweeps, at full speed:

    diffusion compare baseline examples/awareness-campaign.yaml --python examples/ten_line_lever.py --replicates 50
"""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import diffusion as df

REPLICATES = 40


@df.register
class AwarenessCampaign(df.Lever):
    """While it runs, X^A is raised by ``gain``."""

    name: ClassVar[str] = "awareness-campaign"
    gain: float = df.param(1.0, "added to the awareness push", unit="1", low=0, high=2, ge=0)
    cost_gbp_per_month: float = df.param(50_000.0, "cost of the campaign", unit="GBP/month", low=0, high=500_000, ge=0)

    def write(self, month: df.Month, see: df.View, terms: df.Terms, own: object, draws: df.Draws) -> None:
        terms.awareness_push.add(self.gain * self.level(month), where=self.targets.mask(see.world))
        terms.pay("programme", self.cost_gbp_per_month * self.level(month))


def main() -> None:
    """Compare the campaign with the baseline on the same draws, for what it targets and for the rest."""
    baseline = df.load("baseline")
    campaign = df.load(Path(__file__).parent / "awareness-campaign.yaml")
    before, after = df.compare([baseline, campaign], replicates=REPLICATES)
    targeted = campaign.levers["awareness-campaign"].targets.innovation_mask(after.world)
    spent = after.money_frame().query("purpose == 'programme'")["gbp"].mean()
    print(f"Adopters after ten years against the baseline, points of % of eligible pairs, {REPLICATES} replicates")
    for label, innovations in (("digital", targeted), ("all others", ~targeted)):
        change = 100 * (after.adopter_share(innovations) - before.adopter_share(innovations))[:, -1]
        print(f"  {label:10} {change.mean():+.2f}, standard error {change.std(ddof=1) / REPLICATES**0.5:.2f}")
    print(f"Cost of the campaign: GBP {spent:,.0f}")


if __name__ == "__main__":
    main()
