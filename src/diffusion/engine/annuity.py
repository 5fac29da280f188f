"""Present value of regular monthly payments, in money of month 0; the first payment falls in month 1."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from diffusion.arrays import Floats


def annuity(months: ArrayLike, rate_per_year: float) -> Floats:
    """Present value of 1 a month from month 1 to ``months``: ``sum (1 + rate)^(-m/12)``, float64 like ``months``."""
    monthly = (1.0 + rate_per_year) ** (-1.0 / 12.0)
    months = np.asarray(months, dtype=np.float64)
    if monthly == 1.0:
        return months
    return np.asarray(monthly * (1.0 - monthly**months) / (1.0 - monthly))


def present_value(
    upfront: Floats | float,
    running: Floats | float,
    saving: Floats | float,
    months: ArrayLike,
    lag_months: ArrayLike,
    rate_per_year: float,
    payment: Floats | float = 0.0,
) -> Floats:
    """Return ``-upfront + (payment - running) a(months) + saving (a(months) - a(min(months, lag)))``.

    ``a`` is :func:`annuity`; ``running``, ``saving`` and ``payment`` are a month each, ``saving`` from ``lag_months``
    on. All broadcast together, in one unit of money.
    """
    until = annuity(months, rate_per_year)
    before = annuity(np.minimum(months, lag_months), rate_per_year)
    return np.asarray(-upfront - running * until + saving * (until - before) + payment * until)
