"""What options cost and are worth.

``appraisal``: costs by payer, benefit-cost ratio, cost per effect, under dated ``discount_sets``; ``acceptability``:
the plane and curves of cost-effectiveness; ``break_even``: the worth of a patient at which an answer turns; ``regret``:
what a wrong choice costs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from diffusion.lazy import handed_on

if TYPE_CHECKING:
    from diffusion.analysis.economics.acceptability import Acceptability, net_benefit, quarters
    from diffusion.analysis.economics.appraisal import Appraisal, Ratio, appraise, ratio_of_means, split_incentive
    from diffusion.analysis.economics.break_even import BreakEven, break_even_of
    from diffusion.analysis.economics.discount_sets import DiscountSet, discount_set, in_force, present
    from diffusion.analysis.economics.regret import Regret, Reversal, rank_reversals
else:
    __getattr__, __dir__ = handed_on(
        __name__,
        {
            "Acceptability": "diffusion.analysis.economics.acceptability",
            "Appraisal": "diffusion.analysis.economics.appraisal",
            "BreakEven": "diffusion.analysis.economics.break_even",
            "DiscountSet": "diffusion.analysis.economics.discount_sets",
            "Ratio": "diffusion.analysis.economics.appraisal",
            "Regret": "diffusion.analysis.economics.regret",
            "Reversal": "diffusion.analysis.economics.regret",
            "appraise": "diffusion.analysis.economics.appraisal",
            "break_even_of": "diffusion.analysis.economics.break_even",
            "discount_set": "diffusion.analysis.economics.discount_sets",
            "in_force": "diffusion.analysis.economics.discount_sets",
            "net_benefit": "diffusion.analysis.economics.acceptability",
            "present": "diffusion.analysis.economics.discount_sets",
            "quarters": "diffusion.analysis.economics.acceptability",
            "rank_reversals": "diffusion.analysis.economics.regret",
            "ratio_of_means": "diffusion.analysis.economics.appraisal",
            "split_incentive": "diffusion.analysis.economics.appraisal",
        },
    )

__all__ = [
    "Acceptability",
    "Appraisal",
    "BreakEven",
    "DiscountSet",
    "Ratio",
    "Regret",
    "Reversal",
    "appraise",
    "break_even_of",
    "discount_set",
    "in_force",
    "net_benefit",
    "present",
    "quarters",
    "rank_reversals",
    "ratio_of_means",
    "split_incentive",
]
