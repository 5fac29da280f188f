"""Whether a posterior is still of this model: some of its draws run again, against what they gave when it was made."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from diffusion.calibration.curves import seed_of
from diffusion.calibration.evidence_world import own_id
from diffusion.calibration.inputs import evidence_settings
from diffusion.calibration.predicted import places, predict
from diffusion.ensemble.posterior import Posterior
from diffusion.evidence.reading import NamedSeries
from diffusion.progress import Report, silent

#: draws that are run again, runs of each
DRAWS, REPLICATES = 50, 2
#: a mean that has moved by more is another model's
MOST_MOVED = 0.03
#: an effect that moves by less is chance
LEAST_EFFECT = 0.005


def point_means(
    posterior: Posterior, evidence: Sequence[NamedSeries], jobs: int | None = None, report: Report = silent
) -> dict[str, float]:
    """Return, by point of the evidence, the mean share or effect over draws spread evenly over the posterior."""
    number = min(DRAWS, len(posterior))
    ids = {item.id: own_id(item) or item.id for item in evidence}
    total = np.zeros(len(places(evidence)))
    for n in range(number):
        draw = n * len(posterior) // number
        settings: dict[str, object] = {"parameters.relevance.limited": True, **evidence_settings(posterior, draw, ids)}
        total += predict(evidence, settings, REPLICATES, seed_of(1, draw), jobs).mean(axis=0)
        report("Running", n + 1, number)
    return {place.label: round(float(value / number), 12) for place, value in zip(places(evidence), total)}


def moved(posterior: Posterior, now: dict[str, float], evidence: Sequence[NamedSeries]) -> dict[str, float]:
    """Return the points whose mean has moved, with by how much: by more than :data:`MOST_MOVED`, or an effect by more
    than a fifth of itself.
    """
    before = posterior.facts["guard"]
    effects = {place.label for place in places(evidence) if place.point.effect is not None}

    def most(name: str) -> float:
        return min(MOST_MOVED, max(LEAST_EFFECT, 0.2 * abs(before[name]))) if name in effects else MOST_MOVED

    return {name: now[name] - before[name] for name in before if abs(now[name] - before[name]) > most(name)}


def other_evidence(posterior: Posterior, evidence: Sequence[NamedSeries]) -> list[str]:
    """Return the ids of the series that a posterior was fitted with and that are others now, or are not there."""
    now = {item.id: item.sha256 for item in evidence}
    return [name for name, content in posterior.facts["evidence"].items() if now.get(name) != content]
