"""Whether a posterior is still of this model: some of its draws run again, against what they gave when it was made."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from diffusion.calibration.curves import seed_of
from diffusion.calibration.posterior import Posterior
from diffusion.calibration.predicted import places, predict
from diffusion.evidence.reading import NamedSeries
from diffusion.progress import Report, silent

#: draws that are run again, runs of each
DRAWS, REPLICATES = 50, 2
#: a mean that has moved by more is another model's
MOST_MOVED = 0.03


def point_means(
    posterior: Posterior, evidence: Sequence[NamedSeries], jobs: int | None = None, report: Report = silent
) -> dict[str, float]:
    """Return, by point of the evidence, the mean share or effect over draws spread evenly over the posterior."""
    number = min(DRAWS, len(posterior))
    ids = {item.id for item in evidence}
    total = np.zeros(len(places(evidence)))
    for n in range(number):
        draw = n * len(posterior) // number
        settings: dict[str, object] = {"parameters.relevance.limited": True, **posterior.evidence_settings(draw, ids)}
        total += predict(evidence, settings, REPLICATES, seed_of(1, draw), jobs).mean(axis=0)
        report("Running", n + 1, number)
    return {place.label: round(float(value / number), 12) for place, value in zip(places(evidence), total)}


def moved(posterior: Posterior, now: dict[str, float]) -> dict[str, float]:
    """Return the points whose mean has moved by more than :data:`MOST_MOVED`, with by how much."""
    before = posterior.facts["guard"]
    return {name: now[name] - before[name] for name in before if abs(now[name] - before[name]) > MOST_MOVED}
