"""What is fitted to: each point of the evidence on the scale on which it is compared.

Shares are compared in logits, a count of k in n as ``(k + 1/2) / (n + 1)``; effects as they are. The error of a count
in logits is that of the binomial, ``1 / sqrt(n p (1 - p))``: what chance and discrepancy add is the model's.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.special import logit

from diffusion.arrays import Floats
from diffusion.calibration.evidence_world import last_month, own_id
from diffusion.calibration.predicted import Place, columns, places
from diffusion.evidence.reading import NamedSeries
from diffusion.experiments.study.schema import Watch
from diffusion.scenario.schema import Scenario


class Target(NamedTuple):
    """One point that is fitted to."""

    place: Place
    name: str  # of the column in which runs keep what they say for it
    effect: bool  # a difference of shares; else a share in logits
    value: float  # what was observed, on that scale
    error: float  # standard error of it, on that scale
    number: int  # organisations at risk in the model

    @property
    def series(self) -> str:
        return self.place.item.id

    @property
    def family(self) -> str:
        """Series of one family are held back together."""
        return self.place.item.series.family or self.series


def targets(evidence: Sequence[NamedSeries], scenario: Scenario, families: Sequence[str] = ()) -> list[Target]:
    """Return the points to fit to in the order of :func:`places`; ``families`` names those to keep, all if empty."""
    world = scenario.build_world()
    found = []
    for place in places(evidence):
        if not place.fitted or place.point.at_least or place.month == 0:
            continue
        number = int(world.eligible[:, columns(place.item, world)].any(axis=1).sum())
        effect = place.point.effect is not None
        value, error = _observed(place)
        name = f"{place.item.id}:{place.quantity}:{place.month}{':effect' if effect else ''}"
        target = Target(place, name, effect, value, error, number)
        if not families or target.family in families:
            found.append(target)
    return found


def _observed(place: Place) -> tuple[float, float]:
    """Return what was observed and its standard error, on the scale of the comparison."""
    point = place.point
    if point.effect is not None:
        return point.effect, point.standard_error or 0.0
    at_risk = place.item.series.at_risk
    share = place.observed
    if point.count is not None:
        share = (point.count + 0.5) / (at_risk + 1.0)
    share = min(0.995, max(0.005, share))
    error = point.standard_error or math.sqrt(share * (1.0 - share) / at_risk)
    return float(logit(share)), error / (share * (1.0 - share))


def watches(found: Sequence[Target], scenario: Scenario) -> dict[str, Watch]:
    """Return what a study of the evidence world watches, by name of the target."""
    world = scenario.build_world()
    return {
        target.name: Watch(
            innovations=tuple(world.innovations.ids[k] for k in columns(target.place.item, world)),
            quantity=target.place.quantity,
            month=target.place.month,
            any_of=target.place.item.series.of == "portfolio",
        )
        for target in found
    }


class Said(NamedTuple):
    """What the runs of draws say for a target: mean over replicates and variance between them, on its scale."""

    mean: Floats  # float64[D]
    chance: Floats  # float64[D], variance of one replicate
    each: Floats  # float64[D, R], replicates on the scale of the target


def said(target: Target, values: Floats) -> Said:
    """Return what ``values`` (float64[D, R], shares or differences of shares) say for a target."""
    replicates = values.shape[1]
    if target.effect:
        return Said(values.mean(axis=1), values.var(axis=1, ddof=1), values)
    n = target.number
    each = logit((values * n + 0.5) / (n + 1.0))
    many = n * replicates
    mean = logit((values.mean(axis=1) * many + 0.5) / (many + 1.0))
    return Said(np.asarray(mean), np.asarray(each.var(axis=1, ddof=1)), np.asarray(each))


def months_needed(evidence: Sequence[NamedSeries]) -> int:
    """Return the months that a run of all series takes."""
    return last_month(evidence)


def own_series(evidence: Sequence[NamedSeries], scenario: Scenario) -> list[NamedSeries]:
    """Return the series that are of an innovation of their own and have a point that is fitted to."""
    more = scenario.world.more_innovations
    fitted = {target.series for target in targets(evidence, scenario)}
    return [item for item in evidence if own_id(item) in more and item.id in fitted]
