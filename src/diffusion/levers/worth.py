"""What a national body asks of an innovation: is it believed to do good, and does it save more than it costs."""

from __future__ import annotations

from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from diffusion.engine.view import View


def believed_good(see: View, probability: float) -> np.ndarray:
    """Return bool[R, K]: P(b > 0) above ``probability`` by national belief (s0, G, y), a normal posterior."""
    mean, sd = see.national_belief()
    return np.asarray(mean > NormalDist().inv_cdf(probability) * sd)


def system_npv_gbp(see: View, months: int) -> np.ndarray:
    """Return float64[R, K], GBP per size unit at full rollout: all savings count (psi = 1), whoever keeps them.

    ``-F - c a(months) + s (a(months) - a(min(months, lag)))`` with ``a(n)`` the present value of 1 a month from month
    1 to n at the discount rate of the parameters.
    """
    rate = see.parameters.finance.discount_rate_per_year
    worth = np.concatenate([[0.0], np.cumsum((1.0 + rate) ** (-np.arange(1, months + 1) / 12.0))])
    before = worth[np.minimum(months, see.world.innovations.saving_lag_months)]
    return np.asarray(
        see.saving_gbp_per_month * (worth[months] - before)
        - see.upfront_cost_gbp
        - see.running_cost_gbp_per_month * worth[months]
    )
