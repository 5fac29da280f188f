"""Times of adoption of one innovation, and what they say alone: curve, hazard with at-risk counts, classes of adopters.

Time is counted in whole periods (months or years). An organisation that adopts in period t is at risk in t and is an
adopter from the end of t on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from diffusion.analysis.results.intervals import Z95, poisson_interval, wilson
from diffusion.arrays import Bools, Floats, Longs

ROGERS: tuple[str, ...] = ("innovator", "early adopter", "early majority", "late majority", "laggard")
NON_ADOPTER = "non-adopter"
#: Those who had adopted before observation began: when, nobody saw.
BEFORE = "adopted before"


@dataclass(frozen=True, eq=False)
class Adoption:
    """Adoption of one innovation by N organisations, sorted by code, over the periods ``first`` to ``last``.

    ``time`` float64[N] is the period of adoption, NaN where none was seen (right-censored). ``entry`` and ``exit``
    int64[N] are the first and last period in which the organisation was observed and could adopt. ``already`` marks
    those that used the innovation when observation began (left-censored): they count as adopters from the start and
    are never at risk. Build it with :func:`adoption_table`.
    """

    codes: tuple[str, ...]
    time: Floats
    entry: Longs
    exit: Longs
    already: Bools
    first: int
    last: int

    def __len__(self) -> int:
        return len(self.codes)

    @property
    def periods(self) -> Longs:
        """int64[T]: first to last."""
        return np.arange(self.first, self.last + 1, dtype=np.int64)

    @property
    def adopted(self) -> Bools:
        """bool[N]: seen to adopt, or already an adopter at the start."""
        return np.isfinite(self.time)

    @property
    def event(self) -> Bools:
        """bool[N]: seen to adopt while at risk."""
        return self.adopted & ~self.already

    @property
    def until(self) -> Longs:
        """int64[N]: last period at risk (that of adoption, or of observation)."""
        return np.where(self.event, np.nan_to_num(self.time), self.exit).astype(np.int64)

    @property
    def own_column(self) -> Longs:
        """int64[N]: the column of each one's time of adoption in arrays [N, T]; 0 where it has none."""
        since = np.nan_to_num(self.time, nan=self.first) - self.first
        return np.where(self.adopted, since, 0).astype(np.int64)

    def adopters(self) -> Bools:
        """bool[N, T]: adopter at the end of each period."""
        return self.time[:, None] <= self.periods[None, :]

    def at_risk(self) -> Bools:
        """bool[N, T]: observed, and no adopter at the beginning of the period."""
        t = self.periods[None, :]
        return (t >= self.entry[:, None]) & (t <= self.until[:, None]) & ~self.already[:, None]

    def select(self, keep: Bools) -> Adoption:
        """Return the organisations marked by ``keep`` bool[N]."""
        rows = np.flatnonzero(keep)
        return Adoption(
            tuple(self.codes[i] for i in rows),
            self.time[rows],
            self.entry[rows],
            self.exit[rows],
            self.already[rows],
            self.first,
            self.last,
        )


def adoption_table(
    codes: Sequence[str],
    time: ArrayLike,
    first: int | None = None,
    last: int | None = None,
    *,
    entry: ArrayLike | None = None,
    exit: ArrayLike | None = None,
    already: ArrayLike | None = None,
) -> Adoption:
    """Return an :class:`Adoption` sorted by code.

    Parameters
    ----------
    time: period of adoption, NaN where none was seen
    first, last: periods observed; default: the first and last period of adoption
    entry, exit: first and last period of each organisation; default: ``first`` and ``last``
    already: in use when observation began; ``time`` of those is set to ``first``

    Raises
    ------
    ValueError
        For codes given twice, times that are no whole periods or outside the organisation's own periods, and empty
        spans.
    """
    names = [str(code) for code in codes]
    n = len(names)
    t = np.array(time, dtype=np.float64).reshape(n)
    started = np.zeros(n, dtype=bool) if already is None else np.array(already, dtype=bool).reshape(n)
    seen = t[np.isfinite(t)]
    if first is None or last is None:
        if not len(seen):
            raise ValueError("without any adoption the first and last period must be given")
        first = int(seen.min()) if first is None else first
        last = int(seen.max()) if last is None else last
    start = np.full(n, first) if entry is None else np.array(entry, dtype=np.int64).reshape(n)
    end = np.full(n, last) if exit is None else np.array(exit, dtype=np.int64).reshape(n)
    t = np.where(started, float(first), t)
    if len(set(names)) < n:
        raise ValueError("an organisation is given twice")
    if last < first or np.any(end < start) or np.any(start < first) or np.any(end > last):
        raise ValueError(f"spans of observation must be ordered and lie in {first} to {last}")
    event = np.isfinite(t) & ~started
    if np.any(t[event] != np.floor(t[event])):
        raise ValueError("times of adoption are whole periods")
    if np.any((t[event] < start[event]) | (t[event] > end[event])):
        raise ValueError("a time of adoption lies outside the periods in which the organisation was observed")
    order = np.array(sorted(range(n), key=names.__getitem__), dtype=np.int64)
    return Adoption(
        tuple(names[i] for i in order),
        t[order],
        start[order].astype(np.int64),
        end[order].astype(np.int64),
        started[order],
        int(first),
        int(last),
    )


class Curve(NamedTuple):
    """The adoption curve, one entry a period; all arrays [T].

    ``new`` and ``cumulative`` count adopters seen (those already there at the start are in ``cumulative``).
    ``at_risk`` and ``hazard`` = new / at_risk (NaN where nobody is at risk), with the 95 % interval of Wilson (1927).
    ``share`` is 1 minus the product-limit estimate (Kaplan & Meier 1958) of the share not yet adopting, among those
    not adopters at the start, with its 95 % interval on the scale log(-log) (Greenwood 1926; Kalbfleisch & Prentice
    1980): unlike cumulative over N it allows for organisations that are observed late or only for a while.
    """

    period: Longs
    new: Longs
    cumulative: Longs
    at_risk: Longs
    hazard: Floats
    hazard_low95: Floats
    hazard_high95: Floats
    share: Floats
    share_low95: Floats
    share_high95: Floats


def adoption_curve(adoption: Adoption) -> Curve:
    """Return counts, hazard and share by period.

    Packages differ over the first period: where all of its adopters are taken as given ("seeds"), as netdiffuseR does,
    its hazard is 0; mark them ``already`` to get that.
    """
    periods = adoption.periods
    risk = adoption.at_risk().sum(axis=0).astype(np.int64)
    when = np.where(adoption.event, np.nan_to_num(adoption.time), adoption.first - 1).astype(np.int64)
    new = np.bincount(when[adoption.event] - adoption.first, minlength=len(periods)).astype(np.int64)
    cumulative = np.cumsum(new) + int(adoption.already.sum())
    with np.errstate(invalid="ignore", divide="ignore"):
        hazard = np.where(risk > 0, new / risk, np.nan)
        low, high = wilson(new, risk)
        step = np.where(risk > 0, 1.0 - new / np.maximum(risk, 1), 1.0)
        stay = np.cumprod(step)
        greenwood = np.cumsum(np.where(risk > new, new / (risk * np.maximum(risk - new, 1.0)), 0.0))
        error = np.sqrt(greenwood) / np.abs(np.log(stay))
        low_stay, high_stay = stay ** np.exp(Z95 * error), stay ** np.exp(-Z95 * error)
    inner = (stay < 1) & (stay > 0)
    share_low = np.where(inner, 1 - high_stay, np.where(stay >= 1, 0.0, np.nan))
    share_high = np.where(inner, 1 - low_stay, np.where(stay >= 1, np.nan, 1.0))
    return Curve(
        periods, new, cumulative, risk, hazard, low, high, np.asarray(1 - stay, dtype=np.float64), share_low, share_high
    )


def adopter_classes(adoption: Adoption) -> tuple[str, ...]:
    """Return each organisation's class after Rogers (2003): bounds at the mean of times and 1 and 2 SD before it.

    innovator: t < mean - 2 SD; early adopter: before mean - SD; early majority: before the mean; late majority: before
    mean + SD; laggard: from there on. SD has divisor n - 1, as in netdiffuseR, which has four classes: its early
    adopters hold the innovators (Valente 1995). Those not seen to adopt are ``non-adopter``: the classes are relative
    to the adopters so far and move as more adopt. Those who had adopted before observation are in no class, and their
    times, which nobody saw, in no mean: they are ``adopted before``.
    """
    times = adoption.time[adoption.event]
    result = np.full(len(adoption), NON_ADOPTER, dtype=object)
    if len(times):
        mean = times.mean()
        sd = times.std(ddof=1) if len(times) > 1 else 0.0
        bounds = mean + sd * np.array([-2.0, -1.0, 0.0, 1.0])
        result[adoption.event] = np.array(ROGERS, dtype=object)[np.searchsorted(bounds, times, side="right")]
    result[adoption.already] = BEFORE
    return tuple(result.tolist())


class LogRank(NamedTuple):
    """Observed and expected adoptions by group, their ratio with an interval, and the test that all hazards are equal.

    Arrays [G]. ``low95`` and ``high95`` are exact Poisson intervals (Garwood 1936) of observed / expected.
    """

    groups: tuple[str, ...]
    organisations: Longs
    observed: Longs
    expected: Floats
    ratio: Floats
    low95: Floats
    high95: Floats
    chi2: float
    degrees_of_freedom: int
    p_value: float


def log_rank(adoption: Adoption, group: Sequence[str]) -> LogRank:
    """Compare groups by the log-rank test (Mantel 1966) with hypergeometric variance for ties.

    In every period each group expects adoptions in proportion to its organisations at risk; late entry and early exit
    are allowed for.
    """
    from scipy.stats import chi2 as chi2_distribution

    names = tuple(sorted(set(group)))
    member = np.array(names)[:, None] == np.array(group)[None, :]
    risk = member @ adoption.at_risk().astype(np.float64)
    event = adoption.event[:, None] & (adoption.time[:, None] == adoption.periods[None, :])
    seen = member @ event.astype(np.float64)
    d, n = seen.sum(axis=0), risk.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        part = np.where(n > 0, risk / n, 0.0)
        scale = np.where(n > 1, d * (n - d) / (n - 1), 0.0)
    expected = (part * d).sum(axis=1)
    covariance = np.diag((part * scale).sum(axis=1)) - (part * scale) @ part.T
    rows = np.flatnonzero(np.diag(covariance) > 1e-12)
    kept = rows[:-1]
    difference = (seen.sum(axis=1) - expected)[kept]
    chi2 = float(difference @ np.linalg.pinv(covariance[np.ix_(kept, kept)]) @ difference) if len(kept) else np.nan
    observed = seen.sum(axis=1)
    low, high = poisson_interval(observed)
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio, low, high = (np.where(expected > 0, value / expected, np.nan) for value in (observed, low, high))
    p_value = float(chi2_distribution.sf(chi2, len(kept))) if len(kept) else float("nan")
    return LogRank(
        names,
        member.sum(axis=1).astype(np.int64),
        observed.astype(np.int64),
        expected,
        ratio,
        low,
        high,
        chi2,
        len(kept),
        p_value,
    )
