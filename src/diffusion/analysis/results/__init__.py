"""Measures of simulated results, one number a replicate, and how sure a difference between scenarios is.

``adoption``, ``outcomes``, ``groups``, ``equity``, ``displacement`` and ``payers`` measure ``tables``;
``compare``, ``intervals`` and ``precision`` say how sure; ``attribution`` shares an effect out among levers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from diffusion.lazy import handed_on

if TYPE_CHECKING:
    from diffusion.analysis.results.attribution import Attribution, attribute
    from diffusion.analysis.results.compare import (
        Comparison,
        PairedDifference,
        compare_outcomes,
        compare_values,
        paired_difference,
    )
    from diffusion.analysis.results.equity import equity_values
    from diffusion.analysis.results.groups import Gains, gains
    from diffusion.analysis.results.intervals import (
        Band,
        Estimate,
        band,
        estimate_mean,
        poisson_interval,
        replicates_needed,
        wilson,
    )
    from diffusion.analysis.results.outcomes import OUTCOMES, Outcome, outcome_values
    from diffusion.analysis.results.payers import net_cost_by_party, present_value, system_npv
    from diffusion.analysis.results.precision import Plan, plan
    from diffusion.analysis.results.tables import ResultTables
else:
    __getattr__, __dir__ = handed_on(
        __name__,
        {
            "Attribution": "diffusion.analysis.results.attribution",
            "Band": "diffusion.analysis.results.intervals",
            "Comparison": "diffusion.analysis.results.compare",
            "Estimate": "diffusion.analysis.results.intervals",
            "Gains": "diffusion.analysis.results.groups",
            "OUTCOMES": "diffusion.analysis.results.outcomes",
            "Outcome": "diffusion.analysis.results.outcomes",
            "PairedDifference": "diffusion.analysis.results.compare",
            "Plan": "diffusion.analysis.results.precision",
            "ResultTables": "diffusion.analysis.results.tables",
            "attribute": "diffusion.analysis.results.attribution",
            "band": "diffusion.analysis.results.intervals",
            "compare_outcomes": "diffusion.analysis.results.compare",
            "compare_values": "diffusion.analysis.results.compare",
            "equity_values": "diffusion.analysis.results.equity",
            "estimate_mean": "diffusion.analysis.results.intervals",
            "gains": "diffusion.analysis.results.groups",
            "net_cost_by_party": "diffusion.analysis.results.payers",
            "outcome_values": "diffusion.analysis.results.outcomes",
            "paired_difference": "diffusion.analysis.results.compare",
            "plan": "diffusion.analysis.results.precision",
            "poisson_interval": "diffusion.analysis.results.intervals",
            "present_value": "diffusion.analysis.results.payers",
            "replicates_needed": "diffusion.analysis.results.intervals",
            "system_npv": "diffusion.analysis.results.payers",
            "wilson": "diffusion.analysis.results.intervals",
        },
    )

__all__ = [
    "OUTCOMES",
    "Attribution",
    "Band",
    "Comparison",
    "Estimate",
    "Gains",
    "Outcome",
    "PairedDifference",
    "Plan",
    "ResultTables",
    "attribute",
    "band",
    "compare_outcomes",
    "compare_values",
    "equity_values",
    "estimate_mean",
    "gains",
    "net_cost_by_party",
    "outcome_values",
    "paired_difference",
    "plan",
    "poisson_interval",
    "present_value",
    "replicates_needed",
    "system_npv",
    "wilson",
]
