"""What a national body asks of an innovation: is it believed to do good, and does it save more than it costs."""

from __future__ import annotations

from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

from diffusion.engine.annuity import present_value

if TYPE_CHECKING:
    from diffusion.month.view import View


def believed_good(see: View, probability: float) -> np.ndarray:
    """Return bool[R, K]: P(b > 0) above ``probability`` by national belief (s0, G, y), a normal posterior."""
    mean, sd = see.national_belief()
    return np.asarray(mean > NormalDist().inv_cdf(probability) * sd)


def system_npv_gbp(see: View, months: int) -> np.ndarray:
    """Return float64[R, K], GBP per size unit at full rollout: all savings count (psi = 1), whoever keeps them.

    ``-F - c a(months) + s (a(months) - a(min(months, lag)))`` at the discount rate of the parameters, ``a(n)`` being
    the present value of 1 a month from month 1 to n.
    """
    return present_value(
        see.upfront_cost_gbp,
        see.running_cost_gbp_per_month,
        see.saving_gbp_per_month,
        months,
        see.world.innovations.saving_lag_months,
        see.parameters.finance.discount_rate_per_year,
    )
