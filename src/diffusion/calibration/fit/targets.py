"""What is fitted to: each point of the evidence on the scale on which it is compared.

Shares are compared in logits, a count of k in n as ``(k + 1/2) / (n + 1)``; effects as they are. The error of a count
in logits is that of the binomial, ``1 / sqrt(n p (1 - p))``: what chance and discrepancy add is the model's.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
from scipy.special import logit

from diffusion.arrays import Floats
from diffusion.calibration.evidence_world import own_id
from diffusion.calibration.predicted import Place, columns, places
from diffusion.calibration.who_first import watched_trusts
from diffusion.evidence.reading import NamedSeries
from diffusion.experiments.study.schema import Watch
from diffusion.scenario.schema import Scenario
from diffusion.world.tables import World

#: a share, in logits; what a lever changed; larger trusts less smaller ones, or teaching ones less others
Kind = Literal["share", "effect", "gap"]
#: standard deviation of what the model cannot do about a gap
GAP_DISCREPANCY = 0.05


class Target(NamedTuple):
    """One point that is fitted to."""

    place: Place
    name: str  # of the column in which runs keep what they say for it
    kind: Kind
    value: float  # what was observed, on that scale
    error: float  # standard error of it, on that scale
    number: int  # organisations at risk in the model

    @property
    def series(self) -> str:
        return self.place.item.id

    @property
    def effect(self) -> bool:
        """Whether it is a difference from the world without the levers of the series."""
        return self.kind == "effect"

    @property
    def straight(self) -> bool:
        """Whether it is compared as it is, not in logits."""
        return self.kind != "share"

    @property
    def label(self) -> str:
        """As the place, with the gap where it is one."""
        if self.kind != "gap":
            return self.place.label
        return f"{self.series}, {self.name.split(':')[1]}, month {self.place.month}"

    def discrepant(self, value: Floats, delta: Floats) -> Floats:
        """Return what a discrepancy of the series makes of values: in logits for shares, as a factor for effects."""
        if self.kind == "gap":
            return value
        return np.asarray(value * np.exp(delta) if self.effect else value + delta)

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
        kind: Kind = "effect" if place.point.effect is not None else "share"
        value, error = _observed(place)
        name = f"{place.item.id}:{place.quantity}:{place.month}{':effect' if kind == 'effect' else ''}"
        found.append(Target(place, name, kind, value, error, number))
        if place.item.first_uses and place.point == place.item.series.points[-1]:
            found += _gaps(place, world, number)
    return [target for target in found if not families or target.family in families]


def _gaps(place: Place, world: World, number: int) -> list[Target]:
    """Return size and teaching gap at the last point of a series with a table of trusts."""
    seen = watched_trusts(place.item, world)
    found = []
    for what, group in (("size gap", seen.larger), ("teaching gap", seen.teaching)):
        if group.all() or not group.any():
            continue
        one, two = seen.adopted[group], seen.adopted[~group]
        error = math.sqrt(sum(max(0.02, part.mean() * (1.0 - part.mean())) / len(part) for part in (one, two)))
        error = math.hypot(error, GAP_DISCREPANCY)
        name = f"{place.item.id}:{what}:{place.month}"
        found.append(Target(place, name, "gap", float(one.mean() - two.mean()), error, number))
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

    def groups(target: Target) -> dict[str, tuple[str, ...]]:
        if target.kind != "gap":
            return {}
        seen = watched_trusts(target.place.item, world)
        first = seen.larger if target.name.split(":")[1] == "size gap" else seen.teaching
        codes = np.array(world.trusts.codes)
        return {"among": tuple(codes[seen.place[first]].tolist()), "less": tuple(codes[seen.place[~first]].tolist())}

    return {
        target.name: Watch(
            innovations=tuple(world.innovations.ids[k] for k in columns(target.place.item, world)),
            quantity=target.place.quantity,
            month=target.place.month,
            any_of=target.place.item.series.of == "portfolio",
            **groups(target),
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
    if target.straight:
        return Said(values.mean(axis=1), values.var(axis=1, ddof=1), values)
    n = target.number
    each = logit((values * n + 0.5) / (n + 1.0))
    many = n * replicates
    mean = logit((values.mean(axis=1) * many + 0.5) / (many + 1.0))
    return Said(np.asarray(mean), np.asarray(each.var(axis=1, ddof=1)), np.asarray(each))


def own_series(evidence: Sequence[NamedSeries], scenario: Scenario) -> list[NamedSeries]:
    """Return the series that are of an innovation of their own and have a point that is fitted to."""
    more = scenario.world.more_innovations
    fitted = {target.series for target in targets(evidence, scenario)}
    return [item for item in evidence if own_id(item) in more and item.id in fitted]
