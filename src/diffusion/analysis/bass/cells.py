"""Observed times of adoption as cells of equal organisations: what the likelihood of a Bass curve is a function of.

Adopters before observation began enter in one of two ways, and those at risk always in the same. Where it is known
when the innovation could first be had, they adopted between then and the beginning, and the others had not by then.
Where it is not known, time runs from the beginning of observation, and the share F(0) of the market that had adopted by
then is one more thing to estimate: it is the number of those adopters that tells it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from diffusion.analysis.observed.times import Adoption
from diffusion.arrays import Floats, Longs


@dataclass(frozen=True, eq=False)
class Times:
    """Cells of equal organisations; arrays of the same length, times in periods since the origin.

    ``start`` is the time from which on they were observed; ``kind`` 1: adoption in (``begin``, ``end``]; 0: none by
    ``end``. ``number`` says how many. ``already`` had adopted by time 0. Those with a ``start`` above 0 count given
    that they had not adopted by then; all others from the beginning of the curve.
    ``at_entry`` had adopted when their own observation began, later than that of others: given that, they say nothing
    more, as those who enter late without having adopted count given that. ``conditional``: the population is unknown,
    only adopters by ``horizon`` are seen.
    """

    start: Floats
    begin: Floats
    end: Floats
    kind: Longs
    number: Floats
    horizon: float
    conditional: bool = False
    already: float = 0.0
    at_entry: float = 0.0

    @property
    def adopters(self) -> float:
        """All that have adopted, those before time 0 too."""
        return float(self.number[self.kind == 1].sum()) + self.already + self.at_entry

    @property
    def population(self) -> float:
        """All organisations."""
        return float(self.number.sum()) + self.already + self.at_entry


def times_of(adoption: Adoption, origin: int | None = None) -> Times:
    """Return the cells of an adoption table; time 0 is the end of period ``origin``.

    Default origin: the period before the first adoption seen, or the one before observation began where some had
    adopted by then. Organisations whose observation ends by the origin say nothing and are left out. Those observed
    from the table's first period on had not adopted before it: where there are adopters before and ``origin`` is
    earlier, that counts; else, and for those who enter later, the likelihood is conditional on their state at entry:
    whether they had adopted by then or not. Those who leave count as not adopting by then.

    Raises
    ------
    ValueError
        If an adoption was seen in or before the origin.
    """
    seen = adoption.time[adoption.event]
    late = adoption.already & (adoption.entry > adoption.first)
    already, at_entry = int((adoption.already & ~late).sum()), int(late.sum())
    if not len(seen) and not already:
        raise ValueError("nobody has adopted")
    if origin is None:
        origin = adoption.first - 1 if already else int(seen.min()) - 1
    if len(seen) and seen.min() <= origin:
        raise ValueError(f"adoptions were seen by period {origin}, the origin of the curve")
    if already and origin > adoption.first - 1:
        raise ValueError(f"{already} had adopted by period {adoption.first - 1}, before the origin of the curve")
    dated = already > 0 and origin < adoption.first - 1  # when those before adopted is known to lie in a span
    start = np.maximum(adoption.entry - 1 - origin, 0)
    if dated:
        start = np.where(adoption.entry == adoption.first, 0, start)
    end = adoption.until - origin
    kind = adoption.event.astype(np.int64)
    keep = (end > 0) & ~adoption.already
    cells = np.stack([start, np.where(kind == 1, end - 1, 0), end, kind], axis=1)[keep]
    unique, number = np.unique(cells, axis=0, return_counts=True)
    if dated:
        unique = np.vstack([unique, [0, 0, adoption.first - 1 - origin, 1]])
        number = np.append(number, already)
    return Times(
        unique[:, 0].astype(float),
        unique[:, 1].astype(float),
        unique[:, 2].astype(float),
        unique[:, 3].astype(np.int64),
        number.astype(float),
        float(adoption.last - origin),
        already=0.0 if dated else float(already),
        at_entry=float(at_entry),
    )


def times_of_counts(
    new: ArrayLike,
    population: float | None = None,
    *,
    ends: ArrayLike | None = None,
    already: float = 0.0,
    already_since: float = 0.0,
) -> Times:
    """Return the cells of counts of new adopters in periods 1 to T, out of a ``population`` if that is known.

    Parameters
    ----------
    ends: times at which the intervals of ``new`` end, where those are not periods 1 to T
    already: adopters before the first interval
    already_since: where above 0, the origin lies so many periods before the first interval, and those ``already``
        there adopted in between; ``ends`` count from the origin too
    """
    counts = np.asarray(new, dtype=np.float64)
    stops = np.arange(1.0, len(counts) + 1) + already_since if ends is None else np.asarray(ends, dtype=np.float64)
    stops = np.asarray(stops, dtype=np.float64)
    begins = np.concatenate([[already_since], stops[:-1]])
    if already and already_since:
        counts = np.concatenate([[already], counts])
        begins, stops = np.concatenate([[0.0], begins]), np.concatenate([[already_since], stops])
        already = 0.0
    horizon, total = float(stops[-1]), float(counts.sum()) + already
    kinds = np.ones(len(counts), np.int64)
    if population is None:
        return Times(np.zeros_like(stops), begins, stops, kinds, counts, horizon, True, already)
    if population < total:
        raise ValueError(f"{total:g} adopters in a population of {population:g}")
    return Times(
        np.zeros(len(stops) + 1),
        np.append(begins, 0.0),
        np.append(stops, horizon),
        np.append(kinds, 0),
        np.append(counts, population - total),
        horizon,
        already=already,
    )
