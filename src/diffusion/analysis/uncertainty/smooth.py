"""Smooth curves through draws: a cubic B-spline in one parameter, fitted by least squares with statsmodels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from diffusion.arrays import Floats

if TYPE_CHECKING:
    from statsmodels.regression.linear_model import RegressionResults

#: Degrees of freedom of the spline beside the constant: enough for one bend and its mirror, few against 1,000 draws.
DEGREES_OF_FREEDOM = 5
#: With fewer draws a curve says nothing.
MINIMUM_DRAWS = 30


def basis(values: ArrayLike, knots_from: ArrayLike | None = None) -> Floats:
    """Return the design matrix [D, columns]: a constant and a cubic B-spline with knots at quantiles.

    ``knots_from`` are the values whose quantiles and ends set the knots (default: ``values``). A factor of two or
    three levels gets one column a level but the first, one of four or five a polynomial would fit exactly.
    """
    x = np.asarray(values, dtype=np.float64)
    frame = x if knots_from is None else np.asarray(knots_from, dtype=np.float64)
    levels = np.unique(frame)
    if len(levels) <= DEGREES_OF_FREEDOM + 1:
        columns = [np.ones_like(x), *((x == level).astype(np.float64) for level in levels[1:])]
        return np.stack(columns, axis=1)
    from statsmodels.gam.api import BSplines

    low, high = float(frame.min()), float(frame.max())
    ends = [{"lower_bound": low, "upper_bound": high}]
    spline = BSplines(frame, df=[DEGREES_OF_FREEDOM + 1], degree=[3], knot_kwds=ends)
    columns = spline.transform(np.clip(x, low, high)[:, None])
    return np.column_stack([np.ones(len(x)), columns])


@dataclass(frozen=True)
class Curve:
    """A fitted curve at ``at`` [P] with the pointwise interval of its mean."""

    at: Floats
    mean: Floats
    low: Floats
    high: Floats


def fit(values: ArrayLike, response: ArrayLike) -> tuple[RegressionResults, Floats]:
    """Return the fitted model (statsmodels OLS, heteroscedasticity-robust covariance HC3) and its fitted values."""
    import statsmodels.api as sm

    model = sm.OLS(np.asarray(response, dtype=np.float64), basis(values)).fit(cov_type="HC3")
    return model, np.asarray(model.fittedvalues)


def curve(values: ArrayLike, response: ArrayLike, points: int = 201, level: float = 0.95) -> Curve:
    """Return the mean of ``response`` [D] as a smooth function of ``values`` [D], over the range of the draws.

    ``level`` is that of the pointwise interval.

    Raises
    ------
    ValueError
        With fewer than MINIMUM_DRAWS draws.
    """
    x = np.asarray(values, dtype=np.float64)
    if len(x) < MINIMUM_DRAWS:
        raise ValueError(f"{len(x)} draws are too few for a curve: at least {MINIMUM_DRAWS} are needed")
    model, _ = fit(x, response)
    levels = np.unique(x)
    at = levels if len(levels) <= DEGREES_OF_FREEDOM + 1 else np.linspace(x.min(), x.max(), points)
    found = model.get_prediction(basis(at, x)).summary_frame(alpha=1 - level)
    return Curve(at, *(found[name].to_numpy() for name in ("mean", "mean_ci_lower", "mean_ci_upper")))
