"""From the event history of a simulated run to the tables of this room: one innovation and replicate at a time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from diffusion.analysis.observed.times import Adoption, adoption_table
from diffusion.engine.stages import ADOPTER_STAGES


def adoption_from_events(
    events: NDArray[np.void],
    codes: Sequence[str],
    innovation: int,
    replicate: int,
    months: int,
    *,
    opening: ArrayLike,
    eligible: ArrayLike,
    live_month: int = 0,
    stages: Sequence[int] = ADOPTER_STAGES,
) -> Adoption:
    """Return when each eligible trust first came into one of ``stages``, as months 1 to ``months`` of the run.

    Parameters
    ----------
    events: the moves of a run kept with ``events=True`` (``Results.events``; see ``month.recorder.EVENT_DTYPE``)
    codes: of all N trusts, in the order of the world
    innovation, replicate: its position in the world, and the number of the replicate
    opening: stage of every trust at the opening [N], which no move tells
        (:func:`diffusion.experiments.running.opening_stages.opening_stages`)
    eligible: bool[N]
    live_month: months from the start to when it is on the market; nobody is at risk before

    Raises
    ------
    ValueError
        If the innovation comes on the market after the run.
    """
    if live_month >= months:
        raise ValueError(f"the innovation comes on the market in month {live_month} of {months}")
    chosen = np.isin(events["to_stage"], stages) & (events["innovation"] == innovation)
    chosen &= events["replicate"] == replicate
    trust, month = events["trust"][chosen].astype(np.int64), events["month"][chosen].astype(np.float64)
    time = np.full(len(codes), np.inf)
    np.minimum.at(time, trust, month)
    already = np.isin(np.asarray(opening), stages)
    rows = np.flatnonzero(np.asarray(eligible, dtype=bool)).tolist()
    return adoption_table(
        [codes[i] for i in rows],
        np.where(np.isfinite(time), time, np.nan)[rows],
        live_month + 1,
        months,
        already=already[rows],
    )
