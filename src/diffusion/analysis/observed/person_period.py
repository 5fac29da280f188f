"""The person-period table: one row for every organisation and period at risk, and the hazard regression on it.

Discrete-time event history analysis (Allison 1982; Singer & Willett 1993). Organisations enter with their first period
at risk and leave with adoption or the end of their observation, so right-censoring and late entry need nothing more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from diffusion.analysis.observed.times import Adoption
from diffusion.analysis.results.intervals import Z95
from diffusion.arrays import Bools, Floats, Ints, Longs

if TYPE_CHECKING:
    import pandas as pd


#: A column of the table: one number a row, or labels as (codes, names).
Column: TypeAlias = NDArray[np.generic] | tuple[Ints, tuple[str, ...]]
#: Forms of the baseline hazard over time.
BASELINES: tuple[str, ...] = ("constant", "linear", "quadratic", "log", "periods")


@dataclass(frozen=True, eq=False)
class PersonPeriod:
    """Rows by organisation, then period: arrays of one length.

    ``row`` is the organisation's row in the adoption table, ``period`` the period, ``event`` whether it adopts in it.
    ``exposure`` holds lagged exposure by layer, ``covariates`` what was given by organisation.
    """

    codes: tuple[str, ...]
    row: Longs
    period: Longs
    event: Bools
    exposure: dict[str, Floats]
    covariates: dict[str, Floats]
    first: int

    def __len__(self) -> int:
        return len(self.row)

    def columns(self) -> dict[str, Column]:
        """Return the table as columns."""
        named = {f"exposure_{name}": values for name, values in self.exposure.items()}
        return {
            "code": (self.row.astype(np.int32), self.codes),
            "period": self.period,
            "at_risk": np.ones(len(self), int),
            "event": self.event.astype(np.int8),
            **named,
            **self.covariates,
        }

    def frame(self) -> pd.DataFrame:
        """Return the table as a frame."""
        import pandas as pd

        return pd.DataFrame(self.columns() | {"code": np.array(self.codes)[self.row]})


def person_period_table(
    adoption: Adoption, exposures: Mapping[str, Floats] | None = None, covariates: Mapping[str, ArrayLike] | None = None
) -> PersonPeriod:
    """Return the rows at risk. ``exposures`` are [N, T] by layer (see ``analysis/networks/exposures.py``);
    ``covariates`` are [N], or [N, T] where they change over time.

    Raises
    ------
    ValueError
        For arrays of another shape.
    """
    row, column = np.nonzero(adoption.at_risk())
    shape = (len(adoption), len(adoption.periods))
    chosen: dict[str, Floats] = {}
    for name, values in (exposures or {}).items():
        if values.shape != shape:
            raise ValueError(f"exposure '{name}' has shape {values.shape}, expected {shape}")
        chosen[name] = np.asarray(values, dtype=np.float64)[row, column]
    given: dict[str, Floats] = {}
    for name, covariate in (covariates or {}).items():
        array = np.asarray(covariate, dtype=np.float64)
        if array.shape not in (shape, shape[:1]):
            raise ValueError(f"covariate '{name}' has shape {array.shape}, expected {shape[:1]} or {shape}")
        given[name] = array[row] if array.ndim == 1 else array[row, column]
    period = adoption.periods[column]
    event = adoption.event[row] & (adoption.time[row] == period)
    return PersonPeriod(adoption.codes, row, period, event, chosen, given, adoption.first)


@dataclass(frozen=True)
class HazardRegression:
    """Effects on the hazard: ``ratio`` by term (hazard ratios for cloglog, odds ratios for logit), 95 % intervals.

    ``rows`` used, ``events`` among them, ``dropped`` rows with a missing value; ``exposures`` are the terms that are
    exposures; ``notes`` for what a reader must know.
    """

    link: str
    baseline: str
    terms: tuple[str, ...]
    coefficient: Floats
    standard_error: Floats
    ratio: Floats
    low95: Floats
    high95: Floats
    p_value: Floats
    rows: int
    events: int
    dropped: int
    log_likelihood: float
    exposures: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def fit_hazard(
    table: PersonPeriod,
    terms: Sequence[str] | None = None,
    *,
    link: str = "cloglog",
    baseline: str = "quadratic",
    cluster: ArrayLike | None = None,
    strata: ArrayLike | None = None,
) -> HazardRegression:
    """Fit ``g(h_it) = baseline(t) + sum gamma_l E_ilt + beta z_it`` by maximum likelihood (a binomial GLM).

    Parameters
    ----------
    terms: names of exposures and covariates; default: all. Those that do not vary in the rows at risk are left out.
    link: "cloglog", whose coefficients are log hazard ratios of the process in continuous time, or "logit"
    baseline: one of BASELINES; "periods" gives every period an intercept of its own, and drops the rows of periods in
        which nobody or everybody at risk adopts, which say nothing about ratios
    cluster: labels by organisation [N]: standard errors robust to dependence within them; else model-based (an
        organisation's periods are independent given that it had not adopted). With few clusters such errors are too
        small; the normal limits are widened to Student's t with clusters - 1 degrees of freedom, and ``notes`` tells of
        fewer than 20.
    strata: labels by organisation [N]: every stratum gets an intercept of its own, so that terms are compared within
        strata. Those without an adoption, or without anything else, say nothing and are dropped; so are terms that do
        not vary within them.

    Raises
    ------
    ValueError
        For unknown names, or where the fit does not converge.
    """
    import warnings

    import statsmodels.api as sm

    if link not in ("cloglog", "logit"):
        raise ValueError(f"unknown link {link!r}: cloglog or logit")
    if baseline not in BASELINES:
        raise ValueError(f"unknown baseline {baseline!r}: one of {', '.join(BASELINES)}")
    columns = {**table.exposure, **table.covariates}
    names = list(columns) if terms is None else list(terms)
    for name in names:
        if name not in columns:
            raise ValueError(f"'{name}' is neither an exposure nor a covariate of the table")
    whole = (
        np.all(np.isfinite(np.stack([columns[name] for name in names])), axis=0) if names else np.ones(len(table), bool)
    )
    dropped = int((~whole).sum())
    stratum = None if strata is None else np.unique(np.asarray(strata), return_inverse=True)[1][table.row]
    own = [cells for cells in (table.period if baseline == "periods" else None, stratum) if cells is not None]
    whole = _telling(table.event, whole, own)
    notes = []
    varying = [name for name in names if _varies(columns[name][whole], None if stratum is None else stratum[whole])]
    if left_out := [name for name in names if name not in varying]:
        where = "in all rows" if stratum is None else "in all rows of a stratum"
        notes.append(f"left out, the same {where}: {', '.join(left_out)}")
    if not varying:
        raise ValueError("no exposure or covariate varies among those at risk")
    event = table.event[whole].astype(np.float64)
    if event.sum() < len(varying) + 2:
        raise ValueError(f"{int(event.sum())} adoptions are too few for {len(varying)} terms")
    base = _baseline(table.period[whole], table.first, baseline)
    if stratum is not None:
        others = np.unique(stratum[whole])[1:]  # the first stratum is in the baseline
        base = np.column_stack([base, stratum[whole][:, None] == others[None, :]]).astype(np.float64)
    design = np.column_stack([base, *(columns[name][whole] for name in varying)])
    family = sm.families.Binomial(sm.families.links.CLogLog() if link == "cloglog" else sm.families.links.Logit())
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        options: dict[str, object] = {}
        reach = Z95
        if cluster is not None:
            groups = np.unique(np.asarray(cluster)[table.row[whole]], return_inverse=True)[1]
            options = {"cov_type": "cluster", "cov_kwds": {"groups": groups}}
            reach, clusters = _reach(int(groups.max()) + 1)
            notes += clusters
        try:
            fit = sm.GLM(event, design, family=family).fit(maxiter=200, tol=1e-10, **options)
        except (np.linalg.LinAlgError, ValueError) as error:
            raise ValueError(f"the hazard regression cannot be fitted: {error}") from None
    if not fit.converged or not np.all(np.isfinite(fit.bse)):
        raise ValueError("the hazard regression does not converge; try fewer terms or a simpler baseline")
    first = base.shape[1]
    b, se = np.asarray(fit.params)[first:], np.asarray(fit.bse)[first:]
    # of what statsmodels told: convergence is judged above, by its own flag; separation is said here, in our words
    separated = any(item.category.__name__ == "PerfectSeparationWarning" for item in told)
    if separated or np.any(np.abs(b) > 15) or np.any(se > 50):
        notes.append("a term separates adopters from the others: its ratio is not to be used")
    with np.errstate(over="ignore"):
        return HazardRegression(
            link,
            baseline,
            tuple(varying),
            b,
            se,
            np.exp(b),
            np.exp(b - reach * se),
            np.exp(b + reach * se),
            np.asarray(fit.pvalues)[first:] if reach == Z95 else _p_values(b / se, groups),
            int(whole.sum()),
            int(event.sum()),
            dropped,
            float(fit.llf),
            tuple(table.exposure),
            tuple(notes),
        )


def _telling(event: Bools, rows: Bools, cells: Sequence[Longs]) -> Bools:
    """Return ``rows`` without those of cells (periods, strata) in which nobody or everybody at risk adopts.

    Such a cell takes an intercept without end and says nothing of ratios; dropping one may make another such.
    """
    rows = rows.copy()
    while True:
        before = int(rows.sum())
        for cell in cells:
            rows &= np.isin(cell, np.intersect1d(cell[rows & event], cell[rows & ~event]))
        if int(rows.sum()) == before:
            return rows


def _varies(values: Floats, stratum: Longs | None) -> bool:
    """Whether a term differs among rows; with strata, among the rows of one stratum."""
    if not len(values):
        return False
    if stratum is None:
        return bool(np.ptp(values) > 0)
    order = np.lexsort((values, stratum))
    same = stratum[order][1:] == stratum[order][:-1]
    return bool(np.any(values[order][1:][same] > values[order][:-1][same]))


def _reach(clusters: int) -> tuple[float, list[str]]:
    """Return how many robust standard errors a 95 % interval reaches, and what is to be said of few clusters."""
    from scipy.stats import t

    if clusters < 2:
        raise ValueError("standard errors by cluster need two clusters or more")
    few = [f"standard errors rest on {clusters} clusters, and are uncertain themselves"] if clusters < 20 else []
    return float(t.ppf(0.975, clusters - 1)), few


def _p_values(ratio: Floats, groups: Longs) -> Floats:
    from scipy.stats import t

    return np.asarray(2 * t.sf(np.abs(ratio), int(groups.max())))


def _baseline(period: Longs, first: int, form: str) -> Floats:
    if form == "periods":
        return np.asarray(period[:, None] == np.unique(period)[None, :], dtype=np.float64)
    t = (period - first + 1).astype(np.float64)
    t = t / t.max()
    parts = {"constant": [], "linear": [t], "quadratic": [t, t**2], "log": [np.log(t)]}[form]
    return np.column_stack([np.ones_like(t), *parts])
