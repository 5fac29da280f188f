"""The scorecard's gap: how far a trust is behind the rollout published for the innovations on the scorecard.

``gap_i = max(0, mean over k of (published rollout_k - r_ik))`` over the listed innovations that trust i can use and
that were live when the data were collected. A listed innovation is one for which a lever writes a weight bG; T2 is
multiplied by ``exp(bG gap_i)``. What was published for the last quarter holds: it is 24 months old when it comes out.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from diffusion.engine.kernels.frame import frame
from diffusion.engine.kernels.jit import inline, phase_kernel
from diffusion.engine.stages import ROLLOUT, SUSTAINED
from diffusion.engine.state import at

if TYPE_CHECKING:
    from diffusion.engine.calendar import Month
    from diffusion.engine.kernels.frame import Frame
    from diffusion.engine.kernels.frame_view import FrameView
    from diffusion.engine.terms import Terms

#: months between a quarter and its publication on the scorecard
PUBLICATION_LAG_MONTHS = 24
#: the scorecard comes out in January, April, July and October, and holds until the next
PUBLICATION_EVERY_MONTHS = 3
#: months of rollout that must be kept for it
PUBLICATION_KEPT_MONTHS = PUBLICATION_LAG_MONTHS + PUBLICATION_EVERY_MONTHS - 1


def set_published(frame: Frame, terms: Terms, counted: Sequence[np.ndarray], month: Month) -> None:
    """Hand the kernels the rollout that is published in ``month``, and the month of the run it was counted in.

    ``counted`` is the rollout of past months, float64[R, K] each, the last one last.
    """
    age = PUBLICATION_LAG_MONTHS + (month.month - 1) % PUBLICATION_EVERY_MONTHS
    frame["publishing"] = len(counted) >= age and bool(terms.value("scorecard_gap").any())
    if frame["publishing"]:
        frame["published"], frame["published_month"] = counted[-age], frame["month"] - age


@phase_kernel
def scorecard_gaps(address):
    """Write the gap of every trust, and the largest of each AHSN."""
    c = frame(address)
    if not c.publishing:
        return
    n_trusts, n_innovations = c.gap.shape[1], c.published.shape[1]
    counted = c.s_innovation_int[0]
    same_for_all = c.x_scorecard_gap.shape[1] == 1
    for r in range(c.first, c.last):
        for a in range(c.top_gap.shape[1]):
            c.top_gap[r, a] = 0.0
        n_counted = 0
        for k in range(n_innovations):
            if c.live[r, k] < c.published_month and not (same_for_all and at(c.x_scorecard_gap, r, 0, k) == 0.0):
                counted[n_counted] = k
                n_counted += 1
        for i in range(n_trusts):
            behind, number = 0.0, 0
            for n in range(n_counted):
                k = counted[n]
                if not c.eligible[i, k] or not (same_for_all or at(c.x_scorecard_gap, r, i, k) != 0.0):
                    continue
                stage = c.stage[r, i, k]  # most pairs have no rollout: only the others' records are read
                share = c.rollout[r, i, k] if stage == ROLLOUT or stage == SUSTAINED else 0.0
                behind += c.published[r, k] - share
                number += 1
            c.gap[r, i] = max(0.0, behind / max(1, number))
            c.top_gap[r, c.ahsn[i]] = max(c.top_gap[r, c.ahsn[i]], c.gap[r, i])


@inline
def gap_factor(c: FrameView, r, i, k):
    """``exp(bG gap_i)``, the factor of T2."""
    weight = at(c.x_scorecard_gap, r, i, k)
    return math.exp(weight * c.gap[r, i]) if weight != 0.0 else 1.0


@inline
def gap_factor_most(c: FrameView, r, a):
    """The largest factor among the members of an AHSN, whatever the innovation."""
    weight = at(c.top_scorecard_gap, r, a, 0)
    return math.exp(weight * c.top_gap[r, a]) if weight > 0.0 else 1.0


def make_gaps(n_replicates: int, n_trusts: int, n_ahsns: int, n_innovations: int) -> dict[str, np.ndarray]:
    """Return the frame's fields of this file before anything was published."""
    return {
        "gap": np.zeros((n_replicates, n_trusts)),
        "top_gap": np.zeros((n_replicates, n_ahsns)),
        "published": np.zeros((n_replicates, n_innovations)),
    }
